//! A damaged list: it is set aside as it is, what can be read goes on, and the user is told.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::list_folder::{Killed, Printed, files_of, states};
use crate::mixed_server::{Kind, MixedServer};
use crate::program::{End, command, end_of, names_in};

const JOBS: usize = 40;
/// What of them is not over.
const LEFT: usize = 30;
const DATABASE: &str = "jobs.sqlite";
const LOG: &str = "jobs.sqlite-wal";

/// The list of a run that has `JOBS` jobs and ended early. They are counted and not saved, so that
/// they can go on from any copy of the list.
struct List {
    server: MixedServer,
    folder: tempfile::TempDir,
}

impl List {
    /// As a kill leaves it: nearly all is in the log.
    fn killed() -> Self {
        Self::ended("-KILL", &[LOG])
    }

    /// As Ctrl-C leaves it: all is in the database.
    fn interrupted() -> Self {
        Self::ended("-INT", &[])
    }

    fn ended(signal: &str, beside: &[&str]) -> Self {
        let server = MixedServer::start(Duration::from_millis(500));
        let folder = tempfile::tempdir().unwrap();
        let short = (0..JOBS - LEFT).map(|number| server.url(Kind::Ranges, number, 100));
        let long = (JOBS - LEFT..JOBS).map(|number| server.url(Kind::Ranges, number, 200_000));
        let urls: Vec<_> = short.chain(long).collect();
        let state = folder.path().join("state").display().to_string();
        let mut arguments = vec!["run", "--json", "--count-only", "--per-host", "10"];
        arguments.extend(["--state-dir", &state]);
        arguments.extend(urls.iter().map(String::as_str));
        let mut child = Killed(command(&arguments).spawn().unwrap());
        let printed = Printed::of(child.0.stdout.take().unwrap());
        printed.wait_for("\"finished\"", JOBS - LEFT);
        printed.wait_for("\"added\"", JOBS);
        let pid = child.0.id().to_string();
        let sent = std::process::Command::new("kill")
            .args([signal, &pid])
            .status();
        assert!(sent.unwrap().success());
        child.0.wait().unwrap();
        let mut names = names_in(&folder.path().join("state"));
        let is_beside = |name: &str| name.ends_with("-shm") || name == "finishing.ndjson";
        names.retain(|name| name != "lock" && !is_beside(name));
        let expected: Vec<_> = std::iter::once(DATABASE)
            .chain(beside.iter().copied())
            .collect();
        assert_eq!(names, expected);
        Self { server, folder }
    }

    fn copy(&self, name: &str) -> PathBuf {
        let copy = self.folder.path().join(name);
        std::fs::create_dir_all(&copy).unwrap();
        for (name, bytes) in files_of(&self.folder.path().join("state")) {
            std::fs::write(copy.join(name), bytes).unwrap();
        }
        copy
    }

    fn run(&self, state: &Path, more: &[&str]) -> End {
        self.server.set_block_time(Duration::ZERO);
        let state = state.display().to_string();
        let mut arguments = vec!["run", "--json", "--count-only", "--state-dir", &state];
        arguments.extend(["-j", "30", "--per-host", "30"]);
        arguments.extend(more);
        end_of(command(&arguments).spawn().unwrap())
    }
}

/// What happens to a file.
#[derive(Clone, Copy, Debug)]
enum Harm {
    CutAt(u64),
    Zeros(u64),
    Garbage(u64),
    Removed,
}

impl Harm {
    fn apply(self, path: &Path) {
        let overwrite = |at, bytes: &[u8]| {
            let mut file = std::fs::File::options().write(true).open(path).unwrap();
            file.seek(SeekFrom::Start(at)).unwrap();
            file.write_all(bytes).unwrap();
        };
        match self {
            Self::CutAt(length) => {
                let file = std::fs::File::options().write(true).open(path).unwrap();
                file.set_len(length).unwrap();
            }
            Self::Zeros(at) => overwrite(at, &[0; 5_000]),
            Self::Garbage(at) => {
                let mut random = fastrand::Rng::with_seed(at);
                let bytes: Vec<u8> = (0..3_000).map(|_| random.u8(..)).collect();
                overwrite(at, &bytes);
            }
            Self::Removed => std::fs::remove_file(path).unwrap(),
        }
    }
}

/// What became of a damaged list.
#[derive(Debug)]
struct Outcome {
    /// How many jobs went on.
    went_on: usize,
    is_told: bool,
}

