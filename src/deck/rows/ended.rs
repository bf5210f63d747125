//! How a row ended, with its numbers as they were at the end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fetch::{ErrorClass, FetchError, Fetched, Note, NoteKind, is_default, nanos};
use crate::format;
use crate::jobs::{Attempt, SharedFacts};
use crate::runtime::{Job, JobError, JobHandle, Moment, Outcome};
use crate::status::{EndContext, Status, SuggestedAction, status_of_outcome};

use super::left_part::LeftPart;
use super::pause_clock::PauseClock;
use super::stored_outcome::StoredFailure;

/// How a row ended, with its numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ended {
    /// How its job ended.
    #[serde(with = "super::stored_outcome")]
    pub outcome: Outcome,
    /// Whether it was cancelled because the process is about to end.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_interrupted: bool,
    /// Body bytes of the final content.
    pub received: u64,
    /// All body bytes read, the ones of failed attempts included.
    pub wire_bytes: u64,
    /// The announced length.
    #[serde(default, skip_serializing_if = "is_default")]
    pub total: Option<u64>,
    /// When it began, and how long it took.
    pub times: EndTimes,
    /// How many attempts it made.
    pub attempts: u32,
    /// The file with the bytes that arrived, when it is not complete.
    #[serde(default, skip_serializing_if = "is_default")]
    pub part: Option<PathBuf>,
    /// The part of another version of the file that is set aside, while there is one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub set_aside: Option<PathBuf>,
    /// The size of that part, in bytes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub set_aside_bytes: Option<u64>,
    /// Whether its user keeps the file in spite of a doubt.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_kept: bool,
    /// What the fetch yielded, when it is done.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fetched: Option<Fetched>,
    /// Whether a thread of it did not end in time and was left behind.
    #[serde(default, skip_serializing_if = "is_default")]
    pub thread_abandoned: bool,
    /// What its polls cost.
    #[serde(default, skip_serializing_if = "is_default")]
    pub polls: PollSums,
    /// Bytes per second of the attempt that had the file, pauses not counted; none for others.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mean_rate: Option<f64>,
}

/// When a row began, and how long it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndTimes {
    /// Active time of its own sleeps.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub slept: Duration,
    /// When it began; none if it never did.
    #[serde(default, skip_serializing_if = "is_default")]
    pub began_at: Option<Moment>,
    /// When it ended, if it never began; of what began, its history knows it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ended_at: Option<Moment>,
    /// From its start to its end, pauses included.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub elapsed: Duration,
    /// How long it was paused, by its user or because the disk was full.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub paused: Duration,
    /// How long it waited for a slot, or for its host, after it had begun.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub queued: Duration,
}

impl EndTimes {
    /// The same moments on another clock.
    pub(in crate::deck) fn move_to_clock(&mut self, on_clock: impl Fn(Moment) -> Moment) {
        for moment in [&mut self.began_at, &mut self.ended_at] {
            *moment = moment.map(&on_clock);
        }
    }
}

/// What the polls of a job cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollSums {
    /// How many there were.
    pub count: u64,
    /// How long they took together.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub busy: Duration,
    /// How long the longest took.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub longest: Duration,
}

impl PollSums {
    pub(in crate::deck) fn of(job: &Job) -> Self {
        let statistics = job.statistics();
        Self {
            count: statistics.polls,
            busy: statistics.busy,
            longest: statistics.longest_poll,
        }
    }
}

impl Ended {
    /// A row that was cancelled before it began.
    pub(in crate::deck) fn before_it_began(outcome: Outcome) -> Self {
        Self {
            outcome,
            is_interrupted: false,
            received: 0,
            wire_bytes: 0,
            total: None,
            times: EndTimes::default(),
            attempts: 0,
            part: None,
            set_aside: None,
            set_aside_bytes: None,
            is_kept: false,
            fetched: None,
            thread_abandoned: false,
            polls: PollSums::default(),
            mean_rate: None,
        }
    }

    pub(in crate::deck) fn of(
        job: &JobHandle<()>,
        outcome: Outcome,
        facts: &SharedFacts,
        pauses: &PauseClock,
    ) -> Self {
        let facts = facts.borrow();
        let paused = pauses.total(job.finished_at().unwrap_or_default());
        let (done, total) = job.progress();
        let fetched = facts.fetched.clone();
        let received = fetched.as_ref().map_or(done, |fetched| fetched.received);
        let elapsed = job
            .finished_at()
            .unwrap_or_default()
            .since(job.spawned_at());
        let not_active = elapsed.saturating_sub(job.active());
        let is_done = matches!(outcome, Outcome::Done);
        let attempt = facts.attempts.last().filter(|_| is_done);
        let mean_rate = attempt.and_then(|attempt| mean_rate(attempt, paused));
        Self {
            outcome,
            is_interrupted: false,
            received,
            wire_bytes: facts.trace.wire_bytes(),
            part: facts.trace.part(),
            set_aside: facts.trace.set_aside(),
            set_aside_bytes: facts.trace.set_aside_bytes(),
            is_kept: false,
            total: fetched.as_ref().map_or(total, |fetched| fetched.total),
            times: EndTimes {
                slept: job.slept(),
                began_at: Some(job.spawned_at()),
                ended_at: None,
                elapsed,
                paused,
                queued: not_active.saturating_sub(paused),
            },
            attempts: facts.attempts.count(),
            fetched,
            thread_abandoned: job.abandoned_workers() > 0,
            polls: PollSums::of(job.job()),
            mean_rate,
        }
    }

