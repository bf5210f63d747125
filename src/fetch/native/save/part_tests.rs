//! Parts by themselves: which of two records counts, and what is known of a part that is set aside
//! when writing fails.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Barrier, LazyLock};
use std::thread;
use std::time::SystemTime;

use super::disk::{DiskOp, SystemDisk};
use super::disk_tests::{BadDisk, key, leaked, names_in};
use super::final_name::FinalName;
use super::part::{Part, copies_of_files, pretend_fast};
use super::part_env::PartEnv;
use crate::fetch::client::resume::{HashKind, PartManifest, Unverified, hash_of};
use crate::fetch::{CompletePart, ErrorClass, Fetched, IfExists, RenameNotice};

/// What parts are made with on the system's disk.
fn env() -> PartEnv {
    PartEnv {
        disk: &SystemDisk,
        key: key(),
        hash: HashKind::Blake3,
    }
}

/// What a test's file is said to be.
static NOTHING: LazyLock<Fetched> = LazyLock::new(Fetched::default);

fn final_name(folder: &Path) -> FinalName<'_> {
    FinalName {
        folder,
        name: "x.bin",
        if_exists: IfExists::Rename,
        checksum: None,
        previous_files: &[],
        is_doubtful: false,
        replaces_before: SystemTime::now(),
        has_remote_time: false,
        fetched: &NOTHING,
        notice: None,
    }
}

fn manifest() -> PartManifest {
    PartManifest::new(String::new(), hash_of("url"))
}

fn resume(found: Unverified) -> Part {
    let verified = found.verify(HashKind::Blake3, || Ok(())).unwrap();
    Part::resume(&env(), verified.unwrap())
}

#[test]
fn parts_of_one_name_that_begin_at_once_are_one_each() {
    const THREADS: usize = 8;
    for _ in 0..100 {
        let root = tempfile::tempdir().unwrap();
        let start = Barrier::new(THREADS);
        let begin = || {
            start.wait();
            Part::create(&env(), root.path(), "x.bin", manifest()).unwrap()
        };
        let parts: Vec<Part> = thread::scope(|scope| {
            let begun = [(); THREADS].map(|()| scope.spawn(begin));
            begun.map(|thread| thread.join().unwrap()).into()
        });
        let mut paths: Vec<_> = parts.iter().map(|part| part.path().to_owned()).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), THREADS);
        assert!(paths.iter().all(|path| path.exists()));
    }
}

#[test]
fn a_file_that_took_a_parts_place_keeps_its_own_name() {
    let root = tempfile::tempdir().unwrap();
    let mut part = Part::create(&env(), root.path(), "x.bin", manifest()).unwrap();
    part.write(b"mine").unwrap();
    let path = part.path().to_owned();
    let notice = RenameNotice::new(move |_part: &CompletePart<'_>| {
        fs::remove_file(&path).unwrap();
        fs::write(&path, "of another").unwrap();
    });
    let name = FinalName {
        notice: Some(&notice),
        ..final_name(root.path())
    };
    let error = part.finish(name, || Ok(())).unwrap_err();
    assert_eq!(error.class, ErrorClass::Permission);
    assert_eq!(
        fs::read(root.path().join("x.bin.part")).unwrap(),
        b"of another"
    );
    assert!(!root.path().join("x.bin").exists());
}

#[test]
fn a_file_that_comes_fast_is_complete_when_it_has_its_name() {
    let root = tempfile::tempdir().unwrap();
    let mut part = Part::create(&env(), root.path(), "x.bin", manifest()).unwrap();
    let bytes: Vec<u8> = (0..900_000_u32).map(|place| (place % 251) as u8).collect();
    for (number, block) in bytes.chunks(60_000).enumerate() {
        if number % 4 == 1 {
            pretend_fast(&mut part);
        }
        part.write(block).unwrap();
    }
    assert_eq!(part.length(), 900_000);
    let finished = part.finish(final_name(root.path()), || Ok(())).unwrap();
    assert_eq!(names_in(root.path()), ["x.bin"]);
    assert!(fs::read(finished.path).unwrap() == bytes);
}

#[test]
fn what_a_thread_beside_could_not_write_does_not_count_and_the_rest_is_proved() {
    let root = tempfile::tempdir().unwrap();
    let disk = leaked(BadDisk::from(DiskOp::Write, 4, ErrorKind::StorageFull));
    let mut part =
        Part::create(&PartEnv { disk, ..env() }, root.path(), "x.bin", manifest()).unwrap();
    part.write(&[7; 100_000]).unwrap();
    pretend_fast(&mut part);
    let error = loop {
        if let Err(error) = part.write(&[8; 50_000]) {
            break error;
        }
    };
    assert_eq!(error.class, ErrorClass::DiskFull);
    assert_eq!(part.length(), 200_000);
    drop(part);
    let found = Unverified::find(&key(), root.path(), "x.bin", "url").part;
    let part = resume(found.unwrap());
    assert_eq!(part.length(), 200_000);
}

