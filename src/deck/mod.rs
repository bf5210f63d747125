//! The model: rows over jobs, the queue and its slots, totals and order. Knows no GUI: the window
//! and the run without one are two hosts of it.
//!
//! A host calls [`Deck::tick`] once a frame, reads rows through [`RowSource`] and the parts of the
//! deck, and hands what its user asks for to [`Deck::apply`]. Nothing here blocks.
//!
//! A [`Deck`] is a struct of parts that own their data. The [`RowStore`] has the rows; the
//! [`Schedule`] decides which of them run; what becomes of a row is passed on to the [`Listing`],
//! the trends, the [`ActivityLog`] and the [`EventLog`]. The functions of `verbs` do one thing with
//! one row; the [`BulkQueue`] does it with many, and the [`UndoLog`] takes it back. A window uses a
//! deck through [`WindowDeck`].

mod action;
mod activity;
mod bulk;
mod context;
mod events;
mod journal;
pub mod limits;
mod listing;
mod recorded_row;
pub mod restore;
mod retention;
mod row_record;
mod row_slice;
mod rows;
mod schedule;
#[cfg(test)]
mod tests;
mod trends;
mod undo;
mod verbs;
mod wall_clock;
mod window_deck;

use std::time::Duration;

pub use action::{Action, ActionResult, Completed};
pub use activity::{ActivityEntry, ActivityKind, ActivityLog};
pub use bulk::BulkQueue;
pub use events::{Event, EventLog};
pub use journal::{Change, Journal};
pub use listing::Listing;
pub use listing::search::{SEARCH_HELP, Search};
pub use recorded_row::RecordedRow;
pub use row_record::{HostKind, RowRecord, StoredState};
pub use rows::RowStore;
pub use rows::detail::RowDetail;
pub use rows::ended::{EndTimes, Ended, PollSums};
pub use rows::files::RowFile;
pub use rows::history::{LogView, PastAttempt};
pub use schedule::{Limits, Schedule};
pub use undo::{UndoKind, UndoLog, Undoable};
pub use wall_clock::WallClock;
pub use window_deck::WindowDeck;

use crate::fetch::Request;
use crate::jobs::Spec;
use crate::runtime::Runtime;
use crate::status::{
    Abilities, Chip, Counts, Filter, RowExtras, RowId, RowSource, RowView, Sorting, Status, Totals,
    Verb,
};

use self::context::Context;
use self::rows::row_view::{extras_of, view_of};
use self::schedule::dead_hosts;
use self::trends::Trends;

/// How often one tick begins rows in the place of those that ended in it: most jobs go to a thread
/// or wait for a moment, and a few end at once.
const ROUNDS_PER_TICK: usize = 4;

/// The list of jobs.
pub struct Deck {
    runtime: Runtime,
    /// The rows, whatever the filter.
    pub rows: RowStore,
    /// Which rows run and which wait.
    pub schedule: Schedule,
    /// Which rows are shown, and in which order.
    pub listing: Listing,
    /// What is still to be done with very many rows.
    pub bulk: BulkQueue,
    /// What can be taken back.
    pub undo_log: UndoLog,
    trends: Trends,
    /// What happened lately, in words.
    pub activity: ActivityLog,
    /// What happened, for a host that passes it on.
    pub events: EventLog,
    /// When moments of the jobs' clock were on the user's.
    pub wall_clock: WallClock,
    /// What changed that outlives the process.
    pub journal: Journal,
}

