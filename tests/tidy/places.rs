//! What may stand where: platforms, long files, and what a library must not do.

use crate::source::Source;

/// The places that choose between a desktop and a browser. Everything else is the same on both.
const CHOOSE_PLATFORM: [&str; 7] = [
    "lib.rs",
    "main.rs",
    "app/mod.rs",
    "demo/mod.rs",
    "fetch/mod.rs",
    "runtime/mod.rs",
    "store/mod.rs",
];

/// Where single lines still differ: the one wake that must wait until a page's event is over.
const STILL_DIFFER: [&str; 1] = ["view/host.rs"];

#[test]
fn a_platform_is_chosen_in_one_place_per_room() {
    crate::check(
        platform_lines,
        &[
            ("deck/mod.rs", "#[cfg(target_arch = \"wasm32\")]"),
            ("fetch/request.rs", "if cfg!(target_arch = \"wasm32\") {"),
            ("view/toolbar.rs", "#[cfg(not(target_family = \"wasm\"))]"),
            ("view/host.rs", "fn wake() {}"),
        ],
    );
}

fn platform_lines(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let path = source.path.as_str();
        if CHOOSE_PLATFORM.contains(&path) {
            continue;
        }
        if STILL_DIFFER.contains(&path) {
            if !source.text.contains("target_arch") {
                complaints.push(format!(
                    "src/{path}: no longer differs; take it off the list"
                ));
            }
            continue;
        }
        for (line, code) in source.code() {
            if code.contains("target_arch") || code.contains("target_family") {
                complaints.push(format!(
                    "{}: a platform is chosen by whole files, in {}",
                    source.at(line),
                    CHOOSE_PLATFORM.join(", ")
                ));
            }
        }
    }
    complaints
}

/// A file that is longer than this is two files.
const MAX_LINES: usize = 600;

#[test]
fn no_file_is_too_long_to_read() {
    let long = "fn f() {}\n".repeat(MAX_LINES + 1);
    let of_comments = "//! x\n".repeat(MAX_LINES + 1);
    crate::check(
        long_files,
        &[("deck/mod.rs", &long), ("status.rs", &of_comments)],
    );
    let with_tests = format!("fn f() {{}}\n#[cfg(test)]\n{long}");
    assert!(long_files(&[Source::new("deck/mod.rs", &with_tests)]).is_empty());
}

/// Tests at the end of a file do not count.
fn long_files(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let lines = source
            .text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .count();
        if lines > MAX_LINES {
            complaints.push(format!("src/{}: {lines} lines", source.path));
        }
    }
    complaints
}

#[test]
fn a_library_never_ends_the_process_nor_prints() {
    crate::check(
        loud_lines,
        &[
            ("deck/mod.rs", "std::process::exit(1);"),
            ("fetch/mod.rs", "println!(\"x\");"),
            ("runtime/mod.rs", "eprintln!(\"x\");"),
        ],
    );
}

fn loud_lines(sources: &[Source]) -> Vec<String> {
    // What is for a terminal, and for the page's own console.
    let may_speak = ["headless", "cli", "main", "native", "web"];
    let mut complaints = Vec::new();
    for source in sources {
        if may_speak.contains(&source.room()) {
            continue;
        }
        for (line, code) in source.code() {
            if ["println!", "print!", "process::exit", "process::abort"]
                .iter()
                .any(|loud| code.contains(loud))
            {
                complaints.push(format!("{}: a library stays quiet", source.at(line)));
            }
        }
    }
    complaints
}
