//! A file that a server, another program or another user put in the place of a part is never
//! resumed, written to, followed or deleted.

use std::fs;
use std::path::Path;

use jobdeck::fetch::{
    Checksum, ClientPool, ErrorClass, Fetched, IfExists, NameRule, NoteCode, Phase, Save,
};

use crate::support::fault::{Act, send, serve};
use crate::support::{Place, Rig, body, data_folder, get};

/// The length of the file.
const TOTAL: usize = 150_000;
/// Bytes sent before the connection is cut.
const CUT: usize = 100_000;

fn file() -> Vec<u8> {
    body(TOTAL)
}

/// The whole file, or the part of it that is asked for.
fn answer(header: &str) -> Vec<u8> {
    let range = range_of(header);
    let (first, last) = range.unwrap_or((0, TOTAL - 1));
    let head = match range {
        None => "200 OK".to_owned(),
        Some(_) => format!("206 Partial Content\r\nContent-Range: bytes {first}-{last}/{TOTAL}"),
    };
    let body = &file()[first..=last];
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\nETag: \"v1\"\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// The first and the last byte that a request asks for.
fn range_of(header: &str) -> Option<(usize, usize)> {
    let header = header.to_ascii_lowercase();
    let (_, range) = header.split_once("range: bytes=")?;
    let (first, last) = range.lines().next()?.split_once('-')?;
    Some((
        first.parse().ok()?,
        last.trim().parse().unwrap_or(TOTAL - 1),
    ))
}

fn good() -> Vec<Act> {
    vec![serve(answer)]
}

fn cut() -> Vec<Act> {
    let head = format!("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: {TOTAL}\r\n\r\n");
    vec![Act::ReadRequest, send(head), send(&file()[..CUT])]
}

/// A place where the first connection was cut: there is a part of [`CUT`] bytes.
fn place_with_part() -> Place {
    let place = Place::new(vec![cut(), good()]);
    place.save(IfExists::Rename).unwrap_err();
    assert_eq!(place.names(), ["x.bin.part", "x.bin.part.json"]);
    place
}

/// The file is there under this name, from its first byte on.
#[track_caller]
fn assert_fresh(place: &Place, fetched: &Fetched, name: &str) {
    assert_eq!(fetched.path.as_deref(), Some(&*place.path(name)));
    assert_eq!(fetched.resumed_at, None);
    assert!(fs::read(place.path(name)).unwrap() == file(), "other bytes");
}

/// The manifest of a part with these bytes in the format of version 1: unsigned.
fn forged(url: &str, bytes: &[u8]) -> String {
    let line = format!(
        "{{\"version\":1,\"serial\":9,\"url\":\"{url}\",\"url_sha256\":\"{}\",\"final_url\":\"{url}\",\
         \"name\":\"evil.sh\",\"etag\":\"\\\"v1\\\"\",\"last_modified\":null,\"total\":{TOTAL},\
         \"content_type\":null,\"content_encoding\":null,\"aside\":[\"../x\"],\"earlier_bytes\":0,\
         \"good_bytes\":{},\"good_sha256\":\"{}\"}}",
        Checksum::of(url.as_bytes()).hex(),
        bytes.len(),
        Checksum::of(bytes).hex()
    );
    format!("{line:<8191}\n{line:<8191}\n")
}

#[test]
fn names_from_a_server_cannot_be_those_of_a_part() {
    let good_url = "http://good.example/setup.bin";
    let evil = vec![6; CUT];
    let manifest = forged(good_url, &evil);
    for (name, bytes, saved) in [
        ("setup.bin.part", &evil[..], "setup.bin.part_"),
        (
            "setup.bin.part.json",
            manifest.as_bytes(),
            "setup.bin.part.json_",
        ),
        ("setup.bin.part.old", b"x", "setup.bin.part.old_"),
        ("Setup.bin.PART.OLD12", b"x", "Setup.bin.PART.OLD12_"),
    ] {
        for in_header in [true, false] {
            let header = match in_header {
                true => format!("\r\nContent-Disposition: attachment; filename=\"{name}\""),
                false => String::new(),
            };
            let length = bytes.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}{header}\r\n\r\n");
            let place = Place::new(vec![vec![Act::ReadRequest, send(head), send(bytes)]]);
            let path = match in_header {
                true => "/x".to_owned(),
                false => format!("/{name}"),
            };
            let request = get(&place.server.url(&path));
            place
                .rig
                .end_of(place.rig.save(request, &place.folder))
                .unwrap();
            assert_eq!(place.names(), [saved]);
        }
    }
}

