//! The model on virtual time, with jobs that need no network.

mod bulk;
mod history;
mod links;
mod notes;
mod order;
mod outages;
mod rates;
mod reaching;
mod restoring;
mod settings;
mod slices;
mod slots;
mod storms;
mod ticks;
mod undo;
mod waits;

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::deck::rows::row::RowState;
use crate::deck::schedule::STARTS_PER_TICK;
use crate::fetch::{FetchError, RateLimit, Request};
use crate::jobs::{SlotState, TimedSpec};
use crate::runtime::{Clock, Moment, ParkHost, TICK_BUDGET};

const SECOND: Duration = Duration::from_secs(1);

trait Limited {
    /// Changes one limit.
    fn limit(&mut self, change: impl FnOnce(&mut Limits));
}

impl Limited for Deck {
    fn limit(&mut self, change: impl FnOnce(&mut Limits)) {
        let mut limits = self.schedule.limits();
        change(&mut limits);
        self.set_limits(limits);
    }
}

fn deck() -> Deck {
    Deck::new(Runtime::with_clock(ParkHost::new(), Clock::virtual_time()))
}

/// Specs that work for two seconds, in a slot.
fn specs(count: usize) -> Vec<Spec> {
    timed(count, Duration::ZERO, SECOND * 2)
}

/// Specs that sleep for a second, without a slot, and work for another one.
fn sleeping_specs(count: usize) -> Vec<Spec> {
    timed(count, SECOND, SECOND)
}

fn timed(count: usize, sleep: Duration, work: Duration) -> Vec<Spec> {
    let spec = |number| {
        Spec::Timed(TimedSpec {
            name: format!("job {number}"),
            sleep,
            work,
        })
    };
    (0..count).map(spec).collect()
}

fn added(count: usize) -> (Deck, Vec<RowId>) {
    added_of(specs(count))
}

fn added_of(specs: Vec<Spec>) -> (Deck, Vec<RowId>) {
    let mut deck = deck();
    deck.add(specs, false);
    let ids = deck.rows.ids().collect();
    deck.tick(TICK_BUDGET);
    (deck, ids)
}

fn pass(deck: &mut Deck, time: Duration) {
    deck.runtime().clock().advance(time);
    for _ in 0..3 {
        deck.tick(TICK_BUDGET);
    }
}

fn word(deck: &Deck, id: RowId) -> String {
    let row = deck.view(id);
    let word = row.map_or_else(String::new, |row| row.status.word().into_owned());
    word.trim_end_matches(" without a network").to_owned()
}

fn words(deck: &Deck) -> Vec<String> {
    deck.rows.ids().map(|id| word(deck, id)).collect()
}

/// What must hold after every step: the counts are those of the rows, and nothing runs beyond what
/// was begun.
#[track_caller]
fn check_sums(deck: &Deck) {
    let mut counts = Counts::default();
    for id in deck.rows.ids() {
        counts.add(deck.view(id).expect("a row").status.chip());
    }
    assert_eq!(counts, deck.counts());
    let is_awake = |id: &RowId| deck.rows.job(*id).is_some_and(|job| !job.is_paused());
    let awake: Vec<_> = deck.rows.ids().filter(is_awake).collect();
    assert_eq!(
        awake,
        deck.schedule
            .under_way()
            .iter()
            .copied()
            .collect::<Vec<_>>()
    );
    let holds_slot = |id: &RowId| {
        let row = deck.rows.get(*id);
        row.is_some_and(|row| row.facts.borrow().slot.state() == SlotState::Held)
    };
    let running: Vec<_> = awake.into_iter().filter(holds_slot).collect();
    assert_eq!(
        running,
        deck.schedule.running().iter().copied().collect::<Vec<_>>()
    );
}

