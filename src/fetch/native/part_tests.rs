//! Parts by themselves: which of two records counts, and what is known of a part that is set aside when writing fails.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::SystemTime;

use super::disk::{Act, SystemDisk};
use super::disk_tests::{BadDisk, leaked, names_in, network};
use super::earlier::Unproved;
use super::part::Part;
use super::part_env::PartEnv;
use super::part_hasher::{HashKind, hash_of};
use super::record::Record;
use super::wanted::Wanted;
use crate::fetch::{ErrorClass, IfExists};

/// What parts are made with on the system's disk.
fn env() -> PartEnv {
    PartEnv {
        disk: &SystemDisk,
        key: network().key().clone(),
        hash: HashKind::Blake3,
    }
}

fn wanted(folder: &Path) -> Wanted<'_> {
    Wanted {
        folder,
        name: "x.bin",
        if_exists: IfExists::Rename,
        checksum: None,
        own_earlier: &[],
        is_doubtful: false,
        replaces_before: SystemTime::now(),
        has_remote_time: false,
    }
}

fn record() -> Record {
    Record::new(String::new(), hash_of("url"))
}

#[test]
fn a_file_that_comes_fast_is_complete_when_it_has_its_name() {
    let root = tempfile::tempdir().unwrap();
    let mut part = Part::create(&env(), root.path(), "x.bin", record()).unwrap();
    let bytes: Vec<u8> = (0..900_000_u32).map(|place| (place % 251) as u8).collect();
    for (number, block) in bytes.chunks(60_000).enumerate() {
        if number % 4 == 1 {
            part.pretend_fast();
        }
        part.write(block).unwrap();
    }
    assert_eq!(part.length(), 900_000);
    let finished = part.finish(wanted(root.path()), || Ok(())).unwrap();
    assert_eq!(names_in(root.path()), ["x.bin"]);
    assert!(fs::read(finished.path).unwrap() == bytes);
}

#[test]
fn what_a_thread_beside_could_not_write_does_not_count_and_the_rest_is_proved() {
    let root = tempfile::tempdir().unwrap();
    let disk = leaked(BadDisk::from(Act::Write, 4, ErrorKind::StorageFull));
    let mut part =
        Part::create(&PartEnv { disk, ..env() }, root.path(), "x.bin", record()).unwrap();
    part.write(&[7; 100_000]).unwrap();
    part.pretend_fast();
    let error = loop {
        if let Err(error) = part.write(&[8; 50_000]) {
            break error;
        }
    };
    assert_eq!(error.class, ErrorClass::DiskFull);
    assert_eq!(part.length(), 200_000);
    drop(part);
    let found = Unproved::find(&env(), root.path(), "x.bin", "url").part;
    let part = found.unwrap().prove(|| Ok(())).unwrap().unwrap();
    assert_eq!(part.length(), 200_000);
}

#[test]
fn a_failure_that_is_noticed_at_the_end_keeps_the_file_from_its_name() {
    let root = tempfile::tempdir().unwrap();
    let disk = leaked(BadDisk::from(Act::Write, 2, ErrorKind::StorageFull));
    let mut part =
        Part::create(&PartEnv { disk, ..env() }, root.path(), "x.bin", record()).unwrap();
    part.write(&[7; 100_000]).unwrap();
    part.pretend_fast();
    // It is only given.
    part.write(&[8; 50_000]).unwrap();
    let error = part.finish(wanted(root.path()), || Ok(())).unwrap_err();
    assert_eq!(
        (error.class, error.received),
        (ErrorClass::DiskFull, 100_000)
    );
    assert_eq!(names_in(root.path()), ["x.bin.part", "x.bin.part.json"]);
}

#[test]
fn of_two_records_of_the_same_bytes_the_newer_one_counts() {
    let root = tempfile::tempdir().unwrap();
    let mut part = Part::create(&env(), root.path(), "x.bin", record()).unwrap();
    part.write(b"hello").unwrap();
    part.set_record(|_| {});
    part.set_record(|record| record.total = Some(9));
    // As a crash leaves it.
    let copy = tempfile::tempdir().unwrap();
    for name in ["x.bin.part", "x.bin.part.json"] {
        fs::copy(root.path().join(name), copy.path().join(name)).unwrap();
    }
    let found = Unproved::find(&env(), copy.path(), "x.bin", "url")
        .part
        .unwrap();
    let found = found.prove(|| Ok(())).unwrap().unwrap();
    assert_eq!((found.length(), found.record().total), (5, Some(9)));
}

/// The record of the fresh part cannot be written, as after a crash at this moment.
#[test]
fn what_is_aside_is_known_at_every_moment() {
    let root = tempfile::tempdir().unwrap();
    let disk = leaked(BadDisk::from(Act::Record, 4, ErrorKind::Other));
    let mut part =
        Part::create(&PartEnv { disk, ..env() }, root.path(), "x.bin", record()).unwrap();
    part.write(&[7; 200_000]).unwrap();
    part.set_record(|_| {});
    drop(part.set_aside().unwrap());
    let names = ["x.bin.part", "x.bin.part.json", "x.bin.part.old"];
    assert_eq!(names_in(root.path()), names);
    let found = Unproved::find(&env(), root.path(), "x.bin", "url").part;
    let mut part = found.unwrap().prove(|| Ok(())).unwrap().unwrap();
    assert_eq!((part.length(), part.record().farthest()), (0, 200_000));
    assert_eq!(
        part.set_aside_in(),
        Some(root.path().join("x.bin.part.old"))
    );
    part.write(b"hello").unwrap();
    part.finish(wanted(root.path()), || Ok(())).unwrap();
    assert_eq!(names_in(root.path()), ["x.bin"]);
    assert_eq!(fs::read(root.path().join("x.bin")).unwrap(), b"hello");

    // The part had moved already, and the fresh one was not made yet.
    let disk = leaked(BadDisk::from(Act::Record, 4, ErrorKind::Other));
    let mut part =
        Part::create(&PartEnv { disk, ..env() }, root.path(), "y.bin", record()).unwrap();
    part.write(&[7; 200_000]).unwrap();
    part.set_record(|_| {});
    drop(part.set_aside().unwrap());
    fs::remove_file(root.path().join("y.bin.part")).unwrap();
    let part = Part::create(&env(), root.path(), "y.bin", record()).unwrap();
    assert_eq!(
        part.set_aside_in(),
        Some(root.path().join("y.bin.part.old"))
    );
}
