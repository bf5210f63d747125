//! The rate of all rows together is that of the bytes that arrive.

use super::*;
use crate::fetch::{ErrorClass, FetchScript, ScriptedResponse};
use crate::jobs::{Destination, FetchSpec};
use crate::status::Verb;

fn url(number: usize) -> String {
    format!("http://h/{number}")
}

/// Downloads whose answers these are.
fn downloads(answers: impl IntoIterator<Item = ScriptedResponse>) -> Deck {
    let mut deck = deck();
    let mut script = FetchScript::new();
    let mut specs = Vec::new();
    for (number, answer) in answers.into_iter().enumerate() {
        let url = url(number);
        script = script.respond(&url, answer);
        let request = Request::get(&url).expect("a URL");
        specs.push(Spec::Fetch(FetchSpec::new(request, Destination::Count)));
    }
    deck.runtime().set_extension(std::rc::Rc::new(script));
    deck.limit(|limits| limits.jobs_per_host = 100);
    deck.add(specs, false);
    deck
}

fn body(bytes: usize) -> ScriptedResponse {
    ScriptedResponse::body("x".repeat(bytes))
}

/// Ticks as frames do, ten milliseconds apart.
fn frames(deck: &mut Deck, count: usize) {
    for _ in 0..count {
        deck.runtime().clock().advance(Duration::from_millis(10));
        deck.tick(TICK_BUDGET);
    }
}

#[test]
fn files_that_come_whole_between_two_samples_count() {
    const BYTES: usize = 3_000;
    let mut deck = downloads((0..900).map(|_| body(BYTES).over(Duration::from_millis(20))));
    deck.limit(|limits| limits.jobs_at_once = 6);
    frames(&mut deck, 100);
    let ended_before = deck.counts().of(Chip::Done);
    frames(&mut deck, 100);
    let in_a_second = (deck.counts().of(Chip::Done) - ended_before) as f64 * BYTES as f64;
    assert!(in_a_second > 0.0 && deck.counts().of(Chip::Waiting) > 0);
    let rate = deck.totals().rate;
    assert!(
        (rate / in_a_second - 1.0).abs() < 0.1,
        "{rate} of {in_a_second} bytes a second"
    );
    let history = deck.totals().rate_history;
    let lately = &history[history.len() - 10..];
    assert!(lately.iter().all(|rate| *rate > 0.0), "{lately:?}");
    check_sums(&deck);
    frames(&mut deck, 3_000);
    assert!(deck.all_ended());
    assert_eq!(deck.totals().rate, 0.0);
}

#[test]
fn every_byte_counts_once_whatever_becomes_of_its_row() {
    let lost = || FetchError::new(ErrorClass::Connect, "lost");
    let mut deck = downloads([
        body(10_000).over(SECOND),
        body(20_000).over(SECOND),
        body(30_000).over(SECOND * 100),
        ScriptedResponse::failure(lost()),
    ]);
    frames(&mut deck, 55);
    deck.apply(Action::new(Verb::Pause, vec![RowId(2)]));
    frames(&mut deck, 10);
    deck.apply(Action::new(Verb::Resume, vec![RowId(2)]));
    frames(&mut deck, 200);
    deck.apply(Action::new(Verb::Cancel, vec![RowId(3)]));
    frames(&mut deck, 10);
    let wire_bytes = |deck: &Deck| -> u64 {
        let ids = deck.rows.ids();
        ids.filter_map(|id| deck.detail(id).map(|row| row.wire_bytes()))
            .sum()
    };
    assert!(wire_bytes(&deck) >= 30_000);
    assert_eq!(deck.trends.arrived_bytes(), wire_bytes(&deck));
    // Another try is counted besides.
    let before = wire_bytes(&deck);
    deck.apply(Action::new(Verb::Retry, vec![RowId(3)]));
    frames(&mut deck, 1_100);
    let of_retry = deck
        .detail(RowId(3))
        .map(|row| row.wire_bytes())
        .expect("a row");
    assert_eq!(deck.trends.arrived_bytes(), before + of_retry);
}
