//! What is removed or cancelled can be taken back for a while.

use super::*;
use crate::deck::limits::{ACTIVITY_KEPT, UNDO_FOR, UNDO_STEPS};
use crate::settings::UNDO_AFTER_HOLD;

#[test]
fn rows_that_were_removed_come_back_as_they_were() {
    let (mut deck, ids) = added(4);
    pass(&mut deck, SECOND / 2);
    deck.apply(Action::Pause(vec![ids[3]]));
    let before: Vec<_> = ids.iter().map(|id| deck.view(*id)).collect();
    assert_eq!(deck.apply(Action::Remove(ids.clone())), 4);
    assert_eq!((deck.len(), deck.counts().all()), (0, 0));
    check_sums(&deck);
    // Nothing of them goes on meanwhile.
    pass(&mut deck, SECOND * 5);
    assert_eq!(deck.totals().running, 0);
    assert_eq!(deck.apply(Action::Undo), 4);
    pass(&mut deck, Duration::ZERO);
    check_sums(&deck);
    let after: Vec<_> = ids.iter().map(|id| deck.view(*id)).collect();
    assert_eq!(before, after);
    pass(&mut deck, SECOND);
    pass(&mut deck, SECOND * 2);
    assert_eq!(word(&deck, ids[0]), "Done");
    assert_eq!(word(&deck, ids[3]), "Paused");
    assert_eq!(deck.apply(Action::Undo), 0, "there is nothing more");
}

#[test]
fn what_was_not_taken_back_in_time_is_cancelled() {
    let (mut deck, ids) = added(2);
    let job = deck.job(ids[0]).cloned().expect("it runs");
    deck.apply(Action::Remove(vec![ids[0]]));
    assert!(job.is_paused() && !job.is_finished());
    assert_eq!(deck.undoable().map(|undoable| undoable.rows), Some(1));
    pass(&mut deck, UNDO_FOR);
    assert!(job.is_finished());
    assert_eq!(deck.undoable(), None);
    assert_eq!(deck.apply(Action::Undo), 0);
    assert_eq!(deck.ids().collect::<Vec<_>>(), [ids[1]]);
}

/// A download from a server that never answers.
fn stuck(server: &std::net::TcpListener) -> Spec {
    fetch(&format!("http://{}/file", server.local_addr().unwrap()), 0)
}

fn fetch(url: &str, retries: u32) -> Spec {
    let options = crate::options::Settings {
        count_only: true,
        retries,
        ..Default::default()
    };
    let request = Request::get(url).unwrap();
    Spec::Fetch(crate::jobs::FetchSpec::of_request(
        request,
        &options,
        None,
        &mut options.random(),
    ))
}

#[test]
fn what_is_removed_while_its_thread_lets_go_holds_no_slot() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = ParkHost::new();
    let mut deck = Deck::new(Runtime::new(host.clone()));
    deck.apply(Action::Add {
        specs: vec![stuck(&server)],
        paused: false,
    });
    let ids: Vec<_> = deck.ids().collect();
    // Until then it has no thread that could hold on.
    while deck.runtime().busy_workers() == 0 {
        deck.tick(TICK_BUDGET);
    }
    deck.apply(Action::Cancel(ids.clone()));
    assert_eq!(word(&deck, ids[0]), "Cancelling");
    deck.apply(Action::Remove(ids.clone()));
    assert_eq!((deck.totals().running, deck.totals().is_alive), (0, false));
    check_sums(&deck);
    deck.apply(Action::Undo);
    check_sums(&deck);
    deck.apply(Action::Remove(ids));
    while deck.runtime().busy_workers() > 0 {
        deck.tick(TICK_BUDGET);
        host.park(Some(Duration::from_millis(5)));
    }
    assert_eq!(deck.totals().running, 0);
    deck.apply(Action::Undo);
    assert_eq!(words(&deck), ["Cancelled"]);
    check_sums(&deck);
}