#[test]
fn a_planted_part_is_not_what_a_later_download_begins_with() {
    let place = Place::new(vec![good()]);
    let evil = vec![6; CUT];
    let manifest = forged(&place.server.url("/x.bin"), &evil);
    fs::write(place.path("x.bin.part"), &evil).unwrap();
    fs::write(place.path("x.bin.part.json"), &manifest).unwrap();
    let fetched = place.save(IfExists::Rename).unwrap();
    assert_fresh(&place, &fetched, "x.bin");
    let note = &fetched.notes[0];
    assert_eq!(note.code, NoteCode::PartLeftAlone);
    assert!(note.text.contains("--continue-from"), "{}", note.text);
    assert!(note.text.contains("x.bin.part"), "{}", note.text);
    // Neither was touched.
    assert_eq!(place.names(), ["x.bin", "x.bin.part", "x.bin.part.json"]);
    assert_eq!(fs::read(place.path("x.bin.part")).unwrap(), evil);
    assert_eq!(
        fs::read_to_string(place.path("x.bin.part.json")).unwrap(),
        manifest
    );
}

/// Also a part made by the program itself with another user's key.
#[test]
fn a_part_that_is_marked_by_another_key_is_used_only_on_request() {
    let mut place = place_with_part();
    let data = place.root.path().join("other user");
    place.rig = Rig::with_data_folder(&data);
    let fetched = place.save(IfExists::Rename).unwrap();
    assert_fresh(&place, &fetched, "x.bin");
    assert_eq!(fetched.notes[0].code, NoteCode::PartLeftAlone);
    assert_eq!(place.names(), ["x.bin", "x.bin.part", "x.bin.part.json"]);

    let save = Save::in_folder(&place.folder).continuing(place.path("x.bin.part"));
    let fetched = place.save_as(place.request(), save).unwrap();
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
    assert!(fs::read(place.path("x (1).bin")).unwrap() == file());
    assert_eq!(place.names(), ["x (1).bin", "x.bin"]);
}

#[test]
fn a_foreign_part_is_left_alone() {
    for bytes in [&b""[..], b"of another program", &[0; 200_000]] {
        let place = Place::new(vec![good()]);
        fs::write(place.path("x.bin.part"), bytes).unwrap();
        let fetched = place.save(IfExists::Rename).unwrap();
        assert_fresh(&place, &fetched, "x.bin");
        assert_eq!(fs::read(place.path("x.bin.part")).unwrap(), bytes);
        assert_eq!(place.names(), ["x.bin", "x.bin.part"]);
    }
}

#[test]
fn a_name_that_would_be_a_parts_is_never_written_over() {
    // The first download waits for the second one's request.
    let held = vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {TOTAL}\r\n\r\n"
        )),
        send(&file()[..CUT]),
        Act::AwaitRequests(2),
        send(&file()[CUT..]),
    ];
    let named = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\
                 Content-Disposition: attachment; filename=\"x.bin.part\"\r\n\r\nbad";
    let place = Place::new(vec![held, vec![Act::ReadRequest, send(named)]]);
    let save = || place.rules(IfExists::Overwrite);
    let first = place.rig.save_as(place.request(), save());
    place
        .rig
        .drive_until("the first bytes", || first.progress().0 == CUT as u64);
    let second = place.rig.save_as(get(&place.server.url("/other")), save());
    let second = place.rig.end_of(second).unwrap();
    assert_eq!(second.path.as_deref(), Some(&*place.path("x.bin.part_")));
    let first = place.rig.end_of(first).unwrap();
    assert_fresh(&place, &first, "x.bin");
    assert_eq!(place.names(), ["x.bin", "x.bin.part_"]);
}

