//! What a job awaits, as others see it.

use std::borrow::Cow;
use std::time::Duration;

/// One thing that a job awaits, with what that awaits in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitView {
    /// What it is, in words such as "Sleeping" or the name of a worker or a child job.
    pub label: Cow<'static, str>,
    /// What kind of thing it is.
    pub kind: AwaitKind,
    /// For how long, in the job's active time.
    pub elapsed: Duration,
    /// How much active time of it is left, where that is known.
    pub remaining: Option<Duration>,
    /// Its position in the queue for a slot, from 1.
    pub queue_position: Option<usize>,
    /// What it awaits in turn.
    pub children: Vec<AwaitView>,
}

/// The kind of an [`AwaitView`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AwaitKind {
    /// A sleep.
    Sleep,
    /// A delay for another reason: a retry, a tick.
    Delay,
    /// Something with a limit of time.
    Timeout,
    /// A worker thread.
    Worker,
    /// Another job.
    Job,
    /// A slot of a semaphore.
    Slot,
    /// Several things, or one with a label of its own.
    Group,
    /// A future that does not come from the job's context.
    Foreign,
}

/// A sleep under way, as the job's row shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SleepView {
    /// How much of it is over, in active time.
    pub slept: Duration,
    /// How long it is in all.
    pub of: Duration,
}
