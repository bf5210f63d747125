//! Which rows are shown, and in which order.

use super::*;
use crate::status::{Column, Direction, MoveTo, Sorting, Verb};

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

fn by(first: (Column, Direction)) -> Sorting {
    Sorting {
        first: Some(first),
        second: None,
    }
}

/// Four rows of which three have begun and sleep; there is no slot for the fourth.
fn four() -> Deck {
    let mut deck = deck();
    deck.schedule.slots.at_once = 0;
    let specs = vec![timed("b", 3), timed("D", 1), timed("a", 3), timed("c", 0)];
    deck.add(specs, false);
    pass(&mut deck, Duration::ZERO);
    deck
}

#[test]
fn rows_are_sorted_by_a_column_both_ways_and_back() {
    let mut deck = four();
    let usual = shown(&deck);
    assert_eq!(usual, ["b", "D", "a", "c"], "as given");
    deck.set_sorting(by((Column::Job, Direction::Ascending)));
    assert_eq!(shown(&deck), ["a", "b", "c", "D"]);
    deck.set_sorting(by((Column::Job, Direction::Descending)));
    assert_eq!(shown(&deck), ["D", "c", "b", "a"]);
    deck.set_sorting(by((Column::Added, Direction::Ascending)));
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
        deck.set_sorting(by((Column::Elapsed, direction)));
        assert_eq!(shown(&deck).last().map(String::as_str), Some("c"));
        deck.set_sorting(Sorting {
            first: Some((Column::Elapsed, direction)),
            second: Some((Column::Job, Direction::Descending)),
        });
        assert_eq!(shown(&deck), ["D", "b", "a", "c"]);
    }
}

#[test]
fn rows_sorted_by_what_moves_change_places_once_a_second_and_not_under_a_hand() {
    let mut deck = four();
    deck.set_sorting(by((Column::Slept, Direction::Descending)));
    // Those of one second sleep no longer than that.
    pass(&mut deck, SECOND);
    pass(&mut deck, SECOND);
    assert_eq!(shown(&deck), ["b", "a", "D", "c"]);
    deck.apply(Action::new(Verb::Pause, vec![RowId(3)]));
    pass(&mut deck, SECOND / 2);
    assert_eq!(shown(&deck)[..2], ["b", "a"]);
    deck.hold_order(true);
    deck.apply(Action::new(Verb::Pause, vec![RowId(1)]));
    deck.apply(Action::new(Verb::Resume, vec![RowId(3)]));
    pass(&mut deck, SECOND / 2);
    assert_eq!(shown(&deck)[..2], ["b", "a"], "somebody aims at one");
    deck.hold_order(false);
    pass(&mut deck, SECOND / 2);
    assert_eq!(shown(&deck)[..2], ["a", "b"]);
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
    deck.set_sorting(by((Column::Job, Direction::Ascending)));
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
    deck.limit(|limits| limits.jobs_at_once = 1_000);
    let specs = (0..3_000).map(|_| timed("x", 0)).collect();
    deck.add(specs, false);
    for _ in 0..300 {
        pass(&mut deck, Duration::from_millis(7));
    }
    deck.interrupt();
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
    deck.apply(Action::new(Verb::Cancel, vec![RowId(1)]));
    pass(&mut deck, SECOND);
    let ended = deck.extras(RowId(1)).expect("a row");
    assert_eq!(ended.elapsed, Some(SECOND / 2), "it is over");
    assert!(ended.polls.is_some_and(|polls| polls > 0));
}