/// A given name must not be that of a part.
#[test]
fn a_part_in_use_is_not_overwritten_by_a_name_that_was_given() {
    let place = place_with_part();
    let before = fs::read(place.path("x.bin.part")).unwrap();
    let save = Save::in_folder(&place.folder)
        .named(NameRule::Named("x.bin.part".to_owned()))
        .if_exists(IfExists::Overwrite);
    let request = get(&place.server.url("/other"));
    let error = place.save_as(request, save).unwrap_err();
    assert!(error.message.contains(".part"), "{error:?}");
    assert_eq!(fs::read(place.path("x.bin.part")).unwrap(), before);
    // It can still be resumed.
    assert_eq!(
        place.save(IfExists::Rename).unwrap().resumed_at,
        Some(CUT as u64)
    );
}

#[test]
fn a_manifest_says_nothing_about_the_name() {
    let place = Place::new(vec![good()]);
    let bytes = &file()[..CUT];
    let part = place.path("mine.part");
    fs::write(&part, bytes).unwrap();
    let manifest = forged("http://old.example/gone", bytes);
    fs::write(place.path("mine.part.json"), manifest).unwrap();
    let victim = place.root.path().join("x");
    fs::write(&victim, "not ours").unwrap();
    let save = Save::in_folder(&place.folder).continuing(&part);
    let fetched = place.save_as(place.request(), save).unwrap();
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
    assert_eq!(place.names(), ["mine"]);
    // Nor about files to delete.
    assert_eq!(fs::read(&victim).unwrap(), b"not ours");
}

#[test]
fn removing_a_part_removes_exactly_the_files_of_the_row() {
    let network = ClientPool::new().with_data_folder(data_folder());
    let another = |length: usize| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nfresh");
        vec![Act::ReadRequest, send(head)]
    };
    let place = Place::new(vec![cut(), another(TOTAL - 1)]);
    place.save(IfExists::Rename).unwrap_err();
    // Files of the user.
    for name in [
        "x.bin.part.old",
        "x.bin.part.old7",
        "x.bin.part.oldest",
        "x.bin",
    ] {
        fs::write(place.path(name), "precious").unwrap();
    }
    place.save(IfExists::Rename).unwrap_err();
    assert!(place.names().contains(&"x.bin.part.old1".to_owned()));
    network.remove_part(&place.path("x.bin.part")).unwrap();
    assert_eq!(
        place.names(),
        [
            "x.bin",
            "x.bin.part.old",
            "x.bin.part.old7",
            "x.bin.part.oldest"
        ]
    );
    // Once more: it is gone.
    network.remove_part(&place.path("x.bin.part")).unwrap();
    let error = network.remove_part(&place.path("x.bin"));
    assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);

    // The name of the part set aside finds all files of the row, even without bytes of the fresh
    // file.
    let nothing = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", TOTAL - 1);
    let place = Place::new(vec![cut(), vec![Act::ReadRequest, send(nothing)]]);
    place.save(IfExists::Rename).unwrap_err();
    place.save(IfExists::Rename).unwrap_err();
    assert_eq!(
        place.names(),
        ["x.bin.part", "x.bin.part.json", "x.bin.part.old"]
    );
    network.remove_part(&place.path("x.bin.part.old")).unwrap();
    assert_eq!(place.names(), [""; 0]);

    // The part of a running download stays.
    let held = vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {TOTAL}\r\n\r\n"
        )),
        send(&file()[..CUT]),
        Act::StaySilent,
    ];
    let place = Place::new(vec![held]);
    let job = place
        .rig
        .save_as(place.request(), Save::in_folder(&place.folder));
    place
        .rig
        .drive_until("the bytes", || job.progress().0 == CUT as u64);
    let error = network.remove_part(&place.path("x.bin.part"));
    assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::ResourceBusy);
    assert_eq!(place.names(), ["x.bin.part", "x.bin.part.json"]);
}

