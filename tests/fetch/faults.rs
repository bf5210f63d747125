//! What a broken server sends is an error with its class, never a wrong file called done.

use std::time::Duration;

use jobdeck::fetch::{ErrorClass, FetchError};

use crate::support::fault::{Act, FaultServer, answer, send};
use crate::support::{Rig, get, names_in};

/// The failure of a fetch from a server that gives this script to every connection. Nothing may be left in the folder
/// but the part that keeps what came, if anything did.
fn failure(script: Vec<Act>) -> FetchError {
    let server = FaultServer::always(script);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let result = rig.end_of(rig.save(get(&server.url("/x")), folder.path()));
    let names = names_in(folder.path());
    let error = result.unwrap_err();
    if error.part.is_some() {
        assert_eq!(names, ["x.part", "x.part.json"]);
        let kept = std::fs::read(folder.path().join("x.part")).unwrap();
        assert_eq!(kept.len() as u64, error.received);
    } else {
        assert!(names.is_empty(), "{names:?}");
    }
    assert!(
        !error.message.is_empty() && !error.hint.is_empty(),
        "{error:?}"
    );
    error
}

fn check(expected: ErrorClass, response: impl AsRef<[u8]>) -> FetchError {
    let text = String::from_utf8_lossy(response.as_ref());
    let shown: String = text.chars().take(200).collect();
    println!("{shown:?}");
    let error = failure(answer(response));
    assert_eq!(error.class, expected, "{shown:?}: {error:?}");
    error
}

#[test]
fn a_body_shorter_than_announced() {
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    let error = check(ErrorClass::Truncated, short);
    assert_eq!((error.received, error.http_status), (5, Some(200)));
    check(
        ErrorClass::Truncated,
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
    );
}

#[test]
fn a_body_longer_than_announced() {
    check(
        ErrorClass::Protocol,
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello world",
    );
    check(
        ErrorClass::Protocol,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nrest",
    );
}

#[test]
fn a_reset_is_never_the_end_of_a_body() {
    for start in [
        "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let error = failure(vec![
            Act::ReadRequest,
            send(start),
            // A reset overtakes bytes that were not read yet.
            Act::Wait(Duration::from_millis(500)),
            Act::Reset,
        ]);
        assert_eq!(error.class, ErrorClass::Truncated, "{start}");
        assert_eq!(error.received, 5, "{start}");
    }
}

#[test]
fn chunks_that_are_cut_or_wrong() {
    let chunked =
        |rest: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{rest}");
    for cut in [
        "",
        "5",
        "5\r\n",
        "5\r\nhel",
        "5\r\nhello",
        "5\r\nhello\r\n",
        "5\r\nhello\r\n3\r\n",
    ] {
        check(ErrorClass::Truncated, chunked(cut));
    }
    for wrong in [
        "x\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello world\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        &format!("5;{}", "x".repeat(200_000)),
    ] {
        check(ErrorClass::Protocol, chunked(wrong));
    }
}

#[test]
fn lengths_that_cannot_be() {
    for lengths in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: five\r\n",
        "Content-Length: 99999999999999999999999\r\n",
    ] {
        check(
            ErrorClass::Protocol,
            format!("HTTP/1.1 200 OK\r\n{lengths}\r\nhello"),
        );
    }
}

#[test]
fn no_answer_or_none_that_is_http() {
    let error = failure(vec![Act::ReadRequest]);
    assert_eq!(error.class, ErrorClass::Connect);
    assert!(error.is_retryable());
    check(ErrorClass::Connect, "HTTP/1.1 200 OK\r\nContent-Le");
    check(ErrorClass::Protocol, "hello there, not http at all\r\n\r\n");
    check(ErrorClass::Protocol, "\0\x01\x02\r\n\r\n");
}

#[test]
fn headers_without_end() {
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(200_000));
    check(ErrorClass::Protocol, endless);
    let many = "X-Header: value\r\n".repeat(10_000);
    check(
        ErrorClass::Protocol,
        format!("HTTP/1.1 200 OK\r\n{many}\r\nhello"),
    );
}

/// A header that is large, but within its bound, is none of our business.
#[test]
fn a_large_header_is_taken() {
    let server = FaultServer::always(answer(format!(
        "HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 5\r\n\r\nhello",
        "x".repeat(60_000)
    )));
    let rig = Rig::new();
    let fetched = rig.end_of(rig.count(get(&server.url("/")))).unwrap();
    assert_eq!(fetched.received, 5);
}

#[test]
fn statuses_that_are_no_success() {
    for (status, retryable) in [
        (304, false),
        (400, false),
        (401, false),
        (403, false),
        (404, false),
        (410, false),
        (416, false),
        (429, true),
        (500, true),
        (503, true),
        (999, false),
    ] {
        let body = if status == 304 { "" } else { "no" };
        let error = check(
            ErrorClass::HttpStatus,
            format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        );
        assert_eq!(error.http_status, Some(status));
        assert_eq!(error.is_retryable(), retryable, "{status}");
        assert_eq!(error.retry_after, None);
    }
}

#[test]
fn a_server_that_says_when_to_come_again() {
    for (value, secs) in [
        ("7", Some(7)),
        ("Thu, 01 Jan 1970 00:00:01 GMT", Some(0)),
        ("soon", None),
    ] {
        let error = check(
            ErrorClass::HttpStatus,
            format!("HTTP/1.1 503 Busy\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n"),
        );
        assert_eq!(error.retry_after, secs.map(Duration::from_secs), "{value}");
    }
}

#[test]
fn a_part_that_nobody_asked_for() {
    check(
        ErrorClass::Protocol,
        "HTTP/1.1 206 Partial\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nhello",
    );
}
