//! What a job finds out on its way.

use std::cell::RefCell;
use std::rc::Rc;

use crate::fetch::{FetchError, Fetched, Trace};
use crate::runtime::Moment;

use super::attempts::{AttemptEnd, Attempts};
use super::slot::Slot;

/// What a job finds out on its way: written by the job, read by its row.
#[derive(Debug, Default)]
pub struct JobFacts {
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

impl JobFacts {
    /// Those of a job that makes an attempt only when a deck grants it a slot.
    #[must_use]
    pub fn with_slots_granted() -> SharedFacts {
        Rc::new(RefCell::new(Self {
            slot: Slot::granted_by_deck(),
            ..Self::default()
        }))
    }

    /// Another attempt begins; says which.
    pub(super) fn begin_attempt(&mut self, now: Moment) -> u32 {
        self.trace.begin_attempt();
        self.attempts.begin(now, self.trace.wire_bytes());
        self.attempts.count()
    }

    /// The attempt under way has ended.
    pub(super) fn end_attempt(&mut self, now: Moment, end: AttemptEnd) {
        self.attempts.end(now, self.trace.wire_bytes(), end);
    }
}

/// The facts of one job, shared between it and its row on the UI thread.
pub type SharedFacts = Rc<RefCell<JobFacts>>;
