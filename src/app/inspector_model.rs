//! What the inspector shows, made from the deck: only for the rows that are selected, and only for
//! the tab that is chosen.

use std::collections::HashMap;
use std::time::Duration;

use web_time::SystemTime;

use crate::deck::{Ended, PastAttempt, RowDetail, WindowDeck};
use crate::fetch::{FetchError, TracedResponse};
use crate::format;
use crate::jobs::{AttemptEnd, Spec};
use crate::runtime::{Moment, Outcome};
use crate::status::{Counts, RowId, RowView, Status, Tone};
use crate::view::{
    AttemptView, ErrorView, Fact, InspectorTab, InspectorView, LogLines, MainState, Overview,
    RowInspection, RuntimeView, Selection, Several, TabView,
};

/// How many different errors of several rows are shown.
const MAX_ERRORS_SHOWN: usize = 8;
/// The sum of fewer rows is made in each frame; that of more only if something may have changed it,
/// and once a second.
const ROWS_SUMMED_EACH_FRAME: usize = 500;

/// What the inspector shows, with the sum of many rows kept from frame to frame.
#[derive(Debug, Default)]
pub(super) struct InspectorModel(Option<(SumKey, Several)>);

/// What a sum was made from, as far as looking is cheap.
#[derive(Debug, PartialEq)]
struct SumKey {
    rows: usize,
    sum_of_ids: u64,
    counts: Counts,
    second: u64,
}

impl InspectorModel {
    /// What the inspector shows while it is open: the row that is selected alone, or the sum of
    /// those that are.
    pub(super) fn view(
        &mut self,
        deck: &dyn WindowDeck,
        main: &MainState,
    ) -> Option<InspectorView> {
        if !main.is_inspector_open {
            return None;
        }
        let selection = &main.table.selection;
        match selection.single() {
            Some(id) => {
                let row = row_inspection(deck, id, main.inspector.tab)?;
                Some(InspectorView::Row(Box::new(row)))
            }
            None if selection.is_empty() => None,
            None => Some(InspectorView::Several(Box::new(self.sum(deck, selection)))),
        }
    }

    fn sum(&mut self, deck: &dyn WindowDeck, selection: &Selection) -> Several {
        if selection.len() < ROWS_SUMMED_EACH_FRAME {
            return several(deck, selection.iter());
        }
        let key = SumKey {
            rows: selection.len(),
            sum_of_ids: selection.iter().fold(0, |sum, id| sum.wrapping_add(id.0)),
            counts: deck.counts(),
            second: deck.now().as_secs(),
        };
        match &self.0 {
            Some((known, sum)) if *known == key => sum.clone(),
            _ => {
                let sum = several(deck, selection.iter());
                self.0 = Some((key, sum.clone()));
                sum
            }
        }
    }
}

fn row_inspection(deck: &dyn WindowDeck, id: RowId, tab: InspectorTab) -> Option<RowInspection> {
    let (row, detail) = (deck.view(id)?, deck.detail(id)?);
    let has_path = |ended: &Ended| {
        let fetched = ended.fetched.as_ref();
        let saved = fetched.and_then(|fetched| fetched.path.as_ref());
        saved.is_some() || ended.part.is_some()
    };
    Some(RowInspection {
        added: date_and_time(deck, detail.added()),
        has_link: matches!(detail.spec(), Spec::Fetch(_)),
        has_file: detail.ended().is_some_and(has_path),
        offers_retry: true,
        tabs: &InspectorTab::ALL,
        tab: match tab {
            InspectorTab::Overview => TabView::Overview(Box::new(overview(deck, detail, &row))),
            InspectorTab::Attempts => TabView::Attempts(attempts(deck, detail, &row)),
            InspectorTab::Log => TabView::Log(log(detail)),
            InspectorTab::Runtime => TabView::Runtime(runtime(detail).map(Box::new)),
        },
        row,
    })
}

/// A moment on the deck's clock, as the user's clock had it.
fn date_and_time(deck: &dyn WindowDeck, moment: Moment) -> Option<String> {
    format::date_and_time(deck.time_of(moment)?, SystemTime::now())
}

