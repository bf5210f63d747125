//! The log contains no secret.

use std::sync::{Mutex, PoisonError};

use jobdeck::fetch::{Proxy, Trace};

use crate::support::fault::{FaultServer, answer};
use crate::support::{Rig, get};

/// Also collects the log of tests that run in parallel.
struct Collector(Mutex<Vec<String>>);

static COLLECTOR: Collector = Collector(Mutex::new(Vec::new()));

impl log::Log for Collector {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(format!("{}: {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// At `debug` the client tells a lot; only `trace` is meant for the raw bytes.
#[test]
fn nothing_that_is_logged_holds_a_secret() {
    log::set_logger(&COLLECTOR).unwrap();
    log::set_max_level(log::LevelFilter::Debug);
    let proxy = FaultServer::start(vec![
        answer(
            "HTTP/1.1 302 Found\r\nLocation: /marked\r\nSet-Cookie: a=secret7\r\n\
             Content-Length: 0\r\n\r\n",
        ),
        answer("HTTP/1.1 200 OK\r\nSet-Cookie: secret7\r\nContent-Length: 2\r\n\r\nok"),
        answer("HTTP/1.1 407 No\r\n\r\n"),
    ]);
    let rig = Rig::new();
    let address = format!("http://secret1:secret2@{}", proxy.address());
    let request = get("http://secret3:secret4@made-up.example/marked?token=secret5")
        .with_proxy(Proxy::parse(&address).unwrap())
        .with_header("X-Key", "secret6")
        .unwrap();
    rig.end_of(rig.count(request.clone())).unwrap();
    rig.end_of(rig.count(request)).unwrap_err();
    assert!(proxy.requests()[1].contains("a=secret7"));
    log::set_max_level(log::LevelFilter::Off);
    let lines = COLLECTOR
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .join("\n");
    assert!(
        lines.contains("made-up.example"),
        "nothing was logged: {lines}"
    );
    // "secret1:secret2" and "secret3:secret4", as they are sent.
    for secret in ["secret", "c2VjcmV0MTpzZWNyZXQy", "c2VjcmV0MzpzZWNyZXQ0"] {
        assert!(!lines.contains(secret), "{secret} in {lines}");
    }
}

/// In each of these, `secret` must be masked.
const QUERIES: [&str; 8] = [
    "passkey=secret",
    "authkey=secret",
    "PHPSESSID=secret",
    "ticket=secret",
    "a=1;token=secret",
    "to=http://u:secret@h",
    "to=http%3A%2F%2Fu%3Asecret%40h",
    "page=2&client%5Fsecret=secret",
];

/// The target of a redirect, the reason not to follow it and the data of the response contain no
/// secret.
#[test]
fn no_error_result_or_debug_text_holds_a_secret() {
    for query in QUERIES {
        let place = format!("http://secret1:secret2@[::1/?{query}");
        let server = FaultServer::start(vec![
            answer(format!(
                "HTTP/1.1 302 Found\r\nLocation: /b?{query}\r\nContent-Length: 0\r\n\r\n"
            )),
            answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            // Neither of these can be followed.
            answer(format!(
                "HTTP/1.1 302 Found\r\nLocation: ftp://secret1:secret2@h/?{query}\r\n\r\n"
            )),
            answer(format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\n\r\n")),
            // A text from the server may repeat the URL.
            answer(format!(
                "HTTP/1.1 404 http://secret1:secret2@h/?{query}\r\nContent-Length: 0\r\n\r\n"
            )),
        ]);
        let rig = Rig::new();
        let trace = Trace::default();
        let url = server.url(&format!("/a?{query}"));
        let request = get(&url).with_trace(trace.clone());
        let fetched = rig.end_of(rig.count(request.clone())).unwrap();
        let mut texts = vec![
            format!("{request:?} {fetched:?} {trace:?}"),
            request.shown_url(),
            fetched.final_url,
        ];
        texts.extend(trace.response().unwrap().redirects);
        for _ in 0..3 {
            let error = rig.end_of(rig.count(request.clone())).unwrap_err();
            texts.push(format!("{error} {error:?}"));
        }
        // The name of a value is no secret.
        let all = texts.join("\n").replace("client%5Fsecret=", "");
        assert!(!all.contains("secret"), "{query}: {all}");
    }
}

#[test]
fn a_manifest_contains_no_secret() {
    let server = FaultServer::always(answer(
        "HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: 100\r\n\r\nonly this",
    ));
    let rig = Rig::new();
    for query in QUERIES
        .into_iter()
        .chain(["x=secretd41d8cd98f00b204e9800998ecf8427e"])
    {
        let folder = tempfile::tempdir().unwrap();
        let request = get(&server.url(&format!("/x.bin?{query}")));
        rig.end_of(rig.save(request, folder.path())).unwrap_err();
        let record = std::fs::read_to_string(folder.path().join("x.bin.part.json")).unwrap();
        let record = record.replace("client%5Fsecret=", "");
        assert!(record.contains("/x.bin?"), "{record}");
        assert!(!record.contains("secret"), "{query}: {record}");
    }
}
