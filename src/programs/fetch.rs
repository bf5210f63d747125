//! The download program: sleep, fetch, and again after a failure that may pass.

use crate::{
    fetch::{FetchError, FetchExt as _, Fetched},
    programs::{Destination, FetchSpec, SharedFacts},
    runtime::{JobContext, JobError, WaitReason},
};

pub(super) async fn run(
    cx: &JobContext,
    spec: &FetchSpec,
    facts: &SharedFacts,
) -> Result<(), JobError> {
    if !spec.sleep.is_zero() {
        let slept = cx.sleep(spec.sleep).await?;
        cx.log(format!("slept {:.3} s", slept.active.as_secs_f64()));
    }
    let mut random = fastrand::Rng::new();
    let mut retries_done = 0;
    loop {
        facts.borrow_mut().attempts += 1;
        let error = match attempt(cx, spec).await {
            Ok(fetched) => {
                facts.borrow_mut().fetched = Some(fetched);
                return Ok(());
            }
            Err(error) => error,
        };
        let retry = spec.retry.after(&error, retries_done, random.f64());
        cx.log(format!("attempt {} failed: {error}", retries_done + 1));
        facts.borrow_mut().last_error = Some(error.clone());
        let Some(retry) = retry else {
            return Err(error.into());
        };
        retries_done += 1;
        let reason = WaitReason::Retry {
            retry: retries_done,
            of: spec.retry.retries,
            asked_by_server: retry.asked_by_server,
        };
        cx.wait("Waiting to retry", reason, retry.delay).await?;
        // Not before: until here the numbers are those of the attempt that failed.
        facts.borrow_mut().lost_bytes += cx.progress().done();
        cx.progress().set_done(0);
    }
}

async fn attempt(cx: &JobContext, spec: &FetchSpec) -> Result<Fetched, FetchError> {
    let fetch = cx.fetch(spec.request.clone());
    match &spec.destination {
        Destination::Count => fetch.count().await,
        Destination::Save { folder, rule } => fetch.save(folder.clone(), rule.clone()).await,
    }
}
