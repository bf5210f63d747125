//! What happened to rows, for a host that passes it on.

use crate::runtime::StepRecord;
use crate::status::RowId;

use super::rows::row::Row;

/// What happened to a row.
#[derive(Clone, Debug)]
pub enum Event {
    /// A row was added.
    Added(RowId),
    /// A row's job began a step.
    Step(RowId, StepRecord),
    /// A row has another name, that of its file;
    /// [`RowDetail::file_name`](super::RowDetail::file_name) has it as it is on the disk.
    Renamed(RowId),
    /// A row's job ended; [`RowStore::ended`](super::RowStore::ended) has the numbers.
    Ended(RowId),
}

/// The events since the last [`take`](EventLog::take): none before [`watch`](EventLog::watch).
#[derive(Debug, Default)]
pub struct EventLog(Option<Vec<Event>>);

impl EventLog {
    /// Begins to note events.
    pub fn watch(&mut self) {
        self.0.get_or_insert_default();
    }

    /// What happened since the last call, in order.
    #[must_use]
    pub fn take(&mut self) -> Vec<Event> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn push(&mut self, event: Event) {
        if let Some(events) = &mut self.0 {
            events.push(event);
        }
    }

    /// The steps that a row's job began since the last call.
    pub(super) fn push_steps(&mut self, row: &mut Row) {
        let Some(events) = &mut self.0 else { return };
        let Some(job) = row.job() else { return };
        let steps = job.steps_from(row.reported.step + 1);
        if let Some(last) = steps.last() {
            row.reported.step = last.number;
        }
        events.extend(steps.into_iter().map(|step| Event::Step(row.id, step)));
    }
}
