//! The model: rows over jobs, the queue and its slots, totals and order. Knows no GUI; the window and the run without
//! one are two hosts of it.
//!
//! A host calls [`Deck::tick`] once a frame, reads rows through [`RowSource`], and hands every wish of its user to
//! [`Deck::apply`]. Nothing here blocks.

mod order;
mod queue;
mod rate;
mod row;
mod slots;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

pub use row::Ended;
pub use slots::Limits;

use crate::{
    fetch::{FetchError, RateLimit, Request},
    format,
    programs::{SharedFacts, Spec},
    runtime::{Job, JobId, Moment, Rate, Runtime, StepRecord},
    settings::{JOBS_AT_ONCE, JOBS_PER_HOST},
    status::{Chip, Counts, Filter, RowId, RowSource, RowView, Status, Totals},
};

use self::{
    order::Order,
    queue::Queue,
    rate::{RateHistory, SAMPLE_EVERY},
    row::{Row, RowState},
};

/// What a user can wish for. Rows that the wish does not fit are left alone.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Add rows, to begin when there is a slot, or paused.
    Add {
        /// What they do, in this order.
        specs: Vec<Spec>,
        /// Whether they wait for a resume first.
        paused: bool,
    },
    /// Pause these rows.
    Pause(Vec<RowId>),
    /// Resume these rows.
    Resume(Vec<RowId>),
    /// Cancel these rows.
    Cancel(Vec<RowId>),
    /// End the waits of these rows: skip the sleep, retry now.
    Skip(Vec<RowId>),
    /// Begin these rows again, which ended without success.
    Retry(Vec<RowId>),
    /// Begin a download again that ended without success, from another link, and go on with the bytes that are there.
    ChangeUrl(RowId, Box<Request>),
    /// Take these rows off the list, if they have ended.
    Remove(Vec<RowId>),
    /// Stop everything, because the process is about to end: what has not ended becomes interrupted.
    Interrupt,
}

/// What happened, for a host that tells it on; see [`Deck::watch_events`].
#[derive(Clone, Debug)]
pub enum Event {
    /// A row came.
    Added(RowId),
    /// A row's job began a step.
    Step(RowId, StepRecord),
    /// A row's job ended; [`Deck::ended`] has the numbers.
    Ended(RowId),
}

/// The list of jobs.
pub struct Deck {
    runtime: Runtime,
    /// Ascending by id: a new row has a new, larger id.
    rows: Vec<Row>,
    last_id: u64,
    by_job: HashMap<JobId, RowId>,
    /// Rows that wait for a slot.
    queue: Queue,
    /// Rows that hold a slot.
    running: BTreeSet<RowId>,
    jobs_at_once: u32,
    /// The one that all fetches share.
    rate_limit: RateLimit,
    counts: Counts,
    order: Order,
    order_held: bool,
    history: RateHistory,
    sampled_at: Option<Moment>,
    events: Option<Vec<Event>>,
}

impl Deck {
    /// An empty list over a runtime of its own.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        runtime.watch_changes();
        Self {
            runtime,
            rows: Vec::new(),
            last_id: 0,
            by_job: HashMap::new(),
            queue: Queue::new(JOBS_PER_HOST.default),
            running: BTreeSet::new(),
            jobs_at_once: JOBS_AT_ONCE.default,
            rate_limit: RateLimit::default(),
            counts: Counts::default(),
            order: Order::default(),
            order_held: false,
            history: RateHistory::default(),
            sampled_at: None,
            events: None,
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

    /// One frame's work: begins queued rows where there are slots, ticks the runtime within `budget`, and takes over
    /// what changed.
    pub fn tick(&mut self, budget: Duration) {
        self.start_queued();
        self.runtime.tick(budget);
        self.take_changes();
        self.sample_rates();
        if self.start_queued() {
            // Their first poll is the next tick's.
            self.runtime.flush_wakes();
        }
        self.rebuild_order();
    }

    /// Does what a user wished for, and says how many rows it fitted.
    pub fn apply(&mut self, action: Action) -> usize {
        let done = match action {
            Action::Add { specs, paused } => self.add(specs, paused),
            Action::Pause(ids) => self.each(&ids, Self::pause),
            Action::Resume(ids) => self.each(&ids, Self::resume),
            Action::Cancel(ids) => self.each(&ids, Self::cancel),
            Action::Skip(ids) => self.each(&ids, |deck, index| {
                deck.rows[index].job().is_some_and(|job| job.skip())
            }),
            Action::Retry(ids) => self.each(&ids, Self::retry),
            Action::ChangeUrl(id, request) => self.each(&[id], |deck, index| {
                deck.rows[index].change_url(&request) && deck.retry(index)
            }),
            Action::Remove(ids) => self.remove(&ids),
            Action::Interrupt => self.interrupt(),
        };
        self.take_changes();
        // After the whole wish: it may have freed slots, or taken them.
        self.start_queued();
        self.rebuild_order();
        self.runtime.flush_wakes();
        done
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
            rate_history: self.history.points(),
            running: self.running.len(),
            running_limit: self.jobs_at_once as usize,
            is_alive: !self.running.is_empty(),
        }
    }

