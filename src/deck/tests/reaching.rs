//! Hosts that are silent, dead or come back: who waits, and who begins.

use std::rc::Rc;

use super::*;
use crate::deck::limits::{LENDS_AFTER, LENDS_TO_PROVEN_AFTER};
use crate::fetch::{ErrorClass, FetchScript, ScriptedResponse};
use crate::jobs::{Destination, FetchSpec};
use crate::options::JOBS_AT_ONCE;
use crate::status::Verb;

pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn refused() -> ScriptedResponse {
    ScriptedResponse::failure(FetchError::new(ErrorClass::Connect, "Nothing answers"))
}

pub(super) fn unknown() -> ScriptedResponse {
    ScriptedResponse::failure(FetchError::new(ErrorClass::Dns, "No such name"))
}

pub(super) fn quick() -> ScriptedResponse {
    ScriptedResponse::body("hello").over(SECOND)
}

fn silent() -> ScriptedResponse {
    ScriptedResponse::body("late").after(MINUTE * 60)
}

/// A deck over hosts that answer every request in turn with one of these, the last one again and
/// again.
pub(super) fn deck_of(hosts: &[(&str, &[ScriptedResponse])]) -> Deck {
    let deck = deck();
    let mut script = FetchScript::new();
    for (host, answers) in hosts {
        for answer in *answers {
            script = script.respond(&format!("http://{host}/"), answer.clone());
        }
    }
    deck.runtime().set_extension(Rc::new(script));
    deck
}

pub(super) fn fetch_from(host: &str) -> Spec {
    let request = Request::get(&format!("http://{host}/")).expect("a URL");
    Spec::Fetch(FetchSpec::new(request, Destination::Count))
}

pub(super) fn add(deck: &mut Deck, hosts: &[&str]) -> Vec<RowId> {
    let before = deck.rows.ids().len();
    deck.add(hosts.iter().map(|host| fetch_from(host)).collect(), false);
    let ids = deck.rows.ids().skip(before).collect();
    pass(deck, Duration::ZERO);
    ids
}

/// Lets time pass in steps of a tenth of a second.
pub(super) fn run(deck: &mut Deck, time: Duration) {
    let until = deck.runtime().now() + time;
    while deck.runtime().now() < until {
        pass(deck, SECOND / 10);
        check_sums(deck);
    }
}

pub(super) fn state(deck: &Deck, id: RowId) -> String {
    let status = deck.view(id).expect("a row").status;
    match status.detail() {
        Some(detail) => format!("{} {detail}", status.word()),
        None => status.word().into_owned(),
    }
}

pub(super) fn done(deck: &Deck) -> usize {
    deck.counts().of(Chip::Done)
}

pub(super) fn told(deck: &Deck, what: ActivityKind) -> Vec<String> {
    let entries = (0..deck.activity.len()).filter_map(|index| deck.activity.get(index));
    let entries = entries.filter(|entry| entry.kind == what);
    entries
        .map(|entry| format!("{} {}", entry.subject, entry.detail))
        .collect()
}

// ---- a wait holds no slot ----

#[test]
fn a_retry_waits_without_a_slot_and_goes_before_what_never_began() {
    let busy = ScriptedResponse::status(503);
    let mut deck = deck_of(&[("busy", &[busy, quick()]), ("good", &[quick()])]);
    deck.limit(|limits| limits.jobs_at_once = 1);
    let ids = add(&mut deck, &["busy", "good", "good", "good", "good"]);
    assert!(state(&deck, ids[0]).starts_with("Retry 1 of 5"));
    assert_eq!(
        deck.schedule.running().iter().copied().collect::<Vec<_>>(),
        [ids[1]]
    );
    assert_eq!(deck.totals().running, 1);
    // Its wait of a second at most is over, and the slot is taken.
    pass(&mut deck, SECOND * 9 / 10);
    deck.apply(Action::new(Verb::Skip, vec![ids[0]]));
    pass(&mut deck, Duration::ZERO);
    assert_eq!(state(&deck, ids[0]), "Queued 1st");
    pass(&mut deck, SECOND / 10);
    assert_eq!(
        deck.schedule.running().iter().copied().collect::<Vec<_>>(),
        [ids[0]]
    );
    run(&mut deck, SECOND * 5);
    assert_eq!(done(&deck), 5);
}

