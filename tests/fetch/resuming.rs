//! A stopped download resumes from its bytes if the server proves that it still has the same file,
//! and restarts if not.

use std::fs;
use std::path::Path;

use jobdeck::fetch::{Checksum, ErrorClass, FetchError, FetchExt, Fetched, Request, Save, Trace};

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{Rig, body, get, names_in};
use jobdeck::status::Verb;

/// The length of the file.
const TOTAL: usize = 150_000;
/// Bytes sent before the first connection is cut.
const CUT: usize = 100_000;
/// Length of the overlap that a resumed download asks for again.
const OVERLAP: usize = 65_536;
/// Length of the overlap after bytes of the same attempt.
const AGAIN: usize = 256;
/// The first byte of the resumed request.
const FIRST: usize = CUT - OVERLAP;

/// The validator of the file as it was when the download began.
const V1: &str = "\r\nETag: \"v1\"";

/// The file as it was when the download began.
fn file() -> Vec<u8> {
    body(TOTAL)
}

/// An answer with a header and a body.
fn answer(header: &str, body: &[u8]) -> Vec<Act> {
    let header = format!("{header}\r\nContent-Length: {}\r\n\r\n", body.len());
    vec![Act::ReadRequest, send(header), send(body)]
}

/// The beginning of the file, cut.
fn cut(headers: &str) -> Vec<Act> {
    let header = format!("HTTP/1.1 200 OK\r\nContent-Length: {TOTAL}{headers}\r\n\r\n");
    vec![Act::ReadRequest, send(header), send(&file()[..CUT])]
}

/// The right answer to the second request.
fn rest(headers: &str) -> Vec<Act> {
    let last = TOTAL - 1;
    let header = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {FIRST}-{last}/{TOTAL}{headers}"
    );
    answer(&header, &file()[FIRST..])
}

/// The file, whole.
fn whole() -> Vec<Act> {
    answer("HTTP/1.1 200 OK", &file())
}

/// A download that is cut once, and what is in its folder then.
struct Stopped {
    server: FaultServer,
    rig: Rig,
    folder: tempfile::TempDir,
}

impl Stopped {
    /// The first connection sends the beginning with these headers, later ones follow `then`.
    fn new(headers: &str, then: Vec<Vec<Act>>) -> Self {
        let mut scripts = vec![cut(headers)];
        scripts.extend(then);
        let stopped = Self {
            server: FaultServer::start(scripts),
            rig: Rig::new(),
            folder: tempfile::tempdir().unwrap(),
        };
        let error = stopped.go_on().unwrap_err();
        assert_eq!(error.class, ErrorClass::Truncated, "{error:?}");
        assert_eq!(error.received, CUT as u64);
        assert_eq!(error.part.as_deref(), Some(&*stopped.part()));
        assert_eq!(stopped.names(), ["x.bin.part", "x.bin.part.json"]);
        stopped
    }

    fn request(&self) -> Request {
        get(&self.server.url("/x.bin"))
    }

    fn part(&self) -> std::path::PathBuf {
        self.folder.path().join("x.bin.part")
    }

    fn names(&self) -> Vec<String> {
        names_in(self.folder.path())
    }

    /// One more attempt.
    fn go_on(&self) -> Result<Fetched, FetchError> {
        self.rig
            .end_of(self.rig.save(self.request(), self.folder.path()))
    }

    /// The headers of the `number`-th request, from 0.
    fn asked(&self, number: usize) -> String {
        self.server.requests()[number].to_ascii_lowercase()
    }

    /// The file is complete, and nothing else is left.
    fn assert_done(&self, fetched: &Fetched) {
        assert_eq!(self.names(), ["x.bin"]);
        let path = fetched.path.as_deref().unwrap();
        assert!(fs::read(path).unwrap() == file(), "other bytes");
        assert_eq!(fetched.received, TOTAL as u64);
        assert_eq!(fetched.sha256, Some(Checksum::of(&file())));
    }

