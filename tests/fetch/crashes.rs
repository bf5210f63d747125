//! Whatever a crash leaves, at any moment and with any damage, never leads to a file with wrong
//! bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::support::fault::{Act, FaultServer, send, serve};
use crate::support::{Rig, get, names_in};

/// The length of the file: some blocks of writing.
const TOTAL: usize = 400_000;
/// Number of pieces, and the wait before each: long enough for several manifests.
const PIECES: usize = 70;
const EVERY: Duration = Duration::from_millis(45);
/// How many copies are made of what is there.
const MOMENTS: usize = 36;

/// The file as the server has it in its two versions.
fn file(version: u8) -> &'static [u8] {
    static FILES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
        [0, 1].map(|version| {
            let mut random = fastrand::Rng::with_seed(version);
            (0..TOTAL).map(|_| random.u8(..)).collect()
        })
    });
    &FILES[usize::from(version)]
}

/// The value of a header.
fn value<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = header.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = lines.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    Some(value.trim())
}

/// The response of a server with ranges, and with validators if `marks`.
fn answer(header: &str, version: u8, marks: bool) -> Vec<u8> {
    let file = file(version);
    let mark = format!("\"version {version}\"");
    let mark = marks.then(|| mark.replace(' ', "-"));
    let is_same = value(header, "If-Range").is_none_or(|asked| Some(asked) == mark.as_deref());
    let range = value(header, "Range")
        .filter(|_| is_same)
        .and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let first = range.and_then(|(first, _)| first.parse().ok());
    let last = range.and_then(|(_, last)| last.parse().ok());
    let etag = mark.map_or(String::new(), |mark| format!("ETag: {mark}\r\n"));
    let (head, body) = match first {
        Some(first) if first >= TOTAL => {
            (format!("416 x\r\nContent-Range: bytes */{TOTAL}"), &[][..])
        }
        Some(first) => {
            let last = last.unwrap_or(TOTAL - 1);
            let head = format!("206 x\r\nContent-Range: bytes {first}-{last}/{TOTAL}");
            (head, &file[first..=last])
        }
        None => ("200 OK".to_owned(), file),
    };
    let length = body.len();
    let mut answer =
        format!("HTTP/1.1 {head}\r\n{etag}Content-Length: {length}\r\n\r\n").into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// A server whose first connection is slow, and whose later ones serve the version of the moment.
fn server(marks: bool, version: Arc<AtomicU8>) -> FaultServer {
    let whole = answer("", 0, marks);
    let mut slow = vec![Act::ReadRequest];
    for piece in whole.chunks(whole.len().div_ceil(PIECES)) {
        slow.extend([send(piece), Act::Wait(EVERY)]);
    }
    let fast = serve(move |header| answer(header, version.load(Ordering::SeqCst), marks));
    FaultServer::start(vec![slow, vec![fast]])
}

/// The `.part` and its record, as they are at this moment; in either order, as no moment is the
/// same for both.
fn copy(from: &Path, to: &Path, is_record_first: bool) {
    let mut names = ["x.bin.part", "x.bin.part.json"];
    if is_record_first {
        names.reverse();
    }
    for name in names {
        // There is no part before the first byte and after the last.
        let _ = fs::copy(from.join(name), to.join(name));
    }
}

fn damage(path: &Path, random: &mut fastrand::Rng, within: usize) {
    let Ok(mut bytes) = fs::read(path) else {
        return;
    };
    let within = within.min(bytes.len());
    for _ in 0..random.usize(1..6) {
        if within > 0 {
            // Often a digit: a valid manifest is more dangerous than an invalid one.
            let byte = match random.bool() {
                true => random.u8(b'0'..=b'9'),
                false => random.u8(..),
            };
            bytes[random.usize(..within)] = byte;
        }
    }
    fs::write(path, bytes).unwrap();
}

/// Copies of a download under way, each in its own folder.
fn moments(rig: &Rig, server: &FaultServer, root: &Path) -> Vec<PathBuf> {
    let folder = root.join("under way");
    let job = rig.save(get(&server.url("/x.bin")), &folder);
    let mut copies = Vec::new();
    let every = EVERY * PIECES as u32 / MOMENTS as u32;
    for number in 0..MOMENTS {
        let to = root.join(format!("copy {number}"));
        fs::create_dir(&to).unwrap();
        copy(&folder, &to, number % 2 == 0);
        copies.push(to);
        rig.drive_for(every);
    }
    rig.end_of(job).unwrap();
    assert!(fs::read(folder.join("x.bin")).unwrap() == file(0));
    copies
}

/// Resumes from a damaged copy, against each version of the file.
fn check(marks: bool, do_to: impl Fn(&Path, &mut fastrand::Rng)) -> usize {
    let version = Arc::new(AtomicU8::new(0));
    let server = server(marks, version.clone());
    let rig = Rig::new();
    let root = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(5);
    let mut resumed = 0;
    for copy in moments(&rig, &server, root.path()) {
        do_to(&copy, &mut random);
        // The file is usually unchanged.
        let now = random.u8(0..4) / 3;
        version.store(now, Ordering::SeqCst);
        let result = rig.end_of(rig.save(get(&server.url("/x.bin")), &copy));
        let fetched = result.unwrap_or_else(|error| panic!("{error:?} in {copy:?}"));
        let path = fetched.path.unwrap();
        assert!(
            fs::read(&path).unwrap() == file(now),
            "wrong bytes in {copy:?}, version {now}, resumed at {:?}",
            fetched.resumed_at
        );
        assert_eq!(path.parent(), Some(&*copy));
        // There may also be a part that could not be resumed, but no other file that looks
        // complete.
        for name in names_in(&copy) {
            let is_known = path.ends_with(&name) || name.starts_with("x.bin.part");
            assert!(is_known, "{name}");
        }
        if fetched.resumed_at.is_some() {
            assert_eq!(now, 0, "bytes of two versions");
            resumed += 1;
        }
    }
    resumed
}

#[test]
fn a_part_left_by_a_crash_resumes_and_ends_with_the_right_bytes() {
    for marks in [true, false] {
        let resumed = check(marks, |_, _| {});
        assert!(resumed >= 5, "only {resumed} went on");
    }
}

#[test]
fn a_part_of_any_length_ends_with_the_right_bytes() {
    check(false, |copy, random| {
        let path = copy.join("x.bin.part");
        if let Ok(file) = fs::OpenOptions::new().write(true).open(path) {
            let length = file.metadata().unwrap().len();
            // Sometimes it is longer: its length may be on the disk before its bytes are.
            file.set_len(random.u64(..length * 5 / 4 + 1)).unwrap();
        }
    });
}

#[test]
fn a_part_with_other_bytes_ends_with_the_right_ones() {
    check(false, |copy, random| {
        damage(&copy.join("x.bin.part"), random, TOTAL);
    });
}

#[test]
fn a_record_with_other_bytes_ends_with_the_right_ones() {
    for marks in [true, false] {
        check(marks, |copy, random| {
            // Usually within the text, which is far shorter than the padded lines.
            let within = if random.bool() { 700 } else { 20_000 };
            damage(&copy.join("x.bin.part.json"), random, within);
        });
    }
}

#[test]
fn both_with_other_bytes_end_with_the_right_ones() {
    check(true, |copy, random| {
        damage(&copy.join("x.bin.part"), random, TOTAL);
        damage(&copy.join("x.bin.part.json"), random, 700);
    });
}

#[test]
fn the_record_of_another_moment_ends_with_the_right_bytes() {
    let older = std::cell::RefCell::new(None::<Vec<u8>>);
    check(false, |copy, _| {
        let path = copy.join("x.bin.part.json");
        let newer = fs::read(&path).ok();
        if let Some(older) = &*older.borrow() {
            fs::write(&path, older).unwrap();
        }
        older.replace(newer);
    });
}
