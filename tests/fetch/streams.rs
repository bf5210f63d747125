//! Bodies written to a stream: every written byte is right, whatever the server and the reader do.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use jobdeck::fetch::{Checksum, ErrorClass, FetchError, FetchExt, Fetched, Request, Stream};
use jobdeck::runtime::JobHandle;

use crate::support::fault::{Act, FaultServer, answer, endless, send};
use crate::support::{Rig, body, get};

const TOTAL: usize = 300_000;
const HALF: usize = 170_000;
const FIRST: usize = HALF - 64 * 1024;

/// A writer whose bytes the test reads.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that blocks until the test releases it.
struct Blocked {
    begun: Sender<()>,
    go: Receiver<()>,
}

impl Write for Blocked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.begun.send(());
        let _ = self.go.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer whose reader has gone.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start(rig: &Rig, request: Request, stream: &Stream) -> JobHandle<Fetched> {
    let stream = stream.clone();
    rig.runtime.spawn("write", async move |cx| {
        cx.fetch(request).write_to(stream).await
    })
}

fn written(request: Request, stream: &Stream) -> Result<Fetched, FetchError> {
    let rig = Rig::new();
    let job = start(&rig, request, stream);
    rig.end_of(job)
}

/// The whole file, cut in its middle.
fn cut(headers: &str) -> Vec<Act> {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {TOTAL}\r\n\r\n");
    answer([head.as_bytes(), &body(TOTAL)[..HALF]].concat())
}

/// The bytes from `first` to before `end`, called a part of a file of `total`.
fn part(headers: &str, first: usize, end: usize, total: usize) -> Vec<Act> {
    let head = format!(
        "HTTP/1.1 206 x\r\n{headers}Content-Range: bytes {first}-{}/{total}\r\nContent-Length: {}\r\n\r\n",
        end - 1,
        end - first
    );
    answer([head.as_bytes(), &body(total)[first..end]].concat())
}

/// Fetches from a server that cuts the body and then follows this script.
fn after_a_cut(
    headers: &str,
    then: Vec<Vec<Act>>,
) -> (Result<Fetched, FetchError>, Vec<u8>, Vec<String>) {
    let mut scripts = vec![cut(headers)];
    scripts.extend(then);
    let server = FaultServer::start(scripts);
    let output = Output::default();
    let stream = Stream::new(output.clone());
    let error = written(get(&server.url("/x")), &stream).unwrap_err();
    assert_eq!(error.received, HALF as u64, "{error:?}");
    let end = if error.is_retryable() {
        written(get(&server.url("/x")), &stream)
    } else {
        Err(error)
    };
    (end, output.bytes(), server.requests())
}

#[test]
fn a_body_is_written_to_its_last_byte() {
    let file = body(3_000_000);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n";
    let server = FaultServer::always(answer([head.as_bytes(), &file].concat()));
    let output = Output::default();
    let request = get(&server.url("/x")).with_checksum(Checksum::of(&file));
    let fetched = written(request, &Stream::new(output.clone())).unwrap();
    assert!(output.bytes() == file);
    assert_eq!(
        (fetched.received, fetched.total),
        (3_000_000, Some(3_000_000))
    );
    assert_eq!(fetched.sha256, Some(Checksum::of(&file)));
    assert_eq!(fetched.path, None);

    let request = get(&server.url("/x")).with_checksum(Checksum::of(b"other"));
    let error = written(request, &Stream::new(Output::default())).unwrap_err();
    assert_eq!(error.class, ErrorClass::Checksum);
}

#[test]
fn it_resumes_with_the_same_strong_tag_and_equal_bytes() {
    let tag = "ETag: \"v1\"\r\n";
    let rest = vec![
        part(tag, FIRST, HALF + 10_000, TOTAL),
        part(tag, FIRST + 10_000, TOTAL, TOTAL),
    ];
    let (end, bytes, requests) = after_a_cut(tag, rest);
    let fetched = end.unwrap();
    assert!(bytes == body(TOTAL));
    assert_eq!(fetched.resumed_at, Some(HALF as u64));
    let second = requests[1].to_ascii_lowercase();
    assert!(
        second.contains(&format!("range: bytes={FIRST}-")),
        "{second}"
    );
    assert!(second.contains("if-range: \"v1\""), "{second}");
}

#[test]
fn without_a_strong_tag_it_is_not_tried_again() {
    for headers in [
        "",
        "ETag: W/\"v1\"\r\n",
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
    ] {
        let (end, bytes, requests) = after_a_cut(headers, vec![]);
        let error = end.unwrap_err();
        assert_eq!(error.class, ErrorClass::NotResumable, "{headers}");
        assert!(bytes == body(HALF), "{headers}");
        assert_eq!(requests.len(), 1, "{headers}");
    }
}

