//! `kill -9` of the real window at any moment: the next one goes on, and every file is right and
//! there once.

use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::mixed_server::{Kind, MixedServer, body, end_state};
use crate::screen::{Running, Screen, program_on, start, wait_until};

const JOBS: usize = 60;

/// How many kills the check has time for, and a release.
const KILLS: usize = 20;
const KILLS_OF_RELEASE: usize = 100;

#[test]
fn killed_windows_lose_and_repeat_nothing() {
    storm(KILLS);
}

#[test]
#[ignore = "takes minutes: see scripts/check_release"]
fn very_many_killed_windows_lose_and_repeat_nothing() {
    storm(KILLS_OF_RELEASE);
}

const UNFINISHED: &str = "WHERE end_number = 0";

fn storm(kills: usize) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let screen = Screen::start();
    let mut killed = 0;
    while killed < kills {
        killed += round(&screen, kills - killed, &mut random);
    }
}

/// One list of downloads to its end. Returns how often its window was killed.
fn round(screen: &Screen, kills: usize, random: &mut fastrand::Rng) -> usize {
    let server = MixedServer::start(Duration::from_millis(60));
    let files: Vec<_> = (0..JOBS)
        .map(|number| {
            let kind = Kind::ALL[number % Kind::ALL.len()];
            let length = random.usize(0..150_000);
            (server.url(kind, number, length), length)
        })
        .collect();
    let home = tempfile::tempdir().unwrap();
    let [state, out] = ["state", "out"].map(|name| home.path().join(name));
    let window = || {
        let mut command: Command = program_on(screen, home.path());
        command.arg("--state-dir").arg(&state).arg("-d").arg(&out);
        command
    };
    let mut first = window();
    let mut window_of_links = Running(start(first.args(files.iter().map(|(url, _)| url))));
    // What is in the list is acknowledged.
    wait_until("the rows", || (rows(&state, "")? == JOBS).then_some(()));
    let mut killed = 0;
    loop {
        let time = Duration::from_millis(random.u64(0..2_500));
        sleep(time);
        check_files(&out, &files);
        if killed == kills || rows(&state, UNFINISHED) == Some(0) {
            break;
        }
        window_of_links.0.kill().unwrap();
        window_of_links.0.wait().unwrap();
        killed += 1;
        window_of_links = Running(start(&mut window()));
    }
    server.set_block_time(Duration::ZERO);
    wait_until("the ends of all", || {
        (rows(&state, UNFINISHED)? == 0).then_some(())
    });
    for (url, _) in &files {
        let is_it = format!("WHERE url = '{url}' AND state = '{}'", end_state(url));
        assert_eq!(rows(&state, &is_it), Some(1), "{url}");
    }
    assert_eq!(
        rows(&state, ""),
        Some(JOBS),
        "no row is lost, and none is new"
    );
    assert_eq!(check_files(&out, &files), JOBS);
    let left: Vec<_> = names(&out)
        .into_iter()
        .filter(|name| is_part(name))
        .collect();
    let needed: usize = files.iter().map(|(_, length)| length).sum();
    let sent = server.sent();
    println!("{killed} kills: {sent} bytes sent, {needed} needed, parts left: {left:?}");
    killed
}

/// How many rows the list has; none if it cannot be read at present.
fn rows(state: &Path, which: &str) -> Option<usize> {
    // As a reader alone: it moves nothing from the log into the database.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(state.join("jobs.sqlite"), flags).ok()?;
    let sql = format!("SELECT count(*) FROM rows {which}");
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).ok()?;
    usize::try_from(count).ok()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Also one that was set aside because its file began again.
fn is_part(name: &str) -> bool {
    name.contains(".part")
}

/// Whatever has its final name is complete and right. Returns how many do.
fn check_files(out: &Path, files: &[(String, usize)]) -> usize {
    let mut count = 0;
    for name in names(out).into_iter().filter(|name| !is_part(name)) {
        let number = name
            .strip_suffix(".bin")
            .and_then(|number| number.parse().ok());
        let number: usize = number.unwrap_or_else(|| panic!("{name} is no file of the list"));
        let (_, length) = &files[number];
        let got = std::fs::read(out.join(&name)).unwrap();
        let is_right = got == body(number, *length);
        assert!(is_right, "{name}: {} of {length}", got.len());
        count += 1;
    }
    count
}
