//! What happened, in words: the newest entries of it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::deck::limits::ACTIVITY_KEPT;
use crate::format;
use crate::format::LocalTime;
use crate::status::{RowId, Status};

use super::rows::history::HoldReason;
use super::rows::row::Row;
use super::rows::row_view::view_of;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// Rows were added.
    Added,
    /// Rows began.
    Began,
    /// A row ended well.
    Done,
    /// A row ended well, with a doubt.
    Doubted,
    /// Files were kept in spite of a doubt.
    Kept,
    /// A row ended badly.
    Failed,
    /// Rows failed together: their host does not answer.
    FailedTogether,
    /// The network was lost, or is back.
    Network,
    /// Rows were cancelled.
    Cancelled,
    /// Rows were taken off the list.
    Removed,
    /// Rows that were still to be added are not.
    Stopped,
    /// Rows were begun again.
    Retried,
    /// A row's attempt failed, and another one follows.
    Retrying,
    /// The last removal or cancel was taken back.
    Undone,
    /// A row paused by itself.
    Paused,
    /// Something else went wrong.
    Problem,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActivityEntry {
    /// Counts up, from 1.
    pub number: u64,
    /// When.
    pub at: Option<LocalTime>,
    /// What happened.
    pub kind: ActivityKind,
    /// The row it happened to, if it was one.
    pub row: Option<RowId>,
    /// The row's name, or how many rows there were.
    pub subject: Arc<str>,
    /// More about it; may be empty.
    pub detail: Arc<str>,
}

/// What happened lately, the newest first.
#[derive(Clone, Debug, Default)]
pub struct ActivityLog {
    entries: VecDeque<ActivityEntry>,
    last_number: u64,
    /// How many rows were done in all, those included whose entries are gone.
    done: u64,
    /// How many rows the newest entry says that they began.
    began: usize,
    /// How often it was cleared.
    clears: u64,
}

impl ActivityLog {
    /// How many entries are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
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

    /// How often it was cleared.
    #[must_use]
    pub fn clears(&self) -> u64 {
        self.clears
    }

    /// Forgets the entries.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.clears += 1;
        self.began = 0;
    }

    /// Takes over entries of an earlier process, the oldest first: they come before those of this
    /// one.
    pub fn restore(&mut self, entries: Vec<ActivityEntry>) {
        let room = ACTIVITY_KEPT.saturating_sub(self.entries.len());
        let entries = entries.into_iter().rev().take(room);
        // Number 0: `since` does not report them again.
        self.entries
            .extend(entries.map(|entry| ActivityEntry { number: 0, ..entry }));
    }

    /// Adds a problem that is no row's.
    pub fn add_problem(&mut self, text: &str) {
        self.add(ActivityKind::Problem, None, text.into(), "".into());
    }

    pub(super) fn add(
        &mut self,
        kind: ActivityKind,
        row: Option<RowId>,
        subject: Arc<str>,
        detail: Arc<str>,
    ) {
        let [subject, detail] = [subject, detail].map(|text| match format::escaped(&text) {
            Cow::Owned(escaped) => escaped.into(),
            Cow::Borrowed(_) => text.clone(),
        });
        self.began = 0;
        self.last_number += 1;
        self.done += u64::from(kind == ActivityKind::Done);
        self.entries.truncate(ACTIVITY_KEPT - 1);
        self.entries.push_front(ActivityEntry {
            number: self.last_number,
            at: LocalTime::of(web_time::SystemTime::now()),
            kind,
            row,
            subject,
            detail,
        });
    }

    /// Something happened to some rows, of which one is called `name`.
    pub(super) fn add_for_rows(
        &mut self,
        kind: ActivityKind,
        row: Option<RowId>,
        name: Arc<str>,
        rows: usize,
    ) {
        if rows == 1 && !name.is_empty() {
            self.add(kind, row, name, "".into());
        } else if rows > 0 {
            let subject = format::count(rows as u64, "job", "jobs");
            self.add(kind, None, subject.into(), "".into());
        }
    }

    /// Some rows began, the last of them this one. Those that began just before, with nothing else
    /// in between, are in the same entry.
    pub(super) fn add_began(&mut self, last: &Row, rows: usize) {
        let began = self.began + rows;
        if self.began > 0 {
            self.entries.pop_front();
            self.last_number -= 1;
        }
        let name = last.name.shown().clone();
        self.add_for_rows(ActivityKind::Began, Some(last.id), name, began);
        self.began = began;
    }

    /// A row waits for something that its user did not ask for.
    pub(super) fn add_wait(&mut self, row: &mut Row, status: &Status, paused_itself: bool) {
        let (kind, first) = match status {
            Status::Retrying { attempt, .. } if *attempt != row.reported.attempt => {
                row.reported.attempt = *attempt;
                (ActivityKind::Retrying, status.line().into_owned())
            }
            Status::Pausing | Status::Paused { .. } if paused_itself => {
                // While a thread of it still runs, its state does not say why.
                let reason = match row.hold_reason() {
                    Some(HoldReason::DiskFull) => "the disk is full",
                    _ => "",
                };
                (ActivityKind::Paused, reason.to_owned())
            }
            _ => return,
        };
        let error = row.facts.borrow().last_error.clone();
        let error = error.map(|error| error.message);
        let parts = std::iter::once(first).chain(error);
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        let name = row.name.shown().clone();
        self.add(kind, Some(row.id), name, parts.join(" · ").into());
    }

    /// A row ended by itself.
    pub(super) fn add_end(&mut self, row: &Row) {
        if row.reported.fails_with_host {
            return;
        }
        let status = row.status(None);
        let kind = match &status {
            Status::Done { .. } => ActivityKind::Done,
            Status::Check { .. } => ActivityKind::Doubted,
            Status::Failed { .. } => ActivityKind::Failed,
            // A cancel is one entry for all its rows.
            _ => return,
        };
        let view = view_of(row, None);
        let size = view.amount.done.filter(|_| kind == ActivityKind::Done);
        let parts = [size.map(format::bytes), status.detail().map(Into::into)];
        let remarks = view.note.filter(|_| kind != ActivityKind::Failed);
        let parts = parts
            .into_iter()
            .flatten()
            .chain(remarks.map(|remarks| remarks.to_string()));
        let detail = parts.collect::<Vec<_>>().join(" · ");
        let name = row.name.shown().clone();
        self.add(kind, Some(row.id), name, detail.into());
    }
}
