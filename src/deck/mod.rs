//! The model: rows over jobs, the queue and its slots, totals and order. Knows no GUI; the window and the run without
//! one are two hosts of it.
//!
//! A host calls [`Deck::tick`] once a frame, reads rows through [`RowSource`], and hands every wish of its user to
//! [`Deck::apply`]. Nothing here blocks.

mod abilities;
mod actions;
mod activity;
mod alarm;
mod backlog;
mod ended;
mod entries;
mod estimate;
mod files;
mod following;
mod history;
mod host_pace;
mod hosts;
mod lending;
pub mod limits;
mod links;
mod list;
mod moving;
mod network;
mod order;
mod pause_clock;
mod queue;
mod rate;
mod reaching;
mod row;
mod search;
mod sequence;
mod silence;
mod slots;
mod sort_value;
#[cfg(test)]
mod tests;
mod trimming;
mod undo;
mod wall;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    time::Duration,
};

pub use actions::Action;
pub use activity::{Activity, ActivityEntry, Happened};
pub use backlog::{Carried, Completed};
pub use ended::{Ended, PollSums};
pub use files::RowFile;
pub use history::{LogView, PastAttempt};
pub use moving::MoveTo;
pub use search::SEARCH_HELP;
pub use slots::Limits;
pub use undo::{UndoKind, Undoable};

use crate::{
    fetch::{FetchError, RateLimit},
    format,
    jobs::Spec,
    options::{JOBS_AT_ONCE, JOBS_PER_HOST},
    runtime::{Job, JobId, Moment, Rate, Runtime, StepRecord},
    status::{
        Abilities, Chip, Counts, Filter, RowExtras, RowId, RowSource, RowView, Sorting, Status,
        Totals,
    },
};

use self::{
    abilities::AbilityTable,
    alarm::Alarm,
    backlog::Backlog,
    estimate::Estimate,
    hosts::Hosts,
    lending::Lending,
    links::Links,
    list::Rows,
    moving::Ranks,
    network::Network,
    order::Order,
    queue::Queue,
    rate::{Arrivals, SAMPLE_EVERY},
    row::{Row, RowState},
    undo::UndoStack,
    wall::WallClock,
};

/// What happened, for a host that tells it on; see [`Deck::watch_events`].
#[derive(Clone, Debug)]
pub enum Event {
    /// A row came.
    Added(RowId),
    /// A row's job began a step.
    Step(RowId, StepRecord),
    /// A row is called otherwise than so far, after its file; [`Deck::file_name`] has the name as it is on the disk.
    Renamed(RowId),
    /// A row's job ended; [`Deck::ended`] has the numbers.
    Ended(RowId),
}

/// How often one tick begins rows in the place of those that ended in it: most jobs go to a thread or wait for a moment,
/// and a few end at once.
const ROUNDS_PER_TICK: usize = 4;

/// The list of jobs.
pub struct Deck {
    runtime: Runtime,
    /// Ascending by id: a new row has a new, larger id.
    rows: Rows,
    last_id: u64,
    by_job: HashMap<JobId, RowId>,
    links: Links,
    /// Rows that wait for a slot.
    queue: Queue,
    ranks: Ranks,
    /// How many ends of rows there were: the number of the latest.
    ends: u64,
    /// Rows that have not begun and sleep first, for which they need no slot.
    sleepers: VecDeque<RowId>,
    hosts: Hosts,
    network: Network,
    lending: Lending,
    alarm: Alarm,
    /// Rows that hold a slot, those that lend it included.
    running: BTreeSet<RowId>,
    /// Rows that are begun, and neither paused nor over.
    awake: BTreeSet<RowId>,
    jobs_at_once: u32,
    /// The one that all fetches share.
    rate_limit: RateLimit,
    counts: Counts,
    abilities: AbilityTable,
    order: Order,
    order_held: bool,
    arrivals: Arrivals,
    sampled_at: Option<Moment>,
    events: Option<Vec<Event>>,
    undo: UndoStack,
    backlog: Backlog,
    estimate: Estimate,
    activity: Activity,
    wall: WallClock,
    /// The rows that keep the text of their body, oldest first.
    previews: VecDeque<RowId>,
}

