//! Background jobs in a foreground program: two tickers run while the program waits for a job,
//! stand still while it does other things, and then continue. A third one blocks in a worker thread
//! and can be cancelled all the same.
//!
//! `cargo run --example background` uses a clock ten times as fast as the real one: its 5 s take
//! half a second. Worker threads use real time.

use std::thread;
use std::time::Duration;

use jobdeck::runtime::{Clock, JobContext, JobError, MissedTicks, ParkHost, Runtime, Token};

/// Prints a line every period, until it is cancelled.
async fn tick(cx: JobContext, name: &str, period: Duration) -> Result<(), JobError> {
    let mut interval = cx.interval(period, MissedTicks::Skip)?;
    loop {
        let tick = interval.tick().await?;
        println!("{name}: tick {}, {} missed", tick.number, tick.missed);
    }
}

/// The same in a thread, every 50 ms of real time. A cancel ends each sleep.
fn tick_in_thread(token: &Token) -> Result<(), JobError> {
    let mut number = 0;
    while token.sleep(Duration::from_millis(50)).is_ok() {
        number += 1;
        println!("thread: tick {number}");
    }
    println!("thread: told to stop, and ends");
    Ok(token.check()?)
}

fn main() -> Result<(), JobError> {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::scaled(10.0)?);
    let first = runtime.spawn("first", async |cx| {
        tick(cx, "first", Duration::from_millis(1500)).await
    });
    let second = runtime.spawn("second", async |cx| {
        tick(cx, "second", Duration::from_secs(2)).await
    });

    println!("# in the foreground, until a sleep of 5 s is done");
    let sleep = runtime.spawn("sleep", async |cx| {
        cx.sleep(Duration::from_secs(5)).await?;
        Ok("the sleep is done")
    });
    println!("{}", host.block_on(&runtime, sleep)?);

    println!("# nobody drives the runtime for 5 s: nothing moves");
    thread::sleep(Duration::from_millis(500));

    println!("# one poll at a time");
    while runtime.step().polls > 0 {
        println!("that was one step");
    }

    println!("# the first is cancelled, the second picks up where it was");
    println!("cancel: {}, again: {}", first.cancel(), first.cancel());
    host.run_for(&runtime, Duration::from_secs(5));
    second.cancel();

    println!("# a ticker that blocks a thread of its own");
    let threaded = runtime.spawn("threaded", async |cx| {
        cx.blocking("ticking", tick_in_thread).await
    });
    host.run_for(&runtime, Duration::from_secs(5));
    println!("busy threads: {}", runtime.busy_workers());
    threaded.cancel();
    // The job is finished once its thread has returned.
    host.run_until(&runtime, || threaded.is_finished());
    println!("busy threads: {}", runtime.busy_workers());
    Ok(())
}
