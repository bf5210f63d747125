//! Hundreds of fetches, good and bad, leave no thread and no file descriptor.

#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use jobdeck::demo::{DemoServer, Pace};

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{PATIENCE, Rig, get, in_a_process_of_its_own};

/// A worker thread ends after this time without a fetch.
const THREADS_IDLE_FOR: Duration = Duration::from_secs(5);

#[test]
fn two_hundred_fetches_leave_nothing() {
    in_a_process_of_its_own(
        "leaks::two_hundred_fetches_leave_nothing",
        fetch_two_hundred,
    );
}

fn fetch_two_hundred() {
    let good = DemoServer::start(Pace::default()).unwrap();
    let bad = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"),
    ]);
    let silent = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new();
    let round = |count: usize| {
        let jobs: Vec<_> = (0..count)
            .map(|number| match number % 4 {
                0 => rig.count(get(&good.url("/bytes/10000"))),
                1 => rig.save(get(&good.url("/bytes/10000/x")), folder.path()),
                2 => rig.save(get(&bad.url("/x")), folder.path()),
                _ => rig.count(get(&silent.url("/"))),
            })
            .collect();
        rig.drive_for(Duration::from_millis(50));
        for (number, job) in jobs.iter().enumerate() {
            if number % 4 == 3 {
                job.cancel();
            }
        }
        rig.drive_until("the end of all", || {
            jobs.iter().all(|job| job.is_finished())
        });
    };
    // The first round opens the pool's connections and loads what TLS needs.
    round(40);
    let (threads_before, files_before) = settled(&good);
    for _ in 0..5 {
        round(40);
    }
    let (threads, files) = settled(&good);
    assert!(
        threads <= threads_before,
        "threads: {threads_before}, then {threads}"
    );
    // Each connection that the pool keeps has its own end here, besides those of the server.
    assert!(
        files <= files_before + 4,
        "files: {files_before}, then {files}"
    );
    assert_eq!(rig.runtime.busy_workers(), 0);
    assert_eq!(rig.runtime.abandoned_workers(), 0);
}

/// Threads and file descriptors of this process, without those of the good server's connections:
/// their thread, its two handles, and the client's own. Taken when they have stopped changing.
fn settled(server: &DemoServer) -> (usize, usize) {
    let count = |what: &str| {
        let entries = std::fs::read_dir(format!("/proc/self/{what}")).unwrap();
        entries.count()
    };
    let now = || {
        let open = server.open_connections();
        (count("task") - open, count("fd") - 3 * open)
    };
    let began = Instant::now();
    let (mut last, mut since) = (now(), Instant::now());
    while since.elapsed() < THREADS_IDLE_FOR + Duration::from_secs(1) {
        std::thread::sleep(Duration::from_millis(200));
        let next = now();
        if next != last {
            (last, since) = (next, Instant::now());
        }
        assert!(began.elapsed() < PATIENCE, "it never settles");
    }
    last
}
