//! Servers that never finish: a bound or a time-out ends each of them, with little memory and no
//! file left.

use std::time::{Duration, Instant};

use crate::ends::{End, saved};
use crate::support::fault::{Act, FaultServer, endless, send};
use crate::support::{Rig, get};

/// Short, but longer than a busy machine needs for a few bytes.
const LIMIT: Duration = Duration::from_millis(700);

/// Much longer than [`LIMIT`], and shorter than every other time-out.
const SOON: Duration = Duration::from_secs(14);

/// The end of a download from such a server, within the limits of its phases.
#[track_caller]
fn given_up(scheme: &str, script: Vec<Act>) -> End {
    let server = FaultServer::always(script);
    let request = get(&format!("{scheme}://{}/x", server.address()))
        .with_connect_timeout(LIMIT)
        .with_first_byte_timeout(LIMIT)
        .with_idle_timeout(LIMIT);
    let began = Instant::now();
    let end = saved(request);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(server.connections(), 1);
    end
}

#[track_caller]
fn after_request(acts: impl IntoIterator<Item = Act>) -> String {
    let script = [Act::ReadRequest].into_iter().chain(acts).collect();
    given_up("http", script).line()
}

const LATE_HEADER: &str = "timeout first_byte - 0 again";
const NOT_HTTP: &str = "protocol first_byte - 0 final";
const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn silent_from_the_beginning() {
    let end = given_up("http", vec![Act::StaySilent]);
    assert_eq!(end.line(), LATE_HEADER);
}

#[test]
fn silent_after_the_request() {
    assert_eq!(after_request([Act::StaySilent]), LATE_HEADER);
}

#[test]
fn silent_while_the_connection_is_secured() {
    let end = given_up("https", vec![Act::StaySilent]);
    assert_eq!(end.line(), "timeout tls - 0 again");
}

#[test]
fn silent_in_the_middle_of_a_header() {
    assert_eq!(
        after_request([send("HTTP/1.1 200 OK\r\nContent-Le"), Act::StaySilent]),
        LATE_HEADER
    );
}

#[test]
fn silent_before_the_body() {
    let header = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    assert_eq!(
        after_request([send(header), Act::StaySilent]),
        "timeout body 200 0 again"
    );
}

#[test]
fn silent_in_the_middle_of_a_body() {
    for start in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello".to_owned(),
        "HTTP/1.1 200 OK\r\n\r\nhello".to_owned(),
        format!("{CHUNKED}5\r\nhello\r\n"),
        format!("{CHUNKED}9\r\nhello"),
    ] {
        assert_eq!(
            after_request([send(&start), Act::StaySilent]),
            "timeout body 200 5 again",
            "{start}"
        );
    }
}

/// The body is complete except for the last empty line.
#[test]
fn silent_after_the_last_chunk() {
    let all = format!("{CHUNKED}5\r\nhello\r\n0\r\n");
    assert_eq!(
        after_request([send(all), Act::StaySilent]),
        "timeout body 200 5 again"
    );
}

/// A complete body ends the fetch, whatever the server does with the connection.
#[test]
fn silent_after_the_body() {
    for all in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        format!("{CHUNKED}5\r\nhello\r\n0\r\n\r\n"),
    ] {
        let line = after_request([send(&all), Act::StaySilent]);
        assert!(line.starts_with("done 200 5"), "{line}");
    }
    assert_eq!(
        after_request([send("HTTP/1.1 204 No\r\n\r\n"), Act::StaySilent]),
        "http_status first_byte 204 0 final"
    );
}

#[test]
fn a_header_that_drips() {
    let drip = Act::Endless(b"x".to_vec(), Duration::from_millis(100));
    assert_eq!(after_request([send(OK), send("X: "), drip]), LATE_HEADER);
    let drip = Act::Endless(b"X: y\r\n".to_vec(), Duration::from_millis(100));
    assert_eq!(after_request([send(OK), drip]), LATE_HEADER);
}

