//! A network that is lost: what waits, and how it goes on.

use super::reaching::{
    MINUTE, add, deck_of, done, fetch_from, quick, refused, run, state, told, unknown,
};
use super::*;
use crate::fetch::{ErrorClass, NetworkFault, ScriptedResponse};
use crate::status::Verb;

fn offline() -> ScriptedResponse {
    let mut error = FetchError::new(ErrorClass::Dns, "No such name");
    error.network = NetworkFault::NoNetwork;
    ScriptedResponse::failure(error)
}

#[test]
fn without_a_network_nothing_fails_and_all_go_on_by_themselves() {
    let hosts = ["a", "b", "c", "d"];
    // A try each minute at most, for ten minutes.
    let answers: Vec<_> = vec![offline(); 5].into_iter().chain([quick()]).collect();
    let of_all: Vec<_> = hosts.iter().map(|host| (*host, &answers[..])).collect();
    let mut deck = deck_of(&of_all);
    let rows: Vec<_> = (0..100).map(|number| hosts[number % 4]).collect();
    let ids = add(&mut deck, &rows);
    let outage = deck.totals().network_outage.expect("there is no network");
    assert_eq!(outage.words(), "No network · next try in 5.0 s");
    assert_eq!(deck.totals().running, 0);
    assert_eq!(
        state(&deck, ids[50]),
        "Waiting no network, next try in 5.0 s"
    );
    let begun = ids
        .iter()
        .filter(|id| deck.detail(**id).map_or(0, |row| row.attempts()) > 0)
        .count();
    assert!(begun <= 6, "{begun}");
    for _ in 0..600 {
        pass(&mut deck, SECOND);
        assert!(deck.schedule.running().len() <= 1 || deck.totals().network_outage.is_none());
    }
    assert_eq!(deck.counts().of(Chip::Failed), 0);
    run(&mut deck, MINUTE * 10);
    assert_eq!(done(&deck), 100, "{:?}", words(&deck));
    assert_eq!(told(&deck, ActivityKind::Network).len(), 2);
}

#[test]
fn a_run_waits_for_the_network_as_long_as_for_a_host() {
    let mut deck = deck_of(&[("a", &[offline()]), ("b", &[offline()])]);
    deck.limit(|limits| limits.waits_for_network = false);
    deck.limit(|limits| limits.host_patience = MINUTE * 2);
    add(&mut deck, &["a", "b", "a", "b"]);
    run(&mut deck, MINUTE * 2 - SECOND);
    assert_eq!(deck.counts().of(Chip::Failed), 0);
    run(&mut deck, MINUTE);
    assert_eq!(deck.counts().of(Chip::Failed), 4);
    assert_eq!(
        told(&deck, ActivityKind::FailedTogether),
        ["4 jobs there is no network"]
    );
}

#[test]
fn dead_links_beside_hosts_that_answered_are_no_lost_network() {
    let mut deck = deck_of(&[
        ("x", &[unknown()]),
        ("y", &[unknown()]),
        ("z", &[refused()]),
        ("good", &[quick()]),
    ]);
    add(&mut deck, &["good", "x", "y", "z"]);
    for _ in 0..90 {
        pass(&mut deck, SECOND);
        assert_eq!(deck.totals().network_outage, None);
    }
    assert_eq!(
        deck.counts().of(Chip::Failed),
        2,
        "two names without an address"
    );
}

#[test]
fn hosts_that_all_fail_after_they_answered_are_a_lost_network() {
    let answers = [ScriptedResponse::body("hello"), refused()];
    let hosts = ["a", "b", "c"];
    let mut deck = deck_of(&hosts.map(|host| (host, &answers[..])));
    add(&mut deck, &hosts);
    run(&mut deck, MINUTE);
    assert_eq!(done(&deck), 3);
    add(&mut deck, &hosts);
    assert!(deck.totals().network_outage.is_some());
}

#[test]
fn a_job_without_retries_fails_at_once() {
    let mut deck = deck_of(&[("dead", &[refused()])]);
    let Spec::Fetch(mut spec) = fetch_from("dead") else {
        unreachable!("a fetch")
    };
    spec.retry.retries = 0;
    deck.add(vec![Spec::Fetch(spec)], false);
    pass(&mut deck, Duration::ZERO);
    assert_eq!(words(&deck), ["Failed"]);
}

/// With a real socket: what the thread of a fetch says comes at any time.
#[test]
fn the_counts_are_those_of_the_rows_while_a_dead_host_is_tried() {
    let host = ParkHost::new();
    let mut deck = Deck::new(Runtime::new(host.clone()));
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let dead = listener.local_addr().expect("a port").to_string();
    drop(listener);
    deck.add(vec![fetch_from(&dead), fetch_from(&dead)], false);
    while deck
        .rows
        .ids()
        .map(|id| deck.detail(id).map_or(0, |row| row.attempts()))
        .sum::<u32>()
        < 4
    {
        assert!(deck.runtime().now().since_start() < MINUTE, "{deck:?}");
        deck.tick(TICK_BUDGET);
        check_sums(&deck);
        host.park(Some(SECOND / 50));
    }
}

#[test]
fn a_lost_network_that_no_row_wants_is_not_told() {
    let mut deck = deck_of(&[("a", &[offline()])]);
    let ids = add(&mut deck, &["a"; 3]);
    run(&mut deck, SECOND);
    assert!(deck.totals().network_outage.is_some());
    deck.apply(Action::new(Verb::Pause, ids.clone()));
    run(&mut deck, SECOND * 30);
    let totals = deck.totals();
    assert!(totals.network_outage.is_none() && !totals.counts_down);
    deck.apply(Action::new(Verb::Resume, ids));
    pass(&mut deck, Duration::ZERO);
    assert!(deck.totals().network_outage.is_some());
}
