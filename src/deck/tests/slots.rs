//! Slots and limits: who begins, who waits for what, and what holds whatever is done.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::fetch::{FetchScript, Request, ScriptedResponse};
use crate::jobs::{Destination, FetchSpec};
use crate::options::Settings;
use crate::runtime::Host;
use crate::status::Verb;

/// A deck whose fetches are answered without a network.
fn scripted_deck() -> Deck {
    let deck = deck();
    let script = ["a", "b", "c", "d"]
        .iter()
        .fold(FetchScript::new(), |script, host| {
            let answer = ScriptedResponse::body("hello").over(SECOND);
            script.respond(&format!("http://{host}/"), answer)
        });
    deck.runtime().set_extension(Rc::new(script));
    deck
}

/// A fetch from this host that takes a second.
fn fetch_from(host: &str) -> Spec {
    let request = Request::get(&format!("http://{host}/")).expect("a URL");
    Spec::Fetch(FetchSpec::new(request, Destination::Count))
}

fn add(deck: &mut Deck, hosts: &[&str]) -> Vec<RowId> {
    let before = deck.rows.ids().len();
    deck.add(hosts.iter().map(|host| fetch_from(host)).collect(), false);
    let ids = deck.rows.ids().skip(before).collect();
    // Sleeps begin with the first poll.
    deck.tick(TICK_BUDGET);
    ids
}

fn running_hosts(deck: &Deck) -> Vec<String> {
    let host = |id| deck.rows.spec(id).map_or_else(String::new, Spec::host);
    deck.schedule.running().iter().copied().map(host).collect()
}

fn detail(deck: &Deck, id: RowId) -> String {
    let row = deck.view(id).expect("a row");
    row.status.detail().unwrap_or_default().into_owned()
}

#[test]
fn a_row_says_that_it_waits_for_the_next_start_at_its_host() {
    let mut deck = scripted_deck();
    deck.set_limits(Limits {
        host_wait: 5 * SECOND,
        ..Limits::default()
    });
    let ids = add(&mut deck, &["a", "a", "b"]);
    assert_eq!(running_hosts(&deck), ["a", "b"]);
    assert_eq!(detail(&deck, ids[1]), "1st, waits for the next start at a");
    (0..4).for_each(|_| pass(&mut deck, SECOND));
    assert_eq!(running_hosts(&deck), [""; 0]);
    pass(&mut deck, SECOND);
    assert_eq!(running_hosts(&deck), ["a"]);
    check_sums(&deck);
}

#[test]
fn rows_of_other_hosts_overtake_those_of_a_full_one() {
    let mut deck = scripted_deck();
    deck.set_limits(Limits {
        jobs_at_once: 3,
        jobs_per_host: 2,
        ..Limits::default()
    });
    let ids = add(&mut deck, &["a", "a", "a", "a", "b", "c"]);
    assert_eq!(running_hosts(&deck), ["a", "a", "b"]);
    assert_eq!(detail(&deck, ids[2]), "1st, waits for a slot on host a");
    assert_eq!(detail(&deck, ids[3]), "2nd, waits for a slot on host a");
    assert_eq!(detail(&deck, ids[5]), "3rd", "only its turn");
    pass(&mut deck, SECOND);
    assert_eq!(running_hosts(&deck), ["a", "a", "c"], "in their order");
    pass(&mut deck, SECOND);
    assert!(deck.all_ended(), "{:?}", words(&deck));
}

#[test]
fn where_only_one_host_has_rows_they_wait_for_their_turn_alone() {
    let mut deck = scripted_deck();
    let ids = add(&mut deck, &["a"; 8]);
    assert_eq!(deck.totals().running, 6);
    assert_eq!(detail(&deck, ids[7]), "2nd");
    deck.limit(|limits| limits.jobs_at_once = 7);
    assert_eq!(detail(&deck, ids[7]), "2nd, waits for a slot on host a");
}

#[test]
fn rows_without_a_host_have_only_the_limit_of_all() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_per_host = 1);
    deck.limit(|limits| limits.jobs_at_once = 4);
    deck.add(specs(5), false);
    assert_eq!(deck.totals().running, 4);
}

#[test]
fn a_lowered_limit_stops_nothing_and_a_raised_one_is_used_at_once() {
    let mut deck = scripted_deck();
    add(&mut deck, &["a", "a", "a", "b", "b", "a", "a", "b"]);
    assert_eq!(deck.totals().running, 6);
    deck.limit(|limits| limits.jobs_per_host = 1);
    assert_eq!(deck.totals().running, 6, "what runs goes on");
    let first = deck
        .schedule
        .running()
        .iter()
        .copied()
        .next()
        .expect("one runs");
    deck.apply(Action::new(Verb::Pause, vec![first]));
    assert_eq!(deck.totals().running, 5, "a has more than one still");
    deck.limit(|limits| limits.jobs_per_host = 3);
    assert_eq!(deck.totals().running, 6, "a slot of each limit was free");
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.limit(|limits| limits.jobs_per_host = 6);
    assert_eq!(deck.totals().running, 6);
    deck.limit(|limits| limits.jobs_at_once = 100);
    assert_eq!(deck.totals().running, 7);
    check_sums(&deck);
}