impl Deck {
    /// An empty list over a runtime of its own.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        runtime.watch_changes();
        Self {
            runtime,
            rows: Rows::default(),
            last_id: 0,
            by_job: HashMap::new(),
            links: Links::default(),
            queue: Queue::new(JOBS_PER_HOST.default),
            ranks: Ranks::default(),
            ends: 0,
            sleepers: VecDeque::new(),
            hosts: Hosts::default(),
            network: Network::default(),
            lending: Lending::default(),
            alarm: Alarm::default(),
            running: BTreeSet::new(),
            awake: BTreeSet::new(),
            jobs_at_once: JOBS_AT_ONCE.default,
            rate_limit: RateLimit::default(),
            counts: Counts::default(),
            abilities: AbilityTable::default(),
            order: Order::default(),
            order_held: false,
            arrivals: Arrivals::default(),
            sampled_at: None,
            events: None,
            undo: UndoStack::default(),
            backlog: Backlog::default(),
            estimate: Estimate::default(),
            activity: Activity::default(),
            wall: WallClock::default(),
            previews: VecDeque::new(),
        }
    }

    /// The runtime under it.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Begins to note events; [`Deck::take_events`] gives them.
    pub fn watch_events(&mut self) {
        self.events.get_or_insert_default();
    }

    /// What happened since the last call, in order.
    #[must_use]
    pub fn take_events(&mut self) -> Vec<Event> {
        self.events.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The work of a frame, or of a wake between two: begins queued rows where there are slots, ticks the runtime within
    /// `budget`, and takes over what changed. A row that begins in the place of one that ended has its first poll in the
    /// same tick. Says whether there was anything to do.
    pub fn tick(&mut self, budget: Duration) -> bool {
        self.wall
            .note(self.runtime.now(), web_time::SystemTime::now());
        self.keep_hosts();
        let mut is_busy = !self.backlog.is_empty();
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
        self.keep_undo();
        self.keep_backlog();
        self.start_queued();
        // After the slots are taken again: a list of short jobs is not idle between two of them.
        self.sample_rates();
        self.set_alarm();
        self.keep_estimate();
        self.keep_order();
        if !self.has_removed_rows() {
            self.rows.tidy();
        }
        // What began last has its first poll in the next tick, and what is left is done there.
        self.runtime.flush_wakes();
        is_busy
    }

    // ---- what a host reads ----

    /// How many rows there are under each chip.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The sums of the rows, as they are now.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals {
            rate: self.rate(),
            rate_history: self.arrivals.history(),
            running: self.slots_in_use(),
            running_limit: self.jobs_at_once as usize,
            is_alive: !self.running.is_empty(),
            counts_down: !self.awake.is_empty() || self.waits_for_hosts(),
            network_outage: self.network_outage(),
            queue_left: self.queue_left(),
            to_add: self.backlog.to_add(),
        }
    }

    /// Which rows are shown.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        self.order.filter()
    }

    /// Shows other rows.
    pub fn set_filter(&mut self, filter: Filter) {
        self.order.set_filter(filter);
        self.order_held = false;
        self.keep_order();
        self.runtime.flush_wakes();
    }

    /// Sorts the rows otherwise.
    pub fn set_sorting(&mut self, sorting: Sorting) {
        self.order.set_sorting(sorting);
        self.order_held = false;
        self.keep_order();
        self.runtime.flush_wakes();
    }

    /// Keeps the order of the rows as it is while somebody aims at one of them; a row that comes, goes or is moved still
    /// changes it.
    pub fn hold_order(&mut self, hold: bool) {
        let was_held = std::mem::replace(&mut self.order_held, hold);
        if was_held && !hold && self.order.has_changes() {
            self.runtime.request_tick();
            self.runtime.flush_wakes();
        }
    }

    /// All rows, oldest first, whatever the filter.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = RowId> + '_ {
        self.rows.iter().map(|row| row.id)
    }

    /// One row as it stands, whatever the filter.
    #[must_use]
    pub fn view(&self, id: RowId) -> Option<RowView> {
        let row = &self.rows[self.index(id)?];
        Some(row.view(self.place(row)))
    }

    /// What a row was told to do.
    #[must_use]
    pub fn spec(&self, id: RowId) -> Option<&Spec> {
        Some(&self.rows[self.index(id)?].spec)
    }

    /// How a row ended, with its numbers; none while it has not.
    #[must_use]
    pub fn ended(&self, id: RowId) -> Option<&Ended> {
        match &self.rows[self.index(id)?].state {
            RowState::Ended(ended) => Some(ended),
            _ => None,
        }
    }

    /// What the file of a row is called, as soon as that is known; see [`Trace::file_name`](crate::fetch::Trace::file_name).
    #[must_use]
    pub fn file_name(&self, id: RowId) -> Option<std::sync::Arc<str>> {
        let row = &self.rows[self.index(id)?];
        row.facts.borrow().trace.file_name()
    }

    /// The job of a row that is under way.
    #[must_use]
    pub fn job(&self, id: RowId) -> Option<&Job> {
        self.rows[self.index(id)?].job().map(|job| job.job())
    }

    /// The rows that hold a slot, those that lend it included: what waits holds none.
    pub fn running(&self) -> impl ExactSizeIterator<Item = RowId> + '_ {
        self.running.iter().copied()
    }

    /// How many attempts a row's job has begun.
    #[must_use]
    pub fn attempts(&self, id: RowId) -> u32 {
        self.index(id)
            .map_or(0, |index| self.rows[index].facts.borrow().attempts.count())
    }

    /// Why a row's last attempt failed, whether or not another one follows.
    #[must_use]
    pub fn last_error(&self, id: RowId) -> Option<FetchError> {
        let row = &self.rows[self.index(id)?];
        row.facts.borrow().last_error.clone()
    }

    /// Whether every row has ended, and none is still to be added or begun again.
    #[must_use]
    pub fn all_ended(&self) -> bool {
        let is_under_way = self.backlog.is_under_way() || self.is_beginning_again();
        !is_under_way
            && [Chip::Active, Chip::Waiting, Chip::Paused]
                .iter()
                .all(|chip| self.counts.of(*chip) == 0)
    }

    // ---- changes ----

    /// Takes over what the jobs' rows show now; false if none changed.
    fn take_changes(&mut self) -> bool {
        let changes = self.runtime.take_changes();
        for job in &changes {
            let row = self.by_job.get(job).copied();
            if let Some(index) = row.and_then(|id| self.index(id)) {
                self.refresh(index);
            }
        }
        !changes.is_empty()
    }

    /// Takes over what a row's job says now: its events, its chip, its slot.
    fn refresh(&mut self, index: usize) {
        self.tell_steps(index);
        self.note_stage(index);
        self.judge(index);
        self.ask_for_slot(index);
        let now = self.runtime.now();
        let row = &mut self.rows[index];
        let id = row.id;
        let job = row.job().map(|job| job.id());
        let is_renamed = job.is_some() && row.rename_if_known();
        let just_ended = row.end_if_finished();
        if row.end_number == 0 && matches!(row.state, RowState::Ended(_)) {
            self.ends += 1;
            row.end_number = self.ends;
        }
        let is_paused = row.job().is_some() && row.is_kept_paused();
        row.pause_clock.note(is_paused, now);
        row.history.note(row.held(), now);
        self.arrivals.add(row.take_arrived());
        let gave_up = just_ended && std::mem::take(&mut row.wants_slot);
        let mut paused_itself = false;
        match row.job().map(|job| job.is_paused()) {
            Some(false) => row.paused_since = None,
            // Also a job that paused itself: the disk was full, for example.
            Some(true) if row.paused_since.is_none() && !row.wants_slot => {
                row.paused_since = format::time_of_day(web_time::SystemTime::now());
                paused_itself = true;
            }
            _ => {}
        }
        let status = row.status(None);
        self.abilities.set(id, Abilities::of(&status));
        let chip = status.chip();
        let chip_before = std::mem::replace(&mut row.chip, chip);
        let group = order::group(row);
        let group_before = std::mem::replace(&mut row.group, group);
        let is_awake = row.is_awake();
        let holds_slot = is_awake && row.needs_slot();
        if !is_awake {
            row.rate = Rate::default();
        }
        if chip != chip_before {
            self.counts.remove(chip_before);
            self.counts.add(chip);
        }
        let is_moved = is_renamed && self.order.is_by_name();
        if chip != chip_before || group != group_before || is_moved || self.order.looks_closely() {
            self.order.changes(row);
        }
        if is_renamed {
            self.note(Event::Renamed(id));
        }
        if is_awake {
            self.awake.insert(id);
        } else {
            self.awake.remove(&id);
        }
        self.hold_slot(index, holds_slot);
        if gave_up {
            self.leave_queue(index);
        }
        if just_ended {
            if let Some(job) = job {
                self.by_job.remove(&job);
            }
            self.estimate_from(index);
            self.keep_preview(index);
            self.note(Event::Ended(id));
            self.ended_by_itself(index);
        } else {
            self.waits_by_itself(index, &status, paused_itself);
        }
    }

    fn tell_steps(&mut self, index: usize) {
        if self.events.is_none() {
            return;
        }
        let row = &mut self.rows[index];
        let Some(job) = row.job() else { return };
        let steps = job.steps_from(row.steps_told + 1);
        let id = row.id;
        if let Some(last) = steps.last() {
            row.steps_told = last.number;
        }
        for step in steps {
            self.note(Event::Step(id, step));
        }
    }

    fn note(&mut self, event: Event) {
        if let Some(events) = &mut self.events {
            events.push(event);
        }
    }

    fn sample_rates(&mut self) {
        let now = self.runtime.now();
        if self
            .sampled_at
            .is_some_and(|before| now.since(before) < SAMPLE_EVERY)
        {
            return;
        }
        if self.running.is_empty() && self.sampled_at.is_none() {
            return;
        }
        self.sampled_at = (!self.running.is_empty()).then_some(now);
        for id in &self.running {
            if let Some(index) = self.rows.find(*id) {
                let row = &mut self.rows[index];
                row.sample_rate(now);
                self.arrivals.add(row.take_arrived());
            }
        }
        self.arrivals.sample(now, self.running.is_empty());
    }

    /// The bytes a second of all rows together; none arrive while nothing runs.
    fn rate(&self) -> f64 {
        if self.running.is_empty() {
            0.0
        } else {
            self.arrivals.per_second()
        }
    }

    fn index(&self, id: RowId) -> Option<usize> {
        self.rows.find(id)
    }
}