#[test]
fn rows_begin_in_order_while_there_are_slots() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 2);
    deck.add(specs(4), false);
    deck.tick(TICK_BUDGET);
    assert_eq!(words(&deck), ["Working", "Working", "Queued", "Queued"]);
    let last = deck.rows.ids().last().expect("a row");
    assert_eq!(
        deck.view(last)
            .and_then(|row| row.status.detail())
            .as_deref(),
        Some("2nd")
    );
    check_sums(&deck);
    pass(&mut deck, SECOND);
    pass(&mut deck, SECOND);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(words(&deck), ["Done", "Done", "Working", "Working"]);
    check_sums(&deck);
    pass(&mut deck, SECOND);
    pass(&mut deck, SECOND);
    assert!(deck.all_ended());
    assert!(!deck.totals().is_alive);
}

#[test]
fn a_paused_row_gives_up_its_slot_and_its_sleep_stands_still() {
    let (mut deck, ids) = added_of(sleeping_specs(2));
    pass(&mut deck, SECOND / 2);
    assert_eq!(deck.totals().running, 0, "a sleep takes no slot");
    assert_eq!(deck.apply(Action::new(Verb::Pause, vec![ids[0]])).rows, 1);
    pass(&mut deck, SECOND * 100);
    assert_eq!(word(&deck, ids[0]), "Paused");
    let slept = deck.view(ids[0]).and_then(|row| row.slept);
    assert_eq!(slept, Some(SECOND / 2));
    assert_eq!(
        deck.apply(Action::new(Verb::Resume, ids.clone())).rows,
        1,
        "one of two fits"
    );
    check_sums(&deck);
    pass(&mut deck, SECOND / 2);
    pass(&mut deck, SECOND);
    let ended = deck.rows.ended(ids[0]).expect("it has ended");
    assert_eq!(ended.times.slept, SECOND);
    assert!(
        ended.times.paused >= SECOND * 99,
        "{:?}",
        ended.times.paused
    );
    assert_eq!(ended.times.elapsed - ended.times.paused, SECOND * 2);
}

#[test]
fn a_queued_row_can_be_paused_resumed_and_cancelled() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add(specs(3), false);
    let ids: Vec<_> = deck.rows.ids().collect();
    deck.tick(TICK_BUDGET);
    deck.apply(Action::new(Verb::Pause, vec![ids[1]]));
    assert_eq!(word(&deck, ids[1]), "Paused");
    deck.apply(Action::new(Verb::Resume, vec![ids[1]]));
    assert_eq!(
        deck.view(ids[1])
            .and_then(|row| row.status.detail())
            .as_deref(),
        Some("1st"),
        "it has its old place"
    );
    deck.apply(Action::new(Verb::Cancel, vec![ids[1]]));
    assert_eq!(word(&deck, ids[1]), "Cancelled");
    assert_eq!(deck.rows.ended(ids[1]).map(|ended| ended.attempts), Some(0));
    check_sums(&deck);
    for _ in 0..2 {
        pass(&mut deck, SECOND);
        pass(&mut deck, SECOND);
    }
    assert_eq!(words(&deck), ["Done", "Cancelled", "Done"]);
}

#[test]
fn rows_added_paused_wait_for_a_resume() {
    let mut deck = deck();
    deck.add(specs(2), true);
    pass(&mut deck, SECOND * 10);
    assert_eq!(words(&deck), ["Paused", "Paused"]);
    let ids: Vec<_> = deck.rows.ids().collect();
    assert_eq!(deck.apply(Action::new(Verb::Resume, ids)).rows, 2);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(words(&deck), ["Working", "Working"]);
    check_sums(&deck);
}

#[test]
fn a_cancelled_row_can_be_begun_again_and_a_done_one_cannot() {
    let (mut deck, ids) = added(2);
    deck.apply(Action::new(Verb::Cancel, vec![ids[0]]));
    assert_eq!(word(&deck, ids[0]), "Cancelled");
    pass(&mut deck, SECOND);
    pass(&mut deck, SECOND);
    assert_eq!(deck.apply(Action::new(Verb::Retry, ids.clone())).rows, 1);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(words(&deck), ["Working", "Done"]);
    check_sums(&deck);
}

#[test]
fn skip_ends_the_sleep() {
    let (mut deck, ids) = added_of(sleeping_specs(1));
    assert_eq!(deck.apply(Action::new(Verb::Skip, ids.clone())).rows, 1);
    pass(&mut deck, Duration::ZERO);
    assert!(word(&deck, ids[0]).starts_with("Working"));
}

