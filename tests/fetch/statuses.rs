//! Each HTTP status has a class, a decision about a retry, and a hint.

use crate::ends::{End, answered, saved};
use crate::support::fault::{FaultServer, answer};
use crate::support::get;

/// The end of a download whose response has this status and a page about it.
#[track_caller]
fn status(status: u16) -> End {
    answered(format!(
        "HTTP/1.1 {status} Whatever\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nsorry"
    ))
}

/// Asserts such an end, with words of its message and its hint.
#[track_caller]
fn check(http_status: u16, again_or_final: &str, message: &str, hint: &str) {
    let end = status(http_status);
    assert_eq!(
        end.line(),
        format!("http_status first_byte {http_status} 0 {again_or_final}")
    );
    let error = end.error();
    assert!(error.message.contains(message), "{error:?}");
    assert!(
        error.message.contains(&http_status.to_string()),
        "{error:?}"
    );
    assert!(error.hint.contains(hint), "{error:?}");
    assert!(error.detail.starts_with("HTTP "), "{error:?}");
    assert_eq!(error.retry_after, None);
}

#[test]
fn unauthorized() {
    check(401, "final", "login", "password");
}

#[test]
fn forbidden() {
    check(403, "final", "refuses", "login");
}

#[test]
fn not_found() {
    check(404, "final", "no such file", "URL");
}

#[test]
fn a_login_at_a_proxy() {
    check(407, "final", "refuses", "");
}

#[test]
fn request_timeout() {
    check(408, "again", "waiting", "again");
}

#[test]
fn gone() {
    check(410, "final", "gone", "newer link");
}

#[test]
fn a_range_that_cannot_be() {
    check(416, "final", "refuses", "");
}

#[test]
fn too_early() {
    check(425, "again", "too early", "again");
}

#[test]
fn too_many_requests() {
    check(429, "again", "too often", "fewer");
}

#[test]
fn legal_reasons() {
    check(451, "final", "legal", "another source");
}

#[test]
fn a_fault_of_the_server() {
    for http_status in [500, 502, 503, 504] {
        check(http_status, "again", "problem of its own", "later");
    }
    for http_status in [501, 505, 507, 511] {
        check(http_status, "final", "problem of its own", "later");
    }
}

#[test]
fn unknown_statuses() {
    check(299 + 300, "final", "problem of its own", "");
    check(499, "final", "refuses", "URL");
    check(600, "final", "did not send", "URL");
    check(999, "final", "did not send", "URL");
}

/// None of them names a target.
#[test]
fn redirections_that_are_no_redirects() {
    for http_status in [300, 305, 306, 399] {
        check(http_status, "final", "leaves open", "browser");
    }
    // Also with a place: 300 offers a choice, and 305 a proxy (RFC 9110, section 15.4.6: not to be
    // followed).
    for http_status in [300, 305, 306] {
        let end = answered(format!(
            "HTTP/1.1 {http_status} X\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
        ));
        assert_eq!(
            end.line(),
            format!("http_status first_byte {http_status} 0 final")
        );
    }
}

#[test]
fn not_modified() {
    let end = answered("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n");
    assert_eq!(end.line(), "http_status first_byte 304 0 final");
    assert!(end.error().hint.contains("If-None-Match"));
}

/// A status without a body gives no file.
#[test]
fn no_content() {
    let end = answered("HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(end.line(), "http_status first_byte 204 0 final");
    let end = answered("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(end.line(), "http_status first_byte 205 0 final");
}

/// The error names the login scheme that the server asks for, in particular an unsupported one.
#[test]
fn a_login_that_is_asked_for_is_named() {
    const NOT_SPOKEN: &str = "which is not spoken here";
    for (challenges, without, with) in [
        ("", "wants a login", "not accept this user name"),
        (
            "WWW-Authenticate: Basic realm=\"x\"\r\n",
            "wants a login",
            "not accept this user name",
        ),
        (
            "WWW-Authenticate: Digest realm=\"x, Basic\", nonce=\"y\"\r\n",
            NOT_SPOKEN,
            NOT_SPOKEN,
        ),
        (
            "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n",
            "by Negotiate or NTLM",
            NOT_SPOKEN,
        ),
        (
            "WWW-Authenticate: Digest a=b, Basic c=d\r\n",
            "wants a login",
            "not accept this user name",
        ),
        ("WWW-Authenticate: Bearer\r\n", "token", "token"),
        (
            "WWW-Authenticate: \u{1b}[31mNew\u{202e}auth\r\n",
            "wants a login",
            "not accept",
        ),
    ] {
        let server = FaultServer::always(answer(format!(
            "HTTP/1.1 401 No\r\n{challenges}Content-Length: 0\r\n\r\n"
        )));
        let url = |login: &str| format!("http://{login}{}/", server.address());
        let anonymous = saved(get(&url("")));
        let known = saved(get(&url("me:hunter2@")));
        let own = get(&url(""))
            .with_header("Authorization", "basic eDp5")
            .unwrap();
        for (end, words) in [(anonymous, without), (known, with), (saved(own), with)] {
            assert_eq!(end.line(), "http_status first_byte 401 0 final");
            let error = end.error();
            assert!(error.message.contains(words), "{error:?}");
            assert!(error.message.ends_with("(HTTP 401)"), "{error:?}");
            assert!(!error.hint.is_empty() && !format!("{error:?}").contains("hunter2"));
            assert!(!error.message.contains(['\u{1b}', '\u{202e}']), "{error:?}");
        }
    }
}

/// 204 has no body, whatever the server sends after it.
#[test]
fn no_content_and_a_body() {
    let end = answered("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(end.line(), "http_status first_byte 204 0 final");
}

#[test]
fn other_successes_are_successes() {
    for http_status in [201, 202, 203, 226, 299] {
        let end = status(http_status);
        assert_eq!(end.line(), format!("done {http_status} 5 announced"));
        assert_eq!(end.text(), "sorry");
    }
}

/// Some servers send an error with the header of another protocol.
#[test]
fn an_error_without_a_body_or_a_length() {
    for rest in [
        "\r\n",
        "Content-Length: 0\r\n\r\n",
        "\r\nsorry",
        "Transfer-Encoding: chunked\r\n\r\n",
    ] {
        let end = answered(format!("HTTP/1.1 404 Not Found\r\n{rest}"));
        assert_eq!(end.line(), "http_status first_byte 404 0 final", "{rest:?}");
    }
}