#[test]
fn rows_that_wait_are_moved_and_begin_in_that_order() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    let names = ["a", "b", "c", "d", "e"];
    deck.add(names.map(|name| timed(name, 0)).to_vec(), false);
    pass(&mut deck, Duration::ZERO);
    let places = |deck: &Deck| -> Vec<Option<u64>> {
        deck.rows
            .ids()
            .map(|id| match deck.view(id).expect("a row").status {
                Status::Queued { place, .. } => place,
                _ => None,
            })
            .collect()
    };
    assert_eq!(places(&deck), [None, Some(1), Some(2), Some(3), Some(4)]);
    let [a, b, _, d, e] = [1, 2, 3, 4, 5].map(RowId);
    assert_eq!(
        deck.apply(Action::new(Verb::Move(MoveTo::Top), vec![e, a]))
            .rows,
        1,
        "a runs"
    );
    assert_eq!(places(&deck), [None, Some(2), Some(3), Some(4), Some(1)]);
    assert_eq!(
        deck.apply(Action::new(Verb::Move(MoveTo::Up), vec![d, e]))
            .rows,
        2
    );
    assert_eq!(places(&deck), [None, Some(2), Some(4), Some(3), Some(1)]);
    deck.apply(Action::new(Verb::Move(MoveTo::Bottom), vec![b]));
    assert_eq!(places(&deck), [None, Some(4), Some(3), Some(2), Some(1)]);
    deck.apply(Action::new(Verb::Move(MoveTo::Down), vec![e]));
    assert_eq!(places(&deck), [None, Some(4), Some(3), Some(1), Some(2)]);
    // A row that is paused keeps its place, and the next that begins is the first.
    deck.apply(Action::new(Verb::Pause, vec![e]));
    deck.apply(Action::new(Verb::Resume, vec![e]));
    deck.apply(Action::new(Verb::Cancel, vec![a]));
    pass(&mut deck, Duration::ZERO);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(places(&deck), [None, Some(3), Some(2), None, Some(1)]);
    check_sums(&deck);
}

#[test]
fn any_moves_leave_every_row_its_own_place() {
    let mut random = fastrand::Rng::with_seed(9);
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add((0..40).map(|_| timed("x", 0)).collect(), false);
    for _ in 0..500 {
        let some: Vec<_> = deck.rows.ids().filter(|_| random.u8(0..5) == 0).collect();
        let to = [MoveTo::Up, MoveTo::Down, MoveTo::Top, MoveTo::Bottom][random.usize(0..4)];
        match random.u8(0..8) {
            0 => deck.apply(Action::new(Verb::Pause, some)).rows,
            1 => deck.apply(Action::new(Verb::Resume, some)).rows,
            2 => {
                deck.apply(Action::new(
                    Verb::Cancel,
                    some.into_iter().take(1).collect(),
                ))
                .rows
            }
            3 => deck.apply(Action::new(Verb::Retry, some)).rows,
            _ => deck.apply(Action::new(Verb::Move(to), some)).rows,
        };
        pass(&mut deck, Duration::ZERO);
        let places = deck
            .rows
            .ids()
            .filter_map(|id| match deck.view(id)?.status {
                Status::Queued { place, .. } => place,
                _ => None,
            });
        let mut places: Vec<_> = places.collect();
        places.sort_unstable();
        let expected: Vec<_> = (1..=places.len() as u64).collect();
        assert_eq!(places, expected);
    }
}

/// Five rows that wait, given as "a" to "e".
fn five_waiting() -> Deck {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    let names = ["runs", "a", "b", "c", "d", "e"];
    deck.add(names.map(|name| timed(name, 0)).to_vec(), false);
    pass(&mut deck, Duration::ZERO);
    deck
}