#[test]
fn own_sleeps_begin_all_at_once() {
    let mut deck = deck_of(&[("a", &[ScriptedResponse::body("hello")])]);
    let sleeping = |_| match fetch_from("a") {
        Spec::Fetch(spec) => Spec::Fetch(FetchSpec {
            sleep: SECOND * 3,
            ..spec
        }),
        spec => spec,
    };
    deck.add((0..100).map(sleeping).collect(), false);
    pass(&mut deck, Duration::ZERO);
    assert!(words(&deck).iter().all(|word| word == "Sleeping"));
    assert_eq!(deck.totals().running, 0);
    run(&mut deck, SECOND * 2);
    assert_eq!(done(&deck), 0);
    pass(&mut deck, SECOND);
    for _ in 0..100 {
        deck.tick(TICK_BUDGET);
        assert!(deck.totals().running <= JOBS_AT_ONCE.default as usize);
    }
    assert_eq!(done(&deck), 100, "three seconds in all");
}

#[test]
fn what_waits_for_a_slot_can_be_paused_cancelled_removed_and_taken_back() {
    let busy = ScriptedResponse::status(503);
    let mut deck = deck_of(&[
        ("busy", &[busy.clone(), busy, quick()]),
        ("good", &[quick()]),
    ]);
    deck.limit(|limits| limits.jobs_at_once = 1);
    let ids = add(&mut deck, &["busy", "busy", "good", "good"]);
    deck.apply(Action::new(Verb::Skip, ids[..2].to_vec()));
    pass(&mut deck, Duration::ZERO);
    assert_eq!(word(&deck, ids[0]), "Queued");
    assert_eq!(deck.apply(Action::new(Verb::Pause, vec![ids[0]])).rows, 1);
    assert_eq!(word(&deck, ids[0]), "Paused");
    check_sums(&deck);
    assert_eq!(deck.apply(Action::new(Verb::Resume, vec![ids[0]])).rows, 1);
    assert_eq!(word(&deck, ids[0]), "Queued");
    assert_eq!(deck.apply(Action::new(Verb::Remove, vec![ids[0]])).rows, 1);
    check_sums(&deck);
    deck.undo();
    assert_eq!(word(&deck, ids[0]), "Queued");
    assert_eq!(deck.apply(Action::new(Verb::Cancel, vec![ids[1]])).rows, 1);
    assert_eq!(word(&deck, ids[1]), "Cancelled");
    check_sums(&deck);
    run(&mut deck, SECOND * 20);
    assert_eq!(done(&deck), 3, "{:?}", words(&deck));
    deck.interrupt();
    assert!(deck.all_ended());
}

#[test]
fn a_wait_for_a_slot_takes_nothing_off_the_time_of_a_job() {
    let mut deck = deck_of(&[("a", &[quick()])]);
    deck.limit(|limits| limits.jobs_at_once = 1);
    let limited = |_| match fetch_from("a") {
        Spec::Fetch(spec) => Spec::Fetch(FetchSpec {
            sleep: SECOND,
            time_limit: Some(SECOND * 3),
            ..spec
        }),
        spec => spec,
    };
    deck.add((0..20).map(limited).collect(), false);
    run(&mut deck, SECOND * 30);
    assert_eq!(done(&deck), 20, "{:?}", words(&deck));
}

// ---- silent servers ----

#[test]
fn a_silent_row_lends_its_slot_and_goes_on_when_its_byte_comes() {
    let late = ScriptedResponse::body("late")
        .after(SECOND * 5)
        .over(SECOND);
    let mut deck = deck_of(&[("late", &[late]), ("good", &[quick()])]);
    deck.limit(|limits| limits.jobs_at_once = 1);
    let ids = add(&mut deck, &["late", "good", "good", "good"]);
    assert_eq!(
        deck.schedule.running().iter().copied().collect::<Vec<_>>(),
        [ids[0]]
    );
    run(&mut deck, LENDS_AFTER - SECOND / 2);
    assert_eq!(deck.schedule.running().len(), 1, "not yet");
    run(&mut deck, SECOND);
    assert_eq!(
        deck.schedule.running().iter().copied().collect::<Vec<_>>(),
        [ids[0], ids[1]]
    );
    assert_eq!(deck.totals().running, 1, "one slot is in use");
    // It has its byte; nothing begins until there is one less.
    run(&mut deck, SECOND * 8 / 5);
    assert_eq!(word(&deck, ids[0]), "Downloading");
    assert_eq!(word(&deck, ids[3]), "Queued");
    run(&mut deck, SECOND * 10);
    assert_eq!(done(&deck), 4);
}

