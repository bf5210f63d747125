//! A retry policy that notes the waits it decides.

use std::time::Duration;

use crate::fetch::RetryPolicy;
use crate::runtime::{JobError, ReadyWait, RetryRule};

use super::facts::SharedFacts;

/// A retry policy that notes what it decides.
pub(super) struct NotedPolicy<'a> {
    pub(super) policy: RetryPolicy,
    pub(super) facts: &'a SharedFacts,
}

impl RetryRule for NotedPolicy<'_> {
    fn retries(&self) -> u32 {
        RetryRule::retries(&self.policy)
    }

    fn after(&self, error: &JobError, retries_done: u32, chance: f64) -> Option<Duration> {
        if self.facts.borrow().slot.is_given_up() {
            return None;
        }
        let error = error.downcast_ref()?;
        let retry = self.policy.after(error, retries_done, chance)?;
        self.facts.borrow_mut().attempts.note_wait(retry);
        Some(retry.delay)
    }

    fn not_ready(&self, error: &JobError, waited: Duration) -> Option<ReadyWait> {
        self.policy.not_ready(error, waited)
    }

    fn resets_retries(&self, error: &JobError) -> bool {
        self.policy.resets_retries(error)
    }
}