#[test]
fn another_file_is_never_appended() {
    let tag = "ETag: \"v1\"\r\n";
    let whole = format!("HTTP/1.1 200 OK\r\n{tag}Content-Length: {TOTAL}\r\n\r\n");
    let whole = answer([whole.as_bytes(), &body(TOTAL)].concat());
    let mut differs = part(tag, FIRST, TOTAL, TOTAL);
    if let Some(Act::Send(bytes)) = differs.last_mut() {
        // In the bytes that were written already.
        let at = bytes.len() - (TOTAL - HALF) - 1;
        bytes[at] ^= 1;
    }
    for (name, then) in [
        ("200", whole),
        ("another tag", part("ETag: \"v2\"\r\n", FIRST, TOTAL, TOTAL)),
        ("no tag", part("", FIRST, TOTAL, TOTAL)),
        ("another length", part(tag, FIRST, TOTAL + 1, TOTAL + 1)),
        ("another start", part(tag, FIRST + 1, TOTAL, TOTAL)),
        ("other bytes", differs),
        (
            "416",
            answer("HTTP/1.1 416 x\r\nContent-Range: bytes */300000\r\nContent-Length: 0\r\n\r\n"),
        ),
    ] {
        let (end, bytes, _) = after_a_cut(tag, vec![then]);
        let error = end.unwrap_err();
        assert_eq!(error.class, ErrorClass::Changed, "{name}");
        assert!(!error.is_retryable(), "{name}");
        assert!(bytes == body(HALF), "{name}");
    }
}

#[test]
fn a_part_that_was_not_asked_for_is_not_the_file() {
    for status in ["200 OK", "206 x"] {
        let response = format!(
            "HTTP/1.1 {status}\r\nContent-Range: bytes 0-4/9\r\nContent-Length: 5\r\n\r\nhello"
        );
        let server = FaultServer::always(answer(response));
        let output = Output::default();
        let error = written(get(&server.url("/x")), &Stream::new(output.clone())).unwrap_err();
        assert_eq!(error.received, 0, "{error:?}");
        assert!(output.bytes().is_empty(), "{status}");
    }
}

#[test]
fn a_slow_reader_slows_the_download_and_a_cancel_does_not_wait_for_it() {
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"),
        endless("x"),
    ]);
    let (begun, has_begun) = channel();
    let (let_go, go) = channel();
    let rig = Rig::new();
    let stream = Stream::new(Blocked { begun, go });
    let job = start(&rig, get(&server.url("/x")), &stream);
    rig.drive_until("the first write", || has_begun.try_recv().is_ok());
    rig.drive_for(std::time::Duration::from_millis(500));
    // The buffer for the reader is bounded.
    let (read, _) = job.progress();
    assert!(read < 4 * 1024 * 1024, "{read}");
    job.cancel();
    rig.drive_until("the end, while the writer is blocked", || job.is_finished());
    drop(let_go);
}

#[test]
fn a_reader_that_has_gone_ends_the_download() {
    let server = FaultServer::always(vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"),
        endless("x"),
    ]);
    let error = written(get(&server.url("/x")), &Stream::new(Gone)).unwrap_err();
    assert_eq!(error.class, ErrorClass::Permission);
    assert!(error.message.contains("reader"), "{error}");
    assert!(!error.is_retryable());
}

/// A body that comes compressed although it was asked for as it is, is written as it is, and does
/// not go on: its tag is that of the compressed form.
#[test]
fn an_encoded_body_is_written_decoded() {
    let plain = body(TOTAL);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).unwrap();
    let gzip = encoder.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: \"a\"\r\nContent-Length: {}\r\n\r\n",
        gzip.len()
    );
    let server = FaultServer::always(answer([head.as_bytes(), &gzip].concat()));
    let output = Output::default();
    let request = get(&server.url("/x.json")).with_checksum(Checksum::of(&plain));
    let fetched = written(request, &Stream::new(output.clone())).unwrap();
    assert!(output.bytes() == plain);
    assert_eq!((fetched.received, fetched.total), (TOTAL as u64, None));
    assert_eq!(fetched.wire_bytes, gzip.len() as u64);
    assert_eq!(fetched.notes.len(), 1, "{:?}", fetched.notes);

    let cut = [head.as_bytes(), &gzip[..gzip.len() / 2]].concat();
    let server = FaultServer::always(answer(cut));
    let output = Output::default();
    let error = written(get(&server.url("/x.json")), &Stream::new(output.clone())).unwrap_err();
    assert_eq!(error.class, ErrorClass::NotResumable, "{error:?}");
    assert!(plain.starts_with(&output.bytes()));
}
