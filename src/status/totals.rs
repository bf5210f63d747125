//! The sums over all rows.

use std::time::Duration;

use crate::format;

/// The sums the status bar shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Bytes per second of all rows together.
    pub rate: f64,
    /// The same over the last while, oldest first, for the sparkline.
    pub rate_history: Vec<f32>,
    /// Slots that are in use: what waits takes none, and what lends its slot gave it to another.
    pub running: usize,
    /// Slots there are.
    pub running_limit: usize,
    /// Whether any row holds a slot: the heartbeat beats.
    pub is_alive: bool,
    /// Whether any row waits for a time, which it shows: once a second is enough for that.
    pub counts_down: bool,
    /// The network is lost.
    pub network_outage: Option<NetworkOutage>,
    /// About how long it takes until all that waits for a slot has begun; `None` without a basis to
    /// tell.
    pub queue_left: Option<Duration>,
    /// Rows that are still to be added, of very many.
    pub to_add: usize,
}

/// There is no network, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkOutage {
    /// How long it is until the next try; zero while one is under way.
    pub next_try: Duration,
}

impl NetworkOutage {
    /// What a bar says of it.
    #[must_use]
    pub fn words(&self) -> String {
        format!("No network · {}", next_try_words(self.next_try))
    }
}

/// When something is tried again.
pub(super) fn next_try_words(next_try: Duration) -> String {
    if next_try.is_zero() {
        return "trying now".to_owned();
    }
    format!("next try in {}", format::countdown(next_try))
}