impl RowSource for Deck {
    fn len(&self) -> usize {
        self.order.shown().len()
    }

    fn row(&self, index: usize) -> Option<RowView> {
        self.view(self.id(index)?)
    }

    fn id(&self, index: usize) -> Option<RowId> {
        self.order.shown().get(index)
    }

    fn status(&self, id: RowId) -> Option<Status> {
        let row = &self.rows[self.index(id)?];
        Some(row.status(self.place(row)))
    }

    fn abilities(&self, id: RowId) -> Abilities {
        let abilities = self.abilities.get(id);
        // Whether its host is tried again later changes for many rows at once, and is no change of theirs.
        let waits_for_host = || {
            let row = self.rows.get(id)?;
            let is_queued = row.is_queued() && !row.is_kept_paused();
            self.unreachable(&row.host).filter(|_| is_queued)
        };
        if self.waits_for_hosts() && waits_for_host().is_some() {
            abilities.with(Abilities::SKIP)
        } else {
            abilities
        }
    }

    fn abilities_of_any(&self) -> Abilities {
        let of_any = self.abilities.of_any();
        if self.waits_for_hosts() {
            of_any.with(Abilities::SKIP)
        } else {
            of_any
        }
    }

    fn position(&self, id: RowId) -> Option<usize> {
        self.order.shown().place(id)
    }

    fn extras(&self, id: RowId) -> Option<RowExtras> {
        Some(self.rows[self.index(id)?].extras(self.runtime.now()))
    }

    fn now(&self) -> Duration {
        self.runtime.now().since_start()
    }

    fn order_waits(&self) -> bool {
        self.order_held && self.order.would_move(&self.rows, self.runtime.now())
    }

    fn sorting(&self) -> Sorting {
        self.order.sorting()
    }
}

impl std::fmt::Debug for Deck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deck")
            .field("rows", &self.rows.len())
            .field("running", &self.running.len())
            .field("queued", &self.queue.len())
            .finish_non_exhaustive()
    }
}