fn now(deck: &dyn WindowDeck) -> Moment {
    Moment::from_start(deck.now())
}

// ---- overview ----

fn overview(deck: &dyn WindowDeck, detail: &dyn RowDetail, row: &RowView) -> Overview {
    let fetched = detail.ended().and_then(|ended| ended.fetched.as_ref());
    Overview {
        error: error(detail, row),
        notes: detail.ended().map_or_else(Vec::new, notes),
        curve: detail.rate_curve(),
        timeline: detail.timeline(now(deck)),
        facts: facts(deck, detail, row),
        preview: fetched.and_then(|fetched| fetched.preview.clone()),
    }
}

/// The notes on its file, the open doubt first.
fn notes(ended: &Ended) -> Vec<(Tone, String)> {
    let doubt = ended.doubt();
    let all = ended.fetched.iter().flat_map(|fetched| &fetched.notes);
    let others = all.filter(|note| Some(*note) != doubt);
    let doubt = doubt.map(|note| (Tone::Doubt, note.text.to_string()));
    let others = others.map(|note| (Tone::Text, note.text.to_string()));
    doubt.into_iter().chain(others).collect()
}

fn error(detail: &dyn RowDetail, row: &RowView) -> Option<ErrorView> {
    let defect = detail.ended().and_then(Ended::defect);
    match (detail.last_error(), &row.status) {
        (_, Status::Done { .. } | Status::Check { .. }) => None,
        (last, status) => match (defect, last, status) {
            (Some((message, detail)), ..) => Some(ErrorView {
                message,
                hint: Ended::DEFECT_HINT.to_owned(),
                detail,
            }),
            (None, Some(error), _) => Some(error_view(&error)),
            (None, None, Status::Failed { cause, .. }) => Some(ErrorView {
                message: cause.to_string(),
                hint: String::new(),
                detail: String::new(),
            }),
            (None, None, _) => None,
        },
    }
}

fn error_view(error: &FetchError) -> ErrorView {
    ErrorView {
        message: error.message.clone(),
        hint: error.hint.clone(),
        detail: error.detail.clone(),
    }
}

/// Collects facts, and leaves out those without a text.
#[derive(Default)]
struct FactList(Vec<Fact>);

impl FactList {
    fn tell(&mut self, name: &'static str, text: Option<String>, is_copyable: bool) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.0.push(Fact {
                name,
                text,
                is_copyable,
            });
        }
    }

    fn say(&mut self, name: &'static str, text: Option<String>) {
        self.tell(name, text, false);
    }

    fn offer(&mut self, name: &'static str, text: Option<String>) {
        self.tell(name, text, true);
    }
}

