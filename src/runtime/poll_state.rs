//! What every poll of a job touches, side by side in one cache line: with a hundred thousand jobs each line of memory
//! more is a miss more.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use super::{JobStatistics, record::Body, state::PauseSet};

/// How far a job's own code has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not polled yet.
    Queued,
    /// Polled, and not at its end.
    Running,
    /// At its end; the job waits for what it started.
    Completing,
}

pub(super) struct PollState {
    pub(super) body: RefCell<Option<Body>>,
    pub(super) phase: Cell<Phase>,
    pub(super) pauses: Cell<PauseSet>,
    pub(super) cancelling: Cell<bool>,
    pub(super) polling: Cell<bool>,
    polls: Cell<u64>,
    busy_nanos: Cell<u64>,
    longest_poll_nanos: Cell<u64>,
}

impl PollState {
    pub(super) fn new() -> Self {
        Self {
            body: RefCell::default(),
            phase: Cell::new(Phase::Queued),
            pauses: Cell::default(),
            cancelling: Cell::new(false),
            polling: Cell::new(false),
            polls: Cell::new(0),
            busy_nanos: Cell::new(0),
            longest_poll_nanos: Cell::new(0),
        }
    }

    pub(super) fn count_poll(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.polls.set(self.polls.get() + 1);
        self.busy_nanos
            .set(self.busy_nanos.get().saturating_add(nanos));
        self.longest_poll_nanos
            .set(self.longest_poll_nanos.get().max(nanos));
    }

    pub(super) fn statistics(&self) -> JobStatistics {
        JobStatistics {
            polls: self.polls.get(),
            busy: Duration::from_nanos(self.busy_nanos.get()),
            longest_poll: Duration::from_nanos(self.longest_poll_nanos.get()),
        }
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
