//! Connections are used again, and one that the server closed meanwhile fails nobody.

use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::ErrorClass;

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{Rig, get};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn one_after_the_other_over_one_connection() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let rig = Rig::new();
    for _ in 0..20 {
        let request = get(&server.url("/bytes/1000"));
        assert_eq!(rig.end_of(rig.count(request)).unwrap().received, 1000);
    }
    assert_eq!(server.connections(), 1);
}

/// The server reads the second request on the same connection, and closes it without an answer.
#[test]
fn a_connection_that_turns_out_to_be_closed_is_replaced() {
    let stale = vec![Act::ReadRequest, send(OK), Act::ReadRequest];
    let fresh = vec![Act::ReadRequest, send(OK)];
    let server = FaultServer::start(vec![stale, fresh]);
    let rig = Rig::new();
    for _ in 0..2 {
        let fetched = rig.end_of(rig.count(get(&server.url("/")))).unwrap();
        assert_eq!(fetched.received, 2);
    }
    assert_eq!(server.requests().len(), 3);
}

/// A connection of its own that is closed is a failure, or a broken server would be asked for ever.
#[test]
fn a_fresh_connection_is_not_tried_again_at_once() {
    let server = FaultServer::always(vec![Act::ReadRequest]);
    let rig = Rig::new();
    let error = rig.end_of(rig.count(get(&server.url("/")))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Connect);
    assert!(error.is_retryable());
    assert_eq!(server.requests().len(), 1);
}

/// Half an answer on a used connection is a cut answer: the server has done its work already.
#[test]
fn a_cut_answer_is_not_taken_for_a_stale_connection() {
    for (cut, class, received) in [
        ("HTTP/1.1 200 OK\r\nConten", ErrorClass::Connect, 0),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhe",
            ErrorClass::Truncated,
            2,
        ),
    ] {
        let script = vec![Act::ReadRequest, send(OK), Act::ReadRequest, send(cut)];
        let server = FaultServer::always(script);
        let rig = Rig::new();
        rig.end_of(rig.count(get(&server.url("/")))).unwrap();
        let error = rig.end_of(rig.count(get(&server.url("/")))).unwrap_err();
        assert_eq!((error.class, error.received), (class, received));
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn many_at_once_never_mix_their_bytes() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let rig = Rig::new();
    let jobs: Vec<_> = (0..100_u64)
        .map(|number| number * 997)
        .map(|bytes| {
            (
                bytes,
                rig.count(get(&server.url(&format!("/bytes/{bytes}")))),
            )
        })
        .collect();
    for (bytes, job) in jobs {
        assert_eq!(rig.end_of(job).unwrap().received, bytes);
    }
    rig.drive_until("the workers to end", || rig.runtime.busy_workers() == 0);
}