#[test]
fn what_paused_by_itself_is_still_paused_when_it_comes_back() {
    let (mut deck, ids) = added(2);
    let job = deck.job(ids[0]).cloned().expect("it runs");
    job.pause_by(crate::runtime::PausedBy::DiskFull);
    pass(&mut deck, Duration::ZERO);
    let entry = deck.activity().get(0).cloned().expect("it is told");
    assert_eq!((entry.what, entry.row), (Happened::Paused, Some(ids[0])));
    let detail = |deck: &Deck| {
        let view = deck.view(ids[0]).expect("a row");
        view.status.detail().map(|detail| detail.into_owned())
    };
    let before = detail(&deck);
    assert!(
        before
            .as_deref()
            .is_some_and(|text| text.contains("disk full"))
    );
    deck.apply(Action::Remove(ids.clone()));
    deck.apply(Action::Undo);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(words(&deck), ["Paused", "Working"]);
    assert_eq!(detail(&deck), before);
}

#[test]
fn a_list_that_is_given_up_cancels_what_was_removed() {
    let (mut deck, ids) = added(1);
    let job = deck.job(ids[0]).cloned().expect("it runs");
    let runtime = deck.runtime().clone();
    deck.apply(Action::Remove(ids));
    drop(deck);
    runtime.tick(TICK_BUDGET);
    assert!(job.is_finished());
}

#[test]
fn what_is_aimed_at_stays_for_as_long_as_it_is() {
    let (mut deck, ids) = added(2);
    deck.apply(Action::Remove(vec![ids[0]]));
    deck.hold_undo(true);
    pass(&mut deck, UNDO_FOR * 3);
    assert!(deck.undoable().is_some());
    deck.hold_undo(false);
    pass(&mut deck, UNDO_AFTER_HOLD / 2);
    assert_eq!(deck.apply(Action::Undo), 1);
    deck.apply(Action::Remove(vec![ids[0]]));
    deck.hold_undo(true);
    deck.hold_undo(false);
    pass(&mut deck, UNDO_FOR);
    assert_eq!(deck.undoable(), None);
}

#[test]
fn a_cancel_says_of_how_many_it_was_wanted() {
    let (mut deck, ids) = added(3);
    deck.apply(Action::Cancel(vec![ids[0]]));
    deck.apply(Action::Cancel(ids.clone()));
    let undoable = deck.undoable().expect("two can be taken back");
    assert_eq!((undoable.rows, undoable.of), (2, 3));
    assert_eq!(deck.undoable_rows(), ids[1..]);
}

#[test]
fn the_end_of_the_program_does_not_wait_for_an_undo() {
    let (mut deck, ids) = added(1);
    let job = deck.job(ids[0]).cloned().expect("it runs");
    deck.apply(Action::Remove(ids));
    deck.apply(Action::Interrupt);
    pass(&mut deck, Duration::ZERO);
    assert!(job.is_finished());
}

#[test]
fn a_cancel_that_is_taken_back_begins_exactly_those_rows_again() {
    let mut deck = deck();
    deck.set_jobs_at_once(2);
    deck.apply(Action::Add {
        specs: specs(5),
        paused: false,
    });
    pass(&mut deck, Duration::ZERO);
    let ids: Vec<_> = deck.ids().collect();
    deck.apply(Action::Pause(vec![ids[1]]));
    deck.apply(Action::Cancel(vec![ids[4]]));
    assert_eq!(
        deck.apply(Action::Cancel(ids.clone())),
        4,
        "one was cancelled before"
    );
    pass(&mut deck, Duration::ZERO);
    assert!(words(&deck).iter().all(|word| word == "Cancelled"));
    assert_eq!(deck.apply(Action::Undo), 4);
    pass(&mut deck, Duration::ZERO);
    check_sums(&deck);
    assert_eq!(
        words(&deck),
        ["Working", "Paused", "Working", "Queued", "Cancelled"]
    );
    // And then the one before.
    assert_eq!(deck.apply(Action::Undo), 1);
    assert_eq!(word(&deck, ids[4]), "Queued");
}

#[test]
fn only_so_many_steps_are_kept() {
    let (mut deck, ids) = added(UNDO_STEPS + 3);
    for id in &ids {
        deck.apply(Action::Remove(vec![*id]));
    }
    let mut back = 0;
    while deck.apply(Action::Undo) > 0 {
        back += 1;
    }
    assert_eq!(back, UNDO_STEPS);
    assert_eq!(deck.ids().collect::<Vec<_>>(), ids[3..]);
    check_sums(&deck);
}