impl Deck {
    /// An empty list over a runtime of its own.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        runtime.watch_changes();
        Self {
            rows: RowStore::default(),
            schedule: Schedule::new(&runtime),
            listing: Listing::default(),
            bulk: BulkQueue::default(),
            undo_log: UndoLog::default(),
            trends: Trends::default(),
            activity: ActivityLog::default(),
            events: EventLog::default(),
            wall_clock: WallClock::default(),
            journal: Journal::default(),
            runtime,
        }
    }

    /// The runtime under it.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The work of a frame, or of a wake between two: begins queued rows where there are slots,
    /// ticks the runtime within `budget`, and takes over what changed. A row that begins in the
    /// place of one that ended has its first poll in the same tick. Returns whether there was
    /// anything to do.
    pub fn tick(&mut self, budget: Duration) -> bool {
        let begun = self.runtime.now();
        let system_time = self.runtime.clock().system_time();
        self.wall_clock.note(begun, system_time);
        let (_, _, schedule, mut cx) = self.parts();
        dead_hosts::advance(schedule, &mut cx);
        let mut is_busy = !self.bulk.is_empty() || self.undo_log.has_removed_rows_to_do();
        is_busy |= self.start_queued();
        let begun = self.runtime.now();
        for _round in 0..ROUNDS_PER_TICK {
            let clock = self.runtime.clock();
            let spent = clock.real_duration(self.runtime.now().since(begun));
            let tick = self.runtime.tick(budget.saturating_sub(spent));
            is_busy |= self.take_changes() || tick.polls > 0;
            if !self.start_queued() {
                break;
            }
        }
        let (bulk, undo_log, schedule, mut cx) = self.parts();
        undo_log.expire(schedule, &mut cx);
        bulk.advance(undo_log, schedule, &mut cx);
        undo_log.advance(schedule, &mut cx);
        self.start_queued();
        // After the slots are taken again: a list of short jobs is not idle between two of them.
        let now = self.runtime.now();
        let running = self.schedule.running();
        self.trends.sample(&mut self.rows, running, now);
        self.schedule.set_alarm(&self.runtime);
        // Rows of dead hosts are left out: the length of an outage is unknown.
        let waiting = self.schedule.turns.queue.waiting_for_slots();
        let slots_in_use = self.schedule.slots.in_use();
        let running = (&self.rows, self.schedule.running());
        self.trends.note_queue(waiting, slots_in_use, running, now);
        self.update_listing();
        if !self.undo_log.has_removed_rows() {
            self.rows.tidy();
        }
        // What began last has its first poll in the next tick, and what is left is done there.
        self.runtime.flush_wakes();
        is_busy
    }

    // ---- what a host asks for ----

    /// Does something with rows: with more than some hundred a part at once and the rest in the
    /// next ticks. What single rows are asked for meanwhile is done at once, and the rest then
    /// leaves those alone.
    pub fn apply(&mut self, action: Action) -> ActionResult {
        let (bulk, undo_log, schedule, mut cx) = self.parts();
        let result = match action.verb {
            Verb::Move(to) => ActionResult {
                rows: verbs::move_rows(schedule, &mut cx, &action.rows, to),
                under_way: None,
            },
            _ => bulk.act(undo_log, schedule, &mut cx, action),
        };
        self.settle();
        result
    }

    /// Adds rows, to begin when there is a slot or paused, in this order. Returns how many.
    pub fn add(&mut self, specs: Vec<Spec>, paused: bool) -> usize {
        self.add_from(Box::new(specs.into_iter()), paused)
    }

    /// Adds rows whose specs are made when it is their turn: a million of them are never in memory
    /// at once before they are rows. Returns how many rows there will be.
    pub fn add_from(
        &mut self,
        specs: Box<dyn ExactSizeIterator<Item = Spec>>,
        paused: bool,
    ) -> usize {
        let (bulk, _, schedule, mut cx) = self.parts();
        let count = bulk.add(schedule, &mut cx, specs, paused);
        self.settle();
        count
    }

    /// Begins a download again that ended without success, or one that is paused and has not begun,
    /// from another link, and goes on with the bytes that are there. False if it is no such
    /// download.
    pub fn change_url(&mut self, id: RowId, request: &Request) -> bool {
        let (bulk, _, schedule, mut cx) = self.parts();
        let number = bulk.next_number();
        let fits = cx.rows.find(id).is_some_and(|index| {
            cx.rows.change_url(index, request)
                && (verbs::retry(schedule, &mut cx, index)
                    || verbs::resume(schedule, &mut cx, index))
        });
        if fits {
            bulk.touch(id, number);
            let name = cx.rows.get(id).map(|row| row.name.shown().clone());
            let (kind, name) = (ActivityKind::Retried, name.unwrap_or_default());
            let how = "from another link".into();
            cx.activity.add(kind, Some(id), name, how);
        }
        self.settle();
        fits
    }

    /// Takes back the last removal, cancel or keep. Returns how many rows it brought back, of very
    /// many those that it brought back at once.
    pub fn undo(&mut self) -> usize {
        let (bulk, undo_log, schedule, mut cx) = self.parts();
        let rows = undo_log.pop().map_or(0, |step| {
            bulk.drop_of_undo(step.number);
            undo_log.take_back(step, schedule, &mut cx)
        });
        self.settle();
        rows
    }

    /// Stops everything, because the process is about to end: what has not ended becomes
    /// interrupted. Returns how many rows that were.
    pub fn interrupt(&mut self) -> usize {
        let (bulk, undo_log, schedule, mut cx) = self.parts();
        bulk.finish(undo_log, schedule, &mut cx);
        undo_log.bring_back_all(schedule, &mut cx);
        undo_log.forget_all(schedule, &mut cx);
        let mut rows = 0;
        for index in cx.rows.list().indices() {
            rows += usize::from(verbs::interrupt(schedule, &mut cx, index));
        }
        self.settle();
        rows
    }

    /// Takes the oldest ended rows off the list beyond `rows`, some hundreds at a time, and returns
    /// how many. Those that are done or were cancelled go first; one that failed, or has a doubt,
    /// only where nothing else is left: it may still be wanted. None goes while a cancel can still
    /// be taken back: it may be one of those.
    pub fn keep_history(&mut self, rows: u32) -> usize {
        if self.undo_log.can_undo_cancel() {
            return 0;
        }
        let (_, _, schedule, mut cx) = self.parts();
        let removed = retention::trim(schedule, &mut cx, rows);
        if removed > 0 {
            self.update_listing();
            self.runtime.flush_wakes();
        }
        removed
    }

    /// Sets the limits, and begins rows where there is room now.
    pub fn set_limits(&mut self, limits: Limits) {
        self.schedule.set_limits(limits, &self.runtime);
        self.settle();
    }

    /// Shows other rows.
    pub fn set_filter(&mut self, filter: Filter) {
        self.listing.set_filter(filter);
        self.update_listing();
        self.runtime.flush_wakes();
    }

    /// Sorts the rows otherwise.
    pub fn set_sorting(&mut self, sorting: Sorting) {
        self.listing.set_sorting(sorting);
        self.update_listing();
        self.runtime.flush_wakes();
    }

    /// Keeps the order of the rows as it is while the pointer is over one of them; a row that is
    /// added, removed or moved still changes it.
    pub fn hold_order(&mut self, hold: bool) {
        if self.listing.hold(hold) {
            self.runtime.request_tick();
            self.runtime.flush_wakes();
        }
    }

    // ---- what a host reads ----

    /// How many rows there are under each chip.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.rows.counts()
    }

    /// The sums of the rows, as they are now.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let (schedule, now) = (&self.schedule, self.runtime.now());
        let is_alive = !schedule.running().is_empty();
        Totals {
            rate: if is_alive { self.trends.rate() } else { 0.0 },
            rate_history: self.trends.rate_history(),
            running: schedule.slots.in_use(),
            running_limit: schedule.limits().jobs_at_once as usize,
            is_alive,
            counts_down: !schedule.under_way().is_empty() || schedule.waits_for_hosts(),
            network_outage: schedule.network_outage(now),
            queue_left: self.trends.queue_left(now),
            to_add: self.bulk.to_add(),
        }
    }

    /// One row as it is now, whatever the filter.
    #[must_use]
    pub fn view(&self, id: RowId) -> Option<RowView> {
        let row = self.rows.get(id)?;
        Some(view_of(row, self.schedule.place(row, self.runtime.now())))
    }

    /// What there is to read of one row beyond its view.
    #[must_use]
    pub fn detail(&self, id: RowId) -> Option<&dyn RowDetail> {
        Some(self.rows.get(id)?)
    }

    /// Whether every row has ended, and none is still to be added or begun again.
    #[must_use]
    pub fn all_ended(&self) -> bool {
        let is_under_way = !self.bulk.is_empty() || self.undo_log.is_under_way();
        !is_under_way
            && [Chip::Active, Chip::Waiting, Chip::Paused]
                .iter()
                .all(|chip| self.counts().of(*chip) == 0)
    }

    /// What changed since the last call of what outlives the process; nothing unless the
    /// [`journal`](Self::journal) was begun. Of very many rows a part, and the rest in the next
    /// calls.
    pub fn take_journal(&mut self) -> Vec<Change> {
        self.journal.take(
            &mut self.rows,
            self.schedule.running(),
            &self.activity,
            &self.wall_clock,
            &self.runtime,
        )
    }

    // ---- how the parts work together ----

    /// The parts that act, and what they act on.
    fn parts(&mut self) -> (&mut BulkQueue, &mut UndoLog, &mut Schedule, Context<'_>) {
        let cx = Context {
            runtime: &self.runtime,
            rows: &mut self.rows,
            listing: &mut self.listing,
            trends: &mut self.trends,
            activity: &mut self.activity,
            events: &mut self.events,
            wall_clock: &mut self.wall_clock,
            journal: &mut self.journal,
        };
        (&mut self.bulk, &mut self.undo_log, &mut self.schedule, cx)
    }

    /// Begins rows where there are slots; true if any began.
    fn start_queued(&mut self) -> bool {
        let (bulk, _, schedule, mut cx) = self.parts();
        // The slots of those that were stopped first are not for those whose turn it is next to be
        // stopped.
        !bulk.is_stopping() && schedule.start_queued(&mut cx)
    }

    /// Takes over what the jobs' rows show now; false if none changed.
    fn take_changes(&mut self) -> bool {
        let changes = self.runtime.take_changes();
        let (_, _, schedule, mut cx) = self.parts();
        for job in &changes {
            if let Some(index) = cx.rows.find_job(*job) {
                schedule.refresh(&mut cx, index);
            }
        }
        !changes.is_empty()
    }

    /// What follows anything that a host asked for.
    fn settle(&mut self) {
        self.take_changes();
        // After the whole action: it may have freed slots, or taken them.
        self.start_queued();
        self.schedule.set_alarm(&self.runtime);
        self.update_listing();
        if !self.bulk.is_empty() || self.undo_log.has_removed_rows_to_do() {
            self.runtime.request_tick();
        }
        self.runtime.flush_wakes();
    }

    fn update_listing(&mut self) {
        let is_alive = !self.schedule.under_way().is_empty();
        let now = self.runtime.now();
        if self.listing.update(&mut self.rows, is_alive, now) {
            self.runtime.request_tick();
        }
    }
}

