//! What happened, the newest first: bounded, in words.

use std::{borrow::Cow, collections::VecDeque, sync::Arc};

use crate::{
    deck::limits::ACTIVITY_KEPT,
    format::{self, TimeOfDay},
    runtime::PausedBy,
    status::{RowId, Status},
};

use super::{Deck, history::Held};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happened {
    /// Rows came.
    Added,
    /// Rows had their turn.
    Began,
    /// A row ended well.
    Done,
    /// A row ended well, with a doubt.
    Doubted,
    /// Files were kept in spite of a doubt.
    Kept,
    /// A row ended badly.
    Failed,
    /// Rows ended badly, all because of one thing: their host does not answer.
    FailedTogether,
    /// The network was lost, or is back.
    Network,
    /// Rows were cancelled.
    Cancelled,
    /// Rows were taken off the list.
    Removed,
    /// Rows that were to come do not.
    Stopped,
    /// Rows were begun again.
    Retried,
    /// A row failed and tries again by itself.
    Retrying,
    /// The last removal or cancel was taken back.
    Undone,
    /// A row paused by itself.
    Paused,
    /// Something else went wrong.
    Problem,
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
    /// How many rows were done in all, those included whose entries are gone.
    done: u64,
    /// How many rows the newest entry says that they began.
    began: usize,
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

    /// How many rows were done so far, also those whose entries are not kept any more.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    fn push(&mut self, mut entry: ActivityEntry) {
        self.began = 0;
        self.last_number += 1;
        self.done += u64::from(entry.what == Happened::Done);
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
        self.activity.began = 0;
    }

    /// Something happened to some rows, of which one is called `name`.
    pub(super) fn happened(
        &mut self,
        what: Happened,
        row: Option<RowId>,
        name: Arc<str>,
        rows: usize,
    ) {
        if rows > 0 {
            let (row, subject) = subject_of(row, name, rows);
            self.tell(what, row, subject, "".into());
        }
    }

    /// A problem that is no row's.
    pub fn tell_problem(&mut self, text: &str) {
        self.tell(Happened::Problem, None, text.into(), "".into());
    }

    /// Some rows had their turn, the last of them at `index`. What began before them, and nothing between, is told with
    /// them.
    pub(super) fn began(&mut self, index: usize, rows: usize) {
        let began = self.activity.began + rows;
        let (id, name) = (self.rows[index].id, self.rows[index].name.clone());
        if self.activity.began > 0 {
            self.activity.entries.pop_front();
            self.activity.last_number -= 1;
        }
        self.happened(Happened::Began, Some(id), name, began);
        self.activity.began = began;
    }

    /// Some rows were begun again, the first of them this one.
    pub(super) fn began_again(&mut self, id: RowId, rows: usize, how: &str) {
        if let Some(index) = self.index(id).filter(|_| rows > 0) {
            let name = self.rows[index].name.clone();
            let (row, subject) = subject_of(Some(id), name, rows);
            self.tell(Happened::Retried, row, subject, how.into());
        }
    }

    /// A row that goes on waits, for something that was not asked for by its user.
    pub(super) fn waits_by_itself(&mut self, index: usize, status: &Status, paused_itself: bool) {
        let row = &mut self.rows[index];
        let (what, first) = match status {
            Status::Retrying { attempt, .. } if *attempt != row.retry_told => {
                row.retry_told = *attempt;
                (Happened::Retrying, status.line().into_owned())
            }
            Status::Pausing | Status::Paused { .. } if paused_itself => {
                // While a thread of it lets go, its state does not say why.
                let reason = match row.held() {
                    Some(Held::Paused(PausedBy::DiskFull)) => "the disk is full",
                    _ => "",
                };
                (Happened::Paused, reason.to_owned())
            }
            _ => return,
        };
        let error = row.facts.borrow().last_error.clone();
        let error = error.map(|error| error.message);
        let parts = std::iter::once(first).chain(error);
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        let (id, name) = (row.id, row.name.clone());
        self.tell(what, Some(id), name, parts.join(" · ").into());
    }

    /// A row ended by itself.
    pub(super) fn ended_by_itself(&mut self, index: usize) {
        let row = &self.rows[index];
        if row.fails_with_host {
            return;
        }
        let status = row.status(None);
        let what = match &status {
            Status::Done { .. } => Happened::Done,
            Status::Check { .. } => Happened::Doubted,
            Status::Failed { .. } => Happened::Failed,
            // Whoever cancelled it told it for all at once.
            _ => return,
        };
        let view = row.view(None);
        let size = view.received_bytes.filter(|_| what == Happened::Done);
        let parts = [size.map(format::bytes), status.detail().map(Into::into)];
        let remarks = view.note.filter(|_| what != Happened::Failed);
        let parts = parts
            .into_iter()
            .flatten()
            .chain(remarks.map(|remarks| remarks.to_string()));
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
        let [subject, detail] = [subject, detail].map(|text| match format::escaped(&text) {
            Cow::Owned(escaped) => escaped.into(),
            Cow::Borrowed(_) => text.clone(),
        });
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

/// The row that something happened to and its name; of several rows, how many they were.
fn subject_of(row: Option<RowId>, name: Arc<str>, rows: usize) -> (Option<RowId>, Arc<str>) {
    if rows == 1 && !name.is_empty() {
        (row, name)
    } else {
        (None, format::count(rows as u64, "job", "jobs").into())
    }
}
