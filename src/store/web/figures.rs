//! What a store has done, in numbers.

use std::time::Duration;

/// What a store has done since the page was opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoreFigures {
    /// How many rows are not stored yet.
    pub waiting: usize,
    /// How many rows were written.
    pub written: u64,
    /// In how many transactions.
    pub transactions: u64,
    /// The longest time that the writer kept the page busy without a break.
    pub longest_busy: Duration,
}
