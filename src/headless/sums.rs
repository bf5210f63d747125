//! The sums of a run.

use crate::deck::Deck;
use crate::runtime::Outcome;
use crate::status::Chip;

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
        let ended = || deck.rows.ids().filter_map(|id| deck.rows.ended(id));
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
                    Outcome::Cancelled if ended.is_interrupted => ended.wire_bytes,
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
