//! The order in which rows begin: as they came, until somebody moves one.

use std::collections::HashSet;

use crate::status::RowId;

use super::Deck;

/// Where rows are moved among those that have not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MoveTo {
    /// One place earlier.
    Up,
    /// One place later.
    Down,
    /// Before all others.
    Top,
    /// After all others.
    Bottom,
}

impl Deck {
    /// Moves those of these rows that have not begun among all that have not, and says how many.
    pub(super) fn move_rows(&mut self, ids: &[RowId], to: MoveTo) -> usize {
        let moved: HashSet<RowId> = ids.iter().copied().collect();
        let queued = self.rows.places().into_iter().filter_map(|index| {
            let row = &self.rows[index];
            row.is_queued()
                .then(|| (row.rank, index, moved.contains(&row.id)))
        });
        let mut waiting: Vec<(u64, usize, bool)> = queued.collect();
        waiting.sort_unstable();
        let ranks: Vec<u64> = waiting.iter().map(|(rank, ..)| *rank).collect();
        let is_moved = |waiting: &(u64, usize, bool)| waiting.2;
        let count = waiting.iter().filter(|row| is_moved(row)).count();
        if count == 0 {
            return 0;
        }
        match to {
            MoveTo::Top => waiting.sort_by_key(|row| !is_moved(row)),
            MoveTo::Bottom => waiting.sort_by_key(is_moved),
            // Those that touch the end stay, and those behind them do not jump over them.
            MoveTo::Up => {
                for place in 1..waiting.len() {
                    if is_moved(&waiting[place]) && !is_moved(&waiting[place - 1]) {
                        waiting.swap(place, place - 1);
                    }
                }
            }
            MoveTo::Down => {
                for place in (1..waiting.len()).rev() {
                    if is_moved(&waiting[place - 1]) && !is_moved(&waiting[place]) {
                        waiting.swap(place, place - 1);
                    }
                }
            }
        }
        let changed: Vec<(usize, u64)> = waiting
            .into_iter()
            .zip(ranks)
            .filter(|((before, ..), rank)| before != rank)
            .map(|((_, index, _), rank)| (index, rank))
            .collect();
        // All leave before any comes back: two never have the same rank.
        let was_queued: Vec<bool> = changed
            .iter()
            .map(|(index, _)| {
                let was_queued = self.place(&self.rows[*index]).is_some();
                self.leave_queue(*index);
                was_queued
            })
            .collect();
        for ((index, rank), was_queued) in changed.into_iter().zip(was_queued) {
            let row = &mut self.rows[index];
            self.by_rank.remove(&row.rank);
            row.rank = rank;
            self.by_rank.insert(rank, row.id);
            if was_queued {
                self.enter_queue(index);
            }
        }
        // A rank whose row came back to it may have been taken out above.
        for row in self.rows.iter() {
            if row.rank != row.id.0 {
                self.by_rank.insert(row.rank, row.id);
            }
        }
        count
    }

    /// The row that has a place in the queue.
    pub(super) fn row_of_rank(&self, rank: u64) -> RowId {
        self.by_rank.get(&rank).copied().unwrap_or(RowId(rank))
    }
}