/// Which of two parts is kept aside: the one with more bytes, whichever was first.
#[test]
fn one_part_is_kept_aside_and_it_is_the_longer_one() {
    let other = |length: usize, bytes: usize| {
        let head =
            format!("HTTP/1.1 200 OK\r\nETag: \"{length}\"\r\nContent-Length: {length}\r\n\r\n");
        vec![Act::ReadRequest, send(head), send(&file()[..bytes])]
    };
    for (first, second) in [(100_000, 70_000), (70_000, 100_000)] {
        // Three versions of the file; none but the last is complete.
        let scripts = vec![
            other(TOTAL, first),
            // A different length in the response to a range leads to another request without a
            // range.
            other(TOTAL - 1, second),
            other(TOTAL - 1, second),
            other(TOTAL - 2, 80_000),
            other(TOTAL - 2, 80_000),
            good(),
        ];
        let place = Place::new(scripts);
        for _ in 0..3 {
            place.save(IfExists::Rename).unwrap_err();
        }
        let aside: Vec<_> = place
            .names()
            .into_iter()
            .filter(|name| name.contains(".old"))
            .collect();
        assert_eq!(aside, ["x.bin.part.old"]);
        let kept = fs::metadata(place.path("x.bin.part.old")).unwrap().len();
        assert_eq!(kept, 100_000);
        place.save(IfExists::Rename).unwrap();
        assert_eq!(place.names(), ["x.bin"]);
    }
}

/// A crash between the two steps in which a part gets its final name: it has both.
#[cfg(unix)]
mod crashed {
    use super::*;

    /// All bytes are in the part, which has a second name.
    fn finished_but_for_its_name(name: &str) -> Place {
        let place = place_with_part();
        // As after such a crash: the manifest does not have the last bytes yet.
        fs::write(place.path("x.bin.part"), file()).unwrap();
        fs::hard_link(place.path("x.bin.part"), place.path(name)).unwrap();
        place
    }

    #[test]
    fn it_is_finished_and_not_fetched_again() {
        for rule in [IfExists::Rename, IfExists::Overwrite] {
            let place = finished_but_for_its_name("x.bin");
            let fetched = place.save(rule).unwrap();
            assert_eq!(fetched.path.as_deref(), Some(&*place.path("x.bin")));
            assert_eq!(fetched.received, TOTAL as u64);
            assert_eq!(fetched.sha256, Some(Checksum::of(&file())));
            assert_eq!(place.names(), ["x.bin"]);
            assert!(fs::read(place.path("x.bin")).unwrap() == file());
            assert_eq!(place.server.connections(), 1);
        }
        // Its name was taken when it was complete.
        let place = place_with_part();
        fs::write(place.path("x.bin"), "older").unwrap();
        fs::write(place.path("x.bin.part"), file()).unwrap();
        fs::hard_link(place.path("x.bin.part"), place.path("x (1).bin")).unwrap();
        let fetched = place.save(IfExists::Rename).unwrap();
        assert_eq!(fetched.path.as_deref(), Some(&*place.path("x (1).bin")));
        assert_eq!(place.names(), ["x (1).bin", "x.bin"]);
        assert_eq!(fs::read(place.path("x.bin")).unwrap(), b"older");
    }

