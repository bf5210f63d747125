//! A line per finished job: for pipes, files and other programs' logs.

use std::io::{self, Write};

use super::ended_line::{ended_line, is_in_doubt};
use super::reporter::{Reporter, write_line};
use super::sums::Sums;
use crate::deck::{Deck, Event};
use crate::format;
use crate::jobs::Spec;
use crate::runtime::Outcome;

/// Writes lines to `out`.
pub(super) struct Lines<W> {
    out: W,
    /// What of the jobs that ended is written.
    told: Told,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Every one, and the sum.
    All,
    /// Those that failed.
    Failures,
    /// Those that failed, and those whose file is in doubt.
    FailuresAndDoubts,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            told: Told::All,
        }
    }

    /// Lines of failures only; `strict` counts a file in doubt as one.
    pub(super) fn only_failures(out: W, strict: bool) -> Self {
        let told = if strict {
            Told::FailuresAndDoubts
        } else {
            Told::Failures
        };
        Self { out, told }
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
        let ended = deck.rows.ended(*id);
        let well = ended.is_some_and(|ended| matches!(ended.outcome, Outcome::Done));
        let is_told = match self.told {
            Told::All => true,
            Told::Failures => !well,
            Told::FailuresAndDoubts => !well || ended.is_some_and(is_in_doubt),
        };
        if !is_told {
            return Ok(());
        }
        // They may be kept in a file.
        match ended_line(deck, *id, Spec::url_for_files) {
            Some(line) => write_line(&mut self.out, &line),
            None => Ok(()),
        }
    }

    fn progress(&mut self, _deck: &Deck) -> io::Result<()> {
        Ok(())
    }

    fn summary(&mut self, deck: &Deck) -> io::Result<()> {
        if self.told != Told::All {
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
        format::bytes(sums.came),
        format::duration(deck.runtime().now().since_start())
    )
}
