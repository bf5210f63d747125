//! `-o -`: the bytes on standard output, and nothing else there.

use std::io::Read as _;

use jobdeck::demo::{DemoServer, Pace, fill_body};
use jobdeck::fetch::Checksum;

use crate::fault::{FaultServer, answer};
use crate::program::{command, end_of, run};

fn body(bytes: usize) -> Vec<u8> {
    let mut body = vec![0; bytes];
    fill_body(0, &mut body);
    body
}

/// The output of a run, its exit status and its messages.
fn output(arguments: &[&str]) -> (Vec<u8>, Option<i32>, String) {
    let output = command(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.stdout, output.status.code(), said)
}

#[test]
fn the_bytes_go_to_standard_output_and_lines_to_standard_error() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/3000000/a.bin");
    let sha256 = format!("sha256:{}", Checksum::of(&body(3_000_000)).hex());
    let (bytes, status, said) = output(&["run", "-o", "-", "--checksum", &sha256, &url]);
    assert!(bytes == body(3_000_000));
    assert_eq!(status, Some(0), "{said}");
    assert!(said.starts_with("Done  a.bin  3.00 MB"), "{said}");
    let (bytes, status, said) = output(&["run", "-q", "-o", "-", &url]);
    assert_eq!(
        (bytes.len(), status, said.as_str()),
        (3_000_000, Some(0), "")
    );

    let other = format!("sha256:{}", Checksum::of(b"other").hex());
    let (_, status, said) = output(&["run", "-o", "-", "--checksum", &other, &url]);
    assert_eq!(status, Some(1));
    assert!(said.contains("checksum"), "{said}");
}

#[test]
fn a_cut_is_gone_over_only_with_a_proof() {
    let file = body(150_000);
    let tag = "ETag: \"v1\"\r\n";
    let begun = |tag: &str| {
        let head = format!("HTTP/1.1 200 OK\r\n{tag}Content-Length: 150000\r\n\r\n");
        answer([head.as_bytes(), &file[..100_000]].concat())
    };
    let rest = format!(
        "HTTP/1.1 206 x\r\n{tag}Content-Range: bytes 34464-149999/150000\r\nContent-Length: 115536\r\n\r\n"
    );
    let rest = answer([rest.as_bytes(), &file[34_464..]].concat());
    let server = FaultServer::start(vec![begun(tag), rest]);
    let (bytes, status, said) = output(&["run", "-o", "-", &server.url("/f.bin")]);
    assert_eq!(status, Some(0), "{said}");
    assert!(bytes == file);
    assert!(said.contains("went on at 100 kB"), "{said}");

    let server = FaultServer::always(begun(""));
    let (bytes, status, said) = output(&["run", "-o", "-", &server.url("/f.bin")]);
    assert_eq!(status, Some(1), "{said}");
    assert!(bytes == file[..100_000]);
    assert!(said.contains("proves nothing"), "{said}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_reader_that_goes_ends_it_without_a_panic() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/100000000/a.bin");
    let mut child = command(&["run", "-o", "-", &url]).spawn().unwrap();
    let mut first = [0; 1000];
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_exact(&mut first).unwrap();
    assert!(first.as_slice() == body(1000));
    drop(pipe);
    let end = end_of(child);
    end.expect_status(1);
    assert!(!end.stderr.contains("panicked"), "{}", end.stderr);
    end.expect_stderr("reader");
}

#[cfg(unix)]
#[test]
fn an_interrupt_does_not_wait_for_a_reader_that_reads_nothing() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/100000000/a.bin");
    let mut child = command(&["run", "-o", "-", &url]).spawn().unwrap();
    let mut pipe = child.stdout.take().unwrap();
    // It has begun, and the reader pauses.
    pipe.read_exact(&mut [0; 1]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let interrupted = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(pipe);
}

#[test]
fn it_is_for_one_link_and_nothing_else_on_standard_output() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/10/a");
    for (arguments, says) in [
        (&["run", "-o", "-", "--json", &url][..], "--json"),
        (&["run", "-o", "-", "--joblog", "log", &url], "--joblog"),
        (&["run", "-o", "-", "-d", ".", &url], "--dir"),
        (&["run", "-o", "-", &url, &url], "there are 2 URLs"),
        (&["-o", "-", &url], "jobdeck run -o -"),
    ] {
        let end = run(arguments);
        end.expect_status(2);
        end.expect_stderr(says);
        assert_eq!(end.stdout, "");
    }
    assert_eq!(server.connections(), 0);
}
