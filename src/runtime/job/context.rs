//! What a job's code holds: the context, by which it sleeps, reports, and starts other things.

use std::{borrow::Cow, fmt, future::Future, rc::Rc, time::Duration};

use crate::runtime::{
    JobBuilder, JobError, JobHandle, JobId, Moment, Progress, Sleep, Step, WaitReason,
    job::record::JobRecord,
};

/// How long the cleanup of a cancelled job may take, before it is dropped.
pub const CLEANUP_DEADLINE: Duration = Duration::from_secs(2);

/// The way from a job's code to its runtime. Cheap to clone; every method may be called at any time.
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
        self.0.id()
    }

    /// The present moment on the runtime's clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.now()
    }

    /// The job's own time so far, in which a pause does not count.
    #[must_use]
    pub fn active(&self) -> Duration {
        self.0.active(self.0.now())
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
        self.0.runtime()?.extension()
    }

    /// Sleeps for this long on the job's clock, which stands still while the job is paused, and says how long it was.
    ///
    /// The sleep begins now, and may be awaited later.
    ///
    /// # Errors
    /// Only when awaited in a job that is at its end.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.spawn("an hour", async |cx| {
    ///     let slept = cx.sleep(Duration::from_secs(3600)).await?;
    ///     Ok(slept.active)
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, Duration::from_secs(3600));
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.wait("Sleeping", WaitReason::Sleep, duration)
    }

    /// Like [`JobContext::sleep`], for a number of seconds that somebody typed or computed.
    ///
    /// # Errors
    /// Of kind [`InvalidInput`](crate::runtime::ErrorKind::InvalidInput) when it is negative, not a number, or longer than a
    /// [`Duration`] can be.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("typed", async |cx| {
    ///     assert!(cx.sleep_secs(f64::NAN).is_err());
    ///     assert!(cx.sleep_secs(-1.0).is_err());
    ///     cx.sleep_secs(0.5)?.await
    /// });
    /// test.run_until_idle();
    /// assert!(job.take_value().is_some());
    /// ```
    pub fn sleep_secs(&self, secs: f64) -> Result<Sleep, JobError> {
        let duration = Duration::try_from_secs_f64(secs).map_err(|error| {
            JobError::invalid_input(format!("no sleep can last {secs} s: {error}"))
        })?;
        Ok(self.sleep(duration))
    }

    /// Like [`JobContext::sleep`], for another reason: only [`WaitReason::Sleep`] counts as slept.
    ///
    /// ```
    /// use jobdeck::{runtime::WaitReason, testing::TestRuntime};
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("patient", async |cx| {
    ///     cx.wait("the bus", WaitReason::Other, Duration::from_secs(300)).await
    /// });
    /// test.advance(Duration::from_secs(100));
    /// assert_eq!(job.await_tree()[0].label, "the bus");
    /// assert_eq!(job.slept(), Duration::ZERO);
    /// ```
    pub fn wait(
        &self,
        label: impl Into<Cow<'static, str>>,
        reason: WaitReason,
        duration: Duration,
    ) -> Sleep {
        Sleep::new(&self.0, label.into(), reason, duration)
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

    /// The job's numbers; writing them wakes nobody.
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

    /// Starts a child job. It is paused and cancelled with this one, and this one is not finished before it.
    ///
    /// A child that fails cancels its siblings; its error comes out where it is awaited, or, when nobody awaits it,
    /// becomes this job's own. [`JobContext::builder`] makes a supervised child, whose failure is its own affair.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.spawn("parent", async |cx| {
    ///     let child = cx.spawn("child", async |cx| {
    ///         cx.sleep(Duration::from_secs(2)).await?;
    ///         Ok(21)
    ///     });
    ///     Ok(child.await? * 2)
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, 42);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn spawn<T: 'static, F>(&self, name: impl Into<Cow<'static, str>>, code: F) -> JobHandle<T>
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
    {
        self.builder(name).spawn(code)
    }

    /// Begins to describe a child job with more than a name.
    ///
    /// ```
    /// use jobdeck::{runtime::JobError, testing::TestRuntime};
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("lenient", async |cx| {
    ///     let child = cx.builder("risky").supervised();
    ///     drop(child.spawn(async |_cx| Err::<(), _>(JobError::new("no"))));
    ///     Ok("went on")
    /// });
    /// test.settle();
    /// assert_eq!(job.take_value(), Some("went on"));
    /// ```
    pub fn builder(&self, name: impl Into<Cow<'static, str>>) -> JobBuilder<'_> {
        JobBuilder::of_parent(&self.0, name.into())
    }

    /// Says what is to be done when the job is cancelled, or its time is over: the code's own future is dropped at once
    /// then, and this runs in its stead, in a child job called "cleanup" that nobody can pause or cancel. What was said
    /// last runs first. All of it together has [`CLEANUP_DEADLINE`]; a job whose cleanup panics ends as panicked.
    ///
    /// It stays in force until [`CancelCleanup::disarm`], also when what is returned is dropped. Nothing of it runs when
    /// the job ends by itself.
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
        let cleanup = Box::new(move |cx: JobContext| {
            Box::pin(async move { cleanup(cx).await })
                as std::pin::Pin<Box<dyn Future<Output = Result<(), JobError>>>>
        });
        CancelCleanup {
            record: Rc::downgrade(&self.0),
            number: self.0.add_cleanup(cleanup),
        }
    }
}

/// What [`JobContext::on_cancel`] registered. Dropping this changes nothing.
#[derive(Debug)]
pub struct CancelCleanup {
    record: std::rc::Weak<JobRecord>,
    number: u64,
}

impl CancelCleanup {
    /// Takes it back: there is nothing left to clean up. False when it runs or ran already.
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
            .is_some_and(|record| record.remove_cleanup(self.number))
    }
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
