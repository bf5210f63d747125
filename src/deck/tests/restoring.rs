//! Rows that outlive their process: what is handed over, and what comes back of it.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::deck::journal::Change;
use crate::deck::limits::UNDO_FOR;
use crate::deck::recorded_row::RecordedRow;
use crate::deck::restore::{self, GoingOn, StoredRows};
use crate::deck::row_record::{HostKind, RowRecord, StoredState};
use crate::deck::rows::left_part::LeftPart;
use crate::fetch::{Fetched, Request};
use crate::format::LocalTime;
use crate::jobs::{Destination, FetchSpec};
use crate::status::MoveTo;

const HOUR: Duration = Duration::from_secs(3600);

/// A store in memory: the JSON of every row, and which are off the list.
#[derive(Default)]
struct Memory {
    rows: std::collections::BTreeMap<RowId, String>,
    hidden: std::collections::BTreeSet<RowId>,
    written: usize,
}

impl Memory {
    fn follow(&mut self, deck: &mut Deck) {
        let changes = deck.take_journal();
        let stored = deck.journal.take_unlisted();
        restore::list(deck, &stored);
        for change in changes {
            match change {
                Change::Row(record) => {
                    self.written += 1;
                    let json = serde_json::to_string(&record).unwrap();
                    self.rows.insert(record.id, json);
                }
                Change::Hidden(id) => assert!(self.hidden.insert(id)),
                Change::Shown(id) => assert!(self.hidden.remove(&id)),
                Change::Removed(id) | Change::Retired(id) | Change::Dismissed(id) => {
                    self.hidden.remove(&id);
                    self.rows.remove(&id).expect("it was stored before");
                }
                Change::Activity(_) | Change::ActivityCleared => {}
            }
        }
    }

    fn records(&self) -> Vec<RowRecord> {
        let shown = self.rows.iter().filter(|(id, _)| !self.hidden.contains(id));
        shown
            .map(|(_, json)| serde_json::from_str(json).unwrap())
            .collect()
    }

    fn state(&self, id: RowId) -> StoredState {
        serde_json::from_str::<RowRecord>(&self.rows[&id])
            .unwrap()
            .state
    }

    /// A deck of the next process, in which the rows were restored in this order.
    fn restored(&self, how: GoingOn, order: impl FnOnce(&mut Vec<RowRecord>)) -> Deck {
        let mut deck = open_deck();
        let mut records = self.records();
        let stored = StoredRows {
            last_id: records.iter().map(|record| record.id.0).max().unwrap_or(0),
            last_end: records
                .iter()
                .map(|record| record.end_number)
                .max()
                .unwrap_or(0),
            ids: records.iter().map(|record| record.id).collect(),
        };
        deck.limit(|limits| limits.jobs_at_once = 2);
        restore::expect(&mut deck, &stored);
        order(&mut records);
        restore::restore(&mut deck, records, |_| how);
        restore::finish(&mut deck);
        deck
    }
}

fn open_deck() -> Deck {
    let mut deck = deck();
    deck.journal.begin(HostKind::Window);
    deck
}

fn fetch_spec() -> FetchSpec {
    let request = Request::get("http://h.example/file").unwrap();
    FetchSpec::new(request, Destination::Count)
}

fn names(deck: &Deck) -> Vec<String> {
    (0..deck.len())
        .filter_map(|index| deck.row(index))
        .map(|row| row.name.to_string())
        .collect()
}

