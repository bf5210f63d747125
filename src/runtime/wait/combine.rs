//! Several tasks at once.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use futures_util::future::{Either, select_all, try_join_all};

use crate::runtime::wait::awaits::Awaited;
use crate::runtime::wait::node::AwaitNode;
use crate::runtime::wait::view::AwaitKind;
use crate::runtime::{JobContext, JobError, JobHandle};

/// Awaits all of these and returns their values in the same order; the first error ends it, and
/// drops the rest.
///
/// To wait for all of them whatever fails, make their results values:
/// `join_all(children.map(async |child| Ok(child.await)))`, with
/// [supervised](crate::runtime::JobBuilder::supervised) children.
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

/// Returns the first result of these, a value or an error, and drops the rest, which cancels tasks.
/// A child job continues without its handle; for those there is [`JobContext::race`]. Two tasks of
/// different types are given to [`JobContext::either`]: here the compiler says "expected `Sleep`,
/// found `Worker`" of them.
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
    /// Awaits two tasks of different types, returns the first result, and drops the other task,
    /// which cancels it. When both are ready, the first one counts. A child job is cancelled if it
    /// is given as [`JobHandle::cancel_on_drop`], and runs on otherwise.
    ///
    /// # Errors
    /// The error of the task that was first, or what was [thrown](crate::runtime::Job::throw) at
    /// the job.
    ///
    /// ```
    /// use jobdeck::{runtime::{Either, channel}, testing::TestRuntime};
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let (_sender, mut messages) = channel::<String>(8);
    /// let job = test.spawn("listener", async move |cx| {
    ///     let message = cx.wait_for("a message", messages.recv());
    ///     match cx.either(message, cx.sleep(Duration::from_secs(30))).await? {
    ///         Either::Left(message) => Ok(message.unwrap_or_default()),
    ///         Either::Right(_slept) => Ok("silence".to_owned()),
    ///     }
    /// });
    /// test.run_until_idle();
    /// assert_eq!(job.take_value().as_deref(), Some("silence"));
    /// ```
    pub async fn either<A, B, T, U>(&self, first: A, second: B) -> Result<Either<T, U>, JobError>
    where
        A: Future<Output = Result<T, JobError>>,
        B: Future<Output = Result<U, JobError>>,
    {
        let (mut first, mut second) = (pin!(first), pin!(second));
        let what = Awaited::Plain(AwaitKind::Group);
        let node = AwaitNode::begin(self.record(), what, "Either", None);
        node.interruptible(|cx| {
            if let Poll::Ready(result) = first.as_mut().poll(cx) {
                return Poll::Ready(result.map(Either::Left));
            }
            second
                .as_mut()
                .poll(cx)
                .map(|result| result.map(Either::Right))
        })
        .await
    }

    /// Returns the first result of these jobs, a value or an error, and cancels the others.
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
}
