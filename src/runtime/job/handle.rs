//! A job with the type of its value, to be awaited.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::runtime::job::record::JobRecord;
use crate::runtime::wait::awaits::Awaited;
use crate::runtime::wait::node::AwaitNode;
use crate::runtime::{Job, JobError, Outcome};

/// A job whose value is a `T`. Derefs to [`Job`]; awaiting it inside another job gives the value.
///
/// Dropping it does not cancel the job, but drops the value, now or when there is one: only the
/// handle can give it.
pub struct JobHandle<T> {
    job: Job,
    /// Its entry in the await tree of the job that awaits it.
    node: Option<AwaitNode>,
    /// The waker that it added to the job's watchers.
    watching: Option<Waker>,
    /// It has returned `Pending` once, so that the failure which cancelled the job is seen first.
    has_yielded_to_failure: bool,
    value: PhantomData<fn() -> T>,
}

/// Nothing in it is pinned.
impl<T> Unpin for JobHandle<T> {}

impl<T: 'static> JobHandle<T> {
    pub(crate) fn new(record: Rc<JobRecord>) -> Self {
        Self {
            job: Job(record),
            node: None,
            watching: None,
            has_yielded_to_failure: false,
            value: PhantomData,
        }
    }

    /// The job without its type.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Takes the value of a job that is done; none before, after another ending, or the second
    /// time.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("answer", async |_cx| Ok(42));
    /// assert_eq!(job.take_value(), None, "not yet");
    /// test.settle();
    /// assert_eq!(job.take_value(), Some(42));
    /// assert_eq!(job.take_value(), None, "only once");
    /// ```
    #[must_use]
    pub fn take_value(&self) -> Option<T> {
        if matches!(self.job.outcome(), Some(Outcome::Done)) {
            self.job.0.value.take()
        } else {
            None
        }
    }

    /// Calls `look` with the value of a job that is done, which stays where it is. None before,
    /// after another ending, or once it was taken. A [`Task`](crate::runtime::Task) gives a
    /// reference that lasts longer.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("names", async |_cx| Ok(vec!["Ada", "Grace"]));
    /// assert_eq!(job.with_value(|names| names.len()), None, "not yet");
    /// test.settle();
    /// assert_eq!(job.with_value(|names| names.len()), Some(2));
    /// assert_eq!(job.take_value().unwrap_or_default(), ["Ada", "Grace"]);
    /// ```
    pub fn with_value<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        if matches!(self.job.outcome(), Some(Outcome::Done)) {
            self.job.0.value.with(look)
        } else {
            None
        }
    }

    /// The value of a job that is at its end.
    ///
    /// # Errors
    /// Why there is no value: its error, its panic, its cancel, or that it has not ended.
    ///
    /// ```
    /// use jobdeck::{runtime::JobError, testing::TestRuntime};
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("sorry", async |_cx| Err::<(), _>(JobError::new("no")));
    /// test.settle();
    /// assert_eq!(job.into_value().unwrap_err().to_string(), "no");
    /// ```
    pub fn into_value(self) -> Result<T, JobError> {
        self.result()
            .unwrap_or_else(|| Err(JobError::new("the job has not ended")))
    }

    /// A handle that cancels the job when it is dropped: for a
    /// [`race`](crate::runtime::JobContext::race), for a
    /// [`timeout`](crate::runtime::JobContext::timeout), or for a job that must not outlive its
    /// handle.
    ///
    /// ```
    /// use jobdeck::testing::{JobState, TestRuntime};
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("nap", async |cx| cx.sleep(Duration::from_secs(9)).await);
    /// let view = job.job().clone();
    /// drop(job.cancel_on_drop());
    /// test.assert_state(&view, JobState::Cancelled);
    /// ```
    #[must_use = "dropping this cancels the job"]
    pub fn cancel_on_drop(self) -> CancelOnDrop<T> {
        CancelOnDrop(self)
    }

    /// The value, or why there is none; none before the end of the job.
    pub(crate) fn result(&self) -> Option<Result<T, JobError>> {
        let outcome = self.job.outcome()?;
        self.job.0.link.failure_observed.set(true);
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
            Outcome::Cancelled => {
                Err(cancelled_by(&self.job.0)
                    .map_or_else(JobError::cancelled, JobError::cancelled_by))
            }
        })
    }
}

/// The error of the sibling whose failure cancelled a job.
fn cancelled_by(job: &JobRecord) -> Option<JobError> {
    job.relations_if_any()?.cancelled_by.borrow().clone()
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
            return Poll::Ready(Err(JobError::other_runtime(&record.name)));
        }
        let is_consequence = record.end.is_finished() && cancelled_by(record).is_some();
        if is_consequence && !std::mem::replace(&mut self.has_yielded_to_failure, true) {
            // The sibling that failed ended at the same moment: code that awaits both must see its
            // error first, and not this consequence of it.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(result) = self.result() {
            self.node = None;
            return Poll::Ready(result);
        }
        let awaiting = runtime.and_then(|runtime| runtime.polled());
        // The handle may have been moved from one job to another.
        let is_of = |node: &AwaitNode| {
            let of = awaiting.as_ref();
            of.is_some_and(|awaiting| Rc::ptr_eq(node.record(), awaiting))
        };
        self.node = self.node.take().filter(is_of);
        if self.node.is_none()
            && let Some(awaiting) = awaiting
        {
            if Rc::ptr_eq(&awaiting, record) {
                return Poll::Ready(Err(JobError::new("a job cannot await its own end")));
            }
            let awaited = Awaited::Job(record.clone());
            self.node = Some(AwaitNode::begin(
                &awaiting,
                awaited,
                record.name.clone(),
                None,
            ));
        }
        if let Some(node) = &self.node {
            if let Err(error) = node.check_interrupt() {
                return Poll::Ready(Err(error));
            }
            node.park(cx);
        }
        stop_watching(&mut self, Some(cx.waker()));
        if self.watching.is_none() {
            self.job.0.relations().watchers.add_waker(cx.waker());
            self.watching = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Takes the waker of a handle back from its job, unless it is `kept`.
fn stop_watching<T>(handle: &mut JobHandle<T>, kept: Option<&Waker>) {
    if let Some(waker) = &handle.watching
        && kept.is_none_or(|kept| !waker.will_wake(kept))
    {
        handle.job.0.relations().watchers.remove_waker(waker);
        handle.watching = None;
    }
}

impl<T> Drop for JobHandle<T> {
    fn drop(&mut self) {
        stop_watching(self, None);
        self.job.0.value.set_unwanted();
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
