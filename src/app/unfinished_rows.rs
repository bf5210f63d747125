//! The rows that an earlier process had not finished, as long as they are not.

use std::time::Duration;

use crate::deck::Deck;
use crate::runtime::Moment;
use crate::status::RowId;

/// How often they are counted again.
const COUNTED_EVERY: Duration = Duration::from_millis(500);

/// The rows that an earlier process had not finished, and that have not ended since.
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

    /// Leaves out those that ended, or were removed, unless it has just done so.
    pub(super) fn follow(&mut self, deck: &Deck) {
        let now = deck.runtime().now();
        let is_early = |at| now.since(at) < COUNTED_EVERY;
        if self.rows.is_empty() || self.counted_at.is_some_and(is_early) {
            return;
        }
        self.counted_at = Some(now);
        self.rows.retain(|id| deck.rows.is_unfinished(*id));
    }
}
