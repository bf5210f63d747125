//! What a tick does of long work, where rows take their time.

use super::*;
use crate::deck::limits::{ROW_SLICE, ROWS_ADDED_PER_TICK, ROWS_BETWEEN_LOOKS};

#[test]
fn a_tick_adds_only_as_many_rows_as_it_has_time_for() {
    let clock = Clock::virtual_time();
    let mut deck = Deck::new(Runtime::with_clock(ParkHost::new(), clock.clone()));
    let slow = specs(1_000).into_iter().inspect(move |_| {
        clock.advance(ROW_SLICE / 50);
    });
    deck.add_from(Box::new(slow), true);
    let mut ticks = 1;
    while deck.totals().to_add > 0 {
        deck.tick(TICK_BUDGET);
        ticks += 1;
    }
    // Looked at after 20 rows, 40 and 60.
    assert_eq!(
        deck.bulk.most_added(),
        50_usize.next_multiple_of(ROWS_BETWEEN_LOOKS)
    );
    assert_eq!((ticks, deck.rows.ids().len()), (17, 1_000));
    assert!(deck.rows.ids().is_sorted());
}

#[test]
fn rows_that_take_no_time_are_added_up_to_a_fixed_number() {
    let mut deck = deck();
    deck.add(specs(ROWS_ADDED_PER_TICK + 1), true);
    assert_eq!(deck.bulk.most_added(), ROWS_ADDED_PER_TICK);
    assert_eq!(deck.totals().to_add, 1);
}
