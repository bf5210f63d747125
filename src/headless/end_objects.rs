//! What JSON says of a row that has ended: the same words in NDJSON and in the records.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::deck::Ended;
use crate::fetch::{ErrorClass, FetchError, Fetched};
use crate::runtime::Outcome;

/// How a row ended, and what came of it: the keys of `finished` but for its bytes.
#[derive(Serialize)]
pub struct EndObject<'a> {
    outcome: &'static str,
    slept_s: f64,
    elapsed_s: f64,
    paused_s: f64,
    queued_s: f64,
    wire_bytes: u64,
    length_announced: bool,
    path: Option<String>,
    skipped: bool,
    resumed_at: Option<u64>,
    begun_again: Option<&'a str>,
    sha256: Option<String>,
    http_status: Option<u16>,
    attempts: u32,
    final_url: Option<Cow<'a, str>>,
    notes: Vec<NoteObject<'a>>,
    error: Option<ErrorObject>,
}

impl<'a> EndObject<'a> {
    /// Of a row that has ended.
    #[must_use]
    pub fn of(ended: &'a Ended) -> Self {
        let fetched = ended.fetched.as_ref();
        Self {
            outcome: outcome_name(ended),
            slept_s: rounded(ended.times.slept),
            elapsed_s: rounded(ended.times.elapsed),
            paused_s: rounded(ended.times.paused),
            queued_s: rounded(ended.times.queued),
            wire_bytes: ended.wire_bytes,
            length_announced: fetched
                .map_or(ended.total.is_some(), |fetched| fetched.length_announced),
            path: fetched
                .and_then(|fetched| fetched.path.as_ref())
                .map(|path| path.display().to_string()),
            skipped: fetched.is_some_and(|fetched| fetched.skipped),
            resumed_at: fetched.and_then(|fetched| fetched.resumed_at),
            begun_again: fetched.and_then(|fetched| fetched.restart_reason.as_deref()),
            sha256: fetched
                .and_then(|fetched| fetched.sha256)
                .map(|checksum| checksum.hex()),
            http_status: ended.http_status(),
            attempts: ended.attempts,
            final_url: fetched.map(Fetched::final_url_for_files),
            notes: fetched.map_or_else(Vec::new, note_objects),
            error: error_object(ended),
        }
    }
}

/// A note on a file.
#[derive(Serialize)]
pub struct NoteObject<'a> {
    kind: &'static str,
    code: &'static str,
    text: Cow<'a, str>,
}

/// Why something failed.
#[derive(Serialize)]
pub struct ErrorObject {
    class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'static str>,
    message: String,
    hint: String,
    detail: String,
}

impl From<&FetchError> for ErrorObject {
    fn from(error: &FetchError) -> Self {
        Self {
            class: error.class.name(),
            phase: error.phase.map(|phase| phase.name()),
            message: error.message.clone(),
            hint: error.hint.clone(),
            detail: error.detail_for_files().into_owned(),
        }
    }
}

/// Seconds to the millisecond.
#[must_use]
pub fn rounded(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}

/// The word for how a row ended.
fn outcome_name(ended: &Ended) -> &'static str {
    match ended.outcome {
        Outcome::Done => "done",
        Outcome::Failed(_) => "failed",
        Outcome::Panicked(_) => "panicked",
        Outcome::TimedOut => "timed_out",
        Outcome::Cancelled if ended.is_interrupted => "interrupted",
        Outcome::Cancelled => "cancelled",
    }
}

/// The notes on a file.
fn note_objects(fetched: &Fetched) -> Vec<NoteObject<'_>> {
    let notes = fetched.notes.iter();
    notes
        .map(|note| NoteObject {
            kind: note.kind().name(),
            code: note.code.name(),
            text: note.text_for_files(),
        })
        .collect()
}

/// Why a row failed, if it did.
fn error_object(ended: &Ended) -> Option<ErrorObject> {
    if let Some(error) = ended.fetch_error() {
        return Some(error.into());
    }
    let (message, detail) = ended.defect()?;
    Some(ErrorObject {
        class: ErrorClass::Internal.name(),
        phase: None,
        message,
        hint: Ended::DEFECT_HINT.to_owned(),
        detail,
    })
}
