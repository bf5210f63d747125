//! The version of the file in a response: validators, lengths and ranges decide, also when they
//! lie; where they are missing, bytes are compared.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jobdeck::fetch::{ErrorClass, FetchError, Fetched, NoteCode, Save};
use jobdeck::jobs::{Destination, FetchSpec, SharedFacts, Spec};
use jobdeck::runtime::{Clock, JobError, ParkHost, Runtime};

use crate::support::fault::{Act, FaultServer, send, serve, serve_until_cut};
use crate::support::{Rig, body, get, names_in};

const TOTAL: usize = 300_000;
const CUT: usize = 170_000;
const OVERLAP: usize = 65_536;
const DATE: &str = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT";
const OTHER_DATE: &str = "Last-Modified: Mon, 07 Nov 1994 08:49:37 GMT";

fn file(total: usize) -> Vec<u8> {
    body(total)
}

/// The first and the last byte that a request asks for.
fn range_of(header: &str) -> Option<(usize, Option<usize>)> {
    let header = header.to_ascii_lowercase();
    let (_, rest) = header.split_once("range: bytes=")?;
    let (first, last) = rest.lines().next()?.trim().split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()))
}

/// The beginning of a file, cut.
fn cut(file: &[u8], at: usize, headers: &str) -> Vec<Act> {
    let header = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n",
        file.len()
    );
    vec![Act::ReadRequest, send(header), send(&file[..at])]
}

fn whole(file: &[u8], headers: &str) -> Vec<u8> {
    let header = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n",
        file.len()
    );
    [header.as_bytes(), file].concat()
}

/// The part of a file, both ends included, with a status line of its own.
fn part(status: &str, file: &[u8], first: usize, last: usize, headers: &str) -> Vec<u8> {
    let bytes = &file[first..=last];
    let header = format!(
        "HTTP/1.1 {status}\r\nContent-Range: bytes {first}-{last}/{}\r\nContent-Length: {}\r\n{headers}\r\n",
        file.len(),
        bytes.len()
    );
    [header.as_bytes(), bytes].concat()
}

/// A server that answers ranges whatever `If-Range` says.
fn ranges(file: Vec<u8>, headers: &'static str) -> Vec<Act> {
    vec![serve(move |header| match range_of(header) {
        Some((first, last)) => {
            let last = last.unwrap_or(file.len() - 1);
            part("206 Partial Content", &file, first, last, headers)
        }
        None => whole(&file, headers),
    })]
}

