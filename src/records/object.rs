//! A row as a JSON object: with the keys of `finished` in NDJSON where they mean the same.

use std::time::Duration;

use serde::Serialize;

use crate::deck::{RecordedRow, RowDetail as _, StoredState};
use crate::format;
use crate::headless::{EndObject, ErrorObject};
use crate::jobs::Spec;
use crate::store::{Listed, StoredRow};

/// A row.
#[derive(Serialize)]
pub(super) struct RowObject<'a> {
    row: u64,
    state: &'static str,
    /// Whether a process runs it now; the state alone is what was written last.
    #[serde(skip_serializing_if = "Option::is_none")]
    under_way: Option<bool>,
    name: String,
    url: &'a str,
    needs_link: bool,
    host: String,
    recorded_by: &'static str,
    listed: &'static str,
    added: Option<String>,
    ended: Option<String>,
    received: u64,
    total: Option<u64>,
    #[serde(flatten)]
    end: Option<EndObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<ErrorObject>,
}

impl<'a> RowObject<'a> {
    pub(super) fn of(stored: &'a StoredRow, row: &'a RecordedRow) -> Self {
        let (received, total) = stored.record.progress();
        let time = |time: Option<crate::runtime::Moment>| time.map(|time| time.since_start());
        Self {
            row: stored.record.id.0,
            state: row.state().name(),
            under_way: None,
            name: stored.record.name.clone(),
            url: &stored.url,
            needs_link: is_lost(&stored.record.spec),
            host: stored.record.spec.host(),
            recorded_by: stored.record.host.name(),
            listed: listed_name(stored.listed),
            added: timestamp(Some(row.added().since_start())),
            ended: timestamp(time(row.ended_at())),
            received,
            total,
            end: row.detail().ended().map(EndObject::of),
            last_error: (row.state().is_unfinished())
                .then(|| row.last_error().as_ref().map(ErrorObject::from))
                .flatten(),
        }
    }

    /// With whether it is under way. `is_held` tells whether a process has the list; it is asked
    /// after the row was read, so that one that began meanwhile is not denied.
    pub(super) fn seen_while(mut self, is_held: impl FnOnce() -> bool) -> Self {
        self.under_way = Some(self.state == StoredState::Running.name() && is_held());
        self
    }

    pub(super) fn json(&self) -> String {
        json(self)
    }
}

/// The word for whether a row is on the list.
pub(super) fn listed_name(listed: Listed) -> &'static str {
    match listed {
        Listed::Shown => "shown",
        Listed::Removed => "removed",
        Listed::History => "history",
    }
}

/// Whether the link of a row was lost with its secrets.
pub(super) fn is_lost(spec: &Spec) -> bool {
    matches!(spec, Spec::Fetch(spec) if spec.needs_link)
}

/// A time since 1970, as scripts read it.
pub(super) fn timestamp(since_1970: Option<Duration>) -> Option<String> {
    format::timestamp(since_1970?)
}

/// A value as JSON in a line, safe to print.
pub(super) fn json(value: &impl Serialize) -> String {
    // All keys are texts, and all values have a form.
    let json = serde_json::to_string(value).unwrap_or_default();
    format::escaped_json(&json).into_owned()
}