    /// The next attempt resumes.
    fn assert_goes_on(&self) {
        let fetched = self.go_on().unwrap();
        assert_eq!(fetched.resumed_at, Some(CUT as u64));
        assert_eq!(fetched.restart_reason, None);
        assert_eq!(fetched.total, Some(TOTAL as u64));
        assert_eq!(fetched.wire_bytes, (TOTAL - FIRST) as u64);
        assert_eq!(self.server.connections(), 2);
        self.assert_done(&fetched);
    }

    /// The next attempt finds that the server cannot resume, and restarts.
    fn assert_begins_anew(&self) {
        let fetched = self.go_on().unwrap();
        assert_eq!(fetched.resumed_at, None);
        assert!(fetched.restart_reason.is_some(), "it must say so");
        self.assert_done(&fetched);
    }
}

#[test]
fn it_resumes_and_asks_only_for_the_rest() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (headers, validator) in [
        (
            "\r\nETag: \"abc\"",
            Some("if-range: \"abc\"\r\n".to_owned()),
        ),
        (
            &*format!("\r\nETag: W/\"abc\"\r\nLast-Modified: {date}"),
            Some(format!("if-range: {}\r\n", date.to_ascii_lowercase())),
        ),
    ] {
        let stopped = Stopped::new(headers, vec![rest(headers)]);
        stopped.assert_goes_on();
        let asked = stopped.asked(1);
        assert!(
            asked.contains(&format!("range: bytes={FIRST}-\r\n")),
            "{asked}"
        );
        match validator {
            Some(validator) => assert!(asked.contains(&validator), "{asked}"),
            None => assert!(!asked.contains("if-range"), "{asked}"),
        }
    }
}

#[test]
fn a_missing_total_is_no_reason_to_restart() {
    let last = TOTAL - 1;
    let header =
        format!("HTTP/1.1 206 Partial Content{V1}\r\nContent-Range: bytes {FIRST}-{last}/*");
    Stopped::new(V1, vec![answer(&header, &file()[FIRST..])]).assert_goes_on();
}

#[test]
fn a_part_shorter_than_asked_for_is_asked_for_again() {
    let part = |first: usize, last: usize| {
        let header = format!(
            "HTTP/1.1 206 Partial Content{V1}\r\nContent-Range: bytes {first}-{last}/{TOTAL}"
        );
        answer(&header, &file()[first..=last])
    };
    let next = 120_000;
    let stopped = Stopped::new(
        V1,
        vec![part(FIRST, next - 1), part(next - AGAIN, TOTAL - 1)],
    );
    let fetched = stopped.go_on().unwrap();
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
    stopped.assert_done(&fetched);
    assert_eq!(stopped.server.connections(), 3);
}

/// A server that never says how long the file is, and sends it in shorter parts than it is asked
/// for: the file ends where nothing follows, and not where the first part ends.
#[test]
fn a_file_of_unknown_length_ends_where_nothing_follows() {
    let begun = vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n"),
        send(format!("{TOTAL:x}\r\n")),
        send(&file()[..CUT]),
    ];
    let part = |first: usize, last: usize| {
        let header =
            format!("HTTP/1.1 206 Partial Content{V1}\r\nContent-Range: bytes {first}-{last}/*");
        answer(&header, &file()[first..=last])
    };
    let (next, end) = (120_000, TOTAL - AGAIN);
    for last_answer in [
        part(end, TOTAL - 1),
        answer(
            &format!("HTTP/1.1 416 x\r\nContent-Range: bytes */{TOTAL}"),
            b"",
        ),
    ] {
        let server = FaultServer::start(vec![
            begun.clone(),
            part(FIRST, next - 1),
            part(next - AGAIN, TOTAL - 1),
            last_answer,
        ]);
        let rig = Rig::new();
        let folder = tempfile::tempdir().unwrap();
        let save = || rig.end_of(rig.save(get(&server.url("/x.bin")), folder.path()));
        assert_eq!(save().unwrap_err().received, CUT as u64);
        let fetched = save().unwrap();
        assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
        assert_eq!((fetched.total, fetched.length_announced), (None, false));
        assert_eq!(server.connections(), 4);
    }
}

