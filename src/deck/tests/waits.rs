//! What a row says of what it waits for, and for how long.

use std::rc::Rc;

use super::*;
use crate::fetch::{FetchScript, ScriptedResponse};
use crate::jobs::{Destination, FetchSpec};
use crate::status::Verb;

const URL: &str = "http://h/a";

/// A download that is answered from a script.
fn download(script: FetchScript) -> (Deck, RowId) {
    let mut deck = deck();
    deck.runtime().set_extension(Rc::new(script));
    let request = Request::get(URL).expect("a URL");
    let spec = FetchSpec::new(request, Destination::Count);
    deck.add(vec![Spec::Fetch(spec)], false);
    let id = deck.rows.ids().next().expect("a row");
    pass(&mut deck, Duration::ZERO);
    pass(&mut deck, SECOND / 10);
    (deck, id)
}

/// Word and detail after so many more seconds, in each of which the rows are looked at.
fn line_after(deck: &mut Deck, id: RowId, secs: u32) -> String {
    (0..secs).for_each(|_| pass(deck, SECOND));
    row(deck, id).status.line().into_owned()
}

fn row(deck: &Deck, id: RowId) -> RowView {
    deck.view(id).expect("a row")
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_with_a_limit() {
    let late = ScriptedResponse::body("0123456789").after(60 * SECOND);
    let (mut deck, id) = download(FetchScript::new().respond(URL, late));
    assert_eq!(line_after(&mut deck, id, 2), "Connecting");
    assert_eq!(line_after(&mut deck, id, 8), "Connecting, 10 of 120 s");
    let view = row(&deck, id);
    assert_eq!((view.status.chip(), view.eta), (Chip::Active, None));
    // A pause is no silence of the server.
    deck.apply(Action::new(Verb::Pause, vec![id]));
    assert!(line_after(&mut deck, id, 30).starts_with("Paused"));
    deck.apply(Action::new(Verb::Resume, vec![id]));
    assert_eq!(line_after(&mut deck, id, 5), "Connecting, 15 of 120 s");
    check_sums(&deck);
}

#[test]
fn a_transfer_without_bytes_says_when_it_gives_up_and_goes_on_when_they_come() {
    let slow = ScriptedResponse::body("0123456789").over(200 * SECOND);
    let (mut deck, id) = download(FetchScript::new().respond(URL, slow));
    assert_eq!(line_after(&mut deck, id, 2), "Downloading");
    let silent = line_after(&mut deck, id, 13);
    assert_eq!(silent, "Stalled for 15 s, gives up at 30 s");
    let view = row(&deck, id);
    assert_eq!((view.rate, view.eta), (None, None));
    assert!(view.shows_bar());
    check_sums(&deck);
    assert_eq!(line_after(&mut deck, id, 6), "Downloading");
    assert!(row(&deck, id).rate.is_some());
    check_sums(&deck);
}

#[test]
fn a_retry_has_its_reason_beside_its_countdown_and_no_estimate() {
    let script = FetchScript::new()
        .respond(URL, ScriptedResponse::status(503))
        .respond(URL, ScriptedResponse::body("x").after(60 * SECOND));
    let (mut deck, id) = download(script);
    let view = row(&deck, id);
    let line = view.status.line();
    assert!(line.starts_with("Retry 1 of 5 in "), "{line}");
    assert!(line.ends_with(" s") && !line.contains('.'), "{line}");
    let reason = view.note.expect("a reason");
    assert!(reason.contains("503"), "{reason}");
    assert_eq!(view.eta, None);
    // Under way again, the last failure is of the past.
    let line = line_after(&mut deck, id, 8);
    assert!(line.starts_with("Connecting, "), "{line}");
    assert_eq!(row(&deck, id).note, None);
}

#[test]
fn a_done_row_has_the_mean_rate_of_its_attempt_without_pauses() {
    let body = ScriptedResponse::body("x".repeat(1_000)).over(10 * SECOND);
    let script = FetchScript::new()
        .respond(URL, ScriptedResponse::status(503))
        .respond(URL, body);
    let (mut deck, id) = download(script);
    // The wait before the second attempt does not count.
    while word(&deck, id) != "Downloading" {
        pass(&mut deck, SECOND / 10);
    }
    assert_eq!(row(&deck, id).mean_rate, None);
    deck.apply(Action::new(Verb::Pause, vec![id]));
    pass(&mut deck, 30 * SECOND);
    deck.apply(Action::new(Verb::Resume, vec![id]));
    while word(&deck, id) != "Done" {
        pass(&mut deck, SECOND / 10);
    }
    let view = row(&deck, id);
    assert_eq!(view.rate, None);
    let mean = view.mean_rate.expect("a rate");
    assert!((90.0..=100.5).contains(&mean), "{mean}");
    assert_eq!(view.shown_rate(), Some(mean));
    assert_eq!(deck.totals().rate, 0.0);
}