#[test]
fn no_more_slots_are_lent_than_there_are_and_hosts_keep_their_limit() {
    let mut deck = deck_of(&[("silent", &[silent()]), ("other", &[silent()])]);
    deck.limit(|limits| limits.jobs_at_once = 2);
    deck.limit(|limits| limits.jobs_per_host = 3);
    add(&mut deck, &["silent"; 10]);
    run(&mut deck, SECOND * 10);
    assert_eq!(
        deck.schedule.running().len(),
        3,
        "lent rows count at their host"
    );
    add(&mut deck, &["other"; 10]);
    run(&mut deck, SECOND * 10);
    assert_eq!(
        deck.schedule.running().len(),
        4,
        "two, and two that are lent"
    );
}

#[test]
fn many_silent_hosts_leave_slots_to_the_one_that_answers() {
    let names: Vec<String> = (0..40).map(|number| format!("hole{number}")).collect();
    let holes = [silent()];
    let good = [ScriptedResponse::body("hello").over(SECOND / 10)];
    let mut hosts: Vec<(&str, &[ScriptedResponse])> = names
        .iter()
        .map(|name| (name.as_str(), &holes[..]))
        .collect();
    hosts.push(("good", &good));
    let mut deck = deck_of(&hosts);
    let mut rows = Vec::new();
    for name in &names {
        rows.extend(["good"; 9]);
        rows.push(name);
    }
    add(&mut deck, &rows);
    let good_at = |deck: &Deck| {
        let hosts = deck
            .schedule
            .running()
            .iter()
            .copied()
            .filter_map(|id| deck.rows.spec(id).map(Spec::host));
        hosts.filter(|host| host == "good").count()
    };
    assert!(good_at(&deck) >= 3, "{}", good_at(&deck));
    run(&mut deck, LENDS_TO_PROVEN_AFTER + SECOND / 10);
    for _ in 0..20 {
        pass(&mut deck, SECOND / 20);
        assert!(good_at(&deck) >= 5, "{}", good_at(&deck));
    }
    // All six slots serve 360 rows of a tenth of a second each.
    run(&mut deck, SECOND * 6);
    assert_eq!(done(&deck), 360);
}

// ---- a dead host ----

#[test]
fn a_dead_host_is_tried_by_one_row_and_comes_back_without_a_retry() {
    let away = vec![refused(); 8];
    let answers: Vec<_> = away.into_iter().chain([quick()]).collect();
    let mut deck = deck_of(&[("away", &answers)]);
    let ids = add(&mut deck, &["away"; 50]);
    // Six began together; none of them used a retry, and nobody else tried.
    let tried = ids
        .iter()
        .filter(|id| deck.detail(**id).map_or(0, |row| row.attempts()) > 0)
        .count();
    assert_eq!(tried, 6);
    assert_eq!(deck.totals().running, 0);
    for id in [ids[0], ids[30]] {
        let words = "Waiting host away does not answer, next try in 1.0 s";
        assert_eq!(state(&deck, id), words);
    }
    run(&mut deck, SECOND * 11 / 10);
    let tried = ids
        .iter()
        .map(|id| deck.detail(*id).map_or(0, |row| row.attempts()))
        .sum::<u32>();
    assert_eq!(tried, 7, "one row tries");
    assert!(state(&deck, ids[30]).contains("next try in 1.9 s"));
    run(&mut deck, SECOND * 2);
    // The next connection stands: all go on, in their order.
    run(&mut deck, SECOND * 4);
    assert_eq!(
        deck.schedule.running().iter().copied().collect::<Vec<_>>(),
        ids[..6]
    );
    run(&mut deck, SECOND * 10);
    assert_eq!(done(&deck), 50, "{:?}", words(&deck));
    assert_eq!(deck.counts().of(Chip::Failed), 0);
    assert!(told(&deck, ActivityKind::Retrying).is_empty());
}

