//! What every poll of a job touches. Kept to one cache line: with 100,000 jobs each extra line
//! costs a cache miss per poll.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use crate::runtime::JobError;
use crate::runtime::job::state::PauseSet;

/// For how long a job computes before a [`checkpoint`](crate::runtime::JobContext::checkpoint) lets
/// others go first: 1 ms.
pub const CHECKPOINT_SLICE: Duration = Duration::from_millis(1);
/// How many waits of one poll may be over at once. As many as tokio's budget allows a task (its
/// `coop` module).
const WAITS_IN_POLL: u8 = 128;

/// A job's own code. Its value goes to the record, so that the type of the value is not needed
/// here.
pub(crate) type JobFuture = Pin<Box<dyn Future<Output = Result<(), JobError>>>>;

/// How far a job's own code has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodePhase {
    /// Not polled yet.
    Queued,
    /// Polled, and not at its end.
    Running,
    /// At its end; the job waits for what it started.
    Completing,
}

pub(crate) struct PollState {
    /// None while a poll is under way, and after the end.
    pub(crate) future: RefCell<Option<JobFuture>>,
    pub(crate) phase: Cell<CodePhase>,
    pub(crate) pauses: Cell<PauseSet>,
    pub(crate) is_cancelling: Cell<bool>,
    pub(crate) is_polling: Cell<bool>,
    /// A wake came while the job was paused: it is ready as soon as it is resumed.
    pub(crate) has_deferred_wake: Cell<bool>,
    /// The poll under way ended to let other jobs go first, so its wake of itself is no busy
    /// waiting.
    pub(crate) has_yielded: Cell<bool>,
    /// It is in the runtime's list of changed jobs.
    pub(crate) is_listed_as_changed: Cell<bool>,
    /// How many waits were over at once in the poll under way.
    pub(crate) waits_in_poll: Cell<u8>,
    pub(crate) polls: Cell<u32>,
    pub(crate) self_wakes: Cell<u32>,
    pub(crate) busy_nanos: Cell<u64>,
    pub(crate) scheduled_nanos: Cell<u64>,
}

impl PollState {
    pub(crate) fn new() -> Self {
        Self {
            future: RefCell::default(),
            phase: Cell::new(CodePhase::Queued),
            pauses: Cell::default(),
            is_cancelling: Cell::new(false),
            is_polling: Cell::new(false),
            has_deferred_wake: Cell::new(false),
            has_yielded: Cell::new(false),
            is_listed_as_changed: Cell::new(false),
            waits_in_poll: Cell::new(0),
            polls: Cell::new(0),
            self_wakes: Cell::new(0),
            busy_nanos: Cell::new(0),
            scheduled_nanos: Cell::new(0),
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        !self.pauses.get().is_empty()
    }

    /// Whether a wake has to wait for the resume. A cancelled job needs no more polls, and is not
    /// held up.
    pub(crate) fn defers_wakes(&self) -> bool {
        self.is_paused() && !self.is_cancelling.get()
    }

    /// Remembers a wake of a paused job until it is resumed.
    pub(crate) fn defer_wake(&self) {
        self.has_deferred_wake.set(true);
    }

    /// Makes the job ready again at once. The caller returns `Pending`, and other jobs go first.
    pub(crate) fn yield_now(&self, cx: &Context<'_>) {
        self.has_yielded.set(true);
        cx.waker().wake_by_ref();
    }

    /// Counts a wait of the poll under way that was over at once.
    pub(crate) fn count_wait(&self) {
        if self.is_polling.get() {
            self.waits_in_poll
                .set(self.waits_in_poll.get().saturating_add(1));
        }
    }

    /// Yields before another wait if the poll under way has had too many that were over at once, or
    /// any and `took` as long as a slice. The first wait of a poll never yields, so that a job
    /// whose polls are all slow still gets on.
    pub(crate) fn yields_before_wait(
        &self,
        cx: &Context<'_>,
        took: impl FnOnce() -> Option<Duration>,
    ) -> bool {
        let waits = self.waits_in_poll.get();
        if !self.is_polling.get() || waits == 0 {
            return false;
        }
        let is_due = waits >= WAITS_IN_POLL || took().is_some_and(|took| took >= CHECKPOINT_SLICE);
        if is_due {
            self.waits_in_poll.set(0);
            self.yield_now(cx);
        }
        is_due
    }

    /// Yields if the poll under way has had too many waits that were over at once: a loop of them
    /// must not hold up the frame. Counted and not timed, so that a virtual clock gives the same
    /// order every time.
    pub(crate) fn yields_after_many_waits(&self, cx: &Context<'_>) -> bool {
        if !self.is_polling.get() {
            return false;
        }
        let waits = self.waits_in_poll.get() + 1;
        let is_many = waits > WAITS_IN_POLL;
        self.waits_in_poll.set(if is_many { 0 } else { waits });
        if is_many {
            self.yield_now(cx);
        }
        is_many
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_touches_one_cache_line() {
        assert!(size_of::<PollState>() <= 64, "{}", size_of::<PollState>());
    }
}
