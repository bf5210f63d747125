//! The download program: sleep, fetch, and again after a failure that may pass.

use crate::{
    fetch::{FetchError, FetchExt as _, Fetched},
    programs::{Destination, FetchSpec, SharedFacts},
    runtime::{JobContext, JobError},
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
    cx.retry(spec.retry, async |attempt| {
        if attempt.number > 1 {
            // Not before: until here the numbers are those of the attempt that failed.
            facts.borrow_mut().lost_bytes += cx.progress().done();
            cx.progress().set_done(0);
        }
        facts.borrow_mut().attempts += 1;
        match fetch(cx, spec).await {
            Ok(fetched) => {
                facts.borrow_mut().fetched = Some(fetched);
                Ok(())
            }
            Err(error) => {
                cx.log(format!("attempt {} failed: {error}", attempt.number));
                facts.borrow_mut().last_error = error.downcast_ref::<FetchError>().cloned();
                Err(error)
            }
        }
    })
    .await
}

async fn fetch(cx: &JobContext, spec: &FetchSpec) -> Result<Fetched, JobError> {
    let fetch = cx.fetch(spec.request.clone());
    match &spec.destination {
        Destination::Count => fetch.count().await,
        Destination::Save(save) => fetch.save_as(save.clone()).await,
    }
}
