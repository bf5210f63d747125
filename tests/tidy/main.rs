//! The invariants that a compiler cannot see, read from the sources.
//!
//! A rule is a function from sources to complaints, and comes with samples that it must complain
//! about: a rule that never complains is no rule. What still violates a rule is listed by name
//! beside it. The test fails for what is not on the list, and for what is on it and no longer
//! violates the rule, so that lists only become shorter.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod blocking;
mod circles;
mod clocks;
mod impls;
mod imports;
mod layout;
mod map;
mod model;
mod places;
mod report;
mod sizes;
mod source;
mod words;

use std::collections::BTreeSet;

use model::Model;
use source::Source;

/// A violation of a rule.
struct Complaint {
    /// What a list of exceptions names.
    key: String,
    text: String,
}

impl Complaint {
    fn new(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            text: text.into(),
        }
    }
}

/// Files by path and text.
type Sample<'a> = &'a [(&'a str, &'a str)];

fn read(sample: Sample<'_>) -> Model {
    let sources = sample.iter().map(|(path, text)| Source::new(path, text));
    Model::new(sources.collect())
}

/// Fails for each complaint about the sources of this crate that is not on the list, for each entry
/// of the list without a complaint, and for each sample without one.
fn check(rule: impl Fn(&Model) -> Vec<Complaint>, list: &[&str], forbidden: &[Sample<'_>]) {
    for sample in forbidden {
        assert!(
            !rule(&read(sample)).is_empty(),
            "the rule takes {sample:#?}"
        );
    }
    let complaints = rule(&model::ALL);
    let keys: BTreeSet<&str> = complaints.iter().map(|complaint| &*complaint.key).collect();
    let gone = list.iter().filter(|listed| !keys.contains(*listed));
    let failures: Vec<String> =
        complaints
            .iter()
            .filter(|complaint| !list.contains(&&*complaint.key))
            .map(|complaint| format!("[{}] {}", complaint.key, complaint.text))
            .chain(gone.map(|listed| {
                format!("[{listed}] no longer violates the rule: take it off the list")
            }))
            .collect();
    let now: Vec<String> = keys.iter().map(|key| format!("    {key:?},")).collect();
    assert!(
        failures.is_empty(),
        "\n{}\nWhat violates the rule now:\n{}",
        failures.join("\n"),
        now.join("\n")
    );
}

/// Fails for each sample that the rule complains about.
fn check_allowed(rule: impl Fn(&Model) -> Vec<Complaint>, allowed: &[Sample<'_>]) {
    for sample in allowed {
        let complaints = rule(&read(sample));
        let texts: Vec<&str> = complaints
            .iter()
            .map(|complaint| &*complaint.text)
            .collect();
        assert!(texts.is_empty(), "{sample:#?}\n{texts:#?}");
    }
}

/// True if an entry of a list is this file, or a folder (with `/`) that it is in.
fn covers(listed: &str, path: &str) -> bool {
    path == listed || (listed.ends_with('/') && path.starts_with(listed))
}
