//! The end of a body: lengths and chunks that are wrong, contradictory or not numbers. The bytes
//! are exactly right, or it is an error.

use std::time::Duration;

use jobdeck::fetch::{ClientPool, FetchExt as _};

use crate::ends::{after, answered, line};
use crate::support::fault::{Act, FaultServer, answer, send};
use crate::support::tls::Authority;
use crate::support::{Rig, get};

/// A response with these header lines and this body.
fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}")
}

fn chunked(body: &str) -> String {
    ok("Transfer-Encoding: chunked\r\n", body)
}

const NOT_HTTP: &str = "protocol first_byte - 0 final";
const GOOD: &str = "done 200 5 announced";

#[test]
fn shorter_than_announced() {
    assert_eq!(
        line(ok("Content-Length: 10\r\n", "hello")),
        "truncated body 200 5 again"
    );
    assert_eq!(
        line(ok("Content-Length: 10\r\n", "")),
        "truncated body 200 0 again"
    );
    let huge = format!("Content-Length: {}\r\n", u64::MAX);
    // No disk is that large, and none is filled to find out.
    assert_eq!(line(ok(&huge, "hello")), "disk_full save - 0 final");
}

/// Bytes after a body of known length belong neither to it nor to a later response.
#[test]
fn longer_than_announced() {
    for surplus in ["\r\n", " world", "HTTP/1.1 200 OK\r\n\r\nnot the file"] {
        let end = answered(ok("Content-Length: 5\r\n", &format!("hello{surplus}")));
        assert_eq!((end.line().as_str(), end.text().as_str()), (GOOD, "hello"));
        let end = answered(chunked(&format!("5\r\nhello\r\n0\r\n\r\n{surplus}")));
        assert_eq!(end.line(), "done 200 5 unannounced");
        assert_eq!(end.text(), "hello");
    }
    let flood = "x".repeat(1 << 20);
    let end = answered(ok("Content-Length: 5\r\n", &format!("hello{flood}")));
    assert_eq!((end.line().as_str(), end.text().as_str()), (GOOD, "hello"));
}

/// An empty body.
#[test]
fn longer_than_nothing() {
    assert_eq!(
        line(ok("Content-Length: 0\r\n", "hello")),
        "done 200 0 announced"
    );
}

/// A connection with surplus bytes serves no other request: a response injected in advance is never
/// taken for that of a later request.
#[test]
fn surplus_bytes_are_never_read_as_the_next_answer() {
    const TRAP: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrap";
    let first = ok("Content-Length: 5\r\n", "hello");
    let at_once = vec![
        Act::ReadRequest,
        send(format!("{first}{TRAP}")),
        Act::StaySilent,
    ];
    let later = vec![
        Act::ReadRequest,
        send(&first),
        Act::Wait(Duration::from_millis(50)),
        send(TRAP),
        Act::StaySilent,
    ];
    for script in [at_once, later] {
        let honest = vec![Act::ReadRequest, send(&first), Act::StaySilent];
        let authority = Authority::new();
        let scripts = vec![script, honest];
        for server in [
            FaultServer::start(scripts.clone()),
            authority.server(scripts),
        ] {
            let rig = Rig::with_network(ClientPool::new());
            let request = get(&server.url("/")).with_extra_certificates(authority.certificates());
            let text = || {
                let request = request.clone();
                let job = rig
                    .runtime
                    .spawn("text", async move |cx| cx.fetch(request).text(99).await);
                rig.end_of(job).unwrap().text.unwrap()
            };
            assert_eq!(text(), "hello");
            // Longer than the server waits before it sends the rest.
            rig.drive_for(Duration::from_millis(200));
            assert_eq!(text(), "hello");
            assert_eq!(server.connections(), 2);
        }
    }
}

#[test]
fn no_length_at_all_is_done_and_marked() {
    let end = answered(ok("", "hello"));
    assert_eq!(end.line(), "done 200 5 unannounced");
    assert_eq!(end.text(), "hello");
}

