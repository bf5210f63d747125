//! Redirects are followed to http and https only, a bounded number of times, without secrets.

use std::net::TcpListener;

use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{ErrorClass, FetchError, Fetched, Phase, Request, Trace};

use crate::support::fault::{FaultServer, answer, serve};
use crate::support::{Rig, get};

fn redirect_to(location: &str) -> FaultServer {
    FaultServer::always(answer(format!(
        "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    )))
}

fn fetch(request: Request) -> Result<Fetched, FetchError> {
    let rig = Rig::new();
    rig.end_of(rig.count(request))
}

#[test]
fn to_another_server() {
    let target = DemoServer::start(Pace::default()).unwrap();
    let server = redirect_to(&target.url("/bytes/7/x#fragment"));
    let fetched = fetch(get(&server.url("/a"))).unwrap();
    assert_eq!(fetched.received, 7);
    assert_eq!(fetched.final_url, target.url("/bytes/7/x"));
}

#[test]
fn a_trace_knows_each_hop_and_what_the_server_said() {
    let server = FaultServer::start(vec![
        answer("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"),
        answer("HTTP/1.1 301 Moved\r\nLocation: /c?token=secret\r\nContent-Length: 0\r\n\r\n"),
        answer(
            "HTTP/1.1 200 OK\r\nETag: \"6613\"\r\nContent-Type: text/csv\r\n\
             Accept-Ranges: bytes\r\nContent-Length: 2\r\n\r\nok",
        ),
    ]);
    let trace = Trace::default();
    let request = get(&server.url("/a"));
    fetch(request.with_trace(trace.clone())).unwrap();
    let said = trace.response().unwrap();
    assert_eq!(said.redirects.len(), 2);
    assert_eq!(said.redirects[0], server.url("/b"));
    assert!(
        !said.redirects[1].contains("secret"),
        "{:?}",
        said.redirects
    );
    assert_eq!(said.http_status, 200);
    assert_eq!(said.etag.as_deref(), Some("\"6613\""));
    assert_eq!(said.content_type.as_deref(), Some("text/csv"));
    assert_eq!((said.last_modified, said.takes_ranges), (None, Some(true)));
}

#[test]
fn relative_ones_and_every_status() {
    for status in [301, 302, 303, 307, 308] {
        let server = FaultServer::start(vec![
            answer(format!(
                "HTTP/1.1 {status} R\r\nLocation: ../b?c\r\nContent-Length: 3\r\n\r\nxyz"
            )),
            answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ]);
        let fetched = fetch(get(&server.url("/a/a/a"))).unwrap();
        assert_eq!((fetched.received, fetched.http_status), (2, 200));
        assert_eq!(fetched.final_url, server.url("/a/b?c"));
    }
}

#[test]
fn round_in_circles() {
    let server = redirect_to("/again");
    let error = fetch(get(&server.url("/again")).with_max_redirects(3)).unwrap_err();
    assert_eq!(error.class, ErrorClass::Redirect);
    assert_eq!(server.requests().len(), 1);
    let error = fetch(get(&server.url("/")).with_max_redirects(0)).unwrap_err();
    assert_eq!(error.class, ErrorClass::Redirect);
    assert_eq!(server.requests().len(), 2);
}

/// The value of the `Cookie` header of a request.
fn cookie_of(header: &str) -> Option<&str> {
    let mut lines = header.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = lines.find(|(name, _)| name.eq_ignore_ascii_case("cookie"))?;
    Some(value)
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A server that requires its cookie before it sends the file, as many login pages do.
#[test]
fn to_itself_with_a_cookie() {
    for status in [301, 302, 303, 307, 308] {
        let server = FaultServer::always(vec![serve(move |header| match cookie_of(header) {
            Some("seen=yes") => OK.into(),
            _ => format!(
                "HTTP/1.1 {status} R\r\nLocation: /x\r\nSet-Cookie: seen=yes; Path=/; HttpOnly\r\n\
                 Content-Length: 0\r\n\r\n"
            )
            .into(),
        })]);
        let rig = Rig::new();
        for _ in 0..2 {
            // The cookie is forgotten at the end of its chain.
            assert_eq!(
                rig.end_of(rig.count(get(&server.url("/x"))))
                    .unwrap()
                    .received,
                2
            );
        }
        let cookies: Vec<_> = server.requests();
        let cookies: Vec<_> = cookies.iter().map(|header| cookie_of(header)).collect();
        assert_eq!(cookies, [None, Some("seen=yes"), None, Some("seen=yes")]);
    }
}

#[test]
fn a_circle_is_one_of_urls_and_cookies() {
    let counted = || {
        let count = std::sync::atomic::AtomicU32::new(0);
        FaultServer::always(vec![serve(move |_| {
            let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            // Each answer sets another cookie up to the fourth.
            format!(
                "HTTP/1.1 302 F\r\nLocation: /\r\nSet-Cookie: n={}\r\nContent-Length: 0\r\n\r\n",
                number.min(3)
            )
            .into()
        })])
    };
    let server = counted();
    let error = fetch(get(&server.url("/"))).unwrap_err();
    assert!(error.message.contains("in a circle"), "{error:?}");
    assert_eq!(server.requests().len(), 5);
    let server = counted();
    let error = fetch(get(&server.url("/")).with_max_redirects(2)).unwrap_err();
    assert!(error.message.contains("more than 2 times"), "{error:?}");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn cookies_of_the_chain_are_merged_with_those_of_the_user_and_go_to_no_other_host() {
    let other = FaultServer::listening(TcpListener::bind("127.0.0.2:0").unwrap(), vec![answer(OK)]);
    let server = FaultServer::start(vec![
        answer(
            "HTTP/1.1 302 F\r\nLocation: /b\r\nSet-Cookie: a=theirs\r\nSet-Cookie: c=3\r\n\
             Set-Cookie: d=4; Secure\r\nSet-Cookie: e=5; Domain=0.0.1\r\nContent-Length: 0\r\n\r\n",
        ),
        answer(format!(
            "HTTP/1.1 302 F\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
            other.url("/")
        )),
    ]);
    let request = get(&server.url("/a"))
        .with_header("Cookie", "a=mine; b=2")
        .unwrap();
    fetch(request).unwrap();
    assert_eq!(cookie_of(&server.requests()[1]), Some("a=mine; b=2; c=3"));
    assert_eq!(cookie_of(&other.requests()[0]), None);
}

/// The notes say what was not sent on: a server may refuse without it.
#[test]
fn headers_not_sent_on_are_in_the_log() {
    let other = FaultServer::always(answer(OK));
    let server = redirect_to(&other.url("/"));
    let request = get(&format!("http://me:hunter2@{}/", server.address()))
        .with_header("Cookie", "hunter2")
        .and_then(|request| request.with_header("X-Api-Key", "hunter2"))
        .unwrap();
    let rig = Rig::new();
    let job = rig.count(request);
    let view = job.job().clone();
    rig.end_of(job).unwrap();
    let log: Vec<String> = view
        .log_lines()
        .iter()
        .map(|line| line.text.to_string())
        .collect();
    let log = log.join("\n");
    let expected = format!(
        "Cookie, X-Api-Key, the user name and password were not sent on to {}",
        other.address()
    );
    assert!(log.contains(&expected), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}

#[test]
fn to_forbidden_targets() {
    for location in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:text/plain,hello",
        "javascript:alert(1)",
        "http://",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
    ] {
        let server = redirect_to(location);
        let error = fetch(get(&server.url("/"))).unwrap_err();
        assert_eq!(error.class, ErrorClass::Redirect, "{location}: {error:?}");
        assert_eq!(error.phase, Some(Phase::FirstByte), "{location}");
    }
    let server = FaultServer::always(answer("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"));
    let error = fetch(get(&server.url("/"))).unwrap_err();
    assert_eq!(error.class, ErrorClass::Redirect);
}

#[test]
fn secrets_stay_with_their_origin() {
    let other = FaultServer::always(answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    let server = FaultServer::start(vec![
        answer("HTTP/1.1 302 Found\r\nLocation: /same\r\nContent-Length: 0\r\n\r\n"),
        answer(format!(
            "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
            other.url("/other")
        )),
    ]);
    let request = get(&format!("http://me:pw@{}/", server.address()))
        .with_header("Cookie", "hunter2")
        .and_then(|request| request.with_header("X-Api-Key", "hunter2"))
        .unwrap();
    fetch(request).unwrap();
    assert_eq!(server.requests().len(), 2);
    for request in server.requests() {
        let request = request.to_ascii_lowercase();
        assert_eq!(request.matches("hunter2").count(), 2, "{request}");
        assert!(request.contains("authorization: basic"), "{request}");
    }
    let request = other.requests().remove(0).to_ascii_lowercase();
    assert!(!request.contains("hunter2"), "{request}");
    assert!(!request.contains("authorization"), "{request}");
}
