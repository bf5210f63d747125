//! Hosts that do not respond delay no other download, and are waited for.

use std::fmt::Write as _;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use jobdeck::demo::{DemoServer, Pace};

use crate::black_hole::BlackHole;
use crate::fault::{FaultServer, answer};
use crate::program::run_in;

/// When the last of these downloads was done, in seconds, of a list in which each tenth link is
/// another one. The program gives up on the others soon.
fn healthy_took(others: &[String]) -> f64 {
    let server = DemoServer::start(Pace::default()).unwrap();
    let mut list = String::new();
    for number in 0..100 {
        let url = match others.get(number / 10 % others.len().max(1)) {
            Some(other) if number % 10 == 9 => format!("{other}/{number}"),
            _ => server.url(&format!("/bytes/2000/{number}")),
        };
        writeln!(list, "{url}").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "run",
        "--json",
        "-i",
        "-",
        "-j",
        "6",
        "--retries",
        "1",
        "--host-patience",
        "2s",
        "--connect-timeout",
        "2s",
        "--first-byte-timeout",
        "2s",
    ];
    let end = run_in(folder.path(), &arguments, &list);
    let finished = end.events_named("finished");
    let done: Vec<_> = finished
        .iter()
        .filter(|event| event["outcome"] == "done")
        .collect();
    let expected = if others.is_empty() { 100 } else { 90 };
    assert_eq!(done.len(), expected, "{}", end.stdout);
    let times = done.iter().filter_map(|event| event["t_s"].as_f64());
    times.fold(0.0, f64::max)
}

/// The bound is generous, for a busy machine: when dead hosts held slots, it took half a minute.
#[track_caller]
fn assert_no_delay(others: &[String]) {
    let alone = healthy_took(&[]);
    let beside = healthy_took(others);
    assert!(beside < alone * 3.0 + 2.0, "{alone} s alone, {beside} s");
}

#[test]
fn unknown_names_delay_no_other_download() {
    assert_no_delay(&["http://no-such-name.invalid".to_owned()]);
    let many = (0..10).map(|number| format!("http://no-such-name-{number}.invalid"));
    assert_no_delay(&many.collect::<Vec<_>>());
}

#[test]
fn black_holes_delay_no_other_download() {
    let holes: Vec<_> = (0..10).map(|_| BlackHole::at("127.0.0.1:0")).collect();
    let urls: Vec<_> = holes
        .iter()
        .map(|hole| format!("http://{}", hole.address()))
        .collect();
    assert_no_delay(&urls[..1]);
    assert_no_delay(&urls);
}

#[test]
fn silent_servers_delay_no_other_download() {
    let silent: Vec<_> = (0..10)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let urls: Vec<_> = silent
        .iter()
        .map(|listener| format!("http://{}", listener.local_addr().unwrap()))
        .collect();
    assert_no_delay(&urls[..1]);
    assert_no_delay(&urls);
}

#[test]
fn a_host_that_comes_back_is_waited_for_without_a_retry() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let server = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        let listener = TcpListener::bind(address).unwrap();
        FaultServer::listening(
            listener,
            vec![answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"); 20],
        )
    });
    let urls: Vec<_> = (0..20)
        .map(|number| format!("http://{address}/{number}"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["run", "--json", "--count-only", "--retries", "1", "-i", "-"];
    let end = run_in(folder.path(), &arguments, &urls.join("\n"));
    end.expect_status(0);
    assert!(end.events_named("retry").is_empty(), "{}", end.stdout);
    drop(server.join());
}

#[test]
fn rows_of_a_dead_host_fail_together_when_the_patience_is_over() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let urls: Vec<_> = (0..50)
        .map(|number| format!("http://{address}/{number}"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "run",
        "--json",
        "--count-only",
        "--host-patience",
        "2s",
        "-i",
        "-",
    ];
    let began = Instant::now();
    let end = run_in(folder.path(), &arguments, &urls.join("\n"));
    end.expect_status(1);
    assert!(began.elapsed() < Duration::from_secs(30));
    let finished = end.events_named("finished");
    assert_eq!(finished.len(), 50);
    for event in &finished {
        assert_eq!(event["error"]["class"], "connect", "{event}");
    }
    // Most never began.
    let attempts = finished
        .iter()
        .filter_map(|event| event["attempts"].as_u64());
    assert!(attempts.sum::<u64>() < 20, "{}", end.stdout);
    drop(TcpStream::connect(address));
}
