//! URLs as people write them, up to the bytes in the request.

use std::net::TcpListener;

use jobdeck::fetch::limits::{MAX_SENT_HEADER_BYTES, MAX_URL_BYTES};
use jobdeck::fetch::{ErrorClass, FetchError, Request};

use crate::ends::saved;
use crate::support::fault::{FaultServer, answer};
use crate::support::get;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// The first line, and the host, of the request for a URL that begins with the server's address.
#[track_caller]
fn asked(rest: &str) -> (String, String) {
    let server = FaultServer::always(answer(OK));
    let end = saved(get(&format!("http://{}{rest}", server.address())));
    assert_eq!(end.line(), "done 200 5 announced", "{rest:?}");
    let header = server.requests().remove(0);
    let line = header.lines().next().unwrap().to_owned();
    let host = header.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host")
            .then(|| value.trim().to_owned())
    });
    assert_eq!(host.as_deref(), Some(server.address().to_string().as_str()));
    (line, host.unwrap())
}

#[track_caller]
fn check(rest: &str, target: &str) {
    let (line, _) = asked(rest);
    let line = line.strip_prefix("GET ").unwrap();
    assert_eq!(line.strip_suffix(" HTTP/1.1").unwrap(), target, "{rest:?}");
}

#[test]
fn spaces() {
    check("/a b  c?d e", "/a%20b%20%20c?d%20e");
    check("/a+b?c+d", "/a+b?c+d");
}

#[test]
fn other_alphabets() {
    check(
        "/größe/你好?ä=😀",
        "/gr%C3%B6%C3%9Fe/%E4%BD%A0%E5%A5%BD?%C3%A4=%F0%9F%98%80",
    );
}

#[test]
fn a_fragment_stays_here() {
    check("/a#b", "/a");
    check("/a?b#c?d", "/a?b");
    check("#a", "/");
}

#[test]
fn tabs_and_line_breaks_inside_are_refused() {
    for text in [
        "http://h/a\tb",
        "http://h/a\nb",
        "http://h/a\rhttp://h/b",
        "http://h/a\r\nHost: evil.example\r\n\r\n",
        "ht\ntp://h/",
        "http://h/a\0b",
        "http://h/\u{1}b",
        "http://h/b\x7f",
        "\u{1}http://h/\u{1f}",
    ] {
        refused(text);
    }
    check("/ab\r\n", "/ab");
}

#[test]
fn dots_and_slashes() {
    check("/a/../b/./c", "/b/c");
    check("/../../etc/passwd", "/etc/passwd");
    check("/%2e%2e/a", "/a");
    check("//a//b", "//a//b");
    check("\\a\\b", "/a/b");
    check("", "/");
    check("?a", "/?a");
}

#[test]
fn characters_that_a_request_line_cannot_have() {
    check("/a\"<>`{}|^", "/a%22%3C%3E%60%7B%7D|^");
    check("/\u{202e}\u{feff}", "/%E2%80%AE%EF%BB%BF");
}

#[test]
fn escapes_stay_as_they_are() {
    check("/%41%zz%", "/%41%zz%");
    check("/a%2Fb%00?%26", "/a%2Fb%00?%26");
}

#[test]
fn a_login_becomes_a_header() {
    let server = FaultServer::always(answer(OK));
    for (login, header) in [
        ("me:pw", "authorization: basic bwu6chc=\r\n"),
        ("me", "authorization: basic bwu6\r\n"),
        (":pw", "authorization: basic onb3\r\n"),
        // "m@e:p:w"
        ("m%40e:p%3Aw", "authorization: basic bublona6dw==\r\n"),
    ] {
        let end = saved(get(&format!("http://{login}@{}/x", server.address())));
        assert!(!end.result.unwrap().final_url.contains('@'));
        let request = server.requests().pop().unwrap().to_ascii_lowercase();
        assert!(request.starts_with("get /x http/1.1\r\n"), "{request}");
        assert!(request.contains(header), "{header} in {request}");
    }
    saved(get(&format!("http://@{}/x", server.address())));
    let request = server.requests().pop().unwrap().to_ascii_lowercase();
    assert!(!request.contains("authorization"), "{request}");
}

#[test]
fn an_address_of_the_sixth_version() {
    // Not every machine has one.
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return;
    };
    let server = FaultServer::listening(listener, vec![answer(OK)]);
    let url = server.url("/x");
    assert!(url.starts_with("http://[::1]:"));
    assert_eq!(saved(get(&url)).line(), "done 200 5 announced");
    let header = server.requests().remove(0).to_ascii_lowercase();
    assert!(
        header.contains(&format!("host: {}\r\n", server.address())),
        "{header}"
    );
    // The same address, written in full.
    let long = url.replace("[::1]", "[0:0:0:0:0:0:0:1]");
    assert_eq!(get(&long), get(&url));
}

/// Browsers read every number form as an address.
#[test]
fn addresses_in_other_writings() {
    let server = FaultServer::always(answer(OK));
    let port = server.address().port();
    for host in [
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "１２７.0.0.1",
    ] {
        let request = get(&format!("http://{host}:{port}/x"));
        assert_eq!(request.url().host_str(), Some("127.0.0.1"), "{host}");
        assert_eq!(saved(request).line(), "done 200 5 announced");
    }
}

