//! Hosts that are not there, and what a request says to those that are.

use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{ErrorClass, Phase};

use crate::support::fault::{Act, FaultServer, answer, send};
use crate::support::{Rig, get};

#[test]
fn a_port_where_nobody_listens() {
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

/// No part of a name may be longer than 63 letters, so nobody on the network is asked for it.
#[test]
fn a_name_that_cannot_exist() {
    let rig = Rig::new();
    let url = format!("http://{}.example/", "a".repeat(64));
    let error = rig.end_of(rig.count(get(&url))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Dns, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Resolve));
    assert!(error.is_retryable());
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

#[test]
fn plain_http_where_tls_is_expected() {
    let server = FaultServer::always(vec![
        send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
        Act::StaySilent,
    ]);
    let rig = Rig::new();
    let url = format!("https://{}/", server.address());
    let error = rig.end_of(rig.count(get(&url))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Tls, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Tls));
    assert!(error.hint.contains("http://"), "{error:?}");
}
