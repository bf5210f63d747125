//! Malformed responses: where the standard allows leniency they are read right, all others are
//! errors.

use std::time::Duration;

use jobdeck::fetch::{ClientPool, FetchExt as _};

use crate::ends::{after, answered, line};
use crate::support::fault::{Act, FaultServer, send, serve};
use crate::support::tls::Authority;
use crate::support::{Rig, get};

const NOT_HTTP: &str = "protocol first_byte - 0 final";
const CLOSED: &str = "connect first_byte - 0 again";

#[test]
fn closes_at_once() {
    assert_eq!(after(vec![]).line(), CLOSED);
    assert_eq!(after(vec![Act::ReadRequest]).line(), CLOSED);
    assert_eq!(after(vec![Act::ReadRequest, Act::Reset]).line(), CLOSED);
}

#[test]
fn half_a_header() {
    for half in [
        "H",
        "HTTP/1.1",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r",
    ] {
        assert_eq!(line(half), CLOSED, "{half:?}");
    }
}

#[test]
fn another_protocol() {
    for other in [
        // The banner of SSH, which comes before any request.
        "SSH-2.0-OpenSSH_9.6\r\n",
        "220 mail.example.com ESMTP ready\r\n",
        "+OK POP3 ready\r\n",
        "RFB 003.008\n",
        // The preface of HTTP/2, a frame of it, and its version in an answer.
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\x10\0\0",
        "HTTP/2 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "ICY 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "\x15\x03\x01\0\x02\x02\x50",
        "\u{feff}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ] {
        assert_eq!(line(other), NOT_HTTP, "{other:?}");
        let end = after(vec![send(other), Act::StaySilent]);
        assert_eq!(end.line(), NOT_HTTP, "before the request: {other:?}");
    }
    assert_eq!(line([0xff, 0xfb, 0x01, 0xff, 0xfb, 0x03]), NOT_HTTP);
}

/// HTTP/0.9 had no header: a body alone is not a file.
#[test]
fn a_body_without_a_header() {
    assert_eq!(line("<html><body>hello</body></html>\n"), NOT_HTTP);
    assert_eq!(line("hello there, not http at all\r\n\r\n"), NOT_HTTP);
}

