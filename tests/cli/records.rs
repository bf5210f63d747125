//! The commands over the list: what they show, write, take in and delete.

use std::fs;
use std::path::{Path, PathBuf};

use jobdeck::demo::{DemoServer, Pace};
use serde_json::Value;

use crate::fault::{self, Act, FaultServer};
use crate::program::{End, command, end_of, run_in};

/// What must never be shown.
const SECRET: &str = "hunter2";

/// A folder with a list of four jobs, each in another way.
struct Jobs {
    folder: tempfile::TempDir,
    server: DemoServer,
}

impl Jobs {
    fn new() -> Self {
        let jobs = Self {
            folder: tempfile::tempdir().unwrap(),
            server: DemoServer::start(Pace::default()).unwrap(),
        };
        let [done, missing, formula] = [
            format!("/bytes/3000/a.iso?token={SECRET}"),
            "/nothing".to_owned(),
            "/bytes/10/=1+1".to_owned(),
        ]
        .map(|path| jobs.server.url(&path));
        let cookies = jobs.path("cookies.txt");
        let line = format!("{}\tFALSE\t/\tFALSE\t0\tid\t{SECRET}\n", "127.0.0.1");
        fs::write(&cookies, line).unwrap();
        jobs.run(&[
            "run",
            "-q",
            "-j",
            "1",
            "--retries",
            "0",
            &done,
            &missing,
            &formula,
        ])
        .expect_status(1);
        // One that is stopped, with every kind of secret; its proxy never answers.
        let silent = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
        let proxy = silent.url("");
        let proxy = proxy.replace("http://", &format!("http://me:{SECRET}@"));
        let url =
            format!("http://me:{SECRET}@h.example/late?x={SECRET}d41d8cd98f00b204e9800998ecf");
        let header = format!("X-Key: {SECRET}");
        let arguments = [
            "run",
            "-q",
            "--timeout",
            "1s",
            "--proxy",
            &proxy,
            "-H",
            &header,
            "--cookies",
            cookies.to_str().unwrap(),
            &url,
        ];
        jobs.run(&arguments).expect_status(1);
        fs::remove_file(cookies).unwrap();
        jobs
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command over its list.
    fn run(&self, arguments: &[&str]) -> End {
        self.run_with("S", arguments, "")
    }

    fn run_with(&self, state: &str, arguments: &[&str], input: &str) -> End {
        let (name, rest) = arguments.split_first().unwrap();
        let mut all = vec![*name, "--state-dir", state];
        all.extend(rest);
        run_in(self.folder.path(), &all, input)
    }
}

fn objects(end: &End) -> Vec<Value> {
    let lines = end.expect_status(0).stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn column<'a>(rows: &'a [Value], key: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[key]).collect()
}

#[test]
fn the_list_and_the_history_are_shown_in_columns_and_as_json() {
    let jobs = Jobs::new();
    let end = jobs.run(&["list"]);
    let lines: Vec<Vec<&str>> = end
        .expect_status(0)
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0], ["ID", "STATE", "NAME", "SIZE", "WHEN", "DETAILS"]);
    assert_eq!(lines[1][..5], ["1", "Done", "a.iso", "3.00", "kB"]);
    assert_eq!(lines[2][..3], ["2", "Failed", "nothing"]);
    assert!(end.stdout.contains("HTTP 404"), "{}", end.stdout);
    assert_eq!(lines[3][..3], ["3", "Done", "=1+1"]);
    assert_eq!(lines[4][..4], ["4", "Timed", "out", "late"]);
    assert!(!end.stdout.contains('\u{1b}') && !end.stdout.contains('…'));

    let rows = objects(&jobs.run(&["list", "--json"]));
    assert_eq!(column(&rows, "row"), [1, 2, 3, 4]);
    let states = ["done", "failed", "done", "timed_out"];
    assert_eq!(column(&rows, "state"), states);
    assert_eq!(column(&rows, "outcome"), states);
    assert_eq!(rows[0]["received"], 3000);
    assert_eq!(rows[1]["error"]["class"], "http_status");
    assert_eq!(rows[0]["url"], jobs.server.url("/bytes/3000/a.iso?token=…"));
    let history = objects(&jobs.run(&["history", "--json"]));
    assert_eq!(column(&history, "row").len(), 4);

    for (arguments, ids) in [
        (&["--state", "done"][..], &[1, 3][..]),
        (&["--state", "failed,timed_out"], &[2, 4]),
        (&["--state", "running"], &[]),
        (&["--search", "state:failed -name:late"], &[2]),
        (&["--search", "host:h.example"], &[4]),
        (&["--search", "error:404"], &[2]),
        (&["--since", "1h"], &[1, 2, 3, 4]),
        (&["--since", "2999-01-01"], &[]),
    ] {
        for name in ["list", "history"] {
            let mut all = vec![name, "--json"];
            all.extend(arguments);
            let rows = objects(&jobs.run(&all));
            assert_eq!(column(&rows, "row"), *ids, "{name} {arguments:?}");
        }
    }
    let end = jobs.run(&["list", "--state", "running"]);
    end.expect_status(0).expect_stderr("Nothing fits");
    for (option, value, says) in [
        ("--since", "yesterday", "2026-11-01"),
        ("--state", "finished", "timed_out"),
    ] {
        let end = jobs.run(&["history", option, value]);
        end.expect_status(2).expect_stderr(says);
    }
}

