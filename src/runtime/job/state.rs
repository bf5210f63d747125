//! The states of a job: its lifecycle, its outcome, and the step in progress.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::runtime::{JobError, Moment, PanicReport};

/// Identifies a job: unique within its runtime, and never used again while that runtime lives. Jobs
/// of two runtimes may have equal ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl JobId {
    /// The id of jobs that were never in a table.
    pub(crate) const NONE: Self = Self {
        index: u32::MAX,
        generation: u32::MAX,
    };

    /// The id as a number: like the id, unique within its runtime and never used again while that
    /// lives.
    #[must_use]
    pub fn to_bits(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.generation)
    }
}

/// The state of a job between its spawn and its end. Every variant carries exactly its own data.
///
/// ```
/// use jobdeck::runtime::{Job, Lifecycle, Outcome};
///
/// fn words(job: &Job) -> String {
///     match job.lifecycle() {
///         Lifecycle::Queued => "not begun".into(),
///         Lifecycle::Running => match job.step() {
///             Some(step) => step.label.into_owned(),
///             None => "running".into(),
///         },
///         Lifecycle::Pausing { .. } => "stopping at the next checkpoint".into(),
///         Lifecycle::Paused { since, .. } => {
///             format!("paused for {} s", job.now().since(since).as_secs())
///         }
///         Lifecycle::Completing { children } => format!("{children} children left"),
///         Lifecycle::Cancelling => "cleaning up".into(),
///         Lifecycle::Finished(Outcome::Done) => "done".into(),
///         Lifecycle::Finished(Outcome::Failed(error)) => format!("failed: {error}"),
///         Lifecycle::Finished(Outcome::Panicked(report)) => format!("failed: {report}"),
///         Lifecycle::Finished(Outcome::TimedOut) => "it took too long".into(),
///         Lifecycle::Finished(Outcome::Cancelled) => "cancelled".into(),
///     }
/// }
/// # use jobdeck::{runtime::JobError, testing::TestRuntime};
/// # let test = TestRuntime::new();
/// # let nap = test.spawn("nap", async |cx| cx.sleep_secs(9.0)?.await);
/// # let broken = test.spawn::<(), _>("broken", async |_cx| Err(JobError::new("no paper")));
/// # assert_eq!(words(&nap), "not begun");
/// # test.settle();
/// # assert_eq!(words(&nap), "Sleeping");
/// # assert_eq!(words(&broken), "failed: no paper");
/// # nap.pause();
/// # test.advance(std::time::Duration::from_secs(3));
/// # assert_eq!(words(&nap), "paused for 3 s");
/// ```
#[derive(Clone, Debug)]
pub enum Lifecycle {
    /// Spawned, not polled yet.
    Queued,
    /// Polled at least once; its code has not ended.
    Running,
    /// A pause was asked for; at least one worker thread has not stopped yet.
    Pausing {
        /// Whose pause it is.
        by: PausedBy,
    },
    /// It is not polled, its workers have stopped, and its clocks stand still. Those of a child may
    /// still be on their way to their next checkpoint.
    Paused {
        /// Whose pause it is.
        by: PausedBy,
        /// Since when, on the runtime's clock.
        since: Moment,
    },
    /// Its own code has ended; it waits for what it started.
    Completing {
        /// Child jobs that are not finished.
        children: usize,
    },
    /// Cancelled, or its time is over; a child, a cleanup or a worker thread has not ended yet.
    Cancelling,
    /// Ended.
    Finished(Outcome),
}

/// How a job ended. [`Lifecycle`] has an example with a `match` of both.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its code returned a value.
    Done,
    /// Its code returned an error.
    Failed(JobError),
    /// Its code panicked, or returned the error of a worker's panic. The panic hook has printed it
    /// too.
    Panicked(PanicReport),
    /// Its own total time was over.
    TimedOut,
    /// It was cancelled.
    Cancelled,
}

/// Who paused a job. When several did, the first of this list is shown; a resume lifts all of them
/// but a parent's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PausedBy {
    /// A person, or the code that called [`Job::pause`](crate::runtime::Job::pause).
    User,
    /// The job itself or the program that manages it, for this reason in a few words: "disk full".
    Owner(&'static str),
    /// Its parent is paused.
    Parent,
}

