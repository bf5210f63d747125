//! What is done to a job: pause, resume, cancel, skip, throw.

use std::{rc::Rc, task::Context, time::Duration};

use super::{JobRecord, ending::drop_future};
use crate::runtime::{
    JobError, Moment, Outcome, PausedBy,
    job::poll_state::Phase,
    job::state::PauseSet,
    wait::awaits::{self, What},
};

/// How many waits of one poll may be over at once. As many as tokio's budget allows a task (its `coop` module).
const WAITS_IN_POLL: u8 = 128;

impl JobRecord {
    // ---- pause ----

    pub(crate) fn pause(self: &Rc<Self>, by: PausedBy) -> bool {
        if self.outcome.get().is_some() || self.poll_state.cancelling.get() || self.shielded {
            return false;
        }
        let before = self.poll_state.pauses.get();
        let after = before.with(by);
        if before == after {
            return false;
        }
        self.poll_state.pauses.set(after);
        if before.first().is_none() {
            self.stop_clock(self.now());
            if let Some(runtime) = self.runtime() {
                self.awaits.disarm(&runtime);
            }
            if let Some(bonds) = self.tied() {
                bonds.workers.pause();
            }
            for child in self.children() {
                child.pause(PausedBy::Parent);
            }
        }
        self.mark_changed();
        true
    }

    /// Lifts every pause but a parent's.
    pub(crate) fn resume(self: &Rc<Self>) -> bool {
        self.set_pauses(self.poll_state.pauses.get().only_parent())
    }

    fn set_pauses(self: &Rc<Self>, after: PauseSet) -> bool {
        let before = self.poll_state.pauses.get();
        if before == after || self.outcome.get().is_some() || self.poll_state.cancelling.get() {
            return false;
        }
        self.poll_state.pauses.set(after);
        self.mark_changed();
        if after.first().is_some() {
            return true;
        }
        let now = self.now();
        self.start_clock(now);
        if let Some(runtime) = self.runtime() {
            self.awaits.arm(&runtime, self.id, self.active(now), now);
            runtime.queue.notify();
        }
        if let Some(bonds) = self.tied() {
            bonds.workers.resume();
        }
        if self.poll_state.withheld.replace(false) {
            self.wakes.wake_again();
        }
        for child in self.children() {
            child.set_pauses(child.poll_state.pauses.get().without(PausedBy::Parent));
        }
        true
    }

    /// A wake came while the job is paused: it is kept until the job is resumed.
    pub(crate) fn withhold(&self) {
        self.poll_state.withheld.set(true);
    }

    fn start_clock(&self, now: Moment) {
        self.clock_runs.set(true);
        self.since.set(now);
    }

    pub(crate) fn stop_clock(&self, now: Moment) {
        let active = self.active(now);
        self.active_before.set(Moment::from_start(active));
        self.clock_runs.set(false);
        self.since.set(now);
    }

    // ---- cancel ----

    pub(crate) fn cancel(self: &Rc<Self>) -> bool {
        self.cancel_by(None)
    }

    /// Cancels it, because something beside it failed if so.
    pub(crate) fn cancel_by(self: &Rc<Self>, cause: Option<JobError>) -> bool {
        if self.shielded || self.is_ending() {
            return false;
        }
        if let Some(cause) = cause {
            self.bonds().cancelled_by.replace(Some(cause));
        }
        self.begin_end();
        true
    }

    /// Its time is over.
    pub(crate) fn time_is_over(self: &Rc<Self>) {
        if !self.is_ending() {
            self.bonds().timed_out.set(true);
            self.begin_end();
        }
    }

    /// The runtime is going: not even a cleanup goes on.
    pub(crate) fn cancel_for_good(self: &Rc<Self>) {
        if !self.is_ending() {
            self.begin_end();
        }
    }

    fn is_ending(&self) -> bool {
        self.outcome.get().is_some() || self.poll_state.cancelling.get()
    }

    fn begin_end(self: &Rc<Self>) {
        self.poll_state.cancelling.set(true);
        self.poll_state.withheld.set(false);
        if self.poll_state.pauses.take().first().is_some() {
            self.start_clock(self.now());
        }
        self.mark_changed();
        // Before the last child's end finishes it. A failure that was there first stays what it is.
        let ended = self.ended.take();
        self.ended.set(match ended {
            Some(Outcome::Done) => Some(self.cancelled_outcome()),
            ended => ended,
        });
        // The end of the last child is not yet the end of this job: its cleanup comes first.
        self.begins_to_end.set(true);
        for child in self.children().iter().rev() {
            child.cancel();
        }
        self.begins_to_end.set(false);
        if let Some(bonds) = self.tied() {
            bonds.workers.cancel();
        }
        if self.poll_state.polling.get() {
            return; // the end of this poll drops the future
        }
        let body = self.poll_state.body.borrow_mut().take();
        if let Some(body) = body {
            let outcome =
                drop_future(body).map_or_else(|| self.cancelled_outcome(), Outcome::Panicked);
            self.body_ended(outcome);
        } else {
            // Its code had ended before; it only waited for what it started.
            self.begin_cleanup();
            self.settle();
        }
        if let Some(runtime) = self.runtime() {
            runtime.queue.notify();
        }
    }

    /// Gives the job this much active time in all.
    pub(crate) fn set_time_limit(&self, limit: Duration) {
        self.bonds().time_limit.set(Some(limit));
        let active = self.active(self.now());
        let number = self
            .awaits
            .begin(What::Limit, "".into(), active, Some(limit));
        awaits::set_timer(self, number);
    }

    // ---- skip and throw ----

    pub(crate) fn skip(&self) -> bool {
        !self.is_ending() && self.awaits.skip()
    }

    /// Raises an error at what the job awaits, or at its next await.
    pub(crate) fn throw(&self, error: JobError) -> bool {
        if self.shielded || self.is_ending() || self.poll_state.phase.get() == Phase::Completing {
            return false;
        }
        let before = self.thrown.replace(Some(error));
        drop(before);
        self.awaits.wake_all();
        true
    }

    /// Asks whether the job may go on with what it awaits.
    ///
    /// # Errors
    /// What was thrown at it; or that it is at its end.
    pub(crate) fn may_go_on(&self) -> Result<(), JobError> {
        if let Some(error) = self.thrown.take() {
            return Err(error);
        }
        if self.accepts_work() {
            Ok(())
        } else {
            Err(JobError::cancelled())
        }
    }

    /// Ends the poll under way, to let others go first, if it has had many waits that were over at once: a loop of them
    /// must not hold up the frame. Counted and not timed, so that a virtual clock gives the same order every time.
    pub(crate) fn gives_way(&self, cx: &Context<'_>) -> bool {
        let state = &self.poll_state;
        if !state.polling.get() {
            return false;
        }
        let waits = state.waits_in_poll.get() + 1;
        let is_many = waits > WAITS_IN_POLL;
        state.waits_in_poll.set(if is_many { 0 } else { waits });
        if is_many {
            self.give_way(cx);
        }
        is_many
    }

    /// The poll under way ends to let others go first.
    pub(crate) fn give_way(&self, cx: &Context<'_>) {
        self.poll_state.gave_way.set(true);
        cx.waker().wake_by_ref();
    }
}
