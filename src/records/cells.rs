//! What a table shows of a row.

use std::time::{Duration, SystemTime};

use super::object::is_lost;
use crate::deck::{RecordedRow, RowDetail as _, StoredState};
use crate::fetch::Fetched;
use crate::format;
use crate::status::Tone;
use crate::store::StoredRow;

/// The columns.
pub(super) const TITLES: [&str; COLUMNS] = ["ID", "STATE", "NAME", "SIZE", "WHEN", "DETAILS"];

/// How many there are.
pub(super) const COLUMNS: usize = 6;

/// What a table shows of a row.
pub(super) struct Cells {
    pub(super) texts: [String; COLUMNS],
    pub(super) tone: Tone,
    /// When it ended, or was added and has not ended, as the time since 1970.
    pub(super) when: Duration,
}

impl Cells {
    pub(super) fn of(stored: &StoredRow, row: &RecordedRow, now: SystemTime) -> Self {
        let when = row.ended_at().unwrap_or(row.added()).since_start();
        let view = row.view();
        let size = match (view.amount.done, view.amount.total) {
            (None, None) => String::new(),
            (Some(received), Some(total)) if received == total => view.amount.final_text(),
            (Some(_), None) if row.ended_at().is_some() => view.amount.final_text(),
            _ => view.amount.text(),
        };
        Self {
            texts: [
                stored.record.id.0.to_string(),
                state_word(row.state()).to_owned(),
                view.name.to_string(),
                size,
                date(when, now),
                details(stored, row),
            ],
            tone: view.status.tone(),
            when,
        }
    }
}

/// A time since 1970 on the user's clock.
pub(super) fn date(since_1970: Duration, now: SystemTime) -> String {
    let at = SystemTime::UNIX_EPOCH.checked_add(since_1970);
    at.and_then(|at| format::date_and_time(at, now))
        .unwrap_or_else(|| format::UNKNOWN.to_owned())
}

/// The word for a state, without numbers.
pub(super) fn state_word(state: StoredState) -> &'static str {
    match state {
        StoredState::Waiting => "Waiting",
        StoredState::Running => "Running",
        StoredState::Paused => "Paused",
        StoredState::Done => "Done",
        StoredState::Check => "Check",
        StoredState::Failed => "Failed",
        StoredState::TimedOut => "Timed out",
        StoredState::Panicked => "Crashed",
        StoredState::Cancelled => "Cancelled",
        StoredState::Interrupted => "Interrupted",
    }
}

/// Why it is not done, else where its file is, else its host.
fn details(stored: &StoredRow, row: &RecordedRow) -> String {
    let status = row.status();
    let reason = match row.state() {
        StoredState::Failed
        | StoredState::TimedOut
        | StoredState::Panicked
        | StoredState::Check => status.detail().map(|detail| detail.into_owned()),
        StoredState::Paused if is_lost(&stored.record.spec) => Some("needs its link".to_owned()),
        StoredState::Waiting | StoredState::Running | StoredState::Paused => {
            row.last_error().map(|error| error.message)
        }
        _ => None,
    };
    let saved = || {
        let fetched: &Fetched = row.detail().ended()?.fetched.as_ref()?;
        Some(fetched.path.as_ref()?.display().to_string())
    };
    let host = || stored.record.spec.host();
    format::escaped(&reason.or_else(saved).unwrap_or_else(host)).into_owned()
}
