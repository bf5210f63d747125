//! Errors of awaited background calls: a job awaits worker threads that fail, panic and are
//! cancelled. It catches each error where it awaits, prints everything known of it, and continues.
//! It passes the last one on with `?` and fails.
//!
//! `cargo run --example errors` ends immediately with status 1, because its job has failed. Rust's
//! panic hook also prints the panic on standard error.

use std::num::ParseIntError;
use std::process::ExitCode;
use std::time::Duration;

use jobdeck::runtime::{ErrorKind, JobContext, JobError, Outcome, ParkHost, Runtime};

/// The reason why a division has no result. The job finds this type in the error it catches.
#[derive(Debug, thiserror::Error)]
enum DivideError {
    #[error("«{text}» is no number")]
    NoNumber { text: String, source: ParseIntError },
    #[error("{dividend} divided by zero has no value")]
    ByZero { dividend: i64 },
}

fn number(text: &str) -> Result<i64, DivideError> {
    text.parse().map_err(|source| DivideError::NoNumber {
        text: text.to_owned(),
        source,
    })
}

fn divide(dividend: &str, divisor: &str) -> Result<i64, DivideError> {
    let dividend = number(dividend)?;
    let divisor = number(divisor)?;
    dividend
        .checked_div(divisor)
        .ok_or(DivideError::ByZero { dividend })
}

/// The division without a check: it panics.
fn divide_unchecked(dividend: i64, divisor: i64) -> i64 {
    dividend / divisor
}

/// Prints everything known of an error.
fn print(error: &JobError) {
    match error.kind() {
        ErrorKind::Panicked(report) => {
            println!("caught a panic: {error:#}");
            println!("  at {}", report.location().unwrap_or("a place unknown"));
        }
        ErrorKind::Cancelled => println!("caught a cancel: {error:#}"),
        _ => println!("caught an error: {error:#}"),
    }
    // Set once the error has left a job.
    if let Some(job) = error.job() {
        let step = error.step().unwrap_or("no step");
        println!("  in job «{job}», at step «{step}»");
    }
}

async fn divisions(cx: JobContext) -> Result<i64, JobError> {
    // A task starts when it is called. This one runs meanwhile and is awaited at the end.
    let early = cx.blocking("early", |_token| {
        println!("the early call has begun");
        Ok(divide("84", "2")?)
    });

    // An error that the call returns.
    let by_zero = cx.blocking("divide", |_token| Ok(divide("1", "0")?));
    if let Err(error) = by_zero.await {
        print(&error);
        if let Some(DivideError::ByZero { dividend }) = error.downcast_ref() {
            println!("  its type says that {dividend} was to be divided");
        }
    }

    // The error of a child job also names the job and the step.
    let child = cx.spawn("child", async |cx| {
        cx.blocking("divide", |_token| Ok(divide("1", "2x")?)).await
    });
    if let Err(error) = child.await {
        print(&error);
    }

    // A panic in the thread becomes an error here.
    let unchecked = cx.blocking("divide", |_token| Ok(divide_unchecked(1, 0)));
    if let Err(error) = unchecked.await {
        print(&error);
    }

    // A cancelled call. Its thread's sleep ends at once.
    let slow = cx.blocking("divide slowly", |token| {
        token.sleep(Duration::from_secs(3600))?;
        Ok(divide("1", "1")?)
    });
    slow.cancel();
    if let Err(error) = slow.await {
        print(&error);
    }

    println!("after four errors the job goes on");
    println!("the early call gives {}", early.await?);

    // Not caught: `?` ends the job with it.
    let last = cx.blocking("the last division", |_token| Ok(divide("seven", "1")?));
    let quotient = last.await?;
    println!("this is not printed: {quotient}");
    Ok(quotient)
}

fn main() -> ExitCode {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let job = runtime.spawn("divisions", divisions);
    host.run_until(&runtime, || job.is_finished());
    match job.outcome() {
        Some(Outcome::Done) => {
            println!("the job is done");
            ExitCode::SUCCESS
        }
        Some(Outcome::Failed(error)) => {
            // `Debug` prints the chain, the job, the step, and with RUST_BACKTRACE=1 the backtrace.
            println!("the job failed: {error:?}");
            ExitCode::FAILURE
        }
        other => {
            println!("the job ended otherwise: {other:?}");
            ExitCode::FAILURE
        }
    }
}
