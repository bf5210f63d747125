//! The program without a network: sleep, then take some time.

use crate::{
    programs::{SharedFacts, TimedSpec},
    runtime::{JobContext, JobError, Step, WaitReason},
};

pub(super) async fn run(
    cx: &JobContext,
    spec: &TimedSpec,
    facts: &SharedFacts,
) -> Result<(), JobError> {
    facts.borrow_mut().attempts += 1;
    if !spec.sleep.is_zero() {
        cx.sleep(spec.sleep).await?;
    }
    let work = cx.wait("Working", WaitReason::Other, spec.work);
    cx.step(Step::computing("Working without a network"));
    work.await?;
    Ok(())
}
