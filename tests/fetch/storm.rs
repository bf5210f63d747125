//! A storm of small downloads, http and https, paused, resumed, cancelled at random and restarted
//! until done, the same for the same seed: none hangs, none has a wrong byte, and nothing is left.

#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use jobdeck::fetch::{FetchExt, Fetched, IfExists, Save};
use jobdeck::runtime::{JobHandle, Lifecycle, Outcome};

use crate::support::fault::FaultServer;
use crate::support::fault::serve;
use crate::support::tls::Authority;
use crate::support::{PATIENCE, Rig, get, in_a_process_of_its_own, names_in};

/// How many downloads there are.
const JOBS: usize = 1_500;
/// Number of downloads of the long run: `cargo test … -- --ignored`.
const MANY_JOBS: usize = 10_000;
/// How many at a time.
const AT_A_TIME: usize = 64;
/// The longest body.
const BODY_MAX_BYTES: usize = 200_000;
/// One in this many is saved, which flushes the disk; the others are kept as text.
const SAVED_ONE_IN: u64 = 4;

/// After this many attempts a download is not disturbed any more, so that it ends.
const MAX_TRIES: u32 = 4;

#[test]
fn many_downloads() {
    in_a_process_of_its_own("storm::many_downloads", || storm(JOBS, 1));
}

#[test]
#[ignore = "40 s of both processors for what the 1,500 above show too; for a release"]
fn very_many_downloads() {
    in_a_process_of_its_own("storm::very_many_downloads", || storm(MANY_JOBS, 2));
}

/// A different body for each number, of letters, so that it can be kept as text.
fn body_of(number: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(number);
    // Most are small, as most files are.
    let most_bytes = BODY_MAX_BYTES >> random.u32(0..8);
    let length = random.usize(0..=most_bytes);
    let mut body = format!("{number}:").into_bytes();
    let mut letters = [0; 8];
    while body.len() < length {
        letters.copy_from_slice(&random.u64(..).to_le_bytes());
        body.extend(letters.map(|byte| b'a' + byte % 26));
    }
    body.truncate(length);
    body
}

/// The answer to a request for `/number`: of its length, or in chunks.
fn answer(header: &str) -> Vec<u8> {
    let path = header.split(' ').nth(1).unwrap();
    let number: u64 = path.trim_start_matches('/').parse().unwrap();
    // As slow as a real network: otherwise the download would end before it is disturbed.
    std::thread::sleep(Duration::from_millis(number % 16));
    let body = body_of(number);
    if !number.is_multiple_of(3) {
        let length = body.len();
        let (status, rest) = match range_of(header) {
            Some(first) if first < length => (
                format!(
                    "206 Partial Content\r\nContent-Range: bytes {first}-{}/{length}",
                    length - 1
                ),
                &body[first..],
            ),
            _ => ("200 OK".to_owned(), &body[..]),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
            rest.len()
        );
        return [head.as_bytes(), rest].concat();
    }
    let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(10_007) {
        answer.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        answer.extend_from_slice(chunk);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"0\r\n\r\n");
    answer
}

/// The first byte that a request asks for, where it asks for a part.
fn range_of(header: &str) -> Option<usize> {
    let header = header.to_ascii_lowercase();
    let (_, after) = header.split_once("range: bytes=")?;
    after.split('-').next()?.parse().ok()
}

struct Flying {
    number: u64,
    handle: JobHandle<Fetched>,
    was_cancelled: bool,
    tries: u32,
}

