//! The order in which rows begin: as they were given, until somebody moves one.

use std::collections::{HashMap, HashSet};

use crate::status::{MoveTo, RowId};

use crate::deck::{Deck, order, row::Row};

/// Ranks kept free before the one of the first row: moving a row to the top takes one and leaves all other rows as they
/// are. When they are used up, all rows that can be moved get new ranks.
const RANKS_BEFORE: u64 = 1 << 16;

/// A row that is moved past more rows than this which are not shown changes places with the one behind them: each of them
/// would get another rank.
const HIDDEN_AT_MOST: usize = 500;

/// Which row has which rank. A rank is given once; a smaller one begins earlier.
pub(in crate::deck) struct Ranks {
    /// The smallest rank in use.
    first: u64,
    /// The rank of the next row that is added.
    next: u64,
    /// Rank → row, only for rows whose rank is not the one of their id.
    rows: HashMap<u64, RowId>,
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
    pub(in crate::deck) fn add(&mut self, id: RowId) -> u64 {
        let rank = self.next;
        self.next += 1;
        self.put(rank, id);
        rank
    }

    /// So many ranks before all others, if there are so many.
    fn before(&mut self, count: usize) -> Option<u64> {
        let first = self.first.checked_sub(count as u64)?;
        // The queue counts ranks from 1.
        if first == 0 {
            return None;
        }
        self.first = first;
        Some(first)
    }

    /// So many ranks after all others.
    fn after(&mut self, count: usize) -> u64 {
        let first = self.next;
        self.next += count as u64;
        first
    }

    fn put(&mut self, rank: u64, id: RowId) {
        if rank != of_id(id) {
            self.rows.insert(rank, id);
        }
    }

    /// A row has this rank no longer.
    pub(in crate::deck) fn free(&mut self, rank: u64) {
        self.rows.remove(&rank);
    }

    /// The row that has a rank, if any has.
    fn row(&self, rank: u64) -> RowId {
        let of_id = || RowId(rank.saturating_sub(RANKS_BEFORE));
        self.rows.get(&rank).copied().unwrap_or_else(of_id)
    }
}

fn of_id(id: RowId) -> u64 {
    RANKS_BEFORE + id.0
}

/// A new rank for a row.
struct Change {
    index: usize,
    rank: u64,
}

impl Deck {
    /// Moves these rows: those that wait for their turn among each other, and those that are paused among each other.
    /// Says how many of them could be moved.
    pub(in crate::deck) fn move_rows(&mut self, ids: &[RowId], to: MoveTo) -> usize {
        let moved = ids.iter().filter_map(|id| {
            let index = self.index(*id)?;
            let row = &self.rows[index];
            order::can_move(row).then_some((row.rank, index))
        });
        let mut moved: Vec<(u64, usize)> = moved.collect();
        moved.sort_unstable();
        moved.dedup();
        let count = moved.len();
        if count == 0 {
            return 0;
        }
        let in_turn = |first: u64| {
            let rows = (first..).zip(&moved);
            rows.map(|(rank, (_, index))| Change {
                index: *index,
                rank,
            })
            .collect()
        };
        let changes = match to {
            MoveTo::Top => match self.ranks.before(count) {
                Some(first) => in_turn(first),
                None => self.ranks_anew(&moved),
            },
            MoveTo::Bottom => in_turn(self.ranks.after(count)),
            MoveTo::Up | MoveTo::Down => self.swapped(&moved, to == MoveTo::Up),
        };
        self.set_ranks(&changes);
        count
    }

