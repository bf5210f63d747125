//! The rows that wait for their turn, and their order.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::deck::rows::RowStore;
use crate::deck::rows::group::Group;
use crate::deck::rows::row::{Rank, Row};
use crate::options::JOBS_PER_HOST;
use crate::status::{MoveTo, RowId};

use super::queue::SlotQueue;
use super::ranks::Ranks;

/// A row that is moved past more rows than this which are not shown changes places with the one
/// behind them: each of them would get another rank.
const HIDDEN_AT_MOST: usize = 500;

/// A new rank for a row.
struct NewRank {
    index: usize,
    rank: Rank,
}

/// Which rows wait, and in which order they begin.
pub(in crate::deck) struct Turns {
    /// Rows that wait for a slot.
    pub(in crate::deck) queue: SlotQueue,
    ranks: Ranks,
    /// Rows that have not begun and sleep first, for which they need no slot.
    pub(super) sleepers: VecDeque<RowId>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            queue: SlotQueue::new(JOBS_PER_HOST.default),
            ranks: Ranks::default(),
            sleepers: VecDeque::new(),
        }
    }
}

impl Turns {
    /// A new row comes after all others.
    pub(in crate::deck) fn add(&mut self, row: &mut Row) {
        row.listed.rank = self.ranks.add(row.id);
        if !row.is_kept_paused() {
            self.enter(row);
        }
    }

    /// A row of an earlier process comes where it was.
    pub(in crate::deck) fn restore(&mut self, row: &Row) {
        self.ranks.restore(row.listed.rank, row.id);
        if !row.is_kept_paused() && row.ended().is_none() {
            self.enter(row);
        }
    }

    /// Rows that are added have ranks after those of all rows up to this one, whether restored or
    /// not.
    pub(in crate::deck) fn begin_after(&mut self, last: RowId) {
        self.ranks.begin_after(last);
    }

    /// A row is removed and does not come back.
    pub(in crate::deck) fn forget(&mut self, row: &Row) {
        self.ranks.free(row.listed.rank);
    }

    /// A row begins to wait for its turn.
    pub(in crate::deck) fn enter(&mut self, row: &Row) {
        let is_fresh = row.job().is_none();
        if is_fresh && row.facts.borrow().waits_first(row.spec.sleep()) {
            self.sleepers.push_back(row.id);
        } else {
            self.queue.enter(row.listed.rank, is_fresh, &row.host);
        }
    }

    /// A row no longer waits, if it did.
    pub(in crate::deck) fn leave(&mut self, row: &Row) {
        self.queue.leave(row.listed.rank, &row.host);
    }

    /// The row that waits with this rank.
    pub(super) fn row(&self, rank: Rank) -> RowId {
        self.ranks.row(rank)
    }

    /// Moves these rows: those that wait for their turn among each other, and those that are paused
    /// among each other. `is_hidden` tells whether a row is not shown. Returns how many of them
    /// could be moved, and the indices of all rows that have another rank.
    pub(in crate::deck) fn move_rows(
        &mut self,
        rows: &mut RowStore,
        is_hidden: impl Fn(&Row) -> bool,
        ids: &[RowId],
        to: MoveTo,
    ) -> (usize, Vec<usize>) {
        let moved = ids.iter().filter_map(|id| {
            let index = rows.find(*id)?;
            let row = &rows[index];
            can_move(row).then_some((row.listed.rank, index))
        });
        let mut moved: Vec<(Rank, usize)> = moved.collect();
        moved.sort_unstable();
        moved.dedup();
        let count = moved.len();
        if count == 0 {
            return (0, Vec::new());
        }
        let in_turn = |first: u64| {
            let rows = (first..).map(Rank).zip(&moved);
            rows.map(|(rank, (_, index))| NewRank {
                index: *index,
                rank,
            })
            .collect()
        };
        let changes: Vec<NewRank> = match to {
            MoveTo::Top => match self.ranks.before(count) {
                Some(first) => in_turn(first),
                None => new_ranks(rows, &moved),
            },
            MoveTo::Bottom => in_turn(self.ranks.after(count)),
            MoveTo::Up | MoveTo::Down => self.swapped(rows, is_hidden, &moved, to == MoveTo::Up),
        };
        self.set_ranks(rows, &changes);
        (count, changes.iter().map(|change| change.index).collect())
    }

