//! Lines from a thread: a worker reads, and the job handles one line after the other. Between them
//! is a channel that holds few, so that a fast reader waits for a slow job.
//!
//! `cargo run --example lines -- FILE` reads a file, and without one a text of its own.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::time::Duration;

use jobdeck::runtime::{JobContext, JobError, ParkHost, Runtime, Sender, Token, channel};

/// How many lines may wait for the job.
const WAITING_LINES: usize = 8;

async fn longest_line(cx: JobContext, path: Option<String>) -> Result<String, JobError> {
    let (sender, lines) = channel(WAITING_LINES);
    let reader = cx.blocking("reading", move |token| read(token, &sender, path));
    let mut longest = String::new();
    cx.for_each("lines", lines, async |line: String| {
        cx.progress().add_done(1);
        if line.len() > longest.len() {
            longest = line;
        }
        Ok(())
    })
    .await?; // ends when the thread has dropped its sender
    println!("{} bytes were read", reader.await?);
    Ok(longest)
}

/// Runs in a worker thread.
fn read(token: &Token, lines: &Sender<String>, path: Option<String>) -> Result<usize, JobError> {
    let input: Box<dyn BufRead> = match path {
        Some(path) => Box::new(BufReader::new(File::open(path)?)),
        None => Box::new(Cursor::new(
            (1..=10_000)
                .map(|number| format!("{number}\n"))
                .collect::<String>(),
        )),
    };
    let mut bytes = 0;
    for line in input.lines() {
        let line = line?;
        bytes += line.len() + 1;
        // Waits while the channel is full; a pause and a cancel reach it there.
        token.send(lines, line)?;
    }
    Ok(bytes)
}

fn main() -> Result<(), JobError> {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let path = std::env::args().nth(1);
    let job = runtime.spawn("longest line", async |cx| longest_line(cx, path).await);

    // Another job has its turn between the lines.
    let clock = runtime.spawn::<(), _>("clock", async |cx| {
        loop {
            cx.sleep(Duration::from_millis(1)).await?;
            cx.progress().add_done(1);
        }
    });
    host.run_until(&runtime, || job.is_finished());
    clock.cancel();
    println!("{} lines", job.progress().0);
    println!("the longest: {}", job.into_value()?);
    Ok(())
}