#[test]
fn status_lines_that_are_none() {
    for status in [
        "HTTP/1.1",
        "HTTP/1.1 ",
        "HTTP/1.1 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 -20 OK",
        "HTTP/1.1 2OO OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 000 OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1\t200 OK",
        "HTTP 200 OK",
    ] {
        let response = format!("{status}\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(line(response), NOT_HTTP, "{status:?}");
    }
}

#[test]
fn status_lines_that_are_unusual() {
    for status in [
        "HTTP/1.1 200",
        "HTTP/1.1 200 ",
        "HTTP/1.1 200 All is well, thank you",
        "HTTP/1.1 200 gr\u{fc}\u{df}e",
        "HTTP/1.0 200 OK",
        "\r\n\r\nHTTP/1.1 200 OK",
    ] {
        let end = answered(format!("{status}\r\nContent-Length: 5\r\n\r\nhello"));
        assert_eq!(end.line(), "done 200 5 announced", "{status:?}");
        assert_eq!(end.text(), "hello");
    }
}

#[test]
fn control_bytes_in_values_are_dropped() {
    for header in [
        "X: a\0b",
        "X: a\x01b",
        "X: a\x7fb",
        "X: a\x1b[31m",
        "X: a\rb",
        "X: \r\r",
        // It does not become a header line.
        "X: a\rContent-Length: 3",
        "X: a\0\rTransfer-Encoding: chunked",
    ] {
        let response = format!("HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 5\r\n\r\nh\0\rlo");
        let end = answered(&response);
        assert_eq!(end.line(), "done 200 5 announced", "{header:?}");
        assert_eq!(end.text(), "h\0\rlo");
        // Byte by byte, after interim responses.
        let early = format!("HTTP/1.1 103 Early Hints\r\n{header}\r\n\r\n");
        let drip = Act::Drip(format!("{early}{response}").into_bytes(), Duration::ZERO);
        let end = after(vec![Act::ReadRequest, drip]);
        assert_eq!(end.line(), "done 200 5 announced", "{header:?}");
        assert_eq!(end.text(), "h\0\rlo");
    }
}

#[test]
fn control_bytes_in_names_and_where_they_change_the_body() {
    for header in [
        "X\0: a",
        "X\x01: a",
        "X\r: a",
        "Content-Length: 5\0",
        "Content-Length: \x015",
        "content-length: 1\r5",
        "Content-Length\x01: 3",
        "Transfer-Encoding: chunked\x01",
        "Transfer-Encoding: \0chunked",
        "Content-Range: bytes 0-4/5\x7f",
    ] {
        let response = format!("HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(line(response), NOT_HTTP, "{header:?}");
    }
    // The reason phrase is for people only.
    let response = "HTTP/1.1 200 O\x01K\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(line(response), "done 200 5 announced");
    let response = "HTTP/1.1 404 N\x1b[31mo\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(line(response), "http_status first_byte 404 0 final");
    let response = "HTTP/1.1 2\x010 OK\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(line(response), NOT_HTTP);
}

/// On a reused connection, control bytes are dropped from the header of each response, and never
/// from a body.
#[test]
fn control_bytes_are_dropped_from_every_answer_of_a_connection() {
    let body = "X: \x01\r\n\r\n\0";
    let response = format!(
        "HTTP/1.1 200 OK\r\nX: \x01\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let authority = Authority::new();
    let script = vec![vec![serve(move |_| response.clone().into_bytes())]];
    for server in [FaultServer::start(script.clone()), authority.server(script)] {
        let rig = Rig::with_network(ClientPool::new());
        for _ in 0..3 {
            let request = get(&server.url("/")).with_extra_certificates(authority.certificates());
            let job = rig
                .runtime
                .spawn("text", async move |cx| cx.fetch(request).text(99).await);
            assert_eq!(rig.end_of(job).unwrap().text.as_deref(), Some(body));
        }
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn header_lines_that_are_none() {
    for header in [
        "no colon",
        ": no name",
        "Content-Length : 5",
        "two words: x",
        "n\u{e4}me: x",
        "(x): y",
    ] {
        let response = format!("HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(line(response), NOT_HTTP, "{header:?}");
    }
}

/// A folded line is one line (RFC 9112, section 5.2), except in headers that frame the body.
#[test]
fn folded_header_lines() {
    for fold in ["\r\n ", "\r\n\t", "\n ", "\r\n  \r\n "] {
        let response = format!("HTTP/1.1 200 OK\r\nX: a{fold}b\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(line(response), "done 200 5 announced", "{fold:?}");
        let response = format!("HTTP/1.1 200 OK\r\nContent-Length: 5{fold}0\r\n\r\nhello");
        assert_eq!(line(response), NOT_HTTP, "{fold:?}");
        let response = format!("HTTP/1.1 200 OK{fold}\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(line(response), NOT_HTTP, "{fold:?}");
    }
}

/// RFC 9112, section 2.2, lets a line feed alone end a line of the header.
#[test]
fn lines_that_end_with_a_line_feed_alone() {
    let end = answered("HTTP/1.1 200 OK\nContent-Length: 5\nX: y\n\nhello");
    assert_eq!(end.line(), "done 200 5 announced");
    assert_eq!(end.text(), "hello");
}

#[test]
fn lines_that_end_with_a_carriage_return_alone() {
    assert_eq!(
        line("HTTP/1.1 200 OK\rContent-Length: 5\r\rhello"),
        NOT_HTTP
    );
}

/// Header values may contain any byte from 128 on; they are ignored.
#[test]
fn other_alphabets_in_headers() {
    let mut response = b"HTTP/1.1 200 OK\r\nX: \xe4\xff\x80\r\nContent-Type: \xff".to_vec();
    response.extend_from_slice(b"\r\nContent-Length: 5\r\n\r\nhello");
    let end = answered(response);
    assert_eq!(end.line(), "done 200 5 announced");
}

#[test]
fn empty_values_and_many_spaces() {
    let end = answered(
        "HTTP/1.1 200 OK\r\nX:\r\nY:   \t \r\nContent-Length:  \t 5\t  \r\nContent-Type:\r\n\r\nhello",
    );
    assert_eq!(end.line(), "done 200 5 announced");
}

#[test]
fn too_many_headers() {
    let many = "X-Header: value\r\n".repeat(10_000);
    assert_eq!(
        line(format!(
            "HTTP/1.1 200 OK\r\n{many}Content-Length: 5\r\n\r\nhello"
        )),
        NOT_HTTP
    );
}

#[test]
fn as_many_headers_as_real_servers_send() {
    let many: String = (0..100).map(|n| format!("X-{n}: value\r\n")).collect();
    let end = answered(format!(
        "HTTP/1.1 200 OK\r\n{many}Content-Length: 5\r\n\r\nhello"
    ));
    assert_eq!(end.line(), "done 200 5 announced");
}

/// A large header within the limit is accepted.
#[test]
fn a_large_header_is_taken() {
    let end = answered(format!(
        "HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 5\r\n\r\nhello",
        "x".repeat(60_000)
    ));
    assert_eq!(end.line(), "done 200 5 announced");
}

#[test]
fn a_header_line_of_100_kib() {
    let response = format!(
        "HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 5\r\n\r\nhello",
        "x".repeat(100 * 1024)
    );
    let end = answered(response);
    assert_eq!(end.line(), NOT_HTTP);
    assert!(
        end.error().message.contains("too large"),
        "{:?}",
        end.error()
    );
}

#[test]
fn a_status_line_of_100_kib() {
    let response = format!(
        "HTTP/1.1 200 {}\r\nContent-Length: 5\r\n\r\nhello",
        "x".repeat(100 * 1024)
    );
    assert_eq!(line(response), NOT_HTTP);
}

/// Interim responses are skipped.
#[test]
fn informational_answers() {
    for before in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
        "HTTP/1.1 199 Whatever\r\nContent-Length: 9\r\n\r\n",
    ] {
        let end = answered(format!(
            "{}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            before.repeat(20)
        ));
        assert_eq!(end.line(), "done 200 5 announced", "{before:?}");
        assert_eq!(end.text(), "hello");
    }
}

#[test]
fn informational_answers_and_no_other() {
    assert_eq!(line("HTTP/1.1 100 Continue\r\n\r\n"), CLOSED);
    assert_eq!(line("HTTP/1.1 103 Early Hints\r\n\r\n"), CLOSED);
}

/// The request does not ask for another protocol.
#[test]
fn a_switch_of_the_protocol() {
    let end = answered(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x01hello",
    );
    assert_eq!(end.line(), "http_status first_byte 101 0 final");
    assert!(
        end.error().message.contains("protocol"),
        "{:?}",
        end.error()
    );
}
