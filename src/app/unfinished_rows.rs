//! The rows that an earlier process had not finished, as long as they are not.

use std::time::Duration;

use crate::deck::Deck;
use crate::runtime::Moment;
use crate::status::{Chip, RowId, RowSource as _};

/// How often they are counted again.
const COUNTED_EVERY: Duration = Duration::from_millis(500);

/// As many are counted each time.
const COUNTED_ALWAYS: usize = 1_000;

/// The rows that an earlier process had not finished, and that still do what they did at the start:
/// go on, or stay paused.
#[derive(Debug, Default)]
pub(super) struct UnfinishedRows {
    rows: Vec<RowId>,
    counted_at: Option<Moment>,
}

impl UnfinishedRows {
    /// A row is restored that had not ended.
    pub(super) fn add(&mut self, id: RowId) {
        self.rows.push(id);
    }

    /// How many they are.
    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Leaves out those that ended, were removed, or do not go on any more as they did (`goes_on`).
    /// Very many are not looked at each time.
    pub(super) fn follow(&mut self, deck: &Deck, goes_on: bool) {
        let now = deck.runtime().now();
        let is_early = |at| now.since(at) < COUNTED_EVERY && self.rows.len() > COUNTED_ALWAYS;
        if self.rows.is_empty() || self.counted_at.is_some_and(is_early) {
            return;
        }
        self.counted_at = Some(now);
        self.rows.retain(|id| match deck.status(*id) {
            Some(status) => {
                let is_paused = status.chip() == Chip::Paused;
                !status.is_ended() && is_paused != goes_on
            }
            None => false,
        });
    }
}
