//! Wishes over very many rows, and what is wished meanwhile.

use super::*;
use crate::deck::limits::{ROWS_ADDED_PER_TICK, ROWS_DONE_PER_TICK, UNDO_FOR};

const MANY: usize = 5_000;

/// Ticks until nothing is left to do, and checks the sums in each.
fn settle(deck: &mut Deck) -> usize {
    for ticks in 0..1_000 {
        check_sums(deck);
        if deck.backlog.is_empty() && !deck.is_beginning_again() {
            return ticks;
        }
        deck.tick(TICK_BUDGET);
    }
    panic!("it does not end: {deck:?}");
}

fn many() -> (Deck, Vec<RowId>) {
    let mut deck = deck();
    deck.set_jobs_at_once(2);
    let count = deck.apply(Action::Add {
        specs: specs(MANY),
        paused: false,
    });
    assert_eq!(count, MANY, "it says how many there will be");
    assert!(deck.counts().all() <= ROWS_ADDED_PER_TICK);
    assert!(!deck.all_ended());
    settle(&mut deck);
    let ids = deck.ids().collect();
    (deck, ids)
}

#[test]
fn very_many_rows_are_added_in_their_order_over_several_ticks() {
    let mut deck = deck();
    deck.set_jobs_at_once(1);
    deck.apply(Action::Add {
        specs: specs(MANY),
        paused: true,
    });
    // What is added meanwhile comes after them.
    deck.apply(Action::Add {
        specs: specs(3),
        paused: false,
    });
    assert_eq!(deck.totals().to_add, MANY - ROWS_ADDED_PER_TICK + 3);
    settle(&mut deck);
    assert_eq!(deck.totals().to_add, 0);
    assert_eq!(deck.ids().len(), MANY + 3);
    let ids: Vec<_> = deck.ids().collect();
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
    deck.apply(Action::Add {
        specs: specs(MANY),
        paused: true,
    });
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
    deck.apply(Action::Pause(ids[10..20].to_vec()));
    let carried = deck.carry_out(Action::Pause(ids));
    assert!(carried.rows <= ROWS_DONE_PER_TICK);
    let number = carried.under_way.expect("the rest follows");
    assert_eq!(deck.take_completed(), []);
    settle(&mut deck);
    let completed = deck.take_completed();
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
    deck.apply(Action::Cancel(ids.clone()));
    assert_eq!(word(&deck, last), "Queued");
    assert_eq!(deck.apply(Action::Pause(vec![last])), 1);
    settle(&mut deck);
    assert_eq!(word(&deck, last), "Paused");
    assert_eq!(deck.counts().of(Chip::Cancelled), MANY - 1);
    // A wish of the same kind later finds it as any other.
    deck.apply(Action::Retry(ids.clone()));
    deck.apply(Action::Resume(vec![last]));
    deck.apply(Action::Pause(ids.clone()));
    settle(&mut deck);
    assert_eq!(deck.counts().of(Chip::Paused), MANY);
    // What did not fit does not win.
    deck.apply(Action::Cancel(ids));
    assert_eq!(deck.apply(Action::Retry(vec![last])), 0);
    settle(&mut deck);
    assert_eq!(word(&deck, last), "Cancelled");
}

#[test]
fn long_wishes_are_carried_out_in_their_order() {
    let (mut deck, ids) = many();
    deck.apply(Action::Pause(ids.clone()));
    deck.apply(Action::Resume(ids.clone()));
    deck.apply(Action::Cancel(ids));
    settle(&mut deck);
    assert_eq!(deck.counts().of(Chip::Cancelled), MANY);
    assert_eq!(deck.take_completed().len(), 3);
}

#[test]
fn a_long_cancel_is_one_step_to_take_back_also_while_it_is_under_way() {
    let (mut deck, ids) = many();
    deck.apply(Action::Cancel(ids.clone()));
    settle(&mut deck);
    assert_eq!(deck.undoable().map(|undoable| undoable.rows), Some(MANY));
    assert_eq!(deck.apply(Action::Undo), MANY);
    settle(&mut deck);
    assert_eq!(deck.counts().of(Chip::Waiting), MANY - 2);
    assert_eq!(deck.counts().of(Chip::Active), 2);
    assert_eq!(deck.undoable(), None);

    deck.apply(Action::Cancel(ids));
    deck.tick(TICK_BUDGET);
    assert_eq!(deck.apply(Action::Undo), 2 * ROWS_DONE_PER_TICK);
    settle(&mut deck);
    assert_eq!(deck.counts().of(Chip::Waiting), MANY - 2);
    assert_eq!(deck.counts().of(Chip::Active), 2);
}

#[test]
fn a_long_removal_is_one_step_too_and_its_rows_go_for_good() {
    let (mut deck, ids) = many();
    for is_early in [true, false] {
        deck.apply(Action::Remove(ids.clone()));
        if !is_early {
            settle(&mut deck);
            assert_eq!((deck.len(), deck.counts().all()), (0, 0));
        }
        deck.apply(Action::Undo);
        settle(&mut deck);
        pass(&mut deck, Duration::ZERO);
        assert_eq!(deck.ids().collect::<Vec<_>>(), ids);
        assert_eq!(deck.len(), MANY);
        assert_eq!(deck.totals().running, 2);
        assert_eq!(deck.queue.len(), MANY - 2);
    }
    deck.apply(Action::Remove(ids));
    settle(&mut deck);
    pass(&mut deck, UNDO_FOR);
    settle(&mut deck);
    deck.tick(TICK_BUDGET);
    assert!(deck.by_job.is_empty());
    assert_eq!(deck.rows.places().len(), 0);
    assert!(deck.all_ended());
}

#[test]
fn an_interrupt_acts_at_once_on_everything_and_loses_no_row() {
    let (mut deck, ids) = many();
    deck.watch_events();
    deck.apply(Action::Cancel(ids));
    deck.apply(Action::Add {
        specs: specs(MANY),
        paused: false,
    });
    assert_eq!(deck.apply(Action::Interrupt), MANY);
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
    let ended = deck.take_events().into_iter();
    let ended = ended.filter(|event| matches!(event, Event::Ended(_)));
    assert_eq!(ended.count(), 2 * MANY);
}
