//! The counted bytes are exactly the bytes that the server sent.

use jobdeck::demo::{DemoServer, End, Pace};
use jobdeck::fetch::{ErrorClass, FetchError, FetchExt, Fetched};

use crate::support::fault::{FaultServer, answer};
use crate::support::{Rig, get};

#[test]
fn every_length_is_counted_to_the_byte() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let rig = Rig::new();
    // Around the sizes of buffers and blocks.
    for bytes in [
        0, 1, 65_535, 65_536, 69_632, 262_143, 262_144, 262_145, 5_000_001,
    ] {
        let url = server.url(&format!("/bytes/{bytes}/file"));
        let job = rig.count(get(&url));
        let view = job.job().clone();
        let fetched = rig.end_of(job).unwrap();
        let mut expected = Fetched::default();
        expected.received = bytes;
        expected.wire_bytes = bytes;
        expected.total = Some(bytes);
        expected.length_announced = true;
        expected.http_status = 200;
        expected.final_url = url;
        expected.content_type = Some("application/octet-stream".to_owned());
        assert_eq!(fetched, expected);
        assert_eq!(view.progress(), (bytes, Some(bytes)));
        rig.drive_until("the server's own account", || {
            server.log().pop().unwrap().end == End::Completed
        });
        assert_eq!(server.log().pop().unwrap().body_bytes, bytes);
    }
}

#[test]
fn the_steps_of_a_download_are_told_in_order() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let job = rig.save(get(&server.url("/bytes/10")), folder.path());
    let view = job.job().clone();
    rig.end_of(job).unwrap();
    let labels: Vec<_> = view
        .steps_from(0)
        .into_iter()
        .map(|record| record.step.label.into_owned())
        .collect();
    assert_eq!(
        labels,
        ["Connecting", "Requesting", "Downloading", "Saving"]
    );
}

#[test]
fn a_chunked_body_is_counted_without_its_frame() {
    let server = FaultServer::always(answer(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
    ));
    let rig = Rig::new();
    let fetched = rig.end_of(rig.count(get(&server.url("/")))).unwrap();
    assert_eq!((fetched.received, fetched.total), (11, None));
    assert!(!fetched.length_announced);
}

#[test]
fn a_body_that_ends_with_its_connection_is_marked() {
    let server = FaultServer::always(answer("HTTP/1.1 200 OK\r\n\r\nhello"));
    let rig = Rig::new();
    let fetched = rig.end_of(rig.count(get(&server.url("/")))).unwrap();
    assert_eq!((fetched.received, fetched.total), (5, None));
    assert!(!fetched.length_announced);
}

#[test]
fn text_is_kept_up_to_its_limit() {
    let rig = Rig::new();
    let text = |response: &str, limit_bytes: u64| {
        let server = FaultServer::always(answer(response));
        let url = server.url("/");
        let result = rig.run(async move |cx| {
            let fetched = cx.fetch(get(&url)).text(limit_bytes).await?;
            Ok(fetched.text.unwrap())
        });
        drop(server);
        result.map_err(|error| error.downcast_ref::<FetchError>().unwrap().class)
    };
    // The last letter is beyond the announced length, so none of it is text.
    let announced = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ngr\u{fc}\u{df}";
    assert_eq!(text(announced, 6).unwrap(), "gr\u{fc}\u{df}");
    assert_eq!(text(announced, 5), Err(ErrorClass::TooLarge));
    let unannounced = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(100_000));
    assert_eq!(text(&unannounced, 99_999), Err(ErrorClass::TooLarge));
    assert_eq!(text(&unannounced, 100_000).unwrap().len(), 100_000);
}
