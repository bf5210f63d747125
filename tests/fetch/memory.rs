//! Bodies that are kept in memory: within their limit, as bytes or as the value of their JSON.

use std::io::Write as _;
use std::time::Instant;

use jobdeck::fetch::{ErrorClass, FetchError, FetchExt, JsonError, Phase};
use jobdeck::runtime::JobError;

use crate::support::fault::{Act, FaultServer, endless, send};
use crate::support::{Rig, SOON, get};

fn bytes(script: Vec<Act>, limit_bytes: u64) -> Result<Vec<u8>, FetchError> {
    let server = FaultServer::always(script);
    let rig = Rig::new();
    let request = get(&server.url("/"));
    let end = rig.run(async move |cx| cx.fetch(request).bytes(limit_bytes).await);
    end.map_err(|error| error.downcast_ref::<FetchError>().unwrap().clone())
}

fn json(body: &str) -> Result<Vec<u32>, JobError> {
    let server = FaultServer::always(whole("Content-Type: application/json\r\n", body.as_bytes()));
    let rig = Rig::new();
    let request = get(&server.url("/"));
    rig.run(async move |cx| cx.fetch(request).json(1 << 20).await)
}

fn whole(headers: &str, body: &[u8]) -> Vec<Act> {
    let length = body.len();
    let header = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\n\r\n");
    vec![Act::ReadRequest, send(header), send(body)]
}

/// Without a length, up to the end of the connection.
fn unannounced(body: Act) -> Vec<Act> {
    let header = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    vec![Act::ReadRequest, send(header), body, Act::Cut]
}

#[test]
fn a_body_is_kept_byte_for_byte_up_to_its_limit() {
    let body: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    assert!(bytes(whole("", &body), 100_000).unwrap() == body);
    assert!(bytes(unannounced(send(&body)), 100_000).unwrap() == body);
    assert_eq!(bytes(whole("", b""), 0).unwrap(), b"");
}

#[test]
fn one_byte_more_is_an_error_that_says_what_to_do() {
    for script in [whole("", b"12345"), unannounced(send("12345"))] {
        let error = bytes(script, 4).unwrap_err();
        assert_eq!(error.class, ErrorClass::TooLarge);
        assert_eq!(error.phase, Some(Phase::Body));
        assert_eq!(error.message, "The file is larger than 4 B");
        assert!(error.hint.contains("raise the limit"), "{}", error.hint);
    }
}

#[test]
fn the_limit_holds_while_reading() {
    let began = Instant::now();
    // No body follows the header, and this one never ends.
    let header = "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n";
    let announced = vec![Act::ReadRequest, send(header), Act::StaySilent];
    for script in [announced, unannounced(endless("x".repeat(100)))] {
        let error = bytes(script, 1000).unwrap_err();
        assert_eq!(error.class, ErrorClass::TooLarge);
        // No more than one block is read ahead.
        assert!(error.received < 1 << 20, "{}", error.received);
    }
    assert!(began.elapsed() < SOON);
}

#[test]
fn the_limit_is_that_of_the_decoded_body() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&[7; 1_000_000]).unwrap();
    let bomb = encoder.finish().unwrap();
    let gzip = || whole("Content-Encoding: gzip\r\n", &bomb);
    let error = bytes(gzip(), 999_999).unwrap_err();
    assert_eq!(error.class, ErrorClass::TooLarge);
    assert!(bytes(gzip(), 1_000_000).unwrap() == [7; 1_000_000]);
}

#[test]
fn a_body_that_is_cut_off_is_no_value() {
    let header = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
    let cut = || vec![Act::ReadRequest, send(header), send("[1]"), Act::Cut];
    let error = bytes(cut(), 100).unwrap_err();
    assert_eq!(error.class, ErrorClass::Truncated);

    // The three bytes that came are JSON.
    let server = FaultServer::always(cut());
    let request = get(&server.url("/"));
    let end = Rig::new().run(async move |cx| cx.fetch(request).json::<Vec<u32>>(100).await);
    let error = end.unwrap_err();
    let error = error.downcast_ref::<FetchError>().unwrap();
    assert_eq!(error.class, ErrorClass::Truncated);
}

#[test]
fn json_becomes_a_value_whether_it_is_short_or_parsed_in_a_thread() {
    assert_eq!(json("[1, 2]").unwrap(), [1, 2]);
    let long: Vec<u32> = (0..100_000).collect();
    assert!(json(&format!("{long:?}")).unwrap() == long);
}

#[test]
fn what_is_not_the_expected_json_names_its_place_and_keeps_its_source() {
    // The second one is long enough to be parsed in a thread.
    let blank = " ".repeat(100_000);
    for (body, line, column) in [
        ("[1,\n-2]", 2, 2),
        (&format!("[1,\n{blank}-2]"), 2, 100_002),
    ] {
        let error = json(body).unwrap_err();
        let json = error.downcast_ref::<JsonError>().unwrap();
        assert_eq!((json.line(), json.column()), (line, column));
        assert!(!json.hint().is_empty());
        let serde: &serde_json::Error = error.downcast_ref().unwrap();
        assert!(serde.is_data(), "{serde}");
        let chain = format!("{error:#}");
        let wrong = "The JSON has another form than expected: invalid value: integer `-2`";
        assert!(chain.starts_with(wrong), "{chain}");
        assert!(error.downcast_ref::<FetchError>().is_none());
    }
    let early = json("[1, 2").unwrap_err();
    assert_eq!(early.to_string(), "The JSON ends too early");
}

#[test]
fn a_cancel_ends_a_fetch_of_json() {
    let header = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
    let silent = vec![Act::ReadRequest, send(header), Act::StaySilent];
    let server = FaultServer::always(silent);
    let rig = Rig::new();
    let request = get(&server.url("/"));
    let job = rig.runtime.spawn("json", async move |cx| {
        cx.fetch(request).json::<Vec<u32>>(100).await
    });
    rig.drive_until("the request", || server.connections() == 1);
    rig.cancel_waiting(&job);
    rig.drive_until("the end of the connection", || {
        !server.closed_by_peer().is_empty()
    });
}