#[test]
fn the_longest_there_may_be() {
    let server = FaultServer::always(answer(OK));
    let start = server.url("/");
    let longest = format!("{start}{}", "x".repeat(MAX_URL_BYTES - start.len()));
    let end = saved(get(&longest));
    assert_eq!(end.line(), "done 200 5 announced");
    let (name, _) = end.file.unwrap();
    assert_eq!(name, "x".repeat(255));
    let request = server.requests().remove(0);
    assert!(request.starts_with(&format!(
        "GET {} HTTP",
        longest.strip_prefix(start.trim_end_matches('/')).unwrap()
    )));
    assert!(Request::get(&format!("{longest}x")).is_err());
}

/// The user's headers fit in addition to the longest URL.
#[test]
fn large_headers_are_sent_whole() {
    let server = FaultServer::always(answer(OK));
    let start = server.url("/");
    let longest = format!("{start}{}", "x".repeat(MAX_URL_BYTES - start.len()));
    let mut request = get(&longest);
    for number in 0..8 {
        let value = "v".repeat(6 * 1024);
        request = request.with_header(format!("X-{number}"), value).unwrap();
    }
    assert_eq!(saved(request).line(), "done 200 5 announced");
    assert!(server.requests()[0].len() > MAX_URL_BYTES + 48 * 1024);
}

/// A request that is too large fails before it is sent, and not as an error of the server.
#[test]
fn a_header_that_is_too_large() {
    let server = FaultServer::always(answer(OK));
    let url = server.url("/x");
    let longest = "v".repeat(MAX_SENT_HEADER_BYTES - "X-Large".len());
    let error = get(&url).with_header("X-Large", format!("{longest}v"));
    let error = error.unwrap_err();
    assert_eq!(error.class, ErrorClass::BadUrl);
    assert!(error.message.contains("X-Large"), "{error:?}");
    let request = get(&url).with_header("X-Large", longest).unwrap();
    assert_eq!(saved(request).line(), "done 200 5 announced");
}

#[test]
fn a_login_that_is_too_large() {
    let server = FaultServer::always(answer(OK));
    let login = |bytes: usize| format!("http://{}@{}/x", "u".repeat(bytes), server.address());
    // In base64 it is a third longer.
    let longest = MAX_SENT_HEADER_BYTES / 4 * 3 - 100;
    assert_eq!(saved(get(&login(longest))).line(), "done 200 5 announced");
    let error = refused(&login(longest + 200));
    assert!(error.message.contains("too long"), "{error:?}");
}

#[track_caller]
fn refused(text: &str) -> FetchError {
    let error = Request::get(text).unwrap_err();
    assert_eq!(
        (error.class, error.phase),
        (ErrorClass::BadUrl, None),
        "{text:?}"
    );
    assert!(!error.is_retryable());
    assert!(
        !error.message.is_empty() && !error.hint.is_empty(),
        "{error:?}"
    );
    error
}

#[test]
fn ports_that_do_not_exist() {
    for port in [
        "0",
        "99999",
        "65536",
        "-1",
        "x",
        "8 0",
        "18446744073709551617",
    ] {
        let error = refused(&format!("http://127.0.0.1:{port}/x"));
        assert!(error.hint.contains("65535") || port == "8 0", "{error:?}");
    }
}

#[test]
fn too_long() {
    let error = refused(&format!("http://h/{}", "x".repeat(64 * 1024)));
    assert!(error.message.contains("too long"), "{error:?}");
}

#[test]
fn hosts_that_cannot_be() {
    for text in [
        "http://",
        "http:///",
        "http://?x",
        "http://#x",
        "http://:80/",
        "http://me:pw@/",
        "http://a b/",
        "http://[::1",
        "http://[::1]x/",
        "http://[1:2]/",
        "http://[fe80::1%25eth0]/",
        "http://256.256.256.256/",
        "http://1.2.3.4.5/",
        "http://a^b/",
        "http://xn--a/",
        "http://%00/",
        "http://a%2fb/",
    ] {
        refused(text);
    }
}

#[test]
fn text_that_is_not_a_web_url() {
    for text in [
        "",
        " \t\n",
        "hello",
        "hello there",
        "/etc/passwd",
        "C:\\x",
        "example.com",
        "//example.com/x",
        "ftp://h/x",
        "file:///x",
        "data:,x",
        "javascript:alert(1)",
        "view-source:http://h/",
        "ws://h/",
        "1http://h/",
    ] {
        refused(text);
    }
}

#[test]
fn as_a_browser_reads_them() {
    for (text, url) in [
        // One slash too many, or too few, is no reason to refuse.
        ("http:///x", "http://x/"),
        ("http:/x", "http://x/"),
        ("http:x", "http://x/"),
        ("http:\\\\x\\y", "http://x/y"),
        ("HTTPS://H:443", "https://h/"),
        ("http://H.Example.", "http://h.example./"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://BÜCHER.example/", "http://xn--bcher-kva.example/"),
        (
            "http://xn--bcher-kva.example/",
            "http://xn--bcher-kva.example/",
        ),
        ("http://例え.テスト/", "http://xn--r8jz45g.xn--zckzah/"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
        ("http://a\u{ad}b.example/", "http://ab.example/"),
        ("http://ｗｗｗ．example/", "http://www.example/"),
        ("http://h:080/", "http://h/"),
    ] {
        assert_eq!(Request::get(text).unwrap().url().as_str(), url, "{text:?}");
    }
}
