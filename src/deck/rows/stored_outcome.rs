//! How the outcome of a job is stored: an error of a fetch with all its fields, any other one as
//! its texts.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fetch::FetchError;
use crate::runtime::{JobError, Outcome, PanicReport};

/// An error of another kind than [`FetchError`], from a store.
#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize)]
#[error("{line}")]
pub(super) struct StoredFailure {
    line: String,
    /// With the chain of causes and the place in the code.
    pub(super) full: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredOutcome {
    Done,
    FailedFetch(FetchError),
    Failed(StoredFailure),
    Panicked {
        message: String,
        place: String,
        location: Option<String>,
    },
    TimedOut,
    Cancelled,
}

pub(super) fn serialize<S: Serializer>(
    outcome: &Outcome,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let stored = match outcome {
        Outcome::Done => StoredOutcome::Done,
        Outcome::Failed(error) => match (error.downcast_ref(), error.downcast_ref()) {
            (Some(fetch_error), _) => StoredOutcome::FailedFetch(FetchError::clone(fetch_error)),
            (None, Some(stored)) => StoredOutcome::Failed(StoredFailure::clone(stored)),
            (None, None) => StoredOutcome::Failed(StoredFailure {
                line: error.to_string(),
                full: format!("{error:?}"),
            }),
        },
        Outcome::Panicked(report) => StoredOutcome::Panicked {
            message: report.message().to_owned(),
            place: report.place().to_owned(),
            location: report.location().map(ToOwned::to_owned),
        },
        Outcome::TimedOut => StoredOutcome::TimedOut,
        Outcome::Cancelled => StoredOutcome::Cancelled,
    };
    stored.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Outcome, D::Error> {
    Ok(match StoredOutcome::deserialize(deserializer)? {
        StoredOutcome::Done => Outcome::Done,
        StoredOutcome::FailedFetch(error) => Outcome::Failed(JobError::from(error)),
        StoredOutcome::Failed(failure) => Outcome::Failed(JobError::from(failure)),
        StoredOutcome::Panicked {
            message,
            place,
            location,
        } => Outcome::Panicked(PanicReport::restored(message, place, location)),
        StoredOutcome::TimedOut => Outcome::TimedOut,
        StoredOutcome::Cancelled => Outcome::Cancelled,
    })
}