#[test]
fn a_row_is_shown_in_full_and_an_unknown_one_is_not() {
    let jobs = Jobs::new();
    let end = jobs.run(&["show", "2"]);
    for text in [
        "Job 2: nothing",
        "Failed: There is no such file",
        "What to do    Check the URL",
        "Attempts",
        "Timeline",
        "Log",
        "attempt 1 failed",
        "retries             0",
    ] {
        assert!(
            end.expect_status(0).stdout.contains(text),
            "{text}: {}",
            end.stdout
        );
    }
    let row = &objects(&jobs.run(&["show", "4", "--json"]))[0];
    assert_eq!(row["options"]["header"], "X-Key: …");
    assert_eq!(row["options"]["cookies"], "on");
    assert_eq!(row["attempts_made"][0]["end"], "stopped");
    assert!(row["timeline"][0]["took_s"].is_number());
    let row = &objects(&jobs.run(&["show", "1", "--json"]))[0];
    assert_eq!(row["files"][0]["bytes"], 3000);
    let end = jobs.run(&["show", "99"]);
    end.expect_status(1).expect_stderr("There is no job 99");
    assert_eq!(end.stdout, "");
}

#[test]
fn an_export_with_secrets_makes_the_same_list_again() {
    let jobs = Jobs::new();
    // Ids have gaps.
    jobs.run(&["forget", "3", "--yes"]).expect_status(0);
    // One that has not ended.
    let list = jobs.run_with(
        "S",
        &["import", "-d", "x", "-"],
        "http://h/[1-2]\tname\nhttp://h/3\n",
    );
    list.expect_status(1).expect_stderr("line 1");
    let says = "Imported 1 job, paused. The window resumes what is paused.\n";
    assert_eq!(list.stdout, says);
    let export = |state: &str, file: &str| {
        let end = jobs.run_with(state, &["export", "--with-secrets", "-o", file], "");
        end.expect_status(0);
        fs::read_to_string(jobs.path(file)).unwrap()
    };
    let first = export("S", "1.json");
    assert!(first.contains(SECRET));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(jobs.path("1.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let end = jobs.run_with("T", &["import", "1.json"], "");
    assert_eq!(
        end.expect_status(0).stdout,
        "Imported 4 jobs, 1 of them paused. The window resumes what is paused.\n"
    );
    assert!(export("T", "2.json") == first);
    // What is there already is left out.
    let end = jobs.run_with("T", &["import", "1.json"], "");
    end.expect_status(0)
        .expect_stderr("4 jobs are there already");
    assert!(export("T", "3.json") == first);
    // Elsewhere the rows get the next ids.
    jobs.run_with("U", &["import", "-d", "x", "-"], "http://h/other\n")
        .expect_status(0);
    jobs.run_with("U", &["import", "1.json"], "")
        .expect_status(0);
    let rows = objects(&jobs.run_with("U", &["list", "--json"], ""));
    assert_eq!(column(&rows, "row"), [1, 2, 3, 4, 5]);
    assert_eq!(
        column(&rows, "state"),
        ["paused", "done", "failed", "timed_out", "paused"]
    );
    // Nothing of it is started.
    let end = jobs.run_with("U", &["run", "--resume"], "");
    end.expect_status(0).expect_stderr("Nothing to go on with");
}

#[test]
fn an_export_without_secrets_has_none_and_its_rows_need_their_links() {
    let jobs = Jobs::new();
    let end = jobs.run(&["export"]);
    let document: Value = serde_json::from_str(&end.expect_status(0).stdout).unwrap();
    assert_eq!(document["jobdeck_export"], 1);
    let rows = document["rows"].as_array().unwrap();
    assert_eq!(column(rows, "needs_link"), [true, false, false, true]);
    jobs.run_with("T", &["import", "-"], &end.stdout)
        .expect_status(0);
    let again = jobs.run_with("T", &["export"], "");
    assert!(again.expect_status(0).stdout == end.stdout);
}

#[test]
fn what_was_interrupted_is_paused_where_its_link_is_not_whole() {
    let jobs = Jobs::new();
    let text = jobs.run(&["export", "--with-secrets"]).stdout;
    // As a run writes it that was stopped.
    let text = text
        .replace("\"state\":\"timed_out\"", "\"state\":\"interrupted\"")
        .replace(
            "\"outcome\":\"timed_out\",\"is_interrupted\":false",
            "\"outcome\":\"cancelled\",\"is_interrupted\":true",
        );
    jobs.run_with("T", &["import", "-"], &text).expect_status(0);
    let without = jobs.run_with("T", &["export"], "").stdout;
    jobs.run_with("U", &["import", "-"], &without)
        .expect_status(0);
    let end = jobs.run_with("U", &["list", "--state", "paused"], "");
    assert!(
        end.stdout.contains("needs its link"),
        "{}{}",
        end.stdout,
        end.stderr
    );
    let end = jobs.run_with("U", &["run", "--resume"], "");
    end.expect_status(0).expect_stderr("Nothing to go on with");
}

#[test]
fn a_link_that_failed_and_is_given_again_goes_on_in_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let fault = FaultServer::start(vec![
        answer_missing(),
        answer_missing(),
        fault::answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"),
    ]);
    let url = fault.url("/a.bin");
    let first = ["run", "-q", "--state-dir", "S", "--retries", "0", &url];
    run_in(folder.path(), &first, "").expect_status(1);
    let again = ["run", "-q", "--state-dir", "S", "--resume", &url];
    run_in(folder.path(), &again, "").expect_status(1);
    let listed = || {
        objects(&run_in(
            folder.path(),
            &["list", "--state-dir", "S", "--json"],
            "",
        ))
    };
    let rows = listed();
    assert_eq!(column(&rows, "state"), ["failed"]);
    // Without the word for it, it is another job. It had ended, so that there is nothing to say.
    let end = run_in(folder.path(), &["run", "--state-dir", "S", &url], "");
    assert_eq!(end.expect_status(0).stderr, "");
    let rows = listed();
    assert_eq!(column(&rows, "state"), ["failed", "done"]);
    // Done is done, whichever came last.
    let end = run_in(folder.path(), &again, "");
    end.expect_status(0);
    assert_eq!(listed(), rows);
    assert_eq!(fault.requests().len(), 3);
}

fn answer_missing() -> Vec<Act> {
    fault::answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

#[test]
fn no_output_and_no_file_has_a_secret() {
    let jobs = Jobs::new();
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["history"],
        &["history", "--json"],
        &["show", "1"],
        &["show", "1", "--json"],
        &["show", "4"],
        &["show", "4", "--json"],
        &["export"],
        &["export", "--csv"],
        &["export", "--joblog"],
        &["export", "--table"],
        &["export", "--csv", "-o", "jobs.csv"],
    ] {
        let end = jobs.run(arguments);
        let shown = format!("{}{}", end.expect_status(0).stdout, end.stderr);
        assert!(!shown.contains(SECRET), "{arguments:?}: {shown}");
    }
    // An import of it has none either.
    let text = jobs.run(&["export"]).stdout;
    jobs.run_with("T", &["import", "-"], &text).expect_status(0);
    let files = |folder: &Path| {
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        files.filter(|file| file.is_file()).collect::<Vec<_>>()
    };
    let all = files(&jobs.path("T"))
        .into_iter()
        .chain(files(jobs.folder.path()));
    for file in all {
        let bytes = fs::read(&file).unwrap();
        let has_secret = bytes
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes());
        assert!(!has_secret, "{}", file.display());
    }
    // Forgotten rows leave none.
    jobs.run(&["forget", "--all", "--yes"]).expect_status(0);
    for file in files(&jobs.path("S")) {
        let bytes = fs::read(&file).unwrap();
        let has_secret = bytes
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes());
        assert!(!has_secret, "{}", file.display());
    }
}

