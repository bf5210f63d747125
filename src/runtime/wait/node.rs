//! One await of a job, for as long as it lives.

use std::borrow::Cow;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::runtime::JobError;
use crate::runtime::job::record::JobRecord;
use crate::runtime::wait::awaits::{AwaitEnd, Awaited};

/// An entry in the await tree of a job.
pub(crate) struct AwaitNode {
    record: Rc<JobRecord>,
    number: u64,
}

impl AwaitNode {
    /// Begins an await of this job, now; `duration` is how long it lasts at most, in active time.
    pub(crate) fn begin(
        record: &Rc<JobRecord>,
        awaited: Awaited<JobRecord>,
        label: impl Into<Cow<'static, str>>,
        duration: Option<Duration>,
    ) -> Self {
        let began = record.active();
        Self {
            number: record.awaits.begin(awaited, label.into(), began, duration),
            record: record.clone(),
        }
    }

    pub(crate) fn record(&self) -> &Rc<JobRecord> {
        &self.record
    }

    /// Asks whether the job may continue with this await.
    ///
    /// # Errors
    /// The error that was thrown at the job, or that it is at its end.
    pub(crate) fn check_interrupt(&self) -> Result<(), JobError> {
        self.record
            .check_interrupt()
            .map_err(|error| error.at_step(self.record.awaits.label_of(self.number)))
    }

    /// Whether its time is over, or it was skipped.
    pub(crate) fn is_over(&self) -> bool {
        let active = self.record.active();
        self.record.awaits.is_over(self.number, active)
    }

    /// Registers the waker, for its deadline and for what may be thrown at the job. The caller
    /// returns `Pending`.
    pub(crate) fn park(&self, cx: &Context<'_>) {
        self.record.awaits.set_waker(self.number, cx.waker());
        self.record.set_timer(self.number);
    }

    /// What begins while `run` runs is a child of this await in the tree.
    pub(crate) fn around<T>(&self, run: impl FnOnce() -> T) -> T {
        self.record.awaits.with_parent(self.number, run)
    }

    /// Waits for something that does not come from the job's context. What is thrown at the job is
    /// raised here, and a loop of such waits that are over at once lets others have their turn.
    ///
    /// # Errors
    /// What was thrown at the job, or that it is at its end.
    pub(crate) async fn foreign<T>(
        &self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Result<T, JobError> {
        let mut has_begun = false;
        poll_fn(|cx| {
            // Before the poll and not after it, as in tokio's `coop` module: what is ready stays
            // where it is, and is not lost when this future is dropped. And only once: what runs
            // beside this in the same poll may use up the time every time.
            if !std::mem::replace(&mut has_begun, true) && self.record.yields_after_waits(cx) {
                return Poll::Pending;
            }
            if let Poll::Ready(value) = self.around(|| poll(cx)) {
                self.record.poll.count_wait();
                return Poll::Ready(Ok(value));
            }
            if let Err(error) = self.check_interrupt() {
                return Poll::Ready(Err(error));
            }
            self.park(cx);
            Poll::Pending
        })
        .await
    }

    /// Waits for a task of the job. What is thrown at the job is raised here, unless the task has
    /// raised it.
    ///
    /// # Errors
    /// Those of the task, what was thrown at the job, or that it is at its end.
    pub(crate) async fn interruptible<T>(
        &self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<Result<T, JobError>>,
    ) -> Result<T, JobError> {
        poll_fn(|cx| {
            if let Poll::Ready(result) = self.around(|| poll(cx)) {
                return Poll::Ready(result);
            }
            if let Err(error) = self.check_interrupt() {
                return Poll::Ready(Err(error));
            }
            self.park(cx);
            Poll::Pending
        })
        .await
    }

    /// Ends it; none if it had ended before.
    pub(crate) fn end(&self) -> Option<AwaitEnd> {
        let record = &self.record;
        let runtime = record.runtime();
        let timers = runtime.as_ref().map(|runtime| &runtime.timers);
        record.awaits.end(self.number, record.active(), timers)
    }
}

impl Drop for AwaitNode {
    fn drop(&mut self) {
        self.end();
    }
}
