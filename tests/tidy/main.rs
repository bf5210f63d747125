//! The invariants of the house that a compiler cannot see, read from the sources themselves.
//!
//! Every rule is a function from sources to complaints, so that each can be shown to fail: a rule
//! that never complains is no rule.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod clocks;
mod imports;
mod map;
mod places;
mod source;

use source::Source;

/// Fails with all complaints of a rule about the real sources, and when the rule does not
/// complain about what it forbids.
fn check(rule: impl Fn(&[Source]) -> Vec<String>, forbidden: &[(&str, &str)]) {
    for (path, text) in forbidden {
        let bad = [Source::new(path, text)];
        assert!(
            !rule(&bad).is_empty(),
            "the rule takes this in {path}:\n{text}"
        );
    }
    let complaints = rule(&source::all());
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
