//! What others read of one row beyond what the table shows.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::fetch::{FetchError, TracedResponse};
use crate::jobs::Spec;
use crate::runtime::{AwaitView, JobStatistics, Moment, Warning};
use crate::status::{RateCurve, Timeline, children_of_job};

use super::ended::Ended;
use super::files::{RowFile, file_of, files_of};
use super::history::{LogView, PastAttempt};
use super::row::{Row, RowState};
use super::row_view::view_of;

/// One row, to be read. Each answer is plain data, made when it is asked for, so that the row of a
/// deck elsewhere can give what it has received.
pub trait RowDetail {
    /// What its job does.
    fn spec(&self) -> &Spec;

    /// How it ended, with its numbers; none while it has not.
    fn ended(&self) -> Option<&Ended>;

    /// What its file is called on the disk, as soon as that is known; see
    /// [`Trace::file_name`](crate::fetch::Trace::file_name).
    fn file_name(&self) -> Option<Arc<str>>;

    /// How many attempts its job has begun.
    fn attempts(&self) -> u32;

    /// Why its last attempt failed, whether or not another one follows.
    fn last_error(&self) -> Option<FetchError>;

    /// The last response to its job.
    fn answer(&self) -> Option<TracedResponse>;

    /// All bytes of bodies that its job has read so far, those of failed attempts included.
    fn wire_bytes(&self) -> u64;

    /// The folder that it saves to.
    fn folder(&self) -> Option<&Path> {
        match self.spec() {
            Spec::Fetch(spec) => spec.destination.folder(),
            Spec::Timed(_) => None,
        }
    }

    /// What it saved, or what has arrived of it so far, else its file of an earlier try.
    fn file(&self) -> Option<RowFile>;

    /// All its files: what it saved or what has arrived of it so far, a part that is set aside, and
    /// the files of earlier tries.
    fn files(&self) -> Vec<RowFile>;

    /// The size of one of its files, in bytes, as far as it is known.
    fn file_bytes(&self, file: &RowFile) -> Option<u64>;

    /// When it was added first, on the clock of the jobs.
    fn added(&self) -> Moment;

    /// When its job began, on the same clock; none if it never did.
    fn began(&self) -> Option<Moment>;

    /// For how long it has been paused until `now`.
    fn paused(&self, now: Moment) -> Option<Duration>;

    /// What it did and waited for until `now`, since it was added or begun again.
    fn timeline(&self, now: Moment) -> Timeline;

    /// How fast its bytes arrived.
    fn rate_curve(&self) -> RateCurve;

    /// Its attempts that are remembered, oldest first, those of its earlier jobs included.
    fn attempts_made(&self) -> Vec<PastAttempt>;

    /// The log of its job.
    fn log(&self) -> Option<LogView>;

    /// What the polls of its job cost, and what that proves to be wrong with it; none before it
    /// began.
    fn statistics(&self) -> Option<(JobStatistics, Vec<Warning>)>;

    /// What its job awaits; none while there is no job.
    fn awaits(&self) -> Option<Vec<AwaitView>>;

    /// The name and the state of each child of its job.
    fn children(&self) -> Vec<(String, String)>;
}

impl RowDetail for Row {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn ended(&self) -> Option<&Ended> {
        self.ended()
    }

    fn file_name(&self) -> Option<Arc<str>> {
        let traced = self.facts.borrow().trace.file_name();
        traced.or_else(|| {
            let path = self.ended()?.fetched.as_ref()?.path.as_ref()?;
            Some(path.file_name()?.to_str()?.into())
        })
    }

    fn attempts(&self) -> u32 {
        self.facts.borrow().attempts.count()
    }

    fn last_error(&self) -> Option<FetchError> {
        self.facts.borrow().last_error.clone()
    }

    fn answer(&self) -> Option<TracedResponse> {
        self.facts.borrow().trace.response()
    }

    fn wire_bytes(&self) -> u64 {
        match self.ended() {
            Some(ended) => ended.wire_bytes,
            None => self.facts.borrow().trace.wire_bytes(),
        }
    }

    fn file(&self) -> Option<RowFile> {
        file_of(self)
    }

    fn files(&self) -> Vec<RowFile> {
        files_of(self).collect()
    }

    fn file_bytes(&self, file: &RowFile) -> Option<u64> {
        match (file, &self.state) {
            (RowFile::SetAside(_), RowState::Queued { .. }) => None,
            (RowFile::SetAside(_), RowState::Started(_)) => {
                self.facts.borrow().trace.set_aside_bytes()
            }
            (RowFile::SetAside(_), RowState::Ended(ended)) => ended.set_aside_bytes,
            (RowFile::Saved(_) | RowFile::Part(_), _) => view_of(self, None).amount.done,
            (RowFile::Earlier(path), _) => self.earlier_files.bytes(path),
        }
    }

    fn added(&self) -> Moment {
        self.history.added()
    }

    fn began(&self) -> Option<Moment> {
        match &self.state {
            RowState::Queued { .. } => None,
            RowState::Started(job) => Some(job.spawned_at()),
            RowState::Ended(ended) => ended.times.began_at,
        }
    }

    fn paused(&self, now: Moment) -> Option<Duration> {
        match &self.state {
            RowState::Queued { .. } => None,
            RowState::Started(job) => {
                Some(now.since(job.spawned_at()).saturating_sub(job.active()))
            }
            RowState::Ended(ended) => Some(ended.times.paused),
        }
    }

    fn timeline(&self, now: Moment) -> Timeline {
        match self.job() {
            Some(job) => self
                .history
                .timeline_of(job.job(), &self.facts.borrow(), now),
            None => self.history.timeline(self.hold_reason().is_some(), now),
        }
    }

    fn rate_curve(&self) -> RateCurve {
        self.history.rate_curve()
    }

    fn attempts_made(&self) -> Vec<PastAttempt> {
        let facts = self.facts.borrow();
        let under_way = self.job().map(|_| &*facts);
        self.history.attempts(under_way)
    }

    fn log(&self) -> Option<LogView> {
        match &self.state {
            RowState::Started(job) => Some(LogView {
                began: job.spawned_at(),
                lines: job.log_lines(),
                forgotten: 0,
            }),
            RowState::Ended(ended) => self.history.log(ended.times.began_at?),
            RowState::Queued { .. } => None,
        }
    }

    fn statistics(&self) -> Option<(JobStatistics, Vec<Warning>)> {
        match self.job() {
            Some(job) => Some((job.statistics(), job.warnings())),
            None => self.history.statistics(),
        }
    }

    fn awaits(&self) -> Option<Vec<AwaitView>> {
        Some(self.job()?.await_tree())
    }

    fn children(&self) -> Vec<(String, String)> {
        self.job()
            .map_or_else(Vec::new, |job| children_of_job(job.job()))
    }
}
