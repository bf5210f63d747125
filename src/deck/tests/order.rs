//! Which rows are shown, and in which order.

use super::*;
use crate::status::{Direction, SortKey, Sorting};

fn shown(deck: &Deck) -> Vec<String> {
    (0..deck.len())
        .filter_map(|index| deck.row(index))
        .map(|row| row.name.to_string())
        .collect()
}

fn timed(name: &str, sleep_secs: u64) -> Spec {
    Spec::Timed(TimedSpec {
        name: name.to_owned(),
        sleep: SECOND * u32::try_from(sleep_secs).unwrap_or(0),
        work: SECOND * 100,
    })
}

fn by(first: (SortKey, Direction)) -> Sorting {
    Sorting {
        first: Some(first),
        second: None,
    }
}

/// Four rows of which three have begun and sleep; there is no slot for the fourth.
fn four() -> Deck {
    let mut deck = deck();
    deck.jobs_at_once = 0;
    let specs = vec![timed("b", 3), timed("D", 1), timed("a", 3), timed("c", 0)];
    deck.apply(Action::Add {
        specs,
        paused: false,
    });
    pass(&mut deck, Duration::ZERO);
    deck
}

#[test]
fn rows_are_sorted_by_a_column_both_ways_and_back() {
    let mut deck = four();
    let usual = shown(&deck);
    assert_eq!(usual, ["a", "D", "b", "c"]);
    deck.set_sorting(by((SortKey::Job, Direction::Ascending)));
    assert_eq!(shown(&deck), ["a", "b", "c", "D"]);
    deck.set_sorting(by((SortKey::Job, Direction::Descending)));
    assert_eq!(shown(&deck), ["D", "c", "b", "a"]);
    deck.set_sorting(by((SortKey::Added, Direction::Ascending)));
    assert_eq!(shown(&deck), ["b", "D", "a", "c"]);
    deck.set_sorting(Sorting::default());
    assert_eq!(shown(&deck), usual);
}

#[test]
fn what_is_unknown_comes_last_both_ways_and_a_second_key_decides() {
    let mut deck = four();
    pass(&mut deck, SECOND / 2);
    // "c" has not begun: nobody knows how long it runs.
    for direction in [Direction::Ascending, Direction::Descending] {
        deck.set_sorting(by((SortKey::Elapsed, direction)));
        assert_eq!(shown(&deck).last().map(String::as_str), Some("c"));
        deck.set_sorting(Sorting {
            first: Some((SortKey::Elapsed, direction)),
            second: Some((SortKey::Job, Direction::Descending)),
        });
        assert_eq!(shown(&deck), ["D", "b", "a", "c"]);
    }
}

#[test]
fn rows_sorted_by_what_moves_change_places_once_a_second_and_not_under_a_hand() {
    let mut deck = four();
    deck.set_sorting(by((SortKey::Slept, Direction::Descending)));
    // Those of one second sleep no longer than that.
    pass(&mut deck, SECOND);
    pass(&mut deck, SECOND);
    assert_eq!(shown(&deck), ["a", "b", "D", "c"]);
    deck.apply(Action::Pause(vec![RowId(1)]));
    pass(&mut deck, SECOND / 2);
    assert_eq!(shown(&deck)[..2], ["a", "b"]);
    deck.hold_order(true);
    deck.apply(Action::Pause(vec![RowId(3)]));
    deck.apply(Action::Resume(vec![RowId(1)]));
    pass(&mut deck, SECOND / 2);
    assert_eq!(shown(&deck)[..2], ["a", "b"], "somebody aims at one");
    deck.hold_order(false);
    pass(&mut deck, SECOND / 2);
    assert_eq!(shown(&deck)[..2], ["b", "a"]);
}

#[test]
fn a_place_is_where_the_row_stands() {
    let mut deck = four();
    let check = |deck: &Deck| {
        for index in 0..deck.len() {
            let id = deck.id(index).expect("a row");
            assert_eq!(deck.position(id), Some(index));
        }
    };
    check(&deck);
    deck.set_sorting(by((SortKey::Job, Direction::Ascending)));
    check(&deck);
    deck.set_filter(Filter {
        chip: None,
        search: "state:queued".to_owned(),
    });
    assert_eq!(shown(&deck), ["c"]);
    check(&deck);
    assert_eq!(deck.position(RowId(1)), None);
}

