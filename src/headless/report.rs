//! What every form of a run's output is made of.

use std::io::{self, Write};

use crate::{
    deck::{Deck, Ended, Event},
    format,
    jobs::Spec,
    runtime::Outcome,
    status::{Chip, RowId},
};

/// Tells a run on to whoever reads it.
pub(super) trait Reporter {
    /// Something happened.
    fn event(&mut self, deck: &Deck, event: &Event) -> io::Result<()>;
    /// The numbers moved; called a few times a second at most.
    fn progress(&mut self, deck: &Deck) -> io::Result<()>;
    /// Everything is over.
    fn summary(&mut self, deck: &Deck) -> io::Result<()>;
}

/// Whether its file may not be the one that was wanted.
pub(super) fn is_in_doubt(ended: &Ended) -> bool {
    let fetched = ended.fetched.as_ref();
    fetched.is_some_and(|fetched| fetched.doubt().is_some())
}

/// The sums of a run that is over.
pub(super) struct Sums {
    /// Those with a doubt among them.
    pub(super) done: usize,
    pub(super) to_check: usize,
    pub(super) failed: usize,
    pub(super) cancelled: usize,
    pub(super) received: u64,
    /// `received`, and what came of those that were interrupted.
    pub(super) came: u64,
    pub(super) wire_bytes: u64,
}

impl Sums {
    pub(super) fn of(deck: &Deck) -> Self {
        let counts = deck.counts();
        let ended = || deck.ids().filter_map(|id| deck.ended(id));
        Self {
            done: done(deck),
            to_check: counts.of(Chip::Check),
            failed: counts.of(Chip::Failed),
            cancelled: counts.of(Chip::Cancelled),
            received: ended()
                .filter(|ended| matches!(ended.outcome, Outcome::Done))
                .map(|ended| ended.received)
                .sum(),
            came: ended()
                .map(|ended| match ended.outcome {
                    Outcome::Done => ended.received,
                    Outcome::Interrupted => ended.wire_bytes,
                    _ => 0,
                })
                .sum(),
            wire_bytes: ended().map(|ended| ended.wire_bytes).sum(),
        }
    }
}

/// How many rows are done, those with a doubt among them.
pub(super) fn done(deck: &Deck) -> usize {
    deck.counts().of(Chip::Done) + deck.counts().of(Chip::Check)
}

/// One line about a row that has ended, as a person reads it.
pub(super) fn ended_line(deck: &Deck, id: RowId) -> Option<String> {
    let row = deck.view(id)?;
    let ended = deck.ended(id)?;
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
    let url = deck.spec(id).map(Spec::url).unwrap_or_default();
    if !matches!(ended.outcome, Outcome::Done) && !url.is_empty() {
        add(&url);
    }
    if let Some(remarks) = row.note {
        add(&capitalized(&remarks));
    }
    if !ended.slept.is_zero() {
        add(&format!("slept {}", format::duration(ended.slept)));
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
pub(super) fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next();
    first
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(characters)
        .collect()
}

/// Writes a line and passes it on at once: whoever reads a pipe wants it now.
pub(super) fn write_line(out: &mut impl Write, line: &str) -> io::Result<()> {
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}
