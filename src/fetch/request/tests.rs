//! Requests: their URLs, headers and defaults.

use super::*;
use crate::fetch::ErrorClass;

fn hint_of(text: &str) -> String {
    let error = Request::get(text).unwrap_err();
    assert_eq!(error.class, ErrorClass::BadUrl, "{text}");
    assert!(
        !error.message.is_empty() && !error.hint.is_empty(),
        "{text}"
    );
    error.hint
}

fn url_of(text: &str) -> String {
    Request::get(text).unwrap().url().to_string()
}

#[test]
fn urls_are_read_as_a_browser_reads_them() {
    assert_eq!(url_of(" http://h/a b \n"), "http://h/a%20b");
    assert_eq!(
        url_of("http://bücher.example/ü"),
        "http://xn--bcher-kva.example/%C3%BC"
    );
    assert_eq!(url_of("http://[::1]:8080/x"), "http://[::1]:8080/x");
    assert_eq!(url_of("http://h/a?b#c"), "http://h/a?b");
    assert_eq!(url_of("http://h"), "http://h/");
    assert_eq!(url_of("https://h:443/"), "https://h/");
}

#[test]
fn what_cannot_be_fetched_says_what_to_do() {
    assert!(hint_of("").contains("https://"));
    assert_eq!(
        hint_of("example.com/x?token=1"),
        "Write https://example.com/x instead."
    );
    assert!(hint_of("hello there").contains("https://"));
    assert!(hint_of("ftp://h/f").contains("https://"));
    assert!(hint_of("file:///etc/passwd").contains("https://"));
    assert!(hint_of("http://h:99999/").contains("65535"));
    assert!(hint_of("http://h:0/").contains("65535"));
    assert!(hint_of("http:///").contains("host") || !hint_of("http:///").is_empty());
    assert!(hint_of("http://a b/").contains("//"));
    assert!(hint_of("http://[::1").contains("//"));
    let long = format!("http://h/{}", "x".repeat(64 * 1024));
    assert!(hint_of(&long).contains("bytes"));
    // Escaped, every one of these characters is six bytes long.
    let escaped = format!("http://h/{}", "ü".repeat(limits::MAX_URL_BYTES / 4));
    assert!(hint_of(&escaped).contains("bytes"));
}

#[test]
fn a_line_break_or_a_control_character_in_a_link_is_refused() {
    let message = |text: &str| {
        let error = Request::get(text).unwrap_err();
        assert_eq!(error.class, ErrorClass::BadUrl, "{text:?}");
        assert!(!error.hint.is_empty(), "{text:?}");
        error.message
    };
    for c in ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'] {
        for text in [
            format!("http://h/a{c}b"),
            format!("http://h/a{c}http://h/b"),
        ] {
            assert_eq!(message(&text), "A link has a line break in it");
        }
        let around = format!("{c}http://h/a{c}{c}");
        assert_eq!(url_of(&around), "http://h/a", "around it is none of it");
    }
    for c in ['\0', '\t', '\u{b}', '\u{1b}', '\u{7f}', '\u{9b}'] {
        let text = format!("http://h/a{c}b");
        assert!(message(&text).contains("control character"), "{text:?}");
    }
    assert_eq!(url_of("http://h/a%0D%0Ab%09c"), "http://h/a%0D%0Ab%09c");
}

#[test]
fn credentials_are_sent_but_shown_nowhere() {
    let request = Request::get("http://us%40er:p%3Aw@h/f?x=1&access_token=T0P&Key=K").unwrap();
    let debug = format!("{request:?} {:#?}", request.clone());
    let shown = request.shown_url();
    for secret in ["us", "p%3A", "p:w", "T0P", "=K"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
        assert!(!request.url().as_str().contains('@'));
    }
    for secret in ["us@er", "us%40er", "p:w", "T0P", "=K"] {
        assert!(!debug.contains(secret), "{secret} in {debug}");
    }
    // "us@er:p:w"
    assert_eq!(
        request.authorization().as_deref(),
        Some("Basic dXNAZXI6cDp3")
    );
    assert_eq!(shown, "http://h/f?x=1&access_token=…&Key=…");
}

#[test]
fn errors_never_repeat_a_secret() {
    for text in [
        "http://user:hunter2@h:99999/",
        "http://user:hunter2@a b/",
        "ftp://user:hunter2@h/",
        "user:hunter2@example.com/file",
        "example.com/?token=hunter2",
        "hunter2 hunter2",
    ] {
        let error = Request::get(text).unwrap_err();
        let texts = format!("{error:?}");
        assert!(!texts.contains("hunter2"), "{texts}");
    }
}

#[test]
fn a_header_that_would_break_the_request_is_refused() {
    let request = || Request::get("http://h/").unwrap();
    let longest = "v".repeat(limits::MAX_SENT_HEADER_BYTES - 1);
    assert!(request().with_header("X", longest.clone()).is_ok());
    assert!(request().with_header("XX", longest).is_err());
    assert!(request().with_header("X-A", "b\tc").is_ok());
    for (name, value) in [
        ("", "x"),
        ("a b", "x"),
        ("a:", "x"),
        ("a", "x\r\nHost: evil"),
        ("Host", "evil"),
        ("range", "bytes=0-"),
        ("Content-Length", "3"),
        ("proxy-Authorization", "Basic eDp5"),
    ] {
        let error = request().with_header(name, value).unwrap_err();
        assert_eq!(error.class, ErrorClass::BadUrl, "{name}");
    }
    let secret = request().with_header("Authorization", "hunter2").unwrap();
    assert!(!format!("{secret:?}").contains("hunter2"));
}

/// Any text at all gives a request or an error of class `bad_url`, never a panic, and a request
/// is always something that can be fetched.
#[test]
fn any_text_is_either_a_fetchable_url_or_a_bad_one() {
    let mut random = fastrand::Rng::with_seed(1);
    let parts = [
        "http://", "https:", "//", "@", ":", "99999", "0", "h", "[::1]", "%", "%2", "é", " ", "?",
        "#", "\\", "..", "\u{202e}", "\0", "token=", "&", "ftp://", "1.2.3.4", "-",
    ];
    for _ in 0..20_000 {
        let count = random.usize(0..9);
        let text: String = (0..count)
            .map(|_| parts[random.usize(0..parts.len())])
            .collect();
        match Request::get(&text) {
            Ok(request) => {
                let url = request.url();
                assert!(matches!(url.scheme(), "http" | "https"), "{text}");
                assert!(url.has_host() && url.fragment().is_none(), "{text}");
                assert!(
                    url.username().is_empty() && url.password().is_none(),
                    "{text}"
                );
                assert_ne!(url.port(), Some(0), "{text}");
            }
            Err(error) => assert_eq!(error.class, ErrorClass::BadUrl, "{text}"),
        }
    }
}
