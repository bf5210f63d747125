//! What the outside holds of a job: a view of it, with buttons.

use std::{
    cell::RefCell,
    fmt,
    future::Future,
    ops::Deref,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use super::{
    JobError, JobId, JobStatistics, Lifecycle, LogLine, Moment, Outcome, PausedBy, SleepView, Step,
    StepRecord, record::JobRecord,
};

/// Any job of a runtime, whatever its value: its state, its numbers, and the acts a person has on it.
///
/// Holding one keeps the record alive, also when the job has long ended; it does not keep the job running.
#[derive(Clone)]
pub struct Job(pub(super) Rc<JobRecord>);

impl Job {
    /// The job's id.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.0.id()
    }

    /// The name it was spawned with.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Where it stands.
    #[must_use]
    pub fn lifecycle(&self) -> Lifecycle {
        self.0.lifecycle()
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.0.outcome()
    }

    /// Whether it is at its end.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.outcome().is_some()
    }

    /// Whether somebody's pause is in force.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.0.is_paused() && !self.is_finished()
    }

    /// Pauses it and its children: nothing of it is polled any more, its clocks stand still, and its workers stop at
    /// their next checkpoint. False when it was paused by the user already, or has ended.
    pub fn pause(&self) -> bool {
        self.0.pause(PausedBy::User)
    }

    /// Pauses it in somebody else's name. A parent's pause comes with the parent only: here it counts as the user's.
    pub fn pause_by(&self, by: PausedBy) -> bool {
        self.0.pause(match by {
            PausedBy::Parent => PausedBy::User,
            by => by,
        })
    }

    /// Lifts every pause but a parent's. False when there was none, or it has ended.
    pub fn resume(&self) -> bool {
        self.0.resume()
    }

    /// Cancels its children, then itself: its future is dropped within this call, its workers' tokens fire. False when
    /// it was cancelled before, or has ended.
    pub fn cancel(&self) -> bool {
        self.0.cancel()
    }

    /// Ends the waits it is in with Ok: "skip this sleep", "retry now". False when it waits for no time.
    pub fn skip(&self) -> bool {
        !self.is_finished() && self.0.waits.skip()
    }

    /// What it is doing, if it said so.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        self.0.written_report()?.step()
    }

    /// Its steps from this number on, oldest first; the first ever is number 1.
    #[must_use]
    pub fn steps_from(&self, number: u64) -> Vec<StepRecord> {
        self.0
            .written_report()
            .map_or_else(Vec::new, |report| report.steps_from(number))
    }

    /// Its log, oldest line first.
    #[must_use]
    pub fn log_lines(&self) -> Vec<LogLine> {
        self.0
            .written_report()
            .map_or_else(Vec::new, |report| report.log_lines())
    }

    /// How much is done, and of how much if that is known; zero before anything was reported.
    #[must_use]
    pub fn progress(&self) -> (u64, Option<u64>) {
        self.0.written_report().map_or((0, None), |report| {
            (report.progress.done(), report.progress.total())
        })
    }

    /// Its own time so far: since its spawn, pauses not counted; stands still once it has ended.
    #[must_use]
    pub fn active(&self) -> Duration {
        self.0.active(self.0.now())
    }

    /// The active time of its sleeps so far, the ones under way included.
    #[must_use]
    pub fn slept(&self) -> Duration {
        self.0.waits.slept(self.active())
    }

    /// The sleep it is in.
    #[must_use]
    pub fn sleeping(&self) -> Option<SleepView> {
        self.0.waits.sleeping(self.active())
    }

    /// When it was spawned, on the runtime's clock.
    #[must_use]
    pub fn spawned_at(&self) -> Moment {
        self.0.spawned_at()
    }

    /// When it ended, on the runtime's clock.
    #[must_use]
    pub fn finished_at(&self) -> Option<Moment> {
        self.0.finished_at()
    }

    /// How many of its worker threads did not let go and were given up.
    #[must_use]
    pub fn abandoned_workers(&self) -> usize {
        self.0.abandoned()
    }

    /// Its polls and what they cost.
    #[must_use]
    pub fn statistics(&self) -> JobStatistics {
        self.0.poll_state().statistics()
    }

    /// Its child jobs, oldest first.
    #[must_use]
    pub fn children(&self) -> Vec<Job> {
        self.0.children().into_iter().map(Job).collect()
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A job whose value is a `T`. Derefs to [`Job`]; awaiting it inside another job gives the value.
///
/// Dropping it does not cancel the job.
pub struct JobHandle<T> {
    job: Job,
    value: Rc<RefCell<Option<T>>>,
}

impl<T> JobHandle<T> {
    pub(super) fn new(record: Rc<JobRecord>, value: Rc<RefCell<Option<T>>>) -> Self {
        Self {
            job: Job(record),
            value,
        }
    }

    /// The job without its type.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Takes the value of a job that is done; none before, after another ending, or the second time.
    #[must_use]
    pub fn take_value(&self) -> Option<T> {
        if matches!(self.job.outcome(), Some(Outcome::Done)) {
            self.value.borrow_mut().take()
        } else {
            None
        }
    }

    /// The value of a job that is at its end.
    ///
    /// # Errors
    /// Why there is no value: its error, its panic, its cancel, or that it has not ended.
    pub fn into_value(self) -> Result<T, JobError> {
        self.result()
            .unwrap_or_else(|| Err(JobError::new("the job has not ended")))
    }

    fn result(&self) -> Option<Result<T, JobError>> {
        Some(match self.job.outcome()? {
            Outcome::Done => self
                .take_value()
                .ok_or_else(|| JobError::new("the job's value was already taken")),
            Outcome::Failed(error) => Err(error.clone()),
            Outcome::Panicked(report) => Err(JobError::panicked(report.clone())),
            Outcome::TimedOut => Err(JobError::timed_out()),
            Outcome::Cancelled | Outcome::Interrupted => Err(JobError::cancelled()),
        })
    }
}

impl<T> Deref for JobHandle<T> {
    type Target = Job;

    fn deref(&self) -> &Job {
        &self.job
    }
}

impl<T> Future for JobHandle<T> {
    type Output = Result<T, JobError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.result() {
            Some(result) => Poll::Ready(result),
            None => {
                self.job.0.watch(cx.waker());
                Poll::Pending
            }
        }
    }
}

impl<T> fmt::Debug for JobHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.job.fmt(f)
    }
}
