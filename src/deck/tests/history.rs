//! What rows remember, on virtual time: timelines, attempts, logs, and how little of it.

use std::rc::Rc;

use super::*;
use crate::deck::limits::{
    LOG_LINES_AFTER_END, PREVIEW_BYTES_AFTER_END, PREVIEWS_KEPT, RATE_POINTS_AFTER_END,
};
use crate::fetch::{FetchScript, ScriptedResponse};
use crate::jobs::{AttemptEnd, Destination, FetchSpec};
use crate::status::Verb;

const URL: &str = "https://example.com/data.csv";

/// A download that sleeps two seconds, and is answered by the script.
fn download(answers: Vec<ScriptedResponse>) -> (Deck, RowId) {
    let mut deck = deck();
    let mut script = FetchScript::new();
    for answer in answers {
        script = script.respond(URL, answer);
    }
    deck.runtime().set_extension(Rc::new(script));
    let request = Request::get(URL).expect("a URL");
    let mut spec = FetchSpec::new(request, Destination::Count);
    spec.sleep = SECOND * 2;
    deck.add(vec![Spec::Fetch(spec)], false);
    deck.tick(TICK_BUDGET);
    let id = deck.rows.ids().next().expect("a row");
    (deck, id)
}

/// Lets time go by in steps in which rates are sampled.
fn live(deck: &mut Deck, time: Duration) {
    let step = Duration::from_millis(100);
    for _ in 0..time.as_millis() / step.as_millis() {
        pass(deck, step);
    }
}

fn body(secs: u32, bytes: usize) -> ScriptedResponse {
    ScriptedResponse::body("x".repeat(bytes)).over(SECOND * secs)
}

fn unavailable() -> ScriptedResponse {
    ScriptedResponse::failure(FetchError::http_status(503, "", Some(SECOND * 8))).after(SECOND)
}

/// The lines of a row's timeline as `label from-to`, in seconds.
fn lines(deck: &Deck, id: RowId) -> Vec<String> {
    let timeline = deck
        .detail(id)
        .map(|row| row.timeline(deck.runtime().now()))
        .expect("a timeline");
    let line = |line: &crate::status::TimelineLine| {
        let pieces = line
            .pieces
            .iter()
            .map(|(from, to)| format!(" {:.1}-{:.1}", from.as_secs_f64(), to.as_secs_f64()));
        let open = if line.is_open { " …" } else { "" };
        format!("{}{}{open}", line.label, pieces.collect::<String>())
    };
    timeline.lines.iter().map(line).collect()
}

#[test]
fn the_timeline_has_every_step_wait_and_pause_and_stays_when_it_ended() {
    let (mut deck, id) = download(vec![unavailable(), body(10, 1000)]);
    assert_eq!(lines(&deck, id), ["Slept 0.0-0.0 …"]);
    live(&mut deck, SECOND * 5);
    assert_eq!(
        lines(&deck, id),
        ["Slept 0.0-2.0", "Connect 2.0-3.0", "503, waited 3.0-5.0 …"]
    );
    live(&mut deck, SECOND * 10);
    assert_eq!(word(&deck, id), "Downloading");
    deck.apply(Action::new(Verb::Pause, vec![id]));
    pass(&mut deck, SECOND * 100);
    deck.apply(Action::new(Verb::Resume, vec![id]));
    live(&mut deck, SECOND * 8);
    let expected = [
        "Slept 0.0-2.0",
        "Connect 2.0-3.0",
        "503, waited 3.0-11.0",
        "Connect 11.0-11.0",
        "Download 2 11.0-15.0 115.0-121.0",
        "Paused 15.0-115.0",
    ];
    assert_eq!(word(&deck, id), "Done");
    assert_eq!(lines(&deck, id), expected);
    assert_eq!(
        deck.detail(id)
            .map(|row| row.timeline(deck.runtime().now()))
            .expect("one")
            .length,
        SECOND * 121
    );
    // At rest it does not grow.
    pass(&mut deck, SECOND * 1000);
    assert_eq!(
        deck.detail(id)
            .map(|row| row.timeline(deck.runtime().now()))
            .expect("one")
            .length,
        SECOND * 121
    );
    assert_eq!(lines(&deck, id), expected);
}

