//! The job log of a run, as other programs read it.

use std::fs;

use jobdeck::demo::{DemoServer, Pace};

use crate::fault::{Act, FaultServer};
use crate::program::run_in;

#[test]
fn a_line_is_appended_as_each_job_ends() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let silent = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let folder = tempfile::tempdir().unwrap();
    let (done, missing) = (
        server.url("/bytes/3000/a?token=hunter2"),
        server.url("/nothing"),
    );
    let late = silent.url("/late");
    let arguments = [
        "run",
        "-q",
        "--joblog",
        "jobs.tsv",
        "--timeout",
        "5s",
        &done,
    ];
    run_in(folder.path(), &arguments, "").expect_status(0);
    let arguments = [
        "run",
        "-q",
        "-j",
        "1",
        "--joblog",
        "jobs.tsv",
        "--timeout",
        "1s",
        &missing,
        &late,
    ];
    run_in(folder.path(), &arguments, "").expect_status(1);

    let text = fs::read_to_string(folder.path().join("jobs.tsv")).unwrap();
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(
        lines[0],
        [
            "Seq",
            "Host",
            "Starttime",
            "JobRuntime",
            "Send",
            "Receive",
            "Exitval",
            "Signal",
            "Command"
        ]
    );
    let told: Vec<_> = lines[1..]
        .iter()
        .map(|line| (line[0], line[4], line[5], line[6], line[7], line[8]))
        .collect();
    let shown = server.url("/bytes/3000/a?token=…");
    assert_eq!(
        told,
        [
            ("1", "0", "3000", "0", "0", shown.as_str()),
            ("1", "0", "0", "1", "0", missing.as_str()),
            ("2", "0", "0", "124", "0", late.as_str()),
        ],
        "{text}"
    );
    assert_eq!(lines[1][1], server.address().to_string());
    let runtime: f64 = lines[3][3].parse().unwrap();
    assert!(runtime >= 0.9, "{text}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ago = now.unwrap().as_secs_f64() - lines[3][2].parse::<f64>().unwrap();
    assert!((0.9..600.0).contains(&ago), "{text}");
}

#[test]
fn a_log_that_cannot_be_written_starts_nothing() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/bytes/10/a");
    let arguments = ["run", "--joblog", "no/such/folder/jobs.tsv", &url];
    let end = run_in(folder.path(), &arguments, "");
    end.expect_status(2);
    end.expect_stderr("--joblog");
    assert_eq!(server.connections(), 0);
}

#[test]
fn no_cell_is_a_formula_or_contains_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "run",
        "-q",
        "--retries",
        "0",
        "--joblog",
        "jobs.tsv",
        "http://=1+1/x",
        "http://-a/x",
    ];
    run_in(folder.path(), &arguments, "").expect_status(1);
    let text = fs::read_to_string(folder.path().join("jobs.tsv")).unwrap();
    let cells = text.lines().skip(1).flat_map(|line| line.split('\t'));
    for cell in cells {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{text}");
    }
    assert!(
        text.contains("\t'=1+1\t") && text.contains("\t'-a\t"),
        "{text}"
    );
}
