//! Waits on the job's own clock: the sleep, and every other delay that stands still while the job is paused.

use std::{
    borrow::Cow,
    fmt,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use crate::runtime::{
    JobError, Moment, Step, WaitReason,
    job::record::JobRecord,
    wait::awaits::{AwaitKind, AwaitNode, What},
};

/// What a sleep gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slept {
    /// How long it slept on the job's clock, which stands still while the job is paused.
    pub active: Duration,
    /// How long it took on the runtime's clock, pauses included.
    pub wall: Duration,
    /// Whether it was cut short by [`Job::skip`](crate::runtime::Job::skip).
    pub skipped: bool,
}

/// A wait on the job's clock; made by [`JobContext::sleep`](crate::runtime::JobContext::sleep). It runs from when it was made,
/// and may be awaited later. Dropping it ends it.
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
            WaitReason::Sleep => What::Of(AwaitKind::Sleep),
            _ => What::Of(AwaitKind::Delay),
        };
        let until = record.active(began).saturating_add(duration);
        let step = record.begin_step(Step::waiting(label.clone(), reason, Some(until)));
        Self {
            node: AwaitNode::begin(record, what, label, Some(duration)),
            step,
            began,
        }
    }
}

impl Future for Sleep {
    type Output = Result<Slept, JobError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Err(error) = self.node.may_go_on() {
            return Poll::Ready(Err(error));
        }
        if !self.node.is_over() {
            self.node.park(cx);
            return Poll::Pending;
        }
        if self.node.record().gives_way(cx) {
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
            .field("job", &self.node.record().id())
            .field("began", &self.began)
            .finish_non_exhaustive()
    }
}
