//! Another program as a job: a pause stops its process, a cancel kills it, and its output is the
//! job's log.
//!
//! `cargo run --example process` needs `sh` and `kill`, as every Unix has them.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jobdeck::runtime::{JobError, Lifecycle, ParkHost, Runtime, Token};

/// Runs in a worker thread, until the process has ended.
fn run(token: &Token, script: &str) -> Result<usize, JobError> {
    let mut command = Command::new("sh");
    let mut child = command
        .args(["-c", script])
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = read_lines(token, &mut child);
    // Also of a process that was killed: the system keeps its entry until then.
    let status = child.wait()?;
    let lines = lines?;
    match status.success() {
        true => Ok(lines),
        false => Err(JobError::new(format!("the program ended with {status}"))),
    }
}

fn read_lines(token: &Token, child: &mut Child) -> Result<usize, JobError> {
    let process = child.id();
    let _hook = token.on_cancel(move || signal(process, "KILL"));
    let shared = token.clone();
    let _watcher = token.on_change(move || {
        signal(process, if shared.is_paused() { "STOP" } else { "CONT" });
    });
    let output = child
        .stdout
        .take()
        .ok_or_else(|| JobError::new("no output"))?;
    let mut lines = BufReader::new(output).lines();
    let mut number = 0;
    // A stopped process writes nothing: this wait stands still by itself.
    while let Some(line) = token.standing_still(|| lines.next())? {
        number += 1;
        token.log(line?);
    }
    Ok(number)
}

/// In short: a program would call the system instead of another program.
fn signal(process: u32, name: &str) {
    let mut kill = Command::new("kill");
    if let Err(error) = kill
        .arg(format!("-{name}"))
        .arg(process.to_string())
        .status()
    {
        eprintln!("no signal {name}: {error}");
    }
}

fn main() -> Result<(), JobError> {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let spawn = |name: &'static str, script: &'static str| {
        runtime.spawn(name, async move |cx| {
            cx.blocking("running", move |token| run(token, script))
                .await
        })
    };
    let counter = spawn(
        "counter",
        "for i in $(seq 30); do echo line $i; sleep 0.03; done",
    );
    // A line of a log wakes nothing: it is looked for now and then, as in each frame of a window.
    while counter.log_lines().len() < 3 {
        host.run_for(&runtime, Duration::from_millis(5));
    }
    counter.pause();
    host.run_until(&runtime, || {
        matches!(counter.lifecycle(), Lifecycle::Paused { .. })
    });
    println!("paused at line {}", counter.log_lines().len());
    host.run_for(&runtime, Duration::from_secs(2));
    println!("2 s later at line {}", counter.log_lines().len());
    counter.resume();
    // A process that had not been stopped would have written all of them by now.
    host.run_for(&runtime, Duration::from_millis(50));
    println!("all lines at once: {}", counter.is_finished());
    println!("{} lines", host.block_on(&runtime, counter)?);

    let sleeper = spawn("sleeper", "echo asleep; exec sleep 3600");
    while sleeper.log_lines().is_empty() {
        host.run_for(&runtime, Duration::from_millis(5));
    }
    sleeper.cancel();
    host.run_until(&runtime, || sleeper.is_finished());
    println!(
        "{:?}, busy threads: {}",
        sleeper.lifecycle(),
        runtime.busy_workers()
    );
    Ok(())
}