#[test]
fn rows_of_a_host_that_answered_and_then_is_away_for_a_minute_all_get_done() {
    // Of four that are under way or follow, and of tries after 1, 3, 7, 15 and 31 s.
    let away = vec![refused(); 9];
    let answers: Vec<_> = [vec![quick(); 20], away, vec![quick()]].concat();
    let mut deck = deck_of(&[("a", &answers)]);
    deck.limit(|limits| limits.jobs_at_once = 6);
    deck.limit(|limits| limits.host_patience = MINUTE * 2);
    add(&mut deck, &["a"; 500]);
    run(&mut deck, SECOND * 10);
    assert_eq!(deck.counts().of(Chip::Failed), 0);
    let waiting = deck.schedule.waiting_for_hosts();
    assert!(waiting > 400, "{waiting} wait for the host");
    run(&mut deck, MINUTE * 8);
    assert_eq!((done(&deck), deck.counts().of(Chip::Failed)), (500, 0));
    // One of them may have had the failure that could have been chance.
    let ids: Vec<_> = deck.rows.ids().collect();
    let again = ids
        .iter()
        .filter(|id| deck.detail(**id).map_or(0, |row| row.attempts()) > 8)
        .count();
    assert!(again <= 1, "{again} rows used up retries");
}

#[test]
fn silent_rows_that_come_first_do_not_keep_a_host_from_being_tried() {
    let good = [ScriptedResponse::body("hello").over(SECOND / 10)];
    let holes = [silent()];
    let mut deck = deck_of(&[("a", &holes), ("b", &holes), ("good", &good)]);
    deck.limit(|limits| limits.jobs_at_once = 4);
    let hosts = [["a"; 6], ["b"; 6]].concat();
    add(&mut deck, &[hosts, vec!["good"; 60]].concat());
    run(&mut deck, LENDS_AFTER + SECOND * 5);
    assert_eq!(done(&deck), 60);
}

#[test]
fn what_is_stopped_in_parts_begins_nothing() {
    let answers = [ScriptedResponse::body("hello").over(SECOND * 10)];
    for verb in [Verb::Pause, Verb::Cancel, Verb::Remove] {
        let mut deck = deck_of(&[("a", &answers)]);
        add(&mut deck, &["a"; 3_000]);
        while deck.bulk.adding().is_some() {
            deck.tick(TICK_BUDGET);
        }
        let asked = |deck: &Deck| {
            let script = deck.runtime().extension::<FetchScript>();
            script.map_or(0, |script| script.asked().len())
        };
        let before = asked(&deck);
        assert_eq!(before, 6);
        deck.apply(Action::new(verb, deck.rows.ids().collect()));
        for _ in 0..20 {
            deck.tick(TICK_BUDGET);
        }
        assert_eq!(asked(&deck), before);
        assert_eq!(deck.schedule.running().len(), 0);
    }
}

#[test]
fn a_host_that_comes_back_late_is_tried_before_its_rows_fail() {
    // The tries after 1, 3, 7, 15, 31 and 63 s fail, and the next interval would end after the
    // patience.
    let answers = [vec![refused(); 7], vec![quick()]].concat();
    let mut deck = deck_of(&[("a", &answers)]);
    deck.limit(|limits| limits.host_patience = MINUTE * 2);
    add(&mut deck, &["a"]);
    run(&mut deck, MINUTE * 2 - SECOND * 2);
    assert_eq!(deck.counts().of(Chip::Waiting), 1);
    run(&mut deck, SECOND * 5);
    assert_eq!(done(&deck), 1);
}

#[test]
fn a_single_failure_at_a_host_that_answers_holds_up_no_other_row() {
    let answers = [vec![quick(); 6], vec![refused()], vec![quick()]].concat();
    let mut deck = deck_of(&[("a", &answers)]);
    deck.limit(|limits| limits.jobs_at_once = 2);
    add(&mut deck, &["a"; 20]);
    for _ in 0..80 {
        pass(&mut deck, SECOND / 10);
        assert_eq!(deck.schedule.waiting_for_hosts(), 0);
    }
}

#[test]
fn other_hosts_go_on_while_one_is_dead() {
    let mut deck = deck_of(&[("dead", &[refused()]), ("good", &[quick()])]);
    deck.limit(|limits| limits.jobs_at_once = 2);
    add(
        &mut deck,
        &["dead", "dead", "dead", "good", "good", "good", "good"],
    );
    run(&mut deck, SECOND * 3);
    assert_eq!(done(&deck), 4);
}