#[test]
fn rows_that_wait_are_shown_in_the_order_in_which_they_begin() {
    let mut deck = five_waiting();
    assert_eq!(shown(&deck), ["runs", "a", "b", "c", "d", "e"]);
    let [a, b, c, d, e] = [2, 3, 4, 5, 6].map(RowId);
    let mut check = |ids: Vec<RowId>, to, expected: [&str; 5]| {
        // Also while the order is held: it was asked for.
        deck.hold_order(true);
        deck.apply(Action::new(Verb::Move(to), ids));
        assert_eq!(shown(&deck)[1..], expected);
        let queued = |row: RowView| match row.status {
            Status::Queued { place, .. } => place,
            _ => None,
        };
        let places: Vec<_> = (1..6)
            .map(|at| queued(deck.row(at).expect("a row")))
            .collect();
        let expected: Vec<_> = (1..6).map(Some).collect();
        assert_eq!(places, expected, "the list is the queue");
    };
    check(vec![c], MoveTo::Up, ["a", "c", "b", "d", "e"]);
    check(vec![c], MoveTo::Up, ["c", "a", "b", "d", "e"]);
    check(vec![c], MoveTo::Up, ["c", "a", "b", "d", "e"]);
    check(vec![a, b], MoveTo::Down, ["c", "d", "a", "b", "e"]);
    check(vec![b, e], MoveTo::Down, ["c", "d", "a", "b", "e"]);
    check(vec![e, d], MoveTo::Top, ["d", "e", "c", "a", "b"]);
    check(vec![a], MoveTo::Top, ["a", "d", "e", "c", "b"]);
    check(vec![a, d], MoveTo::Bottom, ["e", "c", "b", "a", "d"]);
    check(vec![c, b, d], MoveTo::Up, ["c", "b", "e", "d", "a"]);

    // What comes now comes last, and what begins next is the first.
    deck.hold_order(false);
    deck.add(vec![timed("new", 0)], false);
    deck.limit(|limits| limits.jobs_at_once = 2);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(shown(&deck), ["runs", "c", "b", "e", "d", "a", "new"]);
    assert_eq!(deck.schedule.running().iter().copied().last(), Some(c));
}

#[test]
fn what_is_paused_is_moved_among_what_is_paused() {
    let mut deck = five_waiting();
    let [a, b, c] = [2, 3, 4].map(RowId);
    deck.apply(Action::new(Verb::Pause, vec![a, b, c]));
    assert_eq!(shown(&deck), ["runs", "d", "e", "a", "b", "c"]);
    deck.apply(Action::new(Verb::Move(MoveTo::Top), vec![c]));
    deck.apply(Action::new(Verb::Move(MoveTo::Up), vec![RowId(6)]));
    deck.apply(Action::new(Verb::Move(MoveTo::Down), vec![a]));
    assert_eq!(shown(&deck), ["runs", "e", "d", "c", "b", "a"]);
    deck.apply(Action::new(Verb::Resume, vec![a, b, c]));
    // It was before all others when it was moved there.
    assert_eq!(shown(&deck)[1], "c");
    assert_eq!(
        deck.apply(Action::new(Verb::Move(MoveTo::Top), vec![RowId(1)]))
            .rows,
        0
    );
}

#[test]
fn groups_follow_each_other_and_what_ended_last_comes_first_of_its_group() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 3);
    let names = ["active", "x", "y", "z", "waits", "paused"];
    deck.add(names.map(|name| timed(name, 0)).to_vec(), false);
    pass(&mut deck, Duration::ZERO);
    deck.limit(|limits| limits.jobs_at_once = 1);
    for id in [3, 2, 4] {
        deck.apply(Action::new(Verb::Cancel, vec![RowId(id)]));
    }
    deck.apply(Action::new(Verb::Pause, vec![RowId(6)]));
    deck.add(["v", "w"].map(|name| timed(name, 0)).to_vec(), false);
    pass(&mut deck, Duration::ZERO);
    let expected = ["active", "waits", "v", "w", "paused", "z", "x", "y"];
    assert_eq!(shown(&deck), expected);
    // A list that is made anew says the same.
    deck.set_sorting(by((Column::Job, Direction::Ascending)));
    deck.set_sorting(Sorting::default());
    assert_eq!(shown(&deck), expected);
    // Begun again it is at its old place, and its next end is a new one.
    deck.apply(Action::new(Verb::Retry, vec![RowId(3)]));
    assert_eq!(shown(&deck)[1..3], ["y", "waits"]);
    deck.apply(Action::new(Verb::Cancel, vec![RowId(3)]));
    assert_eq!(shown(&deck)[5..], ["y", "z", "x"]);
}

