//! The context that a job's code is given: it waits, reports and stops through it.
//!
//! Methods that return a type of their own are in the file of that type: `sleep` with
//! [`Sleep`](crate::runtime::Sleep), `spawn` with [`JobBuilder`](crate::runtime::JobBuilder), and
//! so on.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::ControlFlow;
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::task::Poll;
use std::time::Duration;

use crate::runtime::job::panics::CatchDrop;
use crate::runtime::job::pausing;
use crate::runtime::job::poll_state::CHECKPOINT_SLICE;
use crate::runtime::job::record::JobRecord;
use crate::runtime::job::relations::Cleanup;
use crate::runtime::wait::awaits::Awaited;
use crate::runtime::wait::node::AwaitNode;
use crate::runtime::wait::view::AwaitKind;
use crate::runtime::{JobError, JobId, Moment, PausedBy, Progress, Step};

/// How long the cleanup of a cancelled job may take before it is dropped: 2 s.
pub const CLEANUP_DEADLINE: Duration = Duration::from_secs(2);

/// A job's access to itself and to its runtime. Cheap to clone; every method may be called at any
/// time.
///
/// What it waits for belongs to this job, also if a clone of the context is used in another one. It
/// fails once this job is [at its end](crate::runtime#words).
///
/// `cx.fetch(…)` needs the feature `fetch` and its trait: `use jobdeck::fetch::FetchExt`.
#[derive(Clone)]
pub struct JobContext(Rc<JobRecord>);

impl JobContext {
    pub(crate) fn new(record: Rc<JobRecord>) -> Self {
        Self(record)
    }

    pub(crate) fn record(&self) -> &Rc<JobRecord> {
        &self.0
    }