/// Until it runs its program, a process that is being started has a copy of every open file.
#[test]
fn a_part_is_free_once_it_is_left_whatever_process_begins_meanwhile() {
    let root = tempfile::tempdir().unwrap();
    let mut part = Part::create(&env(), root.path(), "x.bin", manifest()).unwrap();
    part.write(&[7; 200_000]).unwrap();
    part.update_manifest(|manifest| manifest.total = Some(900_000));
    let copies = copies_of_files(&part);
    let find = || Unverified::find(&key(), root.path(), "x.bin", "url").part;
    assert!(find().is_none(), "it is in use");
    drop(part);
    let part = resume(find().expect("nobody uses it"));
    assert_eq!(part.length(), 200_000);
    drop(copies);
}

#[test]
fn a_failure_that_is_noticed_at_the_end_keeps_the_file_from_its_name() {
    let root = tempfile::tempdir().unwrap();
    let disk = leaked(BadDisk::from(DiskOp::Write, 2, ErrorKind::StorageFull));
    let mut part =
        Part::create(&PartEnv { disk, ..env() }, root.path(), "x.bin", manifest()).unwrap();
    part.write(&[7; 100_000]).unwrap();
    pretend_fast(&mut part);
    // It is only given.
    part.write(&[8; 50_000]).unwrap();
    let error = part.finish(final_name(root.path()), || Ok(())).unwrap_err();
    assert_eq!(
        (error.class, error.received),
        (ErrorClass::DiskFull, 100_000)
    );
    assert_eq!(names_in(root.path()), ["x.bin.part", "x.bin.part.json"]);
}

#[test]
fn of_two_records_of_the_same_bytes_the_newer_one_counts() {
    let root = tempfile::tempdir().unwrap();
    let mut part = Part::create(&env(), root.path(), "x.bin", manifest()).unwrap();
    part.write(b"hello").unwrap();
    part.update_manifest(|_| {});
    part.update_manifest(|manifest| manifest.total = Some(9));
    // As a crash leaves it.
    let copy = tempfile::tempdir().unwrap();
    for name in ["x.bin.part", "x.bin.part.json"] {
        fs::copy(root.path().join(name), copy.path().join(name)).unwrap();
    }
    let found = Unverified::find(&key(), copy.path(), "x.bin", "url")
        .part
        .unwrap();
    let found = resume(found);
    assert_eq!((found.length(), found.manifest().total), (5, Some(9)));
}

/// The record of the fresh part cannot be written, as after a crash at this moment.
#[test]
fn what_is_aside_is_known_at_every_moment() {
    let root = tempfile::tempdir().unwrap();
    let disk = leaked(BadDisk::from(DiskOp::WriteManifest, 4, ErrorKind::Other));
    let mut part =
        Part::create(&PartEnv { disk, ..env() }, root.path(), "x.bin", manifest()).unwrap();
    part.write(&[7; 200_000]).unwrap();
    part.update_manifest(|_| {});
    drop(part.set_aside().unwrap());
    let names = ["x.bin.part", "x.bin.part.json", "x.bin.part.old"];
    assert_eq!(names_in(root.path()), names);
    let found = Unverified::find(&key(), root.path(), "x.bin", "url").part;
    let mut part = resume(found.unwrap());
    assert_eq!(
        (part.length(), part.manifest().high_water_mark()),
        (0, 200_000)
    );
    assert_eq!(
        part.set_aside_in(),
        Some(root.path().join("x.bin.part.old"))
    );
    part.write(b"hello").unwrap();
    part.finish(final_name(root.path()), || Ok(())).unwrap();
    assert_eq!(names_in(root.path()), ["x.bin"]);
    assert_eq!(fs::read(root.path().join("x.bin")).unwrap(), b"hello");

    // The part had moved already, and the fresh one was not made yet.
    let disk = leaked(BadDisk::from(DiskOp::WriteManifest, 4, ErrorKind::Other));
    let mut part =
        Part::create(&PartEnv { disk, ..env() }, root.path(), "y.bin", manifest()).unwrap();
    part.write(&[7; 200_000]).unwrap();
    part.update_manifest(|_| {});
    drop(part.set_aside().unwrap());
    fs::remove_file(root.path().join("y.bin.part")).unwrap();
    let part = Part::create(&env(), root.path(), "y.bin", manifest()).unwrap();
    assert_eq!(
        part.set_aside_in(),
        Some(root.path().join("y.bin.part.old"))
    );
}