/// The limit applies between two reads: a slow body may take any time.
#[test]
fn a_body_that_drips_is_progress() {
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n"),
        Act::Drip(vec![b'x'; 15], Duration::from_millis(100)),
    ]);
    let patient = get(&server.url("/x")).with_idle_timeout(Duration::from_millis(1_200));
    let began = Instant::now();
    assert_eq!(saved(patient).line(), "done 200 15 announced");
    assert!(began.elapsed() > Duration::from_millis(1_300));
}

#[test]
fn a_header_line_without_end() {
    assert_eq!(
        after_request([send(OK), send("X: "), endless("x")]),
        NOT_HTTP
    );
    assert_eq!(after_request([endless("x")]), NOT_HTTP);
    assert_eq!(
        after_request([send("HTTP/1.1 200 "), endless("x")]),
        NOT_HTTP
    );
}

#[test]
fn headers_without_end() {
    assert_eq!(after_request([send(OK), endless("X: y\r\n")]), NOT_HTTP);
}

#[test]
fn empty_lines_without_end() {
    assert_eq!(after_request([endless("\r\n")]), NOT_HTTP);
}

/// A flood of interim responses ends with the time limit of the response or the size limit of a
/// header.
#[test]
fn informational_answers_without_end() {
    for answer in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
    ] {
        let slow = Act::Endless(answer.as_bytes().to_vec(), Duration::from_millis(20));
        assert_eq!(after_request([slow]), LATE_HEADER, "{answer:?}");
        let line = after_request([endless(answer)]);
        assert!([LATE_HEADER, NOT_HTTP].contains(&line.as_str()), "{line}");
    }
}

#[test]
fn a_chunk_extension_without_end() {
    let start = format!("{CHUNKED}5;x=");
    assert_eq!(
        after_request([send(start), endless("x")]),
        "protocol body 200 0 final"
    );
}

#[test]
fn a_chunk_size_without_end() {
    assert_eq!(
        after_request([send(CHUNKED), endless("0")]),
        "protocol body 200 0 final"
    );
}

/// Trailers are read and dropped; endless ones are given up.
#[test]
fn trailers_without_end() {
    let start = format!("{CHUNKED}5\r\nhello\r\n0\r\n");
    assert_eq!(
        after_request([send(&start), endless("X: y\r\n")]),
        "protocol body 200 5 final"
    );
    assert_eq!(
        after_request([send(&start), send("X: "), endless("y")]),
        "protocol body 200 5 final"
    );
}

/// Chunks of one byte each are slow, and still a body.
#[test]
fn many_tiny_chunks() {
    let body = format!("{CHUNKED}{}0\r\n\r\n", "1;a=b\r\nx\r\n".repeat(100_000));
    assert_eq!(after_request([send(body)]), "done 200 100000 unannounced");
}

/// It cannot be told from a very large file: it runs until it is cancelled, and its part is
/// removed.
#[test]
fn a_body_without_end_runs_until_it_is_cancelled() {
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\n\r\n"),
        endless("hello"),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new();
    let job = rig.save(get(&server.url("/x")), folder.path());
    rig.drive_until("many bytes", || job.progress().0 > 5_000_000);
    job.cancel();
    rig.finish(&job);
    let kept = std::fs::metadata(folder.path().join("x.part")).unwrap();
    assert!(kept.len() > 5_000_000, "what came is kept");
    rig.drive_until("the connection to close", || {
        server.closed_by_peer().len() == 1
    });
}

/// The body of a response that is not the file is not read: it could hold the job for ever.
#[test]
fn the_body_of_a_redirect_or_an_error_without_end() {
    assert_eq!(
        after_request([
            send("HTTP/1.1 404 Not Found\r\nContent-Length: 99999999999\r\n\r\n"),
            endless("hello"),
        ]),
        "http_status first_byte 404 0 final"
    );
    let target = FaultServer::always(crate::support::fault::answer(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ));
    let location = target.url("/y");
    for framing in [
        "",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 99999999999\r\n",
    ] {
        let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n{framing}\r\n");
        assert_eq!(
            after_request([send(redirect), endless("5\r\nhello\r\n")]),
            "done 200 5 announced"
        );
    }
}
