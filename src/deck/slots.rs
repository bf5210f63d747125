//! Who runs: the limits, and the rows that begin when there is room.

use std::time::Duration;

use crate::{
    deck::Deck,
    deck::limits::LENDS_AFTER,
    fetch::AttemptStage,
    jobs::{SlotState, Spec},
    options::{JOBS_AT_ONCE, JOBS_PER_HOST, RATE_LIMIT, Settings},
    runtime::Moment,
    status::RowId,
};

use super::row::{Place, Row, RowState};

/// How many rows are started in one tick at most, so that a long list never stalls a frame.
pub(super) const STARTS_PER_TICK: usize = 256;

/// How much may go on at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many jobs run at once.
    pub jobs_at_once: u32,
    /// How many of them against one host.
    pub jobs_per_host: u32,
    /// The bytes a second of all of them together; none is no limit.
    pub rate_limit_bytes_per_sec: Option<u64>,
    /// How long rows wait for a host that does not answer.
    pub host_patience: Duration,
    /// The least time between two starts at one host.
    pub host_wait: Duration,
}

impl Limits {
    /// The limits that these settings say.
    #[must_use]
    pub fn of(options: &Settings) -> Self {
        Self {
            jobs_at_once: options.jobs_at_once,
            jobs_per_host: options.jobs_per_host,
            rate_limit_bytes_per_sec: options.rate_limit_bytes_per_sec,
            host_patience: options.host_patience,
            host_wait: options.host_wait,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(&Settings::default())
    }
}

/// What began in one tick.
#[derive(Default)]
struct Begun {
    all: usize,
    /// Those that never began before.
    new: usize,
    last_new: Option<usize>,
}

impl Deck {
    /// Sets all limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.queue
            .set_per_host(JOBS_PER_HOST.clamp(limits.jobs_per_host));
        self.queue.set_host_wait(limits.host_wait);
        self.set_rate_limit(limits.rate_limit_bytes_per_sec);
        self.set_host_patience(limits.host_patience);
        self.set_jobs_at_once(limits.jobs_at_once);
    }

    /// How many jobs run at once. What runs beyond a lowered limit goes on; nothing new begins.
    pub fn set_jobs_at_once(&mut self, jobs_at_once: u32) {
        self.jobs_at_once = JOBS_AT_ONCE.clamp(jobs_at_once);
        self.use_room();
    }

    /// How many jobs run at once against one host. What runs beyond a lowered limit goes on; nothing new begins there.
    pub fn set_jobs_per_host(&mut self, jobs_per_host: u32) {
        self.queue.set_per_host(JOBS_PER_HOST.clamp(jobs_per_host));
        self.use_room();
    }

    /// The bytes a second of all jobs together, those under way included; none is no limit.
    pub fn set_rate_limit(&mut self, bytes_per_sec: Option<u64>) {
        self.rate_limit.set(within_bounds(bytes_per_sec));
    }

    /// The bytes a second that all jobs together may take.
    #[must_use]
    pub fn rate_limit(&self) -> Option<u64> {
        self.rate_limit.bytes_per_sec()
    }

    /// The bytes a second of each of these rows, whether they run or not; none is no limit of their own. Says how many
    /// it fitted: those that fetch something and have not ended.
    pub fn set_rate_limit_of(&mut self, ids: &[RowId], bytes_per_sec: Option<u64>) -> usize {
        let limit = within_bounds(bytes_per_sec);
        self.each(ids, |deck, index| deck.rows[index].set_rate_limit(limit))
    }

    /// Begins rows now, for whoever made room.
    fn use_room(&mut self) {
        if self.start_queued() {
            self.runtime.flush_wakes();
        }
        self.keep_order();
    }

    /// How many slots are in use: one that is lent counts once, with the row that has it now.
    pub(super) fn slots_in_use(&self) -> usize {
        let at_once = self.jobs_at_once as usize;
        let beyond = self.running.len().saturating_sub(at_once);
        let lent = self.lending.lent_to_proven(at_once);
        self.running.len() - lent.min(beyond)
    }

    /// Whether a row may begin, whatever its host.
    fn has_slot(&self) -> bool {
        let at_once = self.jobs_at_once as usize;
        self.running.len() < at_once + self.lending.lent_to_all(at_once)
    }

    /// Whether a row may begin whose host answers.
    fn has_slot_for_proven(&self) -> bool {
        let at_once = self.jobs_at_once as usize;
        self.running.len() < at_once + self.lending.lent_to_proven(at_once)
    }

    /// Whether a row that is paused within an attempt may go on at once.
    pub(super) fn has_room_for(&self, index: usize) -> bool {
        let host = &self.rows[index].host;
        self.has_slot() && self.queue.full_host(host).is_none()
    }

    /// The row whose turn it is, if there is a slot for it.
    fn next_turn(&mut self, now: Moment) -> Option<RowId> {
        if !self.network.may_begin(now) {
            return None;
        }
        if !self.has_slot() {
            let first = self.queue.first_proven();
            return first.filter(|_| self.has_slot_for_proven());
        }
        let unproven_at_most = (self.jobs_at_once as usize / 2).max(1);
        let first = self.queue.first(unproven_at_most);
        if first.is_none() && self.network.is_lost() {
            // Somebody has to try, also where every host that is waited for was tried before.
            let host = self.hosts.try_soonest(now)?;
            self.keep_standing(&host);
            return self.queue.first(unproven_at_most);
        }
        first
    }