/// A refusal without a body.
fn refusal(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

/// A server, a runtime, and the folder that is saved to.
struct Scene {
    server: FaultServer,
    rig: Rig,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new(scripts: Vec<Vec<Act>>) -> Self {
        Self {
            server: FaultServer::start(scripts),
            rig: Rig::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn save(&self) -> Result<Fetched, FetchError> {
        let request = get(&self.server.url("/x.bin"));
        self.rig.end_of(self.rig.save(request, self.folder.path()))
    }

    /// The first attempt is cut; the end of the second one.
    fn after_cut(&self) -> Fetched {
        let error = self.save().unwrap_err();
        assert_eq!(error.class, ErrorClass::Truncated, "{error:?}");
        self.save().unwrap()
    }

    /// The file is complete and right, and nothing else is left.
    fn assert_done(&self, fetched: &Fetched, file: &[u8]) {
        let path = fetched.path.as_deref().unwrap();
        assert!(fs::read(path).unwrap() == file, "other bytes");
        assert_eq!(fetched.received, file.len() as u64);
        assert_eq!(names_in(self.folder.path()), ["x.bin"]);
    }

    fn asked(&self) -> Vec<String> {
        let ranges = self.server.ranges().into_iter();
        ranges.map(|range| range.unwrap_or_default()).collect()
    }
}

/// Saves `/x.bin` with the retries of a row, on a fast clock; returns the end and the number of
/// attempts.
fn with_retries(server: &FaultServer, folder: &Path) -> (Result<(), JobError>, u32) {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::scaled(50.0).unwrap());
    let rig = Rig { host, runtime };
    let save = Destination::Save(Save::in_folder(folder));
    let spec = FetchSpec::new(get(&server.url("/x.bin")), save);
    let facts = SharedFacts::default();
    let job = Spec::Fetch(spec).start(&rig.runtime, facts.clone(), &[], None);
    rig.finish(&job);
    let attempts = facts.borrow().attempts.count();
    (job.into_value(), attempts)
}

fn codes(fetched: &Fetched) -> Vec<NoteCode> {
    fetched.notes.iter().map(|note| note.code).collect()
}

#[test]
fn a_partial_response_with_status_200_resumes() {
    let etag = "ETag: \"a\"\r\n";
    let tail = move |header: &str| match range_of(header) {
        Some((first, _)) => part("200 OK", &file(TOTAL), first, TOTAL - 1, etag),
        None => whole(&file(TOTAL), etag),
    };
    let scene = Scene::new(vec![cut(&file(TOTAL), CUT, etag), vec![serve(tail)]]);
    let fetched = scene.after_cut();
    scene.assert_done(&fetched, &file(TOTAL));
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
}

#[test]
fn a_plain_request_that_is_answered_with_the_first_part_asks_for_the_rest() {
    for status in ["200 OK", "206 Partial Content"] {
        let file = file(TOTAL);
        let answer = move |header: &str| {
            let first = range_of(header).map_or(0, |(first, _)| first);
            let last = (first + 99_999).min(TOTAL - 1);
            part(status, &file, first, last, "ETag: \"a\"\r\n")
        };
        let scene = Scene::new(vec![vec![serve(answer)]]);
        let fetched = scene.save().unwrap();
        scene.assert_done(&fetched, &body(TOTAL));
        assert_eq!(fetched.total, Some(TOTAL as u64));
    }
}

/// Without a validator and in parts: each part is compared with the one before.
#[test]
fn parts_of_a_file_without_validators_are_put_together() {
    let file = file(TOTAL);
    let answer = move |header: &str| {
        let (first, asked_last) = range_of(header).unwrap_or_default();
        let last = asked_last.unwrap_or(TOTAL - 1).min(first + 99_999);
        part("200 OK", &file, first, last, "")
    };
    let scene = Scene::new(vec![vec![serve(answer)]]);
    let fetched = scene.save().unwrap();
    scene.assert_done(&fetched, &body(TOTAL));
}

#[test]
fn a_first_part_that_is_all_a_server_ever_sends_is_an_error_in_bounded_time() {
    let file = file(TOTAL);
    let answer = move |_: &str| part("200 OK", &file, 0, 99_999, "");
    let scene = Scene::new(vec![vec![serve(answer)]]);
    let error = scene.save().unwrap_err();
    assert!(
        matches!(error.class, ErrorClass::Changed | ErrorClass::NotResumable),
        "{error:?}"
    );
    assert!(scene.server.requests().len() < 20);
}

#[test]
fn another_length_under_the_same_etag_is_asked_for_without_a_range() {
    let etag = "ETag: \"a\"\r\n";
    let short = move |header: &str| match range_of(header) {
        Some(_) => whole(&file(TOTAL)[..100_000], etag),
        None => whole(&file(TOTAL), etag),
    };
    let scene = Scene::new(vec![cut(&file(TOTAL), CUT, etag), vec![serve(short)]]);
    let fetched = scene.after_cut();
    scene.assert_done(&fetched, &file(TOTAL));
    assert_eq!(scene.asked().last().unwrap(), "", "the last one is plain");
}

#[test]
fn another_version_begins_again_however_equal_its_bytes_are_at_the_cut() {
    // Only the first byte differs, far from the overlap.
    let mut other = file(TOTAL);
    other[0] ^= 1;
    for (before, now) in [
        ("ETag: \"a\"\r\n", "ETag: \"b\"\r\n"),
        ("ETag: W/\"a\"\r\n", "ETag: W/\"b\"\r\n"),
        (
            "ETag: \"a\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
            "ETag: \"b\"\r\nLast-Modified: Mon, 07 Nov 1994 08:49:37 GMT\r\n",
        ),
        (
            "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
            "Last-Modified: Mon, 07 Nov 1994 08:49:37 GMT\r\n",
        ),
    ] {
        let scene = Scene::new(vec![
            cut(&file(TOTAL), CUT, before),
            ranges(other.clone(), now),
        ]);
        let fetched = scene.after_cut();
        scene.assert_done(&fetched, &other);
        assert_eq!(fetched.resumed_at, None, "{now}");
        assert_eq!(codes(&fetched), [NoteCode::Restarted], "{now}");
    }
}

/// Several servers behind a balancer: another ETag, the same date and length. A short prefix is
/// compared whole, of a long one samples are.
#[test]
fn another_etag_of_the_same_date_resumes_if_the_bytes_are_equal() {
    let long = 2_000_000;
    for (total, at, samples) in [(TOTAL, CUT, 2), (long, 1_500_000, 3)] {
        let before = format!("ETag: \"a\"\r\n{DATE}\r\n");
        let now = "ETag: \"b\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        let scene = Scene::new(vec![
            cut(&file(total), at, &before),
            ranges(file(total), now),
        ]);
        let fetched = scene.after_cut();
        scene.assert_done(&fetched, &file(total));
        assert_eq!(fetched.resumed_at, Some(at as u64));
        assert_eq!(codes(&fetched), [NoteCode::Compared]);
        let asked = scene.asked();
        let bounded = asked.iter().filter(|range| !range.ends_with('-'));
        assert_eq!(bounded.count(), samples + 1, "{asked:?}");
    }
}

