//! The kinds of jobs that jobdeck ships: specs, and the async functions that run them.

mod attempts;
mod fetch_spec;
mod run_fetch;
mod run_timed;
mod slot;
mod spec;

pub use attempts::{ATTEMPTS_KEPT, Attempt, AttemptEnd, Attempts};
pub use fetch_spec::{Destination, FetchSpec, name_of};
pub use slot::{Slot, SlotState, Verdict};
pub use spec::{Spec, TimedSpec};

use std::{cell::RefCell, rc::Rc};

use crate::{
    fetch::{FetchError, Fetched, Trace},
    runtime::Moment,
};

/// What a program finds out on its way, for whoever shows it: written by the job, read by its row.
#[derive(Debug, Default)]
pub struct Facts {
    /// What it attempted.
    pub attempts: Attempts,
    /// What its fetches tell beyond their progress, those that failed included.
    pub trace: Trace,
    /// Why the last attempt failed; stays when a later one succeeds.
    pub last_error: Option<FetchError>,
    /// What a fetch yielded.
    pub fetched: Option<Fetched>,
    /// Its permission to make an attempt.
    pub slot: Slot,
}

impl Facts {
    /// Those of a job that makes an attempt only when a deck grants it a slot.
    #[must_use]
    pub fn with_slots_granted() -> SharedFacts {
        Rc::new(RefCell::new(Self {
            slot: Slot::granted_by_deck(),
            ..Self::default()
        }))
    }

    /// Another attempt begins; says which.
    fn begin_attempt(&mut self, now: Moment) -> u32 {
        self.trace.begin_attempt();
        self.attempts.begin(now, self.trace.wire_bytes());
        self.attempts.count()
    }

    /// The attempt under way has ended.
    fn end_attempt(&mut self, now: Moment, end: AttemptEnd) {
        self.attempts.end(now, self.trace.wire_bytes(), end);
    }
}

/// The facts of one job, shared between it and its row on the UI thread.
pub type SharedFacts = Rc<RefCell<Facts>>;
