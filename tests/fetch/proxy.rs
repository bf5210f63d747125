//! Requests through a proxy: forwarded, tunnelled, and every failure to open a tunnel.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jobdeck::fetch::{
    ClientPool, ErrorClass, FetchError, Phase, Proxy, ProxyRules, Request, Resolve,
};

use crate::support::fault::{Act, FaultServer, answer, send, serve};
use crate::support::tls::{Authority, Says};
use crate::support::{BlackHole, Rig, get};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const TUNNEL: &str = "HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n";

fn through(url: &str, proxy: &str) -> Request {
    get(url).with_proxy(Proxy::parse(proxy).unwrap())
}

/// A proxy that tunnels every connection to one server.
fn proxy_to(server: SocketAddr) -> FaultServer {
    FaultServer::always(vec![Act::ReadRequest, send(TUNNEL), Act::PassOn(server)])
}

/// A resolver that must not be called.
struct Nobody;

impl Resolve for Nobody {
    fn resolve(&self, host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        panic!("{host} was looked up");
    }
}

fn rig() -> Rig {
    Rig::with_network(ClientPool::new().with_resolver(Nobody))
}

#[track_caller]
fn check(error: &FetchError, message: &str, hint: &str) {
    assert_eq!(error.class, ErrorClass::Proxy, "{error:?}");
    assert_eq!(error.phase, Some(Phase::Connect), "{error:?}");
    assert!(error.message.contains(message), "{error:?}");
    assert!(error.hint.contains(hint), "{error:?}");
    assert!(!error.detail.is_empty(), "{error:?}");
}

/// A proxy that replies to plain requests itself, each with this response.
fn forwarder(response: &'static str) -> FaultServer {
    FaultServer::always(vec![serve(move |_| response.into())])
}

#[test]
fn a_plain_url_is_asked_for_in_absolute_form() {
    let proxy = forwarder(OK);
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
    // The connection is used again, for the same server.
    rig.end_of(rig.count(request)).unwrap();
    assert_eq!(proxy.connections(), 1);
    for asked in proxy.requests() {
        assert!(
            asked.starts_with("GET http://made-up.example/a?b HTTP/1.1\r\n"),
            "{asked}"
        );
        let asked = asked.to_ascii_lowercase();
        assert!(asked.contains("\r\nhost: made-up.example\r\n"), "{asked}");
        assert!(asked.contains("\r\nx-key: for the server\r\n"), "{asked}");
        assert!(!asked.contains("authorization"), "{asked}");
    }
    let url = "http://[::1]:8080/";
    rig.end_of(rig.count(through(url, &proxy.url("")))).unwrap();
    let asked = proxy.requests().pop().unwrap();
    assert!(
        asked.starts_with("GET http://[::1]:8080/ HTTP/1.1\r\n"),
        "{asked}"
    );
}

/// A request may be larger than the initial buffer of a connection.
#[test]
fn a_long_request_is_forwarded_whole() {
    let proxy = forwarder(OK);
    let rig = rig();
    let (path, value) = ("p".repeat(20_000), "v".repeat(30_000));
    let url = format!("http://made-up.example/{path}");
    let address = format!("http://me:hunter2@{}", proxy.address());
    let request = through(&url, &address)
        .with_header("X-Long", value.clone())
        .unwrap();
    for _ in 0..2 {
        rig.end_of(rig.count(request.clone())).unwrap();
        let asked = proxy.requests().pop().unwrap();
        assert!(asked.starts_with(&format!(
            "GET {url} HTTP/1.1\r\nProxy-Authorization: Basic "
        )));
        assert!(asked.contains(&value) && asked.ends_with("\r\n\r\n"));
        assert_eq!(asked.matches("Proxy-Authorization").count(), 1);
    }
    assert_eq!(proxy.connections(), 1);
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
    let proxy = authority.server(vec![vec![serve(|_| OK.into())]]);
    let rig = rig();
    let request = through("http://made-up.example/", &proxy.url(""))
        .with_extra_certificates(authority.certificates());
    assert_eq!(rig.end_of(rig.count(request)).unwrap().received, 2);
    assert!(proxy.requests()[0].starts_with("GET http://made-up.example/ HTTP/1.1\r\n"));
    // Its certificate is checked as any other.
    for url in ["http://made-up.example/", "https://made-up.example/"] {
        let error = rig
            .end_of(rig.count(through(url, &proxy.url(""))))
            .unwrap_err();
        check(&error, "made secure", "http://");
        let expired = authority.server_that_says(Says::Expired, vec![answer(TUNNEL)]);
        let request =
            through(url, &expired.url("")).with_extra_certificates(authority.certificates());
        let error = rig.end_of(rig.count(request)).unwrap_err();
        check(&error, "made secure", "http://");
        assert!(expired.requests().is_empty());
    }
}

