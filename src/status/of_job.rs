//! The status of a job, by what the runtime knows of it.

use std::sync::Arc;
use std::time::Duration;

use super::{FailureKind, Status};
use crate::format::{LocalTime, ordinal};
use crate::runtime::{Job, Lifecycle, Outcome, PausedBy, StepKind, WaitReason};

/// What the runtime does not know of a job that goes on; empty by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusContext {
    /// When it was paused.
    pub paused_since: Option<LocalTime>,
    /// The delay that the other side asked for after the last failed attempt, if that is what the
    /// job waits for.
    pub retry_after: Option<Duration>,
    /// How long the other side is silent in the step under way, and how long it may be; `None` if
    /// it is not waited for.
    pub silence: Option<Silence>,
}

/// How long nothing came from the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// How long it lasts already.
    pub lasted: Duration,
    /// How long the step under way bears it.
    pub limit: Duration,
}

impl Silence {
    /// What is shorter is usual, and not worth a word.
    pub(crate) const SHOWN_FROM: Duration = Duration::from_secs(3);

    /// Whether the row says so.
    pub(crate) fn is_shown(&self) -> bool {
        self.lasted >= Self::SHOWN_FROM
    }
}

/// The numbers of a job that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndContext {
    /// How long it ran.
    pub elapsed: Duration,
    /// How far it had come.
    pub at_percent: Option<u8>,
    /// Whether it was cancelled because the process is about to end.
    pub interrupted: bool,
    /// Why its file may not be the one that was wanted, if there is such a doubt.
    pub doubt: Option<Arc<str>>,
    /// A thread of it did not react in time and was left behind.
    pub thread_abandoned: bool,
}

/// The status of a job. One that has ended is shown with what the runtime knows of its end.
#[must_use]
pub fn status_of_job(job: &Job, context: StatusContext) -> Status {
    match job.lifecycle() {
        Lifecycle::Queued => Status::Working {
            label: "Starting".into(),
        },
        Lifecycle::Running => of_running(job, context),
        Lifecycle::Pausing { .. } => Status::Pausing,
        Lifecycle::Paused { by, .. } => Status::Paused {
            since: context.paused_since,
            note: match by {
                PausedBy::Owner(reason) => Some(reason.into()),
                PausedBy::User | PausedBy::Parent => None,
            },
        },
        Lifecycle::Completing { children } => Status::Finishing {
            children_left: u32::try_from(children).unwrap_or(u32::MAX),
        },
        Lifecycle::Cancelling => Status::Cancelling,
        Lifecycle::Finished(outcome) => {
            let (done, total) = job.progress();
            let total = total.filter(|total| *total > 0 && done > 0);
            status_of_outcome(
                &outcome,
                EndContext {
                    elapsed: job
                        .finished_at()
                        .unwrap_or_default()
                        .since(job.spawned_at()),
                    at_percent: total.map(|total| crate::format::percent_value(done, total)),
                    interrupted: false,
                    doubt: None,
                    thread_abandoned: job.abandoned_workers() > 0,
                },
            )
        }
    }
}

/// How something ended.
#[must_use]
pub fn status_of_outcome(outcome: &Outcome, facts: EndContext) -> Status {
    let EndContext {
        elapsed,
        at_percent,
        interrupted,
        doubt,
        thread_abandoned,
    } = facts;
    let failed = |kind, cause: String| Status::Failed {
        kind,
        cause: cause.into(),
        at_percent,
    };
    match outcome {
        Outcome::Done => match doubt {
            Some(doubt) => Status::Check { doubt },
            None => Status::Done { elapsed },
        },
        Outcome::Failed(error) => failed(FailureKind::Error, error.to_string()),
        Outcome::Panicked(report) => failed(FailureKind::Panic, report.to_string()),
        Outcome::TimedOut => failed(FailureKind::TimeOut, "Its total time was over".into()),
        Outcome::Cancelled if interrupted => Status::Interrupted { at_percent },
        Outcome::Cancelled => Status::Cancelled {
            at_percent,
            thread_abandoned,
        },
    }
}

fn of_running(job: &Job, context: StatusContext) -> Status {
    let Some(step) = job.step() else {
        return Status::Working {
            label: "Running".into(),
        };
    };
    match (step.kind, context.silence.filter(Silence::is_shown)) {
        (StepKind::Computing, Some(silence)) => Status::Unanswered {
            label: step.label,
            waited: silence.lasted,
            limit: silence.limit,
        },
        (StepKind::Transferring, Some(silence)) => Status::Stalled {
            silent: silence.lasted,
            limit: silence.limit,
        },
        (StepKind::Computing, None) => Status::Working { label: step.label },
        (StepKind::Transferring, None) => Status::Transferring {
            label: step.label,
            size_known: job.progress().1.is_some(),
        },
        (StepKind::Waiting { reason, until }, _) => {
            let left = until.unwrap_or_default().saturating_sub(job.active());
            match reason {
                WaitReason::Sleep => Status::Sleeping { left },
                WaitReason::Retry { retry, of } => Status::Retrying {
                    attempt: retry,
                    of,
                    left,
                    server_asked_for: context.retry_after,
                },
                WaitReason::Slot(what) => Status::Waiting {
                    waits_for: Some(slot_words(&what, job.queue_position()).into()),
                },
                WaitReason::Other => Status::Waiting {
                    waits_for: Some(step.label.as_ref().into()),
                },
            }
        }
    }
}

/// The name and the state of each child of a job that has not ended.
#[must_use]
pub fn children_of_job(job: &Job) -> Vec<(String, String)> {
    let child = |job: Job| {
        let state = match job.lifecycle() {
            Lifecycle::Finished(_) => "Ended".into(),
            _ => status_of_job(&job, StatusContext::default()).word(),
        };
        (job.name().to_owned(), state.into_owned())
    };
    job.children().into_iter().map(child).collect()
}

/// What a job waits for in a line, and its place there.
fn slot_words(what: &str, position: Option<usize>) -> String {
    match position {
        Some(position) => format!("a slot on {what}, {}", ordinal(position as u64)),
        None => format!("a slot on {what}"),
    }
}