#[test]
fn an_interrupt_ends_everything_and_says_so() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add(specs(2), false);
    deck.tick(TICK_BUDGET);
    assert_eq!(deck.interrupt(), 2);
    deck.tick(TICK_BUDGET);
    assert_eq!(words(&deck), ["Interrupted", "Interrupted"]);
    assert!(deck.all_ended());
    check_sums(&deck);
}

#[test]
fn the_order_is_by_state_then_as_given_and_can_be_held() {
    let (mut deck, ids) = added(4);
    let shown =
        |deck: &Deck| -> Vec<RowId> { (0..deck.len()).filter_map(|at| deck.id(at)).collect() };
    assert_eq!(shown(&deck), [ids[0], ids[1], ids[2], ids[3]]);
    deck.hold_order(true);
    deck.apply(Action::new(Verb::Cancel, vec![ids[0]]));
    assert_eq!(shown(&deck)[0], ids[0], "nothing moves under the pointer");
    deck.hold_order(false);
    deck.tick(TICK_BUDGET);
    assert_eq!(shown(&deck), [ids[1], ids[2], ids[3], ids[0]]);
    deck.apply(Action::new(Verb::Pause, vec![ids[1]]));
    assert_eq!(shown(&deck), [ids[2], ids[3], ids[1], ids[0]]);
}

#[test]
fn what_sleeps_stands_before_what_is_queued() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add([specs(2), sleeping_specs(1)].concat(), false);
    deck.tick(TICK_BUDGET);
    let ids: Vec<_> = deck.rows.ids().collect();
    let shown: Vec<_> = (0..deck.len()).filter_map(|at| deck.id(at)).collect();
    assert_eq!(shown, [ids[0], ids[2], ids[1]]);
}

#[test]
fn the_filter_shows_by_chip_and_by_text() {
    let (mut deck, ids) = added(12);
    deck.apply(Action::new(Verb::Cancel, vec![ids[1]]));
    deck.set_filter(Filter {
        chip: Some(Chip::Cancelled),
        search: String::new(),
    });
    assert_eq!(deck.id(0), Some(ids[1]));
    assert_eq!(deck.len(), 1);
    deck.set_filter(Filter {
        chip: None,
        search: " JOB 1".into(),
    });
    assert_eq!(deck.len(), 3, "job 1, job 10, job 11");
    assert_eq!(deck.counts().all(), 12, "the counts are of all rows");
}

#[test]
fn events_tell_the_whole_life_of_a_row_in_order() {
    let mut deck = deck();
    deck.events.watch();
    deck.add(sleeping_specs(1), false);
    for _ in 0..3 {
        pass(&mut deck, SECOND);
    }
    let told: Vec<_> = deck
        .events
        .take()
        .into_iter()
        .map(|event| match event {
            Event::Added(_) => "added".to_owned(),
            Event::Renamed(_) => "renamed".to_owned(),
            Event::Step(_, step) => step.step.label.into_owned(),
            Event::Ended(_) => "ended".to_owned(),
        })
        .collect();
    assert_eq!(
        told,
        [
            "added",
            "Sleeping",
            "Queued",
            "Starting",
            "Working",
            "Working without a network",
            "ended"
        ]
    );
}

#[test]
fn a_long_list_is_begun_over_several_ticks() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1000);
    deck.add(specs(1000), false);
    assert!(deck.totals().running <= STARTS_PER_TICK);
    for _ in 0..5 {
        deck.tick(Duration::from_secs(1));
    }
    assert_eq!(deck.totals().running, 1000);
    check_sums(&deck);
}

#[test]
fn a_slot_that_a_wish_frees_is_taken_at_once() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add(specs(3), false);
    let ids: Vec<_> = deck.rows.ids().collect();
    deck.tick(TICK_BUDGET);
    let running = |deck: &Deck| deck.schedule.running().iter().copied().collect::<Vec<_>>();
    deck.apply(Action::new(Verb::Pause, vec![ids[0]]));
    assert_eq!(running(&deck), [ids[1]]);
    deck.apply(Action::new(Verb::Cancel, vec![ids[1]]));
    assert_eq!(running(&deck), [ids[2]]);
    deck.add(specs(1), false);
    deck.limit(|limits| limits.jobs_at_once = 2);
    assert_eq!(running(&deck).len(), 2, "a raised limit is used at once");
    check_sums(&deck);
}