#[test]
fn waiting_for_a_slot_is_a_line_too() {
    let mut deck = deck();
    deck.limit(|limits| limits.jobs_at_once = 1);
    deck.add(specs(2), false);
    let ids: Vec<_> = deck.rows.ids().collect();
    deck.tick(TICK_BUDGET);
    pass(&mut deck, SECOND);
    assert_eq!(lines(&deck, ids[1]), ["Queued 0.0-1.0 …"]);
    pass(&mut deck, SECOND);
    pass(&mut deck, SECOND / 2);
    assert_eq!(
        lines(&deck, ids[1]),
        [
            "Queued 0.0-2.0",
            "Working 2.0-2.0",
            "Working without a network 2.0-2.5 …"
        ]
    );
    // One that ends before it begins keeps its wait.
    deck.add(specs(1), true);
    let last = deck.rows.ids().last().expect("a row");
    pass(&mut deck, SECOND);
    assert_eq!(lines(&deck, last), ["Paused 0.0-1.0 …"]);
    deck.apply(Action::new(Verb::Cancel, vec![last]));
    pass(&mut deck, SECOND * 50);
    assert_eq!(lines(&deck, last), ["Paused 0.0-1.0"]);
    assert_eq!(
        deck.detail(last)
            .map(|row| row.timeline(deck.runtime().now()))
            .expect("one")
            .length,
        SECOND
    );
}

#[test]
fn attempts_are_kept_over_a_retry_by_hand() {
    let refused = || ScriptedResponse::status(404).after(SECOND);
    let (mut deck, id) = download(vec![unavailable(), refused(), body(4, 1000)]);
    live(&mut deck, SECOND * 4);
    let made = deck
        .detail(id)
        .map_or_else(Vec::new, |row| row.attempts_made());
    assert_eq!(made.len(), 1);
    let wait = made[0].attempt.wait.expect("a wait");
    assert_eq!((wait.delay, wait.asked_by_server), (SECOND * 8, true));
    live(&mut deck, SECOND * 9);
    assert_eq!(word(&deck, id), "Failed");
    deck.apply(Action::new(Verb::Retry, vec![id]));
    deck.tick(TICK_BUDGET);
    live(&mut deck, Duration::from_millis(4200));
    let summary = |deck: &Deck| -> Vec<_> {
        let made = deck
            .detail(id)
            .map_or_else(Vec::new, |row| row.attempts_made())
            .into_iter();
        made.map(|past| {
            let end = match past.attempt.end {
                AttemptEnd::Failed(error) => format!("{:?}", error.http_status),
                end => format!("{end:?}"),
            };
            (past.run, past.attempt.number, end, past.attempt.wire_bytes)
        })
        .collect()
    };
    let failed = |run, number, status: u16| (run, number, format!("Some({status})"), 0);
    let under_way = (2, 1, "UnderWay".to_owned(), 500);
    assert_eq!(
        summary(&deck),
        [failed(1, 1, 503), failed(1, 2, 404), under_way]
    );
    deck.apply(Action::new(Verb::Cancel, vec![id]));
    deck.tick(TICK_BUDGET);
    let stopped = (2, 1, "Stopped".to_owned(), 500);
    assert_eq!(summary(&deck)[2], stopped);
    // The timeline began anew with the second run.
    assert_eq!(lines(&deck, id)[0], "Slept 0.0-2.0");
}

