//! A server that stands still is given up after the limit of its phase, and not before.

use std::time::{Duration, Instant};

use jobdeck::fetch::{ErrorClass, FetchError, Phase, Request};

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{BlackHole, Rig, get};

const LIMIT: Duration = Duration::from_millis(300);

/// The failure of a fetch whose limit in one phase is short.
fn stalls(request: Request) -> FetchError {
    let rig = Rig::new();
    let began = Instant::now();
    let error = rig.end_of(rig.count(request)).unwrap_err();
    assert_eq!(error.class, ErrorClass::Timeout, "{error:?}");
    let elapsed = began.elapsed();
    assert!(elapsed >= LIMIT, "given up too early: {elapsed:?}");
    // Longer than the limits of the other phases would be somebody else's time-out.
    assert!(elapsed < Duration::from_secs(14), "{elapsed:?}");
    assert!(error.is_retryable());
    assert!(error.message.contains("0.30 s"), "{error:?}");
    error
}

#[test]
fn while_connecting() {
    let hole = BlackHole::new();
    let error = stalls(get(&hole.url()).with_connect_timeout(LIMIT));
    assert_eq!(error.phase, Some(Phase::Connect));
    assert!(error.hint.contains("--connect-timeout"), "{error:?}");
}

#[test]
fn before_the_answer() {
    let server = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let error = stalls(get(&server.url("/")).with_first_byte_timeout(LIMIT));
    assert_eq!(error.phase, Some(Phase::FirstByte));
    assert!(error.hint.contains("--first-byte-timeout"), "{error:?}");
    // An archive that is made on demand takes a while.
    assert_eq!(
        get(&server.url("/")).timeouts().first_byte,
        Duration::from_secs(120)
    );
}

#[test]
fn within_the_header_also_when_it_drips() {
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nX: "),
        Act::Drip(vec![b'x'; 10_000], Duration::from_millis(50)),
    ]);
    let error = stalls(get(&server.url("/")).with_first_byte_timeout(LIMIT));
    assert_eq!(error.phase, Some(Phase::FirstByte));
}

#[test]
fn within_the_body() {
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"),
        Act::StaySilent,
    ]);
    let error = stalls(get(&server.url("/")).with_idle_timeout(LIMIT));
    assert_eq!((error.phase, error.received), (Some(Phase::Body), 5));
    assert!(error.hint.contains("--idle-timeout"), "{error:?}");
}

/// The limit is between two reads: a body may take any time as a whole.
#[test]
fn but_not_while_bytes_come() {
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"),
        Act::Drip(vec![b'x'; 20], Duration::from_millis(100)),
    ]);
    let rig = Rig::new();
    let request = get(&server.url("/")).with_idle_timeout(Duration::from_millis(1500));
    let began = Instant::now();
    let fetched = rig.end_of(rig.count(request)).unwrap();
    assert_eq!(fetched.received, 20);
    assert!(began.elapsed() >= Duration::from_millis(1900));
}