/// Damages a copy, goes on with it, and checks what holds of every damage.
#[track_caller]
fn outcome(list: &List, name: &str, harm: Harm) -> Outcome {
    let state = list.copy(&format!("{name} {harm:?}"));
    harm.apply(&state.join(name));
    let before = files_of(&state);
    let url = list.server.url(Kind::Ranges, 1_000, 10);
    let end = list.run(&state, &["--resume"]);
    let context = format!("{name} {harm:?}: {}", end.stderr);
    assert_eq!(end.status, 0, "{context}");
    let told: Vec<_> = end.stderr.lines().collect();
    let is_told = told
        .first()
        .is_some_and(|line| line.starts_with("jobdeck: The list was damaged"));
    let others = told.iter().skip(usize::from(is_told));
    let mut others = others.filter(|line| **line != "jobdeck: Nothing to go on with");
    assert_eq!(others.next(), None, "{context}");
    check_set_aside(&before, &files_of(&state), is_told, &context);
    if is_told {
        let name = set_aside(&state);
        let name = name.trim_end_matches("-wal");
        assert!(told[0].contains(name), "{context}");
    }
    let went_on = end.events_named("finished").len();
    // It goes on as a list, and nothing is told again.
    let end = list.run(&state, &[&url]);
    end.expect_status(0);
    assert_eq!(end.stderr, "", "{context}");
    assert!(end.finished(&url)["row"].is_u64(), "{context}");
    let mut left = names_in(&state);
    left.retain(|name| !name.starts_with("jobs.damaged-"));
    left.retain(|name| name != "finishing.ndjson");
    assert_eq!(left, [DATABASE, "lock"], "{context}");
    // Damage of a row that had ended is found by the process that reads it.
    if let Some(states) = states(&state) {
        let is_done = states.values().all(|state| state == "done");
        assert!(is_done, "{context} {states:?}");
    }
    Outcome { went_on, is_told }
}

fn set_aside(state: &Path) -> String {
    let names = names_in(state);
    let name = names.iter().find(|name| name.starts_with("jobs.damaged-"));
    name.unwrap().clone()
}

/// What was damaged has a name of its own now, and every byte of it is as it was.
#[track_caller]
fn check_set_aside(
    before: &BTreeMap<PathBuf, Vec<u8>>,
    after: &BTreeMap<PathBuf, Vec<u8>>,
    is_told: bool,
    context: &str,
) {
    let aside = |path: &Path| path.display().to_string().starts_with("jobs.damaged-");
    let aside: Vec<_> = after.iter().filter(|(path, _)| aside(path)).collect();
    if !is_told {
        assert!(aside.is_empty(), "{context}");
        return;
    }
    let of_database = before
        .iter()
        .filter(|(path, _)| !path.ends_with("finishing.ndjson"));
    for (path, bytes) in of_database {
        let is_log = path.ends_with(LOG);
        let same = aside
            .iter()
            .find(|(path, _)| path.display().to_string().ends_with("-wal") == is_log);
        assert!(
            same.is_some_and(|(_, kept)| *kept == bytes),
            "{context}: {}",
            path.display()
        );
    }
}

#[test]
fn of_a_damaged_database_what_can_be_read_goes_on() {
    let list = List::interrupted();
    let length = list.copy("whole").join(DATABASE).metadata().unwrap().len();
    let middle = length / 2 / 4096 * 4096;
    let whole = outcome(&list, DATABASE, Harm::CutAt(length));
    assert!(whole.went_on == LEFT && !whole.is_told, "{whole:?}");
    // The header and the table of tables are in the first page; no row is.
    for harm in [
        Harm::Zeros(0),
        Harm::Garbage(0),
        Harm::Garbage(18),
        Harm::Garbage(100),
    ] {
        let outcome = outcome(&list, DATABASE, harm);
        assert!(outcome.is_told, "{harm:?}: {outcome:?}");
        if !matches!(harm, Harm::Zeros(0)) {
            assert_eq!(outcome.went_on, LEFT, "{harm:?}");
        }
    }
    for harm in [
        Harm::CutAt(middle),
        Harm::CutAt(middle + 100),
        Harm::CutAt(length - 4096),
    ] {
        let outcome = outcome(&list, DATABASE, harm);
        assert!(outcome.is_told, "{harm:?}: {outcome:?}");
    }
    for at in (4096..length - 8192).step_by(8192) {
        for harm in [Harm::Zeros(at), Harm::Garbage(at + 7)] {
            let outcome = outcome(&list, DATABASE, harm);
            println!("{harm:?}: {outcome:?}");
            assert!(
                outcome.is_told || outcome.went_on == LEFT,
                "{harm:?}: {outcome:?}"
            );
        }
    }
    for harm in [Harm::CutAt(1), Harm::CutAt(99), Harm::CutAt(4096)] {
        let outcome = outcome(&list, DATABASE, harm);
        assert!(
            outcome.is_told && outcome.went_on == 0,
            "{harm:?}: {outcome:?}"
        );
    }
}

