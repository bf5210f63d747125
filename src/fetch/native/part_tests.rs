//! Parts by themselves: which of two records counts, and what is known of a part that is set aside when writing fails.

use std::fs;
use std::io::ErrorKind;
use std::time::SystemTime;

use super::disk::{Act, SystemDisk};
use super::disk_tests::{BadDisk, leaked, names_in, network};
use super::earlier::Unproved;
use super::part::Part;
use super::part_env::PartEnv;
use super::part_hasher::{HashKind, hash_of};
use super::record::Record;
use super::wanted::Wanted;
use crate::fetch::IfExists;

/// What parts are made with on the system's disk.
fn env() -> PartEnv {
    PartEnv {
        disk: &SystemDisk,
        key: network().key().clone(),
        hash: HashKind::Blake3,
    }
}

#[test]
fn of_two_records_of_the_same_bytes_the_newer_one_counts() {
    let root = tempfile::tempdir().unwrap();
    let record = || Record::new(String::new(), hash_of("url"));
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
    let record = Record::new(String::new(), hash_of("url"));
    let disk = leaked(BadDisk::from(Act::Record, 4, ErrorKind::Other));
    let mut part = Part::create(&PartEnv { disk, ..env() }, root.path(), "x.bin", record).unwrap();
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
    let wanted = Wanted {
        folder: root.path(),
        name: "x.bin",
        if_exists: IfExists::Rename,
        checksum: None,
        own_earlier: &[],
        is_doubtful: false,
        replaces_before: SystemTime::now(),
    };
    part.finish(wanted, || Ok(())).unwrap();
    assert_eq!(names_in(root.path()), ["x.bin"]);
    assert_eq!(fs::read(root.path().join("x.bin")).unwrap(), b"hello");

    // The part had moved already, and the fresh one was not made yet.
    let record = || Record::new(String::new(), hash_of("url"));
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