#[test]
fn rows_come_back_in_their_order_and_those_that_ran_go_on() {
    let mut deck = open_deck();
    let mut memory = Memory::default();
    deck.limit(|limits| limits.jobs_at_once = 2);
    deck.add(specs(6), false);
    let ids: Vec<RowId> = deck.rows.ids().collect();
    deck.apply(Action::new(Verb::Move(MoveTo::Top), vec![ids[5]]));
    deck.apply(Action::new(Verb::Pause, vec![ids[3]]));
    deck.tick(TICK_BUDGET);
    for _ in 0..3 {
        pass(&mut deck, SECOND);
    }
    memory.follow(&mut deck);
    let order = names(&deck);
    let states = words(&deck);
    assert_eq!(states.iter().filter(|state| *state == "Done").count(), 2);
    let numbers: Vec<_> = ids
        .iter()
        .map(|id| deck.rows.get(*id).unwrap().listed.end_number)
        .collect();
    drop(deck);

    for turned in [false, true] {
        let mut next = memory.restored(GoingOn::Resume, |records| {
            if turned {
                records.reverse();
            }
        });
        next.tick(TICK_BUDGET);
        check_sums(&next);
        assert_eq!(names(&next), order);
        assert_eq!(words(&next), states);
        let restored: Vec<_> = ids
            .iter()
            .map(|id| next.rows.get(*id).unwrap().listed.end_number)
            .collect();
        assert_eq!(restored, numbers);
        next.add(specs(1), false);
        assert_eq!(
            next.rows.ids().last(),
            Some(RowId(7)),
            "ids are never used again"
        );
        for _ in 0..10 {
            pass(&mut next, SECOND);
        }
        let left = words(&next).iter().filter(|word| *word != "Done").count();
        assert_eq!(left, 1, "the paused one stays paused");
    }
    let kept = memory.restored(GoingOn::KeepPaused, |_| {});
    assert_eq!(kept.counts().of(Chip::Paused), 4);
    let interrupted = memory.restored(GoingOn::Interrupted, |_| {});
    assert_eq!(interrupted.counts().of(Chip::Cancelled), 4);
    assert!(words(&interrupted).contains(&"Interrupted".to_owned()));
}

#[test]
fn a_sleep_goes_on_from_its_deadline_whatever_the_users_clock_did() {
    let sleeping = |deck: &Deck| match deck.view(RowId(1)).unwrap().status {
        Status::Sleeping { left, .. } => left.as_secs(),
        status => panic!("{status:?}"),
    };
    for (jump_secs, expected) in [(0, 3000), (1000, 2000), (-86_400, 3000)] {
        let mut deck = open_deck();
        let mut memory = Memory::default();
        deck.add(timed(1, HOUR, SECOND), false);
        deck.tick(TICK_BUDGET);
        pass(&mut deck, Duration::from_secs(600));
        deck.tick(TICK_BUDGET);
        memory.follow(&mut deck);
        let mut next = open_deck();
        next.runtime.clock().move_system_time(jump_secs);
        let records = memory.records();
        assert!(records[0].job.is_some());
        restore::restore(&mut next, records, |_| GoingOn::Resume);
        next.tick(TICK_BUDGET);
        let left = sleeping(&next);
        assert!(left.abs_diff(expected) <= 5, "{left} after {jump_secs}");
    }
    // A day later it is over, and is not slept again.
    let mut deck = open_deck();
    let mut memory = Memory::default();
    deck.add(timed(1, HOUR, SECOND), false);
    deck.tick(TICK_BUDGET);
    pass(&mut deck, Duration::from_secs(600));
    memory.follow(&mut deck);
    let mut next = open_deck();
    next.runtime.clock().move_system_time(86_400);
    restore::restore(&mut next, memory.records(), |_| GoingOn::Resume);
    pass(&mut next, Duration::ZERO);
    assert_eq!(word(&next, RowId(1)), "Working");
}

#[test]
fn a_paused_sleep_stands_still_also_while_the_program_is_closed() {
    let mut deck = open_deck();
    let mut memory = Memory::default();
    deck.add(timed(1, HOUR, SECOND), false);
    deck.tick(TICK_BUDGET);
    pass(&mut deck, Duration::from_secs(600));
    deck.apply(Action::new(Verb::Pause, vec![RowId(1)]));
    pass(&mut deck, Duration::from_secs(600));
    memory.follow(&mut deck);
    assert_eq!(memory.state(RowId(1)), StoredState::Paused);
    let mut next = open_deck();
    next.runtime.clock().move_system_time(86_400);
    restore::restore(&mut next, memory.records(), |_| GoingOn::Resume);
    next.tick(TICK_BUDGET);
    assert_eq!(word(&next, RowId(1)), "Paused");
    next.apply(Action::new(Verb::Resume, vec![RowId(1)]));
    next.tick(TICK_BUDGET);
    pass(&mut next, Duration::from_secs(2990));
    assert_eq!(word(&next, RowId(1)), "Sleeping");
    pass(&mut next, Duration::from_secs(20));
    assert_eq!(word(&next, RowId(1)), "Working");
}

