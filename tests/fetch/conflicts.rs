//! A file of the same name: before the download, during it, and when two jobs want one name.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jobdeck::fetch::{Checksum, ErrorClass, Fetched, IfExists, NameRule, NoteCode, Phase};
use jobdeck::runtime::JobHandle;

use crate::support::fault::{Act, send, serve};
use crate::support::{Place, body, get, names_in};

/// The length of the file.
const TOTAL: usize = 300_000;
/// The byte before which a held server waits.
const HALF: usize = 200_000;

fn file() -> Vec<u8> {
    body(TOTAL)
}

fn header() -> Act {
    send(format!(
        "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: {TOTAL}\r\n\r\n"
    ))
}

fn whole() -> Vec<Act> {
    vec![Act::ReadRequest, header(), send(file())]
}

/// The file, whose second half is sent only after this many requests.
fn held(requests: usize) -> Vec<Act> {
    vec![
        Act::ReadRequest,
        header(),
        send(&file()[..HALF]),
        Act::AwaitRequests(requests),
        send(&file()[HALF..]),
    ]
}

/// Writes a file that was last changed at this moment.
fn write_at(path: &Path, modified: SystemTime) {
    let mut file = fs::File::create(path).unwrap();
    file.write_all(b"there").unwrap();
    file.set_modified(modified).unwrap();
}

fn cut() -> Vec<Act> {
    vec![Act::ReadRequest, header(), send(&file()[..HALF])]
}

/// The second half of the file, and the bytes before it that a resumed download compares.
fn rest() -> Vec<Act> {
    vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes {}-{}/{TOTAL}\r\nContent-Length: {}\r\n\r\n",
            HALF - 65_536,
            TOTAL - 1,
            TOTAL - HALF + 65_536
        )),
        send(&file()[HALF - 65_536..]),
    ]
}

fn start_named(place: &Place, rule: IfExists, name: NameRule) -> JobHandle<Fetched> {
    place.start(place.rules(rule).named(name))
}

/// A download whose first half has come, and whose server waits.
fn start_held(place: &Place, rule: IfExists) -> JobHandle<Fetched> {
    let job = place.start(place.rules(rule));
    (place.rig).drive_until("the first half", || job.progress().0 == HALF as u64);
    job
}

/// One more request, which no job makes.
fn let_go(place: &Place) {
    let mut stream = TcpStream::connect(place.server.address()).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    (place.rig).drive_until("the request", || place.server.requests().len() >= 2);
}

#[track_caller]
fn assert_file(place: &Place, fetched: &Fetched, name: &str) {
    assert_eq!(fetched.path.as_deref(), Some(&*place.path(name)));
    assert!(!fetched.skipped);
    let there = fs::symlink_metadata(place.path(name)).unwrap();
    assert!(there.is_file(), "{there:?}");
    assert!(fs::read(place.path(name)).unwrap() == file(), "other bytes");
}

#[test]
fn a_file_that_is_there_is_kept_beside_the_new_one() {
    let place = Place::new(vec![whole()]);
    fs::write(place.path("x.bin"), "old").unwrap();
    for name in ["x (1).bin", "x (2).bin"] {
        let fetched = place.save(IfExists::Rename).unwrap();
        assert_file(&place, &fetched, name);
    }
    assert_eq!(fs::read(place.path("x.bin")).unwrap(), b"old");
    assert_eq!(place.names(), ["x (1).bin", "x (2).bin", "x.bin"]);
}

#[test]
fn a_folder_of_the_name_is_kept_beside_the_new_file() {
    let place = Place::new(vec![whole()]);
    fs::create_dir(place.path("x.bin")).unwrap();
    let fetched = place.save(IfExists::Rename).unwrap();
    assert_file(&place, &fetched, "x (1).bin");
    assert!(place.path("x.bin").is_dir());
}

#[test]
fn a_file_is_replaced_only_when_the_new_one_is_complete() {
    let place = Place::new(vec![held(2), vec![Act::ReadRequest]]);
    fs::write(place.path("x.bin"), "old").unwrap();
    let job = start_held(&place, IfExists::Overwrite);
    assert_eq!(fs::read(place.path("x.bin")).unwrap(), b"old");
    let_go(&place);
    let fetched = place.rig.end_of(job).unwrap();
    assert_file(&place, &fetched, "x.bin");
    assert_eq!(place.names(), ["x.bin"]);
}