fn facts(deck: &dyn WindowDeck, detail: &dyn RowDetail, row: &RowView) -> Vec<Fact> {
    let ended = detail.ended();
    let fetched = ended.and_then(|ended| ended.fetched.as_ref());
    let answer = detail.answer();
    let request = match detail.spec() {
        Spec::Fetch(spec) => Some(&spec.request),
        Spec::Timed(_) => None,
    };
    let url = detail.spec().url();
    let time = |moment| date_and_time(deck, moment);
    let some_time = |time: Duration| (!time.is_zero()).then(|| format::duration(time));
    let mut facts = FactList::default();

    let of_link = row.link_name.as_ref();
    facts.offer("Name in the link", of_link.map(|name| name.to_string()));
    facts.offer("URL", Some(url.clone()));
    let hops = answer.as_ref().map_or(&[][..], |answer| &answer.redirects);
    for hop in hops {
        facts.offer("Redirected to", Some(hop.clone()));
    }
    if hops.is_empty() {
        let last = fetched.map(|fetched| fetched.final_url.clone());
        facts.offer("Redirected to", last.filter(|last| *last != url));
    }
    let saved = fetched.and_then(|fetched| fetched.path.as_ref());
    facts.offer("Saved to", saved.map(|path| path.display().to_string()));
    let part = ended.and_then(|ended| ended.part.as_ref());
    facts.offer("Kept in", part.map(|path| path.display().to_string()));
    let aside = ended.and_then(|ended| ended.set_aside.as_ref());
    facts.offer("Set aside", aside.map(|path| path.display().to_string()));
    let aside_bytes = ended.and_then(|ended| ended.set_aside_bytes);
    facts.say("Size set aside", aside_bytes.map(format::bytes));
    facts.say("HTTP status", http_status(answer.as_ref(), ended));
    facts.say("Content type", content_type(answer.as_ref(), ended));
    facts.say("Validator", answer.as_ref().map(validator));
    facts.say("Announced", row.amount.total.map(format::bytes));
    facts.say("Received", row.amount.done.map(format::bytes));
    let wire_bytes = Some(detail.wire_bytes()).filter(|bytes| *bytes > 0);
    facts.say("Over the wire", wire_bytes.map(format::bytes));
    let expected = request.and_then(|request| request.checksum());
    let actual = fetched.and_then(|fetched| fetched.sha256);
    match (expected, actual) {
        (Some(expected), Some(actual)) if expected == actual => {
            facts.offer("SHA-256", Some(format!("{actual}, as expected")));
        }
        (expected, actual) => {
            facts.offer("Expected", expected.map(|sum| sum.to_string()));
            facts.offer("SHA-256", actual.map(|sum| sum.to_string()));
        }
    }
    let resumed = fetched.and_then(|fetched| fetched.resumed_at);
    facts.say("Went on at", resumed.map(format::bytes));
    facts.say("Slept", row.slept.map(format::duration));
    let paused = detail.paused(now(deck));
    facts.say("Paused for", paused.and_then(some_time));
    let attempts = last_number(detail, &detail.attempts_made());
    facts.say("Attempts", (attempts > 0).then(|| attempts.to_string()));
    facts.say("Added", time(detail.added()));
    facts.say("Began", detail.began().and_then(time));
    let end = ended.and_then(|ended| Some(ended.times.began_at? + ended.times.elapsed));
    facts.say("Ended", end.and_then(time));
    facts.0
}

fn http_status(answer: Option<&TracedResponse>, ended: Option<&Ended>) -> Option<String> {
    let status = answer.map(|answer| answer.http_status);
    Some(status.or_else(|| ended?.http_status())?.to_string())
}

fn content_type(answer: Option<&TracedResponse>, ended: Option<&Ended>) -> Option<String> {
    let fetched = ended.and_then(|ended| ended.fetched.as_ref());
    let of_file = fetched.and_then(|fetched| fetched.content_type.clone());
    of_file.or_else(|| answer?.content_type.clone())
}

/// How the server marks versions of the file, and whether it can send a part of one.
fn validator(answer: &TracedResponse) -> String {
    let validator = match (&answer.etag, &answer.last_modified) {
        (Some(etag), _) => format!("ETag {etag}"),
        (None, Some(date)) => format!("changed {date}"),
        (None, None) => "none given".to_owned(),
    };
    match answer.takes_ranges {
        Some(true) => format!("{validator} · resumable"),
        Some(false) => format!("{validator} · not resumable"),
        None => validator,
    }
}

// ---- attempts ----

/// The number of the newest attempt, counted over all jobs of the row.
fn last_number(detail: &dyn RowDetail, made: &[PastAttempt]) -> u64 {
    let kept = made.len() as u64;
    // Those that are not kept any more are known by the number of the first of its job that is.
    let before = made
        .first()
        .map_or(0, |first| u64::from(first.attempt.number - 1));
    (kept + before).max(u64::from(detail.attempts()))
}