#[test]
fn what_was_removed_is_off_the_list_and_may_come_back() {
    let mut deck = open_deck();
    let mut memory = Memory::default();
    deck.add(specs(3), true);
    let ids: Vec<RowId> = deck.rows.ids().collect();
    // Also before it was ever stored.
    deck.apply(Action::new(Verb::Remove, vec![ids[0]]));
    memory.follow(&mut deck);
    assert_eq!(memory.records().len(), 2);
    deck.undo();
    memory.follow(&mut deck);
    assert_eq!(memory.records().len(), 3);
    deck.apply(Action::new(Verb::Remove, vec![ids[1]]));
    pass(&mut deck, UNDO_FOR);
    memory.follow(&mut deck);
    assert_eq!(memory.rows.len(), 2, "it does not come back");
    // The end of the process forgets nothing that can still be taken back.
    deck.apply(Action::new(Verb::Remove, vec![ids[2]]));
    memory.follow(&mut deck);
    deck.interrupt();
    memory.follow(&mut deck);
}

#[test]
fn what_had_ended_is_in_the_history_once_it_cannot_be_taken_back() {
    let mut deck = open_deck();
    deck.add(specs(2), true);
    let ids: Vec<RowId> = deck.rows.ids().collect();
    deck.apply(Action::new(Verb::Cancel, vec![ids[0]]));
    deck.tick(TICK_BUDGET);
    deck.apply(Action::new(Verb::Remove, ids.clone()));
    let _before = deck.take_journal();
    pass(&mut deck, UNDO_FOR);
    let last: Vec<_> = deck
        .take_journal()
        .into_iter()
        .filter_map(|change| match change {
            Change::Dismissed(id) => Some((id, "history")),
            Change::Removed(id) => Some((id, "gone")),
            _ => None,
        })
        .collect();
    assert_eq!(last, [(ids[0], "history"), (ids[1], "gone")]);
}

#[test]
fn the_file_of_a_row_that_is_not_stored_waits_for_none() {
    let mut deck = open_deck();
    let asked = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let seen = asked.clone();
    deck.schedule.set_rename_notices(move |row| {
        seen.borrow_mut().push(row);
        crate::fetch::RenameNotice::new(|_| {})
    });
    let of_process = FetchSpec {
        is_of_process: true,
        ..fetch_spec()
    };
    let specs = [of_process, fetch_spec()].map(Spec::Fetch);
    deck.add(specs.to_vec(), false);
    deck.tick(TICK_BUDGET);
    assert_eq!(*asked.borrow(), [RowId(2)]);
}

#[test]
fn a_part_belongs_to_its_row_before_that_has_opened_it_again() {
    let mut deck = open_deck();
    let request = Request::get("http://127.0.0.1:1/f").unwrap();
    let save = Destination::Save(crate::fetch::Save::in_folder("/downloads"));
    let spec = Spec::Fetch(FetchSpec::new(request, save));
    deck.add(vec![spec], true);
    let mut memory = Memory::default();
    memory.follow(&mut deck);
    let part = std::path::PathBuf::from("/downloads/f.part");
    let mut records = memory.records();
    records[0].earlier_files.part = Some(Box::new(LeftPart {
        path: part.clone(),
        received: 1,
        total: None,
        has_ended: false,
    }));
    records[0].state = StoredState::Running;
    let mut next = open_deck();
    restore::restore(&mut next, records, |_| GoingOn::Resume);
    let paths = |deck: &Deck| {
        deck.rows
            .paths_of_others(&std::collections::BTreeSet::new())
    };
    assert!(paths(&next).contains(&part));
    next.tick(TICK_BUDGET);
    assert_eq!(next.counts().of(Chip::Active), 1);
    assert!(paths(&next).contains(&part));
}