    /// The ranks after each of these rows, ascending by rank, went past the next row before or after it that is shown.
    /// Those that touch the end stay, and those behind them do not jump over them.
    fn swapped(&self, moved: &[(u64, usize)], up: bool) -> Vec<Change> {
        let is_moved: HashSet<usize> = moved.iter().map(|(_, index)| *index).collect();
        // Rank → row, of those that have another rank already.
        let mut changed: HashMap<u64, usize> = HashMap::new();
        let mut go_past = |(rank, index): (u64, usize)| {
            if !self.has_neighbour(&self.rows[index], up) {
                return;
            }
            let Some(path) = self.path_from(rank, index, up, &changed) else {
                return;
            };
            let Some((end, passed)) = path.last().filter(|(_, it)| !is_moved.contains(it)) else {
                return;
            };
            if path.len() > HIDDEN_AT_MOST {
                changed.insert(rank, *passed);
            } else {
                let mut rank = rank;
                for (next, row) in &path {
                    changed.insert(rank, *row);
                    rank = *next;
                }
            }
            changed.insert(*end, index);
        };
        if up {
            moved.iter().copied().for_each(&mut go_past);
        } else {
            moved.iter().rev().copied().for_each(&mut go_past);
        }
        let changes = changed.into_iter();
        changes
            .map(|(rank, index)| Change { index, rank })
            .collect()
    }

    /// The rows of its group from the one beside this row to the next that is shown, with their ranks; none without one.
    fn path_from(
        &self,
        rank: u64,
        index: usize,
        up: bool,
        changed: &HashMap<u64, usize>,
    ) -> Option<Vec<(u64, usize)>> {
        let group = self.rows[index].group;
        let mut path = Vec::new();
        let mut goes_on = |rank: u64| {
            let index = changed.get(&rank).copied();
            let Some(index) = index.or_else(|| self.index_of_rank(rank)) else {
                return true;
            };
            let row = &self.rows[index];
            if row.group == group {
                path.push((rank, index));
            }
            row.group != group || self.order.leaves_out(row)
        };
        let is_at_end = if up {
            (self.ranks.first..rank).rev().all(&mut goes_on)
        } else {
            (rank + 1..self.ranks.next).all(&mut goes_on)
        };
        (!is_at_end).then_some(path)
    }

    /// Whether any row stands before or after this one, as far as the queue knows without looking for it.
    fn has_neighbour(&self, row: &Row, up: bool) -> bool {
        let end = if up { 1 } else { self.queue.len() as u64 };
        self.queue.place(RowId(row.rank)) != Some(end)
    }

    /// The ranks of all rows that can be moved, with these rows before the others.
    fn ranks_anew(&self, moved: &[(u64, usize)]) -> Vec<Change> {
        let is_moved: HashSet<usize> = moved.iter().map(|(_, index)| *index).collect();
        let places = self.rows.places().into_iter();
        let mut rows: Vec<(u64, usize)> = places
            .filter(|index| order::can_move(&self.rows[*index]))
            .map(|index| (self.rows[index].rank, index))
            .collect();
        rows.sort_unstable();
        let ranks: Vec<u64> = rows.iter().map(|(rank, _)| *rank).collect();
        rows.sort_by_key(|(_, index)| !is_moved.contains(index));
        let rows = rows.into_iter().map(|(_, index)| index);
        rows.zip(ranks)
            .map(|(index, rank)| Change { index, rank })
            .collect()
    }

    fn set_ranks(&mut self, changes: &[Change]) {
        // All leave before any comes back: two never have the same rank.
        let was_queued: Vec<bool> = changes
            .iter()
            .map(|change| {
                let rank = self.rows[change.index].rank;
                let was_queued = self.queue.place(RowId(rank)).is_some();
                self.leave_queue(change.index);
                self.ranks.free(rank);
                was_queued
            })
            .collect();
        for (change, was_queued) in changes.iter().zip(was_queued) {
            let row = &mut self.rows[change.index];
            row.rank = change.rank;
            self.ranks.put(change.rank, row.id);
            if was_queued {
                self.enter_queue(change.index);
            }
        }
        let indices = changes.iter().map(|change| change.index);
        self.show_moved(indices);
    }

    /// The row that waits with this rank.
    pub(in crate::deck) fn row_of_rank(&self, rank: u64) -> RowId {
        self.ranks.row(rank)
    }

    fn index_of_rank(&self, rank: u64) -> Option<usize> {
        let index = self.index(self.ranks.row(rank))?;
        // The row of this id may have been moved away from here.
        (self.rows[index].rank == rank).then_some(index)
    }
}
