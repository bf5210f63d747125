//! The job without a network: sleep, then take some time.

use crate::runtime::{JobContext, JobError, Step, WaitReason};

use super::attempts::AttemptEnd;
use super::facts::SharedFacts;
use super::first_wait;
use super::timed_spec::TimedSpec;

pub(super) async fn run(
    cx: &JobContext,
    spec: &TimedSpec,
    facts: &SharedFacts,
) -> Result<(), JobError> {
    first_wait::wait(cx, spec.sleep, facts).await?;
    let slot = facts.borrow().slot.clone();
    let _held = slot.acquire(cx, "Queued").await?;
    facts.borrow_mut().begin_attempt(cx.now());
    let work = cx.wait("Working", WaitReason::Other, spec.work);
    cx.step(Step::computing("Working without a network"));
    work.await?;
    facts.borrow_mut().end_attempt(cx.now(), AttemptEnd::Done);
    Ok(())
}