#[test]
fn tables_for_spreadsheets_and_the_job_log_are_safe() {
    let jobs = Jobs::new();
    let csv = jobs.run(&["export", "--csv"]).stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[0].starts_with("row,state,name,url,"), "{csv}");
    assert!(lines[3].starts_with("3,done,\"'=1+1\","), "{csv}");
    for line in &lines {
        for cell in line.split(',') {
            let cell = cell.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{csv}");
        }
    }
    let log = jobs
        .run(&["export", "--joblog", "--state", "failed,timed_out"])
        .stdout;
    let lines: Vec<Vec<&str>> = log.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0][0], "Seq");
    let exits: Vec<_> = lines[1..].iter().map(|line| (line[0], line[6])).collect();
    assert_eq!(exits, [("2", "1"), ("4", "124")]);
    let table = jobs.run(&["export", "--table"]).stdout;
    assert!(
        table.starts_with("ID  STATE") && table.lines().count() == 5,
        "{table}"
    );
}

#[test]
fn rows_are_forgotten_and_their_files_stay() {
    let jobs = Jobs::new();
    let end = jobs.run(&["forget", "1"]);
    end.expect_status(2).expect_stderr("--yes");
    let end = jobs.run(&["forget", "1", "99", "--yes"]);
    end.expect_status(1).expect_stderr("There is no job 99");
    assert_eq!(end.stdout, "Forgot 1 job. Files stay where they are.\n");
    assert!(jobs.path("a.iso").is_file());
    let end = jobs.run(&["forget", "--before", "2020-01-01", "--yes"]);
    assert_eq!(end.expect_status(0).stdout, "Nothing to forget.\n");
    jobs.run(&["forget", "--state", "failed", "--yes"])
        .expect_status(0);
    let rows = objects(&jobs.run(&["list", "--json"]));
    assert_eq!(column(&rows, "row"), [3, 4]);
    jobs.run(&["forget", "--yes"]).expect_status(2);
    jobs.run(&["forget", "--all", "--yes"]).expect_status(0);
    jobs.run(&["list"])
        .expect_status(0)
        .expect_stderr("The list is empty");
}

