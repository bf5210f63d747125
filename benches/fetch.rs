//! How soon a fetch lets go when it is cancelled, in every phase it can be in.
//!
//! `cargo bench --bench fetch` cancels 200 fetches in each phase, and prints the time from the cancel to the end of the
//! worker thread, its socket closed. The goal is a p99 of at most 10 ms.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on has nothing to say"
)]

#[path = "../tests/support/fault.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod fault;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fault::{Act, FaultServer, send};
use jobdeck::fetch::{FetchExt as _, Request};
use jobdeck::runtime::{Job, Lifecycle, ParkHost, Runtime};
use socket2::{Domain, Socket, Type};

/// How long a fetch may take to come to rest in its phase.
const SETTLING: Duration = Duration::from_millis(5);

fn main() {
    let is_real = std::env::args().any(|argument| argument == "--bench");
    let runs = if is_real { 200 } else { 2 };
    println!("cancel → thread free, {runs} runs each (goal: p99 at most 10 ms)\n");
    println!(
        "{:<28}{:>10}{:>10}{:>10}",
        "phase", "p50 µs", "p99 µs", "max µs"
    );
    let (_black_hole, address) = black_hole();
    cancels("connect", &format!("http://{address}/"), runs, false);
    let header = "HTTP/1.1 200 OK\r\n";
    let phases: [(&str, &str, Vec<Act>); 6] = [
        ("TLS handshake", "https", vec![]),
        ("headers", "http", vec![Act::ReadRequest]),
        (
            "half a header",
            "http",
            vec![Act::ReadRequest, send(header)],
        ),
        (
            "body",
            "http",
            vec![
                Act::ReadRequest,
                send(format!("{header}Content-Length: 100\r\n\r\nsome")),
            ],
        ),
        (
            "body until the close",
            "http",
            vec![Act::ReadRequest, send(format!("{header}\r\nsome"))],
        ),
        (
            "paused in the body",
            "http",
            vec![
                Act::ReadRequest,
                send(format!("{header}Content-Length: 100\r\n\r\nsome")),
            ],
        ),
    ];
    for (phase, scheme, mut script) in phases {
        script.push(Act::StaySilent);
        let server = FaultServer::start(vec![script]);
        let url = server.url("/").replacen("http", scheme, 1);
        cancels(phase, &url, runs, phase.starts_with("paused"));
    }
}

/// A listener whose queue is full: a connection to it neither stands nor fails.
fn black_hole() -> (Vec<Socket>, SocketAddr) {
    let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let listener = socket();
    let any: SocketAddr = "127.0.0.2:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut sockets: Vec<_> = (0..8)
        .map(|_| {
            let filler = socket();
            filler.set_nonblocking(true).unwrap();
            // "In progress" is what it answers.
            let _in_progress = filler.connect(&address);
            filler
        })
        .collect();
    sockets.push(listener);
    (sockets, address.as_socket().unwrap())
}

fn cancels(phase: &str, url: &str, runs: usize, paused: bool) {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let mut micros: Vec<f64> = (0..runs)
        .map(|_| {
            let request = Request::get(url).unwrap();
            let job = runtime.spawn("fetch", async move |cx| cx.fetch(request).count().await);
            settle(&host, &runtime, job.job(), paused);
            let began = Instant::now();
            assert!(job.cancel(), "{phase}: it had ended: {:?}", job.outcome());
            host.run_until(&runtime, || job.is_finished());
            assert_eq!(runtime.abandoned_workers(), 0);
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    let quantile = |share: f64| micros[((runs as f64 * share) as usize).min(runs - 1)];
    println!(
        "{phase:<28}{:>10.0}{:>10.0}{:>10.0}",
        quantile(0.5),
        quantile(0.99),
        quantile(1.0)
    );
}

fn settle(host: &Arc<ParkHost>, runtime: &Runtime, job: &Job, paused: bool) {
    host.run_for(runtime, SETTLING);
    if paused {
        job.pause();
        host.run_until(runtime, || {
            matches!(job.lifecycle(), Lifecycle::Paused { .. })
        });
    }
}
