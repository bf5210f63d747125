//! A storm of downloads from a server that lies, in a program that is killed again and again: a
//! finished file has the bytes of exactly one version.
//!
//! The server cuts bodies, changes files between two requests, and lies in ranges, lengths and
//! validators, by chance and the same for the same seed. What nothing could prove is left out: a
//! version that differs from another one only where nobody looks, under the same strong ETag.

#![cfg(target_os = "linux")]

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jobdeck::fetch::{Checksum, Save};
use jobdeck::jobs::{Destination, FetchSpec, SharedFacts, Spec};
use jobdeck::runtime::{Clock, Outcome, ParkHost, Runtime};

use crate::support::fault::{FaultServer, serve_until_cut};
use crate::support::{PATIENCE, Rig, get, names_in};

/// How many downloads there are, and how often the program is killed.
const FEW: (u64, usize) = (300, 6);
/// The same for a release.
const MANY: (u64, usize) = (2_000, 40);
const AT_A_TIME: usize = 48;
const VERSIONS: u64 = 4;

const CHILD: &str = "JOBDECK_TEST_LIES_CHILD";

#[test]
fn a_server_that_lies() {
    storm("lies::a_server_that_lies", FEW, 11);
}

#[test]
#[ignore = "20 s of both processors for what the 300 above show too; for a release"]
fn a_server_that_lies_about_many_files() {
    storm("lies::a_server_that_lies_about_many_files", MANY, 12);
}

/// A version of a file. Up to three files in four change as a whole; the others keep their tail,
/// and their validators are honest.
fn file(seed: u64, number: u64, version: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed ^ number << 8);
    let longest = 400_000 >> random.u32(0..4);
    let length = random.usize(1..longest);
    let keeps_tail = keeps_tail(number);
    let longer = if keeps_tail {
        0
    } else {
        version * (number % 3)
    };
    let mut bytes = vec![0; length + usize::try_from(longer).unwrap()];
    random.fill(&mut bytes);
    let mut of_version = fastrand::Rng::with_seed(seed ^ number << 8 ^ version << 56);
    let changed = if keeps_tail {
        // All but the last 80 %.
        bytes.len() / 5
    } else {
        bytes.len()
    };
    for byte in &mut bytes[..changed] {
        *byte ^= of_version.u8(..);
    }
    bytes
}

fn keeps_tail(number: u64) -> bool {
    number.is_multiple_of(4)
}

/// The server's data of a file.
struct Known {
    version: u64,
    random: fastrand::Rng,
    requests: u32,
}

/// The files of the server.
struct Files {
    seed: u64,
    known: Mutex<HashMap<u64, Known>>,
}

impl Files {
    /// The response to a request, and whether the connection is cut after it.
    fn answer(&self, header: &str) -> (Vec<u8>, bool) {
        let path = header.split(' ').nth(1).unwrap();
        let number: u64 = path.trim_start_matches('/').parse().unwrap();
        let mut known = self.known.lock().unwrap();
        let known = known.entry(number).or_insert_with(|| Known {
            version: 0,
            random: fastrand::Rng::with_seed(self.seed ^ number << 20),
            requests: 0,
        });
        known.requests += 1;
        // In the end every file is served correctly.
        let is_honest = known.requests > 12;
        let random = &mut known.random;
        if random.u8(0..8) == 0 && known.version + 1 < VERSIONS && !is_honest {
            known.version += 1;
        }
        let version = known.version;
        let file = file(self.seed, number, version);
        let total = file.len();
        let fault = if is_honest { 99 } else { random.u8(0..24) };
        if matches!(fault, 0 | 1) {
            let status = [500, 503, 429, 403][random.usize(0..4)];
            let text = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
            return (text.into_bytes(), false);
        }
        let validators = self.validators(number, version, random);
        let (status, first, end, length, range) = match range_of(header) {
            Some((first, last)) if first < total => {
                let end = last.map_or(total, |last| (last + 1).min(total));
                let shorter = first + (end - first).div_ceil(2);
                let range = |first: usize, end: usize| format!("{first}-{}/{total}", end - 1);
                match fault {
                    // The whole file, with and without its length.
                    2 | 3 => ("200 OK", 0, total, Some(total), None),
                    // A part with the status of the whole.
                    4 | 5 => (
                        "200 OK",
                        first,
                        end,
                        Some(end - first),
                        Some(range(first, end)),
                    ),
                    // Another part than was asked for.
                    6 => {
                        let other = first / 2;
                        (
                            "206 x",
                            other,
                            end,
                            Some(end - other),
                            Some(range(other, end)),
                        )
                    }
                    // A shorter one.
                    7 | 8 => (
                        "206 x",
                        first,
                        shorter,
                        Some(shorter - first),
                        Some(range(first, shorter)),
                    ),
                    // A range that claims other bytes than it has.
                    9 => {
                        let lie = format!("{first}-{}/{total}", end - 1);
                        let from = first / 2;
                        let to = from + (end - first);
                        ("206 x", from, to, Some(end - first), Some(lie))
                    }
                    // Another total.
                    10 => {
                        let lie = format!("{first}-{}/{}", end - 1, total + 7);
                        ("206 x", first, end, Some(end - first), Some(lie))
                    }
                    // No range at all, and no length.
                    11 => ("206 x", first, end, Some(end - first), None),
                    12 => {
                        let text = format!(
                            "HTTP/1.1 416 x\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\n\r\n"
                        );
                        return (text.into_bytes(), false);
                    }
                    // Shorter, with the status of the whole and no range.
                    13 => ("200 OK", first, end, Some(end - first), None),
                    _ => (
                        "206 x",
                        first,
                        end,
                        Some(end - first),
                        Some(range(first, end)),
                    ),
                }
            }
            Some(_) => {
                let text = format!(
                    "HTTP/1.1 416 x\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\n\r\n"
                );
                return (text.into_bytes(), false);
            }
            None => match fault {
                2 => {
                    let end = total.div_ceil(2);
                    let range = format!("0-{}/{total}", end - 1);
                    ("200 OK", 0, end, Some(end), Some(range))
                }
                3 => ("200 OK", 0, total, None, None),
                _ => ("200 OK", 0, total, Some(total), None),
            },
        };
        // A cut whole body without a length would look complete: it is sent in chunks.
        let body = &file[first..end];
        let mut head = format!("HTTP/1.1 {status}\r\n{validators}");
        if let Some(range) = range {
            head += &format!("Content-Range: bytes {range}\r\n");
        }
        let is_cut = !is_honest && random.u8(0..3) == 0 && !body.is_empty();
        let sent = if is_cut {
            random.usize(0..body.len())
        } else {
            body.len()
        };
        match length {
            Some(length) => {
                head += &format!("Content-Length: {length}\r\n\r\n");
                ([head.as_bytes(), &body[..sent]].concat(), is_cut)
            }
            None => {
                head += &format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", body.len());
                let mut answer = [head.as_bytes(), &body[..sent]].concat();
                if !is_cut {
                    answer.extend_from_slice(b"\r\n0\r\n\r\n");
                }
                (answer, is_cut)
            }
        }
    }