#[test]
fn a_length_twice_the_same() {
    for headers in [
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 005\r\n",
        "Content-Length:5 \t\r\n",
    ] {
        let end = answered(ok(headers, "hello"));
        assert_eq!((end.line().as_str(), end.text().as_str()), (GOOD, "hello"));
    }
}

#[test]
fn a_length_that_contradicts_itself() {
    assert_eq!(
        line(ok("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")),
        NOT_HTTP
    );
    assert_eq!(line(ok("Content-Length: 5, 6\r\n", "hello")), NOT_HTTP);
    assert_eq!(
        line(ok("Content-Length: 5\r\nContent-Length: x\r\n", "hello")),
        NOT_HTTP
    );
}

#[test]
fn a_negative_length() {
    assert_eq!(line(ok("Content-Length: -5\r\n", "hello")), NOT_HTTP);
}

#[test]
fn a_length_with_a_plus_or_in_another_base() {
    for value in ["+5", "0x5", "5e0", "5.0", "5;", "\"5\"", "5 5"] {
        let headers = format!("Content-Length: {value}\r\n");
        assert_eq!(line(ok(&headers, "hello")), NOT_HTTP, "{value}");
    }
}

#[test]
fn a_length_in_letters() {
    assert_eq!(line(ok("Content-Length: five\r\n", "hello")), NOT_HTTP);
    // Digits, but not ASCII ones.
    assert_eq!(line(ok("Content-Length: ٥\r\n", "hello")), NOT_HTTP);
}

#[test]
fn an_empty_length() {
    assert_eq!(line(ok("Content-Length: \r\n", "hello")), NOT_HTTP);
    assert_eq!(line(ok("Content-Length: 5,\r\n", "hello")), NOT_HTTP);
}

#[test]
fn a_length_beyond_all_numbers() {
    for value in ["18446744073709551616", "99999999999999999999999"] {
        let headers = format!("Content-Length: {value}\r\n");
        assert_eq!(line(ok(&headers, "hello")), NOT_HTTP);
    }
}

/// The chunks count (RFC 9112, section 6.3), whatever Content-Length says.
#[test]
fn a_length_beside_chunks() {
    for length in ["5", "3", "0", "7", "1000"] {
        let headers = format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n");
        let end = answered(ok(&headers, "5\r\nhello\r\n0\r\n\r\n"));
        assert_eq!(end.line(), "done 200 5 unannounced", "{length}");
        assert_eq!(end.text(), "hello");
    }
}

#[test]
fn chunks_that_are_cut() {
    for (cut, received) in [
        ("", 0),
        ("5", 0),
        ("5\r\n", 0),
        ("5\r\nhel", 3),
        ("5\r\nhello", 5),
        ("5\r\nhello\r\n", 5),
        ("5\r\nhello\r\n3\r\n", 5),
        ("5\r\nhello\r\n0", 5),
        ("ffffffffffffffff\r\nhello", 5),
    ] {
        assert_eq!(
            line(chunked(cut)),
            format!("truncated body 200 {received} again"),
            "{cut:?}"
        );
    }
}

/// The chunk of size 0 completes a body (RFC 9112, section 8); nothing after it belongs to it.
#[test]
fn chunks_that_are_cut_after_the_last_one() {
    for end in ["0\r\n", "0\r\nX: y\r\n"] {
        let end = answered(chunked(&format!("5\r\nhello\r\n{end}")));
        assert_eq!(end.line(), "done 200 5 unannounced");
        assert_eq!(end.text(), "hello");
    }
    // A truncated line is ambiguous.
    for cut in ["0\r\n\r", "0\r\nX: y"] {
        assert_eq!(
            line(chunked(&format!("5\r\nhello\r\n{cut}"))),
            "truncated body 200 5 again"
        );
    }
}