impl RowSource for Deck {
    fn len(&self) -> usize {
        self.listing.len()
    }

    fn row(&self, index: usize) -> Option<RowView> {
        self.view(self.id(index)?)
    }

    fn id(&self, index: usize) -> Option<RowId> {
        self.listing.get(index)
    }

    fn status(&self, id: RowId) -> Option<Status> {
        let row = self.rows.get(id)?;
        Some(row.status(self.schedule.place(row, self.runtime.now())))
    }

    fn abilities(&self, id: RowId) -> Abilities {
        let abilities = self.rows.abilities().get(id);
        // Whether its host is tried again later changes for many rows at once, and is no change of
        // theirs.
        let waits_for_host = || {
            let row = self.rows.get(id)?;
            let is_queued = row.is_queued() && !row.is_kept_paused();
            let unreachable = self
                .schedule
                .reach
                .unreachable(&row.host, self.runtime.now());
            unreachable.filter(|_| is_queued)
        };
        if self.schedule.waits_for_hosts() && waits_for_host().is_some() {
            abilities.with(Abilities::SKIP)
        } else {
            abilities
        }
    }

    fn abilities_of_any(&self) -> Abilities {
        let of_any = self.rows.abilities().of_any();
        if self.schedule.waits_for_hosts() {
            of_any.with(Abilities::SKIP)
        } else {
            of_any
        }
    }

    fn position(&self, id: RowId) -> Option<usize> {
        self.listing.place(id)
    }

    fn extras(&self, id: RowId) -> Option<RowExtras> {
        Some(extras_of(self.rows.get(id)?, self.runtime.now()))
    }

    fn now(&self) -> Duration {
        self.runtime.now().since_start()
    }

    fn order_waits(&self) -> bool {
        self.listing.would_move(&self.rows, self.runtime.now())
    }

    fn sorting(&self) -> Sorting {
        self.listing.sorting()
    }
}

/// What was removed ends with its deck.
impl Drop for Deck {
    fn drop(&mut self) {
        // What can still be taken back is stored as that.
        self.journal.end();
        let (_, undo_log, schedule, mut cx) = self.parts();
        undo_log.forget_all(schedule, &mut cx);
    }
}

impl std::fmt::Debug for Deck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deck")
            .field("rows", &self.rows.ids().len())
            .field("running", &self.schedule.running().len())
            .field("queued", &self.schedule.turns.queue.len())
            .finish_non_exhaustive()
    }
}