    /// Which rows are shown.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        &self.order.filter
    }

    /// Shows other rows.
    pub fn set_filter(&mut self, filter: Filter) {
        self.order.set_filter(filter);
        self.order_held = false;
        self.rebuild_order();
    }

    /// Keeps the order of the rows as it is while somebody aims at one of them; a row that comes or goes still changes
    /// it.
    pub fn hold_order(&mut self, hold: bool) {
        self.order_held = hold;
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

    /// The job of a row that is under way.
    #[must_use]
    pub fn job(&self, id: RowId) -> Option<&Job> {
        self.rows[self.index(id)?].job().map(|job| job.job())
    }

    /// The rows that are begun, and neither paused nor over.
    pub fn running(&self) -> impl ExactSizeIterator<Item = RowId> + '_ {
        self.running.iter().copied()
    }

    /// How many attempts a row's job has begun.
    #[must_use]
    pub fn attempts(&self, id: RowId) -> u32 {
        self.index(id)
            .map_or(0, |index| self.rows[index].facts.borrow().attempts)
    }

    /// Why a row's last attempt failed, whether or not another one follows.
    #[must_use]
    pub fn last_error(&self, id: RowId) -> Option<FetchError> {
        let row = &self.rows[self.index(id)?];
        row.facts.borrow().last_error.clone()
    }

    /// Whether every row has ended.
    #[must_use]
    pub fn all_ended(&self) -> bool {
        [Chip::Active, Chip::Waiting, Chip::Paused]
            .iter()
            .all(|chip| self.counts.of(*chip) == 0)
    }

    // ---- rows ----

    fn add(&mut self, specs: Vec<Spec>, paused: bool) -> usize {
        let count = specs.len();
        for spec in specs {
            self.last_id += 1;
            let mut row = Row::new(RowId(self.last_id), spec, paused);
            if paused {
                row.paused_since = format::time_of_day(web_time::SystemTime::now());
            } else {
                self.queue.enter(row.id, &row.host);
            }
            self.counts.add(row.chip);
            self.note(Event::Added(row.id));
            self.rows.push(row);
        }
        if count > 0 {
            self.order.mark_dirty();
            self.order_held = false;
        }
        count
    }

    fn pause(&mut self, index: usize) -> bool {
        let row = &mut self.rows[index];
        let fits = match &mut row.state {
            RowState::Queued { paused: true } | RowState::Ended(_) => false,
            RowState::Queued { paused } => {
                *paused = true;
                true
            }
            // It stays paused, and does not go on when there is a slot.
            RowState::Started(_) if row.wants_slot => true,
            RowState::Started(job) => job.pause(),
        };
        row.wants_slot &= !fits;
        if fits {
            row.paused_since = format::time_of_day(web_time::SystemTime::now());
            self.leave_queue(index);
            self.refresh(index);
        }
        fits
    }

    fn resume(&mut self, index: usize) -> bool {
        let has_room = self.has_room_for(index);
        let row = &mut self.rows[index];
        let fits = match &mut row.state {
            RowState::Queued { paused: true } => {
                row.state = RowState::Queued { paused: false };
                self.enter_queue(index);
                true
            }
            RowState::Queued { .. } | RowState::Ended(_) => false,
            RowState::Started(_) if row.wants_slot => false,
            RowState::Started(job) if has_room || !job.is_paused() => job.resume(),
            RowState::Started(_) => {
                // It gave its slot to another, and has to wait for one like everybody else.
                row.wants_slot = true;
                self.enter_queue(index);
                true
            }
        };
        if fits {
            self.rows[index].paused_since = None;
            self.refresh(index);
        }
        fits
    }

    fn cancel(&mut self, index: usize) -> bool {
        let row = &mut self.rows[index];
        let id = row.id;
        let fits = match &row.state {
            RowState::Ended(_) => false,
            RowState::Queued { .. } => {
                let outcome = row.cancelled_outcome();
                row.state = RowState::Ended(Box::new(Ended::before_it_began(outcome)));
                true
            }
            RowState::Started(job) => job.cancel(),
        };
        if fits {
            if matches!(self.rows[index].state, RowState::Ended(_)) {
                self.note(Event::Ended(id));
            }
            self.leave_queue(index);
            self.refresh(index);
        }
        fits
    }

    fn interrupt(&mut self) -> usize {
        let mut done = 0;
        for index in 0..self.rows.len() {
            // What a user cancelled before stays that.
            let before = std::mem::replace(&mut self.rows[index].interrupted, true);
            let fits = self.cancel(index);
            self.rows[index].interrupted = before || fits;
            done += usize::from(fits);
        }
        done
    }

    fn retry(&mut self, index: usize) -> bool {
        let row = &mut self.rows[index];
        if !row.status(None).can_retry() {
            return false;
        }
        row.state = RowState::Queued { paused: false };
        row.facts = SharedFacts::default();
        row.steps_told = 0;
        row.interrupted = false;
        row.paused_since = None;
        self.enter_queue(index);
        self.refresh(index);
        true
    }

    fn remove(&mut self, ids: &[RowId]) -> usize {
        let ids: BTreeSet<RowId> = ids.iter().copied().collect();
        let before = self.rows.len();
        let counts = &mut self.counts;
        self.rows.retain(|row| {
            let goes = matches!(row.state, RowState::Ended(_)) && ids.contains(&row.id);
            if goes {
                counts.remove(row.chip);
            }
            !goes
        });
        let removed = before - self.rows.len();
        if removed > 0 {
            self.order.mark_dirty();
            self.order_held = false;
        }
        removed
    }

    /// Does something to each of these rows, and counts where it fitted.
    fn each(&mut self, ids: &[RowId], act: impl Fn(&mut Self, usize) -> bool) -> usize {
        let mut done = 0;
        for id in ids {
            if let Some(index) = self.index(*id)
                && act(self, index)
            {
                done += 1;
            }
        }
        done
    }

    // ---- changes ----

    fn take_changes(&mut self) {
        for job in self.runtime.take_changes() {
            let row = self.by_job.get(&job).copied();
            if let Some(index) = row.and_then(|id| self.index(id)) {
                self.refresh(index);
            }
        }
    }

    /// Takes over what a row's job says now: its events, its chip, its slot.
    fn refresh(&mut self, index: usize) {
        self.tell_steps(index);
        let row = &mut self.rows[index];
        let id = row.id;
        let job = row.job().map(|job| job.id());
        let just_ended = row.end_if_finished();
        let gave_up = just_ended && std::mem::take(&mut row.wants_slot);
        match row.job().map(|job| job.is_paused()) {
            Some(false) => row.paused_since = None,
            // Also a job that paused itself: the disk was full, for example.
            Some(true) if row.paused_since.is_none() => {
                row.paused_since = format::time_of_day(web_time::SystemTime::now());
            }
            _ => {}
        }
        let chip = row.status(None).chip();
        let chip_before = std::mem::replace(&mut row.chip, chip);
        let group = order::group(row);
        let group_before = std::mem::replace(&mut row.group, group);
        let runs = row.is_running();
        if !runs {
            row.rate = Rate::default();
        }
        if chip != chip_before {
            self.counts.remove(chip_before);
            self.counts.add(chip);
        }
        if chip != chip_before || group != group_before {
            self.order.mark_dirty();
        }
        self.hold_slot(index, runs);
        if gave_up {
            self.leave_queue(index);
        }
        if just_ended {
            if let Some(job) = job {
                self.by_job.remove(&job);
            }
            self.note(Event::Ended(id));
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
            if let Ok(index) = self.rows.binary_search_by_key(id, |row| row.id) {
                self.rows[index].sample_rate(now);
            }
        }
        let rate = self.rate();
        self.history.push(rate);
    }

    /// The sum of the rates that the rows show.
    fn rate(&self) -> f64 {
        self.running
            .iter()
            .filter_map(|id| self.rows[self.index(*id)?].shown_rate())
            .sum()
    }

    fn rebuild_order(&mut self) {
        if !self.order_held {
            self.order.rebuild_if_dirty(&self.rows);
        }
    }

    fn index(&self, id: RowId) -> Option<usize> {
        self.rows.binary_search_by_key(&id, |row| row.id).ok()
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
        self.order.shown().get(index).copied()
    }

    fn status(&self, id: RowId) -> Option<Status> {
        Some(self.rows[self.index(id)?].status(None))
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