#[test]
fn rows_of_a_host_that_was_given_up_fail_together_and_later_ones_try_at_once() {
    let mut deck = deck_of(&[("dead", &[refused()])]);
    deck.limit(|limits| limits.host_patience = MINUTE * 2);
    deck.events.watch();
    let count = 1_200;
    add(&mut deck, &vec!["dead"; count]);
    let ids: Vec<_> = deck.rows.ids().collect();
    assert_eq!(ids.len(), count);
    run(&mut deck, MINUTE * 2 - SECOND * 2);
    assert_eq!(deck.counts().of(Chip::Failed), 0);
    run(&mut deck, SECOND * 5);
    assert_eq!(deck.counts().of(Chip::Failed), count);
    assert!(deck.all_ended());
    let ended = deck.events.take();
    let ended = ended
        .iter()
        .filter(|event| matches!(event, Event::Ended(_)));
    assert_eq!(ended.count(), count, "each end is told once");
    let last = deck.rows.ended(ids[count - 1]).expect("it has ended");
    assert_eq!(last.attempts, 0, "it never began");
    assert_eq!(
        last.fetch_error().map(|error| error.class),
        Some(ErrorClass::Connect)
    );
    assert_eq!(
        told(&deck, ActivityKind::FailedTogether),
        ["1,200 jobs host dead does not answer"]
    );
    assert!(told(&deck, ActivityKind::Failed).is_empty());
    // The next one tries at once, and so does one that is begun again.
    let id = add(&mut deck, &["dead"])[0];
    assert_eq!(deck.detail(id).map_or(0, |row| row.attempts()), 1);
    deck.apply(Action::new(Verb::Retry, vec![ids[900]]));
    pass(&mut deck, Duration::ZERO);
    pass(&mut deck, Duration::ZERO);
    let tried = deck.detail(id).map_or(0, |row| row.attempts())
        + deck.detail(ids[900]).map_or(0, |row| row.attempts());
    assert_eq!(tried, 2);
}

#[test]
fn the_row_that_tries_when_the_patience_ends_fails_with_the_others() {
    let slow = FetchError::timed_out(crate::fetch::Phase::Connect, "No answer", SECOND * 2);
    let slow = ScriptedResponse::failure(slow).after(SECOND * 2);
    let mut deck = deck_of(&[("hole", &[slow])]);
    deck.limit(|limits| limits.host_patience = SECOND * 2);
    add(&mut deck, &["hole"; 30]);
    run(&mut deck, SECOND * 20);
    assert_eq!(deck.counts().of(Chip::Failed), 30, "{:?}", words(&deck));
    assert_eq!(
        told(&deck, ActivityKind::FailedTogether),
        ["30 jobs host hole does not answer"]
    );
}

#[test]
fn a_name_without_an_address_is_waited_for_a_minute() {
    let mut deck = deck_of(&[("nowhere", &[unknown()])]);
    add(&mut deck, &["nowhere"; 3]);
    run(&mut deck, MINUTE - SECOND);
    assert_eq!(deck.counts().of(Chip::Failed), 0);
    run(&mut deck, SECOND * 3);
    assert_eq!(deck.counts().of(Chip::Failed), 3);
    assert_eq!(told(&deck, ActivityKind::FailedTogether).len(), 1);
}

#[test]
fn skipping_the_wait_tries_a_dead_host_at_once() {
    let mut deck = deck_of(&[("dead", &[refused()])]);
    let ids = add(&mut deck, &["dead"; 2]);
    run(&mut deck, SECOND * 20);
    let tried = |deck: &Deck| {
        ids.iter()
            .map(|id| deck.detail(*id).map_or(0, |row| row.attempts()))
            .sum::<u32>()
    };
    let before = tried(&deck);
    assert!(deck.status(ids[1]).is_some_and(|status| status.can_skip()));
    assert_eq!(deck.apply(Action::new(Verb::Skip, vec![ids[1]])).rows, 1);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(tried(&deck), before + 1);
}

