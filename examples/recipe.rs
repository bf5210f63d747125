//! Three jobs that each sleep for a random time and then download, while a fourth one prints a dot
//! every 100 ms: nothing blocks the thread.
//!
//! `cargo run --example recipe -- URL URL …` takes your URLs; without any it downloads from a small
//! server of its own.

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use jobdeck::demo::{DemoServer, Pace};
use jobdeck::fetch::{FetchExt as _, Request};
use jobdeck::runtime::{JobContext, JobError, ParkHost, Runtime};

/// A job: it reads from top to bottom.
async fn sleep_and_download(cx: JobContext, url: String) -> Result<u64, JobError> {
    let slept = cx
        .sleep(Duration::from_secs(3).mul_f64(fastrand::f64()))
        .await?;
    println!("[slept_for:{:.2}]", slept.active.as_secs_f64());
    println!("[start_download:{url}]");
    let fetched = cx.fetch(Request::get(&url)?).count().await?;
    println!("[done:{url}:{}]", fetched.received);
    Ok(fetched.received)
}

/// Would stop if anything blocked this thread.
async fn dots(cx: JobContext) -> Result<(), JobError> {
    loop {
        cx.sleep(Duration::from_millis(100)).await?;
        print!(".");
        // A closed pipe is no error: the reader has gone.
        let _flushed = stdout().flush();
    }
}

fn main() -> Result<ExitCode, JobError> {
    let server = DemoServer::start(Pace::default())?;
    let mut urls: Vec<String> = std::env::args().skip(1).collect();
    if urls.is_empty() {
        urls = [120_000, 250_000, 64_321]
            .map(|bytes| server.url(&format!("/bytes/{bytes}?rate=100000")))
            .into();
    }
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let dots = runtime.spawn("dots", dots);
    let jobs: Vec<_> = urls
        .into_iter()
        .map(|url| {
            runtime.spawn(url.clone(), async move |cx| {
                sleep_and_download(cx, url).await
            })
        })
        .collect();
    host.run_until(&runtime, || jobs.iter().all(|job| job.is_finished()));
    dots.cancel();
    println!();
    let mut end = ExitCode::SUCCESS;
    for job in jobs {
        let name = job.name().to_owned();
        if let Err(error) = job.into_value() {
            eprintln!("[failed:{name}:{error:#}]");
            end = ExitCode::FAILURE;
        }
    }
    Ok(end)
}
