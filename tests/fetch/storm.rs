//! A storm of small downloads that are paused, resumed and cancelled at random, the same acts for the same seed: none
//! hangs, none has a wrong byte, and nothing is left behind.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::{Duration, Instant};

use jobdeck::fetch::{FetchExt, Fetched, NameRule};
use jobdeck::runtime::{JobHandle, Lifecycle, Outcome};

use crate::support::fault::{FaultServer, serve};
use crate::support::{PATIENCE, Rig, get, names_in};

/// How many downloads there are.
const JOBS: usize = 1_500;
/// How many there are for whoever has the time: `cargo test … -- --ignored`.
const MANY_JOBS: usize = 10_000;
/// How many at a time.
const AT_A_TIME: usize = 64;
/// The longest body.
const BODY_MAX_BYTES: usize = 200_000;
/// One in so many is saved, which costs the disk a flush each; the others are kept as text.
const SAVED_ONE_IN: u64 = 4;

const CHILD: &str = "JOBDECK_TEST_STORM_CHILD";

#[test]
fn many_downloads() {
    in_a_process_of_its_own("storm::many_downloads", || storm(JOBS, 1));
}

#[test]
#[ignore = "takes its time"]
fn very_many_downloads() {
    in_a_process_of_its_own("storm::very_many_downloads", || storm(MANY_JOBS, 2));
}

/// The tests beside this one have threads and files, too.
fn in_a_process_of_its_own(test: &str, run: impl FnOnce()) {
    if std::env::var_os(CHILD).is_some() {
        return run();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--include-ignored"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("1 passed"), "{text}");
    println!("{text}");
}

/// The body of a number: letters, so that it can be kept as text, none like another's.
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
    // As over a real network: otherwise it would be over before anything could disturb it.
    std::thread::sleep(Duration::from_millis(number % 16));
    let body = body_of(number);
    if !number.is_multiple_of(3) {
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        answer.extend_from_slice(&body);
        return answer;
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

struct Flying {
    number: u64,
    handle: JobHandle<Fetched>,
    was_cancelled: bool,
}

fn storm(jobs: usize, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().unwrap();
    let before = open_now();
    let server = FaultServer::always(vec![serve(answer)]);
    let rig = Rig::new();
    let start = |number: u64| {
        let request = get(&server.url(&format!("/{number}")));
        let folder = folder.path().to_owned();
        let handle = rig.runtime.spawn("storm", async move |cx| {
            let fetch = cx.fetch(request);
            if number.is_multiple_of(SAVED_ONE_IN) {
                fetch.save(folder, NameRule::FromServer).await
            } else {
                fetch.text(BODY_MAX_BYTES as u64).await
            }
        });
        Flying {
            number,
            handle,
            was_cancelled: false,
        }
    };
    let mut flying: Vec<Flying> = Vec::new();
    let mut numbers = 0..jobs as u64;
    let (mut done, mut cancelled, mut pauses, mut saved) = (0, 0, 0, 0);
    let mut last_end = Instant::now();
    loop {
        while flying.len() < AT_A_TIME {
            let Some(number) = numbers.next() else {
                break;
            };
            flying.push(start(number));
        }
        if flying.is_empty() {
            break;
        }
        // Some of them are disturbed, wherever they are.
        for _ in 0..random.usize(0..AT_A_TIME) {
            let one = random.usize(0..flying.len());
            let one = &mut flying[one];
            match random.u8(0..12) {
                0 => one.was_cancelled |= one.handle.cancel(),
                1..=6 => pauses += usize::from(one.handle.pause()),
                _ => {
                    one.handle.resume();
                }
            }
        }
        // Most of those that are paused go on soon, and none is left alone for ever.
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
                    saved += usize::from(check(&one));
                }
                Some(Outcome::Cancelled) => {
                    assert!(one.was_cancelled, "{}", one.number);
                    cancelled += 1;
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
    assert_eq!(done + cancelled, jobs);
    assert!(
        cancelled > jobs / 100 && pauses > jobs / 10,
        "{cancelled} cancelled, {pauses} paused"
    );
    // Those that were cancelled left what had come, to go on with, or the complete file.
    let mut names = names_in(folder.path());
    names.retain(|name| !name.ends_with(".part.json"));
    for name in &names {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        let whole = |number: &str| {
            let number = number.parse();
            body_of(number.unwrap_or_else(|_| panic!("{name} was left")))
        };
        match name.strip_suffix(".part") {
            Some(number) => assert!(whole(number).starts_with(&bytes), "{name}"),
            None => assert!(whole(name) == bytes, "{name}"),
        }
    }
    names.retain(|name| !name.ends_with(".part"));
    assert!(names.len() >= saved);
    // One connection serves many, but a cancelled one is not used again.
    assert!(
        server.connections() < jobs / 2,
        "{} connections",
        server.connections()
    );
    println!(
        "{done} done ({saved} saved), {cancelled} cancelled ({} with a file), {pauses} pauses, {} connections",
        names.len() - saved,
        server.connections()
    );
    assert_eq!(rig.runtime.busy_workers(), 0);
    assert_eq!(rig.runtime.abandoned_workers(), 0);
    drop(rig);
    drop(server);
    // The pool of the client may keep its ends of some connections.
    let idle_at_most = jobdeck::settings::MAX_IDLE_CONNECTIONS_PER_HOST;
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

/// Whether its bytes were saved; they are the right ones, wherever they are.
#[track_caller]
fn check(one: &Flying) -> bool {
    let fetched = one.handle.take_value().unwrap();
    let expected = body_of(one.number);
    assert_eq!(fetched.received, expected.len() as u64);
    match (&fetched.path, &fetched.text) {
        (Some(path), None) => {
            assert!(std::fs::read(path).unwrap() == expected, "{}", one.number);
            assert_eq!(
                path.file_name().unwrap().to_str().unwrap(),
                one.number.to_string()
            );
            true
        }
        (None, Some(text)) => {
            assert!(text.as_bytes() == expected, "{}", one.number);
            false
        }
        other => panic!("{}: {other:?}", one.number),
    }
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
