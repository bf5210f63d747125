//! What the outside holds of a job: a view of it, with buttons.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    ops::Deref,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{
    AwaitView, JobError, JobId, JobStatistics, Lifecycle, LogLine, Moment, Outcome, PausedBy,
    Priority, ProgressUnit, Runtime, SleepView, Step, StepRecord, Warning,
    awaits::{AwaitNode, What},
    record::JobRecord,
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

    /// Whether this runtime has it.
    pub(super) fn belongs_to(&self, runtime: &Runtime) -> bool {
        self.0
            .runtime()
            .is_some_and(|own| Rc::ptr_eq(&own, &runtime.0))
    }

    /// Whether it is nobody's child.
    pub(super) fn is_root(&self) -> bool {
        !self.0.has_parent()
    }

    /// Ends the waits it is in with Ok: "skip this sleep", "retry now". False when it waits for no time.
    pub fn skip(&self) -> bool {
        self.0.skip()
    }

    /// Raises an error inside the job, at what it awaits through its context, or else at the next such await: there the
    /// code sees it as any other error, and may go on after it. False when its code has ended. A paused job sees it when
    /// it is resumed. A second error takes the place of one that was not seen yet.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, JobError, ParkHost, Runtime, TICK_BUDGET};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.spawn("patient", async |cx| {
    ///     match cx.sleep(Duration::from_secs(3600)).await {
    ///         Ok(_) => Ok("an hour".to_owned()),
    ///         Err(error) => Ok(error.to_string()),
    ///     }
    /// });
    /// runtime.tick(TICK_BUDGET);
    /// job.throw(JobError::new("the fire alarm"));
    /// assert_eq!(host.block_on(&runtime, job)?, "the fire alarm");
    /// # Ok::<(), JobError>(())
    /// ```
    pub fn throw(&self, error: impl Into<JobError>) -> bool {
        self.0.throw(error.into())
    }

    /// Its turn when more is ready than a tick has time for.
    #[must_use]
    pub fn priority(&self) -> Priority {
        self.0.priority()
    }

    /// Changes its priority, from its next wake on.
    pub fn set_priority(&self, priority: Priority) {
        self.0.set_priority(priority);
    }

    /// Its own limit of active time, if it has one.
    #[must_use]
    pub fn time_limit(&self) -> Option<Duration> {
        self.0.time_limit()
    }

    /// What it awaits, each with its label, for how long, and what that awaits in turn.
    #[must_use]
    pub fn await_tree(&self) -> Vec<AwaitView> {
        if self.is_finished() {
            return Vec::new();
        }
        self.0.await_tree()
    }

    /// Its place, from 1, in the queue for the slot it waits for.
    #[must_use]
    pub fn queue_position(&self) -> Option<usize> {
        self.0.awaits.queue_position()
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

    /// What its progress counts.
    #[must_use]
    pub fn progress_unit(&self) -> ProgressUnit {
        let report = self.0.written_report();
        report.map_or_else(ProgressUnit::default, |report| report.progress.unit())
    }

    /// How much it does per second of its active time, smoothed; none before it was read twice, 100 ms apart. Computed
    /// where it is read, and by nothing else: read it again and again, as a window does.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("count", async |cx| {
    ///     cx.progress().set_total(Some(100));
    ///     for _ in 0..100 {
    ///         cx.sleep(Duration::from_secs(1)).await?;
    ///         cx.progress().add_done(1);
    ///     }
    ///     Ok(())
    /// });
    /// test.settle();
    /// assert_eq!(job.rate(), None);
    /// test.advance(Duration::from_secs(20));
    /// assert_eq!(job.rate(), Some(1.0));
    /// assert_eq!(job.eta(), Some(Duration::from_secs(80)));
    /// ```
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.0.written_report()?.rate(self.active())
    }

    /// How much active time it will take at its present [rate](Self::rate); none where there is no telling.
    #[must_use]
    pub fn eta(&self) -> Option<Duration> {
        let rate = self.rate().filter(|rate| *rate > 0.0)?;
        let (done, total) = self.progress();
        let left = total?.saturating_sub(done);
        Duration::try_from_secs_f64(left as f64 / rate).ok()
    }

    /// Its own time so far: since its spawn, pauses not counted; stands still once it has ended.
    #[must_use]
    pub fn active(&self) -> Duration {
        self.0.active(self.0.now())
    }

    /// The active time of its sleeps so far, the ones under way included.
    #[must_use]
    pub fn slept(&self) -> Duration {
        self.0.awaits.slept(self.active())
    }

    /// The sleep it is in.
    #[must_use]
    pub fn sleeping(&self) -> Option<SleepView> {
        self.0.awaits.sleeping(self.active())
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
        self.0.statistics()
    }

    /// What its numbers prove to be wrong with it.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        self.0.warnings()
    }

    /// The name of the job with its parents' before it: "outer / inner".
    #[must_use]
    pub fn path(&self) -> String {
        self.0.path()
    }

    /// Its child jobs that have not ended, oldest first.
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
    /// Where it stands in the tree of the job that awaits it.
    node: Option<AwaitNode>,
    /// The waker that waits in the job for its end.
    watching: Option<Waker>,
    /// It has once let whoever failed be seen before it.
    let_failure_first: bool,
    value: PhantomData<fn() -> T>,
}

