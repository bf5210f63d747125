//! Through a proxy: tunnels, and everything that can keep one from being opened.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jobdeck::fetch::{ErrorClass, FetchError, Network, Phase, Proxy, Request, Resolve};

use crate::support::fault::{Act, FaultServer, answer, send};
use crate::support::tls::{Authority, Says};
use crate::support::{BlackHole, Rig, get};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const TUNNEL: &str = "HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n";

fn through(url: &str, proxy: &str) -> Request {
    get(url).with_proxy(Proxy::parse(proxy).unwrap())
}

/// A proxy that lets everybody through to one server.
fn proxy_to(server: SocketAddr) -> FaultServer {
    FaultServer::always(vec![Act::ReadRequest, send(TUNNEL), Act::PassOn(server)])
}

/// Nobody is to be looked up here.
struct Nobody;

impl Resolve for Nobody {
    fn resolve(&self, host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        panic!("{host} was looked up");
    }
}

fn rig() -> Rig {
    Rig::with_network(Network::new().with_resolver(Nobody))
}

#[track_caller]
fn check(error: &FetchError, message: &str, hint: &str) {
    assert_eq!(error.class, ErrorClass::Proxy, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Connect), "{error:?}");
    assert!(error.message.contains(message), "{error:?}");
    assert!(error.hint.contains(hint), "{error:?}");
    assert!(!error.detail.is_empty(), "{error:?}");
}

#[test]
fn a_plain_url_goes_through_a_tunnel_whose_proxy_knows_the_name() {
    let server = FaultServer::always(vec![Act::ReadRequest, send(OK), Act::ReadRequest, send(OK)]);
    let proxy = proxy_to(server.address());
    let rig = rig();
    let request = through("http://made-up.example/a?b", &proxy.url(""))
        .with_header("X-Key", "for the server")
        .unwrap();
    let job = rig.count(request.clone());
    let view = job.job().clone();
    let fetched = rig.end_of(job).unwrap();
    assert_eq!((fetched.received, fetched.http_status), (2, 200));
    assert_eq!(fetched.final_url, "http://made-up.example/a?b");
    let labels: Vec<_> = view
        .steps_from(0)
        .into_iter()
        .map(|record| record.step.label.into_owned())
        .collect();
    assert_eq!(labels, ["Connecting", "Requesting", "Downloading"]);
    let asked = proxy.requests().remove(0);
    assert!(
        asked.starts_with("CONNECT made-up.example:80 HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(!asked.contains("X-Key"), "{asked}");
    assert!(
        !asked.to_ascii_lowercase().contains("authorization"),
        "{asked}"
    );
    let request_line = server.requests().remove(0);
    assert!(
        request_line.starts_with("GET /a?b HTTP/1.1\r\n"),
        "{request_line}"
    );
    // The tunnel is used again.
    rig.end_of(rig.count(request)).unwrap();
    assert_eq!((proxy.connections(), server.requests().len()), (1, 2));
}

#[test]
fn a_secure_url_goes_through_a_tunnel() {
    let authority = Authority::new();
    let server = authority.server(vec![answer(OK)]);
    let proxy = proxy_to(server.address());
    let rig = rig();
    let url = server.url("/");
    let request = through(&url, &proxy.url("")).with_extra_certificates(authority.certificates());
    assert_eq!(rig.end_of(rig.count(request)).unwrap().received, 2);
    let asked = proxy.requests().remove(0);
    let host = server.address();
    assert!(
        asked.starts_with(&format!("CONNECT {host} HTTP/1.1\r\n")),
        "{asked}"
    );
    // What is wrong with the certificate is the server's, not the proxy's.
    let error = rig
        .end_of(rig.count(through(&url, &proxy.url(""))))
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Tls, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Tls));
}

/// The closing message of TLS may come in one read with the end of the body, and is no part of it.
#[test]
fn a_body_of_any_length_is_complete_inside_tls_inside_a_tunnel() {
    let authority = Authority::new();
    let rig = rig();
    for length in (3_500..4_300).step_by(16) {
        let body = "x".repeat(length);
        let whole = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        let server = authority.server(vec![answer(whole)]);
        let proxy = proxy_to(server.address());
        let request = through(&server.url("/"), &proxy.url(""))
            .with_extra_certificates(authority.certificates());
        let fetched = rig.end_of(rig.count(request)).unwrap();
        assert_eq!(fetched.received, length as u64);
    }
}

