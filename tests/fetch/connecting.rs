//! Hosts that do not exist, and the request that a host receives.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{ClientPool, ErrorClass, Phase, Resolve};

use crate::support::fault::{FaultServer, answer};
use crate::support::{BlackHole, Rig, get};

/// Every name has these addresses.
struct Fixed(Vec<SocketAddr>);

impl Resolve for Fixed {
    fn resolve(&self, _host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(self.0.clone())
    }
}

#[test]
fn a_port_without_a_listener() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let rig = Rig::new();
    let error = rig.end_of(rig.count(get(&url))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Connect);
    assert_eq!(error.phase, Some(Phase::Connect));
    assert!(error.is_retryable());
    assert!(!error.detail.is_empty());
}

#[test]
fn a_name_is_looked_up_and_a_literal_address_is_not() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let rig = Rig::new();
    let first_step = |url: &str| {
        let job = rig.count(get(url));
        let view = job.job().clone();
        assert_eq!(rig.end_of(job).unwrap().received, 5);
        view.steps_from(0).remove(0).step.label.into_owned()
    };
    let port = server.address().port();
    assert_eq!(
        first_step(&format!("http://localhost:{port}/bytes/5")),
        "Resolving"
    );
    assert_eq!(first_step(&server.url("/bytes/5")), "Connecting");
}

/// A label of a name may have 63 letters at most: the network is not asked.
#[test]
fn a_name_that_cannot_exist() {
    let rig = Rig::new();
    let url = format!("http://{}.example/", "a".repeat(64));
    let error = rig.end_of(rig.count(get(&url))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Dns, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Resolve));
    assert!(error.is_retryable());
}

/// A hole at 127.0.0.2, and a listener at the same port of 127.0.0.1: that of the URL is the port
/// of all addresses.
fn hole_and_listener() -> (BlackHole, TcpListener) {
    std::iter::repeat_with(|| {
        let hole = BlackHole::new();
        let listener = TcpListener::bind(("127.0.0.1", hole.address().port()));
        (hole, listener)
    })
    // Another program may have that port.
    .find_map(|(hole, listener)| Some((hole, listener.ok()?)))
    .unwrap()
}

/// The time to fetch from a server at the last of these addresses.
fn fetch_through(listener: TcpListener, mut addresses: Vec<SocketAddr>) -> Duration {
    let script = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let server = FaultServer::listening(listener, vec![script]);
    addresses.push(server.address());
    let rig = Rig::with_network(ClientPool::new().with_resolver(Fixed(addresses)));
    let request = get(&format!("http://name.example:{}/", server.address().port()))
        .with_connect_timeout(Duration::from_secs(40));
    let began = Instant::now();
    assert_eq!(rig.end_of(rig.count(request)).unwrap().received, 2);
    began.elapsed()
}

/// The first address never responds, and no limit is waited for.
#[test]
fn the_second_address_is_tried_beside_a_first_that_is_silent() {
    let (hole, listener) = hole_and_listener();
    let elapsed = fetch_through(listener, vec![hole.address()]);
    assert!(elapsed >= Duration::from_millis(200), "no head start");
    assert!(elapsed < Duration::from_secs(30), "{elapsed:?}");
}

/// The addresses in the middle refuse at once, so that the next one need not wait.
#[test]
fn after_a_refused_address_the_next_is_tried_at_once() {
    let elapsed = (0..3).map(|_| {
        let (hole, listener) = hole_and_listener();
        let port = hole.address().port();
        let refusing = (3..=16).map(|last| SocketAddr::from(([127, 0, 0, last], port)));
        let addresses = std::iter::once(hole.address()).chain(refusing).collect();
        fetch_through(listener, addresses)
    });
    // Fifteen head starts would take nearly four seconds. Three attempts, for a busy machine.
    assert!(elapsed.min().unwrap() < Duration::from_secs(3));
}

#[test]
fn credentials_of_a_url_become_a_header_and_nothing_else() {
    let server = FaultServer::always(answer("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"));
    let rig = Rig::new();
    let url = format!(
        "http://me:hunter2@{}/a b?token=hunter2#hunter2",
        server.address()
    );
    let error = rig.end_of(rig.count(get(&url))).unwrap_err();
    assert_eq!(error.http_status, Some(401));
    assert!(!format!("{error:?}").contains("hunter2"));
    let request = server.requests().remove(0).to_ascii_lowercase();
    // "me:hunter2"
    for line in [
        "get /a%20b?token=hunter2 http/1.1\r\n",
        "authorization: basic bwu6ahvudgvymg==\r\n",
        "accept-encoding: identity\r\n",
        "user-agent: jobdeck/",
    ] {
        assert!(request.contains(line), "{line} in {request}");
    }
}
