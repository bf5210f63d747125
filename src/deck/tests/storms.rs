//! The list that follows every change is the one that is made anew, whatever is done.

use super::*;
use crate::status::{Column, Direction, MoveTo, Sorting, Verb};

const KEYS: [Column; 18] = [
    Column::Job,
    Column::State,
    Column::Progress,
    Column::Received,
    Column::Rate,
    Column::Eta,
    Column::Slept,
    Column::Elapsed,
    Column::Attempts,
    Column::Added,
    Column::Host,
    Column::HttpStatus,
    Column::Priority,
    Column::SavedTo,
    Column::Checksum,
    Column::Polls,
    Column::Busy,
    Column::LongestPoll,
];

fn listed(deck: &Deck) -> Vec<RowId> {
    for id in deck.rows.ids() {
        let status = deck.status(id).expect("a row");
        assert_eq!(deck.abilities(id), Abilities::of(&status));
    }
    let ids: Vec<_> = (0..deck.len()).filter_map(|place| deck.id(place)).collect();
    for (place, id) in ids.iter().enumerate() {
        assert_eq!(deck.position(*id), Some(place));
    }
    ids
}

fn some_key(random: &mut fastrand::Rng) -> (Column, Direction) {
    let direction = if random.bool() {
        Direction::Ascending
    } else {
        Direction::Descending
    };
    (KEYS[random.usize(..KEYS.len())], direction)
}

/// One thing that somebody may do.
fn do_something(deck: &mut Deck, random: &mut fastrand::Rng, largest: usize) {
    let all: Vec<_> = deck.rows.ids().collect();
    let count = random.usize(0..largest);
    let some: Vec<_> = (0..count)
        .filter_map(|_| random.choice(all.iter().copied()))
        .collect();
    match random.u8(0..16) {
        0..=2 => {
            let mut specs = specs(count);
            random.shuffle(&mut specs);
            let paused = random.u8(0..4) == 0;
            deck.add(specs, paused);
        }
        3 => drop(deck.apply(Action::new(Verb::Pause, some)).rows),
        4 => drop(deck.apply(Action::new(Verb::Resume, some)).rows),
        5 => drop(deck.apply(Action::new(Verb::Cancel, some)).rows),
        6 => drop(deck.apply(Action::new(Verb::Retry, some)).rows),
        7 => drop(deck.apply(Action::new(Verb::Remove, some)).rows),
        8 => drop(deck.undo()),
        9 => drop(deck.apply(Action::new(Verb::Skip, some)).rows),
        10 => {
            let chip = random.choice(Chip::ALL).filter(|_| random.bool());
            let searches = ["", "", "job 1", "state:sleep", "-state:done 2", "state:que"];
            let search = searches[random.usize(..searches.len())].to_owned();
            deck.set_filter(Filter { chip, search });
        }
        11 => {
            let first = Some(some_key(random)).filter(|_| random.u8(0..3) > 0);
            let second = Some(some_key(random)).filter(|_| first.is_some() && random.bool());
            deck.set_sorting(Sorting { first, second });
        }
        12 => deck.hold_order(random.bool()),
        13 => {
            let to = [MoveTo::Up, MoveTo::Down, MoveTo::Top, MoveTo::Bottom];
            deck.apply(Action::new(Verb::Move(to[random.usize(..4)]), some));
        }
        14 => {
            deck.tick(TICK_BUDGET);
        }
        _ => {
            deck.runtime().clock().advance(SECOND / 2);
            deck.tick(TICK_BUDGET);
        }
    }
}

/// Lets everything that is begun come to rest, without a job going on.
fn rest(deck: &mut Deck) {
    deck.hold_order(false);
    for _ in 0..400 {
        deck.tick(TICK_BUDGET);
    }
}

#[test]
fn the_list_is_what_sorting_gives_after_any_storm() {
    for seed in 0..24 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut deck = deck();
        deck.limit(|limits| limits.jobs_at_once = 4);
        for round in 0..250 {
            do_something(&mut deck, &mut random, 12);
            check_sums(&deck);
            if round % 25 == 24 {
                rest(&mut deck);
                // What moves is put in order once a second.
                deck.runtime().clock().advance(SECOND);
                deck.tick(TICK_BUDGET);
                rest(&mut deck);
                let running = deck.totals().running;
                let moves = deck.sorting().first.is_some();
                if moves && running > 0 {
                    deck.apply(Action::new(Verb::Pause, deck.rows.ids().collect()));
                    deck.set_sorting(Sorting::default());
                    rest(&mut deck);
                }
                assert_eq!(
                    listed(&deck),
                    deck.listing.made_anew(&deck.rows, deck.runtime().now()),
                    "seed {seed}, round {round}"
                );
            }
        }
    }
}

#[test]
fn a_storm_over_many_rows_loses_none() {
    for seed in 0..3 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut deck = deck();
        deck.limit(|limits| limits.jobs_at_once = 50);
        for _ in 0..60 {
            do_something(&mut deck, &mut random, 3_000);
        }
        check_sums(&deck);
        deck.set_sorting(Sorting::default());
        deck.set_filter(Filter::default());
        rest(&mut deck);
        check_sums(&deck);
        assert_eq!(
            listed(&deck),
            deck.listing.made_anew(&deck.rows, deck.runtime().now()),
            "seed {seed}"
        );
        assert_eq!(deck.len(), deck.counts().all());
        deck.interrupt();
        assert!(deck.all_ended());
    }
}

#[test]
fn what_was_shown_stays_until_the_new_list_is_complete() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add(specs(20_000), true);
    rest(&mut deck);
    assert_eq!(deck.len(), 20_000);
    let before = deck.listing.number();
    deck.set_filter(Filter {
        chip: None,
        search: "job 1999".to_owned(),
    });
    assert_eq!(deck.listing.filter().search, "job 1999");
    assert_eq!((deck.len(), deck.listing.number()), (20_000, before));
    let id = deck.id(0).expect("a row");
    // A row that goes meanwhile is in neither.
    let gone = deck.rows.ids().nth(1999).expect("a row");
    deck.apply(Action::new(Verb::Remove, vec![gone]));
    assert_eq!(deck.len(), 19_999);
    assert_eq!(deck.id(0), Some(id));
    rest(&mut deck);
    assert_eq!(deck.listing.number(), before + 1);
    assert_eq!(deck.len(), 11, "11999, and those from 19990 on");
    assert_eq!(deck.position(gone), None);
}
