//! What one tick does: the work of rows that follow each other, and no more than its share.

use super::*;

fn instant_specs(count: usize) -> Vec<Spec> {
    (0..count)
        .map(|number| {
            Spec::Timed(TimedSpec {
                name: format!("instant {number}"),
                sleep: Duration::ZERO,
                work: Duration::ZERO,
            })
        })
        .collect()
}

#[test]
fn a_row_in_the_place_of_one_that_ended_has_its_first_poll_in_the_same_tick() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add(specs(2), false);
    deck.tick(TICK_BUDGET);
    pass(&mut deck, SECOND);
    assert_eq!(deck.counts().of(Chip::Done), 0, "{:?}", words(&deck));
    deck.runtime().clock().advance(SECOND);
    deck.tick(TICK_BUDGET);
    // What a job waits for it says in its first poll.
    assert_eq!(words(&deck), ["Done", "Working"]);
    check_sums(&deck);
}

#[test]
fn rows_that_end_at_once_do_not_keep_a_tick_from_ending() {
    const ROWS: usize = 100;
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add(instant_specs(ROWS), false);
    deck.tick(TICK_BUDGET);
    // On this clock no time passes, and so the budget lasts for ever.
    let done = deck.counts().of(Chip::Done);
    assert!((2..=ROUNDS_PER_TICK).contains(&done), "{done}");
    let mut ticks = 1;
    while !deck.all_ended() {
        assert!(deck.tick(TICK_BUDGET), "after {ticks} ticks");
        ticks += 1;
        assert!(ticks < ROWS);
    }
}

#[test]
fn a_tick_says_whether_there_was_anything_to_do() {
    let (mut deck, _) = added(1);
    while deck.tick(TICK_BUDGET) {}
    deck.runtime().clock().advance(SECOND);
    assert!(!deck.tick(TICK_BUDGET), "it is at work");
    deck.runtime().clock().advance(SECOND);
    assert!(deck.tick(TICK_BUDGET), "it ends");
    while deck.tick(TICK_BUDGET) {}
    deck.add(specs(1), false);
    assert!(deck.tick(TICK_BUDGET), "another one begins");
}
