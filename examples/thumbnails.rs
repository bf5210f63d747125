//! 500 images become thumbnails in worker threads, at most four at a time.
//!
//! `cargo run --example thumbnails` makes the images itself, and pauses in the middle.

use std::time::Duration;

use jobdeck::runtime::{
    JobContext, JobError, Lifecycle, ParkHost, Runtime, Semaphore, Step, Token, join_all,
};

const IMAGES: u64 = 500;
const AT_ONCE: usize = 4;
/// The sides of an image and of its thumbnail, in pixels.
const SIDE: usize = 128;
const SMALL_SIDE: usize = 16;

/// A job with a child for each image. A pause and a cancel of it reach them all.
async fn thumbnails(cx: JobContext) -> Result<Vec<Vec<u8>>, JobError> {
    cx.step(Step::computing("Resizing"));
    cx.progress().set_total(Some(IMAGES));
    let slots = Semaphore::new("a decoder", AT_ONCE);
    let images = (0..IMAGES).map(|number| {
        let (all, slots) = (cx.clone(), slots.clone());
        cx.spawn(format!("image {number}"), async move |cx| {
            let _slot = cx.acquire(&slots).await?; // returned when it is dropped
            let image = cx.blocking("resizing", move |token| resized(token, number));
            let image = image.await?;
            all.progress().add_done(1);
            Ok(image)
        })
    });
    join_all(images.collect::<Vec<_>>()).await
}

/// Runs in a worker thread: each pixel of the result is the mean of a square of the image.
fn resized(token: &Token, number: u64) -> Result<Vec<u8>, JobError> {
    let mut random = fastrand::Rng::with_seed(number);
    let image: Vec<u8> = (0..SIDE * SIDE).map(|_| random.u8(..)).collect();
    let square = SIDE / SMALL_SIDE;
    let mut small = Vec::new();
    for y in (0..SIDE).step_by(square) {
        token.checkpoint()?; // waits here while the job is paused, and ends with its cancel
        for x in (0..SIDE).step_by(square) {
            let rows = (y..y + square).map(|y| &image[y * SIDE + x..][..square]);
            let sum: u32 = rows.flatten().map(|value| u32::from(*value)).sum();
            small.push(u8::try_from(sum / (square * square) as u32)?);
        }
    }
    Ok(small)
}

fn main() -> Result<(), JobError> {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let job = runtime.spawn("thumbnails", thumbnails);

    let mut most_at_once = 0;
    host.run_until(&runtime, || {
        most_at_once = most_at_once.max(runtime.busy_workers());
        job.progress().0 >= IMAGES / 2
    });
    println!("at most {most_at_once} at a time");

    job.pause();
    host.run_until(&runtime, || {
        matches!(job.lifecycle(), Lifecycle::Paused { .. })
    });
    let done = job.progress().0;
    host.run_for(&runtime, Duration::from_millis(200));
    println!("paused: {} more are done", job.progress().0 - done);

    job.resume();
    let thumbnails = host.block_on(&runtime, job)?;
    println!("{} thumbnails", thumbnails.len());
    Ok(())
}
