//! `run --json` whose reader reads late or nothing.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use jobdeck::demo::{DemoServer, End, Pace};

use crate::program::{command, end_of};

const PATIENCE: Duration = Duration::from_secs(60);
/// Their events are far more than a pipe holds.
const JOBS: usize = 400;

/// A run of many jobs whose pipe nobody reads yet.
fn start(server: &DemoServer, path: &str) -> Child {
    let urls = server.url(&format!("{path}/[1-{JOBS}].bin"));
    command(&["run", "--json", "--count-only", &urls])
        .spawn()
        .unwrap()
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited too long for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_jobs_go_on_and_no_event_of_them_is_lost() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let child = start(&server, "/bytes/100");
    wait_until("the downloads", || {
        let log = server.log();
        log.len() == JOBS && log.iter().all(|served| served.end != End::UnderWay)
    });
    let end = end_of(child);
    end.expect_status(0);
    assert!(end.stdout.len() > 256 * 1024, "{}", end.stdout.len());
    let mut events_of: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let mut last_s = 0.0;
    for event in end.events() {
        let t_s = event["t_s"].as_f64().unwrap();
        assert!(t_s >= last_s, "{event}");
        last_s = t_s;
        if let Some(job) = event["job"].as_u64() {
            let name = event["event"].as_str().unwrap().to_owned();
            events_of.entry(job).or_default().push(name);
        }
    }
    assert_eq!(events_of.len(), JOBS);
    for (job, events) in events_of {
        let (first, last) = (events.first().unwrap(), events.last().unwrap());
        assert_eq!((&**first, &**last), ("added", "finished"), "{job}");
        let finished = events.iter().filter(|name| *name == "finished");
        assert_eq!(finished.count(), 1, "{job}");
    }
    let summary = end.events().pop().unwrap();
    assert_eq!(summary["event"], "summary");
    assert_eq!(summary["done"], JOBS);
}

#[cfg(unix)]
#[test]
fn an_interrupt_does_not_wait_for_a_reader_that_reads_nothing() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let mut child = start(&server, "/bytes/100000000");
    wait_until("a download", || !server.log().is_empty());
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    wait_until("its end", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
