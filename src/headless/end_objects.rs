//! What JSON says of a row that has ended: the same words in NDJSON and in the records.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::deck::Ended;
use crate::fetch::{ErrorClass, FetchError, Fetched};
use crate::runtime::Outcome;

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
#[must_use]
pub fn outcome_name(ended: &Ended) -> &'static str {
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
#[must_use]
pub fn note_objects(fetched: &Fetched) -> Vec<NoteObject<'_>> {
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
#[must_use]
pub fn error_object(ended: &Ended) -> Option<ErrorObject> {
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
