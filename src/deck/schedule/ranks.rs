//! The order in which rows begin, as numbers: as they were added, until one is moved.

use std::collections::HashMap;

use crate::deck::rows::row::Rank;
use crate::status::RowId;

/// Ranks kept free before the one of the first row: moving a row to the top takes one and leaves
/// all other rows as they are. When they are used up, all rows that can be moved get new ranks.
const RANKS_BEFORE: u64 = 1 << 16;

/// Which row has which rank.
pub(super) struct Ranks {
    /// The smallest rank in use.
    pub(super) first: u64,
    /// The rank of the next row that is added.
    pub(super) next: u64,
    /// Rank → row, only for rows moved away from the rank of their id.
    rows: HashMap<Rank, RowId>,
}

impl Default for Ranks {
    fn default() -> Self {
        let first = RANKS_BEFORE + 1;
        Self {
            first,
            next: first,
            rows: HashMap::new(),
        }
    }
}

impl Ranks {
    /// The rank of a new row: after all others.
    pub(super) fn add(&mut self, id: RowId) -> Rank {
        let rank = Rank(self.next);
        self.next += 1;
        self.put(rank, id);
        rank
    }

    /// A row of an earlier process has this rank.
    pub(super) fn restore(&mut self, rank: Rank, id: RowId) {
        self.first = self.first.min(rank.0);
        self.next = self.next.max(rank.0 + 1);
        self.put(rank, id);
    }

    /// The next row that is added comes after that of this id.
    pub(super) fn begin_after(&mut self, last: RowId) {
        self.next = self.next.max(of_id(last).0 + 1);
    }

    /// The first of `count` ranks before all others, if there are that many.
    pub(super) fn before(&mut self, count: usize) -> Option<u64> {
        let first = self.first.checked_sub(count as u64)?;
        // The queue counts ranks from 1.
        if first == 0 {
            return None;
        }
        self.first = first;
        Some(first)
    }

    /// The first of `count` ranks after all others.
    pub(super) fn after(&mut self, count: usize) -> u64 {
        let first = self.next;
        self.next += count as u64;
        first
    }

    pub(super) fn put(&mut self, rank: Rank, id: RowId) {
        if rank != of_id(id) {
            self.rows.insert(rank, id);
        }
    }

    /// A row has this rank no longer.
    pub(super) fn free(&mut self, rank: Rank) {
        self.rows.remove(&rank);
    }

    /// The row that has a rank, if any has.
    pub(super) fn row(&self, rank: Rank) -> RowId {
        let of_id = || RowId(rank.0.saturating_sub(RANKS_BEFORE));
        self.rows.get(&rank).copied().unwrap_or_else(of_id)
    }
}

fn of_id(id: RowId) -> Rank {
    Rank(RANKS_BEFORE + id.0)
}
