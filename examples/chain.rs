//! Steps that need each other, as a job and its children: one of them fails, and the job says which
//! one and why, undoes what it did, and lets another one fail without harm.
//!
//! `cargo run --example chain` takes a moment, and ends with status 1 because its job has failed.

use std::process::ExitCode;
use std::time::Duration;

use jobdeck::runtime::{JobContext, JobError, Outcome, ParkHost, Runtime, Step};

/// A child per step: each has a row, a pause and a cancel of its own.
async fn publish(cx: JobContext) -> Result<(), JobError> {
    let text = cx.spawn("read", read).await?;
    println!("read: {text}");

    // A failure of this one is no failure of the others: it is supervised.
    let spelling = cx.builder("check the spelling").supervised();
    if let Err(error) = spelling.spawn(check_spelling).await {
        println!("went on without the check: {error}");
    }

    // These two run at the same time. When one fails, the other one is cancelled.
    let upload = cx.spawn("upload", upload);
    let index = cx.spawn("index", async move |cx| index(cx, text).await);
    let pages = index
        .await
        .map_err(|error| error.context("nothing is published"))?;
    upload.await?;
    println!("this is not printed: {pages}");
    Ok(())
}

async fn read(cx: JobContext) -> Result<&'static str, JobError> {
    cx.sleep(Duration::from_millis(10)).await?;
    Ok("1 2 three")
}

async fn check_spelling(_cx: JobContext) -> Result<(), JobError> {
    Err(JobError::new("there is no dictionary"))
}

async fn upload(cx: JobContext) -> Result<(), JobError> {
    cx.on_cancel(async |_cx| {
        println!("upload: cancelled, and what was uploaded is removed");
        Ok(())
    });
    cx.sleep(Duration::from_secs(3600)).await?;
    Ok(())
}

async fn index(cx: JobContext, text: &str) -> Result<u32, JobError> {
    cx.sleep(Duration::from_millis(10)).await?;
    let mut pages = 0;
    for word in text.split(' ') {
        cx.step(Step::computing(format!("page {word}")));
        pages += word.parse::<u32>()?;
    }
    Ok(pages)
}

fn main() -> ExitCode {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let job = runtime.spawn("publish", publish);
    host.run_until(&runtime, || job.is_finished());
    match job.outcome() {
        Some(Outcome::Failed(error)) => {
            println!("{error:#}");
            println!("in {}", error.job().unwrap_or_default());
            println!("at {}", error.step().unwrap_or_default());
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
