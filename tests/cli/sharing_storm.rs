//! Runs and a window at once on one folder, each killed and started again: one at a time records,
//! and what it recorded is done in the end, once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::list_folder::{Killed, Printed, states, wait_for};
use crate::mixed_server::{Kind, MixedServer, body, end_state};
use crate::program::{End, command, end_of, names_in};

#[test]
fn of_runs_and_a_window_on_one_folder_one_records_and_nothing_is_lost() {
    storm(Duration::from_secs(10));
}

#[test]
#[ignore = "takes minutes: see scripts/check_release"]
fn for_a_minute_of_runs_and_a_window_on_one_folder_nothing_is_lost() {
    storm(Duration::from_secs(60));
}

const RUNS: usize = 3;
/// How many links each process is started with. Those of no two are the same.
const LINKS: usize = 6;

/// What all threads of a storm share.
struct Storm {
    server: MixedServer,
    folder: tempfile::TempDir,
    next: AtomicUsize,
    /// The links that were acknowledged.
    acknowledged: Mutex<BTreeSet<String>>,
    kills: AtomicUsize,
    recorded: AtomicUsize,
    unrecorded: AtomicUsize,
    refused: AtomicUsize,
    handed_over: AtomicUsize,
}

fn storm(time: Duration) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let storm = Arc::new(Storm {
        server: MixedServer::start(Duration::from_millis(10)),
        folder: tempfile::tempdir().unwrap(),
        next: AtomicUsize::new(0),
        acknowledged: Mutex::default(),
        kills: AtomicUsize::new(0),
        recorded: AtomicUsize::new(0),
        unrecorded: AtomicUsize::new(0),
        refused: AtomicUsize::new(0),
        handed_over: AtomicUsize::new(0),
    });
    std::fs::create_dir_all(storm.out()).unwrap();
    let end = Instant::now() + time;
    let mut threads = Vec::new();
    for number in 0..RUNS {
        let storm = storm.clone();
        let mut random = fastrand::Rng::with_seed(seed.wrapping_add(number as u64));
        threads.push(std::thread::spawn(move || {
            while Instant::now() < end {
                storm.run(&mut random);
            }
        }));
    }
    let its_storm = storm.clone();
    let mut random = fastrand::Rng::with_seed(seed.wrapping_add(RUNS as u64));
    threads.push(std::thread::spawn(move || its_storm.last(end, &mut random)));
    for thread in threads {
        thread.join().unwrap();
    }
    storm.finish();
}

impl Storm {
    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Links that no other process gets. The number has the length of the file.
    fn links(&self) -> Vec<String> {
        let first = self.next.fetch_add(LINKS, Ordering::Relaxed);
        let numbers = first..first + LINKS;
        numbers
            .map(|number| {
                let kind = Kind::ALL[number % Kind::ALL.len()];
                self.server.url(kind, number, length(number))
            })
            .collect()
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let [state, out] = [self.state(), self.out()].map(|path| path.display().to_string());
        let own = ["--state-dir", &state, "-d", &out];
        let all = own.into_iter().chain(more.iter().copied());
        all.map(str::to_owned).collect()
    }

    fn start_run(&self, more: &[&str]) -> std::process::Child {
        let arguments = self.arguments(more);
        let mut all = vec!["run", "--json", "--sleep", "0..0.2"];
        all.extend(arguments.iter().map(String::as_str));
        command(&all).spawn().unwrap()
    }

    /// A run, which is killed unless it ends before.
    fn run(&self, random: &mut fastrand::Rng) {
        let links = self.links();
        let is_resume = random.bool();
        let mut arguments: Vec<_> = links.iter().map(String::as_str).collect();
        if is_resume {
            arguments.push("--resume");
        }
        let mut child = self.start_run(&arguments);
        std::thread::sleep(Duration::from_millis(random.u64(20..1_500)));
        let has_ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        let end = end_of(child);
        if !has_ended {
            self.kills.fetch_add(1, Ordering::Relaxed);
        }
        self.check(&end, is_resume, has_ended);
        // Else the folder is never free for a window, which takes longer to start.
        std::thread::sleep(Duration::from_millis(random.u64(0..1_500)));
    }

