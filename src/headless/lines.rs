//! A line per finished job: for pipes, files and other programs' logs.

use std::io::{self, Write};

use super::{Reporter, Sums, ended_line, write_line};
use crate::{
    deck::{Deck, Event},
    format,
    runtime::Outcome,
};

/// Writes lines to `out`.
pub(super) struct Lines<W> {
    out: W,
    only_failures: bool,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            only_failures: false,
        }
    }

    pub(super) fn only_failures(out: W) -> Self {
        Self {
            out,
            only_failures: true,
        }
    }
}

#[cfg(test)]
impl<W> Lines<W> {
    /// What was written to.
    pub(super) fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Reporter for Lines<W> {
    fn event(&mut self, deck: &Deck, event: &Event) -> io::Result<()> {
        let Event::Ended(id) = event else {
            return Ok(());
        };
        let well = deck
            .ended(*id)
            .is_some_and(|ended| matches!(ended.outcome, Outcome::Done));
        if self.only_failures && well {
            return Ok(());
        }
        match ended_line(deck, *id) {
            Some(line) => write_line(&mut self.out, &line),
            None => Ok(()),
        }
    }

    fn progress(&mut self, _deck: &Deck) -> io::Result<()> {
        Ok(())
    }

    fn summary(&mut self, deck: &Deck) -> io::Result<()> {
        if self.only_failures {
            return Ok(());
        }
        write_line(&mut self.out, &summary_line(deck))
    }
}

/// The last line of a run.
pub(super) fn summary_line(deck: &Deck) -> String {
    let sums = Sums::of(deck);
    let mut line = format!("{} done", sums.done);
    if sums.to_check > 0 {
        line.push_str(&format!(" ({} to check)", sums.to_check));
    }
    for (count, word) in [(sums.failed, "failed"), (sums.cancelled, "cancelled")] {
        if count > 0 {
            line.push_str(&format!(", {count} {word}"));
        }
    }
    format!(
        "{line}  {} in {}",
        format::bytes(sums.received),
        format::duration(deck.runtime().now().since_start())
    )
}
