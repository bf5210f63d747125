//! The time to cancel a fetch in each of its phases, the speed of bodies compared with curl, and
//! the cost of idle fetches.
//!
//! `cargo bench --bench fetch` cancels 200 fetches in each phase, and prints the time from the
//! cancel to the end of the worker thread, its socket closed. The goal is a p99 of at most 10 ms.
//! The other benchmarks print their goals. `cargo bench --bench fetch -- large` runs one of them:
//! `cancel`, `large`, `small`, `paused`, `stalled`.
//!
//! The server is a process of its own on this computer. Peers take turns. A fetch makes each file
//! durable before it renames it, and curl leaves that to the system: a third peer therefore calls
//! `sync -f` after curl. aria2 is a fourth where it is installed.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on has nothing to say"
)]

#[path = "../tests/support/black_hole.rs"]
mod black_hole;
#[path = "../tests/support/fault.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod fault;
#[path = "fetch/holding.rs"]
mod holding;
#[path = "fetch/server.rs"]
mod server;
#[path = "../tests/support/tls.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod tls;
#[path = "fetch/transfers.rs"]
mod transfers;

use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use black_hole::BlackHole;
use fault::{Act, FaultServer, send};
use jobdeck::fetch::{ClientPool, FetchExt as _, Request, Resolve};
use jobdeck::runtime::{Job, Lifecycle, ParkHost, Runtime};
use server::BenchServer;
use transfers::Size;

/// Time for a fetch to reach its phase.
const SETTLING: Duration = Duration::from_millis(5);

/// The benchmark that runs in a process of its own, with the highest limit of open files.
const STALLED: &str = "stalled";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == server::ARGUMENT)
    {
        return server::serve();
    }
    let is_real = arguments.iter().any(|argument| argument == "--bench");
    let mut named = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .peekable();
    let named: Option<Vec<_>> = named.peek().is_some().then(|| named.collect());
    let is_wanted = |name: &str| {
        let named = named.as_ref();
        named.is_none_or(|named| named.iter().any(|wanted| *wanted == name))
    };
    if is_wanted("cancel") {
        cancel(is_real);
    }
    if !cfg!(target_os = "linux") {
        // The rest reads `/proc` and needs tools of Linux.
        return;
    }
    let size = match is_real {
        true => Size {
            runs: 7,
            large_bytes: 1024 * 1024 * 1024,
            small_files: 2_000,
        },
        false => Size {
            runs: 1,
            large_bytes: 4 * 1024 * 1024,
            small_files: 50,
        },
    };
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!("\nload of the system before: {}", load.trim());
    if (is_wanted("large") || is_wanted("small")) && transfers::is_curl_there() {
        let server = BenchServer::start();
        if is_wanted("large") {
            transfers::large(&server, size);
        }
        if is_wanted("small") {
            transfers::small(&server, size);
        }
    }
    if is_wanted("paused") {
        let pause = Duration::from_millis(if is_real { 5_000 } else { 200 });
        holding::paused(&BenchServer::start(), pause);
    }
    if is_wanted(STALLED) {
        let is_own_process = named.is_some_and(|named| named.len() == 1);
        if is_own_process {
            holding::stalled(&BenchServer::start(), if is_real { 1_000 } else { 20 });
        } else {
            let program = std::env::current_exe().unwrap();
            let all_files = "ulimit -n $(ulimit -H -n); exec \"$@\"";
            let mut shell = Command::new("sh");
            shell
                .args(["-c", all_files, "sh"])
                .arg(program)
                .arg(STALLED);
            if is_real {
                shell.arg("--bench");
            }
            assert!(shell.status().unwrap().success());
        }
    }
}

fn cancel(is_real: bool) {
    let runs = if is_real { 200 } else { 2 };
    println!("cancel → thread free, {runs} runs each (goal: p99 at most 10 ms)\n");
    println!(
        "{:<28}{:>10}{:>10}{:>10}",
        "phase", "p50 µs", "p99 µs", "max µs"
    );
    let slow = SlowResolver::default();
    let unknown = Request::get("http://name.example/").unwrap();
    cancels(
        "DNS",
        &unknown,
        runs,
        ClientPool::new().with_resolver(slow.clone()),
    );
    slow.end();
    let hole = BlackHole::new();
    let request = Request::get(&hole.url()).unwrap();
    cancels("connect", &request, runs, ClientPool::new());
    let header = "HTTP/1.1 200 OK\r\n";
    let body = || send(format!("{header}Content-Length: 100\r\n\r\nsome"));
    let authority = tls::Authority::new();
    let phases: [(&str, Scheme, Vec<Act>); 8] = [
        ("TLS handshake", Scheme::Deaf, vec![]),
        ("headers", Scheme::Plain, vec![Act::ReadRequest]),
        (
            "half a header",
            Scheme::Plain,
            vec![Act::ReadRequest, send(header)],
        ),
        ("body", Scheme::Plain, vec![Act::ReadRequest, body()]),
        (
            "body until the close",
            Scheme::Plain,
            vec![Act::ReadRequest, send(format!("{header}\r\nsome"))],
        ),
        ("TLS headers", Scheme::Secure, vec![Act::ReadRequest]),
        ("TLS body", Scheme::Secure, vec![Act::ReadRequest, body()]),
        (
            "paused in the body",
            Scheme::Plain,
            vec![Act::ReadRequest, body()],
        ),
    ];
    for (phase, scheme, mut script) in phases {
        script.push(Act::StaySilent);
        let server = match scheme {
            Scheme::Secure => authority.server(vec![script]),
            Scheme::Plain | Scheme::Deaf => FaultServer::start(vec![script]),
        };
        let url = match scheme {
            Scheme::Deaf => server.url("/").replacen("http", "https", 1),
            Scheme::Plain | Scheme::Secure => server.url("/"),
        };
        let request = match scheme {
            Scheme::Secure => Request::get(&url)
                .unwrap()
                .with_extra_certificates(authority.certificates()),
            Scheme::Plain | Scheme::Deaf => Request::get(&url).unwrap(),
        };
        cancels(phase, &request, runs, ClientPool::new());
    }
}

/// The connection to the server of a phase.
#[derive(Clone, Copy)]
enum Scheme {
    Plain,
    Secure,
    /// TLS from the client, but not from the server.
    Deaf,
}

/// A resolver that answers only once it is ended.
#[derive(Clone, Default)]
struct SlowResolver(Arc<(Mutex<bool>, Condvar)>);

impl SlowResolver {
    fn end(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

impl Resolve for SlowResolver {
    fn resolve(&self, _host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        let is_over = self.0.0.lock().unwrap();
        let _is_over = self.0.1.wait_while(is_over, |is_over| !*is_over).unwrap();
        Err(io::Error::other("nobody knows it"))
    }
}

fn cancels(phase: &str, request: &Request, runs: usize, network: ClientPool) {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    runtime.set_extension(Rc::new(network));
    let is_paused = phase.starts_with("paused");
    // The first is not counted: it reads the system's certificates.
    let mut micros: Vec<f64> = (0..=runs)
        .map(|_| {
            let request = request.clone();
            let job = runtime.spawn("fetch", async move |cx| cx.fetch(request).count().await);
            settle(&host, &runtime, job.job(), is_paused);
            let began = Instant::now();
            assert!(job.cancel(), "{phase}: it had ended: {:?}", job.outcome());
            host.run_until(&runtime, || job.is_finished());
            assert_eq!(runtime.abandoned_workers(), 0);
            began.elapsed().as_secs_f64() * 1e6
        })
        .skip(1)
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
