//! After hundreds of fetches, good and bad, no thread and no file descriptor is left.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::{Duration, Instant};

use jobdeck::demo::{DemoServer, Pace};

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{PATIENCE, Rig, get};

/// For how long a worker thread waits for its next fetch.
const THREADS_IDLE_FOR: Duration = Duration::from_secs(5);
const CHILD: &str = "JOBDECK_TEST_LEAKS_CHILD";

/// Runs in a process of its own: the tests beside this one have threads and sockets, too.
#[test]
fn two_hundred_fetches_leave_nothing() {
    if std::env::var_os(CHILD).is_none() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "leaks::two_hundred_fetches_leave_nothing"])
            .arg("--nocapture")
            .env(CHILD, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}\n{errors}");
        assert!(text.contains("1 passed"), "{text}");
        return;
    }
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
    // The first round opens what stays open: the pool's connections, and what TLS loads.
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
