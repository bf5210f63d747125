//! Several things at once, and things with a limit of time.

use std::{borrow::Cow, future::Future, pin::pin, task::Poll, time::Duration};

use futures_util::future::{select_all, try_join_all};

use crate::runtime::{
    JobContext, JobError, JobHandle,
    wait::awaits::{AwaitKind, AwaitNode, What},
};

/// Awaits all of these and gives their values in the same order; the first error ends it, and drops the rest.
///
/// # Errors
/// That first error.
///
/// ```
/// use jobdeck::runtime::{Clock, ParkHost, Runtime, join_all};
/// use std::time::Duration;
///
/// let host = ParkHost::new();
/// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
/// let job = runtime.spawn("all", async |cx| {
///     let naps = [3, 1, 2].map(|secs| cx.sleep(Duration::from_secs(secs)));
///     Ok(join_all(naps).await?.len())
/// });
/// assert_eq!(host.block_on(&runtime, job)?, 3);
/// assert_eq!(runtime.now().since_start(), Duration::from_secs(3), "at the same time");
/// # Ok::<(), jobdeck::runtime::JobError>(())
/// ```
pub async fn join_all<T, F>(tasks: impl IntoIterator<Item = F>) -> Result<Vec<T>, JobError>
where
    F: Future<Output = Result<T, JobError>>,
{
    try_join_all(tasks).await
}

/// Gives what comes first of these, a value or an error, and drops the rest: that cancels tasks. A child job goes on
/// without its handle; [`JobContext::race`] is for those.
///
/// # Errors
/// The error of the first, when it has one; or that there is nothing to wait for.
///
/// ```
/// use jobdeck::{runtime::race, testing::TestRuntime};
/// use std::time::Duration;
///
/// let test = TestRuntime::new();
/// let job = test.spawn("first", async |cx| {
///     let naps = [7, 3].map(|secs| cx.sleep(Duration::from_secs(secs)));
///     Ok(race(naps).await?.active)
/// });
/// test.run_until_idle();
/// assert_eq!(job.take_value(), Some(Duration::from_secs(3)));
/// ```
pub async fn race<T, F>(tasks: impl IntoIterator<Item = F>) -> Result<T, JobError>
where
    F: Future<Output = Result<T, JobError>>,
{
    let tasks: Vec<_> = tasks.into_iter().map(Box::pin).collect();
    if tasks.is_empty() {
        return Err(JobError::invalid_input("a race needs somebody who runs"));
    }
    select_all(tasks).await.0
}

impl JobContext {
    /// Gives what comes first of these jobs, a value or an error, and cancels the others.
    ///
    /// # Errors
    /// The error of the first, when it has one; or that there is nothing to wait for.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.spawn("mirrors", async |cx| {
    ///     let mirrors = [5_u64, 2, 9].map(|secs| {
    ///         cx.spawn(format!("mirror {secs}"), async move |cx| {
    ///             cx.sleep(Duration::from_secs(secs)).await?;
    ///             Ok(secs)
    ///         })
    ///     });
    ///     cx.race(mirrors).await
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, 2);
    /// assert_eq!(runtime.now().since_start(), Duration::from_secs(2));
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub async fn race<T: 'static>(
        &self,
        jobs: impl IntoIterator<Item = JobHandle<T>>,
    ) -> Result<T, JobError> {
        let runners: Vec<_> = jobs.into_iter().map(JobHandle::cancel_on_drop).collect();
        self.labelled("Race", race(runners)).await
    }

    /// Awaits `task` under a label of its own in the job's await tree.
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
        let node = AwaitNode::begin(self.record(), What::Of(AwaitKind::Group), label, None);
        let mut task = pin!(task);
        std::future::poll_fn(|cx| node.around(|| task.as_mut().poll(cx))).await
    }

    /// Awaits a future that does not come from this context, such as the end of a channel, under a label: so it stands
    /// in the job's await tree, and what is [thrown](crate::runtime::Job::throw) at the job is raised there.
    ///
    /// # Errors
    /// What was thrown at the job, or that it is at its end.
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
        let what = What::Of(AwaitKind::Foreign);
        let node = AwaitNode::begin(self.record(), what, label, None);
        let mut task = pin!(task);
        std::future::poll_fn(|cx| {
            if let Poll::Ready(value) = node.around(|| task.as_mut().poll(cx)) {
                return Poll::Ready(Ok(value));
            }
            if let Err(error) = node.may_go_on() {
                return Poll::Ready(Err(error));
            }
            node.park(cx);
            Poll::Pending
        })
        .await
    }

    /// Awaits `task` for at most this long, on the job's clock, which stands still while the job is paused; then drops
    /// it, which cancels it. For a child job: `cx.timeout(limit, child.cancel_on_drop())`.
    ///
    /// # Errors
    /// The task's own; of kind [`TimedOut`](crate::runtime::ErrorKind::TimedOut) when the time was over; or what was thrown at
    /// the job. The job itself does not end as timed out by this: that is [`JobBuilder::time_limit`](crate::runtime::JobBuilder::time_limit).
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
            What::Of(AwaitKind::Timeout),
            "Timeout",
            Some(limit),
        );
        let mut task = pin!(task);
        std::future::poll_fn(|cx| {
            // The task first: what is thrown is raised as deep as can be, and what is done in time counts.
            if let Poll::Ready(result) = node.around(|| task.as_mut().poll(cx)) {
                return Poll::Ready(result);
            }
            if let Err(error) = node.may_go_on() {
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
}