fn storm(jobs: usize, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().unwrap();
    let before = open_now();
    let plain = FaultServer::always(vec![serve(answer)]);
    let authority = Authority::new();
    let secure = authority.server(vec![vec![serve(answer)]]);
    let rig = Rig::new();
    let start = |(number, tries): (u64, u32)| {
        let path = format!("/{number}");
        let request = if number.is_multiple_of(2) {
            get(&plain.url(&path))
        } else {
            get(&secure.url(&path)).with_extra_certificates(authority.certificates())
        };
        let folder = folder.path().to_owned();
        let handle = rig.runtime.spawn("storm", async move |cx| {
            let fetch = cx.fetch(request);
            if number.is_multiple_of(SAVED_ONE_IN) {
                // A cancel may come when the file already has its name.
                let save = Save::in_folder(folder).if_exists(IfExists::Skip);
                fetch.save_as(save).await
            } else {
                fetch.text(BODY_MAX_BYTES as u64).await
            }
        });
        Flying {
            number,
            handle,
            was_cancelled: false,
            tries,
        }
    };
    let mut flying: Vec<Flying> = Vec::new();
    let mut numbers = (0..jobs as u64).map(|number| (number, 1));
    let mut begun_again = Vec::new();
    let (mut done, mut cancelled, mut pauses, mut saved, mut went_on) = (0, 0, 0, 0, 0);
    let mut last_end = Instant::now();
    loop {
        while flying.len() < AT_A_TIME {
            let Some(next) = numbers.next().or_else(|| begun_again.pop()) else {
                break;
            };
            flying.push(start(next));
        }
        if flying.is_empty() {
            break;
        }
        // Disturbs some of them, in any phase.
        for _ in 0..random.usize(0..=flying.len()) {
            let one = random.usize(0..flying.len());
            let one = &mut flying[one];
            match random.u8(0..12) {
                0 if one.tries < MAX_TRIES => one.was_cancelled |= one.handle.cancel(),
                1..=6 => pauses += usize::from(one.handle.pause()),
                _ => {
                    one.handle.resume();
                }
            }
        }
        // Most paused ones are resumed soon, and none stays paused for ever.
        for one in &flying {
            let is_stopped = matches!(
                one.handle.lifecycle(),
                Lifecycle::Paused { .. } | Lifecycle::Pausing { .. }
            );
            if is_stopped && random.u8(0..8) == 0 {
                one.handle.resume();
            }
        }
        rig.runtime.tick(Duration::from_millis(4));
        rig.host.park(Some(Duration::from_millis(1)));
        for place in (0..flying.len()).rev() {
            if !flying[place].handle.is_finished() {
                continue;
            }
            last_end = Instant::now();
            let one = flying.swap_remove(place);
            match one.handle.outcome() {
                Some(Outcome::Done) => {
                    done += 1;
                    let fetched = check(&one);
                    saved += usize::from(fetched.path.is_some());
                    went_on += usize::from(fetched.resumed_at.is_some());
                }
                Some(Outcome::Cancelled) => {
                    assert!(one.was_cancelled, "{}", one.number);
                    cancelled += 1;
                    begun_again.push((one.number, one.tries + 1));
                }
                other => panic!("{}: {other:?}", one.number),
            }
        }
        assert!(
            last_end.elapsed() < PATIENCE,
            "nothing ends any more: {:?}",
            flying.iter().map(|one| one.number).collect::<Vec<_>>()
        );
    }
    assert_eq!(done, jobs);
    assert!(
        cancelled > jobs / 100 && pauses > jobs / 10,
        "{cancelled} cancelled, {pauses} paused"
    );
    // Whether a cancel hit the middle of a saved body is chance; `resuming.rs` tests that such a
    // download resumes.
    println!("{cancelled} cancelled, {pauses} paused, {went_on} went on");
    // Every file exists once, and nothing else.
    let names = names_in(folder.path());
    assert_eq!(names.len(), saved, "{names:?}");
    for name in &names {
        let number = name.parse();
        let expected = body_of(number.unwrap_or_else(|_| panic!("{name} was left")));
        assert!(
            std::fs::read(folder.path().join(name)).unwrap() == expected,
            "{name}"
        );
    }
    // A connection serves many requests, but is not reused after a cancel.
    let connections = plain.connections() + secure.connections();
    assert!(
        connections < jobs / 2 + cancelled,
        "{connections} connections"
    );
    println!(
        "{done} done ({saved} saved, {went_on} went on), {cancelled} cancels, {pauses} pauses, \
         {connections} connections"
    );
    assert_eq!(rig.runtime.busy_workers(), 0);
    assert_eq!(rig.runtime.abandoned_workers(), 0);
    drop(rig);
    drop((plain, secure));
    // The pool of the client may keep its ends of some connections.
    let idle_at_most = 2 * jobdeck::fetch::limits::MAX_IDLE_CONNECTIONS_PER_HOST;
    let began = Instant::now();
    loop {
        let now = open_now();
        if now.0 <= before.0 && now.1 <= before.1 + idle_at_most {
            break;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "threads and files: {before:?}, then {now:?}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Its bytes are the right ones, wherever they are.
#[track_caller]
fn check(one: &Flying) -> Fetched {
    let fetched = one.handle.take_value().unwrap();
    let expected = body_of(one.number);
    match (&fetched.path, &fetched.text) {
        (Some(path), None) => {
            assert!(std::fs::read(path).unwrap() == expected, "{}", one.number);
            let name = path.file_name().unwrap().to_str().unwrap();
            assert_eq!(name, one.number.to_string());
        }
        (None, Some(text)) => assert!(text.as_bytes() == expected, "{}", one.number),
        other => panic!("{}: {other:?}", one.number),
    }
    if !fetched.skipped {
        assert_eq!(fetched.received, expected.len() as u64);
    }
    fetched
}

/// How many threads and file descriptors this process has.
fn open_now() -> (usize, usize) {
    let count = |what: &str| {
        std::fs::read_dir(format!("/proc/self/{what}"))
            .unwrap()
            .count()
    };
    (count("task"), count("fd"))
}
