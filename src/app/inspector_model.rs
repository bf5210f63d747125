//! What the inspector shows, made from the deck: only for the rows that are selected, and only for
//! the tab that is chosen.

use std::collections::HashMap;
use std::time::Duration;

use web_time::SystemTime;

use crate::deck::{Deck, Ended, PastAttempt};
use crate::fetch::{FetchError, TracedResponse};
use crate::format;
use crate::jobs::{AttemptEnd, Spec};
use crate::runtime::{Job, Lifecycle, Moment, Outcome};
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
    pub(super) fn view(&mut self, deck: &Deck, main: &MainState) -> Option<InspectorView> {
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

    fn sum(&mut self, deck: &Deck, selection: &Selection) -> Several {
        if selection.len() < ROWS_SUMMED_EACH_FRAME {
            return several(deck, selection.iter());
        }
        let key = SumKey {
            rows: selection.len(),
            sum_of_ids: selection.iter().fold(0, |sum, id| sum.wrapping_add(id.0)),
            counts: deck.counts(),
            second: deck.runtime().now().since_start().as_secs(),
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

fn row_inspection(deck: &Deck, id: RowId, tab: InspectorTab) -> Option<RowInspection> {
    let row = deck.view(id)?;
    let added = deck
        .detail(id)
        .and_then(|row| deck.wall_clock.time_of(row.added()));
    let ended = deck.rows.ended(id);
    let has_path = |ended: &Ended| {
        let fetched = ended.fetched.as_ref();
        let saved = fetched.and_then(|fetched| fetched.path.as_ref());
        saved.is_some() || ended.part.is_some()
    };
    Some(RowInspection {
        added: added.and_then(|added| format::date_and_time(added, SystemTime::now())),
        has_link: matches!(deck.rows.spec(id), Some(Spec::Fetch(_))),
        has_file: ended.is_some_and(has_path),
        tab: match tab {
            InspectorTab::Overview => TabView::Overview(Box::new(overview(deck, &row))),
            InspectorTab::Attempts => TabView::Attempts(attempts(deck, &row)),
            InspectorTab::Log => TabView::Log(log(deck, id)),
            InspectorTab::Runtime => TabView::Runtime(runtime(deck, id).map(Box::new)),
        },
        row,
    })
}

// ---- overview ----

fn overview(deck: &Deck, row: &RowView) -> Overview {
    let fetched = deck
        .rows
        .ended(row.id)
        .and_then(|ended| ended.fetched.as_ref());
    Overview {
        error: error(deck, row),
        notes: deck.rows.ended(row.id).map_or_else(Vec::new, notes),
        curve: deck
            .detail(row.id)
            .map(|row| row.rate_curve())
            .unwrap_or_default(),
        timeline: deck
            .detail(row.id)
            .map(|row| row.timeline())
            .unwrap_or_default(),
        facts: facts(deck, row),
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

fn error(deck: &Deck, row: &RowView) -> Option<ErrorView> {
    let defect = deck.rows.ended(row.id).and_then(Ended::defect);
    match (
        deck.detail(row.id).and_then(|row| row.last_error()),
        &row.status,
    ) {
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

fn facts(deck: &Deck, row: &RowView) -> Vec<Fact> {
    let id = row.id;
    let ended = deck.rows.ended(id);
    let fetched = ended.and_then(|ended| ended.fetched.as_ref());
    let answer = deck.detail(id).and_then(|row| row.answer());
    let request = match deck.rows.spec(id) {
        Some(Spec::Fetch(spec)) => Some(&spec.request),
        _ => None,
    };
    let url = deck.rows.spec(id).map(Spec::url).unwrap_or_default();
    let time = |moment: Moment| {
        let time = deck.wall_clock.time_of(moment)?;
        format::date_and_time(time, SystemTime::now())
    };
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
    facts.say("Announced", row.total_bytes.map(format::bytes));
    facts.say("Received", row.received_bytes.map(format::bytes));
    let wire_bytes = deck
        .detail(id)
        .map(|row| row.wire_bytes())
        .filter(|bytes| *bytes > 0);
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
    let paused = ended.map(|ended| ended.times.paused).or_else(|| {
        let job = deck.rows.job(id)?;
        let elapsed = deck.runtime().now().since(job.spawned_at());
        Some(elapsed.saturating_sub(job.active()))
    });
    facts.say("Paused for", paused.and_then(some_time));
    let made = deck
        .detail(id)
        .map_or_else(Vec::new, |row| row.attempts_made());
    let attempts = last_number(deck, id, &made);
    facts.say("Attempts", (attempts > 0).then(|| attempts.to_string()));
    let added = deck
        .detail(id)
        .and_then(|row| deck.wall_clock.time_of(row.added()));
    let added = added.and_then(|added| format::date_and_time(added, SystemTime::now()));
    facts.say("Added", added);
    let began = deck.rows.job(id).map(Job::spawned_at);
    let began = began.or_else(|| ended.and_then(|ended| ended.times.began_at));
    facts.say("Began", began.and_then(time));
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
fn last_number(deck: &Deck, id: RowId, made: &[PastAttempt]) -> u64 {
    let kept = made.len() as u64;
    // Those that are not kept any more are known by the number of the first of its job that is.
    let before = made
        .first()
        .map_or(0, |first| u64::from(first.attempt.number - 1));
    (kept + before).max(u64::from(deck.detail(id).map_or(0, |row| row.attempts())))
}

fn attempts(deck: &Deck, row: &RowView) -> Vec<AttemptView> {
    let made = deck
        .detail(row.id)
        .map_or_else(Vec::new, |row| row.attempts_made());
    let last = last_number(deck, row.id, &made);
    let first = last + 1 - made.len() as u64;
    let now = deck.runtime().now();
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
            AttemptEnd::Stopped => (stopped(deck, row.id, place == last_place), Tone::Off, None),
        };
        let next = made.get(place + 1);
        let by_hand = place
            .checked_sub(1)
            .is_some_and(|before| made[before].run != *run);
        AttemptView {
            number: first + place as u64,
            reason: if by_hand { "by hand" } else { "" },
            began: deck
                .wall_clock
                .time_of(attempt.began)
                .and_then(|began| format::date_and_time(began, SystemTime::now())),
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
fn stopped(deck: &Deck, id: RowId, is_last: bool) -> String {
    let ended = deck.rows.ended(id).filter(|_| is_last);
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

fn log(deck: &Deck, id: RowId) -> LogLines {
    let log = deck
        .detail(id)
        .and_then(|row| row.log())
        .unwrap_or_default();
    let began = log.began;
    let lines = log.lines.into_iter();
    LogLines {
        lines: lines
            .map(|line| (line.at.since(began), line.text))
            .collect(),
        forgotten: log.forgotten,
    }
}

fn runtime(deck: &Deck, id: RowId) -> Option<RuntimeView> {
    let (statistics, warnings) = deck.detail(id).and_then(|row| row.statistics())?;
    let job = deck.rows.job(id);
    let child = |job: Job| {
        let state = match job.lifecycle() {
            Lifecycle::Finished(_) => "Ended".into(),
            _ => crate::status::status_of_job(&job, Default::default()).word(),
        };
        (job.name().to_owned(), state.into_owned())
    };
    Some(RuntimeView {
        statistics,
        warnings,
        awaits: job.map_or_else(Vec::new, Job::await_tree),
        children: job.map_or_else(Vec::new, |job| {
            job.children().into_iter().map(child).collect()
        }),
        is_over: job.is_none(),
    })
}

// ---- several ----

fn several(deck: &Deck, ids: impl Iterator<Item = RowId>) -> Several {
    let mut sum = Several::default();
    let mut errors: HashMap<String, usize> = HashMap::new();
    for id in ids {
        let Some(row) = deck.view(id) else { continue };
        sum.counts.add(row.status.chip());
        sum.received_bytes += row.received_bytes.unwrap_or(0);
        match row.total_bytes {
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