#[test]
fn no_validator_or_one_that_appears_or_vanishes_is_decided_by_the_bytes() {
    let mut other = file(TOTAL);
    other[1] ^= 1;
    let etag = "ETag: \"a\"\r\n";
    for (before, now) in [
        ("", ""),
        ("", etag),
        (etag, ""),
        ("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n", ""),
    ] {
        let cut_off = || cut(&file(TOTAL), CUT, before);
        let scene = Scene::new(vec![cut_off(), ranges(file(TOTAL), now)]);
        let fetched = scene.after_cut();
        scene.assert_done(&fetched, &file(TOTAL));
        assert_eq!(fetched.resumed_at, Some(CUT as u64), "{before}{now}");

        let scene = Scene::new(vec![cut_off(), ranges(other.clone(), now)]);
        let fetched = scene.after_cut();
        scene.assert_done(&fetched, &other);
        assert_eq!(fetched.resumed_at, None, "{before}{now}");
    }
}

/// A long prefix is only sampled; a version that differs everywhere is found by any sample.
#[test]
fn samples_find_another_version() {
    let total = 2_000_000;
    let at = 1_500_000;
    let mut other = file(total);
    for byte in &mut other[..at - OVERLAP] {
        *byte ^= 1;
    }
    let scene = Scene::new(vec![cut(&file(total), at, ""), ranges(other.clone(), "")]);
    let fetched = scene.after_cut();
    scene.assert_done(&fetched, &other);
    assert_eq!(codes(&fetched), [NoteCode::Restarted]);
}

/// The first server behind a balancer refuses the other one's ETag: the date is asked by.
#[test]
fn a_balancer_that_keeps_to_if_range_is_asked_by_the_date() {
    let now = format!("ETag: \"b\"\r\n{DATE}\r\n");
    let answer = move |header: &str| {
        let condition = header.to_ascii_lowercase();
        let is_met = !condition.contains("if-range: \"a\"");
        match range_of(header).filter(|_| is_met) {
            Some((first, last)) => {
                let last = last.unwrap_or(TOTAL - 1);
                part("206 Partial Content", &file(TOTAL), first, last, &now)
            }
            None => whole(&file(TOTAL), &now),
        }
    };
    let before = format!("ETag: \"a\"\r\n{DATE}\r\n");
    let scene = Scene::new(vec![cut(&file(TOTAL), CUT, &before), vec![serve(answer)]]);
    let fetched = scene.after_cut();
    scene.assert_done(&fetched, &file(TOTAL));
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
    assert_eq!(codes(&fetched), [NoteCode::Compared]);
}

#[test]
fn an_equal_weak_etag_resumes_unless_its_date_differs() {
    let before = format!("ETag: W/\"a\"\r\n{DATE}\r\n");
    let now = "ETag: W/\"a\"\r\n";
    let scene = Scene::new(vec![
        cut(&file(TOTAL), CUT, &before),
        ranges(file(TOTAL), now),
    ]);
    let fetched = scene.after_cut();
    scene.assert_done(&fetched, &file(TOTAL));
    assert_eq!(codes(&fetched), []);

    let mut other = file(TOTAL);
    other[0] ^= 1;
    let now = "ETag: W/\"a\"\r\nLast-Modified: Mon, 07 Nov 1994 08:49:37 GMT\r\n";
    assert!(now.contains(OTHER_DATE));
    let scene = Scene::new(vec![
        cut(&file(TOTAL), CUT, &before),
        ranges(other.clone(), now),
    ]);
    let fetched = scene.after_cut();
    scene.assert_done(&fetched, &other);
}

