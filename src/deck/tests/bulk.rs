//! Wishes over very many rows, and what is wished meanwhile.

use super::*;
use crate::deck::limits::{ROWS_ADDED_PER_TICK, ROWS_DONE_PER_TICK, UNDO_FOR};
use crate::status::Verb;

const MANY: usize = 5_000;

/// Ticks until nothing is left to do, and checks the sums in each.
fn settle(deck: &mut Deck) -> usize {
    for ticks in 0..1_000 {
        check_sums(deck);
        if deck.bulk.is_empty()
            && !deck.undo_log.is_under_way()
            && !deck.undo_log.has_removed_rows_to_do()
        {
            return ticks;
        }
        deck.tick(TICK_BUDGET);
    }
    panic!("it does not end: {deck:?}");
}

fn many() -> (Deck, Vec<RowId>) {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 2);
    let count = deck.add(specs(MANY), false);
    assert_eq!(count, MANY, "it says how many there will be");
    assert!(deck.counts().all() <= ROWS_ADDED_PER_TICK);
    assert!(!deck.all_ended());
    settle(&mut deck);
    let ids = deck.rows.ids().collect();
    (deck, ids)
}

#[test]
fn very_many_rows_are_added_in_their_order_over_several_ticks() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add(specs(MANY), true);
    // What is added meanwhile comes after them.
    deck.add(specs(3), false);
    assert_eq!(deck.totals().to_add, MANY - ROWS_ADDED_PER_TICK + 3);
    settle(&mut deck);
    assert_eq!(deck.totals().to_add, 0);
    assert_eq!(deck.rows.ids().len(), MANY + 3);
    let ids: Vec<_> = deck.rows.ids().collect();
    assert!(ids.is_sorted());
    let name = |id: RowId| deck.view(id).map(|row| row.name.to_string());
    assert_eq!(name(ids[MANY - 1]).as_deref(), Some("job 4999"));
    assert_eq!(name(ids[MANY]).as_deref(), Some("job 0"));
    assert_eq!(deck.counts().of(Chip::Paused), MANY);
    assert_eq!(deck.len(), MANY + 3);
}

#[test]
fn a_list_without_a_row_yet_has_not_ended_and_asks_for_ticks() {
    let host = ParkHost::new();
    let mut deck = Deck::new(Runtime::with_clock(host.clone(), Clock::virtual_time()));
    deck.add(specs(MANY), true);
    let mut ticks = 0;
    while deck.totals().to_add > 0 {
        // Would wait for ever if nobody had asked for the tick.
        assert!(!deck.all_ended());
        host.park(None);
        deck.tick(TICK_BUDGET);
        ticks += 1;
    }
    assert_eq!(ticks, MANY / ROWS_ADDED_PER_TICK - 1);
}

#[test]
fn a_wish_over_very_many_rows_says_its_end() {
    let (mut deck, ids) = many();
    deck.apply(Action::new(Verb::Pause, ids[10..20].to_vec()));
    let carried = deck.apply(Action::new(Verb::Pause, ids));
    assert!(carried.rows <= ROWS_DONE_PER_TICK);
    let number = carried.under_way.expect("the rest follows");
    assert_eq!(deck.bulk.take_completed(), []);
    settle(&mut deck);
    let completed = deck.bulk.take_completed();
    assert_eq!(
        completed,
        [Completed {
            number,
            done: MANY - 10,
            of: MANY
        }]
    );
    assert_eq!(deck.counts().of(Chip::Paused), MANY);
    assert_eq!(deck.totals().running, 0);
}

