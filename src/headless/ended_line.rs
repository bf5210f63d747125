//! The line about a job that has ended.

use crate::deck::{Deck, Ended};
use crate::format;
use crate::jobs::Spec;
use crate::runtime::Outcome;
use crate::status::RowId;

/// One line about a row that has ended, as a person reads it, with the URL as `shown_url` shows it.
pub(super) fn ended_line(
    deck: &Deck,
    id: RowId,
    shown_url: impl FnOnce(&Spec) -> String,
) -> Option<String> {
    let row = deck.view(id)?;
    let ended = deck.rows.ended(id)?;
    let mut line = format!("{}  {}", row.status.word(), row.name);
    let mut add = |text: &str| {
        line.push_str("  ");
        line.push_str(text);
    };
    let fetched = ended.fetched.as_ref();
    if fetched.is_some_and(|fetched| fetched.skipped) {
        add("already there");
    } else if matches!(ended.outcome, Outcome::Done) {
        add(&format::bytes(ended.received));
    }
    if let Some(bytes) = fetched.and_then(|fetched| fetched.resumed_at) {
        add(&format!("went on at {}", format::bytes(bytes)));
    }
    match row.status.detail() {
        Some(doubt) if is_in_doubt(ended) => add(&capitalized(&doubt)),
        Some(detail) => add(&detail),
        None => {}
    }
    // Names are often alike.
    let url = deck.rows.spec(id).map(shown_url).unwrap_or_default();
    if !matches!(ended.outcome, Outcome::Done) && !url.is_empty() {
        add(&url);
    }
    if let Some(remarks) = row.note {
        add(&capitalized(&remarks));
    }
    if !ended.times.slept.is_zero() {
        add(&format!("slept {}", format::duration(ended.times.slept)));
    }
    if let Some(path) = fetched.and_then(|fetched| fetched.path.as_ref()) {
        add(&path.display().to_string());
    }
    if let Some(hint) = ended
        .fetch_error()
        .map(|error| &error.hint)
        .filter(|hint| !hint.is_empty())
    {
        add(hint);
    }
    if matches!(ended.outcome, Outcome::TimedOut) {
        add("Allow more with --timeout, or leave it out.");
    }
    Some(format::escaped(&line).into_owned())
}

/// A text that begins as a sentence does.
fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next();
    first
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(characters)
        .collect()
}

/// Whether its file may not be the one that was wanted.
pub(super) fn is_in_doubt(ended: &Ended) -> bool {
    let fetched = ended.fetched.as_ref();
    fetched.is_some_and(|fetched| fetched.doubt().is_some())
}
