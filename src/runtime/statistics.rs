//! What a job has cost.

use std::time::Duration;

/// What a job has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobStatistics {
    /// How often it was polled.
    pub polls: u64,
    /// The time spent in its polls.
    pub busy: Duration,
    /// The longest of them.
    pub longest_poll: Duration,
}
