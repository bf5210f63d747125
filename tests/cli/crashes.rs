//! `kill -9` at any moment: what was acknowledged is done in the end, once, and every byte is right.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::list_folder::states;
use crate::mixed_server::{Kind, MixedServer, body, end_state};
use crate::program::{command, names_in};

const JOBS: usize = 200;

/// How many kills the check has time for, and a release.
const KILLS: usize = 20;
const KILLS_OF_RELEASE: usize = 300;

#[test]
fn killed_runs_lose_and_repeat_nothing() {
    storm(KILLS);
}

#[test]
#[ignore = "takes minutes: see scripts/check_release"]
fn very_many_killed_runs_lose_and_repeat_nothing() {
    storm(KILLS_OF_RELEASE);
}

/// The files of a run, by their numbers: where each is, and how long it is.
struct Plan {
    server: MixedServer,
    files: Vec<(String, usize)>,
}

impl Plan {
    fn new(random: &mut fastrand::Rng) -> Self {
        let server = MixedServer::start(Duration::from_millis(2));
        let file = |number: usize| {
            let kind = Kind::ALL[number % Kind::ALL.len()];
            let length = random.usize(0..150_000);
            (server.url(kind, number, length), length)
        };
        let files = (0..JOBS).map(file).collect();
        Self { server, files }
    }

    fn list(&self) -> String {
        let urls = self.files.iter().map(|(url, _)| url);
        urls.map(|url| format!("{url}\n")).collect()
    }
}

/// What the runs said, as far as they could.
#[derive(Default)]
struct Told {
    added: BTreeSet<String>,
    /// URL → how often it was said to be done.
    done: BTreeMap<String, usize>,
}

impl Told {
    fn read(&mut self, line: &str) {
        // A kill may cut the last line.
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            return;
        };
        let url = event["url"].as_str().unwrap_or_default().to_owned();
        match event["event"].as_str() {
            Some("added") => {
                self.added.insert(url);
            }
            Some("finished") => {
                assert_eq!(event["outcome"], "done", "{event}");
                *self.done.entry(url).or_default() += 1;
            }
            _ => {}
        }
    }
}

fn storm(kills: usize) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut killed = 0;
    let mut rounds = 0;
    while killed < kills {
        rounds += 1;
        killed += round(kills - killed, &mut random);
    }
    println!("{killed} kills in {rounds} rounds of {JOBS} jobs");
}

/// One list of jobs to its end, killed at most so many times. Returns how many times it was.
fn round(kills: usize, random: &mut fastrand::Rng) -> usize {
    let plan = Plan::new(random);
    let folder = tempfile::tempdir().unwrap();
    let mut told = Told::default();
    let mut killed = 0;
    loop {
        let after = (killed < kills).then(|| Duration::from_millis(random.u64(5..400)));
        let is_over = start(&plan, folder.path(), &mut told, after);
        check_files(&plan, &folder.path().join("out"));
        if is_over {
            break;
        }
        killed += 1;
    }
    let (parts, names): (Vec<_>, Vec<_>) = names_in(&folder.path().join("out"))
        .into_iter()
        .partition(|name| name.contains(".part"));
    let mut expected: Vec<_> = (0..JOBS).map(|number| format!("{number}.bin")).collect();
    expected.sort();
    assert_eq!(
        names, expected,
        "every file is there, once, and nothing else"
    );
    let twice = told.done.iter().filter(|(_, times)| **times > 1);
    assert_eq!(twice.count(), 0, "an end that was told is final");
    let states = states(&folder.path().join("state")).unwrap();
    for (url, _) in &plan.files {
        assert_eq!(states[url], end_state(url), "{url}");
    }
    let needed: usize = plan.files.iter().map(|(_, length)| length).sum();
    println!(
        "{killed} kills: {} bytes sent, {needed} needed, {} told done, parts left: {parts:?}",
        plan.server.sent(),
        told.done.len()
    );
    killed
}

/// Runs what is left, and kills it after a time; true if it had ended before.
fn start(plan: &Plan, folder: &Path, told: &mut Told, kill_after: Option<Duration>) -> bool {
    let list = folder.join("links.txt");
    // The same command each time.
    std::fs::write(&list, plan.list()).unwrap();
    let [state, out] = ["state", "out"].map(|name| folder.join(name).display().to_string());
    std::fs::create_dir_all(&out).unwrap();
    let list = list.display().to_string();
    let mut child = command(&[
        "run",
        "--json",
        "--resume",
        "--state-dir",
        &state,
        "-d",
        &out,
        "-j",
        "8",
        "--sleep",
        "0..0.5",
        "-i",
        &list,
    ])
    .spawn()
    .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || stdout.lines().map_while(Result::ok).collect());
    let status = match kill_after {
        Some(time) => {
            std::thread::sleep(time);
            child.kill().unwrap();
            child.wait().unwrap()
        }
        None => child.wait().unwrap(),
    };
    let lines: Vec<String> = reader.join().unwrap();
    for line in &lines {
        told.read(line);
    }
    if kill_after.is_none() {
        assert!(status.success(), "{status:?}: {lines:?}");
    }
    status.success()
}

/// Whatever has its final name is complete and right.
fn check_files(plan: &Plan, out: &Path) {
    for name in names_in(out) {
        if name.contains(".part") {
            continue;
        }
        let number = name
            .strip_suffix(".bin")
            .and_then(|number| number.parse().ok());
        let number: usize = number.unwrap_or_else(|| panic!("{name} is no file of the list"));
        let (_, length) = &plan.files[number];
        let got = std::fs::read(out.join(&name)).unwrap();
        assert!(
            got == body(number, *length),
            "{name}: {} of {length}",
            got.len()
        );
    }
}
