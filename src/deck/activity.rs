//! What happened, the newest first: bounded, in words.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    format::{self, TimeOfDay},
    settings::ACTIVITY_KEPT,
    status::{RowId, Status},
};

use super::Deck;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happened {
    /// Rows came.
    Added,
    /// A row ended well.
    Done,
    /// A row ended badly.
    Failed,
    /// Rows were cancelled.
    Cancelled,
    /// Rows were taken off the list.
    Removed,
    /// Rows were begun again.
    Retried,
    /// The last removal or cancel was taken back.
    Undone,
    /// A row paused by itself.
    Paused,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityEntry {
    /// Counts up, from 1.
    pub number: u64,
    /// When.
    pub at: Option<TimeOfDay>,
    /// What.
    pub what: Happened,
    /// The row it happened to, if it is one.
    pub row: Option<RowId>,
    /// The row's name, or how many rows there were.
    pub subject: Arc<str>,
    /// What there is to say besides; may be empty.
    pub detail: Arc<str>,
}

/// What happened lately.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    entries: VecDeque<ActivityEntry>,
    last_number: u64,
}

impl Activity {
    /// How many entries are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An entry, the newest at 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&ActivityEntry> {
        self.entries.get(index)
    }

    /// The entries after a number, the newest first.
    pub fn since(&self, number: u64) -> impl Iterator<Item = &ActivityEntry> {
        self.entries
            .iter()
            .take_while(move |entry| entry.number > number)
    }

    /// The number of the newest entry, 0 without any.
    #[must_use]
    pub fn last_number(&self) -> u64 {
        self.last_number
    }

    fn push(&mut self, mut entry: ActivityEntry) {
        self.last_number += 1;
        entry.number = self.last_number;
        self.entries.truncate(ACTIVITY_KEPT - 1);
        self.entries.push_front(entry);
    }
}

impl Deck {
    /// What happened lately.
    #[must_use]
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Forgets what happened.
    pub fn clear_activity(&mut self) {
        self.activity.entries.clear();
    }

    /// Something happened to some rows, of which one is called `name`.
    pub(super) fn happened(
        &mut self,
        what: Happened,
        row: Option<RowId>,
        name: Arc<str>,
        rows: usize,
    ) {
        let subject = match rows {
            0 => return,
            1 if !name.is_empty() => name,
            rows => format::count(rows as u64, "job", "jobs").into(),
        };
        self.tell(what, row.filter(|_| rows == 1), subject, "".into());
    }

    /// A row ended by itself.
    pub(super) fn ended_by_itself(&mut self, index: usize) {
        let row = &self.rows[index];
        let status = row.status(None);
        let what = match &status {
            Status::Done { .. } => Happened::Done,
            Status::Failed { .. } => Happened::Failed,
            // Whoever cancelled it told it for all at once.
            _ => return,
        };
        let view = row.view(None);
        let size = view.received_bytes.filter(|_| what == Happened::Done);
        let parts = [size.map(format::bytes), status.detail().map(Into::into)];
        let again = view.note.filter(|_| what == Happened::Done);
        let parts = parts
            .into_iter()
            .flatten()
            .chain(again.map(|note| note.to_string()));
        let detail = parts.collect::<Vec<_>>().join(" · ");
        let (id, name) = (row.id, row.name.clone());
        self.tell(what, Some(id), name, detail.into());
    }

    pub(super) fn tell(
        &mut self,
        what: Happened,
        row: Option<RowId>,
        subject: Arc<str>,
        detail: Arc<str>,
    ) {
        self.activity.push(ActivityEntry {
            number: 0,
            at: format::time_of_day(web_time::SystemTime::now()),
            what,
            row,
            subject,
            detail,
        });
    }
}