#[test]
fn a_server_that_repeats_only_what_is_there_is_not_asked_for_ever() {
    let repeated = |first: usize| {
        let header = format!(
            "HTTP/1.1 206 Partial Content{V1}\r\nContent-Range: bytes {first}-{}/{TOTAL}",
            CUT - 1
        );
        answer(&header, &file()[first..CUT])
    };
    // Once more with a shorter range, in case the server sends little at a time.
    let stopped = Stopped::new(V1, vec![repeated(FIRST), repeated(CUT - AGAIN)]);
    let error = stopped.go_on().unwrap_err();
    assert_eq!(error.class, ErrorClass::NotResumable);
    assert_eq!(stopped.server.connections(), 3);
    assert_eq!(fs::read(stopped.part()).unwrap(), &file()[..CUT]);
}

#[test]
fn a_connection_cut_again_and_again_still_ends_with_the_right_bytes() {
    let step = 10_000;
    let mut scripts = Vec::new();
    let mut there = CUT;
    while there < TOTAL {
        let first = there - OVERLAP;
        let header = format!(
            "HTTP/1.1 206 Partial Content{V1}\r\nContent-Range: bytes {first}-{}/{TOTAL}\r\n\
             Content-Length: {}\r\n\r\n",
            TOTAL - 1,
            TOTAL - first
        );
        let end = (there + step).min(TOTAL);
        scripts.push(vec![
            Act::ReadRequest,
            send(header),
            send(&file()[first..end]),
        ]);
        there = end;
    }
    let tries = scripts.len();
    let stopped = Stopped::new(V1, scripts);
    for number in 1..tries {
        let error = stopped.go_on().unwrap_err();
        assert_eq!(error.class, ErrorClass::Truncated);
        assert_eq!(error.received, (CUT + number * step) as u64);
    }
    let fetched = stopped.go_on().unwrap();
    stopped.assert_done(&fetched);
}

#[test]
fn a_server_that_ignores_the_range_sends_the_whole_file() {
    let stopped = Stopped::new(V1, vec![whole()]);
    stopped.assert_begins_anew();
    assert_eq!(stopped.server.connections(), 2, "its answer is used");
}

#[test]
fn a_response_that_does_not_resume_is_followed_by_a_fresh_request() {
    let part = |range: &str, bytes: &[u8]| {
        let header = format!("HTTP/1.1 206 Partial Content{V1}\r\nContent-Range: {range}");
        answer(&header, bytes)
    };
    let last = TOTAL - 1;
    let file = file();
    let shifted = FIRST + 1;
    for (what, answer) in [
        (
            "shifted",
            part(&format!("bytes {shifted}-{last}/{TOTAL}"), &file[shifted..]),
        ),
        ("from 0", part(&format!("bytes 0-{last}/{TOTAL}"), &file)),
        (
            "another total",
            part(
                &format!("bytes {FIRST}-{TOTAL}/{}", TOTAL + 1),
                &[7; TOTAL + 1 - FIRST],
            ),
        ),
        (
            "beyond the total",
            part(&format!("bytes {FIRST}-{TOTAL}/*"), &[7; TOTAL + 1 - FIRST]),
        ),
        (
            "a length that contradicts",
            part(&format!("bytes {FIRST}-{last}/{TOTAL}"), &file[FIRST + 1..]),
        ),
        ("no range", part("", &file[FIRST..])),
        (
            "several parts",
            answer(
                "HTTP/1.1 206 Partial Content{V1}\r\nContent-Type: multipart/byteranges; boundary=x",
                &file[FIRST..],
            ),
        ),
        (
            "compressed",
            answer(
                &format!(
                    "HTTP/1.1 206 Partial Content{V1}\r\nContent-Encoding: gzip\r\n\
                     Content-Range: bytes {FIRST}-{last}/{TOTAL}"
                ),
                &file[FIRST..],
            ),
        ),
        (
            "416 with another total",
            answer("HTTP/1.1 416 x\r\nContent-Range: bytes */77", b""),
        ),
        ("416 without a total", answer("HTTP/1.1 416 x", b"")),
    ] {
        println!("{what}");
        let stopped = Stopped::new(V1, vec![answer, whole()]);
        stopped.assert_begins_anew();
        let asked = stopped.asked(2);
        assert!(!asked.contains("range:"), "{what}: {asked}");
    }
}

