//! The options of a job before it begins.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::runtime::job::context::JobContext;
use crate::runtime::job::ending;
use crate::runtime::job::handle::JobHandle;
use crate::runtime::job::record::{JobRecord, JobRuntime};
use crate::runtime::job::spawn::spawn_in;
use crate::runtime::job::spawn_options::SpawnOptions;
use crate::runtime::{JobError, Priority, Runtime};

/// The options of a job; [`JobBuilder::spawn`] starts it. Made by
/// [`Runtime::builder`](crate::runtime::Runtime::builder) and, for a child, by
/// [`JobContext::builder`].
#[must_use = "a job begins with `spawn`"]
pub struct JobBuilder<'a> {
    owner: Owner<'a>,
    options: SpawnOptions,
}

enum Owner<'a> {
    Runtime(&'a Rc<JobRuntime>),
    Parent(&'a Rc<JobRecord>),
}

impl<'a> JobBuilder<'a> {
    fn new(owner: Owner<'a>, name: Cow<'static, str>, priority: Priority) -> Self {
        let options = SpawnOptions {
            name,
            priority,
            ..SpawnOptions::default()
        };
        Self { owner, options }
    }

    /// Its priority when more is ready than a tick has time for. By default, a child has its
    /// parent's.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.options.priority = priority;
        self
    }

    /// Limits its total active time, children included; pauses do not count, waiting for a permit
    /// does. When the time is over the job is cancelled, and ends as timed out.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.options.time_limit = Some(limit);
        self
    }

    /// Of a child: its failure, also a panic or a time limit, does not cancel its siblings, and
    /// does not become its parent's when it is not awaited.
    pub fn supervised(mut self) -> Self {
        self.options.supervised = true;
        self
    }

    /// Starts the job. Its code runs at the next tick, not before.
    pub fn spawn<T: 'static, F>(self, code: F) -> JobHandle<T>
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
    {
        let job = match self.owner {
            Owner::Runtime(runtime) => spawn_in(runtime, self.options, None, code),
            Owner::Parent(parent) => match parent.runtime().filter(|_| parent.accepts_work()) {
                Some(runtime) => spawn_in(&runtime, self.options, Some(parent), code),
                None => ending::never_started(self.options, parent),
            },
        };
        JobHandle::new(job)
    }
}

impl fmt::Debug for JobBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobBuilder")
            .field("name", &self.options.name)
            .finish_non_exhaustive()
    }
}

impl Runtime {
    /// Starts a job. Its code runs at the next tick, not before.
    ///
    /// The job continues when the handle is dropped, and its value is dropped then. Code that never
    /// returns needs a type for its value: `spawn::<(), _>(…)`. An error or a panic in its code
    /// ends this job and nothing else. [`Runtime::builder`] has more options.
    pub fn spawn<T: 'static, F>(&self, name: impl Into<Cow<'static, str>>, code: F) -> JobHandle<T>
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
    {
        self.builder(name).spawn(code)
    }

    /// Begins a job with more options than a name: its priority, its limit of time.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, Outcome, ParkHost, Priority, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime
    ///     .builder("an hour")
    ///     .priority(Priority::Low)
    ///     .time_limit(Duration::from_secs(60))
    ///     .spawn(async |cx| cx.sleep(Duration::from_secs(3600)).await);
    /// host.run_until_idle(&runtime);
    /// assert!(matches!(job.outcome(), Some(Outcome::TimedOut)));
    /// ```
    pub fn builder(&self, name: impl Into<Cow<'static, str>>) -> JobBuilder<'_> {
        JobBuilder::new(Owner::Runtime(&self.0), name.into(), Priority::default())
    }
}

impl JobContext {
    /// Starts a child job. It is paused and cancelled with this one, and this one is not finished
    /// before it.
    ///
    /// A child that fails cancels its siblings. Its error is returned where it is awaited; if it is
    /// not awaited, it becomes this job's own. [`JobContext::builder`] makes a supervised child,
    /// whose failure has no such effect.
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

    /// Begins a child job with more options than a name.
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
        let parent = self.record();
        JobBuilder::new(Owner::Parent(parent), name.into(), parent.wakes.priority())
    }
}
