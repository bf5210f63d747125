//! Lists of links as people and other programs write them.

use std::fs;

use jobdeck::demo::{DemoServer, Pace};

use crate::program::{End, run_in};

/// A run in a folder with this list, and the names it leaves there.
fn listed(list: impl AsRef<[u8]>, arguments: &[&str]) -> (End, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("urls.txt"), list).unwrap();
    let arguments = [&["run", "-i", "urls.txt"], arguments].concat();
    let end = run_in(folder.path(), &arguments, "");
    let mut names = Vec::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(folder_now) = folders.pop() {
        for entry in fs::read_dir(folder_now).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder.path()).unwrap();
            names.push(name.to_str().unwrap().replace('\\', "/"));
        }
    }
    names.retain(|name| name != "urls.txt");
    names.sort();
    (end, names)
}

#[test]
fn names_comments_and_other_links_stand_behind_a_link() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = |name: &str| server.url(&format!("/bytes/10/{name}"));
    let list = format!(
        "{}\t.env\n{} # a note\n{} {}\t# two\n",
        url("a"),
        url("b"),
        url("c"),
        url("d")
    );
    let (end, names) = listed(list, &[]);
    end.expect_status(0);
    assert_eq!(names, [".env", "b", "c", "d"]);
}

#[test]
fn a_blank_in_a_link_refuses_its_line() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let good = server.url("/bytes/10/a");
    let list = format!("{good}\n{good} b.txt\n");
    let (end, names) = listed(&list, &[]);
    end.expect_status(2);
    let says = "urls.txt, line 2: A blank ends a link. Write %20, or a tab before a name.";
    end.expect_stderr(says);
    assert_eq!((names.len(), server.connections()), (0, 0));
    let (end, names) = listed(&list, &["--keep-going"]);
    end.expect_status(1);
    assert_eq!(names, ["a"]);
}

#[test]
fn options_of_aria2_name_files_and_folders() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = |name: &str| server.url(&format!("/bytes/10/{name}"));
    let list = format!(
        "{}\n  out=x y.bin\n  dir=sub/below\n  split=4\n{}\n  dir=other\n",
        url("a"),
        url("b")
    );
    let (end, names) = listed(list, &["-d", "main"]);
    end.expect_status(0);
    assert_eq!(names, ["other/b", "sub/below/x y.bin"]);
    end.expect_stderr("not split");
}

#[test]
fn a_list_in_utf_16_or_an_old_encoding_is_read() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let text = format!("\u{feff}{}\r\n", server.url("/bytes/10/a"));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (end, names) = listed(utf16, &[]);
    end.expect_status(0);
    assert_eq!(
        (names.as_slice(), end.stderr.as_str()),
        (&["a".to_owned()][..], "")
    );

    let mut old = server.url("/bytes/10/b").into_bytes();
    old.extend_from_slice(b"\tgr\xfc\xdfe.txt\n");
    let (end, names) = listed(old, &[]);
    end.expect_status(0);
    assert_eq!(names, ["grüße.txt"]);
    let note = "urls.txt is not in UTF-8, and was read as Windows-1252";
    end.expect_stderr(note);
}

#[test]
fn a_link_that_is_there_twice_is_downloaded_once_unless_its_names_differ() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = server.url("/bytes/10/a");
    let (end, names) = listed(format!("{url}\n{url}\n{url}\tx\n{url}\n"), &[]);
    end.expect_status(0);
    assert_eq!(names, ["a", "x"]);
    assert!(
        end.stderr
            .contains("urls.txt: 2 links are there already and are downloaded once: lines 2, 4"),
        "{}",
        end.stderr
    );
    let (end, _) = listed(format!("{url}\n{url}\n"), &["-q"]);
    assert_eq!(end.stderr, "");
    // Arguments are taken as given.
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), &["run", &url, &url], "").expect_status(0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_binary_file_is_not_a_list() {
    let (end, _) = listed(b"\x89PNG\r\n\x1a\n\0\0", &[]);
    end.expect_status(2);
    end.expect_stderr("urls.txt is not a text file");
    // Dropping is an action of the window.
    assert!(!end.stderr.contains("Drop"), "{}", end.stderr);
}

#[test]
fn every_kind_of_line_end_is_one() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let url = |name: &str| server.url(&format!("/bytes/10/{name}"));
    let list = format!(
        "{}\r{}\r\r{}\r\n{}\n",
        url("a"),
        url("b"),
        url("c"),
        url("d")
    );
    let (end, names) = listed(&list, &[]);
    end.expect_status(0);
    assert_eq!(names, ["a", "b", "c", "d"]);
    let (end, _) = listed("http://h/a\rhttp://h/b\u{a0}c\r", &[]);
    end.expect_status(2);
    let says = "urls.txt, line 2: A blank ends a link. Write %20, or a tab before a name.";
    end.expect_stderr(says);
}

#[test]
fn an_argument_of_several_lines_is_refused() {
    let server = DemoServer::start(Pace::default()).unwrap();
    let (a, b) = (server.url("/bytes/10/a"), server.url("/bytes/10/b"));
    let curl = |line_end: &str| format!("curl '{a}{line_end}{b}'");
    for argument in [
        format!("{a}\n{b}"),
        format!("{a}\r{b}"),
        format!("{a}\r\n{b}\r\n"),
        curl("\n"),
        curl("\r"),
    ] {
        let end = run_in(std::env::temp_dir().as_path(), &["run", &argument], "");
        end.expect_status(2);
        let says = "URL 1: A link has a line break in it. ";
        assert!(end.stderr.contains(says), "{argument:?}: {}", end.stderr);
    }
    assert_eq!(server.connections(), 0);
}
