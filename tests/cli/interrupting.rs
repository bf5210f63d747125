//! Ctrl-C stops all jobs, reports them and ends with status 130.

#![cfg(unix)]

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use jobdeck::demo::{DemoServer, End, Pace};

use crate::program::{command, end_of};

const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until more than `bytes` were sent.
fn wait_for_bytes(server: &DemoServer, bytes: u64) {
    let began = Instant::now();
    let has_sent = || {
        let log = server.log();
        log.first().is_some_and(|served| served.body_bytes > bytes)
    };
    while !has_sent() {
        assert!(began.elapsed() < PATIENCE, "it never begins");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What Ctrl-C does.
fn interrupt(child: &Child) {
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
}

#[test]
fn running_jobs_are_reported_as_interrupted() {
    let server = DemoServer::start(Pace {
        bytes_per_second: Some(100_000),
        ..Pace::default()
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/bytes/100000000/x");
    let path = folder.path().to_str().unwrap();
    let notes = tempfile::tempdir().unwrap();
    let joblog = notes.path().join("jobs.tsv");
    let joblog_argument = joblog.to_str().unwrap();
    let child = command(&[
        "run",
        "--json",
        "--joblog",
        joblog_argument,
        "-d",
        path,
        &url,
    ])
    .spawn()
    .unwrap();
    let began = Instant::now();
    wait_for_bytes(&server, 0);
    interrupt(&child);
    let end = end_of(child);
    end.expect_status(130);
    assert_eq!(
        end.finished(&url)["outcome"],
        "interrupted",
        "{}",
        end.stdout
    );
    assert_eq!(end.events().pop().unwrap()["event"], "summary");
    let noted = std::fs::read_to_string(joblog).unwrap();
    assert!(noted.contains("\t130\t2\t"), "{noted}");
    while server.log()[0].end == End::UnderWay {
        assert!(began.elapsed() < PATIENCE, "the connection stays open");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.log()[0].end, End::ClosedByPeer);
}

#[test]
fn the_summary_of_an_interrupted_run_counts_the_received_bytes() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/bytes/100000000/x?rate=200000");
    let child = command(&["run", "-d", folder.path().to_str().unwrap(), &url])
        .spawn()
        .unwrap();
    // Most of what was sent has been read by then.
    wait_for_bytes(&server, 100_000);
    interrupt(&child);
    let end = end_of(child);
    end.expect_status(130);
    let sum = end.stdout.lines().last().unwrap_or_default();
    assert!(sum.starts_with("0 done, 1 cancelled  "), "{}", end.stdout);
    assert!(!sum.contains("  0 B in "), "{}", end.stdout);
}
