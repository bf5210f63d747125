//! The end of the program: worker threads get a moment to write down how far they came.

use std::time::{Duration, Instant};

use super::file_ops::FileOps;
use crate::deck::Deck;
use crate::runtime::TICK_BUDGET;

/// How long the end of the program waits for threads.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Lets the jobs end, for a bounded time.
pub(super) fn wait_for_threads(deck: &mut Deck, file_ops: &mut FileOps) {
    let begun = Instant::now();
    // Also those of rows that were removed, and of files that are being deleted.
    let is_over = |deck: &Deck, file_ops: &FileOps| {
        deck.all_ended() && deck.runtime().busy_workers() == 0 && !file_ops.is_changing()
    };
    while !is_over(deck, file_ops) && begun.elapsed() < MAX_WAIT {
        deck.tick(TICK_BUDGET);
        for error in file_ops.take_errors() {
            log::warn!("{error}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