    /// The ranks after each of these rows, ascending by rank, went past the next row before or
    /// after it that is shown. Those that touch the end stay, and those behind them do not jump
    /// over them.
    fn swapped(
        &self,
        rows: &RowStore,
        is_hidden: impl Fn(&Row) -> bool,
        moved: &[(Rank, usize)],
        up: bool,
    ) -> Vec<NewRank> {
        let is_moved: HashSet<usize> = moved.iter().map(|(_, index)| *index).collect();
        // Rank → row, of those that have another rank already.
        let mut changed: HashMap<Rank, usize> = HashMap::new();
        let mut go_past = |(rank, index): (Rank, usize)| {
            if !self.has_neighbour(&rows[index], up) {
                return;
            }
            let Some(path) = self.path_from(rows, &is_hidden, (rank, index), up, &changed) else {
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
            .map(|(rank, index)| NewRank { index, rank })
            .collect()
    }

    /// The rows of its group from its neighbour to the next one that is shown, with their ranks;
    /// none without one.
    fn path_from(
        &self,
        rows: &RowStore,
        is_hidden: impl Fn(&Row) -> bool,
        (rank, index): (Rank, usize),
        up: bool,
        changed: &HashMap<Rank, usize>,
    ) -> Option<Vec<(Rank, usize)>> {
        let group = rows[index].listed.group;
        let mut path = Vec::new();
        let mut goes_on = |rank: u64| {
            let rank = Rank(rank);
            let index = changed.get(&rank).copied();
            let Some(index) = index.or_else(|| self.find(rows, rank)) else {
                return true;
            };
            let row = &rows[index];
            if row.listed.group == group {
                path.push((rank, index));
            }
            row.listed.group != group || is_hidden(row)
        };
        let is_at_end = if up {
            (self.ranks.first..rank.0).rev().all(&mut goes_on)
        } else {
            (rank.0 + 1..self.ranks.next).all(&mut goes_on)
        };
        (!is_at_end).then_some(path)
    }

    /// Whether any row is before or after this one, as far as the queue knows without looking for
    /// it.
    fn has_neighbour(&self, row: &Row, up: bool) -> bool {
        let end = if up { 1 } else { self.queue.len() as u64 };
        self.queue.place(row.listed.rank) != Some(end)
    }

    fn set_ranks(&mut self, rows: &mut RowStore, changes: &[NewRank]) {
        // All leave before any enters again: two never have the same rank.
        let was_queued: Vec<bool> = changes
            .iter()
            .map(|change| {
                let row = &rows[change.index];
                let was_queued = self.queue.place(row.listed.rank).is_some();
                self.leave(row);
                self.ranks.free(row.listed.rank);
                was_queued
            })
            .collect();
        for (change, was_queued) in changes.iter().zip(was_queued) {
            let row = &mut rows[change.index];
            row.listed.rank = change.rank;
            self.ranks.put(change.rank, row.id);
            if was_queued {
                self.enter(row);
            }
        }
    }

    /// The index of the row with this rank.
    fn find(&self, rows: &RowStore, rank: Rank) -> Option<usize> {
        let index = rows.find(self.ranks.row(rank))?;
        // The row of this id may have been moved away from here.
        (rows[index].listed.rank == rank).then_some(index)
    }
}

/// Whether moving a row changes what comes before it.
fn can_move(row: &Row) -> bool {
    matches!(row.listed.group, Group::WaitsForTurn | Group::Paused)
}

/// The ranks of all rows that can be moved, with these rows before the others.
fn new_ranks(rows: &RowStore, moved: &[(Rank, usize)]) -> Vec<NewRank> {
    let is_moved: HashSet<usize> = moved.iter().map(|(_, index)| *index).collect();
    let indices = rows.list().indices().into_iter();
    let mut movable: Vec<(Rank, usize)> = indices
        .filter(|index| can_move(&rows[*index]))
        .map(|index| (rows[index].listed.rank, index))
        .collect();
    movable.sort_unstable();
    let ranks: Vec<Rank> = movable.iter().map(|(rank, _)| *rank).collect();
    movable.sort_by_key(|(_, index)| !is_moved.contains(index));
    let movable = movable.into_iter().map(|(_, index)| index);
    movable
        .zip(ranks)
        .map(|(index, rank)| NewRank { index, rank })
        .collect()
}