    #[test]
    fn a_page_that_is_finished_is_still_doubted() {
        let head = format!(
            "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Type: text/html\r\nContent-Length: {TOTAL}\r\n\r\n"
        );
        let place = Place::new(vec![vec![
            Act::ReadRequest,
            send(head),
            send(&file()[..CUT]),
        ]]);
        place.save(IfExists::Rename).unwrap_err();
        fs::write(place.path("x.bin.part"), file()).unwrap();
        fs::hard_link(place.path("x.bin.part"), place.path("x.bin")).unwrap();
        let fetched = place.save(IfExists::Rename).unwrap();
        assert_eq!(fetched.doubt().unwrap().code, NoteCode::WebPage);
        assert_eq!(place.server.connections(), 1);
    }

    #[test]
    fn a_wrong_checksum_keeps_it_from_being_finished() {
        let place = finished_but_for_its_name("x.bin");
        let request = place.request().with_checksum(Checksum::of(b"another"));
        let save = Save::in_folder(&place.folder);
        let error = place.save_as(request, save).unwrap_err();
        assert_eq!(error.class, ErrorClass::Checksum);
        assert!(fs::read(place.path("x.bin")).unwrap() == file());
    }

    /// If it is not proved complete, the file behind its other name is never changed.
    #[test]
    fn a_part_that_is_a_hard_link_of_another_file_is_not_written_to() {
        let shorter = file()[..TOTAL - 1].to_vec();
        let mut changed = file();
        changed[7] ^= 1;
        for bytes in [shorter, changed, file()[..CUT].to_vec(), b"other".to_vec()] {
            for outside in [false, true] {
                let place = place_with_part();
                fs::write(place.path("x.bin.part"), &bytes).unwrap();
                let second = match outside {
                    false => place.path("x.bin"),
                    true => place.root.path().join("elsewhere"),
                };
                fs::hard_link(place.path("x.bin.part"), &second).unwrap();
                let fetched = place.save(IfExists::Rename).unwrap();
                let name = if outside { "x.bin" } else { "x (1).bin" };
                assert_fresh(&place, &fetched, name);
                assert_eq!(fs::read(&second).unwrap(), bytes);
                assert_eq!(fs::read(place.path("x.bin.part")).unwrap(), bytes);
            }
        }
        // Complete, but the other name is outside the folder.
        let place = place_with_part();
        fs::write(place.path("x.bin.part"), file()).unwrap();
        let second = place.root.path().join("elsewhere");
        fs::hard_link(place.path("x.bin.part"), &second).unwrap();
        let fetched = place.save(IfExists::Rename).unwrap();
        assert_fresh(&place, &fetched, "x.bin");
        assert!(fs::read(&second).unwrap() == file());
        // A hard link without a manifest is another program's.
        let place = Place::new(vec![good()]);
        fs::write(place.path("x.bin"), "complete").unwrap();
        fs::hard_link(place.path("x.bin"), place.path("x.bin.part")).unwrap();
        let fetched = place.save(IfExists::Rename).unwrap();
        assert_fresh(&place, &fetched, "x (1).bin");
        assert_eq!(fs::read(place.path("x.bin")).unwrap(), b"complete");
        assert_eq!(fs::read(place.path("x.bin.part")).unwrap(), b"complete");
    }
}