#[test]
fn a_row_is_stored_when_it_is_added_and_when_it_ends_and_every_second_between() {
    let mut deck = open_deck();
    let mut memory = Memory::default();
    deck.add(specs(1), false);
    deck.tick(TICK_BUDGET);
    memory.follow(&mut deck);
    memory.follow(&mut deck);
    assert_eq!(memory.written, 1);
    pass(&mut deck, SECOND + SECOND / 2);
    memory.follow(&mut deck);
    assert_eq!(
        (memory.written, memory.state(RowId(1))),
        (2, StoredState::Running)
    );
    pass(&mut deck, SECOND / 2);
    memory.follow(&mut deck);
    assert_eq!(
        (memory.written, memory.state(RowId(1))),
        (3, StoredState::Done)
    );
    memory.follow(&mut deck);
    assert_eq!(memory.written, 3, "nothing changes any more");
}

#[test]
fn a_cancel_that_was_asked_for_is_one_after_a_crash() {
    let mut deck = open_deck();
    let mut memory = Memory::default();
    deck.add(specs(2), false);
    deck.tick(TICK_BUDGET);
    deck.apply(Action::new(Verb::Cancel, vec![RowId(1)]));
    memory.follow(&mut deck);
    let next = memory.restored(GoingOn::Resume, |_| {});
    assert_eq!(word(&next, RowId(1)), "Cancelled");
}

#[test]
fn rows_that_stand_still_are_not_stored_again_at_every_start() {
    let mut deck = open_deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add((0..30).map(|_| Spec::Fetch(fetch_spec())).collect(), true);
    deck.tick(TICK_BUDGET);
    let mut memory = Memory::default();
    memory.follow(&mut deck);
    assert_eq!(memory.written, 30);
    let mut deck = memory.restored(GoingOn::Resume, |_| ());
    memory.follow(&mut deck);
    assert_eq!(memory.written, 30, "they are as they were");
    deck.apply(Action::new(Verb::Resume, vec![RowId(7)]));
    deck.tick(TICK_BUDGET);
    memory.follow(&mut deck);
    assert_eq!(memory.written, 31);
    // Of those that go on, the one that has begun is another.
    assert_eq!(memory.state(RowId(7)), StoredState::Running);
    let mut deck = memory.restored(GoingOn::KeepPaused, |_| ());
    memory.follow(&mut deck);
    assert_eq!(memory.written, 32);
    assert_eq!(memory.state(RowId(7)), StoredState::Paused);
}

#[test]
fn a_cleared_activity_is_told_whatever_happened_before_and_after() {
    let cleared = |changes: &[Change]| {
        let is_it = |change: &Change| matches!(change, Change::ActivityCleared);
        changes.iter().position(is_it)
    };
    let mut deck = open_deck();
    assert_eq!(cleared(&deck.take_journal()), None);
    // Entries of an earlier process only.
    deck.activity.clear();
    assert_eq!(cleared(&deck.take_journal()), Some(0));
    assert_eq!(cleared(&deck.take_journal()), None);
    deck.activity.add_problem("before");
    deck.activity.clear();
    deck.activity.add_problem("after");
    let changes = deck.take_journal();
    assert_eq!(cleared(&changes), Some(0));
    assert!(matches!(&changes[1..], [Change::Activity(entry)] if &*entry.subject == "after"));
}

#[test]
fn a_row_whose_file_was_found_complete_is_stored_as_done() {
    for state in [
        StoredState::Waiting,
        StoredState::Running,
        StoredState::Paused,
    ] {
        let mut deck = open_deck();
        deck.add(vec![Spec::Fetch(fetch_spec())], true);
        let mut memory = Memory::default();
        memory.follow(&mut deck);
        let mut records = memory.records();
        records[0].state = state;
        records[0].complete(Fetched {
            received: 5,
            path: Some("/downloads/file".into()),
            ..Fetched::default()
        });
        let mut next = open_deck();
        restore::restore(&mut next, records, |_| GoingOn::Resume);
        memory.follow(&mut next);
        assert_eq!(memory.state(RowId(1)), StoredState::Done, "{state:?}");
    }
}

/// The line of a row's state.
fn line(deck: &Deck, id: u64) -> String {
    let view = deck.view(RowId(id)).unwrap();
    view.status.line().into_owned()
}

const DAY_SECS: i64 = 86_400;

