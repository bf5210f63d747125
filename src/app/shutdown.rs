//! The end of the program: threads get a moment to write down how far they came.

use std::time::{Duration, Instant};

use crate::deck::Deck;
use crate::runtime::TICK_BUDGET;

/// How long the end of the program waits for threads.
const WAITS_AT_MOST: Duration = Duration::from_secs(2);

/// Lets the jobs end, for a bounded time.
pub(super) fn wait_for_threads(deck: &mut Deck) {
    let begun = Instant::now();
    // Also those of rows that were removed.
    let is_over = |deck: &Deck| deck.all_ended() && deck.runtime().busy_workers() == 0;
    while !is_over(deck) && begun.elapsed() < WAITS_AT_MOST {
        deck.tick(TICK_BUDGET);
        std::thread::sleep(Duration::from_millis(5));
    }
}
