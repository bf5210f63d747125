//! Text of a body: decoded within a bound, with a preview if it is short. The saved bytes stay as
//! sent.

use std::fs;
use std::io::{Read as _, Write as _};

use jobdeck::fetch::{ErrorClass, FetchError, FetchExt, Fetched};

use crate::support::fault::{Act, FaultServer, send};
use crate::support::{Rig, get};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn answer(headers: &str, body: &[u8]) -> Vec<Act> {
    let header = format!(
        "HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    vec![Act::ReadRequest, send(header), send(body)]
}

const GZIP: &str = "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n";

fn text(headers: &str, body: &[u8], limit_bytes: u64) -> Result<Fetched, FetchError> {
    let server = FaultServer::always(answer(headers, body));
    let rig = Rig::new();
    let request = get(&server.url("/"));
    rig.end_of(rig.runtime.spawn("text", async move |cx| {
        cx.fetch(request).text(limit_bytes).await
    }))
}

/// The preview of a counted body, equal to that of a saved body without its content coding.
fn preview(headers: &str, body: &[u8]) -> Option<String> {
    let server = FaultServer::always(answer(headers, body));
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let request = || get(&server.url("/x"));
    let saved = rig.end_of(rig.save(request(), folder.path())).unwrap();
    let mut file = Vec::new();
    if headers == GZIP && body.starts_with(&[0x1f, 0x8b]) {
        let mut decoder = flate2::read::MultiGzDecoder::new(body);
        decoder.read_to_end(&mut file).unwrap();
    } else {
        file.extend_from_slice(body);
    }
    assert!(fs::read(saved.path.unwrap()).unwrap() == file);
    let counted = rig.end_of(rig.count(request())).unwrap();
    assert_eq!(counted.received, body.len() as u64);
    assert_eq!(saved.preview, counted.preview);
    counted.preview
}

#[test]
fn a_coded_text_is_decoded() {
    let fetched = text(GZIP, &gzip("grüße".as_bytes()), 100).unwrap();
    assert_eq!(fetched.text.as_deref(), Some("grüße"));
    let fetched = text("Content-Encoding: X-GZIP\r\n", &gzip(b"hello"), 100).unwrap();
    assert_eq!(fetched.text.as_deref(), Some("hello"));
}

#[test]
fn only_text_asks_for_a_coding() {
    let server = FaultServer::always(answer("", b"hello"));
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let request = || get(&server.url("/x"));
    rig.end_of(rig.count(request())).unwrap();
    rig.end_of(rig.save(request(), folder.path())).unwrap();
    let asked = request();
    rig.run(async move |cx| cx.fetch(asked).text(100).await)
        .unwrap();
    let codings: Vec<_> = (server.requests().iter())
        .map(|header| {
            let header = header.to_ascii_lowercase();
            let (_, rest) = header.split_once("accept-encoding:").unwrap();
            rest.lines().next().unwrap().trim().to_owned()
        })
        .collect();
    assert_eq!(codings[..2], ["identity", "identity"]);
    assert!(codings[2].contains("gzip"), "{codings:?}");
}

#[test]
fn a_bomb_is_too_large() {
    let error = text(GZIP, &bomb(), 1_000_000).unwrap_err();
    assert_eq!(error.class, ErrorClass::TooLarge);
    assert_eq!(error.http_status, Some(200));
}

/// 300 MB of zeros, compressed.
fn bomb() -> Vec<u8> {
    let bomb = gzip(&[0; 1_000_000]).repeat(300);
    assert!(bomb.len() < 1_000_000, "{}", bomb.len());
    bomb
}

/// In a process of its own, because other tests use much memory.
#[test]
fn a_bomb_takes_no_memory() {
    const ALONE: &str = "JOBDECK_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "previews::a_bomb_takes_no_memory"])
            .env(ALONE, "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let bomb = bomb();
    let before_kib = peak_kib();
    text(GZIP, &bomb, 1_000_000).unwrap_err();
    if let (Some(before), Some(after)) = (before_kib, peak_kib()) {
        assert!(after - before < 30_000, "{before} KiB, then {after} KiB");
    }
}

/// Peak memory of this process.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let (_, rest) = status.split_once("VmHWM:")?;
    rest.split_whitespace().next()?.parse().ok()
}

#[test]
fn a_text_with_a_wrong_content_coding_is_the_servers_fault() {
    let mut wrong_sum = gzip(b"hello");
    let sum_at = wrong_sum.len() - 8;
    wrong_sum[sum_at] ^= 1;
    let cut = gzip(b"hello, hello")[..14].to_vec();
    for (headers, body) in [
        (GZIP, wrong_sum.as_slice()),
        (GZIP, &cut),
        (GZIP, b"hello"),
        ("Content-Encoding: br\r\n", b"hello"),
        ("Content-Encoding: gzip, gzip\r\n", b"hello"),
    ] {
        let error = text(headers, body, 100).unwrap_err();
        assert_eq!(error.class, ErrorClass::Protocol, "{headers} {error:?}");
        assert_eq!(error.http_status, Some(200));
        assert!(!error.hint.is_empty());
    }
}

#[test]
fn a_small_text_has_a_preview() {
    let plain = "Content-Type: text/html; charset=utf-8\r\n";
    assert_eq!(preview(plain, b"<p>hi").as_deref(), Some("<p>hi"));
    let json = "Content-Type: application/problem+json\r\n";
    assert_eq!(preview(json, b"{}").as_deref(), Some("{}"));
    assert_eq!(preview(plain, &[b'x', 0xff]).as_deref(), Some("x\u{fffd}"));
}

#[test]
fn the_preview_of_a_coded_text_can_be_read() {
    assert_eq!(preview(GZIP, &gzip(b"hello")).as_deref(), Some("hello"));
}

#[test]
fn a_large_binary_or_broken_body_has_no_preview() {
    let plain = "Content-Type: text/plain\r\n";
    let limit = jobdeck::fetch::limits::PREVIEW_MAX_BYTES;
    assert_eq!(
        preview(plain, &vec![b'x'; limit]).map(|text| text.len()),
        Some(limit)
    );
    assert_eq!(preview(plain, &vec![b'x'; limit + 1]), None);
    assert_eq!(preview("Content-Type: image/png\r\n", b"x"), None);
    assert_eq!(preview("", b"x"), None, "no type at all");
    // A broken or large body does not fail a fetch that only counts or saves it.
    assert_eq!(preview(GZIP, b"not coded"), None);
    assert_eq!(preview(GZIP, &gzip(&vec![0; 10_000_000])), None);
}

#[test]
fn a_text_larger_than_it_may_be_is_too_large_announced_or_not() {
    let error = text("", b"hello!", 5).unwrap_err();
    assert_eq!((error.class, error.received), (ErrorClass::TooLarge, 0));
    let chunked = vec![
        Act::ReadRequest,
        send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello!\r\n0\r\n\r\n"),
    ];
    let server = FaultServer::always(chunked);
    let rig = Rig::new();
    let request = get(&server.url("/"));
    let error = rig
        .run(async move |cx| cx.fetch(request).text(5).await)
        .unwrap_err();
    let error: &FetchError = error.downcast_ref().unwrap();
    assert_eq!(error.class, ErrorClass::TooLarge);
    assert_eq!(
        text("", b"hello", 5).unwrap().text.as_deref(),
        Some("hello")
    );
}