#[test]
fn a_download_that_fails_or_is_cancelled_replaces_nothing() {
    let place = Place::new(vec![cut(), held(9)]);
    fs::write(place.path("x.bin"), "old").unwrap();
    let error = place.save(IfExists::Overwrite).unwrap_err();
    assert_eq!(error.class, ErrorClass::Truncated);
    assert_eq!(fs::read(place.path("x.bin")).unwrap(), b"old");
    let job = place.start(place.rules(IfExists::Overwrite));
    place.rig.drive_until("the request", || {
        place.server.requests().len() == 2 && job.progress().0 > 0
    });
    job.cancel();
    place.rig.finish(&job);
    assert_eq!(fs::read(place.path("x.bin")).unwrap(), b"old");
}

#[test]
fn a_folder_is_never_replaced() {
    let place = Place::new(vec![whole()]);
    fs::create_dir(place.path("x.bin")).unwrap();
    fs::write(place.path("x.bin").join("inside"), "old").unwrap();
    let error = place.save(IfExists::Overwrite).unwrap_err();
    assert_eq!(
        (error.class, error.phase),
        (ErrorClass::FileExists, Some(Phase::Save))
    );
    assert!(!error.is_retryable());
    assert_eq!(error.message, "There is a folder of that name");
    // Its body is not fetched in vain.
    assert_eq!((error.received, error.part), (0, None));
    assert_eq!(
        fs::read(place.path("x.bin").join("inside")).unwrap(),
        b"old"
    );
    assert_eq!(place.names(), ["x.bin"]);
    // With a given name there is not even a request.
    let named = NameRule::Named("x.bin".to_owned());
    let job = start_named(&place, IfExists::Overwrite, named);
    let error = place.rig.end_of(job).unwrap_err();
    assert_eq!(error.message, "There is a folder of that name");
    assert_eq!(place.server.requests().len(), 1);
}

#[test]
fn a_folder_that_appears_meanwhile_is_not_replaced_and_the_part_is_kept() {
    let place = Place::new(vec![held(2), vec![Act::ReadRequest]]);
    let job = start_held(&place, IfExists::Overwrite);
    fs::create_dir(place.path("x.bin")).unwrap();
    // The clock of the file system may lag: the folder can look older than the download.
    let before = SystemTime::now() - Duration::from_secs(3600);
    fs::File::open(place.path("x.bin"))
        .and_then(|folder| folder.set_modified(before))
        .unwrap();
    let_go(&place);
    let error = place.rig.end_of(job).unwrap_err();
    assert_eq!(error.class, ErrorClass::FileExists);
    assert_eq!(error.message, "There is a folder of that name");
    assert_eq!(error.part.as_deref(), Some(&*place.path("x.bin.part")));
    assert!(fs::read(place.path("x.bin.part")).unwrap() == file());
}

#[test]
fn only_files_from_before_the_moment_are_replaced() {
    let now = SystemTime::now();
    let at = |secs| now - Duration::from_secs(secs);
    for (moment, modified, name) in [
        (at(60), at(90), "x.bin"),
        (at(60), at(30), "x (1).bin"),
        // A time in the future does not say when the file appeared.
        (at(60), now + Duration::from_secs(3600), "x.bin"),
    ] {
        let place = Place::new(vec![whole()]);
        write_at(&place.path("x.bin"), modified);
        let save = place
            .rules(IfExists::Overwrite)
            .replacing_files_before(moment);
        let fetched = place.save_as(place.request(), save).unwrap();
        assert_file(&place, &fetched, name);
    }
}

#[test]
fn a_name_that_another_download_is_about_to_have_is_taken() {
    for name in [NameRule::FromServer, NameRule::Named("x.bin".to_owned())] {
        let is_named = name != NameRule::FromServer;
        let place = Place::new(vec![held(9), whole()]);
        let first = start_held(&place, IfExists::Fail);
        let second = start_named(&place, IfExists::Fail, name);
        let error = place.rig.end_of(second).unwrap_err();
        assert_eq!(
            (error.class, error.phase),
            (ErrorClass::FileExists, Some(Phase::Save))
        );
        assert_eq!((error.received, error.part), (0, None));
        assert_eq!(place.server.requests().len(), if is_named { 1 } else { 2 });
        assert_eq!(place.names(), ["x.bin.part", "x.bin.part.json"]);
        first.cancel();
        place.rig.finish(&first);
    }
}