#[test]
fn whatever_is_removed_and_taken_back_the_sums_are_those_of_the_rows() {
    for seed in 0..20 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut deck, _) = added(30);
        deck.set_jobs_at_once(5);
        for _ in 0..300 {
            let ids: Vec<_> = deck.ids().collect();
            let some: Vec<_> = ids.into_iter().filter(|_| random.u8(0..10) == 0).collect();
            match random.u8(0..7) {
                0 => deck.apply(Action::Pause(some)),
                1 => deck.apply(Action::Resume(some)),
                2 => deck.apply(Action::Cancel(some)),
                3 => deck.apply(Action::Retry(some)),
                4 => deck.apply(Action::Remove(some)),
                5 => deck.apply(Action::Undo),
                _ => deck.apply(Action::Add {
                    specs: specs(1),
                    paused: random.bool(),
                }),
            };
            check_sums(&deck);
            pass(&mut deck, Duration::from_millis(random.u64(0..900)));
            check_sums(&deck);
            assert!(deck.totals().running <= 30 + 300);
        }
        deck.apply(Action::Resume(deck.ids().collect()));
        for _ in 0..200 {
            pass(&mut deck, SECOND);
        }
        assert!(deck.all_ended(), "{seed}: {:?}", deck.counts());
    }
}

/// A server that takes each connection and closes it without an answer.
fn closing_server() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("http://{}/file", listener.local_addr().expect("a port"));
    std::thread::spawn(move || listener.incoming().flatten().for_each(drop));
    url
}

#[test]
fn what_goes_wrong_is_told_with_its_cause_and_each_time_once() {
    let host = ParkHost::new();
    let clock = Clock::virtual_time();
    let mut deck = Deck::new(Runtime::with_clock(host.clone(), clock.clone()));
    deck.apply(Action::Add {
        specs: vec![fetch(&closing_server(), 1)],
        paused: false,
    });
    let until = |deck: &mut Deck, chip: Chip, word: &str| {
        let id = deck.ids().next().unwrap();
        while deck.counts().of(chip) == 0 || !self::word(deck, id).starts_with(word) {
            deck.tick(TICK_BUDGET);
            host.park(Some(Duration::from_millis(5)));
        }
    };
    until(&mut deck, Chip::Waiting, "Retry");
    for _ in 0..3 {
        pass(&mut deck, Duration::from_millis(10));
    }
    clock.advance(SECOND * 60);
    until(&mut deck, Chip::Failed, "Failed");
    let told: Vec<_> = (0..deck.activity().len())
        .filter_map(|index| deck.activity().get(index).cloned())
        .collect();
    let whats: Vec<_> = told.iter().map(|entry| entry.what).collect();
    assert_eq!(
        whats,
        [
            Happened::Failed,
            Happened::Retrying,
            Happened::Began,
            Happened::Added
        ]
    );
    let cause = deck.last_error(told[0].row.unwrap()).unwrap().message;
    for entry in &told[..2] {
        assert!(entry.detail.contains(&cause), "{entry:?}");
    }
    assert!(told[1].detail.starts_with("Retry "));
    deck.tell_problem("The file could not be deleted");
    let problem = deck.activity().get(0).unwrap();
    assert_eq!(&*problem.subject, "The file could not be deleted");
}

#[test]
fn what_happened_is_told_in_words_and_forgotten_in_the_end() {
    let (mut deck, ids) = added(2);
    deck.apply(Action::Cancel(ids.clone()));
    deck.apply(Action::Undo);
    pass(&mut deck, SECOND);
    pass(&mut deck, SECOND);
    pass(&mut deck, SECOND);
    let told: Vec<_> = (0..deck.activity().len())
        .filter_map(|index| deck.activity().get(index))
        .map(|entry| (entry.what, entry.subject.to_string()))
        .collect();
    let two = "2 jobs".to_owned();
    assert_eq!(
        told[2..],
        [
            (Happened::Began, two.clone()),
            (Happened::Undone, two.clone()),
            (Happened::Cancelled, two.clone()),
            (Happened::Began, two.clone()),
            (Happened::Added, two)
        ]
    );
    assert!(told[..2].iter().all(|(what, _)| *what == Happened::Done));
    for _ in 0..ACTIVITY_KEPT + 5 {
        deck.apply(Action::Add {
            specs: specs(1),
            paused: true,
        });
    }
    assert_eq!(deck.activity().len(), ACTIVITY_KEPT);
    assert_eq!(
        deck.activity()
            .since(deck.activity().last_number() - 3)
            .count(),
        3
    );
}