    /// What a run said of the list, and what of it is acknowledged.
    fn check(&self, end: &End, is_resume: bool, has_ended: bool) {
        // A kill may cut the last line.
        let events = end.stdout.lines().map_while(|line| {
            let event: Option<Value> = serde_json::from_str(line).ok();
            event
        });
        let added: Vec<_> = events.filter(|event| event["event"] == "added").collect();
        let said = end.stderr.lines().collect::<Vec<_>>();
        let is_recorded = added.iter().any(|event| event["row"].is_u64());
        if is_recorded {
            assert!(
                added.iter().all(|event| event["row"].is_u64()),
                "{}",
                end.stdout
            );
            assert_eq!(end.stderr, "", "the holder says nothing");
            let urls = added.iter().filter_map(|event| event["url"].as_str());
            let mut acknowledged = self.acknowledged.lock().unwrap();
            acknowledged.extend(urls.map(str::to_owned));
            self.recorded.fetch_add(1, Ordering::Relaxed);
        } else if is_resume && !said.is_empty() {
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(
                said[0].starts_with("jobdeck: --resume: The list in "),
                "{said:?}"
            );
            assert!(said[0].contains(" is in use by "), "{said:?}");
            assert!(
                added.is_empty() && (end.status == 2 || !has_ended),
                "{}",
                end.status
            );
            self.refused.fetch_add(1, Ordering::Relaxed);
        } else if !added.is_empty() || !said.is_empty() {
            assert_eq!(said.len(), 1, "{said:?}");
            let begin = "jobdeck: this run is not recorded: The list in ";
            assert!(said[0].starts_with(begin), "{said:?}");
            assert!(said[0].contains(" is in use by "), "{said:?}");
            self.unrecorded.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The window, where there can be one: it is killed, or asked by another.
    #[cfg(target_os = "linux")]
    fn last(&self, end: Instant, random: &mut fastrand::Rng) {
        use crate::screen::{Screen, start};
        let screen = Screen::start();
        while Instant::now() < end {
            let _window = Killed(start(&mut self.window(&screen)));
            let until = Instant::now() + Duration::from_millis(random.u64(1_000..4_000));
            while Instant::now() < until {
                std::thread::sleep(Duration::from_millis(random.u64(50..500)));
                self.hand_over(&screen);
            }
            self.kills.fetch_add(1, Ordering::Relaxed);
        }
        self.finish_window(&screen);
    }

    #[cfg(not(target_os = "linux"))]
    fn last(&self, end: Instant, random: &mut fastrand::Rng) {
        while Instant::now() < end {
            self.run(random);
        }
    }

    #[cfg(target_os = "linux")]
    fn window(&self, screen: &crate::screen::Screen) -> std::process::Command {
        let mut command = crate::screen::program_on(screen, self.folder.path());
        command.args(self.arguments(&[]));
        command
    }

    /// Hands links to the window, if it holds the folder.
    #[cfg(target_os = "linux")]
    fn hand_over(&self, screen: &crate::screen::Screen) {
        let lock = std::fs::read_to_string(self.state().join("lock"));
        let is_window = lock.is_ok_and(|lock| lock.contains("\"window\""));
        if !is_window || !self.state().join("window.sock").exists() {
            return;
        }
        let links = self.links();
        let mut command = self.window(screen);
        let child = command.args(&links).stdout(std::process::Stdio::piped());
        let mut child = Killed(child.stderr(std::process::Stdio::null()).spawn().unwrap());
        let printed = Printed::of(child.0.stdout.take().unwrap());
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(5) {
            if let Some(status) = child.0.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                printed.wait_for("6 links added to the window that is open", 1);
                self.acknowledged.lock().unwrap().extend(links);
                self.handed_over.fetch_add(1, Ordering::Relaxed);
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The window goes on with its rows until they are done.
    #[cfg(target_os = "linux")]
    fn finish_window(&self, screen: &crate::screen::Screen) {
        // A run may hold the folder.
        let _window = wait_for("a window that holds the folder", || {
            let child = Killed(crate::screen::start(&mut self.window(screen)));
            let pid = format!("\"pid\":{},", child.0.id());
            for _ in 0..100 {
                let lock = std::fs::read_to_string(self.state().join("lock"));
                if lock.is_ok_and(|lock| lock.contains(&pid)) {
                    return Some(child);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            None
        });
        self.server.set_block_time(Duration::ZERO);
        let begun = Instant::now();
        loop {
            let left = unfinished(&self.state(), "window");
            if left.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
            let is_early = begun.elapsed() < Duration::from_secs(60);
            assert!(is_early, "the window does not go on with {left:#?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn finish(&self) {
        self.server.set_block_time(Duration::ZERO);
        let end = end_of(self.start_run(&["--resume"]));
        end.expect_status(0);
        let states = states(&self.state()).unwrap();
        let not_done: BTreeMap<_, _> = states
            .iter()
            .filter(|(url, state)| *state != end_state(url))
            .collect();
        assert!(not_done.is_empty(), "{not_done:?}");
        let acknowledged = self.acknowledged.lock().unwrap();
        for url in &*acknowledged {
            assert!(
                states.contains_key(url),
                "{url} was acknowledged and is lost"
            );
        }
        // Of those that were not recorded there may be parts.
        let names = names_in(&self.out());
        for name in names.iter().filter(|name| !name.contains(".part")) {
            let number = name
                .strip_suffix(".bin")
                .and_then(|number| number.parse().ok());
            let number: usize = number.unwrap_or_else(|| panic!("{name} is no file of the list"));
            let got = std::fs::read(self.out().join(name)).unwrap();
            assert!(got == body(number, length(number)), "{name}: {}", got.len());
        }
        let mut needed = 0;
        for url in states.keys() {
            let name = Path::new(url).file_name().unwrap().to_str().unwrap();
            assert!(names.iter().any(|found| found == name), "{name} is missing");
            needed += length(name.trim_end_matches(".bin").parse().unwrap());
        }
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        println!(
            "{} kills; runs: {} recorded, {} not, {} refused; {} times handed over; {} links acknowledged, {} rows done, {} bytes needed, {} sent in all",
            count(&self.kills),
            count(&self.recorded),
            count(&self.unrecorded),
            count(&self.refused),
            count(&self.handed_over),
            acknowledged.len(),
            states.len(),
            needed,
            self.server.sent(),
        );
        assert!(!acknowledged.is_empty(), "the storm shows something");
    }
}

/// The length of a file, by its number.
fn length(number: usize) -> usize {
    number.wrapping_mul(7_919) % 100_000
}

/// The rows of one kind of process that have not ended.
#[cfg(target_os = "linux")]
fn unfinished(state: &Path, host: &str) -> Option<Vec<String>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let path = state.join("jobs.sqlite");
    let connection = rusqlite::Connection::open_with_flags(path, flags).ok()?;
    let mut statement = connection
        .prepare("SELECT state || ' ' || record FROM rows WHERE host = ?1 AND end_number = 0")
        .ok()?;
    let rows = statement.query_map([host], |row| row.get(0));
    rows.ok()?.collect::<Result<_, _>>().ok()
}
