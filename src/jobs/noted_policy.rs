//! A retry policy that notes the waits it decides.

use std::time::Duration;

use crate::{
    fetch::RetryPolicy,
    runtime::{JobError, ReadyWait, RetryDelay, RetryRule},
};

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

    fn after(&self, error: &JobError, retries_done: u32, chance: f64) -> Option<RetryDelay> {
        if self.facts.borrow().slot.is_given_up() {
            return None;
        }
        let delay = RetryRule::after(&self.policy, error, retries_done, chance)?;
        self.facts.borrow_mut().attempts.note_wait(delay);
        Some(delay)
    }

    fn not_ready(&self, error: &JobError, waited: Duration) -> Option<ReadyWait> {
        self.policy.not_ready(error, waited)
    }

    fn starts_anew(&self, error: &JobError) -> bool {
        self.policy.starts_anew(error)
    }
}
