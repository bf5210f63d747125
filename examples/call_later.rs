//! Plain closures, called soon or later. One of them stops the loop that drives them, and the rest
//! is cleaned up before the program ends.
//!
//! `cargo run --example call_later` takes two seconds.

use std::time::Duration;

use jobdeck::runtime::{JobContext, JobError, ParkHost, Runtime};

/// Sleeps until it is cancelled, and then says goodbye.
async fn guest(cx: JobContext) -> Result<(), JobError> {
    cx.on_cancel(async |cx| {
        cx.sleep(Duration::from_millis(100)).await?;
        println!("guest: goodbye");
        Ok(())
    });
    println!("guest: good evening");
    cx.sleep(Duration::from_secs(3600)).await?;
    Ok(())
}

fn main() {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());

    // Nothing runs before the runtime is driven.
    runtime.call_soon(|| println!("hello"));
    runtime.call_later(Duration::from_secs(1), || println!("later"));
    let stopper = runtime.clone();
    runtime.call_later(Duration::from_secs(2), move || {
        println!("stop");
        stopper.stop();
    });
    let unreached = runtime.call_later(Duration::from_secs(10), || println!("this is not printed"));
    let guest = runtime.spawn("guest", guest);

    // A call can be cancelled until it has begun.
    let mistake = runtime.call_soon(|| println!("this is not printed either"));
    println!(
        "taken back: {}, again: {}",
        mistake.cancel(),
        mistake.cancel()
    );

    println!("# run until somebody stops it");
    host.run(&runtime);

    println!("# stopped: what was left stays as it is");
    println!("the call after 10 s: {:?}", unreached.lifecycle());
    println!("guest: {:?}", guest.lifecycle());

    println!("# shut down: what was left is cancelled");
    host.shut_down(&runtime);
    println!("the call after 10 s: {:?}", unreached.lifecycle());
    println!("guest: {:?}", guest.lifecycle());
}