#[test]
fn chunk_sizes_that_are_no_numbers() {
    for wrong in ["x", "", "-5", "0x5", "5 5", "5,", "\u{665}", "g"] {
        assert_eq!(
            line(chunked(&format!("{wrong}\r\nhello\r\n0\r\n\r\n"))),
            "protocol body 200 0 final",
            "{wrong:?}"
        );
    }
}

#[test]
fn a_chunk_size_beyond_all_numbers() {
    for wrong in ["10000000000000000", "fffffffffffffffff"] {
        assert_eq!(
            line(chunked(&format!("{wrong}\r\nhello\r\n0\r\n\r\n"))),
            "protocol body 200 0 final"
        );
    }
}

#[test]
fn a_chunk_that_is_longer_than_its_size() {
    assert_eq!(
        line(chunked("5\r\nhello world\r\n0\r\n\r\n")),
        "protocol body 200 0 final"
    );
}

#[test]
fn trailers_are_no_part_of_the_body() {
    let end = answered(chunked(
        "5\r\nhello\r\n0\r\nExpires: never\r\nX-Sum: 1\r\n\r\n",
    ));
    assert_eq!(end.line(), "done 200 5 unannounced");
    assert_eq!(end.text(), "hello");
}

/// HTTP/1.0 has no chunks: such a response is ambiguous, and the chunk framing is not part of a
/// file.
#[test]
fn chunks_in_an_old_version() {
    let old = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    assert_eq!(line(old), "protocol first_byte 200 0 final");
}

#[test]
fn other_codings_of_the_transfer() {
    for coding in ["gzip, chunked", "gzip", "chunked, gzip", "xchunked"] {
        let headers = format!("Transfer-Encoding: {coding}\r\n");
        let end = answered(ok(&headers, "5\r\nhello\r\n0\r\n\r\n"));
        assert_eq!(end.line(), "protocol first_byte 200 0 final", "{coding}");
    }
    let end = answered(ok(
        "Transfer-Encoding: Chunked\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
    ));
    assert_eq!(end.text(), "hello");
}

#[test]
fn a_partial_response_without_a_range_request() {
    let part = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nhello";
    let server = FaultServer::always(answer(part));
    let rig = Rig::new();
    let error = rig.end_of(rig.count(get(&server.url("/")))).unwrap_err();
    assert!(error.message.contains("part"), "{error:?}");
    assert_eq!(server.ranges(), [None]);
    // A download asks once more, from the first byte on.
    let server = FaultServer::always(answer(part));
    let folder = tempfile::tempdir().unwrap();
    let saved = rig.end_of(rig.save(get(&server.url("/x")), folder.path()));
    assert!(saved.unwrap_err().message.contains("part"));
    assert_eq!(server.ranges(), [None, Some("bytes=0-".to_owned())]);
}

/// The whole file in the shape of a part is the whole file.
#[test]
fn a_part_that_is_the_whole_file() {
    let part = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(line(part), "done 206 5 announced");
}

/// The request asks for `identity`. A server that sends gzip all the same means the file inside.
#[test]
fn a_coded_body_is_saved_decoded() {
    // "hello" by gzip.
    let coded = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10,
        0x36, 5, 0, 0, 0,
    ];
    let mut response = ok("Content-Encoding: gzip\r\nContent-Length: 25\r\n", "").into_bytes();
    response.extend_from_slice(&coded);
    let end = answered(&response);
    assert_eq!(end.line(), "done 200 5 unannounced");
    assert_eq!(end.file.unwrap().1, b"hello");
}

#[test]
fn a_reset_in_the_middle() {
    for start in [
        ok("", "hello"),
        ok("Content-Length: 10\r\n", "hello"),
        chunked("5\r\nhello\r\n"),
    ] {
        let end = after(vec![
            Act::ReadRequest,
            send(&start),
            // A reset overtakes bytes that were not read yet.
            Act::Wait(Duration::from_millis(500)),
            Act::Reset,
        ]);
        assert_eq!(end.line(), "truncated body 200 5 again", "{start}");
    }
}