fn attempts(deck: &dyn WindowDeck, detail: &dyn RowDetail, row: &RowView) -> Vec<AttemptView> {
    let made = detail.attempts_made();
    let last = last_number(detail, &made);
    let first = last + 1 - made.len() as u64;
    let now = now(deck);
    let last_place = made.len().saturating_sub(1);
    let view = |(place, past): (usize, &PastAttempt)| {
        let PastAttempt { run, attempt } = past;
        let (end, tone, error) = match &attempt.end {
            AttemptEnd::UnderWay => ("Under way".to_owned(), Tone::Accent, None),
            AttemptEnd::Done => ("Done".to_owned(), Tone::Good, None),
            AttemptEnd::Failed(error) => {
                let view = error_view(error);
                (view.message.clone(), Tone::Failed, Some(view))
            }
            AttemptEnd::Other(text) => (text.to_string(), Tone::Failed, None),
            AttemptEnd::Stopped => (stopped(detail, place == last_place), Tone::Off, None),
        };
        let next = made.get(place + 1);
        let by_hand = place
            .checked_sub(1)
            .is_some_and(|before| made[before].run != *run);
        AttemptView {
            number: first + place as u64,
            reason: if by_hand { "by hand" } else { "" },
            began: date_and_time(deck, attempt.began),
            took: attempt.ended.unwrap_or(now).since(attempt.began),
            bytes: attempt.wire_bytes,
            end,
            tone,
            error,
            followed: followed(past, next, matches!(row.status, Status::Retrying { .. })),
        }
    };
    made.iter().enumerate().map(view).collect()
}

/// How an attempt ended that ended with its job.
fn stopped(detail: &dyn RowDetail, is_last: bool) -> String {
    let ended = detail.ended().filter(|_| is_last);
    match ended.map(|ended| &ended.outcome) {
        Some(Outcome::TimedOut) => "The time of the job was over",
        Some(Outcome::Panicked(_)) => "Crashed",
        _ if ended.is_some_and(|ended| ended.is_interrupted) => "Interrupted",
        _ => "Cancelled",
    }
    .to_owned()
}

/// What followed an attempt: the wait, and who asked for it.
fn followed(past: &PastAttempt, next: Option<&PastAttempt>, is_retrying: bool) -> String {
    let Some(wait) = past.attempt.wait else {
        return String::new();
    };
    let next = next.filter(|next| next.run == past.run);
    let waited = match next {
        Some(next) => {
            let waited = past
                .attempt
                .ended
                .map(|ended| next.attempt.began.since(ended));
            format!("Waited {}", format::duration(waited.unwrap_or(wait.delay)))
        }
        None if is_retrying => format!("Waits {}", format::duration(wait.delay)),
        None => "Did not wait to the end".to_owned(),
    };
    if wait.asked_by_server {
        format!(
            "{waited}; the server asked for {}",
            format::duration(wait.delay)
        )
    } else {
        waited
    }
}

// ---- log and runtime ----

fn log(detail: &dyn RowDetail) -> LogLines {
    let log = detail.log().unwrap_or_default();
    let began = log.began;
    let lines = log.lines.into_iter();
    LogLines {
        lines: lines
            .map(|line| (line.at.since(began), line.text))
            .collect(),
        forgotten: log.forgotten,
    }
}

fn runtime(detail: &dyn RowDetail) -> Option<RuntimeView> {
    let (statistics, warnings) = detail.statistics()?;
    let awaits = detail.awaits();
    Some(RuntimeView {
        statistics,
        warnings,
        is_over: awaits.is_none(),
        awaits: awaits.unwrap_or_default(),
        children: detail.children(),
    })
}

// ---- several ----

fn several(deck: &dyn WindowDeck, ids: impl Iterator<Item = RowId>) -> Several {
    let mut sum = Several::default();
    let mut errors: HashMap<String, usize> = HashMap::new();
    for id in ids {
        let Some(row) = deck.view(id) else { continue };
        sum.counts.add(row.status.chip());
        sum.received_bytes += row.amount.done.unwrap_or(0);
        match row.amount.total {
            Some(total) => sum.total_bytes += total,
            None => sum.without_total += 1,
        }
        sum.rate += row.rate.unwrap_or(0.0);
        sum.slept += row.slept.unwrap_or_default();
        if let Status::Failed { cause, .. } = &row.status {
            *errors.entry(cause.to_string()).or_default() += 1;
        }
    }
    sum.errors = errors.into_iter().collect();
    sum.errors
        .sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    sum.errors.truncate(MAX_ERRORS_SHOWN);
    sum
}
