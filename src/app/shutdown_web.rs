//! The end of the page: nothing can be waited for.

use super::file_ops::FileOps;
use crate::deck::Deck;
use crate::runtime::TICK_BUDGET;

/// Gives the jobs a last tick.
pub(super) fn wait_for_threads(deck: &mut Deck, _file_ops: &mut FileOps) {
    deck.tick(TICK_BUDGET);
}
