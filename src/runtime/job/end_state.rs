//! How a job's code ended, and how the job did.

use std::cell::{Cell, OnceCell};

use crate::runtime::Outcome;

/// A job ends in two steps: its code ends, and then what the code started. In between a failure of
/// a child, a cancel or a panic in a cleanup may still change the outcome.
#[derive(Default)]
pub(crate) struct EndState {
    /// The outcome so far, from the end of the code to the end of the job.
    pending: Cell<Option<Outcome>>,
    outcome: OnceCell<Outcome>,
}

impl EndState {
    /// The outcome of the job; none before its end.
    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.outcome.get()
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.outcome.get().is_some()
    }

    /// Whether the code has ended and the job has not.
    pub(crate) fn is_pending(&self) -> bool {
        let pending = self.pending.take();
        let is_pending = pending.is_some();
        self.pending.set(pending);
        is_pending
    }

    pub(crate) fn set_pending(&self, outcome: Option<Outcome>) {
        self.pending.set(outcome);
    }

    pub(crate) fn take_pending(&self) -> Option<Outcome> {
        self.pending.take()
    }

    /// Sets the outcome of the job; false if it has one.
    pub(crate) fn finish(&self, outcome: Outcome) -> bool {
        self.outcome.set(outcome).is_ok()
    }
}
