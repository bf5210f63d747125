//! Who runs: the limits, and the rows that begin when there is room.

use crate::{
    deck::Deck,
    programs::{JobOptions, Spec},
    settings::{JOBS_AT_ONCE, JOBS_PER_HOST, RATE_LIMIT},
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
}

impl Limits {
    /// The limits that these options say.
    #[must_use]
    pub fn of(options: &JobOptions) -> Self {
        Self {
            jobs_at_once: options.jobs_at_once,
            jobs_per_host: options.jobs_per_host,
            rate_limit_bytes_per_sec: options.rate_limit_bytes_per_sec,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(&JobOptions::default())
    }
}

impl Deck {
    /// Sets all limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.queue
            .set_per_host(JOBS_PER_HOST.clamp(limits.jobs_per_host));
        self.set_rate_limit(limits.rate_limit_bytes_per_sec);
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

    fn has_slot(&self) -> bool {
        self.running.len() < self.jobs_at_once as usize
    }

    /// Whether a row that is paused may go on at once.
    pub(super) fn has_room_for(&self, index: usize) -> bool {
        let host = &self.rows[index].host;
        self.has_slot() && self.queue.full_host(host).is_none()
    }

    /// Begins rows while there are slots, in their order; those of a full host stay behind. True if any began.
    pub(super) fn start_queued(&mut self) -> bool {
        let mut started = 0;
        let mut begun = 0;
        let mut last = None;
        while self.has_slot() && started < STARTS_PER_TICK {
            let Some(first) = self.queue.first() else {
                break;
            };
            let id = self.row_of_rank(first.0);
            let Some(index) = self.index(id) else {
                // No row: it must not be found again.
                debug_assert!(false, "{id:?} waits and is gone");
                break;
            };
            self.leave_queue(index);
            let row = &mut self.rows[index];
            if std::mem::take(&mut row.wants_slot) {
                row.job().map(|job| job.resume());
            } else {
                let job = row.start(&self.runtime, &self.rate_limit);
                self.by_job.insert(job, id);
                begun += 1;
                last = Some(index);
            }
            self.refresh(index);
            started += 1;
        }
        if let Some(index) = last {
            self.began(index, begun);
        }
        if self.has_slot() && self.queue.first().is_some() {
            // The rest comes with the next tick: there has to be one.
            self.runtime.request_tick();
        }
        started > 0
    }

    pub(super) fn enter_queue(&mut self, index: usize) {
        let row = &self.rows[index];
        self.queue.enter(RowId(row.rank), &row.host);
    }

    pub(super) fn leave_queue(&mut self, index: usize) {
        let row = &self.rows[index];
        self.queue.leave(RowId(row.rank), &row.host);
    }

    /// A row has a slot, or has it no longer.
    pub(super) fn hold_slot(&mut self, index: usize, holds: bool) {
        let row = &self.rows[index];
        if holds {
            if self.running.insert(row.id) {
                self.queue.began(&row.host);
            }
        } else if self.running.remove(&row.id) {
            self.queue.ended(&row.host);
        }
    }

    /// Where a row stands in the queue, and whether a slot would not be enough.
    pub(super) fn place(&self, row: &Row) -> Option<Place> {
        let number = self.queue.place(RowId(row.rank))?;
        // Where every job is one of this host, a slot that becomes free is one of its own too.
        let waits_for_host = self
            .queue
            .full_host(&row.host)
            .is_some_and(|running| self.has_slot() || running < self.running.len());
        Some(Place {
            number,
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