    /// This job's id.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.0.id
    }

    /// The present moment on the runtime's clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.now()
    }

    /// The job's active time so far: since its spawn, pauses not counted.
    #[must_use]
    pub fn active(&self) -> Duration {
        self.0.active()
    }

    /// What [`Runtime::set_extension`](crate::runtime::Runtime::set_extension) keeps for all jobs.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::rc::Rc;
    ///
    /// let test = TestRuntime::new();
    /// test.set_extension(Rc::new(String::from("shared")));
    /// let job = test.spawn("reader", async |cx| {
    ///     Ok(cx.extension::<String>().map(|shared| shared.len()))
    /// });
    /// test.settle();
    /// assert_eq!(job.take_value(), Some(Some(6)));
    /// ```
    #[must_use]
    pub fn extension<E: 'static>(&self) -> Option<Rc<E>> {
        self.0.runtime()?.extensions.get()
    }

    /// Says what the job does now.
    ///
    /// ```
    /// use jobdeck::{runtime::Step, testing::TestRuntime};
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("busy", async |cx| {
    ///     let nap = cx.sleep(Duration::from_secs(1));
    ///     cx.step(Step::computing("Sorting"));
    ///     nap.await
    /// });
    /// test.settle();
    /// assert_eq!(job.step().map(|step| step.label), Some("Sorting".into()));
    /// ```
    pub fn step(&self, step: Step) {
        self.0.begin_step(step);
    }

    /// The job's own numbers, without those of its children. Writing them wakes no thread.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("pages", async |cx| {
    ///     cx.progress().set_total(Some(10));
    ///     cx.progress().add_done(3);
    ///     Ok(())
    /// });
    /// test.settle();
    /// assert_eq!(job.progress(), (3, Some(10)));
    /// ```
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.0.report().progress
    }

    /// Adds a line to the job's log.
    pub fn log(&self, text: impl Into<Cow<'static, str>>) {
        self.0.report().log(text.into(), self.0.now());
    }

    /// Registers a cleanup for when the job is cancelled, or its time is over. The code's own
    /// future is dropped at once then, and the cleanups run after it, the last registered first, in
    /// a child job called "cleanup" that cannot be paused or cancelled. All of them together have
    /// [`CLEANUP_DEADLINE`], 2 s; a job whose cleanup panics ends as panicked. The first error that
    /// a cleanup returns is a line in the log of the cancelled job, and changes nothing else: the
    /// other cleanups run, and the job ends as cancelled.
    ///
    /// The context that the cleanup is given is that of the child job: what it logs by it, and the
    /// steps and numbers that it sets, are those of the "cleanup" job.
    ///
    /// A cleanup stays registered until [`CancelCleanup::disarm`], also when the returned value is
    /// dropped. It does not run when the job's code ends in any other way.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, ParkHost, Runtime, TICK_BUDGET};
    /// use std::{cell::Cell, rc::Rc, time::Duration};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let said_goodbye = Rc::new(Cell::new(false));
    /// let told = said_goodbye.clone();
    /// let job = runtime.spawn("guest", async move |cx| {
    ///     cx.on_cancel(async move |cx| {
    ///         cx.sleep(Duration::from_secs(1)).await?;
    ///         told.set(true);
    ///         Ok(())
    ///     });
    ///     cx.sleep(Duration::from_secs(3600)).await
    /// });
    /// runtime.tick(TICK_BUDGET);
    /// job.cancel();
    /// host.run_until_idle(&runtime);
    /// assert!(said_goodbye.get());
    /// ```
    pub fn on_cancel<F>(&self, cleanup: F) -> CancelCleanup
    where
        F: AsyncFnOnce(JobContext) -> Result<(), JobError> + 'static,
    {
        let cleanup: Cleanup<JobRecord> = Box::new(move |record| {
            let cx = JobContext(record.clone());
            Box::pin(async move { cleanup(cx).await })
        });
        let cleanups = &self.0.relations().cleanups;
        let number = cleanups.next_number();
        if self.0.end.is_finished() {
            // Stored, it would keep this record alive for ever, through the context that it may
            // hold.
            drop(CatchDrop::new(cleanup));
        } else {
            cleanups.add(number, cleanup);
        }
        CancelCleanup {
            record: Rc::downgrade(&self.0),
            number,
        }
    }

    /// Awaits `task` under a label of its own in the job's await tree. What is
    /// [thrown](crate::runtime::Job::throw) at the job is raised only by what `task` awaits through
    /// a context: for any other future there is [`wait_for`](JobContext::wait_for).
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("tour", async |cx| {
    ///     cx.labelled("the museum", cx.sleep(Duration::from_secs(60))).await
    /// });
    /// test.settle();
    /// assert_eq!(job.await_tree()[0].label, "the museum");
    /// ```
    pub async fn labelled<F: Future>(
        &self,
        label: impl Into<Cow<'static, str>>,
        task: F,
    ) -> F::Output {
        let node = AwaitNode::begin(self.record(), Awaited::Plain(AwaitKind::Group), label, None);
        let mut task = pin!(task);
        poll_fn(|cx| node.around(|| task.as_mut().poll(cx))).await
    }

    /// Awaits a future that does not come from this context, such as a message of a
    /// [`channel`](crate::runtime::channel), under a label in the job's await tree. What is
    /// [thrown](crate::runtime::Job::throw) at the job is raised there.
    ///
    /// In a loop over what is always ready, others have their turn: after 128 such waits, or
    /// [`CHECKPOINT_SLICE`] of a real clock, the next one begins after the other jobs that are
    /// ready, in the next frame if necessary.
    ///
    /// # Errors
    /// What was thrown at the job, or that it is [at its end](crate::runtime#words).
    ///
    /// ```
    /// use jobdeck::runtime::{JobError, ParkHost, Runtime, TICK_BUDGET};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.spawn("listener", async |cx| {
    ///     cx.wait_for("the doorbell", std::future::pending::<()>()).await
    /// });
    /// runtime.tick(TICK_BUDGET);
    /// assert_eq!(job.await_tree()[0].label, "the doorbell");
    /// job.throw(JobError::new("nobody comes"));
    /// assert_eq!(host.block_on(&runtime, job).unwrap_err().to_string(), "nobody comes");
    /// ```
    pub async fn wait_for<F: Future>(
        &self,
        label: impl Into<Cow<'static, str>>,
        task: F,
    ) -> Result<F::Output, JobError> {
        let what = Awaited::Plain(AwaitKind::Foreign);
        let node = AwaitNode::begin(self.record(), what, label, None);
        let mut task = pin!(task);
        node.foreign(|cx| task.as_mut().poll(cx)).await
    }

    /// Awaits `task` for at most this much active time, then drops it, which cancels it. For a
    /// child job: `cx.timeout(limit, child.cancel_on_drop())`.
    ///
    /// # Errors
    /// The task's own; of kind [`TimedOut`](crate::runtime::ErrorKind::TimedOut) when the time was
    /// over; or what was thrown at the job. The job itself does not end as timed out by this: that
    /// is [`JobBuilder::time_limit`](crate::runtime::JobBuilder::time_limit).
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, ErrorKind, ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.spawn("hasty", async |cx| {
    ///     let nap = cx.sleep(Duration::from_secs(60));
    ///     let error = cx.timeout(Duration::from_secs(5), nap).await.unwrap_err();
    ///     Ok(matches!(error.kind(), ErrorKind::TimedOut))
    /// });
    /// assert!(host.block_on(&runtime, job)?);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub async fn timeout<T, F>(&self, limit: Duration, task: F) -> Result<T, JobError>
    where
        F: Future<Output = Result<T, JobError>>,
    {
        let node = AwaitNode::begin(
            self.record(),
            Awaited::Plain(AwaitKind::Timeout),
            "Timeout",
            Some(limit),
        );
        let mut task = pin!(task);
        poll_fn(|cx| {
            // The task first: an error that was thrown is raised at the innermost await, and a
            // result in time counts.
            if let Poll::Ready(result) = node.around(|| task.as_mut().poll(cx)) {
                return Poll::Ready(result);
            }
            if let Err(error) = node.check_interrupt() {
                return Poll::Ready(Err(error));
            }
            if node.is_over() {
                return Poll::Ready(Err(JobError::timed_out(Some(limit))));
            }
            node.park(cx);
            Poll::Pending
        })
        .await
    }

    /// A point in a long computation where the job may stop. It returns at once within the job's
    /// slice of time ([`CHECKPOINT_SLICE`]), and otherwise after the other jobs that are ready, in
    /// the next frame if necessary. Pause and cancel take effect there.
    ///
    /// # Errors
    /// What was [thrown](crate::runtime::Job::throw) at the job.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.spawn("sum", async |cx| {
    ///     let mut sum = 0_u64;
    ///     for number in 1..=1000 {
    ///         sum += number;
    ///         cx.checkpoint().await?;
    ///     }
    ///     Ok(sum)
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, 500_500);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub async fn checkpoint(&self) -> Result<(), JobError> {
        let record = self.record();
        record.check_interrupt()?;
        let took = record.runtime().map(|runtime| runtime.poll_took());
        if took.is_none_or(|took| took < CHECKPOINT_SLICE) {
            return Ok(());
        }
        yield_once(record).await;
        record.check_interrupt()
    }

    /// Pauses this job until it is resumed: for what only a person can fix, such as a full disk.
    ///
    /// # Errors
    /// That the job is [at its end](crate::runtime#words), or what was thrown at it in the
    /// meantime.
    ///
    /// ```
    /// use jobdeck::{runtime::PausedBy, testing::{JobState, TestRuntime}};
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("careful", async |cx| {
    ///     cx.pause(PausedBy::Owner("disk full")).await?;
    ///     Ok("went on")
    /// });
    /// test.settle();
    /// assert!(job.is_paused());
    /// job.resume();
    /// test.settle();
    /// assert_eq!(job.take_value(), Some("went on"));
    /// ```
    pub async fn pause(&self, by: PausedBy) -> Result<(), JobError> {
        let record = self.record();
        record.check_interrupt()?;
        pausing::pause(record, by);
        // A job that is paused is polled again when it is resumed.
        yield_once(record).await;
        record.check_interrupt()
    }

    /// Calls `part` repeatedly, with a [`checkpoint`](JobContext::checkpoint) between the calls,
    /// until it breaks with a value: a computation in small parts that can be paused and cancelled.
    /// To the job it is one [`Step`], with this label.
    ///
    /// # Errors
    /// What `part` returns, or what was thrown at the job.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    /// use std::ops::ControlFlow;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.spawn("collatz", async |cx| {
    ///     let (mut number, mut steps) = (27_u64, 0);
    ///     cx.stepped("Counting", || {
    ///         number = if number % 2 == 0 { number / 2 } else { 3 * number + 1 };
    ///         steps += 1;
    ///         Ok(if number == 1 { ControlFlow::Break(steps) } else { ControlFlow::Continue(()) })
    ///     })
    ///     .await
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, 111);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub async fn stepped<T>(
        &self,
        label: impl Into<Cow<'static, str>>,
        mut part: impl FnMut() -> Result<ControlFlow<T>, JobError>,
    ) -> Result<T, JobError> {
        let label = label.into();
        let _node = AwaitNode::begin(
            self.record(),
            Awaited::Plain(AwaitKind::Group),
            label.clone(),
            None,
        );
        let number = self.record().begin_step(Step::computing(label));
        let _guard = StepGuard(self.record(), number);
        loop {
            if let ControlFlow::Break(value) = part()? {
                return Ok(value);
            }
            self.checkpoint().await?;
        }
    }
}

/// Ends a step when it is dropped.
struct StepGuard<'a>(&'a JobRecord, u64);

impl Drop for StepGuard<'_> {
    fn drop(&mut self) {
        self.0.end_step(self.1);
    }
}

/// A cleanup that [`JobContext::on_cancel`] registered. Dropping this changes nothing.
#[derive(Debug)]
pub struct CancelCleanup {
    record: Weak<JobRecord>,
    number: u64,
}

impl CancelCleanup {
    /// Removes the cleanup, when there is nothing left to clean up. False when it runs or ran
    /// already.
    ///
    /// ```
    /// use jobdeck::testing::{JobState, TestRuntime};
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("tidy", async |cx| {
    ///     let cleanup = cx.on_cancel(async |_cx| unreachable!());
    ///     assert!(cleanup.disarm());
    ///     cx.sleep(Duration::from_secs(9)).await
    /// });
    /// test.settle();
    /// job.cancel();
    /// test.assert_state(&job, JobState::Cancelled);
    /// ```
    pub fn disarm(self) -> bool {
        self.record
            .upgrade()
            .is_some_and(|record| record.relations().cleanups.remove(self.number))
    }
}

/// Lets other ready jobs be polled, and a pause take effect.
async fn yield_once(record: &JobRecord) {
    let mut has_yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        record.poll.yield_now(cx);
        Poll::Pending
    })
    .await;
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