#[test]
fn other_bytes_of_the_same_length_are_noticed() {
    let last = TOTAL - 1;
    for changed_at in [FIRST, CUT - 1] {
        let mut other = file();
        other[changed_at] ^= 1;
        let header = format!(
            "HTTP/1.1 206 Partial Content{V1}\r\nContent-Range: bytes {FIRST}-{last}/{TOTAL}"
        );
        let stopped = Stopped::new(V1, vec![answer(&header, &other[FIRST..]), whole()]);
        stopped.assert_begins_anew();
        assert_eq!(stopped.server.connections(), 3);
    }
}

#[test]
fn a_body_that_starts_at_the_first_byte_is_noticed() {
    let last = TOTAL - 1;
    let header =
        format!("HTTP/1.1 206 Partial Content{V1}\r\nContent-Range: bytes {FIRST}-{last}/{TOTAL}");
    let lie = answer(&header, &file()[..TOTAL - FIRST]);
    Stopped::new(V1, vec![lie, whole()]).assert_begins_anew();
}

#[test]
fn the_old_part_stays_aside_until_the_fresh_file_is_complete() {
    let half = vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {TOTAL}\r\n\r\nfresh"
        )),
    ];
    let stopped = Stopped::new(V1, vec![half, answer("HTTP/1.1 200 OK", &file())]);
    let error = stopped.go_on().unwrap_err();
    assert_eq!((error.class, error.received), (ErrorClass::Truncated, 5));
    assert_eq!(
        stopped.names(),
        ["x.bin.part", "x.bin.part.json", "x.bin.part.old"]
    );
    let old = fs::read(stopped.folder.path().join("x.bin.part.old")).unwrap();
    assert_eq!(old, &file()[..CUT]);
    stopped.assert_begins_anew();
}

#[test]
fn a_part_set_aside_is_not_forgotten_without_bytes_of_the_fresh_file() {
    let nothing = vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {TOTAL}\r\n\r\n"
        )),
    ];
    let stopped = Stopped::new(V1, vec![nothing, whole()]);
    assert_eq!(stopped.go_on().unwrap_err().received, 0);
    assert!(stopped.names().contains(&"x.bin.part.old".to_owned()));
    // The attempt before reported its restart; this one finds nothing to resume.
    let fetched = stopped.go_on().unwrap();
    assert_eq!((fetched.resumed_at, &fetched.restart_reason), (None, &None));
    stopped.assert_done(&fetched);
}

#[test]
fn a_login_page_in_place_of_the_rest_is_not_saved_and_costs_nothing() {
    let page = answer(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html",
        b"<h1>Log in</h1>",
    );
    let stopped = Stopped::new(
        "\r\nETag: \"v1\"\r\nContent-Type: application/zip",
        vec![
            page,
            rest("\r\nETag: \"v1\"\r\nContent-Type: application/zip"),
        ],
    );
    let error = stopped.go_on().unwrap_err();
    assert_eq!(error.class, ErrorClass::NotTheFile);
    assert_eq!(error.http_status, Some(200));
    assert_eq!(error.received, CUT as u64);
    assert!(error.hint.contains("new link"), "{}", error.hint);
    assert_eq!(fs::read(stopped.part()).unwrap(), &file()[..CUT]);
    let fetched = stopped.go_on().unwrap();
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
    stopped.assert_done(&fetched);
}