/// TLS to the server inside the tunnel, inside TLS to the proxy. The scripted proxy cannot pass
/// bytes on, and what it says in the tunnel is no TLS: which shows that the client begins a
/// handshake there.
#[test]
fn a_tunnel_of_a_secure_proxy_is_secured_again() {
    let authority = Authority::new();
    let proxy = authority.server(vec![vec![Act::ReadRequest, send(TUNNEL), send(OK)]]);
    let request = through("https://made-up.example/", &proxy.url(""))
        .with_extra_certificates(authority.certificates());
    let rig = rig();
    let error = rig.end_of(rig.count(request)).unwrap_err();
    assert_eq!(
        (error.class, error.phase),
        (ErrorClass::Tls, Some(Phase::Tls)),
        "{error:?}"
    );
    assert!(proxy.requests()[0].starts_with("CONNECT made-up.example:443 HTTP/1.1\r\n"));
}

#[test]
fn the_login_is_sent_to_the_proxy_only() {
    let authority = Authority::new();
    let server = authority.server(vec![answer(OK)]);
    let rig = rig();
    // "us@er:hunter2"
    let login = "Proxy-Authorization: Basic dXNAZXI6aHVudGVyMg==\r\n";
    let with_login = |proxy: &FaultServer| format!("http://us%40er:hunter2@{}", proxy.address());

    let proxy = proxy_to(server.address());
    let request = through(&server.url("/"), &with_login(&proxy))
        .with_extra_certificates(authority.certificates());
    rig.end_of(rig.count(request)).unwrap();
    let asked = proxy.requests().remove(0);
    assert!(asked.contains(login), "{asked}");
    let request = server.requests().remove(0).to_ascii_lowercase();
    assert!(!request.contains("authorization"), "{request}");

    let proxy = forwarder(OK);
    rig.end_of(rig.count(through("http://made-up.example/", &with_login(&proxy))))
        .unwrap();
    let asked = proxy.requests().remove(0);
    assert!(asked.contains(login), "{asked}");
    // A host without a proxy does not receive it.
    let direct = FaultServer::always(answer(OK));
    let rules = ProxyRules::from_env(|name| (name == "no_proxy").then(|| "127.0.0.1".to_owned()));
    let request = through(&direct.url("/"), &with_login(&proxy)).with_proxy_rules(rules);
    rig.end_of(rig.count(request)).unwrap();
    let request = direct.requests().remove(0);
    assert!(request.starts_with("GET / HTTP/1.1\r\n"), "{request}");
    assert!(
        !request.to_ascii_lowercase().contains("authorization"),
        "{request}"
    );
}

