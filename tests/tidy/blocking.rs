//! What may block: files, sockets, processes, threads and waiting for them.
//!
//! What it does not see: locks and condition variables, what a called function does, and methods of
//! files that have names of their own in many types (`read`, `write`, `metadata` with arguments).

use crate::Complaint;
use crate::model::Model;

/// The files, and the folders (with `/`), that may.
#[rustfmt::skip]
const MAY_BLOCK: &[(&str, &str)] = &[
    ("cli/input.rs", "reads lists of links before there is a runtime"),
    ("cli/options.rs", "looks at what the arguments name before there is a runtime"),
    ("demo/server.rs", "has threads of its own"),
    ("fetch/regular_file.rs", "opens the files that options name, when a host of jobs starts"),
    ("fetch/native/", "runs in worker threads"),
    ("headless/joblog.rs", "writes a short line; a run without a window has no frame to miss"),
    ("headless/line_writer.rs", "has a thread that writes to a reader that may be slow"),
    ("records/output.rs", "writes the files of a command that has no runtime"),
    ("headless/given_before.rs", "looks for the files of earlier runs before a run begins"),
    ("instance/", "has a thread of its own, and asks before there is a runtime"),
    ("native.rs", "starts the thread that notifies the desktop"),
    ("native/", "is called before there is a runtime"),
    ("store/native/", "is opened before there is a runtime, and reads and writes in threads of its own"),
    ("runtime/worker/", "the worker threads, and what other threads wait with"),
];

/// Files that still do. Nothing on the UI thread may: never `deck`, `view` and `app`.
#[rustfmt::skip]
const STILL_BLOCKING: &[&str] = &[
    "app/file_ops.rs",
    "app/list_file.rs",
    "app/shutdown.rs",
];

/// Names of other crates that open, read, wait or run.
const NAMES: &[&str] = &[
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::os::unix::net",
    "std::process::Child",
    "std::process::Command",
    "std::thread::Builder",
    "std::thread::park",
    "std::thread::park_timeout",
    "std::thread::scope",
    "std::thread::sleep",
    "std::thread::spawn",
    "fs4",
    "rustix",
    "same_file",
    "socket2",
    "tempfile",
    "ureq::Agent",
];

/// Methods without arguments that ask a disk, or wait.
const METHODS: &[&str] = &[
    "canonicalize",
    "exists",
    "is_dir",
    "is_file",
    "join",
    "read_dir",
    "read_link",
    "recv",
    "symlink_metadata",
    "try_exists",
    "wait_with_output",
];

#[test]
fn only_listed_files_block() {
    crate::check(
        blocking,
        STILL_BLOCKING,
        &[
            &[("view/toolbar.rs", "fn f() { std::fs::read(\"x\"); }")],
            &[(
                "view/toolbar.rs",
                "use std::fs; fn f() { fs::read(\"x\"); }",
            )],
            &[(
                "view/toolbar.rs",
                "use std::fs::File as Opened; fn f(file: Opened) {}",
            )],
            &[(
                "deck/mod.rs",
                "fn f(path: &std::path::Path) -> bool { path.exists() }",
            )],
            &[("deck/mod.rs", "fn f() { vec![path.is_file()]; }")],
            &[("app/mod.rs", "use std::{process::Command, fmt};")],
            &[("app/mod.rs", "fn f() { std::thread::sleep(pause); }")],
            &[(
                "app/mod.rs",
                "fn f() { let all = messages.recv().unwrap(); }",
            )],
            &[("app/mod.rs", "fn f() { messages.recv_timeout(pause); }")],
            &[("app/mod.rs", "fn f() { thread.join(); }")],
            &[("status.rs", "use std::net::TcpStream;")],
        ],
    );
    crate::check_allowed(
        blocking,
        &[
            &[(
                "deck/mod.rs",
                "use std::net::IpAddr; fn f() { path.join(name); lines.join(\", \"); }",
            )],
            &[("deck/mod.rs", "#[cfg(test)] mod tests { use std::fs; }")],
        ],
    );
}

fn blocking(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, source) in model.sources.iter().enumerate() {
        let is_listed = MAY_BLOCK
            .iter()
            .any(|(listed, _)| crate::covers(listed, &source.path));
        if !is_listed {
            for (line, name) in blocking_names(model, file) {
                let text = format!("{}: `{name}` may block", source.at(line));
                complaints.push(Complaint::new(&source.path, text));
            }
        }
    }
    complaints
}

fn blocking_names(model: &Model, file: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, path) in model.external_names(file) {
        let path = path.join("::");
        let is_within = |name: &&str| {
            let rest = path.strip_prefix(*name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        if NAMES.iter().any(is_within) {
            found.push((line, path));
        }
    }
    for member in &model.sources[file].members {
        let name = member.name.as_str();
        let is_bare = member.is_bare_call && METHODS.contains(&name);
        if is_bare || matches!(name, "recv_timeout" | "recv_deadline") {
            found.push((member.line, format!("{name}()")));
        }
    }
    found
}

/// Exceptions that are none any more leave the list.
#[test]
fn every_file_that_may_block_does() {
    let model = &crate::model::ALL;
    for (listed, _) in MAY_BLOCK {
        let mut files = (0..model.sources.len())
            .filter(|file| crate::covers(listed, &model.sources[*file].path));
        let blocks = files.any(|file| !blocking_names(model, file).is_empty());
        assert!(blocks, "{listed} does not block: take it off the list");
    }
}