    /// Begins rows while there are slots, in their order; those of a full host stay behind. What sleeps first needs no
    /// slot for that. True if any began.
    pub(super) fn start_queued(&mut self) -> bool {
        // The slots of those that were stopped first are not for those whose turn it is next to be stopped.
        if self.backlog.is_stopping() {
            return false;
        }
        let now = self.runtime.now();
        let mut begun = Begun::default();
        while begun.all < STARTS_PER_TICK
            && let Some(id) = self.sleepers.pop_front()
        {
            if let Some(index) = self.index(id)
                && matches!(self.rows[index].state, RowState::Queued { paused: false })
            {
                self.start(index, &mut begun);
            }
        }
        while begun.all < STARTS_PER_TICK
            && let Some(first) = self.next_turn(now)
        {
            let id = self.row_of_rank(first.0);
            let Some(index) = self.index(id) else {
                // No row: it must not be found again.
                debug_assert!(false, "{id:?} waits and is gone");
                break;
            };
            self.leave_queue(index);
            self.grant(index, &mut begun);
        }
        if let Some(index) = begun.last_new {
            self.began(index, begun.new);
        }
        if !self.sleepers.is_empty() || self.next_turn(now).is_some() {
            // The rest comes with the next tick: there has to be one.
            self.runtime.request_tick();
        }
        begun.all > 0
    }

    /// Gives a row a slot: it begins, or goes on.
    fn grant(&mut self, index: usize, begun: &mut Begun) {
        let now = self.runtime.now();
        let row = &mut self.rows[index];
        if row.facts.borrow().slot.state() != SlotState::Held {
            row.begin_attempt();
        }
        if self.hosts.begins(&row.host, row.id, now) {
            let host = row.host.clone();
            self.keep_standing(&host);
        }
        self.network.begins(self.rows[index].id);
        let row = &mut self.rows[index];
        if std::mem::take(&mut row.wants_slot) {
            row.job().map(|job| job.resume());
            begun.all += 1;
            self.refresh(index);
        } else {
            self.start(index, begun);
        }
    }

    /// Begins the job of a row.
    fn start(&mut self, index: usize, begun: &mut Begun) {
        let row = &mut self.rows[index];
        let id = row.id;
        let job = row.start(&self.runtime, &self.rate_limit);
        self.by_job.insert(job, id);
        begun.all += 1;
        begun.new += 1;
        begun.last_new = Some(index);
        self.refresh(index);
    }

    /// A row begins to wait for its turn.
    pub(super) fn enter_queue(&mut self, index: usize) {
        let row = &self.rows[index];
        let is_fresh = row.job().is_none();
        if is_fresh && !row.spec.sleep().is_zero() {
            self.sleepers.push_back(row.id);
        } else {
            self.queue.enter(RowId(row.rank), is_fresh, &row.host);
        }
    }

    pub(super) fn leave_queue(&mut self, index: usize) {
        let row = &self.rows[index];
        self.queue.leave(RowId(row.rank), &row.host);
    }

    /// A row has a slot, or has it no longer.
    pub(super) fn hold_slot(&mut self, index: usize, holds: bool) {
        let now = self.runtime.now();
        let row = &mut self.rows[index];
        if holds {
            if self.running.insert(row.id) {
                self.queue.began(&row.host);
                self.queue.rest(&row.host, now);
                row.slot_since = now;
                if !row.host.is_empty() && row.stage_seen < AttemptStage::Answered {
                    row.may_lend = true;
                    let is_proven = self.hosts.is_proven(&row.host);
                    self.lending.begins(row.id, now, is_proven);
                }
            }
        } else if self.running.remove(&row.id) {
            self.queue.ended(&row.host);
            let (id, host, began) = (row.id, row.host.clone(), row.slot_since);
            let mut took = now.since(began);
            if std::mem::take(&mut row.may_lend) {
                // What it lent was not its own.
                took = took.min(LENDS_AFTER);
                self.lending.ends(id, began);
            }
            self.rows[index].slot_time += took;
            self.network.stops(id);
            if self.hosts.stops(&host, id, now) {
                self.keep_standing(&host);
            }
        }
    }

    /// Where a row stands in the queue, and whether a slot would not be enough.
    pub(super) fn place(&self, row: &Row) -> Option<Place> {
        let number = self.queue.place(RowId(row.rank))?;
        // Where every job is one of this host, a slot that becomes free is one of its own too.
        let waits_for_host = self
            .queue
            .full_host(&row.host)
            .is_some_and(|running| self.has_slot() || running < self.slots_in_use());
        Some(Place {
            number,
            unreachable: self.unreachable(&row.host),
            waits_for: waits_for_host.then(|| format!("a slot on host {}", row.host).into()),
        })
    }
}

impl Row {
    /// Limits its bytes a second. True if that fits.
    fn set_rate_limit(&mut self, bytes_per_sec: Option<u64>) -> bool {
        let Spec::Fetch(spec) = &mut self.spec else {
            return false;
        };
        if matches!(self.state, RowState::Ended(_)) {
            return false;
        }
        spec.rate_limit_bytes_per_sec = bytes_per_sec;
        if let Some(limit) = &self.rate_limit {
            limit.set(bytes_per_sec);
        }
        true
    }
}

fn within_bounds(bytes_per_sec: Option<u64>) -> Option<u64> {
    bytes_per_sec.map(|bytes_per_sec| RATE_LIMIT.clamp(bytes_per_sec))
}
