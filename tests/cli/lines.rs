//! Output for people when standard output is not a terminal, and a reader that closes it.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;

use jobdeck::demo::{DemoServer, Pace};

use crate::fault::{FaultServer, answer};
use crate::program::{command, run};

/// A URL whose connection is refused: its port was free a moment ago.
fn dead_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/nobody", listener.local_addr().unwrap())
}

#[test]
fn a_line_for_each_job_that_ended_and_one_for_all() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let (good, dead) = (server.url("/bytes/14000/a.csv"), dead_url());
    let end = run(&["run", "--retries", "0", &good, &dead]);
    end.expect_status(1);
    let lines: Vec<_> = end.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let has = |start: &str| lines.iter().any(|line| line.starts_with(start));
    assert!(has("Done  a.csv  14.0 kB  in "), "{lines:?}");
    assert!(has("Failed  nobody  "), "{lines:?}");
    assert!(has("1 done, 1 failed  14.0 kB in "), "{lines:?}");
}

#[test]
fn quiet_reports_only_failures_and_not_on_standard_output() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let (good, dead) = (server.url("/bytes/14000/a.csv"), dead_url());
    let end = run(&["run", "-q", "--retries", "0", &good, &dead]);
    end.expect_status(1);
    assert_eq!(end.stdout, "");
    assert_eq!(end.stderr.lines().count(), 1, "{}", end.stderr);
    assert!(end.stderr.starts_with("Failed  nobody"), "{}", end.stderr);
}

#[test]
fn failures_are_told_apart_by_their_urls() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let urls = ["a", "b", "c"].map(|folder| server.url(&format!("/{folder}/file.zip?token=x")));
    let [a, b, c] = urls.each_ref().map(String::as_str);
    for arguments in [&["run", "-q", a, b, c][..], &["run", a, b, c]] {
        let end = run(arguments);
        end.expect_status(1);
        let said = format!("{}{}", end.stdout, end.stderr);
        for folder in ["a", "b", "c"] {
            let shown = server.url(&format!("/{folder}/file.zip?token=…"));
            let lines = said.lines().filter(|line| line.contains(&shown));
            assert_eq!(lines.count(), 1, "{shown}: {said}");
        }
    }
}

#[test]
fn strict_alone_changes_nothing_where_nothing_is_in_doubt() {
    let server = DemoServer::start(Pace::default()).unwrap();
    run(&["run", "--strict", &server.url("/bytes/10/a.csv")]).expect_status(0);
}

#[test]
fn a_reader_that_leaves_ends_the_run() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/100000000/slow?rate=500000");
    let mut child = command(&["run", "--json", "--count-only", &url])
        .spawn()
        .unwrap();
    let mut first = String::new();
    // The pipe is closed when this reader is dropped.
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.contains("added"), "{first}");
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_doubt_is_done_and_only_strict_fails_for_it() {
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>";
    let server = FaultServer::always(answer(page));
    let url = server.url("/report.pdf");
    let end = run(&["run", &url]);
    end.expect_status(0);
    assert!(end.stdout.starts_with("Check  "), "{}", end.stdout);
    assert!(end.stdout.contains("  A web page came"), "{}", end.stdout);
    run(&["run", "--strict", &url]).expect_status(1);
    let end = run(&["run", "-q", &url]);
    end.expect_status(0);
    assert_eq!((end.stdout.as_str(), end.stderr.as_str()), ("", ""));
    // The message says what decides the exit status.
    let end = run(&["run", "-q", "--strict", &url]);
    end.expect_status(1);
    assert_eq!(end.stdout, "");
    assert_eq!(end.stderr.lines().count(), 1, "{}", end.stderr);
    assert!(end.stderr.starts_with("Check  "), "{}", end.stderr);
    end.expect_stderr("  A web page came");
}

#[test]
fn a_time_limit_that_is_over_names_its_option() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/100000000/slow?rate=10000");
    let end = run(&["run", "-q", "--count-only", "--timeout", "0.5", &url]);
    end.expect_status(1);
    let said = &end.stderr;
    assert!(said.starts_with("Timed out"), "{said}");
    assert!(said.contains("  Its total time was over  "), "{said}");
    assert!(said.contains("--timeout"), "{said}");
}
