//! The deck as a window sees it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use web_time::SystemTime;

use crate::fetch::Request;
use crate::jobs::Spec;
use crate::options::Settings;
use crate::runtime::Moment;
use crate::status::{Chip, Counts, Filter, RowId, RowSource, RowView, Sorting, Totals};

use super::verbs;
use super::{Action, ActionResult, ActivityLog, Completed, Deck, Limits, RowDetail, Undoable};

/// What a window reads of a deck and asks it for: a [`Deck`] in this process, or a copy of one
/// elsewhere. Nothing here names a job or a runtime; ticking a [`Deck`] and ending its jobs is left
/// to its owner.
///
/// Moments are on the clock of the deck, whose time now is [`RowSource::now`].
pub trait WindowDeck: RowSource {
    /// How many rows there are under each chip.
    fn counts(&self) -> Counts;

    /// The sums of the rows, as they are now.
    fn totals(&self) -> Totals;

    /// One row as it is now, whatever the filter.
    fn view(&self, id: RowId) -> Option<RowView>;

    /// What there is to read of one row beyond its view.
    fn detail(&self, id: RowId) -> Option<&dyn RowDetail>;

    /// When a moment was on the user's clock; none before anything is known of it.
    fn time_of(&self, moment: Moment) -> Option<SystemTime>;

    /// Which rows are shown.
    fn filter(&self) -> &Filter;

    /// Another number each time other rows are shown.
    fn listing_number(&self) -> u64;

    /// The rows under these chips, oldest first.
    fn ids_under(&self, chips: &[Chip]) -> Vec<RowId>;

    /// Whether a row has this link, whatever became of it.
    fn has_link(&self, request: &Request) -> bool;

    /// Where the files of all other rows are.
    fn paths_of_others(&self, ids: &BTreeSet<RowId>) -> BTreeSet<PathBuf>;

    /// Whether every row has ended, and none is still to be added or begun again.
    fn all_ended(&self) -> bool;

    /// How many rows of those that are being added are there, and of how many; none while all are.
    fn adding(&self) -> Option<(usize, usize)>;

    /// What [`WindowDeck::undo`] would take back.
    fn undoable(&self) -> Option<Undoable>;

    /// What happened lately, in words.
    fn activity(&self) -> &ActivityLog;

    /// The same, to clear it or to add a problem that is no row's.
    fn activity_mut(&mut self) -> &mut ActivityLog;

    /// Does something with rows: with very many at once only a part, and the rest later.
    fn apply(&mut self, action: Action) -> ActionResult;

    /// The actions that were not done at once and are complete since the last call.
    fn take_completed(&mut self) -> Vec<Completed>;

    /// Adds rows, to begin when there is a slot or paused, in this order. Their specs are made when
    /// it is their turn. Returns how many rows there will be.
    fn add_from(&mut self, specs: Box<dyn ExactSizeIterator<Item = Spec>>, paused: bool) -> usize;

    /// Adds no more of the rows that are still to come, and returns how far it got, as
    /// [`WindowDeck::adding`].
    fn stop_adding(&mut self) -> Option<(usize, usize)>;

    /// Begins a download again that ended without success, from another link, and goes on with the
    /// bytes that are there. False if it is no such download.
    fn change_url(&mut self, id: RowId, request: &Request) -> bool;

    /// Takes back the last removal, cancel or keep.
    fn undo(&mut self);

    /// Holds all that can be taken back, or lets it expire again, a moment from now at the
    /// earliest.
    fn hold_undo(&mut self, hold: bool);

    /// Shows other rows.
    fn set_filter(&mut self, filter: Filter);

    /// Sorts the rows otherwise.
    fn set_sorting(&mut self, sorting: Sorting);

    /// Keeps the order of the rows as it is while the pointer is over one of them.
    fn hold_order(&mut self, hold: bool);

    /// Puts the limits of `after` into effect, and lets rows follow that have what `before` says.
    fn follow_settings(&mut self, before: &Settings, after: &Settings);

    /// Takes the oldest ended rows off the list beyond `rows`, and returns how many.
    fn keep_history(&mut self, rows: u32) -> usize;

    /// Takes a row that has ended off the list, without a way back; false if it has not ended.
    fn forget(&mut self, id: RowId) -> bool;
}

impl WindowDeck for Deck {
    fn counts(&self) -> Counts {
        self.counts()
    }

    fn totals(&self) -> Totals {
        self.totals()
    }

    fn view(&self, id: RowId) -> Option<RowView> {
        self.view(id)
    }

    fn detail(&self, id: RowId) -> Option<&dyn RowDetail> {
        self.detail(id)
    }

    fn time_of(&self, moment: Moment) -> Option<SystemTime> {
        self.wall_clock.time_of(moment)
    }

    fn filter(&self) -> &Filter {
        self.listing.filter()
    }

    fn listing_number(&self) -> u64 {
        self.listing.number()
    }

    fn ids_under(&self, chips: &[Chip]) -> Vec<RowId> {
        self.rows.ids_under(chips)
    }

    fn has_link(&self, request: &Request) -> bool {
        self.rows.has_link(request)
    }

    fn paths_of_others(&self, ids: &BTreeSet<RowId>) -> BTreeSet<PathBuf> {
        self.rows.paths_of_others(ids)
    }

    fn all_ended(&self) -> bool {
        self.all_ended()
    }

    fn adding(&self) -> Option<(usize, usize)> {
        self.bulk.adding()
    }

    fn undoable(&self) -> Option<Undoable> {
        self.undo_log.last()
    }

    fn activity(&self) -> &ActivityLog {
        &self.activity
    }

    fn activity_mut(&mut self) -> &mut ActivityLog {
        &mut self.activity
    }

    fn apply(&mut self, action: Action) -> ActionResult {
        self.apply(action)
    }

    fn take_completed(&mut self) -> Vec<Completed> {
        self.bulk.take_completed()
    }

    fn add_from(&mut self, specs: Box<dyn ExactSizeIterator<Item = Spec>>, paused: bool) -> usize {
        self.add_from(specs, paused)
    }

    fn stop_adding(&mut self) -> Option<(usize, usize)> {
        self.bulk.stop_adding(&mut self.activity)
    }

    fn change_url(&mut self, id: RowId, request: &Request) -> bool {
        self.change_url(id, request)
    }

    fn undo(&mut self) {
        self.undo();
    }

    fn hold_undo(&mut self, hold: bool) {
        let now = self.runtime.now();
        self.undo_log.hold(hold, now);
    }

    fn set_filter(&mut self, filter: Filter) {
        self.set_filter(filter);
    }

    fn set_sorting(&mut self, sorting: Sorting) {
        self.set_sorting(sorting);
    }

    fn hold_order(&mut self, hold: bool) {
        self.hold_order(hold);
    }

    fn follow_settings(&mut self, before: &Settings, after: &Settings) {
        self.rows
            .follow(before, after, |row| self.journal.note(row));
        self.set_limits(Limits::of(after));
    }

    fn keep_history(&mut self, rows: u32) -> usize {
        self.keep_history(rows)
    }

    fn forget(&mut self, id: RowId) -> bool {
        let (_, _, schedule, mut cx) = self.parts();
        let is_forgotten = verbs::forget_ended(schedule, &mut cx, id);
        if is_forgotten {
            self.update_listing();
            self.runtime.flush_wakes();
        }
        is_forgotten
    }
}