#[test]
fn without_a_list_a_command_says_so_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, status) in [
        (&["list"][..], 0),
        (&["history", "--json"], 0),
        (&["show", "1"], 1),
        (&["export"], 1),
        (&["forget", "1", "--yes"], 1),
        (&["forget", "--all", "--yes"], 0),
    ] {
        let mut all = arguments.to_vec();
        all.extend(["--state-dir", "none"]);
        let end = run_in(folder.path(), &all, "");
        end.expect_status(status)
            .expect_stderr("There is no list of jobs in none");
        assert!(!folder.path().join("none").exists());
    }
    for (text, says) in [
        ("{\"a\":1}", "no export of jobdeck"),
        ("{", "no JSON"),
        ("{\"jobdeck_export\":99}", "newer jobdeck"),
        ("\0", "not a text file"),
    ] {
        let end = run_in(folder.path(), &["import", "--state-dir", "none", "-"], text);
        end.expect_status(2).expect_stderr(says);
        assert!(!folder.path().join("none").exists());
    }
}

#[test]
fn a_list_that_is_written_is_read_but_not_changed() {
    let jobs = Jobs::new();
    let silent = FaultServer::always(vec![Act::ReadRequest, Act::StaySilent]);
    let url = silent.url("/held");
    let mut run = command(&["run", "--json", "--state-dir", "S", &url]);
    let mut run = run.current_dir(jobs.folder.path()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(run.stdout.take().unwrap()));
    assert!(lines.next().unwrap().unwrap().contains("added"));
    let rows = objects(&jobs.run(&["list", "--json"]));
    assert_eq!(column(&rows, "row"), [1, 2, 3, 4, 5]);
    for arguments in [&["import", "-"][..], &["forget", "1", "--yes"]] {
        let end = jobs.run_with("S", arguments, "http://h/a\n");
        end.expect_status(2)
            .expect_stderr("a jobdeck run (process ");
    }
    run.kill().unwrap();
    drop(lines);
    end_of(run);
    // It was killed: what it left is said to be left.
    let end = jobs.run(&["list", "--state", "running,waiting"]);
    if end.stdout.contains("Running") {
        end.expect_stderr("run --resume");
    }
}

#[cfg(unix)]
#[test]
fn a_list_in_a_folder_that_cannot_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let jobs = Jobs::new();
    let set_mode = |mode| {
        fs::set_permissions(jobs.path("S"), fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(0o500);
    let rows = objects(&jobs.run(&["list", "--json"]));
    set_mode(0o700);
    assert_eq!(rows.len(), 4);
}

#[test]
fn shells_and_man_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "run",
        "demo",
        "list",
        "show",
        "history",
        "export",
        "import",
        "forget",
        "completions",
        "man",
    ];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let end = run_in(folder.path(), &["completions", shell], "");
        for name in names {
            let script = &end.expect_status(0).stdout;
            assert!(script.contains(name), "{shell}: {name}");
        }
    }
    let end = run_in(folder.path(), &["man"], "");
    let page = &end.expect_status(0).stdout;
    for name in names {
        assert!(
            page.contains(&format!("JOBDECK {}", name.to_uppercase())),
            "{name}"
        );
        let help = run_in(folder.path(), &[name, "--help"], "");
        help.expect_status(0);
    }
    assert!(page.contains("with\\-secrets"), "{page}");
}
