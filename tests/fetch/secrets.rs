//! What is logged while secrets are at work holds none of them.

use std::sync::{Mutex, PoisonError};

use jobdeck::fetch::Proxy;

use crate::support::fault::{FaultServer, answer};
use crate::support::{Rig, get};

/// Keeps what is logged by whatever is tested beside it, too.
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
