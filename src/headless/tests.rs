//! What a run tells of downloads whose files have notes, doubts and names of their own.

use std::io::{self, Read as _};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::line_writer::LineWriter;
use super::lines::Lines;
use super::ndjson::Ndjson;
use super::reporter::Reporter;
use super::sums::done;
use crate::deck::Deck;
use crate::fetch::{FetchScript, Note, NoteCode, Request, Save, ScriptedResponse};
use crate::jobs::{Destination, FetchSpec, Spec};
use crate::runtime::{Clock, ParkHost, Runtime, TICK_BUDGET};

/// Runs a download with a doubt, one with a note and one of another name, and gives what was
/// written.
fn told<R: Reporter>(mut reporter: R, written: impl FnOnce(R) -> Vec<u8>) -> (Deck, String) {
    let body = |name: &str| ScriptedResponse::body("12345").named(name);
    let page = Note::new(
        NoteCode::WebPage,
        "a web page came instead of report\u{9b}.pdf",
    );
    let script = FetchScript::new()
        .respond("http://h/report.pdf", body("signin").noted(page))
        .respond(
            "http://h/d",
            body("d").noted(Note::new(NoteCode::Compared, "compared at four places")),
        )
        .respond("http://h/x", body("manual.pdf"));
    let mut deck = Deck::new(Runtime::with_clock(ParkHost::new(), Clock::virtual_time()));
    deck.runtime().set_extension(Rc::new(script));
    deck.events.watch();
    let specs = ["http://h/report.pdf", "http://h/d", "http://h/x"].map(|url| {
        let request = Request::get(url).unwrap();
        Spec::Fetch(FetchSpec::new(
            request,
            Destination::Save(Save::in_folder("/d")),
        ))
    });
    deck.add(specs.into(), false);
    for _ in 0..5 {
        deck.tick(TICK_BUDGET);
        for event in deck.events.take() {
            reporter.event(&deck, &event).unwrap();
        }
        deck.runtime().clock().advance(Duration::from_secs(1));
    }
    reporter.summary(&deck).unwrap();
    reporter.flush().unwrap();
    let text = String::from_utf8(written(reporter)).unwrap();
    (deck, text)
}

#[test]
fn a_line_has_the_name_of_the_file_the_doubt_and_the_notes() {
    let (deck, text) = told(Lines::new(Vec::new()), Lines::into_inner);
    let lines: Vec<_> = text.lines().collect();
    let starts = [
        "Check  signin  5 B  A web page came instead of report\\u{9b}.pdf  ",
        "Done  d  5 B  in 0.00 s  Compared at four places  ",
        "Done  manual.pdf  5 B  in ",
        "3 done (1 to check)  15 B in ",
    ];
    for start in starts {
        assert!(
            lines.iter().any(|line| line.starts_with(start)),
            "{start}: {text}"
        );
    }
    assert_eq!(lines.len(), 4, "{text}");
    // A doubt is done.
    assert_eq!(done(&deck), 3);
}

#[test]
fn a_doubt_is_no_failure_where_only_these_are_told() {
    let (_, text) = told(Lines::only_failures(Vec::new(), false), Lines::into_inner);
    assert_eq!(text, "");
    let (_, text) = told(Lines::only_failures(Vec::new(), true), Lines::into_inner);
    assert!(
        text.starts_with("Check  signin  5 B  A web page came"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn ndjson_says_done_with_notes_and_tells_the_names() {
    let (mut reader, out) = io::pipe().unwrap();
    let lines = LineWriter::start(out, &Arc::default()).unwrap();
    let (_, text) = told(Ndjson::new(lines, false), |ndjson| {
        // The end of its thread closes the pipe.
        drop(ndjson);
        let mut written = Vec::new();
        reader.read_to_end(&mut written).unwrap();
        written
    });
    assert!(
        !text.contains('\u{9b}') && text.contains("report\\u009b.pdf"),
        "{text}"
    );
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let named = |name: &'static str| events.iter().filter(move |event| event["event"] == name);
    let names: Vec<_> = named("renamed")
        .map(|event| (&event["job"], &event["name"]))
        .collect();
    assert_eq!(
        names,
        [
            (&json!(1), &json!("signin")),
            (&json!(3), &json!("manual.pdf"))
        ]
    );
    let notes: Vec<_> = named("finished")
        .map(|event| {
            assert_eq!(event["outcome"], "done", "{event}");
            event["notes"].clone()
        })
        .collect();
    let doubt = json!([{
        "kind": "doubt", "code": "web_page", "text": "a web page came instead of report\u{9b}.pdf",
    }]);
    let info = json!([{ "kind": "info", "code": "compared", "text": "compared at four places" }]);
    assert_eq!(notes, [doubt, info, json!([])]);
    let summary = named("summary").next().unwrap();
    assert_eq!(
        (&summary["done"], &summary["failed"]),
        (&json!(3), &json!(0))
    );
}