#[test]
fn an_existing_file_is_skipped_without_its_body() {
    let place = Place::new(vec![vec![Act::ReadRequest, header(), Act::StaySilent]]);
    fs::write(place.path("x.bin"), "old").unwrap();
    let fetched = place.save(IfExists::Skip).unwrap();
    assert!(fetched.skipped);
    assert_eq!(fetched.path.as_deref(), Some(&*place.path("x.bin")));
    assert_eq!((fetched.received, fetched.wire_bytes), (0, 0));
    assert_eq!(place.names(), ["x.bin"]);
    // A folder is not a file to skip.
    let place = Place::new(vec![whole()]);
    fs::create_dir(place.path("x.bin")).unwrap();
    let fetched = place.save(IfExists::Skip).unwrap();
    assert!(!fetched.skipped);
    assert!(fs::read(place.path("x (1).bin")).unwrap() == file());
    let place = Place::new(vec![whole()]);
    let fetched = place.save(IfExists::Skip).unwrap();
    assert_file(&place, &fetched, "x.bin");
}

/// A response of this status with a web page as its body.
fn page(status: &str) -> Vec<u8> {
    let header = "Content-Type: text/html\r\nContent-Length: 7";
    format!("HTTP/1.1 {status}\r\n{header}\r\n\r\nsign in").into()
}

#[test]
fn a_skipped_login_page_is_as_doubtful_as_the_saved_one() {
    let wall = serve(|header| {
        if header.starts_with("GET /login ") {
            page("200 OK")
        } else {
            b"HTTP/1.1 303 x\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n".to_vec()
        }
    });
    let place = Place::new(vec![vec![wall]]);
    let fetched = ["/wall/a.zip", "/wall/b.zip"].map(|path| {
        let request = get(&place.server.url(path));
        place.save_as(request, place.rules(IfExists::Skip)).unwrap()
    });
    assert_eq!(fetched.each_ref().map(|it| it.skipped), [false, true]);
    for (fetched, wanted) in fetched.iter().zip(["a.zip", "b.zip"]) {
        assert_eq!(fetched.path.as_deref(), Some(&*place.path("login")));
        let doubt = fetched.doubt().unwrap();
        assert_eq!(doubt.code, NoteCode::WebPage);
        assert!(doubt.text.contains(wanted), "{doubt:?}");
    }
    // The file that is there is proved to be the wanted one.
    let request = get(&place.server.url("/wall/c.zip")).with_checksum(Checksum::of(b"sign in"));
    let proved = place.save_as(request, place.rules(IfExists::Skip)).unwrap();
    assert!(proved.skipped && proved.doubt().is_none(), "{proved:?}");
    assert_eq!(place.names(), ["login"]);
}

