//! What a job's polls have cost, and what that proves to be wrong with it.

use std::{borrow::Cow, cell::Cell, time::Duration};

use super::JobRecord;
use crate::runtime::{
    JobStatistics, Outcome, PollHistogram, Warning,
    job::poll_state::Phase,
    job::statistics::{BLOCKED_UI_FROM, LABELLED_FROM_NANOS, PollTimes, SELF_WAKING_FROM_POLLS},
};

impl JobRecord {
    /// How many steps it has begun.
    pub(crate) fn steps_begun(&self) -> u64 {
        self.report.get().map_or(0, |report| report.steps_begun())
    }

    /// Counts one poll: how long it had to wait for its turn, how long it took, and how many steps the job had begun
    /// before it.
    pub(crate) fn count_poll(&self, scheduled_nanos: u64, took_nanos: u64, steps_before: u64) {
        let state = &self.poll_state;
        let add = |cell: &Cell<u64>, more| cell.set(cell.get().saturating_add(more));
        let is_first = state.polls.get() == 0;
        let first_nanos = state.busy_nanos.get();
        state.polls.set(state.polls.get().saturating_add(1));
        add(&state.busy_nanos, took_nanos);
        add(&state.scheduled_nanos, scheduled_nanos);
        let gave_way = state.gave_way.replace(false);
        if self.is_ready() && !gave_way {
            state
                .self_wakes
                .set(state.self_wakes.get().saturating_add(1));
        }
        // An idle job, polled once, is to be small; a long poll is worth the room for its label.
        if is_first && took_nanos < LABELLED_FROM_NANOS {
            return;
        }
        let times = self.poll_times.get_or_init(|| {
            let times = Box::new(PollTimes::new());
            if !is_first {
                times.count(first_nanos);
            }
            times
        });
        if times.count(took_nanos) {
            let report = self.report.get();
            times.set_longest_label(report.and_then(|report| report.label_since(steps_before)));
        }
    }

    /// Whether it is to be polled: its code is not over, and was woken.
    fn is_ready(&self) -> bool {
        let is_over =
            self.outcome.get().is_some() || self.poll_state.phase.get() == Phase::Completing;
        !is_over && self.wakes.is_woken()
    }

    fn longest_poll(&self) -> Duration {
        match self.poll_times.get() {
            Some(times) => times.longest(),
            None => Duration::from_nanos(self.poll_state.busy_nanos.get()),
        }
    }

    fn longest_poll_label(&self) -> Option<Cow<'static, str>> {
        self.poll_times.get()?.longest_label()
    }

    fn poll_histogram(&self) -> PollHistogram {
        if let Some(times) = self.poll_times.get() {
            return times.histogram();
        }
        let mut histogram = PollHistogram::default();
        let class = PollHistogram::class_of(self.longest_poll());
        histogram.counts[class] = self.poll_state.polls.get();
        histogram
    }

    pub(crate) fn statistics(&self) -> JobStatistics {
        let state = &self.poll_state;
        let busy = Duration::from_nanos(state.busy_nanos.get());
        let scheduled = Duration::from_nanos(state.scheduled_nanos.get());
        let end = self.finished_at().unwrap_or_else(|| self.now());
        JobStatistics {
            polls: state.polls.get().into(),
            wakes: u64::from(state.polls.get()) + u64::from(self.is_ready()),
            self_wakes: state.self_wakes.get().into(),
            busy,
            scheduled,
            idle: end.since(self.spawned_at).saturating_sub(busy + scheduled),
            longest_poll: self.longest_poll(),
            longest_poll_label: self.longest_poll_label(),
            histogram: self.poll_histogram(),
        }
    }

    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let took = self.longest_poll();
        let polls = u64::from(self.poll_state.polls.get());
        if took >= BLOCKED_UI_FROM {
            if polls == 1 && matches!(self.outcome.get(), Some(Outcome::Done)) {
                warnings.push(Warning::NeverYielded { took });
            } else {
                let label = self.longest_poll_label();
                warnings.push(Warning::BlockedUi { took, label });
            }
        }
        let self_wakes = u64::from(self.poll_state.self_wakes.get());
        if polls >= SELF_WAKING_FROM_POLLS && self_wakes * 2 > polls {
            let percent = u8::try_from(self_wakes * 100 / polls).unwrap_or(100);
            warnings.push(Warning::SelfWaking { percent });
        }
        if self.waits_on_nothing() {
            warnings.push(Warning::WaitsOnNothing);
        }
        warnings
    }

    /// Whether it waits, and nobody is left who could wake it.
    fn waits_on_nothing(&self) -> bool {
        let state = &self.poll_state;
        self.outcome.get().is_none()
            && !state.cancelling.get()
            && !state.polling.get()
            && state.phase.get() == Phase::Running
            // In this order: a waker that goes on another thread sets the flag before it is gone.
            && !self.wakes.held_elsewhere(self.awaits.wakers_held(self.wakes.waker()))
            && !self.wakes.is_woken()
            && !self.awaits.has_deadline()
    }
}
