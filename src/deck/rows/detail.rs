//! What others read of one row beyond what the table shows.

use std::path::Path;
use std::sync::Arc;

use crate::fetch::{FetchError, TracedResponse};
use crate::jobs::Spec;
use crate::runtime::{JobStatistics, Moment, Warning};
use crate::status::{RateCurve, Timeline};

use super::files::{RowFile, file_of, files_of};
use super::history::{LogView, PastAttempt};
use super::row::{Row, RowState};
use super::row_view::view_of;

/// One row, to be read.
#[derive(Clone, Copy)]
pub struct RowDetail<'a> {
    row: &'a Row,
    now: Moment,
}

impl<'a> RowDetail<'a> {
    pub(in crate::deck) fn new(row: &'a Row, now: Moment) -> Self {
        Self { row, now }
    }

    /// What its file is called on the disk, as soon as that is known; see
    /// [`Trace::file_name`](crate::fetch::Trace::file_name).
    #[must_use]
    pub fn file_name(self) -> Option<Arc<str>> {
        self.row.facts.borrow().trace.file_name()
    }

    /// How many attempts its job has begun.
    #[must_use]
    pub fn attempts(self) -> u32 {
        self.row.facts.borrow().attempts.count()
    }

    /// Why its last attempt failed, whether or not another one follows.
    #[must_use]
    pub fn last_error(self) -> Option<FetchError> {
        self.row.facts.borrow().last_error.clone()
    }

    /// The last response to its job.
    #[must_use]
    pub fn answer(self) -> Option<TracedResponse> {
        self.row.facts.borrow().trace.response()
    }

    /// All bytes of bodies that its job has read so far, those of failed attempts included.
    #[must_use]
    pub fn wire_bytes(self) -> u64 {
        self.row.facts.borrow().trace.wire_bytes()
    }

    /// The folder that it saves to.
    #[must_use]
    pub fn folder(self) -> Option<&'a Path> {
        match &self.row.spec {
            Spec::Fetch(spec) => spec.destination.folder(),
            Spec::Timed(_) => None,
        }
    }

    /// What it saved, or what has arrived of it so far, else its file of an earlier try.
    #[must_use]
    pub fn file(self) -> Option<RowFile> {
        file_of(self.row)
    }

    /// All its files: what it saved or what has arrived of it so far, a part that is set aside, and
    /// the files of earlier tries.
    #[must_use]
    pub fn files(self) -> Vec<RowFile> {
        files_of(self.row).collect()
    }

    /// The size of one of its files, in bytes, as far as it is known.
    #[must_use]
    pub fn file_bytes(self, file: &RowFile) -> Option<u64> {
        match file {
            RowFile::SetAside(_) => self.set_aside_bytes(),
            RowFile::Saved(_) | RowFile::Part(_) => view_of(self.row, None).received_bytes,
            RowFile::Earlier(path) => self.row.earlier_files.bytes(path),
        }
    }

    /// The size of its part that is set aside, in bytes.
    #[must_use]
    pub fn set_aside_bytes(self) -> Option<u64> {
        match &self.row.state {
            RowState::Queued { .. } => None,
            RowState::Started(_) => self.row.facts.borrow().trace.set_aside_bytes(),
            RowState::Ended(ended) => ended.set_aside_bytes,
        }
    }

    /// When it was added first, on the clock of the jobs.
    #[must_use]
    pub fn added(self) -> Moment {
        self.row.history.added()
    }

    /// What it did and waited for, since it was added or begun again.
    #[must_use]
    pub fn timeline(self) -> Timeline {
        let (history, now) = (&self.row.history, self.now);
        match self.row.job() {
            Some(job) => history.timeline_of(job.job(), &self.row.facts.borrow(), now),
            None => history.timeline(self.row.hold_reason().is_some(), now),
        }
    }

    /// How fast its bytes arrived.
    #[must_use]
    pub fn rate_curve(self) -> RateCurve {
        self.row.history.rate_curve()
    }

    /// Its attempts that are remembered, oldest first, those of its earlier jobs included.
    #[must_use]
    pub fn attempts_made(self) -> Vec<PastAttempt> {
        let facts = self.row.facts.borrow();
        let under_way = self.row.job().map(|_| &*facts);
        self.row.history.attempts(under_way)
    }

    /// The log of its job.
    #[must_use]
    pub fn log(self) -> Option<LogView> {
        match &self.row.state {
            RowState::Started(job) => Some(LogView {
                began: job.spawned_at(),
                lines: job.log_lines(),
                forgotten: 0,
            }),
            RowState::Ended(ended) => self.row.history.log(ended.times.began_at?),
            RowState::Queued { .. } => None,
        }
    }

    /// What the polls of its job cost, and what that proves to be wrong with it; none before it
    /// began.
    #[must_use]
    pub fn statistics(self) -> Option<(JobStatistics, Vec<Warning>)> {
        match self.row.job() {
            Some(job) => Some((job.statistics(), job.warnings())),
            None => self.row.history.statistics(),
        }
    }
}