#[test]
fn a_refusal_keeps_the_part() {
    for status in [401, 403, 404, 410, 429, 500, 503] {
        let refusal = answer(&format!("HTTP/1.1 {status} x"), b"no");
        // A refusal may mean the range or the file: a plain request shows which.
        let is_final = status < 500 && status != 429;
        let mut then = vec![refusal; if is_final { 2 } else { 1 }];
        then.push(rest(V1));
        let stopped = Stopped::new(V1, then);
        let error = stopped.go_on().unwrap_err();
        assert_eq!(error.http_status, Some(status));
        assert_eq!(error.received, CUT as u64);
        let fetched = stopped.go_on().unwrap();
        assert_eq!(fetched.resumed_at, Some(CUT as u64), "{status}");
        stopped.assert_done(&fetched);
    }
}

#[test]
fn a_redirect_is_asked_for_the_rest_too() {
    let location = |path: &str| answer(&format!("HTTP/1.1 302 Found\r\nLocation: {path}"), b"");
    let stopped = Stopped::new(V1, vec![location("/elsewhere"), rest(V1)]);
    let fetched = stopped.go_on().unwrap();
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
    stopped.assert_done(&fetched);
    let asked = stopped.asked(2);
    assert!(asked.contains(&format!("range: bytes={FIRST}-")), "{asked}");

    // A redirect may lead to a server that cannot resume: its response is the file.
    let stopped = Stopped::new(V1, vec![location("/elsewhere"), whole()]);
    let fetched = stopped.go_on().unwrap();
    assert_eq!(fetched.resumed_at, None);
    assert_eq!(stopped.names(), ["elsewhere"]);
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
}

#[test]
fn a_file_that_is_all_there_is_only_proved() {
    // All bytes arrived, but not the end of the body.
    let without_length = vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n"),
        send(format!("{TOTAL:x}\r\n")),
        send(file()),
    ];
    for (answer, wire_bytes) in [
        (
            answer(
                // Its body, an error page, is not the file's.
                &format!(
                    "HTTP/1.1 416 x\r\nContent-Type: text/html\r\nContent-Range: bytes */{TOTAL}"
                ),
                b"",
            ),
            0,
        ),
        (
            answer(
                &format!(
                    "HTTP/1.1 206 x{V1}\r\nContent-Range: bytes {}-{}/{TOTAL}",
                    TOTAL - OVERLAP,
                    TOTAL - 1
                ),
                &file()[TOTAL - OVERLAP..],
            ),
            OVERLAP,
        ),
    ] {
        let server = FaultServer::start(vec![without_length.clone(), answer]);
        let rig = Rig::new();
        let folder = tempfile::tempdir().unwrap();
        let save = || rig.end_of(rig.save(get(&server.url("/x.bin")), folder.path()));
        assert_eq!(save().unwrap_err().received, TOTAL as u64);
        let fetched = save().unwrap();
        assert_eq!(fetched.wire_bytes, wire_bytes as u64);
        assert_eq!(fetched.total, Some(TOTAL as u64).filter(|_| wire_bytes > 0));
        assert_eq!(fetched.doubt(), None);
        assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
        assert_eq!(names_in(folder.path()), ["x.bin"]);
    }
}

#[test]
fn bytes_changed_on_disk_are_not_resumed() {
    let stopped = Stopped::new(V1, vec![whole()]);
    let mut changed = file()[..CUT].to_vec();
    changed[10] ^= 1;
    fs::write(stopped.part(), &changed).unwrap();
    let fetched = stopped.go_on().unwrap();
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
    assert!(!stopped.asked(1).contains("range:"));
    // The user who changed them keeps them.
    assert_eq!(fs::read(stopped.part()).unwrap(), changed);
}

#[test]
fn bytes_that_were_never_written_down_do_not_count() {
    let stopped = Stopped::new(V1, vec![rest(V1)]);
    let mut longer = file()[..CUT].to_vec();
    longer.extend_from_slice(&[9; 1000]);
    fs::write(stopped.part(), longer).unwrap();
    stopped.assert_goes_on();

    let stopped = Stopped::new(V1, vec![whole()]);
    fs::write(stopped.part(), &file()[..CUT - 1]).unwrap();
    let fetched = stopped.go_on().unwrap();
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
}