#[test]
fn a_pause_of_an_earlier_day_goes_on_over_every_restart() {
    let mut deck = open_deck();
    let mut memory = Memory::default();
    deck.runtime.clock().move_system_time(-10 * DAY_SECS);
    // One has not begun, one has, and one goes on each time.
    deck.add(timed(1, HOUR, SECOND), true);
    deck.add(timed(2, HOUR, SECOND), false);
    deck.tick(TICK_BUDGET);
    pass(&mut deck, SECOND);
    deck.apply(Action::new(Verb::Pause, vec![RowId(2)]));
    deck.tick(TICK_BUDGET);
    memory.follow(&mut deck);
    let day = LocalTime::of(deck.runtime.clock().system_time()).unwrap();
    let mut days = -10;
    // What was imported is paused since then.
    let imported = RowRecord::paused(Spec::Fetch(fetch_spec()), memory.records()[0].added());
    let imported = RowRecord {
        id: RowId(4),
        ..imported
    };
    memory
        .rows
        .insert(RowId(4), serde_json::to_string(&imported).unwrap());
    for _ in 0..2 {
        days += 3;
        let mut next = open_deck();
        next.runtime.clock().move_system_time(days * DAY_SECS);
        restore::restore(&mut next, memory.records(), |_| GoingOn::Resume);
        pass(&mut next, SECOND);
        for (id, more) in [(1, "; not begun"), (2, ""), (4, "; not begun")] {
            let date = day.date.unwrap();
            assert_eq!(
                line(&next, id),
                format!("Paused since {date}{more}"),
                "{id}"
            );
            let timeline = next.detail(RowId(id)).unwrap().timeline(next.runtime.now());
            let secs = ((days + 10) * DAY_SECS) as f64;
            let length = timeline.length.as_secs_f64();
            assert!((secs..secs + 60.0).contains(&length), "{id}: {length}");
        }
        assert!(!line(&next, 3).contains("Paused"));
        memory.follow(&mut next);
    }
    let stored = RecordedRow::of(memory.records().remove(0));
    assert_eq!(
        stored.status().line(),
        format!("Paused since {}; not begun", day.date.unwrap())
    );
}

#[test]
fn what_never_began_ends_when_it_does() {
    let mut deck = open_deck();
    let mut memory = Memory::default();
    deck.add(timed(1, HOUR, SECOND), true);
    deck.tick(TICK_BUDGET);
    deck.runtime.clock().move_system_time(3_600);
    pass(&mut deck, HOUR);
    deck.apply(Action::new(Verb::Cancel, vec![RowId(1)]));
    deck.tick(TICK_BUDGET);
    memory.follow(&mut deck);
    let record = memory.records().remove(0);
    let after = record.ended_at().unwrap().saturating_sub(record.added());
    assert!(after >= HOUR, "{after:?}");
    // And so it did in every later process.
    let mut next = open_deck();
    next.runtime.clock().move_system_time(DAY_SECS);
    restore::restore(&mut next, memory.records(), |_| GoingOn::Resume);
    next.apply(Action::new(Verb::Keep, vec![RowId(1)]));
    memory.follow(&mut next);
    assert_eq!(memory.records()[0].ended_at(), record.ended_at());
}

