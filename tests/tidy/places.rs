//! What may stand where: platforms, what blocks, and what a library must not do.

use crate::Complaint;
use crate::model::Model;

/// The files that choose between a desktop and a browser. Everything else is the same on both.
const CHOOSE_PLATFORM: &[&str] = &[
    "app/mod.rs",
    "demo/mod.rs",
    "fetch/mod.rs",
    // What of it a fetch in a page needs.
    "format.rs",
    "lib.rs",
    "main.rs",
    "runtime/mod.rs",
    "store/mod.rs",
    // One wake must wait until a page's event is over.
    "view/host.rs",
];

/// The files that differ between operating systems.
const CHOOSE_SYSTEM: &[&str] = &[
    // A list with secrets that only its user may read.
    "app/file_ops.rs",
    // Whether a window system's variables are needed at all.
    "app/window.rs",
    // A pipe must not be waited for.
    "fetch/regular_file.rs",
    // A connection that is opened without blocking.
    "fetch/native/connect/happy_eyeballs.rs",
    // Starting to write back.
    "fetch/native/save/disk.rs",
    // Who owns a file, and what it is.
    "fetch/native/resume/own_files.rs",
    // Renaming only to a name that is free.
    "fetch/native/resume/rename.rs",
    // `eventfd`, a pipe or a socket.
    "fetch/native/connect/notifier.rs",
    // Which names the system can save, and how paths are compared.
    "fetch/platform.rs",
    // Sockets in folders.
    "instance/mod.rs",
    // Files that only their user may read.
    "records/output.rs",
    "store/native/folder.rs",
    // Where a desktop has a folder for downloads.
    "native.rs",
];

#[test]
fn a_platform_is_chosen_in_one_place_per_room() {
    crate::check(
        |model| {
            files_that_ask(model, |word| {
                matches!(word, "target_arch" | "target_family")
            })
        },
        CHOOSE_PLATFORM,
        &[
            &[("deck/mod.rs", "#[cfg(target_arch = \"wasm32\")] fn f() {}")],
            &[(
                "fetch/request.rs",
                "fn f() { if cfg!(target_arch = \"wasm32\") {} }",
            )],
            &[(
                "runtime/job.rs",
                "#![cfg_attr(target_arch = \"wasm32\", expect(dead_code))]",
            )],
            &[(
                "view/toolbar.rs",
                "#[cfg(not(target_family = \"wasm\"))] fn f() {}",
            )],
        ],
    );
}

#[test]
fn systems_differ_in_few_files() {
    let is_system = |word: &str| {
        let is_platform = matches!(word, "target_arch" | "target_family");
        matches!(word, "unix" | "windows") || (word.starts_with("target_") && !is_platform)
    };
    crate::check(
        |model| files_that_ask(model, is_system),
        CHOOSE_SYSTEM,
        &[
            &[("deck/mod.rs", "#[cfg(target_os = \"linux\")] fn f() {}")],
            &[("deck/row.rs", "#[cfg(not(unix))] fn f() {}")],
            &[("deck/row.rs", "struct Row { #[cfg(windows)] handle: u8 }")],
            &[(
                "runtime/job.rs",
                "fn f() { assert!(cfg!(any(unix, windows))); }",
            )],
        ],
    );
}

/// The files whose conditions have such words.
fn files_that_ask(model: &Model, is_asked: impl Fn(&str) -> bool) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in &model.sources {
        for (line, word) in &source.conditions {
            if is_asked(word) {
                let text = format!("{}: `{word}` is chosen by whole files", source.at(*line));
                complaints.push(Complaint::new(&source.path, text));
            }
        }
    }
    complaints
}

#[test]
fn a_library_never_ends_the_process_nor_prints() {
    crate::check(
        loud_lines,
        &[],
        &[
            &[("deck/mod.rs", "fn f() { std::process::exit(1); }")],
            &[(
                "deck/mod.rs",
                "use std::process; fn f() { process::abort(); }",
            )],
            &[("fetch/mod.rs", "fn f() { println!(\"x\"); }")],
            &[("runtime/mod.rs", "fn f() { std::eprintln!(\"x\"); }")],
        ],
    );
}

fn loud_lines(model: &Model) -> Vec<Complaint> {
    // What is for a terminal, and for the page's own console.
    let may_speak = ["headless", "cli", "records", "main", "native", "web"];
    let mut complaints = Vec::new();
    for (file, source) in model.sources.iter().enumerate() {
        if may_speak.contains(&source.room()) {
            continue;
        }
        let prints = source.macros.iter().filter(|(_, name)| {
            let name = name.rsplit("::").next().unwrap_or_default();
            matches!(name, "print" | "println" | "eprint" | "eprintln" | "dbg")
        });
        let ends = model.external_names(file);
        let ends = ends.iter().filter(|(_, path)| {
            matches!(&path[..], [std, process, end, ..]
                if std == "std" && process == "process" && (end == "exit" || end == "abort"))
        });
        for line in prints
            .map(|(line, _)| line)
            .chain(ends.map(|(line, _)| line))
        {
            let text = format!("{}: a library stays quiet", source.at(*line));
            complaints.push(Complaint::new(&source.path, text));
        }
    }
    complaints
}