#[test]
fn a_refused_range_begins_again_where_the_file_itself_is_not_refused() {
    let etag = "ETag: \"a\"\r\n";
    for status in [400, 403, 405, 501] {
        let answer = move |header: &str| match range_of(header) {
            Some(_) => refusal(status),
            None => whole(&file(TOTAL), etag),
        };
        let scene = Scene::new(vec![cut(&file(TOTAL), CUT, etag), vec![serve(answer)]]);
        let fetched = scene.after_cut();
        scene.assert_done(&fetched, &file(TOTAL));
        assert_eq!(codes(&fetched), [NoteCode::Restarted], "{status}");
        let from = format!("bytes={}-", CUT - OVERLAP);
        assert_eq!(scene.asked(), ["", &from, "", &from, ""], "{status}");
    }
}

#[test]
fn a_refusal_of_ranges_is_remembered_for_the_part() {
    let etag = "ETag: \"a\"\r\n";
    let plain = AtomicUsize::new(0);
    let answer = move |header: &str| {
        if range_of(header).is_some() {
            return refusal(403);
        }
        // Whole once, to check whether the file is refused too; then cut; then whole.
        match plain.fetch_add(1, Ordering::SeqCst) {
            1 => {
                let mut chunk = b"HTTP/1.1 200 OK\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n".to_vec();
                chunk.extend_from_slice(&file(TOTAL)[..100_000]);
                chunk.extend_from_slice(b"\r\nno number\r\n");
                chunk
            }
            _ => whole(&file(TOTAL), etag),
        }
    };
    let scene = Scene::new(vec![cut(&file(TOTAL), CUT, etag), vec![serve(answer)]]);
    scene.save().unwrap_err();
    scene.save().unwrap_err();
    let ranges_asked = |scene: &Scene| scene.asked().iter().filter(|r| !r.is_empty()).count();
    assert_eq!(ranges_asked(&scene), 2);
    let fetched = scene.save().unwrap();
    scene.assert_done(&fetched, &file(TOTAL));
    assert_eq!(ranges_asked(&scene), 2, "it is not asked for a range again");
}

#[test]
fn a_range_that_is_refused_once_resumes_at_the_second_attempt() {
    let etag = "ETag: \"a\"\r\n";
    let refused = AtomicUsize::new(0);
    let answer = move |header: &str| match range_of(header) {
        Some(_) if refused.fetch_add(1, Ordering::SeqCst) == 0 => refusal(403),
        Some((first, _)) => part("206 x", &file(TOTAL), first, TOTAL - 1, etag),
        None => whole(&file(TOTAL), etag),
    };
    let scene = Scene::new(vec![cut(&file(TOTAL), CUT, etag), vec![serve(answer)]]);
    let fetched = scene.after_cut();
    scene.assert_done(&fetched, &file(TOTAL));
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
}

#[test]
fn a_busy_server_is_no_refusal_of_ranges() {
    let etag = "ETag: \"a\"\r\n";
    for status in [408, 425, 429, 500, 503] {
        let busy = AtomicUsize::new(0);
        let answer = move |header: &str| match range_of(header) {
            _ if busy.fetch_add(1, Ordering::SeqCst) == 0 => refusal(status),
            Some((first, _)) => part("206 x", &file(TOTAL), first, TOTAL - 1, etag),
            None => whole(&file(TOTAL), etag),
        };
        let scene = Scene::new(vec![cut(&file(TOTAL), CUT, etag), vec![serve(answer)]]);
        scene.save().unwrap_err();
        assert_eq!(scene.save().unwrap_err().http_status, Some(status));
        let fetched = scene.save().unwrap();
        scene.assert_done(&fetched, &file(TOTAL));
        assert_eq!(fetched.resumed_at, Some(CUT as u64));
    }
}

