//! Where downloads are saved, and the form of their names.

use std::fs;

use jobdeck::demo::{DemoServer, Pace, fill_body};

use crate::program::{run, run_in};

fn body(bytes: usize) -> Vec<u8> {
    let mut body = vec![0; bytes];
    fill_body(0, &mut body);
    body
}

#[test]
fn a_list_from_standard_input_is_saved_where_told() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let list = format!(
        "# a list\n\n{}\n  {}  \r\n",
        server.url("/bytes/70000/a.bin"),
        server.url("/bytes/300000/b.bin")
    );
    let end = run_in(
        folder.path(),
        &["run", "--json", "-d", "out", "-i", "-"],
        &list,
    );
    end.expect_status(0);
    let out = folder.path().join("out");
    assert!(fs::read(out.join("a.bin")).unwrap() == body(70_000));
    assert!(fs::read(out.join("b.bin")).unwrap() == body(300_000));
    let finished = end.finished(&server.url("/bytes/70000/a.bin"));
    assert!(
        finished["path"].as_str().unwrap().ends_with("a.bin"),
        "{finished}"
    );
    // Nothing else appears: no part files, no store beside the downloads.
    assert_eq!(fs::read_dir(&out).unwrap().count(), 2);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn without_a_folder_it_is_saved_here_and_counted_only_on_request() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/bytes/5000/a.bin");
    let end = run_in(folder.path(), &["run", "--count-only", &url], "");
    end.expect_status(0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(end.stdout.contains("5.00 kB"), "{}", end.stdout);
    run_in(folder.path(), &["run", &url], "").expect_status(0);
    assert!(fs::read(folder.path().join("a.bin")).unwrap() == body(5000));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // The demo counts.
    let demo = ["run", "--demo", "--sleep", "0"];
    run_in(folder.path(), &demo, "").expect_status(0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn one_at_a_time_is_one_at_a_time() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let urls: Vec<_> = (0..5).map(|_| server.url("/bytes/100000/a")).collect();
    let mut arguments = vec!["run", "--quiet", "-j", "1"];
    arguments.extend(urls.iter().map(String::as_str));
    let end = run(&arguments);
    end.expect_status(0);
    assert_eq!((end.stdout.as_str(), end.stderr.as_str()), ("", ""));
    // The connection of the previous download is free again each time.
    assert_eq!((server.log().len(), server.connections()), (5, 1));
}

#[test]
fn off_a_terminal_there_is_one_line_for_each() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let (a, b) = (server.url("/bytes/1000/a"), server.url("/bytes/no/b"));
    let end = run(&["run", &a, &b]);
    end.expect_status(1);
    let all = format!("{}{}", end.stdout, end.stderr);
    assert!(all.contains('a') && all.contains("404"), "{all}");
    assert!(!all.contains('\x1b'), "{all:?}");
}