#[test]
fn a_row_begun_again_after_an_interrupt_forgets_it() {
    let (mut deck, ids) = added(2);
    deck.apply(Action::new(Verb::Cancel, vec![ids[0]]));
    deck.interrupt();
    assert_eq!(words(&deck), ["Cancelled", "Interrupted"]);
    assert_eq!(deck.apply(Action::new(Verb::Retry, ids.clone())).rows, 2);
    pass(&mut deck, Duration::ZERO);
    deck.apply(Action::new(Verb::Cancel, ids));
    assert_eq!(words(&deck), ["Cancelled", "Cancelled"]);
    check_sums(&deck);
}

#[test]
fn a_rate_does_not_stand_on_the_time_of_a_pause() {
    let (mut deck, ids) = added(1);
    for secs in 1..=2 {
        deck.rows[0]
            .traffic
            .rate
            .sample(Moment::from_start(SECOND * secs), u64::from(secs) * 1000);
    }
    deck.apply(Action::new(Verb::Pause, ids));
    assert_eq!(deck.rows[0].traffic.rate.per_second(), None);
}

/// A server whose every answer breaks off before its announced end.
fn breaking_server() -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("http://{}/broken", listener.local_addr().expect("a port"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
            let _ = stream.write_all(format!("{head}{}", "x".repeat(400)).as_bytes());
        }
    });
    url
}

#[test]
fn a_row_cancelled_before_its_retry_counts_its_bytes_once() {
    use crate::fetch::Request;
    use crate::jobs::{Destination, FetchSpec};
    let host = ParkHost::new();
    let mut deck = Deck::new(Runtime::new(host.clone()));
    let request = Request::get(&breaking_server()).expect("a URL");
    deck.add(
        vec![Spec::Fetch(FetchSpec::new(request, Destination::Count))],
        false,
    );
    let ids: Vec<_> = deck.rows.ids().collect();
    while deck
        .detail(ids[0])
        .and_then(|row| row.last_error())
        .is_none()
    {
        let waited = deck.runtime().now().since_start();
        assert!(waited < SECOND * 20, "{:?}", words(&deck));
        deck.tick(TICK_BUDGET);
        host.park(Some(SECOND / 100));
    }
    assert_eq!(word(&deck, ids[0]), "Retry 1 of 5");
    deck.apply(Action::new(Verb::Cancel, ids.clone()));
    let ended = deck.rows.ended(ids[0]).expect("it has ended");
    assert_eq!((ended.received, ended.wire_bytes), (400, 400));
}

#[test]
fn a_download_that_the_full_disk_paused_says_since_when_and_goes_on() {
    use crate::fetch::{ErrorClass, FetchScript, Save, ScriptedResponse};
    use crate::jobs::{Destination, FetchSpec};
    let mut deck = deck();
    let url = "http://h/a";
    let full = FetchError::new(ErrorClass::DiskFull, "The disk is full");
    let script = FetchScript::new()
        .respond(url, ScriptedResponse::failure(full))
        .respond(url, ScriptedResponse::body("hello"));
    deck.runtime().set_extension(std::rc::Rc::new(script));
    let request = Request::get(url).expect("a URL");
    let mut spec = FetchSpec::new(request, Destination::Save(Save::in_folder("/d")));
    spec.pauses_when_full = true;
    deck.add(vec![Spec::Fetch(spec)], false);
    let id = deck.rows.ids().next().expect("a row");
    pass(&mut deck, SECOND);
    let row = deck.view(id).expect("a row");
    assert_eq!(row.status.word(), "Paused");
    let detail = row.status.detail().unwrap_or_default();
    assert!(
        detail.contains("since") && detail.contains("disk full"),
        "{detail}"
    );
    assert_eq!(deck.apply(Action::new(Verb::Resume, vec![id])).rows, 1);
    pass(&mut deck, SECOND);
    assert_eq!(word(&deck, id), "Done");
}
