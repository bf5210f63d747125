//! A body with the expected checksum succeeds, another one fails, and every saved file reports its
//! own.

use std::fs;

use jobdeck::fetch::{Checksum, ErrorClass, FetchError, FetchExt, Phase, Request, Trace};

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{Rig, body, get, names_in};

const TOTAL: usize = 150_000;
const CUT: usize = 100_000;
const FIRST: usize = CUT - 65_536;

fn answer(header: &str, body: &[u8]) -> Vec<Act> {
    let header = format!("{header}\r\nContent-Length: {}\r\n\r\n", body.len());
    vec![Act::ReadRequest, send(header), send(body)]
}

fn whole() -> Vec<Act> {
    answer("HTTP/1.1 200 OK", &body(TOTAL))
}

fn cut() -> Vec<Act> {
    let header = format!("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: {TOTAL}\r\n\r\n");
    vec![Act::ReadRequest, send(header), send(&body(TOTAL)[..CUT])]
}

fn rest() -> Vec<Act> {
    let header = format!(
        "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes {FIRST}-{}/{TOTAL}",
        TOTAL - 1
    );
    answer(&header, &body(TOTAL)[FIRST..])
}

fn right() -> Checksum {
    Checksum::of(&body(TOTAL))
}

fn wrong() -> Checksum {
    Checksum::of(b"something else")
}

fn request(server: &FaultServer, checksum: Checksum) -> Request {
    get(&server.url("/x.bin")).with_checksum(checksum)
}

#[track_caller]
fn assert_refused(error: &FetchError, phase: Phase) {
    assert_eq!(
        (error.class, error.phase),
        (ErrorClass::Checksum, Some(phase))
    );
    assert!(!error.is_retryable());
    assert_eq!(error.http_status, Some(200));
    for checksum in [right(), wrong()] {
        assert!(error.detail.contains(&checksum.to_string()), "{error:?}");
    }
}

#[test]
fn the_right_one_is_done() {
    let server = FaultServer::always(whole());
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let saved = rig
        .end_of(rig.save(request(&server, right()), folder.path()))
        .unwrap();
    assert_eq!(saved.sha256, Some(right()));
    let counted = rig.end_of(rig.count(request(&server, right()))).unwrap();
    assert_eq!(counted.sha256, Some(right()));
    let text = request(&server, right());
    let text = rig.run(async move |cx| cx.fetch(text).text(1 << 20).await);
    assert_eq!(text.unwrap().sha256, Some(right()));
}

#[test]
fn a_saved_file_tells_its_own_without_being_asked_and_a_counted_body_does_not() {
    let server = FaultServer::start(vec![whole(), answer("HTTP/1.1 200 OK", b""), whole()]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    for expected in [right(), Checksum::of(b"")] {
        let saved = rig
            .end_of(rig.save(get(&server.url("/x.bin")), folder.path()))
            .unwrap();
        assert_eq!(saved.sha256, Some(expected));
    }
    let counted = rig.end_of(rig.count(get(&server.url("/x.bin")))).unwrap();
    assert_eq!(counted.sha256, None);
}

#[test]
fn a_wrong_body_is_kept_for_inspection_and_never_resumed() {
    let server = FaultServer::always(whole());
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let trace = Trace::default();
    let asked = request(&server, wrong()).with_trace(trace.clone());
    let error = rig.end_of(rig.save(asked, folder.path())).unwrap_err();
    assert_refused(&error, Phase::Save);
    assert_eq!(error.received, TOTAL as u64);
    // The hint does not suggest resuming these bytes.
    assert_eq!((error.part, trace.part()), (None, None));
    assert_eq!(names_in(folder.path()), ["x.bin.part"]);
    let kept = folder.path().join("x.bin.part");
    assert!(error.detail.contains(&*kept.to_string_lossy()));
    assert!(fs::read(&kept).unwrap() == body(TOTAL));

    let fetched = rig
        .end_of(rig.save(request(&server, right()), folder.path()))
        .unwrap();
    assert_eq!(fetched.resumed_at, None);
    assert_eq!(server.ranges(), [None, None]);
    assert_eq!(fetched.path.as_deref(), Some(&*folder.path().join("x.bin")));
    assert!(fs::read(folder.path().join("x.bin")).unwrap() == body(TOTAL));
    assert!(fs::read(kept).unwrap() == body(TOTAL));
}

#[test]
fn of_a_body_that_is_not_saved_a_wrong_one_is_an_error_too() {
    let server = FaultServer::always(whole());
    let rig = Rig::new();
    let error = rig
        .end_of(rig.count(request(&server, wrong())))
        .unwrap_err();
    assert_refused(&error, Phase::Body);
    let text = request(&server, wrong());
    let text = rig.run(async move |cx| cx.fetch(text).text(1 << 20).await);
    let error = text.unwrap_err();
    assert_refused(error.downcast_ref().unwrap(), Phase::Body);
}

#[test]
fn it_counts_the_bytes_that_were_there_before() {
    for expected in [right(), wrong()] {
        let server = FaultServer::start(vec![cut(), rest()]);
        let rig = Rig::new();
        let folder = tempfile::tempdir().unwrap();
        let save = || rig.end_of(rig.save(request(&server, expected), folder.path()));
        assert_eq!(save().unwrap_err().class, ErrorClass::Truncated);
        let end = save();
        if expected == right() {
            let fetched = end.unwrap();
            assert_eq!(fetched.resumed_at, Some(CUT as u64));
            assert_eq!(fetched.sha256, Some(right()));
            assert_eq!(names_in(folder.path()), ["x.bin"]);
        } else {
            assert_eq!(end.unwrap_err().class, ErrorClass::Checksum);
            assert_eq!(names_in(folder.path()), ["x.bin.part"]);
        }
    }
}

#[test]
fn a_text_is_summed_as_it_is_read_and_a_counted_body_as_it_was_sent() {
    use std::io::Write as _;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(b"hello").unwrap();
    let sent = gzip.finish().unwrap();
    let server = FaultServer::always(answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip", &sent));
    let rig = Rig::new();
    let text = request(&server, Checksum::of(b"hello"));
    let text = rig.run(async move |cx| cx.fetch(text).text(100).await);
    assert_eq!(text.unwrap().text.as_deref(), Some("hello"));
    let counted = request(&server, Checksum::of(&sent));
    assert!(rig.end_of(rig.count(counted)).is_ok());
}
