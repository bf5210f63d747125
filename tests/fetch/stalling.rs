//! A server that stalls is given up after the limit of the phase, and not before.

use std::time::{Duration, Instant};

use jobdeck::fetch::{ErrorClass, FetchError, Fetched, Phase, RateLimit, Request, Trace};
use jobdeck::runtime::JobHandle;

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
    // The limits of the other phases are long, so that none of them can fire.
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
    // A server that builds an archive on demand takes a while.
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

/// The limit applies between two reads: the whole body may take any time.
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

/// Starts a fetch, and returns its trace once it waits for the server with this limit.
fn waiting(request: Request, limit: Duration) -> (Rig, JobHandle<Fetched>, Trace) {
    let rig = Rig::new();
    let trace = Trace::default();
    let job = rig.count(request.with_trace(trace.clone()));
    let is_waiting = || trace.wait().is_some_and(|wait| wait.limit == limit);
    rig.drive_until("the wait", is_waiting);
    (rig, job, trace)
}

fn cancel(rig: &Rig, job: &JobHandle<Fetched>) {
    job.cancel();
    rig.drive_until("its end", || job.is_finished());
}

#[test]
fn a_trace_has_one_wait_as_long_as_nothing_comes() {
    const LONG: Duration = Duration::from_secs(77);
    let server = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let request = get(&server.url("/")).with_first_byte_timeout(LONG);
    let (rig, job, trace) = waiting(request, LONG);
    // The request may still be on its way.
    rig.drive_for(Duration::from_millis(200));
    let wait = trace.wait();
    rig.drive_for(Duration::from_millis(200));
    assert_eq!(trace.wait(), wait);
    cancel(&rig, &job);
}

#[test]
fn a_trace_has_another_wait_for_each_read_of_a_body() {
    const LONG: Duration = Duration::from_secs(77);
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"),
        Act::Drip(vec![b'x'; 10_000], Duration::from_millis(20)),
    ]);
    let request = get(&server.url("/")).with_idle_timeout(LONG);
    let (rig, job, trace) = waiting(request, LONG);
    let first = trace.wait().unwrap().number;
    let moves_on = || trace.wait().is_some_and(|wait| wait.number > first + 3);
    rig.drive_until("other waits", moves_on);
    cancel(&rig, &job);
}

#[test]
fn a_rate_limited_fetch_does_not_wait_for_the_server() {
    const LONG: Duration = Duration::from_secs(77);
    let body = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}",
        "x".repeat(1_000)
    );
    let server = FaultServer::always(vec![Act::ReadRequest, send(body.as_str())]);
    let request = get(&server.url("/"))
        .with_idle_timeout(LONG)
        .with_rate_limit(RateLimit::new(Some(1)));
    let (rig, job, trace) = waiting(request, LONG);
    rig.drive_until("the first byte", || job.progress().0 > 0);
    let first = trace.wait().unwrap().number;
    let moves_on = || trace.wait().is_some_and(|wait| wait.number > first + 3);
    rig.drive_until("other waits", moves_on);
    assert!(job.progress().0 < 10);
    cancel(&rig, &job);
}
