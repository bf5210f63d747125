//! Which rows are shown, in which order: a list that is updated row by row. Another filter, search
//! or sorting makes a new list, a part in each tick; the old one is shown until the new one is
//! complete.

mod build;
mod criteria;
mod entries;
mod entry;
pub(super) mod search;
mod sequence;
mod sort_value;

use std::collections::VecDeque;
use std::time::Duration;

use crate::deck::limits::ROWS_ADDED_PER_TICK;
use crate::runtime::Moment;
use crate::status::{Column, Filter, RowId, Sorting};

use super::rows::RowStore;
use super::rows::row::Row;

use self::build::Build;
use self::criteria::Criteria;
use self::sequence::Sequence;

/// Rows sorted by what moves change places this often.
const RESORT_EVERY: Duration = Duration::from_secs(1);

/// How many rows that changed are put in their places in a tick.
const CHANGES_PER_TICK: usize = 500;
/// How many of the rows that changed while the order is held are looked at to tell whether any
/// would move.
const CHANGES_LOOKED_AT: usize = 64;

/// The list that is shown, and what is to change in it.
#[derive(Default)]
pub struct Listing {
    criteria: Criteria,
    shown: Sequence,
    /// What was shown before, dropped a part in each tick.
    dropped: Vec<Sequence>,
    /// Rows that were added, and rows that were removed while a new list was made.
    arrived: VecDeque<RowId>,
    /// Rows that changed; each is marked.
    changed: VecDeque<RowId>,
    /// Whether rows that change stay where they are.
    is_held: bool,
    build: Option<Build>,
    resorted_at: Option<Moment>,
    /// How many new lists were made.
    number: u64,
}

