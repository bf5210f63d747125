//! For how long the server of a row is silent, as its samples saw it.

use std::time::Duration;

use crate::jobs::SharedFacts;
use crate::runtime::Job;
use crate::status::Silence;

/// The wait for its server that a sample saw last.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::deck) struct SilenceWatch {
    /// Tells the wait from those before it.
    number: u64,
    /// The job's active time when it was seen first: the wait counts from there.
    seen_at: Duration,
}

impl SilenceWatch {
    /// Takes a sample.
    pub(in crate::deck) fn sample(&mut self, job: &Job, facts: &SharedFacts) {
        let wait = facts.borrow().trace.wait();
        if let Some(wait) = wait.filter(|wait| wait.number != self.number) {
            self.number = wait.number;
            self.seen_at = job.active();
        }
    }

    /// How long the wait lasts that was seen last; none once it is over.
    pub(in crate::deck) fn silence(&self, job: &Job, facts: &SharedFacts) -> Option<Silence> {
        let wait = facts.borrow().trace.wait()?;
        (wait.number == self.number).then(|| Silence {
            lasted: job.active().saturating_sub(self.seen_at),
            limit: wait.limit,
        })
    }
}