#[test]
fn a_server_that_always_sends_another_version_is_given_up() {
    let version = AtomicUsize::new(0);
    let answer = move |header: &str| {
        let etag = format!("ETag: \"{}\"\r\n", version.fetch_add(1, Ordering::SeqCst));
        let first = range_of(header).map_or(0, |(first, _)| first);
        let last = (first + 99_999).min(TOTAL - 1);
        part("206 x", &file(TOTAL), first, last, &etag)
    };
    let scene = Scene::new(vec![vec![serve(answer)]]);
    let error = scene.save().unwrap_err();
    assert_eq!(error.class, ErrorClass::Changed, "{error:?}");
    assert!(scene.server.requests().len() < 20);
}

/// A server that cuts the connection after some bytes, again and again.
#[test]
fn a_server_that_cuts_every_part_is_done_with_the_retries_there_are() {
    let total = 2_000_000;
    let step = 300_000;
    let mut scripts = vec![cut(&file(total), step, "ETag: \"a\"\r\n")];
    let mut there = step;
    while there < total {
        let first = there - OVERLAP;
        let to = (first + step).min(total);
        let header = format!(
            "HTTP/1.1 206 x\r\nETag: \"a\"\r\nContent-Range: bytes {first}-{}/{total}\r\nContent-Length: {}\r\n\r\n",
            total - 1,
            total - first
        );
        scripts.push(vec![
            Act::ReadRequest,
            send(header),
            send(&file(total)[first..to]),
        ]);
        there = to;
    }
    assert!(scripts.len() > 7, "more than the retries");
    let server = FaultServer::start(scripts);
    let folder = tempfile::tempdir().unwrap();
    let (ended, attempts) = with_retries(&server, folder.path());
    ended.unwrap();
    assert!(fs::read(folder.path().join("x.bin")).unwrap() == file(total));
    assert!(attempts > 6, "{attempts}");
}

#[test]
fn a_server_without_the_file_yet_is_waited_for_without_a_retry() {
    let asked = AtomicUsize::new(0);
    let answer = move |_: &str| match asked.fetch_add(1, Ordering::SeqCst) {
        0..8 => b"HTTP/1.1 202 Accepted\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
        _ => whole(b"ready", ""),
    };
    let server = FaultServer::always(vec![serve(answer)]);
    let folder = tempfile::tempdir().unwrap();
    let (ended, attempts) = with_retries(&server, folder.path());
    ended.unwrap();
    assert_eq!(fs::read(folder.path().join("x.bin")).unwrap(), b"ready");
    assert_eq!(attempts, 9, "more than the retries");
}

#[test]
fn an_answer_that_is_not_ready_and_says_no_time_is_done_with_a_doubt() {
    let answer = |_: &str| b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}".to_vec();
    let scene = Scene::new(vec![vec![serve(answer)]]);
    let fetched = scene.save().unwrap();
    assert_eq!(codes(&fetched), [NoteCode::NotReady]);
    assert!(fetched.doubt().is_some());
}

#[test]
fn a_web_page_in_place_of_another_type_is_a_doubt() {
    let page = "Content-Type: text/html; charset=utf-8\r\n";
    let answer = move |header: &str| {
        let path = header.split(' ').nth(1).unwrap().to_owned();
        match path.as_str() {
            "/to-login.pdf" | "/get?id=1" | "/latest" => {
                b"HTTP/1.1 302 x\r\nLocation: /signin\r\nContent-Length: 0\r\n\r\n".to_vec()
            }
            "/docs" => b"HTTP/1.1 301 x\r\nLocation: /docs/\r\nContent-Length: 0\r\n\r\n".to_vec(),
            "/moved.html" => {
                b"HTTP/1.1 301 x\r\nLocation: /new.html\r\nContent-Length: 0\r\n\r\n".to_vec()
            }
            _ => whole(b"<p>", page),
        }
    };
    let server = FaultServer::always(vec![serve(answer)]);
    for (path, is_doubtful) in [
        ("/to-login.pdf", true),
        ("/get?id=1", true),
        ("/latest", true),
        ("/direct.pdf", true),
        ("/docs", false),
        ("/moved.html", false),
        ("/page.php?x=1", false),
        ("/", false),
        ("/release-1.2", false),
    ] {
        let rig = Rig::new();
        let folder = tempfile::tempdir().unwrap();
        let request = get(&server.url(path));
        let fetched = rig.end_of(rig.save(request, folder.path())).unwrap();
        assert_eq!(
            fetched.doubt().is_some(),
            is_doubtful,
            "{path}: {fetched:?}"
        );
    }
}

