//! What a job's polls have cost, and what that proves to be wrong with it.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::Duration;

use crate::runtime::Outcome;
use crate::runtime::job::poll_state::CodePhase;
use crate::runtime::job::record::JobRecord;
use crate::runtime::job::statistics::{
    BLOCKED_UI_FROM, JobStatistics, LABELLED_FROM_NANOS, PollHistogram, PollTimes,
    SELF_WAKING_FROM_POLLS, Warning,
};

/// How many steps it has begun.
pub(crate) fn steps_begun(job: &JobRecord) -> u64 {
    job.report.get().map_or(0, |report| report.steps_begun())
}

/// Counts one poll: how long it had to wait for its turn, how long it took, and how many steps the
/// job had begun before it.
pub(crate) fn count_poll(
    job: &JobRecord,
    scheduled_nanos: u64,
    took_nanos: u64,
    steps_before: u64,
) {
    let state = &job.poll;
    let add = |cell: &Cell<u64>, more| cell.set(cell.get().saturating_add(more));
    let is_first = state.polls.get() == 0;
    let first_nanos = state.busy_nanos.get();
    state.polls.set(state.polls.get().saturating_add(1));
    add(&state.busy_nanos, took_nanos);
    add(&state.scheduled_nanos, scheduled_nanos);
    let has_yielded = state.has_yielded.replace(false);
    if is_ready(job) && !has_yielded {
        state
            .self_wakes
            .set(state.self_wakes.get().saturating_add(1));
    }
    // Idle jobs, which are polled once, must stay small; a long poll is worth the memory for its
    // label.
    if is_first && took_nanos < LABELLED_FROM_NANOS {
        return;
    }
    let times = job.poll_times.get_or_init(|| {
        let times = Box::new(PollTimes::new());
        if !is_first {
            times.count(first_nanos);
        }
        times
    });
    if times.count(took_nanos) {
        let report = job.report.get();
        times.set_longest_label(report.and_then(|report| report.label_since(steps_before)));
    }
}

/// Whether it waits for a poll: its code has not ended, and was woken.
fn is_ready(job: &JobRecord) -> bool {
    let is_over = job.end.is_finished() || job.poll.phase.get() == CodePhase::Completing;
    !is_over && job.wakes.is_woken()
}

fn longest_poll(job: &JobRecord) -> Duration {
    match job.poll_times.get() {
        Some(times) => times.longest(),
        None => Duration::from_nanos(job.poll.busy_nanos.get()),
    }
}

fn longest_poll_label(job: &JobRecord) -> Option<Cow<'static, str>> {
    job.poll_times.get()?.longest_label()
}

fn poll_histogram(job: &JobRecord) -> PollHistogram {
    if let Some(times) = job.poll_times.get() {
        return times.histogram();
    }
    let mut histogram = PollHistogram::default();
    let class = PollHistogram::class_of(longest_poll(job));
    histogram.counts[class] = job.poll.polls.get();
    histogram
}

pub(crate) fn statistics(job: &JobRecord) -> JobStatistics {
    let state = &job.poll;
    let busy = Duration::from_nanos(state.busy_nanos.get());
    let scheduled = Duration::from_nanos(state.scheduled_nanos.get());
    let end = job
        .clock
        .stopped_at()
        .filter(|_| job.end.is_finished())
        .unwrap_or_else(|| job.now());
    JobStatistics {
        polls: state.polls.get().into(),
        wakes: u64::from(state.polls.get()) + u64::from(is_ready(job)),
        self_wakes: state.self_wakes.get().into(),
        busy,
        scheduled,
        idle: end
            .since(job.clock.spawned_at())
            .saturating_sub(busy + scheduled),
        longest_poll: longest_poll(job),
        longest_poll_label: longest_poll_label(job),
        histogram: poll_histogram(job),
    }
}

pub(crate) fn warnings(job: &JobRecord) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let took = longest_poll(job);
    let polls = u64::from(job.poll.polls.get());
    if took >= BLOCKED_UI_FROM {
        if polls == 1 && matches!(job.end.outcome(), Some(Outcome::Done)) {
            warnings.push(Warning::NeverYielded { took });
        } else {
            let label = longest_poll_label(job);
            warnings.push(Warning::BlockedUi { took, label });
        }
    }
    let self_wakes = u64::from(job.poll.self_wakes.get());
    if polls >= SELF_WAKING_FROM_POLLS && self_wakes * 2 > polls {
        let percent = u8::try_from(self_wakes * 100 / polls).unwrap_or(100);
        warnings.push(Warning::SelfWaking { percent });
    }
    if waits_on_nothing(job) {
        warnings.push(Warning::WaitsOnNothing);
    }
    warnings
}

/// Whether it waits, and nothing is left that could wake it.
fn waits_on_nothing(job: &JobRecord) -> bool {
    let state = &job.poll;
    !job.end.is_finished()
        && !state.is_cancelling.get()
        && !state.is_polling.get()
        && state.phase.get() == CodePhase::Running
        // In this order: a waker on another thread sets the flag before it is dropped.
        && !job.wakes.held_elsewhere(job.awaits.wakers_held(job.wakes.waker()))
        && !job.wakes.is_woken()
        && !job.awaits.has_deadline_or_skip()
}