#[test]
fn a_failure_at_a_host_that_was_just_connected_is_one_of_the_row() {
    let mut deck = deck_of(&[("flaky", &[ScriptedResponse::body("hello"), refused()])]);
    let ids = add(&mut deck, &["flaky"]);
    run(&mut deck, SECOND);
    assert_eq!(word(&deck, ids[0]), "Done");
    let second = add(&mut deck, &["flaky"])[0];
    assert!(state(&deck, second).starts_with("Retry 1 of 5"));
}

#[test]
fn the_row_that_tries_may_be_cancelled_and_another_one_takes_over() {
    let late = ScriptedResponse::failure(FetchError::new(ErrorClass::Connect, "no"));
    let answers = [refused(), late.after(SECOND * 30), quick()];
    let mut deck = deck_of(&[("away", &answers)]);
    deck.limit(|limits| limits.jobs_per_host = 1);
    let ids = add(&mut deck, &["away"; 3]);
    run(&mut deck, SECOND * 3 / 2);
    assert_eq!(
        deck.schedule.running().iter().copied().collect::<Vec<_>>(),
        [ids[0]]
    );
    assert!(state(&deck, ids[1]).contains("trying now"));
    deck.apply(Action::new(Verb::Cancel, vec![ids[0]]));
    run(&mut deck, SECOND * 5);
    assert_eq!(words(&deck), ["Cancelled", "Done", "Done"]);
}

// ---- whatever happens ----

#[test]
fn no_slot_is_lost_whatever_is_done_and_whatever_hosts_do() {
    for seed in 0..25 {
        let mut random = fastrand::Rng::with_seed(seed);
        let busy = ScriptedResponse::status(503);
        let away = [refused(), refused(), quick()];
        let flaky = [quick(), refused(), busy.clone(), quick()];
        let slow = [ScriptedResponse::body("x").after(SECOND * 4).over(SECOND)];
        let dead = [unknown()];
        let mut deck = deck_of(&[
            ("good", &[quick()]),
            ("away", &away),
            ("flaky", &flaky),
            ("slow", &slow),
            ("dead", &dead),
            ("busy", &[busy, quick()]),
        ]);
        let hosts = ["good", "away", "flaky", "slow", "dead", "busy"];
        for _ in 0..200 {
            let all: Vec<_> = deck.rows.ids().collect();
            let some: Vec<_> = (0..random.usize(0..5))
                .filter_map(|_| random.choice(all.iter().copied()))
                .collect();
            match random.u8(0..14) {
                0..=2 => {
                    let specs = (0..random.usize(0..8))
                        .map(|_| {
                            let mut spec = fetch_from(hosts[random.usize(0..hosts.len())]);
                            if let Spec::Fetch(spec) = &mut spec {
                                spec.sleep = SECOND * random.u32(0..2);
                            }
                            spec
                        })
                        .collect();
                    let paused = random.u8(0..5) == 0;
                    deck.add(specs, paused);
                }
                3 => _ = deck.apply(Action::new(Verb::Pause, some)).rows,
                4 => _ = deck.apply(Action::new(Verb::Resume, some)).rows,
                5 => _ = deck.apply(Action::new(Verb::Cancel, some)).rows,
                6 => _ = deck.apply(Action::new(Verb::Retry, some)).rows,
                7 => _ = deck.apply(Action::new(Verb::Remove, some)).rows,
                8 => _ = deck.apply(Action::new(Verb::Skip, some)).rows,
                9 => _ = deck.undo(),
                10 => deck.limit(|limits| limits.jobs_at_once = random.u32(1..8)),
                _ => {
                    let step = SECOND * random.u32(0..20) / 5;
                    deck.runtime().clock().advance(step);
                    deck.tick(TICK_BUDGET);
                }
            }
            check_sums(&deck);
            let at_most = JOBS_AT_ONCE.default.max(8) as usize * 2;
            assert!(deck.schedule.running().len() <= at_most);
        }
        deck.undo();
        let all: Vec<_> = deck.rows.ids().collect();
        deck.apply(Action::new(Verb::Resume, all));
        for _ in 0..2_000 {
            pass(&mut deck, SECOND);
            check_sums(&deck);
            if deck.all_ended() {
                break;
            }
        }
        assert!(deck.all_ended(), "{seed}: {:?}", words(&deck));
        assert_eq!(
            (
                deck.schedule.running().len(),
                deck.schedule.turns.queue.len()
            ),
            (0, 0)
        );
    }
}
