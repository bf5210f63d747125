//! What every poll of a job touches, side by side in one cache line: with a hundred thousand jobs each line of memory
//! more is a miss more.

use std::cell::{Cell, RefCell};

use crate::runtime::{job::record::Body, job::state::PauseSet};

/// How far a job's own code has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not polled yet.
    Queued,
    /// Polled, and not at its end.
    Running,
    /// At its end; the job waits for what it started.
    Completing,
}

pub(crate) struct PollState {
    pub(crate) body: RefCell<Option<Body>>,
    pub(crate) phase: Cell<Phase>,
    pub(crate) pauses: Cell<PauseSet>,
    pub(crate) cancelling: Cell<bool>,
    pub(crate) polling: Cell<bool>,
    /// A wake came while the job was paused: it is ready as soon as it is resumed.
    pub(crate) withheld: Cell<bool>,
    /// The poll under way ended at a checkpoint, to let others go first: its wake of itself is no busy waiting.
    pub(crate) gave_way: Cell<bool>,
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
            body: RefCell::default(),
            phase: Cell::new(Phase::Queued),
            pauses: Cell::default(),
            cancelling: Cell::new(false),
            polling: Cell::new(false),
            withheld: Cell::new(false),
            gave_way: Cell::new(false),
            waits_in_poll: Cell::new(0),
            polls: Cell::new(0),
            self_wakes: Cell::new(0),
            busy_nanos: Cell::new(0),
            scheduled_nanos: Cell::new(0),
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