#[test]
fn a_row_moved_in_a_long_queue_leaves_all_others_alone() {
    const ROWS: usize = 20_000;
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add((0..ROWS).map(|_| timed("x", 0)).collect(), false);
    while deck.counts().all() < ROWS || deck.len() < ROWS {
        deck.tick(TICK_BUDGET);
    }
    let ranks = |deck: &Deck| {
        deck.rows
            .list()
            .iter()
            .map(|row| row.listed.rank.0)
            .collect::<Vec<_>>()
    };
    let middle = RowId(ROWS as u64 / 2);
    for (to, changed) in [
        (MoveTo::Up, 2),
        (MoveTo::Down, 2),
        (MoveTo::Top, 1),
        (MoveTo::Bottom, 1),
        (MoveTo::Top, 1),
    ] {
        let before = ranks(&deck);
        assert_eq!(
            deck.apply(Action::new(Verb::Move(to), vec![middle])).rows,
            1
        );
        let after = ranks(&deck);
        let differ = before
            .iter()
            .zip(&after)
            .filter(|(one, other)| one != other);
        assert_eq!(differ.count(), changed, "{to:?}");
    }
    assert_eq!(deck.position(middle), Some(1));
}

#[test]
fn when_no_rank_is_left_before_the_first_all_get_new_ones() {
    let mut deck = five_waiting();
    for _ in 0..70_000 / 5 {
        let all = (2..7).map(RowId).collect();
        deck.apply(Action::new(Verb::Move(MoveTo::Top), all));
    }
    assert_eq!(shown(&deck), ["runs", "a", "b", "c", "d", "e"]);
    deck.apply(Action::new(
        Verb::Move(MoveTo::Top),
        vec![RowId(6), RowId(4)],
    ));
    assert_eq!(shown(&deck), ["runs", "c", "e", "a", "b", "d"]);
}

#[test]
fn with_a_search_a_row_moves_past_the_next_one_that_is_shown() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    let names = ["runs", "x1", "y", "x2", "z", "x3"];
    deck.add(names.map(|name| timed(name, 0)).to_vec(), false);
    pass(&mut deck, Duration::ZERO);
    let show = |deck: &mut Deck, search: &str| {
        deck.set_filter(Filter {
            chip: None,
            search: search.to_owned(),
        });
        shown(deck)
    };
    let [x1, x3] = [2, 6].map(RowId);
    show(&mut deck, "x");
    deck.apply(Action::new(Verb::Move(MoveTo::Up), vec![x3]));
    assert_eq!(shown(&deck), ["x1", "x3", "x2"]);
    assert_eq!(show(&mut deck, ""), ["runs", "x1", "y", "x3", "x2", "z"]);
    show(&mut deck, "x");
    deck.apply(Action::new(Verb::Move(MoveTo::Down), vec![x1]));
    assert_eq!(show(&mut deck, ""), ["runs", "y", "x3", "x1", "x2", "z"]);
    show(&mut deck, "x");
    // Nothing that is shown stands before it.
    deck.apply(Action::new(Verb::Move(MoveTo::Up), vec![x3]));
    assert_eq!(show(&mut deck, ""), ["runs", "y", "x3", "x1", "x2", "z"]);
}

#[test]
fn what_is_added_and_removed_does_not_end_a_hold() {
    let (mut deck, ids) = added(4);
    deck.limit(|limits| limits.jobs_at_once = 2);
    deck.hold_order(true);
    deck.apply(Action::new(Verb::Cancel, vec![ids[0]]));
    deck.add(specs(1), false);
    deck.apply(Action::new(Verb::Remove, vec![ids[1]]));
    deck.tick(TICK_BUDGET);
    let shown: Vec<_> = (0..deck.len()).filter_map(|at| deck.id(at)).collect();
    assert_eq!(shown, [ids[0], ids[2], ids[3], RowId(5)]);
    assert!(deck.order_waits());
    deck.hold_order(false);
    deck.tick(TICK_BUDGET);
    assert_eq!(deck.id(3), Some(ids[0]));
    assert!(!deck.order_waits());
}
