//! What a job's code holds: the context, by which it sleeps, reports, and starts other things.

use std::{borrow::Cow, fmt, rc::Rc, time::Duration};

use super::{JobError, JobHandle, JobId, Progress, Sleep, Step, WaitReason, record::JobRecord};

/// The way from a job's code to its runtime. Cheap to clone; every method may be called at any time.
#[derive(Clone)]
pub struct JobContext(Rc<JobRecord>);

impl JobContext {
    pub(super) fn new(record: Rc<JobRecord>) -> Self {
        Self(record)
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn record(&self) -> &Rc<JobRecord> {
        &self.0
    }

    /// This job's id.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.0.id()
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

    /// Like [`JobContext::sleep`], for another reason: only [`WaitReason::Sleep`] counts as slept.
    pub fn wait(
        &self,
        label: impl Into<Cow<'static, str>>,
        reason: WaitReason,
        duration: Duration,
    ) -> Sleep {
        Sleep::new(&self.0, label.into(), reason, duration)
    }

    /// Says what the job does now.
    pub fn step(&self, step: Step) {
        self.0.begin_step(step);
    }

    /// The job's numbers; writing them wakes nobody.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.0.report_ref().progress
    }

    /// Adds a line to the job's log.
    pub fn log(&self, text: impl Into<Cow<'static, str>>) {
        self.0.report_ref().log(text.into(), self.0.now());
    }

    /// Starts a child job. It is paused and cancelled with this one, and this one is not finished before it.
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
        super::executor::spawn_child(&self.0, name.into(), code)
    }
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