#[test]
fn of_a_killed_run_with_a_lost_database_the_log_is_read() {
    let list = List::killed();
    for harm in [
        Harm::CutAt(0),
        Harm::CutAt(1),
        Harm::CutAt(511),
        Harm::CutAt(512),
        Harm::CutAt(2_000),
        Harm::Garbage(0),
        Harm::Garbage(100),
        Harm::Removed,
    ] {
        let outcome = outcome(&list, DATABASE, harm);
        println!("{harm:?}: {outcome:?}");
        assert_eq!(outcome.went_on, LEFT, "{harm:?}");
    }
}

#[test]
fn of_a_damaged_log_what_was_written_before_goes_on() {
    let list = List::killed();
    let length = list.copy("whole").join(LOG).metadata().unwrap().len();
    for harm in [
        Harm::Zeros(0),
        Harm::Zeros(length / 2),
        Harm::Garbage(0),
        Harm::Garbage(16),
        Harm::Garbage(32),
        Harm::Garbage(5_000),
        Harm::Garbage(length / 2),
    ] {
        let outcome = outcome(&list, LOG, harm);
        println!("{harm:?}: {outcome:?}");
        assert!(
            outcome.is_told || outcome.went_on == LEFT,
            "{harm:?}: {outcome:?}"
        );
    }
    // As if what follows had not been written yet: no damage that can be seen.
    for harm in [
        Harm::CutAt(0),
        Harm::CutAt(16),
        Harm::CutAt(40),
        Harm::CutAt(length / 2),
        Harm::CutAt(length - 3_000),
        Harm::CutAt(length - 1),
        Harm::Removed,
    ] {
        let outcome = outcome(&list, LOG, harm);
        println!("{harm:?}: {outcome:?}");
        assert!(outcome.went_on <= JOBS, "{harm:?}");
    }
}

#[test]
fn a_run_with_links_says_damage_too_and_keeps_what_was_read() {
    let list = List::interrupted();
    let state = list.copy("links");
    Harm::Garbage(0).apply(&state.join(DATABASE));
    let url = list.server.url(Kind::Ranges, 1_000, 10);
    let end = list.run(&state, &[&url]);
    end.expect_status(0);
    assert!(
        end.stderr.starts_with("jobdeck: The list was damaged"),
        "{}",
        end.stderr
    );
    assert_eq!(end.stderr.lines().count(), 1, "{}", end.stderr);
    assert_eq!(end.events_named("finished").len(), 1);
    assert_eq!(states(&state).unwrap().len(), JOBS + 1);
    let resumed = list.run(&state, &["--resume"]);
    resumed.expect_status(0);
    assert_eq!(resumed.stderr, "", "it is told once");
    assert_eq!(resumed.events_named("finished").len(), LEFT);
}

#[test]
fn a_list_of_a_newer_version_is_refused_and_stays_as_it_is() {
    let marked = |list: &List, name: &str| {
        let state = list.copy(name);
        let connection = Connection::open(state.join(DATABASE)).unwrap();
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        state
    };
    for list in [List::interrupted(), List::killed()] {
        let state = marked(&list, "newer");
        let before = files_of(&state);
        let reason = "The list was written by a newer jobdeck (version 99 of the list, this one knows 1): use that one, or another --state-dir.\n";
        let refused = list.run(&state, &["--resume"]);
        refused.expect_status(2);
        assert_eq!(refused.stderr, format!("jobdeck: --resume: {reason}"));
        assert_eq!(refused.stdout, "");
        let url = list.server.url(Kind::Ranges, 1_000, 10);
        let end = list.run(&state, &[&url]);
        end.expect_status(0);
        assert_eq!(
            end.stderr,
            format!("jobdeck: this run is not recorded: {reason}")
        );
        assert!(files_of(&state) == before, "every byte is as it was");
    }
}