/// The pauses in force on one job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PauseSet(u8);

impl PauseSet {
    const USER: u8 = 1;
    const OWNER: u8 = 2;
    const PARENT: u8 = 4;

    fn bit(by: PausedBy) -> u8 {
        match by {
            PausedBy::User => Self::USER,
            PausedBy::Owner(_) => Self::OWNER,
            PausedBy::Parent => Self::PARENT,
        }
    }

    pub(crate) fn with(self, by: PausedBy) -> Self {
        Self(self.0 | Self::bit(by))
    }

    pub(crate) fn without(self, by: PausedBy) -> Self {
        Self(self.0 & !Self::bit(by))
    }

    /// Without the pauses that a resume lifts.
    pub(crate) fn only_parent(self) -> Self {
        Self(self.0 & Self::PARENT)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The pause that is shown. The set holds no reason of an owner: `owners_reason` has it.
    pub(crate) fn first(self, owners_reason: impl FnOnce() -> &'static str) -> Option<PausedBy> {
        let has = |bit| self.0 & bit != 0;
        if has(Self::USER) {
            Some(PausedBy::User)
        } else if has(Self::OWNER) {
            Some(PausedBy::Owner(owners_reason()))
        } else {
            has(Self::PARENT).then_some(PausedBy::Parent)
        }
    }
}

/// The order of jobs when more is ready than the budget of a tick allows.
///
/// No job starves: one that waits for [`PRIORITY_AGEING`](crate::runtime::PRIORITY_AGEING) rises by
/// one level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// After everything else.
    Low,
    /// In the order of the wakes.
    #[default]
    Normal,
    /// Before everything else.
    High,
}

impl Priority {
    pub(crate) const COUNT: usize = 3;

    pub(crate) fn level(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_level(level: u8) -> Self {
        match level {
            0 => Self::Low,
            1 => Self::Normal,
            _ => Self::High,
        }
    }
}

/// What a job is doing: a label for people, and its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// A short label such as "Connecting".
    pub label: Cow<'static, str>,
    /// What kind of work, or of waiting, it is.
    pub kind: StepKind,
}

impl Step {
    /// A step that works: connecting, hashing, saving.
    pub fn computing(label: impl Into<Cow<'static, str>>) -> Self {
        Self {
            label: label.into(),
            kind: StepKind::Computing,
        }
    }

    /// A step that moves bytes, whose numbers are in the job's
    /// [`Progress`](crate::runtime::Progress).
    pub fn transferring(label: impl Into<Cow<'static, str>>) -> Self {
        Self {
            label: label.into(),
            kind: StepKind::Transferring,
        }
    }

    /// A step that waits for a reason, until a moment of the job's active time where one is known.
    pub fn waiting(
        label: impl Into<Cow<'static, str>>,
        reason: WaitReason,
        until: Option<Duration>,
    ) -> Self {
        Self {
            label: label.into(),
            kind: StepKind::Waiting { reason, until },
        }
    }
}

/// The kind of a [`Step`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StepKind {
    /// Work without a count of bytes.
    Computing,
    /// Bytes move.
    Transferring,
    /// Nothing moves until something happens.
    Waiting {
        /// Why it waits.
        reason: WaitReason,
        /// When the wait ends, in the job's active time (see
        /// [`Job::active`](crate::runtime::Job::active)).
        until: Option<Duration>,
    },
}

/// Why a job waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// Its code sleeps.
    Sleep,
    /// An attempt failed, and the next one comes after a delay.
    Retry {
        /// The number of the retry that comes next, from 1.
        retry: u32,
        /// How many retries there are.
        of: u32,
    },
    /// It waits for a slot: a permit of a [`Semaphore`](crate::runtime::Semaphore), or its turn
    /// where the program limits how many jobs run at once. Holds the name of the limit.
    Slot(Cow<'static, str>),
    /// It waits for something else; the label says what.
    Other,
}