#[test]
fn the_rate_is_there_while_bytes_come_and_afterwards() {
    let (mut deck, id) = download(vec![body(40, 4_000_000)]);
    assert!(
        deck.detail(id)
            .map(|row| row.rate_curve())
            .expect("a row")
            .points
            .is_empty()
    );
    live(&mut deck, SECOND * 30);
    let curve = deck.detail(id).map(|row| row.rate_curve()).expect("a row");
    assert!((27.5..=28.5).contains(&curve.length_secs), "{curve:?}");
    let mean: f64 =
        curve.points.iter().map(|[_, rate]| rate).sum::<f64>() / curve.points.len() as f64;
    assert!((mean - 1e5).abs() < 2e4, "{mean}");
    live(&mut deck, SECOND * 15);
    assert_eq!(word(&deck, id), "Done");
    let curve = deck.detail(id).map(|row| row.rate_curve()).expect("a row");
    assert!(curve.points.len() <= RATE_POINTS_AFTER_END + 2);
    assert!((39.0..=40.5).contains(&curve.length_secs), "{curve:?}");
}

#[test]
fn the_log_and_the_polls_are_kept_within_bounds() {
    let (mut deck, id) = download(vec![body(2, 1000)]);
    live(&mut deck, SECOND);
    assert_eq!(
        deck.detail(id)
            .and_then(|row| row.log())
            .expect("a log")
            .lines
            .len(),
        0
    );
    live(&mut deck, SECOND * 5);
    let log = deck.detail(id).and_then(|row| row.log()).expect("a log");
    assert_eq!(log.lines[0].text, "slept 2.000 s");
    assert!(log.lines.len() <= LOG_LINES_AFTER_END);
    let (statistics, _) = deck
        .detail(id)
        .and_then(|row| row.statistics())
        .expect("it ran");
    assert!(statistics.polls > 3);
    let counted: u32 = statistics.histogram.counts.iter().sum();
    assert_eq!(u64::from(counted), statistics.polls);
}

/// What a hundred thousand rows keep must stay small.
#[test]
fn a_row_that_ended_keeps_little() {
    let (mut deck, id) = download(vec![unavailable(), body(40, 4_000_000)]);
    live(&mut deck, SECOND * 60);
    assert_eq!(word(&deck, id), "Done");
    let index = deck.rows.find(id).expect("a row");
    let flapping = deck.rows[index].history.heap_bytes();
    let (mut deck, id) = download(vec![body(1, 10_000)]);
    live(&mut deck, SECOND * 4);
    let index = deck.rows.find(id).expect("a row");
    let usual = deck.rows[index].history.heap_bytes();
    let before = {
        let mut deck = self::deck();
        deck.add(specs(1), true);
        deck.rows[0].history.heap_bytes()
    };
    assert!(usual <= 800 && flapping <= 1400, "{usual} {flapping}");
    assert_eq!(before, 0);
}

#[test]
fn only_the_latest_rows_keep_the_text_of_their_body() {
    let mut deck = deck();
    deck.add(specs(PREVIEWS_KEPT + 1), true);
    while deck.totals().to_add > 0 {
        deck.tick(TICK_BUDGET);
    }
    let ids: Vec<_> = deck.rows.ids().collect();
    deck.apply(Action::new(Verb::Cancel, ids.clone()));
    while !deck.all_ended() {
        deck.tick(TICK_BUDGET);
    }
    for (index, _) in ids.iter().enumerate() {
        if let RowState::Ended(ended) = &mut deck.rows[index].state {
            ended.fetched = Some(crate::fetch::Fetched {
                preview: Some("ü".repeat(20_000)),
                ..crate::fetch::Fetched::default()
            });
        }
        deck.rows.keep_preview(index);
    }
    let preview = |index: usize| {
        deck.rows
            .ended(ids[index])?
            .fetched
            .as_ref()?
            .preview
            .as_deref()
    };
    assert_eq!(preview(0), None);
    let kept = preview(1).expect("a text");
    assert!(kept.len() <= PREVIEW_BYTES_AFTER_END + "…".len() && kept.ends_with("ü…"));
    assert!(preview(PREVIEWS_KEPT).is_some());
}
