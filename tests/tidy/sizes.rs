//! How large a file may be.

use crate::{Complaint, model::Model};

/// A file that is longer than this, without its tests, is two files.
const MAX_LINES: usize = 600;

/// Files that are still longer.
const STILL_LONG: &[&str] = &["status.rs"];

#[test]
fn no_file_is_too_long_to_read() {
    let long = "fn f() {}\n".repeat(MAX_LINES + 1);
    let of_comments = "//! x\n".repeat(MAX_LINES + 1);
    let with_tests = format!("#[cfg(test)]\nmod tests {{\n{long}}}\n");
    let with_tests_first = format!("#[cfg(test)]\nmod tests;\n{long}");
    crate::check(
        long_files,
        STILL_LONG,
        &[
            &[("deck/mod.rs", &long)],
            &[("deck/mod.rs", &with_tests_first)],
            &[("status.rs", &of_comments)],
        ],
    );
    crate::check_allowed(long_files, &[&[("deck/mod.rs", &with_tests)]]);
}

fn long_files(model: &Model) -> Vec<Complaint> {
    let lines = |source: &crate::source::Source| source.lines().count();
    let long = model
        .sources
        .iter()
        .filter(|source| lines(source) > MAX_LINES);
    let complaint = |source: &crate::source::Source| {
        let text = format!("src/{}: {} lines", source.path, lines(source));
        Complaint::new(&source.path, text)
    };
    long.map(complaint).collect()
}