impl Listing {
    /// Which rows are shown.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        self.criteria.filter()
    }

    /// Counts up whenever another filter or sorting has come into effect: with a long list, some
    /// frames after it was asked for.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn set_filter(&mut self, filter: Filter) {
        self.is_held = false;
        if self.criteria.set_filter(filter) {
            self.build = Some(Build::default());
        }
    }

    pub(super) fn sorting(&self) -> Sorting {
        self.criteria.sorting()
    }

    pub(super) fn set_sorting(&mut self, sorting: Sorting) {
        self.is_held = false;
        if self.criteria.set_sorting(sorting) {
            self.build = Some(Build::default());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.shown.len()
    }

    /// The row at a place.
    pub(super) fn get(&self, place: usize) -> Option<RowId> {
        self.shown.get(place)
    }

    /// The place of a row.
    pub(super) fn place(&self, id: RowId) -> Option<usize> {
        self.shown.place(id)
    }

    /// Whether the search or the chip leaves a row out.
    pub(super) fn leaves_out(&self, row: &Row) -> bool {
        *self.filter() != Filter::default() && !self.criteria.fits(row)
    }

    /// Holds the order, or lets it follow again. True if it follows again and rows have changed
    /// meanwhile.
    pub(super) fn hold(&mut self, hold: bool) -> bool {
        let was_held = std::mem::replace(&mut self.is_held, hold);
        was_held && !hold && !self.changed.is_empty()
    }

    /// Whether the order is held and rows that changed would be shown elsewhere, or no longer.
    pub(super) fn would_move(&self, rows: &RowStore, now: Moment) -> bool {
        let mut changed = self.changed.iter().take(CHANGES_LOOKED_AT);
        self.is_held
            && changed.any(|id| {
                let row = rows.get(*id).filter(|row| self.criteria.fits(row));
                match row.map(|row| self.criteria.entry(row, now)) {
                    Some(entry) => self.shown.would_move(&entry),
                    None => self.shown.place(*id).is_some(),
                }
            })
    }

    /// A row was added.
    pub(super) fn add(&mut self, id: RowId) {
        self.arrived.push_back(id);
    }

    /// A row was removed.
    pub(super) fn remove(&mut self, id: RowId) {
        self.shown.remove(id);
        if self.build.is_some() {
            // It may be in the new list, and is removed from there even while the order is held.
            self.arrived.push_back(id);
        }
    }

    /// A row changed in a way that may change its place.
    pub(super) fn note_change(&mut self, row: &mut Row) {
        if !std::mem::replace(&mut row.listed.is_changed, true) {
            self.changed.push_back(row.id);
        }
    }

    /// A row changed: its place, if `is_moved` or it may have another one for another reason.
    pub(super) fn note_update(&mut self, row: &mut Row, is_moved: bool, is_renamed: bool) {
        let is_by_name = || self.criteria.is_sorted_by(|key| key == Column::Job);
        if is_moved || self.criteria.has_search() || (is_renamed && is_by_name()) {
            self.note_change(row);
        }
    }

    /// Brings the list up to date, as far as a tick goes. True if more is left for the next.
    /// `is_alive` says whether any row does something by itself.
    pub(super) fn update(&mut self, rows: &mut RowStore, is_alive: bool, now: Moment) -> bool {
        if let Some(build) = &mut self.build
            && let Some(list) = build.advance(&self.criteria, rows.list(), now)
        {
            self.dropped.push(std::mem::replace(&mut self.shown, list));
            self.build = None;
            self.number += 1;
        }
        if self.build.is_none() {
            if is_alive {
                self.resort(rows, now);
            }
            let mut left = ROWS_ADDED_PER_TICK;
            while left > 0
                && let Some(id) = self.arrived.pop_front()
            {
                self.show(rows.get(id), id, now);
                left -= 1;
            }
            let mut left = CHANGES_PER_TICK;
            while left > 0
                && !self.is_held
                && let Some(id) = self.changed.pop_front()
            {
                if let Some(index) = rows.find(id) {
                    rows[index].listed.is_changed = false;
                }
                self.show(rows.get(id), id, now);
                left -= 1;
            }
        }
        if let Some(dropped) = self.dropped.last_mut()
            && dropped.drop_incrementally()
        {
            self.dropped.pop();
        }
        self.build.is_some()
            || !self.dropped.is_empty()
            || !self.arrived.is_empty()
            || !(self.is_held || self.changed.is_empty())
    }

    /// Shows rows at their places that were moved: at once, even while the order is held, since it
    /// was asked for.
    pub(super) fn show_moved(
        &mut self,
        rows: &mut RowStore,
        indices: impl ExactSizeIterator<Item = usize>,
        now: Moment,
    ) {
        let is_at_once = indices.len() <= CHANGES_PER_TICK && self.build.is_none();
        for index in indices {
            if is_at_once {
                let row = &rows[index];
                self.show(Some(row), row.id, now);
            } else {
                self.note_change(&mut rows[index]);
            }
        }
        self.is_held &= is_at_once;
    }

    /// Puts a row where it belongs.
    fn show(&mut self, row: Option<&Row>, id: RowId, now: Moment) {
        match row.filter(|row| self.criteria.fits(row)) {
            Some(row) => self.shown.insert(self.criteria.entry(row, now)),
            None => self.shown.remove(id),
        }
    }

    /// What a new list would show.
    #[cfg(test)]
    pub(super) fn made_anew(&self, rows: &RowStore, now: Moment) -> Vec<RowId> {
        let rows = rows.list().iter().filter(|row| self.criteria.fits(row));
        let mut entries: Vec<_> = rows.map(|row| self.criteria.entry(row, now)).collect();
        entries.sort_unstable();
        entries.into_iter().map(|entry| entry.id).collect()
    }

    /// Once a second, what is sorted by what moves is put in order again.
    fn resort(&mut self, rows: &mut RowStore, now: Moment) {
        let is_early = |before: Moment| now.since(before) < RESORT_EVERY;
        if !self.criteria.is_sorted_by(Column::moves) || self.resorted_at.is_some_and(is_early) {
            return;
        }
        self.resorted_at = Some(now);
        rows.for_each_with_job(|row| self.note_change(row));
    }
}