#[test]
fn without_its_manifest_a_part_is_foreign() {
    for damage in [
        (|path: &Path| fs::remove_file(path).unwrap()) as fn(&Path),
        |path| fs::write(path, "").unwrap(),
        |path| fs::write(path, [0xff; 20_000]).unwrap(),
        |path| fs::write(path, "{\"version\":1}\n").unwrap(),
    ] {
        let stopped = Stopped::new(V1, vec![whole()]);
        damage(&stopped.folder.path().join("x.bin.part.json"));
        let fetched = stopped.go_on().unwrap();
        assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
        assert_eq!(fs::read(stopped.part()).unwrap(), &file()[..CUT]);
    }
}

#[test]
fn another_url_does_not_resume_it() {
    let stopped = Stopped::new(V1, vec![whole()]);
    let request = get(&stopped.server.url("/x.bin?other"));
    let fetched = (stopped.rig)
        .end_of(stopped.rig.save(request, stopped.folder.path()))
        .unwrap();
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
    assert_eq!(stopped.names(), ["x.bin", "x.bin.part", "x.bin.part.json"]);
}

#[test]
fn a_new_link_resumes_the_bytes_of_the_old_one() {
    let go_on = |then: Vec<Vec<Act>>| {
        let stopped = Stopped::new("\r\nETag: \"v1\"\r\nContent-Type: a/b", then);
        let request = get(&stopped.server.url("/new?token=1"));
        let save = Save::in_folder(stopped.folder.path()).continuing(stopped.part());
        let job = (stopped.rig.runtime).spawn("save", async move |cx| {
            cx.fetch(request).save_as(save).await
        });
        let result = stopped.rig.end_of(job);
        (stopped, result)
    };
    let (stopped, result) = go_on(vec![rest(V1)]);
    let fetched = result.unwrap();
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
    assert_eq!(stopped.names(), ["x.bin"]);
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());

    // Another file at the new link is an error, and the part is kept.
    let mut other = file();
    other[CUT - 1] ^= 1;
    let header = format!(
        "HTTP/1.1 206 x{V1}\r\nContent-Range: bytes {FIRST}-{}/{TOTAL}",
        TOTAL - 1
    );
    for answer in [answer(&header, &other[FIRST..]), whole()] {
        let (stopped, result) = go_on(vec![answer]);
        let error = result.unwrap_err();
        assert_eq!(error.class, ErrorClass::Changed, "{error:?}");
        assert_eq!(stopped.server.connections(), 2);
        assert_eq!(fs::read(stopped.part()).unwrap(), &file()[..CUT]);
        assert_eq!(error.part.as_deref(), Some(&*stopped.part()));
    }
}

#[test]
fn a_missing_part_cannot_be_resumed() {
    let server = FaultServer::always(whole());
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let save = Save::in_folder(folder.path()).continuing(folder.path().join("gone.part"));
    let request = get(&server.url("/x"));
    let job = (rig.runtime).spawn("save", async move |cx| {
        cx.fetch(request).save_as(save).await
    });
    let error = rig.end_of(job).unwrap_err();
    assert_eq!(error.class, ErrorClass::NotResumable);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_name_that_only_the_server_knows_is_found_again() {
    let disposition =
        "\r\nETag: \"v1\"\r\nContent-Disposition: attachment; filename=\"report.pdf\"";
    let begun = cut(disposition);
    let again = answer(&format!("HTTP/1.1 200 OK{disposition}"), &file());
    let server = FaultServer::start(vec![begun, again, rest(disposition)]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let save = |trace: &Trace| {
        let request = get(&server.url("/get?id=7")).with_trace(trace.clone());
        rig.end_of(rig.save(request, folder.path()))
    };
    let trace = Trace::default();
    save(&trace).unwrap_err();
    assert_eq!(trace.part(), Some(folder.path().join("report.pdf.part")));
    assert_eq!(trace.wire_bytes(), CUT as u64);
    let trace = Trace::default();
    let fetched = save(&trace).unwrap();
    assert_eq!(fetched.resumed_at, Some(CUT as u64));
    assert_eq!(names_in(folder.path()), ["report.pdf"]);
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
    assert_eq!(trace.part(), None);
    assert_eq!(trace.wire_bytes(), (TOTAL - FIRST) as u64);
}

#[test]
fn two_jobs_do_not_share_a_part() {
    let slow = vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {TOTAL}\r\n\r\nbegun"
        )),
        Act::StaySilent,
    ];
    let server = FaultServer::start(vec![slow, whole()]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let first = rig.save(get(&server.url("/x.bin")), folder.path());
    rig.drive_until("the first bytes", || first.progress().0 == 5);
    let second = rig.end_of(rig.save(get(&server.url("/x.bin")), folder.path()));
    assert!(fs::read(second.unwrap().path.unwrap()).unwrap() == file());
    first.cancel();
    rig.finish(&first);
    assert_eq!(
        names_in(folder.path()),
        ["x.bin", "x.bin.part", "x.bin.part.json"]
    );
}

