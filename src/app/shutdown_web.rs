//! The end of the page: nothing can be waited for.

use crate::deck::Deck;
use crate::runtime::TICK_BUDGET;

/// Gives the jobs a last tick.
pub(super) fn wait_for_threads(deck: &mut Deck) {
    deck.tick(TICK_BUDGET);
}
