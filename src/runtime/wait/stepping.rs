//! Long computations in slices, on the UI thread: pausable and cancellable everywhere, also where there are no threads.

use std::{borrow::Cow, future::poll_fn, ops::ControlFlow, task::Poll, time::Duration};

use crate::runtime::{
    JobContext, JobError, PausedBy, Step,
    job::record::JobRecord,
    wait::awaits::{AwaitKind, AwaitNode, What},
};

/// For how long a job computes before a [`checkpoint`](JobContext::checkpoint) lets others go first.
pub const CHECKPOINT_SLICE: Duration = Duration::from_millis(1);

impl JobContext {
    /// A place in a long computation where the job may stop: it goes on at once while its slice of time lasts
    /// ([`CHECKPOINT_SLICE`]), and otherwise after the others had their turn, in the next frame if need be. Between the
    /// two a pause or a cancel is obeyed.
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
        record.may_go_on()?;
        let took = record.runtime().map(|runtime| runtime.poll_took());
        if took.is_none_or(|took| took < CHECKPOINT_SLICE) {
            return Ok(());
        }
        let mut gave_way = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut gave_way, true) {
                return Poll::Ready(());
            }
            record.give_way(cx);
            Poll::Pending
        })
        .await;
        record.may_go_on()
    }

    /// Pauses this job, until somebody resumes it: for what only a person can mend, such as a full disk.
    ///
    /// # Errors
    /// When the job is at its end, or what was thrown at it meanwhile.
    ///
    /// ```
    /// use jobdeck::{runtime::PausedBy, testing::{JobState, TestRuntime}};
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("careful", async |cx| {
    ///     cx.pause(PausedBy::DiskFull).await?;
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
        record.may_go_on()?;
        record.pause(by);
        let mut gave_way = false;
        // A job that is paused is polled again when it is resumed.
        poll_fn(|cx| {
            if std::mem::replace(&mut gave_way, true) {
                return Poll::Ready(());
            }
            record.give_way(cx);
            Poll::Pending
        })
        .await;
        record.may_go_on()
    }

    /// Calls `step` again and again, with a [`checkpoint`](JobContext::checkpoint) between, until it breaks with a value:
    /// a computation that is written as small steps and stays pausable.
    ///
    /// # Errors
    /// What a step returns, or what was thrown at the job.
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
        mut step: impl FnMut() -> Result<ControlFlow<T>, JobError>,
    ) -> Result<T, JobError> {
        let label = label.into();
        let _node = AwaitNode::begin(
            self.record(),
            What::Of(AwaitKind::Group),
            label.clone(),
            None,
        );
        let number = self.record().begin_step(Step::computing(label));
        let _shown = ShownStep(self.record(), number);
        loop {
            if let ControlFlow::Break(value) = step()? {
                return Ok(value);
            }
            self.checkpoint().await?;
        }
    }
}

/// A step that ends with this, however it ends.
struct ShownStep<'a>(&'a JobRecord, u64);

impl Drop for ShownStep<'_> {
    fn drop(&mut self) {
        self.0.end_step(self.1);
    }
}