#[test]
fn a_body_that_comes_encoded_is_decoded_and_checked_on_the_wire() {
    use std::io::Write as _;
    let plain = file(TOTAL);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).unwrap();
    let gzip = encoder.finish().unwrap();
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).unwrap();
    let zlib = encoder.finish().unwrap();
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).unwrap();
    let bare = encoder.finish().unwrap();
    for (coding, sent) in [("gzip", &gzip), ("deflate", &zlib), ("deflate", &bare)] {
        let headers = format!("Content-Encoding: {coding}\r\nETag: \"a\"\r\n");
        // Cut once: such a download begins again.
        let first = cut(sent, sent.len() / 2, &headers);
        let sent_whole = whole(sent, &headers);
        let scene = Scene::new(vec![first, vec![serve(move |_| sent_whole.clone())]]);
        let fetched = scene.after_cut();
        scene.assert_done(&fetched, &plain);
        assert_eq!(scene.asked(), ["", ""], "no range");
        assert_eq!(fetched.wire_bytes, sent.len() as u64);
        assert_eq!((fetched.total, fetched.resumed_at), (None, None));
        assert_eq!(codes(&fetched), [NoteCode::Encoded]);
    }
    // A file that is itself compressed stays compressed.
    let headers = "Content-Encoding: gzip\r\n";
    let sent_whole = whole(&gzip, headers);
    let server = FaultServer::always(vec![serve(move |_| sent_whole.clone())]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let request = get(&server.url("/x.tar.gz"));
    let fetched = rig.end_of(rig.save(request, folder.path())).unwrap();
    assert!(fs::read(fetched.path.unwrap()).unwrap() == gzip);
    assert_eq!(fetched.notes, []);
}

#[test]
fn an_encoded_body_that_is_broken_is_an_error() {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&file(TOTAL)).unwrap();
    let mut gzip = encoder.finish().unwrap();
    let shorter = gzip[..gzip.len() - 20].to_vec();
    let sum = gzip.len() - 8;
    gzip[sum] ^= 1;
    for sent in [gzip, shorter] {
        let answer = whole(&sent, "Content-Encoding: gzip\r\n");
        let scene = Scene::new(vec![vec![serve(move |_| answer.clone())]]);
        let error = scene.save().unwrap_err();
        assert_eq!(error.class, ErrorClass::Protocol, "{error:?}");
        assert_eq!(names_in(scene.folder.path()), [""; 0]);
    }
}

#[test]
fn time_for_a_wait_of_hours_is_not_taken() {
    let answer = |_: &str| {
        b"HTTP/1.1 202 Accepted\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n".to_vec()
    };
    let server = FaultServer::always(vec![serve(answer)]);
    let folder = tempfile::tempdir().unwrap();
    let (ended, _) = with_retries(&server, folder.path());
    let error = ended.unwrap_err();
    let error: &FetchError = error.downcast_ref().unwrap();
    assert!(error.message.contains("not ready"), "{error:?}");
    assert_eq!(error.retry_after, Some(Duration::from_secs(7200)));
}

/// An empty tag, a word for none, and a date that cannot be read are the same for every version:
/// they prove nothing.
#[test]
fn a_validator_that_says_nothing_proves_nothing() {
    let mut other = file(TOTAL);
    other[1] ^= 1;
    for nothing in [
        "ETag: \r\n",
        "ETag: \"\"\r\n",
        "ETag: W/\"\"\r\n",
        "ETag: null\r\n",
        "ETag: abc\r\n",
        "Last-Modified: 0\r\n",
        "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
    ] {
        let scene = Scene::new(vec![
            cut(&file(TOTAL), CUT, nothing),
            ranges(other.clone(), nothing),
        ]);
        let fetched = scene.after_cut();
        scene.assert_done(&fetched, &other);
        assert_eq!(fetched.resumed_at, None, "{nothing}");
    }
}