#[test]
fn a_proxy_may_itself_be_secure() {
    let authority = Authority::new();
    let server = authority.server(vec![answer(OK)]);
    // This proxy answers inside its tunnel by itself, inside TLS.
    let plain = vec![Act::ReadRequest, send(TUNNEL), Act::ReadRequest, send(OK)];
    let proxy = authority.server(vec![plain]);
    let rig = rig();
    let request = through("http://made-up.example/", &proxy.url(""))
        .with_extra_certificates(authority.certificates());
    assert_eq!(rig.end_of(rig.count(request)).unwrap().received, 2);
    assert!(proxy.requests()[1].starts_with("GET / HTTP/1.1\r\n"));
    drop(server);
    // Its certificate is checked as any other.
    let request = through("http://made-up.example/", &proxy.url(""));
    let error = rig.end_of(rig.count(request)).unwrap_err();
    check(&error, "made secure", "http://");
    let expired = authority.server_that_says(Says::Expired, vec![answer(TUNNEL)]);
    let request = through("http://made-up.example/", &expired.url(""))
        .with_extra_certificates(authority.certificates());
    let error = rig.end_of(rig.count(request)).unwrap_err();
    check(&error, "made secure", "http://");
    assert!(expired.requests().is_empty());
}

#[test]
fn the_login_is_told_to_the_proxy_and_to_nobody_else() {
    let server = FaultServer::always(answer(OK));
    let proxy = proxy_to(server.address());
    let rig = rig();
    let address = format!("http://us%40er:hunter2@{}", proxy.address());
    rig.end_of(rig.count(through("http://made-up.example/", &address)))
        .unwrap();
    // "us@er:hunter2"
    let asked = proxy.requests().remove(0);
    assert!(
        asked.contains("Proxy-Authorization: Basic dXNAZXI6aHVudGVyMg==\r\n"),
        "{asked}"
    );
    let request = server.requests().remove(0).to_ascii_lowercase();
    assert!(!request.contains("authorization"), "{request}");
}

/// The failure of a fetch through a proxy with this script; it has a login, which nothing may show.
fn failure(script: Vec<Act>) -> FetchError {
    let proxy = FaultServer::always(script);
    let rig = rig();
    let address = format!("http://hunter1:hunter2@{}", proxy.address());
    let request = through("http://made-up.example/", &address);
    let error = rig.end_of(rig.count(request)).unwrap_err();
    let texts = format!("{error:?}");
    assert!(
        !texts.contains("hunter") && !texts.contains("aHVudGVy"),
        "{texts}"
    );
    error
}

#[test]
fn a_proxy_that_opens_no_tunnel_says_why() {
    let refuses = |status: &str| {
        failure(answer(format!(
            "HTTP/1.1 {status}\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 3\r\n\r\nno!"
        )))
    };
    let error = refuses("407 Proxy Authentication Required");
    check(&error, "login", "user:password@");
    assert_eq!(error.detail, "HTTP 407");
    let error = refuses("403 Forbidden");
    check(&error, "refuses to connect", "https://");
    let error = refuses("502 Bad Gateway");
    check(&error, "could not connect", "host");
    assert_eq!(error.detail, "HTTP 502");
    // A redirect is not for a tunnel.
    check(&refuses("302 Found"), "could not connect", "host");
}

#[test]
fn a_proxy_that_is_none_is_told_apart() {
    let error = failure(answer("SSH-2.0-OpenSSH_9.9\r\n\r\n"));
    check(&error, "does not answer as an HTTP proxy", "port");
    let error = failure(vec![Act::ReadRequest]);
    check(&error, "closed the connection", "HTTP proxy");
    let error = failure(vec![Act::ReadRequest, send("HTTP/1.1 200"), Act::Cut]);
    check(&error, "closed the connection", "HTTP proxy");
    let error = failure(vec![
        Act::ReadRequest,
        Act::Wait(Duration::from_millis(50)),
        Act::Reset,
    ]);
    check(&error, "closed the connection", "HTTP proxy");
    let long = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(200_000));
    let error = failure(vec![Act::ReadRequest, send(long), Act::StaySilent]);
    check(&error, "does not answer as an HTTP proxy", "port");
}

