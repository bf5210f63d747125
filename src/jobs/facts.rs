//! What a job finds out on its way.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

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
    /// What an earlier process left to be waited for; none where the job begins as its spec says.
    pub resumed: Option<Resumed>,
}

/// How far a job had come in an earlier process, apart from its bytes: it has slept as its spec
/// says, but for this wait.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resumed {
    /// What it still waits for.
    pub wait: Option<ResumedWait>,
}

/// A wait that an earlier process did not end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumedWait {
    /// Its sleep.
    Sleep {
        /// How long it still takes.
        left: Duration,
    },
    /// The delay before another attempt.
    Retry {
        /// How long it still takes.
        left: Duration,
        /// The number of the retry that comes next, from 1.
        retry: u32,
        /// How many retries there are.
        of: u32,
    },
}

impl ResumedWait {
    /// The same after some more time.
    #[must_use]
    pub fn after(self, passed: Duration) -> Self {
        match self {
            Self::Sleep { left } => Self::Sleep {
                left: left.saturating_sub(passed),
            },
            Self::Retry { left, retry, of } => Self::Retry {
                left: left.saturating_sub(passed),
                retry,
                of,
            },
        }
    }
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

    /// Whether a job with this sleep waits before it needs a slot.
    #[must_use]
    pub fn waits_first(&self, sleep: Duration) -> bool {
        match &self.resumed {
            Some(resumed) => resumed.wait.is_some(),
            None => !sleep.is_zero(),
        }
    }

    /// The attempt under way has ended.
    pub(super) fn end_attempt(&mut self, now: Moment, end: AttemptEnd) {
        self.attempts.end(now, self.trace.wire_bytes(), end);
    }
}

/// The facts of one job, shared between it and its row on the UI thread.
pub type SharedFacts = Rc<RefCell<JobFacts>>;