#[test]
fn a_paused_row_gives_its_slot_on_its_host_back() {
    let mut deck = scripted_deck();
    deck.limit(|limits| limits.jobs_per_host = 1);
    let ids = add(&mut deck, &["a", "a"]);
    deck.apply(Action::new(Verb::Pause, vec![ids[0]]));
    assert_eq!(
        deck.schedule.running().iter().copied().collect::<Vec<_>>(),
        [ids[1]]
    );
    deck.apply(Action::new(Verb::Pause, vec![ids[1]]));
    deck.apply(Action::new(Verb::Resume, vec![ids[0]]));
    pass(&mut deck, SECOND);
    assert_eq!(words(&deck), ["Done", "Paused"]);
}

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Host for Wakes {
    fn wake(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn wake_after(&self, _delay: Duration) {}

    fn wake_later(&self) {
        self.wake();
    }
}

#[test]
fn a_full_host_asks_for_no_ticks() {
    let host = Arc::new(Wakes::default());
    let mut deck = Deck::new(Runtime::with_clock(host.clone(), Clock::virtual_time()));
    deck.limit(|limits| limits.jobs_per_host = 1);
    add(&mut deck, &["a", "a", "a"]);
    deck.tick(TICK_BUDGET);
    let wakes = host.0.load(Ordering::SeqCst);
    for _ in 0..5 {
        deck.tick(TICK_BUDGET);
    }
    assert_eq!(host.0.load(Ordering::SeqCst), wakes, "woken for nothing");
}

#[test]
fn the_time_limit_of_a_job_counts_its_sleep_and_no_pause() {
    let mut deck = scripted_deck();
    let Spec::Fetch(spec) = fetch_from("a") else {
        unreachable!("a fetch")
    };
    deck.add(
        vec![Spec::Fetch(FetchSpec {
            sleep: SECOND * 10,
            time_limit: Some(SECOND * 2),
            ..spec
        })],
        false,
    );
    let ids: Vec<_> = deck.rows.ids().collect();
    pass(&mut deck, SECOND);
    deck.apply(Action::new(Verb::Pause, ids.clone()));
    pass(&mut deck, SECOND * 100);
    deck.apply(Action::new(Verb::Resume, ids.clone()));
    pass(&mut deck, SECOND / 2);
    assert_eq!(word(&deck, ids[0]), "Sleeping");
    pass(&mut deck, SECOND);
    assert_eq!(word(&deck, ids[0]), "Timed out");
}

#[test]
fn rate_limits_change_while_rows_wait_run_and_are_over() {
    let mut deck = scripted_deck();
    deck.set_limits(Limits {
        jobs_at_once: 1,
        rate_limit_bytes_per_sec: Some(1000),
        ..Limits::default()
    });
    assert_eq!(deck.schedule.limits().rate_limit_bytes_per_sec, Some(1000));
    deck.limit(|limits| limits.rate_limit_bytes_per_sec = Some(0));
    assert_eq!(
        deck.schedule.limits().rate_limit_bytes_per_sec,
        Some(1),
        "the smallest there is"
    );
    deck.limit(|limits| limits.rate_limit_bytes_per_sec = None);
    assert_eq!(deck.schedule.limits().rate_limit_bytes_per_sec, None);

    add(&mut deck, &["a", "b"]);
    let own = |deck: &Deck, index: usize| {
        let limit = deck.rows[index].traffic.own_limit.as_ref();
        limit.and_then(RateLimit::bytes_per_sec)
    };
    let follow = |deck: &mut Deck, before, after| {
        let settings = |rate| Settings {
            job_rate_limit_bytes_per_sec: rate,
            ..Settings::default()
        };
        deck.rows
            .follow(&settings(before), &settings(after), |_| {});
    };
    follow(&mut deck, None, Some(500));
    assert_eq!(own(&deck, 0), Some(500), "it runs");
    pass(&mut deck, SECOND);
    assert_eq!(own(&deck, 1), Some(500), "it waited");
    follow(&mut deck, Some(500), None);
    assert_eq!(own(&deck, 1), None);
}

/// How the rows stood before a step.
struct Before {
    queued: Vec<RowId>,
    /// Those of the queued that began before.
    again: Vec<RowId>,
    /// Hosts that answer.
    proven: Vec<&'static str>,
}

impl Before {
    fn of(deck: &Deck) -> Self {
        let is_queued = |id: &RowId| word(deck, *id) == "Queued";
        let queued: Vec<_> = deck.rows.ids().filter(is_queued).collect();
        let again = queued.iter().copied();
        let again = again.filter(|id| deck.rows.job(*id).is_some()).collect();
        let mut proven = vec!["a", "b", "c", "d"];
        proven.retain(|host| {
            deck.schedule
                .reach
                .hosts
                .get(host)
                .is_some_and(|host| host.is_proven())
        });
        Self {
            queued,
            again,
            proven,
        }
    }
}

/// What must hold after every step, whatever it was.
#[track_caller]
fn check_slots(deck: &Deck, at_once: usize, per_host: usize, before: &Before) {
    let queued_before = &before.queued;
    let mut on_host: BTreeMap<String, usize> = BTreeMap::new();
    for host in running_hosts(deck) {
        *on_host.entry(host).or_default() += 1;
    }
    let running: Vec<_> = deck.schedule.running().iter().copied().collect();
    let host_of = |id: RowId| deck.rows.spec(id).map_or_else(String::new, Spec::host);
    let begun: Vec<_> = running
        .iter()
        .filter(|id| queued_before.contains(id))
        .copied()
        .collect();
    for id in &begun {
        assert!(running.len() <= at_once, "{id:?} began without a slot");
        assert!(
            on_host[&host_of(*id)] <= per_host,
            "{id:?}: its host is full"
        );
    }
    let mut place = 0;
    // Those that began before and ask again come first.
    let has_begun = |id: &RowId| deck.rows.job(*id).is_some();
    let (again, fresh): (Vec<_>, Vec<_>) = deck.rows.ids().partition(has_begun);
    for id in again.into_iter().chain(fresh) {
        let Some(Status::Queued {
            place: told,
            waits_for,
        }) = deck.view(id).map(|row| row.status)
        else {
            continue;
        };
        place += 1;
        assert_eq!(told, Some(place), "{id:?}");
        let host_has_room = on_host.get(&host_of(id)).copied().unwrap_or(0) < per_host;
        if host_has_room {
            assert!(running.len() >= at_once, "{id:?} could begin");
            assert_eq!(waits_for, None);
            // Where it is not known yet that the host answers, another one may come before.
            let was_proven = before.proven.contains(&host_of(id).as_str());
            let mut fresh = begun.iter().filter(|id| !before.again.contains(id));
            let is_passed_over = fresh.any(|begun| *begun > id && !has_begun(&id));
            assert!(!was_proven || !is_passed_over, "{id:?} was passed over");
        } else if running.len() < at_once {
            assert!(waits_for.is_some(), "{id:?} does not say what it waits for");
        }
    }
    check_sums(deck);
}

#[test]
fn limits_and_order_hold_whatever_is_done() {
    for seed in 0..30 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut deck = scripted_deck();
        let (mut at_once, mut per_host) = (6, 6);
        for _ in 0..300 {
            let before = Before::of(&deck);
            let all: Vec<_> = deck.rows.ids().collect();
            let some: Vec<_> = (0..random.usize(0..4))
                .filter_map(|_| random.choice(all.iter().copied()))
                .collect();
            match random.u8(0..12) {
                0..=2 => {
                    let hosts = ["a", "b", "c", "d"];
                    let specs = (0..random.usize(0..6))
                        .map(|_| fetch_from(hosts[random.usize(0..4) * random.usize(0..2)]))
                        .collect();
                    let paused = random.u8(0..4) == 0;
                    deck.add(specs, paused);
                }
                3 => {
                    deck.apply(Action::new(Verb::Pause, some));
                }
                4 => {
                    deck.apply(Action::new(Verb::Resume, some));
                }
                5 => {
                    deck.apply(Action::new(Verb::Cancel, some));
                }
                6 => {
                    deck.apply(Action::new(Verb::Retry, some));
                }
                7 => {
                    deck.apply(Action::new(Verb::Remove, some));
                }
                8 => {
                    at_once = random.usize(1..8);
                    deck.limit(|limits| limits.jobs_at_once = at_once as u32);
                }
                9 => {
                    per_host = random.usize(1..4);
                    deck.limit(|limits| limits.jobs_per_host = per_host as u32);
                }
                10 => {
                    deck.tick(TICK_BUDGET);
                }
                _ => {
                    // What began is answered at once: its server is not silent.
                    deck.tick(TICK_BUDGET);
                    deck.runtime().clock().advance(SECOND / 2);
                    deck.tick(TICK_BUDGET);
                }
            }
            check_slots(&deck, at_once, per_host, &before);
        }
        let all: Vec<_> = deck.rows.ids().collect();
        deck.apply(Action::new(Verb::Resume, all));
        for _ in 0..1000 {
            pass(&mut deck, SECOND);
            if deck.all_ended() {
                break;
            }
        }
        assert!(deck.all_ended(), "{:?}", words(&deck));
        assert_eq!(deck.totals().running, 0);
        assert_eq!(deck.schedule.turns.queue.len(), 0);
    }
}