#[test]
fn a_proxy_that_is_not_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let rig = rig();
    let request = through("http://made-up.example/", &format!("http://{address}"));
    let error = rig.end_of(rig.count(request)).unwrap_err();
    check(&error, "cannot be reached", "port");

    struct Fails;
    impl Resolve for Fails {
        fn resolve(&self, host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
            Err(io::Error::other(format!("no {host}")))
        }
    }
    let rig = Rig::with_network(Network::new().with_resolver(Fails));
    let request = through("http://made-up.example/", "http://proxy.example:3128");
    let error = rig.end_of(rig.count(request)).unwrap_err();
    check(&error, "name was not found", "address");
    assert_eq!(error.detail, "no proxy.example");
}

#[test]
fn a_proxy_that_is_silent_is_given_up_in_the_time_for_connecting() {
    let limit = Duration::from_millis(400);
    let silent = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let half = FaultServer::always(vec![Act::ReadRequest, send("HTTP/1.1 2"), Act::StaySilent]);
    let hole = BlackHole::new();
    for address in [silent.address(), half.address(), hole.address()] {
        let rig = rig();
        let request = through("https://made-up.example/", &format!("http://{address}"))
            .with_connect_timeout(limit);
        let began = Instant::now();
        let error = rig.end_of(rig.count(request)).unwrap_err();
        assert_eq!(error.class, ErrorClass::Timeout, "{error:?}");
        assert_eq!(error.phase, Some(Phase::Connect));
        assert!(error.message.contains("proxy"), "{error:?}");
        assert!(began.elapsed() >= limit && began.elapsed() < Duration::from_secs(20));
    }
}

/// What is waited for in a tunnel that was opened before is the server.
#[test]
fn a_server_that_is_silent_in_a_tunnel_is_given_up_as_any_other() {
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send(OK),
        Act::ReadRequest,
        Act::StaySilent,
    ]);
    let proxy = proxy_to(server.address());
    let rig = rig();
    let request = through("http://made-up.example/", &proxy.url(""));
    rig.end_of(rig.count(request.clone())).unwrap();
    let limit = Duration::from_millis(300);
    let request = request.with_first_byte_timeout(limit);
    let error = rig.end_of(rig.count(request)).unwrap_err();
    assert_eq!(error.class, ErrorClass::Timeout, "{error:?}");
    assert_eq!(error.phase, Some(Phase::FirstByte));
    assert!(error.message.contains("server"), "{error:?}");
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn a_proxy_that_is_silent_holds_no_cancelled_fetch() {
    let silent = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let rig = rig();
    let job = rig.count(through("http://made-up.example/", &silent.url("")));
    rig.drive_until("the question", || silent.requests().len() == 1);
    rig.drive_for(Duration::from_millis(50));
    assert_eq!(job.step().unwrap().label, "Connecting");
    let began = Instant::now();
    job.cancel();
    rig.drive_until("the end", || job.is_finished());
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(rig.runtime.abandoned_workers(), 0);
    rig.drive_until("the connection to close", || {
        silent.closed_by_peer().len() == 1
    });
}

#[test]
fn connections_are_not_shared_between_ways() {
    let again = || vec![Act::ReadRequest, send(OK), Act::ReadRequest, send(OK)];
    let server = FaultServer::always(again());
    let proxy = proxy_to(server.address());
    let rig = rig();
    let direct = get(&server.url("/"));
    let proxied = through(&server.url("/"), &proxy.url(""));
    let with_login = through(&server.url("/"), &format!("http://me@{}", proxy.address()));
    for request in [
        &direct,
        &proxied,
        &with_login,
        &direct,
        &proxied,
        &with_login,
    ] {
        rig.end_of(rig.count(request.clone())).unwrap();
    }
    // Three ways, each with one connection that was used twice.
    assert_eq!((server.connections(), proxy.connections()), (3, 2));
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_redirect_stays_behind_the_proxy() {
    let server = FaultServer::start(vec![
        answer(
            "HTTP/1.1 302 Found\r\nLocation: http://other.example/b\r\nContent-Length: 0\r\n\r\n",
        ),
        answer(OK),
    ]);
    let proxy = proxy_to(server.address());
    let rig = rig();
    let fetched = rig
        .end_of(rig.count(through("http://made-up.example/", &proxy.url(""))))
        .unwrap();
    assert_eq!(fetched.final_url, "http://other.example/b");
    assert!(proxy.requests()[1].starts_with("CONNECT other.example:80 "));
}