/// The same tag with another date is contradictory: the bytes decide.
#[test]
fn one_etag_with_two_dates_is_decided_by_the_bytes() {
    let before = format!("ETag: \"a\"\r\n{DATE}\r\n");
    let now = "ETag: \"a\"\r\nLast-Modified: Mon, 07 Nov 1994 08:49:37 GMT\r\n";
    let scene = Scene::new(vec![
        cut(&file(TOTAL), CUT, &before),
        ranges(file(TOTAL), now),
    ]);
    let fetched = scene.after_cut();
    scene.assert_done(&fetched, &file(TOTAL));
    assert_eq!(codes(&fetched), [NoteCode::Compared]);
}

#[test]
fn a_page_or_nothing_in_place_of_the_rest_costs_no_byte_whatever_was_known_of_its_type() {
    let page = whole(b"<h1>Log in</h1>", "Content-Type: text/html\r\n");
    let nothing = whole(b"", "Content-Type: application/zip\r\n");
    for (before, answer) in [
        ("ETag: \"a\"\r\n", page.clone()),
        ("", page),
        (
            "Content-Type: application/zip\r\nETag: \"a\"\r\n",
            nothing.clone(),
        ),
        ("", nothing),
    ] {
        let scene = Scene::new(vec![
            cut(&file(TOTAL), CUT, before),
            vec![serve(move |_| answer.clone())],
        ]);
        scene.save().unwrap_err();
        let error = scene.save().unwrap_err();
        assert_eq!(error.class, ErrorClass::NotTheFile, "{before}: {error:?}");
        let part = scene.folder.path().join("x.bin.part");
        assert!(fs::read(part).unwrap() == file(TOTAL)[..CUT]);
    }
}

/// A server that sends less at a time than the overlap succeeds too, in a bounded number of
/// requests.
#[test]
fn a_server_that_sends_a_little_at_a_time_is_done() {
    for (most, requests) in [(16_384, 20), (65_536, 10), (65_537, 10), (50_000, 12)] {
        let etag = "ETag: \"a\"\r\n";
        let answer = move |header: &str| {
            let (first, last) = range_of(header).unwrap_or_default();
            let last = last.unwrap_or(TOTAL - 1).min(first + most - 1);
            part("206 x", &file(TOTAL), first, last, etag)
        };
        let scene = Scene::new(vec![cut(&file(TOTAL), CUT, etag), vec![serve(answer)]]);
        let fetched = scene.after_cut();
        scene.assert_done(&fetched, &file(TOTAL));
        assert_eq!(fetched.resumed_at, Some(CUT as u64));
        let asked = scene.server.requests().len();
        assert!(asked <= requests, "{most}: {asked}");
        // And from the first byte on.
        let scene = Scene::new(vec![vec![serve(answer)]]);
        let fetched = scene.save().unwrap();
        scene.assert_done(&fetched, &file(TOTAL));
    }
}

/// The range gives the end of the file: a chunked coding without an end loses nothing.
#[test]
fn all_bytes_of_the_range_are_the_file_though_the_chunks_have_no_end() {
    let etag = "ETag: \"a\"\r\n";
    let answer = move |header: &str| {
        let Some((first, _)) = range_of(header) else {
            return (whole(&file(TOTAL), etag), false);
        };
        let bytes = &file(TOTAL)[first..];
        let head = format!(
            "HTTP/1.1 206 x\r\n{etag}Content-Range: bytes {first}-{}/{TOTAL}\r\n\
             Transfer-Encoding: chunked\r\n\r\n{:x}\r\n",
            TOTAL - 1,
            bytes.len()
        );
        ([head.as_bytes(), bytes].concat(), true)
    };
    let scene = Scene::new(vec![
        cut(&file(TOTAL), CUT, etag),
        vec![serve_until_cut(answer)],
    ]);
    let fetched = scene.after_cut();
    scene.assert_done(&fetched, &file(TOTAL));
}

#[test]
fn an_answer_without_a_body_is_no_file() {
    for status in [204, 205] {
        let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n").into_bytes();
        let scene = Scene::new(vec![vec![serve(move |_| answer.clone())]]);
        let error = scene.save().unwrap_err();
        assert_eq!(error.http_status, Some(status), "{error:?}");
        assert_eq!(names_in(scene.folder.path()), [""; 0]);
    }
}
