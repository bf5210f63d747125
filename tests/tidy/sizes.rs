//! How large a file and a type may be.

use crate::Complaint;
use crate::model::{Model, TypeFacts, shown_type};

/// A file that is longer than this, without its tests, is two files.
const MAX_LINES: usize = 600;

/// Files that are still longer.
#[rustfmt::skip]
const STILL_LONG: &[&str] = &[];

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

const MAX_FIELDS: usize = 15;
const MAX_METHODS: usize = 25;

/// Types that may be larger.
#[rustfmt::skip]
const MAY_BE_LARGE: &[(&str, &str)] = &[
    ("fetch::Request", "a builder"),
    ("fetch::PartManifest", "plain data: a field for each line of the file"),
    ("headless::EndObject", "plain data: a field for each key"),
    ("runtime::Job", "a public handle"),
    ("runtime::JobContext", "a public handle"),
    ("runtime::Runtime", "a public handle"),
    ("theme::Tokens", "plain data: a field for each colour"),
];

/// Types that are still larger.
#[rustfmt::skip]
const STILL_LARGE: &[&str] = &[];

#[test]
fn no_type_does_too_much() {
    let fields: String = (0..=MAX_FIELDS)
        .map(|at| format!("field_{at}: u8,"))
        .collect();
    let many_fields = format!("struct Deck {{ {fields} }}");
    let methods = |from, to| -> String {
        (from..to)
            .map(|at| format!("fn method_{at}() {{}}"))
            .collect()
    };
    let many_methods = format!(
        "struct Deck; impl Deck {{ {} }}",
        methods(0, MAX_METHODS + 1)
    );
    let some_methods = format!("pub struct Deck; impl Deck {{ {} }}", methods(0, 20));
    let other_methods = format!(
        "use super::Deck; impl Deck {{ {} }}",
        methods(20, MAX_METHODS + 1)
    );
    crate::check(
        large_types,
        STILL_LARGE,
        &[
            &[("deck/mod.rs", &many_fields)],
            &[("deck/mod.rs", &many_methods)],
            &[
                ("deck/mod.rs", &some_methods),
                ("deck/a.rs", &other_methods),
            ],
        ],
    );
    // What each platform defines for itself, under the same name, is one method.
    let same_methods = format!("use super::Deck; impl Deck {{ {} }}", methods(0, 20));
    crate::check_allowed(
        large_types,
        &[&[("deck/mod.rs", &some_methods), ("deck/a.rs", &same_methods)]],
    );
}

fn large_types(model: &Model) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (name, facts) in model.types() {
        let name = shown_type(&name);
        if is_large(&facts) && !MAY_BE_LARGE.iter().any(|(listed, _)| *listed == name) {
            let (fields, methods) = (facts.fields, facts.methods.len());
            let text = format!("{}: {fields} fields and {methods} methods", facts.at);
            complaints.push(Complaint::new(name, text));
        }
    }
    complaints
}

fn is_large(facts: &TypeFacts<'_>) -> bool {
    facts.fields > MAX_FIELDS || facts.methods.len() > MAX_METHODS
}

/// Exceptions that are none any more leave the list.
#[test]
fn every_type_that_may_be_large_is() {
    let types = crate::model::ALL.types();
    for (listed, _) in MAY_BE_LARGE {
        let mut named = types.iter().filter(|(name, _)| shown_type(name) == *listed);
        let is_found = named.any(|(_, facts)| is_large(facts));
        assert!(is_found, "{listed} is not large: take it off the list");
    }
}