#[test]
fn a_connection_that_is_lost_in_a_pause_is_no_failure() {
    let held = vec![
        Act::ReadRequest,
        send(format!(
            "HTTP/1.1 200 OK{V1}\r\nContent-Length: {TOTAL}\r\n\r\n"
        )),
        send(&file()[..CUT]),
        Act::StaySilent,
    ];
    let server = FaultServer::start(vec![held, rest(V1)]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let job = rig.save(get(&server.url("/x.bin")), folder.path());
    let bytes = || job.progress().0;
    rig.drive_until("the bytes", || bytes() == CUT as u64);
    job.pause();
    rig.drive_until("the pause", || {
        job.is_paused() && rig.runtime.busy_workers() == 1
    });
    server.cut_connections();
    job.resume();
    let fetched = rig.end_of(job).unwrap();
    assert_eq!(fetched.received, TOTAL as u64);
    assert!(fs::read(fetched.path.unwrap()).unwrap() == file());
}

#[test]
fn a_row_with_an_expired_link_resumes_from_a_new_one() {
    use jobdeck::deck::{Action, Deck};
    use jobdeck::jobs::{Destination, FetchSpec, Spec};
    use jobdeck::runtime::Outcome;
    let expired = answer("HTTP/1.1 403 Forbidden", b"expired");
    let server = FaultServer::start(vec![cut(V1), expired.clone(), expired, rest(V1)]);
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let destination = Destination::Save(Save::in_folder(folder.path()));
    let mut spec = FetchSpec::new(get(&server.url("/x.bin?old")), destination);
    spec.retry.retries = 0;
    let mut deck = Deck::new(rig.runtime.clone());
    let specs = vec![Spec::Fetch(spec)];
    deck.add(specs, false);
    let id = deck.rows.ids().next().unwrap();
    let to_the_end = |deck: &mut Deck| {
        rig.drive_until("the end", || {
            deck.tick(std::time::Duration::from_millis(4));
            deck.all_ended()
        });
        deck.rows.ended(id).unwrap().clone()
    };
    to_the_end(&mut deck);
    assert_eq!(deck.apply(Action::new(Verb::Retry, vec![id])).rows, 1);
    let ended = to_the_end(&mut deck);
    assert_eq!(ended.fetch_error().unwrap().http_status, Some(403));
    assert_eq!(ended.part, Some(folder.path().join("x.bin.part")));
    let link = Box::new(get(&server.url("/x.bin?new")));
    assert!(deck.change_url(id, &link.clone()));
    let ended = to_the_end(&mut deck);
    assert!(matches!(ended.outcome, Outcome::Done));
    assert_eq!(ended.fetched.unwrap().resumed_at, Some(CUT as u64));
    assert!(fs::read(folder.path().join("x.bin")).unwrap() == file());
    assert_eq!(names_in(folder.path()), ["x.bin"]);
    assert!(!deck.change_url(id, &link), "it is done");
}
