//! The download: sleep, fetch, and again after a failure that may pass, from the bytes that are
//! there.

use web_time::SystemTime;

use crate::fetch::{AttemptStage, ErrorClass, FetchError, FetchExt as _, Fetched};
use crate::runtime::{JobContext, JobError, PausedBy};

use super::attempts::AttemptEnd;
use super::facts::SharedFacts;
use super::fetch_spec::{Destination, FetchSpec};
use super::first_wait;
use super::noted_policy::NotedPolicy;
use super::slot::Attribution;

/// Why a download that saves to a full disk is paused.
pub const DISK_FULL: &str = "disk full";

pub(super) async fn run(
    cx: &JobContext,
    spec: &FetchSpec,
    facts: &SharedFacts,
) -> Result<(), JobError> {
    let began = SystemTime::now();
    first_wait::wait(cx, spec.sleep, facts).await?;
    loop {
        match with_retries(cx, spec, facts, began).await {
            Err(error) if spec.pauses_when_full && is_disk_full(&error) => {
                cx.log("paused: the disk is full");
                cx.pause(PausedBy::Owner(DISK_FULL)).await?;
            }
            ended => return ended,
        }
    }
}

async fn with_retries(
    cx: &JobContext,
    spec: &FetchSpec,
    facts: &SharedFacts,
    began: SystemTime,
) -> Result<(), JobError> {
    let rule = NotedPolicy {
        policy: spec.retry,
        facts,
    };
    let ended = cx.retry(rule, async |_| attempt(cx, spec, facts, began).await);
    ended.await.map_err(|error| match error.downcast_ref() {
        Some(not_ready) if FetchError::is_not_ready(not_ready) => {
            not_ready.clone().given_up().into()
        }
        _ => error,
    })
}

/// One attempt, in a slot; another one after a failure of the host, as soon as that answers.
async fn attempt(
    cx: &JobContext,
    spec: &FetchSpec,
    facts: &SharedFacts,
    began: SystemTime,
) -> Result<(), JobError> {
    let slot = facts.borrow().slot.clone();
    let mut waits_for = "Queued";
    loop {
        let held = slot.acquire(cx, waits_for).await?;
        let number = facts.borrow_mut().begin_attempt(cx.now());
        let error = match fetch(cx, spec, facts, began).await {
            Ok(fetched) => {
                let mut facts = facts.borrow_mut();
                facts.end_attempt(cx.now(), AttemptEnd::Done);
                facts.fetched = Some(fetched);
                return Ok(());
            }
            Err(error) => error,
        };
        drop(held);
        // Without retries the failure is reported at once.
        let waits_for_host = spec.retry.retries > 0;
        cx.log(format!("attempt {number} failed: {error}"));
        let unconnected = {
            let mut facts = facts.borrow_mut();
            facts.end_attempt(cx.now(), AttemptEnd::from(&error));
            facts.last_error = error.downcast_ref::<FetchError>().cloned();
            let is_connected = facts.trace.highest_stage() > AttemptStage::Unconnected;
            let last_error = facts.last_error.as_ref();
            last_error
                .filter(|error| waits_for_host && !is_connected && error.may_be_of_host())
                .cloned()
        };
        match unconnected {
            Some(unconnected) if slot.report(cx, &unconnected).await? == Attribution::Host => {
                waits_for = "Waiting for the host";
            }
            _ => return Err(error),
        }
    }
}

fn is_disk_full(error: &JobError) -> bool {
    error
        .downcast_ref::<FetchError>()
        .is_some_and(|error| error.class == ErrorClass::DiskFull)
}

async fn fetch(
    cx: &JobContext,
    spec: &FetchSpec,
    facts: &SharedFacts,
    began: SystemTime,
) -> Result<Fetched, JobError> {
    let trace = facts.borrow().trace.clone();
    let fetch = cx.fetch(spec.request.clone().with_trace(trace));
    match &spec.destination {
        Destination::Count => fetch.count().await,
        Destination::Stream(stream) => fetch.write_to(stream.clone()).await,
        Destination::Save(save) => {
            // All tries of a download replace the same files.
            let moment = save.replaces_before.unwrap_or(began);
            let save = save.clone().replacing_files_before(moment);
            fetch.save_as(save).await
        }
    }
}
