//! Waits on the job's own clock: the sleep, and every other delay that stands still while the job
//! is paused.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::runtime::job::record::JobRecord;
use crate::runtime::wait::awaits::Awaited;
use crate::runtime::wait::node::AwaitNode;
use crate::runtime::wait::view::AwaitKind;
use crate::runtime::{JobContext, JobError, Moment, Step, WaitReason};

/// How long a sleep was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slept {
    /// In the job's active time, which stands still while the job is paused.
    pub active: Duration,
    /// On the runtime's clock, pauses included.
    pub wall: Duration,
    /// Whether it was cut short by [`Job::skip`](crate::runtime::Job::skip).
    pub skipped: bool,
}

/// A wait on the job's clock; made by [`JobContext::sleep`](crate::runtime::JobContext::sleep). It
/// begins when it is made, and may be awaited later. Dropping it ends it.
#[must_use = "a sleep that is not awaited delays nothing"]
pub struct Sleep {
    node: AwaitNode,
    step: u64,
    began: Moment,
}

impl Sleep {
    pub(crate) fn new(
        record: &Rc<JobRecord>,
        label: Cow<'static, str>,
        reason: WaitReason,
        duration: Duration,
    ) -> Self {
        let began = record.now();
        let what = match reason {
            WaitReason::Sleep => Awaited::Plain(AwaitKind::Sleep),
            _ => Awaited::Plain(AwaitKind::Delay),
        };
        let until = record.clock.active(began).saturating_add(duration);
        let step = record.begin_step(Step::waiting(label.clone(), reason, Some(until)));
        Self {
            node: AwaitNode::begin(record, what, label, Some(duration)),
            step,
            began,
        }
    }
}

impl JobContext {
    /// Sleeps for this much of the job's active time, which stands still while the job is paused,
    /// and returns how long it was.
    ///
    /// The sleep begins now, and may be awaited later.
    ///
    /// # Errors
    /// When it is awaited: what was [thrown](crate::runtime::Job::throw) at the job, or that the
    /// job is [at its end](crate::runtime#words).
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

    /// Like [`JobContext::sleep`], for a number of seconds that was typed or computed.
    ///
    /// # Errors
    /// Of kind [`InvalidInput`](crate::runtime::ErrorKind::InvalidInput) when it is negative, not a
    /// number, or longer than a [`Duration`] can be.
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
        Sleep::new(self.record(), label.into(), reason, duration)
    }
}

impl Future for Sleep {
    type Output = Result<Slept, JobError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Err(error) = self.node.check_interrupt() {
            return Poll::Ready(Err(error));
        }
        if !self.node.is_over() {
            self.node.park(cx);
            return Poll::Pending;
        }
        if self.node.record().poll.yields_after_many_waits(cx) {
            return Poll::Pending;
        }
        let Some(ended) = self.node.end() else {
            return Poll::Ready(Err(JobError::new("a sleep was polled after its end")));
        };
        let record = self.node.record();
        record.end_step(self.step);
        Poll::Ready(Ok(Slept {
            active: ended.took,
            wall: record.now().since(self.began),
            skipped: ended.skipped,
        }))
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if self.node.end().is_some() {
            self.node.record().end_step(self.step);
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep")
            .field("job", &self.node.record().id)
            .field("began", &self.began)
            .finish_non_exhaustive()
    }
}
