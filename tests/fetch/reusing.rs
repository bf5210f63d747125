//! Connections are reused, and one that the server closed meanwhile makes no fetch fail.

use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{ClientPool, ErrorClass, Proxy, Request};

use crate::support::fault::{Act, FaultServer, send, serve};
use crate::support::tls::Authority;
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

/// All idle connections may be stale at once. Two of them are tried, and then a new one, even where
/// a third is left.
#[test]
fn at_most_two_stale_connections_are_tried() {
    let stale = || {
        vec![
            Act::ReadRequest,
            Act::AwaitRequests(4),
            send(OK),
            Act::ReadRequest,
        ]
    };
    let mut scripts = vec![stale(), stale(), stale(), stale()];
    scripts.push(vec![Act::ReadRequest, send(OK)]);
    let server = FaultServer::start(scripts);
    let rig = Rig::with_network(ClientPool::new());
    // Four at once, so that each has a connection of its own.
    let jobs: Vec<_> = (0..4).map(|_| rig.count(get(&server.url("/")))).collect();
    for job in jobs {
        rig.end_of(job).unwrap();
    }
    assert_eq!(server.connections(), 4);
    let fetched = rig.end_of(rig.count(get(&server.url("/again")))).unwrap();
    assert_eq!(fetched.received, 2);
    let again = server.requests();
    let again = again.iter().filter(|request| request.contains("/again"));
    assert_eq!((again.count(), server.connections()), (3, 5));
}

/// A new connection that is closed is a failure, even after a stale one.
#[test]
fn nothing_is_tried_again_after_a_fresh_connection() {
    let stale = vec![Act::ReadRequest, send(OK), Act::ReadRequest];
    let server = FaultServer::start(vec![stale, vec![Act::ReadRequest]]);
    let rig = Rig::with_network(ClientPool::new());
    rig.end_of(rig.count(get(&server.url("/")))).unwrap();
    let error = rig.end_of(rig.count(get(&server.url("/")))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Connect);
    assert_eq!((server.requests().len(), server.connections()), (3, 2));
}

/// Through a proxy and inside TLS, too.
#[test]
fn a_stale_connection_is_replaced_in_every_way() {
    let stale = || vec![Act::ReadRequest, send(OK), Act::ReadRequest];
    let fresh = || vec![Act::ReadRequest, send(OK)];
    let authority = Authority::new();
    let secure = authority.server(vec![stale(), fresh()]);
    let plain = FaultServer::start(vec![stale(), fresh()]);
    let behind = authority.server(vec![stale(), fresh()]);
    let cut = authority.server(vec![
        vec![Act::ReadRequest, send(OK), Act::ReadRequest, Act::Cut],
        fresh(),
    ]);
    let proxy_to = |server: &FaultServer| {
        FaultServer::always(vec![
            Act::ReadRequest,
            send("HTTP/1.1 200 OK\r\n\r\n"),
            Act::PassOn(server.address()),
        ])
    };
    let proxy = proxy_to(&behind);
    let rig = Rig::with_network(ClientPool::new());
    let trusting = |url: &str| get(url).with_extra_certificates(authority.certificates());
    let through = |request: Request, proxy: &FaultServer| {
        request.with_proxy(Proxy::parse(&proxy.url("")).unwrap())
    };
    for request in [
        trusting(&secure.url("/")),
        trusting(&cut.url("/")),
        // A forwarding proxy is used like a server.
        through(get("http://made-up.example/"), &plain),
        through(trusting(&behind.url("/")), &proxy),
    ] {
        for _ in 0..2 {
            let fetched = rig.end_of(rig.count(request.clone())).unwrap();
            assert_eq!(fetched.received, 2);
        }
    }
    for server in [secure, cut, plain, behind] {
        assert_eq!((server.requests().len(), server.connections()), (3, 2));
    }
}

/// A new connection that is closed is a failure: otherwise a broken server would be asked for ever.
#[test]
fn a_fresh_connection_is_not_tried_again_at_once() {
    let server = FaultServer::always(vec![Act::ReadRequest]);
    let rig = Rig::new();
    let error = rig.end_of(rig.count(get(&server.url("/")))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Connect);
    assert!(error.is_retryable());
    assert_eq!(server.requests().len(), 1);
}

/// Half a response on a reused connection is truncated: the server has already processed the
/// request.
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

/// Each connection key has its own idle connections; those of the least recently used key are
/// closed.
#[test]
fn the_ways_to_connect_are_bounded() {
    let rig = Rig::with_network(ClientPool::new());
    let proxy = FaultServer::always(vec![serve(|_| OK.into())]);
    let fetch = |user: usize| {
        let text = format!("http://user{user}@{}", proxy.address());
        let request = get("http://made-up.example/").with_proxy(Proxy::parse(&text).unwrap());
        rig.end_of(rig.count(request)).unwrap();
    };
    let most = jobdeck::fetch::limits::MAX_CLIENTS;
    (0..most).for_each(fetch);
    // In this order, the first is the most recently used.
    fetch(0);
    assert_eq!(proxy.connections(), most);
    fetch(most);
    rig.drive_until("the second one's connection to close", || {
        proxy.open_connections() == most
    });
    fetch(0);
    assert_eq!(proxy.connections(), most + 1);
    fetch(1);
    assert_eq!(proxy.connections(), most + 2);
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