#[test]
fn what_is_wished_for_one_row_meanwhile_wins() {
    let (mut deck, ids) = many();
    let last = ids[MANY - 1];
    deck.apply(Action::new(Verb::Cancel, ids.clone()));
    assert_eq!(word(&deck, last), "Queued");
    assert_eq!(deck.apply(Action::new(Verb::Pause, vec![last])).rows, 1);
    settle(&mut deck);
    assert_eq!(word(&deck, last), "Paused");
    assert_eq!(deck.counts().of(Chip::Cancelled), MANY - 1);
    // A wish of the same kind later finds it as any other.
    deck.apply(Action::new(Verb::Retry, ids.clone()));
    deck.apply(Action::new(Verb::Resume, vec![last]));
    deck.apply(Action::new(Verb::Pause, ids.clone()));
    settle(&mut deck);
    assert_eq!(deck.counts().of(Chip::Paused), MANY);
    // What did not fit does not win.
    deck.apply(Action::new(Verb::Cancel, ids));
    assert_eq!(deck.apply(Action::new(Verb::Retry, vec![last])).rows, 0);
    settle(&mut deck);
    assert_eq!(word(&deck, last), "Cancelled");
}

#[test]
fn long_wishes_are_carried_out_in_their_order() {
    let (mut deck, ids) = many();
    deck.apply(Action::new(Verb::Pause, ids.clone()));
    deck.apply(Action::new(Verb::Resume, ids.clone()));
    deck.apply(Action::new(Verb::Cancel, ids));
    settle(&mut deck);
    assert_eq!(deck.counts().of(Chip::Cancelled), MANY);
    assert_eq!(deck.bulk.take_completed().len(), 3);
}

#[test]
fn a_long_cancel_is_one_step_to_take_back_also_while_it_is_under_way() {
    let (mut deck, ids) = many();
    deck.apply(Action::new(Verb::Cancel, ids.clone()));
    settle(&mut deck);
    assert_eq!(
        deck.undo_log.last().map(|undoable| undoable.rows),
        Some(MANY)
    );
    assert_eq!(deck.undo(), MANY);
    settle(&mut deck);
    assert_eq!(deck.counts().of(Chip::Waiting), MANY - 2);
    assert_eq!(deck.counts().of(Chip::Active), 2);
    assert_eq!(deck.undo_log.last(), None);

    deck.apply(Action::new(Verb::Cancel, ids));
    deck.tick(TICK_BUDGET);
    assert_eq!(deck.undo(), 2 * ROWS_DONE_PER_TICK);
    settle(&mut deck);
    assert_eq!(deck.counts().of(Chip::Waiting), MANY - 2);
    assert_eq!(deck.counts().of(Chip::Active), 2);
}

#[test]
fn a_long_removal_is_one_step_too_and_its_rows_go_for_good() {
    let (mut deck, ids) = many();
    for is_early in [true, false] {
        deck.apply(Action::new(Verb::Remove, ids.clone()));
        if !is_early {
            settle(&mut deck);
            assert_eq!((deck.len(), deck.counts().all()), (0, 0));
        }
        deck.undo();
        settle(&mut deck);
        pass(&mut deck, Duration::ZERO);
        assert_eq!(deck.rows.ids().collect::<Vec<_>>(), ids);
        assert_eq!(deck.len(), MANY);
        assert_eq!(deck.totals().running, 2);
        assert_eq!(deck.schedule.turns.queue.len(), MANY - 2);
    }
    deck.apply(Action::new(Verb::Remove, ids));
    settle(&mut deck);
    pass(&mut deck, UNDO_FOR);
    settle(&mut deck);
    deck.tick(TICK_BUDGET);
    assert!(deck.rows.by_job.is_empty());
    assert_eq!(deck.rows.list().indices().len(), 0);
    assert!(deck.all_ended());
}

#[test]
fn an_interrupt_acts_at_once_on_everything_and_loses_no_row() {
    let (mut deck, ids) = many();
    deck.events.watch();
    deck.apply(Action::new(Verb::Cancel, ids));
    deck.add(specs(MANY), false);
    assert_eq!(deck.interrupt(), MANY);
    assert!(deck.all_ended());
    check_sums(&deck);
    assert_eq!(deck.counts().all(), 2 * MANY);
    let interrupted = words(&deck)
        .into_iter()
        .filter(|word| word == "Interrupted");
    assert_eq!(
        interrupted.count(),
        MANY,
        "the others were cancelled before"
    );
    let ended = deck.events.take().into_iter();
    let ended = ended.filter(|event| matches!(event, Event::Ended(_)));
    assert_eq!(ended.count(), 2 * MANY);
}
