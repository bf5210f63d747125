//! What a job waits for before it needs a slot: its sleep, or what an earlier process left of a
//! wait.

use std::time::Duration;

use crate::runtime::{JobContext, JobError, WaitReason};

use super::facts::{Resumed, ResumedWait, SharedFacts};

/// Waits as the spec says, or for the rest of what an earlier process waited for.
pub(super) async fn wait(
    cx: &JobContext,
    sleep: Duration,
    facts: &SharedFacts,
) -> Result<(), JobError> {
    let resumed = facts.borrow_mut().resumed.take();
    let wait = match resumed {
        Some(Resumed { wait }) => wait,
        None if sleep.is_zero() => None,
        None => Some(ResumedWait::Sleep { left: sleep }),
    };
    match wait {
        Some(ResumedWait::Sleep { left }) => {
            let slept = cx.sleep(left).await?;
            cx.log(format!("slept {:.3} s", slept.active.as_secs_f64()));
        }
        Some(ResumedWait::Retry { left, retry, of }) => {
            let reason = WaitReason::Retry { retry, of };
            cx.wait("Waiting to retry", reason, left).await?;
        }
        None => {}
    }
    Ok(())
}