#[cfg(unix)]
mod special {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn make_fifo(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[track_caller]
    fn assert_fifo(path: &Path) {
        assert!(fs::symlink_metadata(path).unwrap().file_type().is_fifo());
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// The other end is never opened: opening the FIFO would block for ever.
    #[test]
    fn a_fifo_in_the_place_of_the_file_is_neither_opened_nor_replaced() {
        for rule in [IfExists::Rename, IfExists::Skip] {
            let place = Place::new(vec![good()]);
            make_fifo(&place.path("x.bin"));
            let request = place.request().with_checksum(Checksum::of(&file()));
            let save = place.rules(rule);
            let fetched = place.save_as(request, save).unwrap();
            assert!(!fetched.skipped);
            assert_fresh(&place, &fetched, "x (1).bin");
            assert_fifo(&place.path("x.bin"));
        }
        let place = Place::new(vec![good()]);
        make_fifo(&place.path("x.bin"));
        let error = place.save(IfExists::Overwrite).unwrap_err();
        assert_eq!(
            (error.class, error.phase),
            (ErrorClass::FileExists, Some(Phase::Save))
        );
        assert_fifo(&place.path("x.bin"));
    }

    #[test]
    fn a_fifo_in_the_place_of_a_part_or_a_manifest_is_left_alone() {
        for name in ["x.bin.part", "x.bin.part.json"] {
            for has_part in [false, true] {
                let place = match has_part {
                    false => Place::new(vec![good()]),
                    true => place_with_part(),
                };
                let _ = fs::remove_file(place.path(name));
                make_fifo(&place.path(name));
                let fetched = place.save(IfExists::Rename).unwrap();
                assert_fresh(&place, &fetched, "x.bin");
                assert_fifo(&place.path(name));
            }
        }
        let place = Place::new(vec![good()]);
        make_fifo(&place.path("x.part"));
        let save = Save::in_folder(&place.folder).continuing(place.path("x.part"));
        let error = place.save_as(place.request(), save).unwrap_err();
        assert_eq!(error.class, ErrorClass::NotResumable);
    }

    /// Only a file is skipped, or read for its checksum.
    #[test]
    fn a_link_to_a_fifo_is_not_waited_for() {
        let place = Place::new(vec![good()]);
        let outside = place.root.path().join("fifo");
        make_fifo(&outside);
        symlink(&outside, place.path("x.bin")).unwrap();
        let request = place.request().with_checksum(Checksum::of(&file()));
        let save = place.rules(IfExists::Skip);
        let fetched = place.save_as(request, save).unwrap();
        assert!(!fetched.skipped);
        assert_eq!(fetched.path.as_deref(), Some(&*place.path("x (1).bin")));
        assert_fifo(&outside);
    }

    #[test]
    fn a_part_is_private_and_the_file_follows_the_umask() {
        let place = place_with_part();
        for name in ["x.bin.part", "x.bin.part.json"] {
            assert_eq!(mode(&place.path(name)), 0o600, "{name}");
        }
        place.save(IfExists::Rename).unwrap();
        fs::write(place.path("plain"), "").unwrap();
        assert_eq!(mode(&place.path("x.bin")), mode(&place.path("plain")));
        // Also a small file, which has no manifest.
        let small = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        let place = Place::new(vec![vec![Act::ReadRequest, send(small)]]);
        place.save(IfExists::Rename).unwrap();
        fs::write(place.path("plain"), "").unwrap();
        assert_eq!(mode(&place.path("x.bin")), mode(&place.path("plain")));
    }

    /// A part is replaced, while it is checked, by a link to another file that begins with the same
    /// bytes.
    #[test]
    fn a_link_that_is_swapped_in_is_not_written_through() {
        let place = place_with_part();
        let root = place.root.path();
        let victim = root.join("victim");
        let precious = [&file()[..CUT], b" and what is worth more"].concat();
        fs::write(&victim, &precious).unwrap();
        let part = place.path("x.bin.part");
        let manifest = place.path("x.bin.part.json");
        let kept = [&part, &manifest].map(|path| fs::read(path).unwrap());
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let (link, copy) = (root.join("link"), root.join("copy"));
                    symlink(&victim, &link).unwrap();
                    fs::rename(&link, &part).unwrap();
                    fs::write(&copy, &kept[0]).unwrap();
                    fs::rename(&copy, &part).unwrap();
                    // Undoes the changes of the download.
                    fs::write(&copy, &kept[1]).unwrap();
                    fs::rename(&copy, &manifest).unwrap();
                }
            });
            for _ in 0..60 {
                // Whether it resumes, restarts or finds its file gone is chance.
                let saved = place.save(IfExists::Overwrite);
                if let Ok(fetched) = saved {
                    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
                }
                assert_eq!(fs::read(&victim).unwrap(), precious);
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(fs::read(&victim).unwrap(), precious);
    }
}