    /// The validators of a version: honest if another version keeps the tail, else arbitrary.
    fn validators(&self, number: u64, version: u64, random: &mut fastrand::Rng) -> String {
        let date =
            |version: u64| format!("Last-Modified: Sun, 06 Nov 1994 08:49:{version:02} GMT\r\n");
        if keeps_tail(number) {
            return format!("ETag: \"{number}-{version}\"\r\n{}", date(version));
        }
        match random.u8(0..8) {
            0 => String::new(),
            1 => format!("ETag: \"{}\"\r\n", random.u64(..)),
            2 => format!("ETag: W/\"{number}-{version}\"\r\n"),
            3 => date(version),
            4 => format!("ETag: \"{}\"\r\n{}", random.u8(0..3), date(0)),
            5 => "ETag: \"always the same\"\r\n".to_owned(),
            _ => format!("ETag: \"{number}-{version}\"\r\n{}", date(version)),
        }
    }
}

/// The first and the last byte that a request asks for.
fn range_of(header: &str) -> Option<(usize, Option<usize>)> {
    let header = header.to_ascii_lowercase();
    let (_, rest) = header.split_once("range: bytes=")?;
    let (first, last) = rest.lines().next()?.trim().split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()))
}

fn storm(test: &str, (downloads, kills): (u64, usize), seed: u64) {
    if let Ok(url) = std::env::var(CHILD) {
        return download_all(&url, downloads);
    }
    let files = Files {
        seed,
        known: Mutex::default(),
    };
    let server = FaultServer::always(vec![serve_until_cut(move |header| files.answer(header))]);
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let mut random = fastrand::Rng::with_seed(seed);
    let mut killed = 0;
    loop {
        assert!(began.elapsed() < 10 * PATIENCE, "it does not end");
        let mut child = start(test, &server.url(""), folder.path());
        let lives_until = Instant::now() + Duration::from_millis(random.u64(100..700));
        while killed < kills && child.try_wait().unwrap().is_none() {
            if Instant::now() >= lives_until {
                child.kill().unwrap();
                killed += 1;
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let end = child.wait().unwrap();
        if end.success() {
            break;
        }
        assert!(end.code().is_none(), "the program failed by itself");
    }
    report(
        &fs::read_to_string(folder.path().join("log")).unwrap(),
        downloads,
        seed,
        folder.path(),
        killed,
    );
}

fn start(test: &str, url: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .env(CHILD, url)
        .env("XDG_DATA_HOME", folder.join("data"))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Reads the ended downloads, and checks each file.
fn report(log: &str, downloads: u64, seed: u64, folder: &Path, killed: usize) {
    let mut ends: HashMap<u64, Vec<&str>> = HashMap::new();
    for line in log.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        ends.insert(words[0].parse().unwrap(), words[1..].to_vec());
    }
    assert_eq!(ends.len() as u64, downloads, "every one has an end");
    let (mut done, mut failed, mut begun_again, mut went_on) = (0, 0, 0, 0);
    let mut classes: HashMap<&str, u32> = HashMap::new();
    for (number, end) in &ends {
        match end.as_slice() {
            ["done", how, sha256, name] => {
                let name = &name.replace('\u{a0}', " ");
                done += 1;
                begun_again += usize::from(how.contains("again"));
                went_on += usize::from(how.contains("resumed"));
                let bytes = fs::read(folder.join("files").join(name)).unwrap();
                assert_eq!(Checksum::of(&bytes).hex(), *sha256);
                let is_a_version =
                    (0..VERSIONS).any(|version| file(seed, *number, version) == bytes);
                assert!(
                    is_a_version,
                    "{number}: wrong bytes under {name}, {how}: {}",
                    difference(seed, *number, &bytes)
                );
            }
            ["failed", class] => {
                failed += 1;
                *classes.entry(class).or_default() += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    println!(
        "{downloads} downloads, {killed} kills: {done} done ({went_on} went on, {begun_again} began again), \
         {failed} failed {classes:?}"
    );
    assert!(done as u64 > downloads * 3 / 4, "{done} done, {classes:?}");
    // No file with a final name is incomplete, even without a recorded end.
    for name in names_in(&folder.join("files")) {
        if name.contains(".part") {
            continue;
        }
        let number: u64 = name.split(' ').next().unwrap().parse().unwrap();
        let bytes = fs::read(folder.join("files").join(&name)).unwrap();
        let is_a_version = (0..VERSIONS).any(|version| file(seed, number, version) == bytes);
        assert!(
            is_a_version,
            "{name} has wrong bytes: {}",
            difference(seed, number, &bytes)
        );
    }
}

/// How bytes differ from each version of a file.
fn difference(seed: u64, number: u64, bytes: &[u8]) -> String {
    let of_version = |version| {
        let file = file(seed, number, version);
        let pairs = || file.iter().zip(bytes).enumerate();
        let first = pairs().find(|(_, (a, b))| a != b).map(|(at, _)| at);
        let last = pairs()
            .filter(|(_, (a, b))| a != b)
            .map(|(at, _)| at)
            .next_back();
        format!(
            "{} of {} bytes, differs from {first:?} to {last:?}",
            bytes.len(),
            file.len()
        )
    };
    (0..VERSIONS).map(of_version).collect::<Vec<_>>().join("; ")
}

/// In the program that is killed: downloads the files without a recorded end.
fn download_all(url: &str, downloads: u64) {
    let mut log = OpenOptions::new()
        .append(true)
        .create(true)
        .open("log")
        .unwrap();
    let ended: Vec<u64> = BufReader::new(File::open("log").unwrap())
        .lines()
        .map(|line| line.unwrap().split(' ').next().unwrap().parse().unwrap())
        .collect();
    let host = ParkHost::new();
    // The waits between attempts do not matter here.
    let runtime = Runtime::with_clock(host.clone(), Clock::scaled(1_000.0).unwrap());
    let rig = Rig { host, runtime };
    let mut left = (0..downloads).filter(|number| !ended.contains(number));
    let mut flying = Vec::new();
    let mut last_end = Instant::now();
    loop {
        while flying.len() < AT_A_TIME {
            let Some(number) = left.next() else { break };
            let request = get(&format!("{url}/{number}"));
            let save = Destination::Save(Save::in_folder("files"));
            let mut spec = FetchSpec::new(request, save);
            spec.retry.retries = 12;
            let facts = SharedFacts::default();
            let job = Spec::Fetch(spec).start(&rig.runtime, facts.clone(), &[], None);
            flying.push((number, job, facts));
        }
        if flying.is_empty() {
            break;
        }
        rig.runtime.tick(Duration::from_millis(4));
        rig.host.park(Some(Duration::from_millis(1)));
        flying.retain(|(number, job, facts)| {
            let facts = facts.borrow();
            let line = match job.outcome() {
                None => return true,
                Some(Outcome::Done) => {
                    let fetched = facts.fetched.as_ref().unwrap();
                    let again = fetched.restart_reason.as_ref().map_or("", |_| "+again");
                    let resumed = fetched.resumed_at.map_or("", |_| "+resumed");
                    let name = fetched.path.as_ref().unwrap().file_name().unwrap();
                    let sha256 = fetched.sha256.unwrap().hex();
                    let name = name.to_str().unwrap().replace(' ', "\u{a0}");
                    format!("{number} done x{again}{resumed} {sha256} {name}\n")
                }
                Some(_) => {
                    let class = facts.last_error.as_ref().unwrap().class.name();
                    format!("{number} failed {class}\n")
                }
            };
            log.write_all(line.as_bytes()).unwrap();
            last_end = Instant::now();
            false
        });
        assert!(last_end.elapsed() < PATIENCE, "nothing ends any more");
    }
}