#[test]
fn a_long_list_is_in_order_at_the_latest_when_all_rests() {
    let mut deck = deck();
    deck.set_jobs_at_once(1_000);
    let specs = (0..3_000).map(|_| timed("x", 0)).collect();
    deck.apply(Action::Add {
        specs,
        paused: false,
    });
    for _ in 0..300 {
        pass(&mut deck, Duration::from_millis(7));
    }
    deck.apply(Action::Interrupt);
    pass(&mut deck, SECOND);
    let groups: Vec<_> = (0..deck.len())
        .filter_map(|index| deck.row(index))
        .map(|row| row.status.chip())
        .collect();
    assert_eq!(groups.len(), 3_000);
    assert!(groups.iter().all(|chip| *chip == Chip::Cancelled));
}

#[test]
fn the_further_columns_know_what_a_row_knows() {
    let mut deck = four();
    pass(&mut deck, SECOND / 2);
    let extras = deck.extras(RowId(1)).expect("a row");
    assert_eq!(extras.elapsed, Some(SECOND / 2));
    assert!(extras.polls.is_some_and(|polls| polls > 0));
    assert_eq!(extras.priority, Some("normal"));
    let queued = deck.extras(RowId(4)).expect("a row");
    assert_eq!((queued.elapsed, queued.polls), (None, None));
    assert!(queued.added.is_some());
    deck.apply(Action::Cancel(vec![RowId(1)]));
    pass(&mut deck, SECOND);
    let ended = deck.extras(RowId(1)).expect("a row");
    assert_eq!(ended.elapsed, Some(SECOND / 2), "it is over");
    assert!(ended.polls.is_some_and(|polls| polls > 0));
}

#[test]
fn rows_that_wait_are_moved_and_begin_in_that_order() {
    let mut deck = deck();
    deck.set_jobs_at_once(1);
    let names = ["a", "b", "c", "d", "e"];
    deck.apply(Action::Add {
        specs: names.map(|name| timed(name, 0)).to_vec(),
        paused: false,
    });
    pass(&mut deck, Duration::ZERO);
    let places = |deck: &Deck| -> Vec<Option<u64>> {
        deck.ids()
            .map(|id| match deck.view(id).expect("a row").status {
                Status::Queued { place, .. } => place,
                _ => None,
            })
            .collect()
    };
    assert_eq!(places(&deck), [None, Some(1), Some(2), Some(3), Some(4)]);
    let [a, b, _, d, e] = [1, 2, 3, 4, 5].map(RowId);
    assert_eq!(
        deck.apply(Action::Move(vec![e, a], MoveTo::Top)),
        1,
        "a runs"
    );
    assert_eq!(places(&deck), [None, Some(2), Some(3), Some(4), Some(1)]);
    assert_eq!(deck.apply(Action::Move(vec![d, e], MoveTo::Up)), 2);
    assert_eq!(places(&deck), [None, Some(2), Some(4), Some(3), Some(1)]);
    deck.apply(Action::Move(vec![b], MoveTo::Bottom));
    assert_eq!(places(&deck), [None, Some(4), Some(3), Some(2), Some(1)]);
    deck.apply(Action::Move(vec![e], MoveTo::Down));
    assert_eq!(places(&deck), [None, Some(4), Some(3), Some(1), Some(2)]);
    // A row that is paused keeps its place, and the next that begins is the first.
    deck.apply(Action::Pause(vec![e]));
    deck.apply(Action::Resume(vec![e]));
    deck.apply(Action::Cancel(vec![a]));
    pass(&mut deck, Duration::ZERO);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(places(&deck), [None, Some(3), Some(2), None, Some(1)]);
    check_sums(&deck);
}

#[test]
fn any_moves_leave_every_row_its_own_place() {
    let mut random = fastrand::Rng::with_seed(9);
    let mut deck = deck();
    deck.set_jobs_at_once(1);
    deck.apply(Action::Add {
        specs: (0..40).map(|_| timed("x", 0)).collect(),
        paused: false,
    });
    for _ in 0..500 {
        let some: Vec<_> = deck.ids().filter(|_| random.u8(0..5) == 0).collect();
        let to = [MoveTo::Up, MoveTo::Down, MoveTo::Top, MoveTo::Bottom][random.usize(0..4)];
        match random.u8(0..8) {
            0 => deck.apply(Action::Pause(some)),
            1 => deck.apply(Action::Resume(some)),
            2 => deck.apply(Action::Cancel(some.into_iter().take(1).collect())),
            3 => deck.apply(Action::Retry(some)),
            _ => deck.apply(Action::Move(some, to)),
        };
        pass(&mut deck, Duration::ZERO);
        let places = deck.ids().filter_map(|id| match deck.view(id)?.status {
            Status::Queued { place, .. } => place,
            _ => None,
        });
        let mut places: Vec<_> = places.collect();
        places.sort_unstable();
        let expected: Vec<_> = (1..=places.len() as u64).collect();
        assert_eq!(places, expected);
    }
}