#[test]
fn the_part_of_a_row_is_known_whatever_is_done_with_the_row() {
    let mut deck = open_deck();
    let mut memory = Memory::default();
    // One works all the time, in the only slot.
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add(timed(1, Duration::ZERO, HOUR), false);
    deck.add(vec![Spec::Fetch(fetch_spec())], true);
    deck.tick(TICK_BUDGET);
    memory.follow(&mut deck);
    let part: PathBuf = "/downloads/file.part".into();
    let mut records = memory.records();
    records[1].earlier_files.part = Some(Box::new(LeftPart {
        path: part.clone(),
        received: 25,
        total: Some(100),
        has_ended: false,
    }));
    let mut next = open_deck();
    next.limit(|limits| limits.jobs_at_once = 1);
    restore::restore(&mut next, records, |_| GoingOn::Resume);
    next.tick(TICK_BUDGET);
    let id = RowId(2);
    let check = |deck: &Deck, when: &str| {
        let row = deck.view(id).unwrap();
        assert_eq!(
            (row.amount.done, row.amount.total),
            (Some(25), Some(100)),
            "{when}"
        );
        let files = deck.detail(id).unwrap().files();
        assert_eq!(files, [RowFile::Part(part.clone())], "{when}");
        assert!(!row.status.line().contains("not begun"), "{when}");
    };
    check(&next, "paused");
    next.apply(Action::new(Verb::Cancel, vec![id]));
    next.tick(TICK_BUDGET);
    check(&next, "cancelled");
    assert_eq!(line(&next, 2), "Cancelled at 25 %");
    next.apply(Action::new(Verb::Retry, vec![id]));
    next.tick(TICK_BUDGET);
    check(&next, "queued again");
    next.apply(Action::new(Verb::Cancel, vec![id]));
    next.tick(TICK_BUDGET);
    next.undo();
    next.tick(TICK_BUDGET);
    check(&next, "taken back");
    memory.follow(&mut next);
    let third = memory.restored(GoingOn::KeepPaused, |_| {});
    check(&third, "in the next process");
}

#[test]
fn a_row_without_its_whole_link_begins_only_with_another_one() {
    let mut deck = open_deck();
    let spec = FetchSpec {
        needs_link: true,
        ..fetch_spec()
    };
    deck.add(vec![Spec::Fetch(spec)], false);
    let id = RowId(1);
    for verb in [Verb::Resume, Verb::Skip, Verb::Retry] {
        deck.apply(Action::new(verb, vec![id]));
        deck.tick(TICK_BUDGET);
        assert_eq!(word(&deck, id), "Paused", "{verb:?}");
    }
    deck.apply(Action::new(Verb::Cancel, vec![id]));
    pass(&mut deck, UNDO_FOR);
    deck.apply(Action::new(Verb::Retry, vec![id]));
    deck.tick(TICK_BUDGET);
    assert_eq!(word(&deck, id), "Paused", "also begun again");
    let whole = Request::get("http://h.example/whole").unwrap();
    assert!(deck.change_url(id, &whole));
    deck.tick(TICK_BUDGET);
    assert_ne!(word(&deck, id), "Paused");
    assert!(!deck.rows.spec(id).unwrap().needs_link());
}

#[test]
fn what_an_interrupted_run_left_goes_on_with_the_options_that_are_given_now() {
    let mut deck = open_deck();
    let mut memory = Memory::default();
    deck.add(vec![Spec::Fetch(fetch_spec())], true);
    memory.follow(&mut deck);
    deck.interrupt();
    memory.follow(&mut deck);
    assert_eq!(memory.state(RowId(1)), StoredState::Interrupted);
    let given = crate::options::Options {
        retries: Some(1),
        ..Default::default()
    };
    let mut records = memory.records();
    records[0].go_on(Some(&given));
    let mut next = open_deck();
    restore::restore(&mut next, records, |_| GoingOn::Resume);
    next.tick(TICK_BUDGET);
    assert_ne!(word(&next, RowId(1)), "Interrupted");
    match next.rows.spec(RowId(1)) {
        Some(Spec::Fetch(spec)) => assert_eq!(spec.retry.retries, 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_that_ends_and_leaves_a_full_list_at_once_is_stored_as_it_ended() {
    let mut deck = open_deck();
    deck.limit(|limits| limits.jobs_at_once = 20);
    deck.add(specs(12), false);
    let mut last = std::collections::BTreeMap::new();
    let mut retired = Vec::new();
    let mut follow = |deck: &mut Deck| {
        for change in deck.take_journal() {
            match change {
                Change::Row(record) => {
                    last.insert(record.id, record.state);
                }
                Change::Retired(id) => retired.push((id, last.get(&id).copied())),
                _ => {}
            }
        }
    };
    deck.tick(TICK_BUDGET);
    follow(&mut deck);
    pass(&mut deck, SECOND * 3);
    assert_eq!(deck.keep_history(10), 2);
    follow(&mut deck);
    assert_eq!(retired.len(), 2);
    let all_done = retired
        .iter()
        .all(|(_, state)| *state == Some(StoredState::Done));
    assert!(all_done, "{retired:?}");
}