#[test]
fn a_web_page_casts_no_doubt_on_a_skipped_file_of_another_name_than_its_own() {
    let wall = serve(|header| {
        let location = match header.split(' ').nth(1) {
            Some("/wall/a.zip") => "/login",
            Some("/get?id=1") => "/report.pdf",
            _ => return page("200 OK"),
        };
        format!("HTTP/1.1 303 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into()
    });
    let named = |name: &str| NameRule::Named(name.to_owned());
    for (path, rule, name) in [
        // The link's own name.
        ("/report.pdf", NameRule::FromServer, "report.pdf"),
        // By its name, the file that the link led to is no page.
        ("/get?id=1", NameRule::FromServer, "report.pdf"),
        // A name that was given.
        ("/wall/a.zip", named("mine.zip"), "mine.zip"),
        ("/wall/a.zip", named("mine"), "mine"),
    ] {
        let place = Place::new(vec![vec![wall.clone()]]);
        fs::write(place.path(name), "a good one").unwrap();
        let rules = place.rules(IfExists::Skip).named(rule);
        let fetched = place.save_as(get(&place.server.url(path)), rules).unwrap();
        assert!(fetched.skipped, "{path} as {name}");
        assert_eq!(fetched.doubt(), None, "{path} as {name}");
        assert_eq!(fetched.path.as_deref(), Some(&*place.path(name)));
    }
}

#[test]
fn a_download_that_stopped_is_skipped_too_when_its_file_is_there_by_now() {
    for (rule, name) in [
        (NameRule::FromServer, "x.bin"),
        (NameRule::Named("mine.bin".to_owned()), "mine.bin"),
    ] {
        let place = Place::new(vec![cut(), rest()]);
        let save = || {
            place
                .rig
                .end_of(start_named(&place, IfExists::Skip, rule.clone()))
        };
        save().unwrap_err();
        fs::write(place.path(name), "by now").unwrap();
        let fetched = save().unwrap();
        assert!(fetched.skipped, "{name}");
        assert_eq!(fetched.path.as_deref(), Some(&*place.path(name)));
        assert_eq!(fs::read(place.path(name)).unwrap(), b"by now");
    }
}

#[test]
fn a_refusal_is_no_reason_to_skip() {
    let refusal = vec![
        Act::ReadRequest,
        send("HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n"),
    ];
    let place = Place::new(vec![refusal]);
    fs::write(place.path("x.bin"), "old").unwrap();
    let error = place.save(IfExists::Skip).unwrap_err();
    assert_eq!(error.http_status, Some(404));
}

#[test]
fn a_file_that_appears_meanwhile_is_never_replaced() {
    for (rule, name, names) in [
        (IfExists::Rename, "x (1).bin", &["x (1).bin", "x.bin"][..]),
        (IfExists::Skip, "x (1).bin", &["x (1).bin", "x.bin"][..]),
        // It may be another download's.
        (
            IfExists::Overwrite,
            "x (1).bin",
            &["x (1).bin", "x.bin"][..],
        ),
    ] {
        let place = Place::new(vec![held(2), vec![Act::ReadRequest]]);
        let job = start_held(&place, rule);
        write_at(&place.path("x.bin"), SystemTime::now());
        let_go(&place);
        let fetched = place.rig.end_of(job).unwrap();
        assert_file(&place, &fetched, name);
        assert_eq!(place.names(), names, "{rule:?}");
        assert_eq!(fs::read(place.path("x.bin")).unwrap(), b"there");
    }
}

#[test]
fn two_jobs_of_one_name_both_end_right() {
    for (rule, names) in [
        (IfExists::Rename, &["x (1).bin", "x.bin"][..]),
        // Both were started before the file existed.
        (IfExists::Skip, &["x (1).bin", "x.bin"][..]),
        (IfExists::Overwrite, &["x (1).bin", "x.bin"][..]),
    ] {
        let place = Place::new(vec![held(2)]);
        let jobs = [
            place.start(place.rules(rule)),
            place.start(place.rules(rule)),
        ];
        place
            .rig
            .drive_until("both ends", || jobs.iter().all(|job| job.is_finished()));
        for job in jobs {
            let fetched = place.rig.end_of(job).unwrap();
            assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
            assert!(!fetched.skipped);
        }
        assert_eq!(place.names(), names, "{rule:?}");
    }
}

#[test]
fn a_name_that_was_given_follows_the_same_rules() {
    let named = || NameRule::Named("mine.bin".to_owned());
    for (rule, name) in [
        (IfExists::Rename, "mine (1).bin"),
        (IfExists::Overwrite, "mine.bin"),
    ] {
        let place = Place::new(vec![whole()]);
        fs::write(place.path("mine.bin"), "old").unwrap();
        let fetched = place
            .rig
            .end_of(start_named(&place, rule, named()))
            .unwrap();
        assert_file(&place, &fetched, name);
    }
    let place = Place::new(vec![whole()]);
    fs::write(place.path("mine.bin"), "old").unwrap();
    let skipped = place
        .rig
        .end_of(start_named(&place, IfExists::Skip, named()))
        .unwrap();
    assert!(skipped.skipped);
    assert_eq!(fs::read(place.path("mine.bin")).unwrap(), b"old");
}

#[test]
fn a_part_of_a_given_name_is_resumed() {
    let place = Place::new(vec![cut(), rest()]);
    let named = || NameRule::Named("mine.bin".to_owned());
    let save = || {
        place
            .rig
            .end_of(start_named(&place, IfExists::Rename, named()))
    };
    let error = save().unwrap_err();
    let part = error.part.unwrap();
    assert_eq!(part.parent(), Some(&*place.folder));
    let fetched = save().unwrap();
    assert_eq!(fetched.resumed_at, Some(HALF as u64));
    let path = fetched.path.unwrap();
    assert_eq!(path.parent(), Some(&*place.folder));
    assert!(fs::read(path).unwrap() == file());
    assert_eq!(names_in(place.root.path()), ["here"]);
}

#[test]
fn a_folder_in_the_place_of_the_part_is_avoided() {
    let place = Place::new(vec![whole()]);
    fs::create_dir(place.path("x.bin.part")).unwrap();
    let fetched = place.save(IfExists::Rename).unwrap();
    assert_file(&place, &fetched, "x.bin");
    assert_eq!(place.names(), ["x.bin", "x.bin.part"]);
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A link of the final name: to a file outside, and to nothing.
    fn with_links(check: impl Fn(&Place, &Path)) {
        for exists in [true, false] {
            let place = Place::new(vec![whole()]);
            let outside = place.root.path().join("outside");
            if exists {
                fs::write(&outside, "outside").unwrap();
            }
            symlink(&outside, place.path("x.bin")).unwrap();
            check(&place, &outside);
            match exists {
                true => assert_eq!(fs::read(&outside).unwrap(), b"outside"),
                false => assert!(!outside.exists(), "a link was followed"),
            }
        }
    }

    #[test]
    fn a_link_is_kept_beside_the_new_file_and_not_followed() {
        with_links(|place, outside| {
            let fetched = place.save(IfExists::Rename).unwrap();
            assert_file(place, &fetched, "x (1).bin");
            assert_eq!(fs::read_link(place.path("x.bin")).unwrap(), outside);
        });
    }

    #[test]
    fn a_pipe_is_not_replaced_and_its_body_is_not_fetched() {
        let place = Place::new(vec![whole()]);
        let mut mkfifo = std::process::Command::new("mkfifo");
        let made = mkfifo.arg(place.path("x.bin")).status().unwrap();
        assert!(made.success());
        for rule in [IfExists::Overwrite, IfExists::Fail] {
            let error = place.save(rule).unwrap_err();
            assert_eq!(error.class, ErrorClass::FileExists);
            assert!(error.message.contains("no file"), "{error}");
            assert!(!error.hint.contains("--if-exists"), "{}", error.hint);
            assert_eq!((error.received, error.part), (0, None));
        }
        assert_eq!(place.names(), ["x.bin"]);
    }

    #[test]
    fn of_a_link_only_the_link_is_replaced() {
        with_links(|place, _| {
            let fetched = place.save(IfExists::Overwrite).unwrap();
            assert_file(place, &fetched, "x.bin");
            assert_eq!(place.names(), ["x.bin"]);
        });
    }

    #[test]
    fn a_link_is_skipped_where_it_leads_to_a_file() {
        with_links(|place, outside| {
            let fetched = place.save(IfExists::Skip).unwrap();
            assert_eq!(fetched.skipped, outside.exists());
            assert_eq!(fs::read_link(place.path("x.bin")).unwrap(), outside);
        });
    }

    #[test]
    fn a_link_to_a_folder_is_replaced_and_the_folder_is_left_alone() {
        let place = Place::new(vec![whole()]);
        let outside = place.root.path().join("outside");
        fs::create_dir(&outside).unwrap();
        symlink(&outside, place.path("x.bin")).unwrap();
        let fetched = place.save(IfExists::Overwrite).unwrap();
        assert_file(&place, &fetched, "x.bin");
        assert_eq!(names_in(&outside), [""; 0]);
    }

    #[test]
    fn a_part_that_is_a_link_is_neither_written_to_nor_resumed() {
        for exists in [true, false] {
            let place = Place::new(vec![whole()]);
            let outside = place.root.path().join("outside");
            if exists {
                fs::write(&outside, "outside").unwrap();
            }
            for name in ["x.bin.part", "x.bin.part.json"] {
                symlink(&outside, place.path(name)).unwrap();
            }
            let fetched = place.save(IfExists::Rename).unwrap();
            assert_file(&place, &fetched, "x.bin");
            assert_eq!(fs::read(&outside).ok(), exists.then(|| b"outside".to_vec()));
            assert_eq!(fs::read_link(place.path("x.bin.part")).unwrap(), outside);
        }
    }

    #[test]
    fn a_manifest_that_is_a_link_is_not_written_through() {
        let place = Place::new(vec![cut()]);
        let outside = place.root.path().join("outside");
        fs::write(&outside, "outside").unwrap();
        symlink(&outside, place.path("x.bin.part.json")).unwrap();
        let error = place.save(IfExists::Rename).unwrap_err();
        assert_eq!(error.class, ErrorClass::Truncated);
        assert_eq!(fs::read(&outside).unwrap(), b"outside");
        // The link stays, and the download uses another number.
        assert_eq!(
            fs::read_link(place.path("x.bin.part.json")).unwrap(),
            outside
        );
        assert_eq!(error.part.as_deref(), Some(&*place.path("x (1).bin.part")));
    }

    /// Both are valid, but one of them is behind a link.
    #[test]
    fn a_valid_part_or_manifest_behind_a_link_is_not_resumed() {
        for name in ["x.bin.part", "x.bin.part.json"] {
            let place = Place::new(vec![cut(), whole()]);
            place.save(IfExists::Rename).unwrap_err();
            let outside = place.root.path().join("outside");
            fs::rename(place.path(name), &outside).unwrap();
            let before = fs::read(&outside).unwrap();
            symlink(&outside, place.path(name)).unwrap();
            let fetched = place.save(IfExists::Rename).unwrap();
            assert_file(&place, &fetched, "x.bin");
            assert_eq!(place.server.ranges(), [None, None], "{name}");
            assert!(fs::read(&outside).unwrap() == before);
        }
    }
}