/// Nothing in it is pinned: the value only passes through.
impl<T> Unpin for JobHandle<T> {}

impl<T: 'static> JobHandle<T> {
    pub(super) fn new(record: Rc<JobRecord>) -> Self {
        Self {
            job: Job(record),
            node: None,
            watching: None,
            let_failure_first: false,
            value: PhantomData,
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
            self.job.0.take_value()
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

    /// The same job, cancelled when this is dropped: for a [`race`](super::JobContext::race), for a
    /// [`timeout`](super::JobContext::timeout), or for a job that nobody is to outlive.
    #[must_use = "dropping this cancels the job"]
    pub fn cancel_on_drop(self) -> CancelOnDrop<T> {
        CancelOnDrop(self)
    }

    fn result(&self) -> Option<Result<T, JobError>> {
        let outcome = self.job.outcome()?;
        self.job.0.failure_is_told();
        Some(match outcome {
            Outcome::Done => self
                .take_value()
                .ok_or_else(|| JobError::new("the job's value was already taken")),
            Outcome::Failed(error) => Err(error.clone()),
            Outcome::Panicked(report) => {
                Err(JobError::panicked(report.clone()).happened_in(self.job.path(), None))
            }
            Outcome::TimedOut => {
                Err(JobError::timed_out(self.job.time_limit()).happened_in(self.job.path(), None))
            }
            Outcome::Cancelled | Outcome::Interrupted => Err(self
                .job
                .0
                .cancelled_by()
                .map_or_else(JobError::cancelled, JobError::cancelled_by)),
        })
    }
}

impl<T> Deref for JobHandle<T> {
    type Target = Job;

    fn deref(&self) -> &Job {
        &self.job
    }
}

impl<T: 'static> Future for JobHandle<T> {
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let record = &self.job.0.clone();
        let runtime = record.runtime();
        if runtime
            .as_ref()
            .is_some_and(|runtime| runtime.queue.is_foreign_here())
        {
            return Poll::Ready(Err(JobError::other_runtime(record.name())));
        }
        let is_echo = record.outcome().is_some() && record.cancelled_by().is_some();
        if is_echo && !std::mem::replace(&mut self.let_failure_first, true) {
            // Who failed ended in the same moment: whoever awaits both is to see that error, and not this echo of it.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(result) = self.result() {
            self.node = None;
            return Poll::Ready(result);
        }
        let who = runtime.and_then(|runtime| runtime.polled());
        // It may have been handed from one job to another.
        let is_of = |node: &AwaitNode| {
            let of = who.as_ref();
            of.is_some_and(|who| Rc::ptr_eq(node.record(), who))
        };
        self.node = self.node.take().filter(is_of);
        if self.node.is_none()
            && let Some(who) = who
        {
            if Rc::ptr_eq(&who, record) {
                return Poll::Ready(Err(JobError::new("a job cannot await its own end")));
            }
            let what = What::Job(record.clone());
            self.node = Some(AwaitNode::begin(&who, what, record.shown_name(), None));
        }
        if let Some(node) = &self.node {
            if let Err(error) = node.may_go_on() {
                return Poll::Ready(Err(error));
            }
            node.park(cx);
        }
        self.stop_watching(Some(cx.waker()));
        if self.watching.is_none() {
            self.job.0.watch(cx.waker());
            self.watching = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl<T> JobHandle<T> {
    /// Takes its waker back, unless it is this one.
    fn stop_watching(&mut self, but: Option<&Waker>) {
        if let Some(waker) = &self.watching
            && but.is_none_or(|but| !waker.will_wake(but))
        {
            self.job.0.unwatch(waker);
            self.watching = None;
        }
    }
}

impl<T> Drop for JobHandle<T> {
    fn drop(&mut self) {
        self.stop_watching(None);
    }
}

impl<T> fmt::Debug for JobHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.job.fmt(f)
    }
}

/// A [`JobHandle`] that cancels its job when it is dropped; see [`JobHandle::cancel_on_drop`].
#[must_use = "dropping this cancels the job"]
pub struct CancelOnDrop<T: 'static>(JobHandle<T>);

impl<T> Deref for CancelOnDrop<T> {
    type Target = JobHandle<T>;

    fn deref(&self) -> &JobHandle<T> {
        &self.0
    }
}

impl<T> Future for CancelOnDrop<T> {
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for CancelOnDrop<T> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl<T> fmt::Debug for CancelOnDrop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