    /// What to do about a [`defect`](Self::defect).
    pub const DEFECT_HINT: &str = "This is a defect of the program: please report it.";

    /// The part that it left.
    pub(in crate::deck) fn left_part(&self) -> Option<LeftPart> {
        Some(LeftPart {
            path: self.part.clone()?,
            received: self.received,
            total: self.total,
            has_ended: false,
        })
    }

    /// Takes over the part that earlier jobs of the row left.
    pub(in crate::deck) fn take_part(&mut self, left: Option<Box<LeftPart>>) {
        if let Some(left) = left {
            (self.received, self.total) = (left.received, left.total);
            self.part = Some(left.path);
        }
    }

    /// With `interrupted`, says that a cancel came because the process is about to end.
    pub(in crate::deck) fn interrupted_if(mut self, interrupted: bool) -> Self {
        self.is_interrupted = interrupted && matches!(self.outcome, Outcome::Cancelled);
        self
    }

    /// The error of a fetch that failed.
    #[must_use]
    pub fn fetch_error(&self) -> Option<&FetchError> {
        self.error()?.downcast_ref()
    }

    /// The HTTP status of its response, or of the response that failed it.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        match &self.fetched {
            Some(fetched) => Some(fetched.http_status),
            None => self.fetch_error()?.http_status,
        }
    }

    /// The error it failed with.
    #[must_use]
    pub fn error(&self) -> Option<&JobError> {
        match &self.outcome {
            Outcome::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// What ended it that is no error of a fetch, in a line and in full: the chain of causes, the
    /// place in the code, and the backtrace.
    #[must_use]
    pub fn defect(&self) -> Option<(String, String)> {
        match &self.outcome {
            Outcome::Panicked(report) => Some((report.to_string(), format!("{report:?}"))),
            Outcome::Failed(error) if self.fetch_error().is_none() => {
                let stored = error.downcast_ref::<StoredFailure>();
                let full = stored.map_or_else(|| format!("{error:?}"), |it| it.full.clone());
                Some((error.to_string(), full))
            }
            _ => None,
        }
    }

    /// Why its file may not be the one that was wanted; none once its user keeps it.
    #[must_use]
    pub fn doubt(&self) -> Option<&Note> {
        self.fetched.as_ref()?.doubt().filter(|_| !self.is_kept)
    }

    /// What its user may do about it.
    pub(in crate::deck) fn suggested_action(&self) -> Option<SuggestedAction> {
        if self.doubt().is_some() {
            return Some(SuggestedAction::Keep);
        }
        if matches!(self.outcome, Outcome::Done) {
            let path = self.fetched.as_ref().and_then(|it| it.path.as_ref());
            return path.map(|_| SuggestedAction::OpenFolder);
        }
        let error = self.fetch_error();
        Some(match error.map(|error| (error.class, error.http_status)) {
            Some((ErrorClass::NotTheFile | ErrorClass::Changed | ErrorClass::NotResumable, _)) => {
                SuggestedAction::ChangeUrl
            }
            Some((ErrorClass::HttpStatus, Some(401 | 403 | 404 | 410 | 451))) => {
                SuggestedAction::ChangeUrl
            }
            Some((ErrorClass::BadUrl | ErrorClass::Redirect, _)) => SuggestedAction::ChangeUrl,
            Some((ErrorClass::DiskFull, _)) => SuggestedAction::OpenFolder,
            _ => SuggestedAction::Retry,
        })
    }

    /// The notes on its file that are no open doubt, in a line.
    pub(in crate::deck) fn remarks(&self) -> Option<Arc<str>> {
        let notes = self.fetched.iter().flat_map(|fetched| &fetched.notes);
        let notes = notes.filter(|note| self.is_kept || note.kind() == NoteKind::Info);
        let texts: Vec<_> = notes.map(|note| format::escaped(&note.text)).collect();
        (!texts.is_empty()).then(|| texts.join(" · ").into())
    }

    /// How far it got, if that is known.
    fn at_percent(&self) -> Option<u8> {
        let total = self.total.filter(|total| *total > 0 && self.received > 0)?;
        Some(format::percent_value(self.received, total))
    }

    pub(in crate::deck) fn status(&self) -> Status {
        let facts = EndContext {
            elapsed: self.times.elapsed,
            at_percent: self.at_percent(),
            interrupted: self.is_interrupted,
            doubt: self.doubt().map(|note| note.text.as_ref().into()),
            thread_abandoned: self.thread_abandoned,
        };
        status_of_outcome(&self.outcome, facts)
    }
}

/// Bytes per second of an attempt that ended; none if it read nothing, or took no time.
fn mean_rate(attempt: &Attempt, paused: Duration) -> Option<f64> {
    let took = attempt.ended?.since(attempt.began).saturating_sub(paused);
    (attempt.wire_bytes > 0 && !took.is_zero())
        .then(|| attempt.wire_bytes as f64 / took.as_secs_f64())
}