#[test]
fn the_environment_chooses_the_proxy_hop_by_hop() {
    let direct = FaultServer::always(answer(OK));
    let proxy = FaultServer::always(answer(format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        direct.url("/b")
    )));
    let address = proxy.url("");
    let rules = ProxyRules::from_env(move |name| match name {
        "http_proxy" => Some(address.clone()),
        "https_proxy" => Some("socks4://me:hunter2@127.0.0.1:1".to_owned()),
        "no_proxy" => Some("127.0.0.0/8".to_owned()),
        _ => None,
    });
    let rig = rig();
    let request = get("http://made-up.example/").with_proxy_rules(rules);
    let fetched = rig.end_of(rig.count(request.clone())).unwrap();
    assert_eq!(fetched.final_url, direct.url("/b"));
    assert!(proxy.requests()[0].starts_with("GET http://made-up.example/ "));
    assert!(direct.requests()[0].starts_with("GET /b HTTP/1.1\r\n"));
    // An unusable proxy is a failure: the request is never silently sent directly.
    let request = request.moved_to(get("https://made-up.example/"));
    let error = rig.end_of(rig.count(request)).unwrap_err();
    assert_eq!(error.class, ErrorClass::Proxy, "{error:?}");
    assert!(error.message.contains("https_proxy"), "{error:?}");
    assert!(error.message.contains("SOCKS"), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn a_failure_behind_a_proxy_names_it() {
    let proxy = forwarder("HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n");
    let rig = rig();
    let address = format!("http://hunter1:hunter2@{}", proxy.address());
    let named = format!("It went through the proxy {}.", proxy.address());
    let error = rig
        .end_of(rig.count(through("http://made-up.example/", &address)))
        .unwrap_err();
    assert_eq!(error.http_status, Some(504));
    assert!(error.hint.ends_with(&named), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter"));
    let silent = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let request = through("http://made-up.example/", &silent.url(""))
        .with_first_byte_timeout(Duration::from_millis(200));
    let error = rig.end_of(rig.count(request)).unwrap_err();
    assert_eq!(error.phase, Some(Phase::FirstByte));
    assert!(
        error.hint.contains(&silent.address().to_string()),
        "{error:?}"
    );
    assert!(error.hint.contains("--first-byte-timeout"), "{error:?}");
}

/// A forwarding proxy asks for its login instead of the server's response.
#[test]
fn a_login_that_a_proxy_requires_is_reported_for_both_kinds_of_requests() {
    for (asks_for, message) in [
        ("Basic realm=\"x\"", "The proxy wants a login"),
        (
            "Negotiate\r\nProxy-Authenticate: NTLM",
            "by Negotiate or NTLM, which is not spoken",
        ),
        ("Digest realm=\"x\"", "by Digest, which is not spoken"),
    ] {
        let refusal = format!(
            "HTTP/1.1 407 No\r\nProxy-Authenticate: {asks_for}\r\nContent-Length: 0\r\n\r\n"
        );
        let proxy = FaultServer::always(answer(refusal));
        let rig = rig();
        for url in ["http://made-up.example/", "https://made-up.example/"] {
            let error = rig
                .end_of(rig.count(through(url, &proxy.url(""))))
                .unwrap_err();
            assert_eq!(error.class, ErrorClass::Proxy, "{error:?}");
            assert!(error.message.contains(message), "{error:?}");
            assert!(!error.is_retryable());
        }
        let address = format!("http://me:hunter2@{}", proxy.address());
        let error = rig
            .end_of(rig.count(through("http://made-up.example/", &address)))
            .unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
        assert_eq!(
            error.message.contains("not accept"),
            asks_for.starts_with("Basic")
        );
    }
}

/// The failure of a fetch through a proxy with this script. Its login must not appear anywhere.
fn failure(script: Vec<Act>) -> FetchError {
    let proxy = FaultServer::always(script);
    let rig = rig();
    let address = format!("http://hunter1:hunter2@{}", proxy.address());
    let request = through("https://made-up.example/", &address);
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
    check(&error, "does not accept", "Check both");
    assert_eq!(error.detail, "HTTP 407");
    let error = refuses("403 Forbidden");
    check(&error, "refuses to connect", "Ask");
    let error = refuses("502 Bad Gateway");
    check(&error, "could not connect", "host");
    assert_eq!(error.detail, "HTTP 502");
    // A redirect is not for a tunnel.
    check(&refuses("302 Found"), "could not connect", "host");
}

#[test]
fn a_server_that_is_not_a_proxy_is_recognised() {
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
    let rig = Rig::with_network(ClientPool::new().with_resolver(Fails));
    let request = through("http://made-up.example/", "http://proxy.example:3128");
    let error = rig.end_of(rig.count(request)).unwrap_err();
    check(&error, "name was not found", "address");
    assert_eq!(error.detail, "no proxy.example");
    let named = "It went through the proxy proxy.example:3128.";
    assert!(error.hint.ends_with(named), "{error:?}");
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

/// On an open connection a time-out is that of the server.
#[test]
fn a_server_that_is_silent_behind_a_proxy_is_given_up_as_any_other() {
    let proxy = FaultServer::always(vec![
        Act::ReadRequest,
        send(OK),
        Act::ReadRequest,
        Act::StaySilent,
    ]);
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
    let job = rig.count(through("https://made-up.example/", &silent.url("")));
    rig.drive_until("the question", || silent.requests().len() == 1);
    rig.drive_for(Duration::from_millis(50));
    assert_eq!(job.step().unwrap().label, "Connecting");
    rig.cancel_waiting(&job);
    rig.drive_until("the connection to close", || {
        silent.closed_by_peer().len() == 1
    });
}

#[test]
fn connections_are_not_shared_between_connection_keys() {
    let server = forwarder(OK);
    let (proxy, other) = (forwarder(OK), forwarder(OK));
    let rig = rig();
    let url = server.url("/");
    let ways = [
        get(&url),
        through(&url, &proxy.url("")),
        through(&url, &format!("http://me@{}", proxy.address())),
        through(&url, &other.url("")),
    ];
    for request in ways.iter().chain(&ways) {
        rig.end_of(rig.count(request.clone())).unwrap();
    }
    // Four connection keys, each with one connection that was used twice.
    let used = |server: &FaultServer| (server.connections(), server.requests().len());
    assert_eq!(
        [used(&server), used(&proxy), used(&other)],
        [(1, 2), (2, 4), (1, 2)]
    );
}

#[test]
fn a_redirect_stays_behind_the_proxy() {
    let proxy = FaultServer::start(vec![
        answer(
            "HTTP/1.1 302 Found\r\nLocation: http://other.example/b\r\nContent-Length: 0\r\n\r\n",
        ),
        answer(OK),
    ]);
    let rig = rig();
    let fetched = rig
        .end_of(rig.count(through("http://made-up.example/", &proxy.url(""))))
        .unwrap();
    assert_eq!(fetched.final_url, "http://other.example/b");
    assert!(proxy.requests()[1].starts_with("GET http://other.example/b "));
}

/// The usual ports, which only a proxy has for a test: from http to https of one host everything is
/// sent along, and nothing to any other place.
#[test]
fn a_redirect_to_https_on_the_same_host_keeps_its_secrets() {
    let authority = Authority::new();
    let server = authority.server(vec![answer(OK)]);
    for (location, is_kept) in [
        ("https://localhost/b", true),
        ("https://localhost:444/b", false),
        ("https://127.0.0.1/b", false),
    ] {
        let redirect =
            format!("HTTP/1.1 301 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let tunnel = vec![
            Act::ReadRequest,
            send(TUNNEL),
            Act::PassOn(server.address()),
        ];
        let proxy = FaultServer::start(vec![answer(redirect), tunnel]);
        let rig = rig();
        let request = through("http://me:hunter2@localhost/a", &proxy.url(""))
            .with_extra_certificates(authority.certificates())
            .with_header("Cookie", "a=hunter2")
            .unwrap();
        rig.end_of(rig.count(request)).unwrap();
        let asked = server.requests().pop().unwrap().to_ascii_lowercase();
        assert!(asked.starts_with("get /b "), "{asked}");
        assert_eq!(
            asked.contains("cookie: a=hunter2"),
            is_kept,
            "{location}: {asked}"
        );
        // "me:hunter2"
        let login = "authorization: basic bwu6ahvudgvymg==";
        assert_eq!(asked.contains(login), is_kept, "{location}: {asked}");
    }
}
