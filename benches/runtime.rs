//! The cost of the runtime compared with two other local executors, measured in turn in one run.
//!
//! `cargo bench --bench runtime` prints medians of several rounds. All three run in each round, so
//! that a slower machine slows all of them. Compare the ratios, not the numbers, of different runs.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on has nothing to say"
)]

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use async_executor::LocalExecutor;
use futures_lite::future::{poll_fn, yield_now};
use jobdeck::runtime::{Host, JobContext, JobError, JobHandle, Runtime, TICK_BUDGET, channel};
use tokio::task::LocalSet;

const JOBS: usize = 100_000;
const ROUNDS: usize = 9;
const YIELDS: [usize; 3] = [0, 1, 10];
const FOREVER: Duration = Duration::from_secs(3600);

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_real = std::env::args().any(|argument| argument == "--bench");
    let jobs = if is_real { JOBS } else { 1_000 };
    let rounds = if is_real { ROUNDS } else { 2 };
    println!("{jobs} jobs, medians of {rounds} rounds\n");
    // First, before anything else has used the heap.
    memory(jobs);
    executors(jobs, rounds);
    ticks(jobs);
    wakes();
    messages(if is_real { 1_000_000 } else { 10_000 });
    cancels(if is_real { 200 } else { 5 });
}

/// A host that only counts.
#[derive(Default)]
struct Counter {
    wakes: AtomicU64,
}

impl Host for Counter {
    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
    }

    fn wake_after(&self, _: Duration) {}
}

fn runtime() -> (Runtime, Arc<Counter>) {
    let host = Arc::new(Counter::default());
    (Runtime::new(host.clone()), host)
}

/// Ticks until nothing is ready.
fn drain(runtime: &Runtime) {
    while runtime.tick(FOREVER).more_ready {}
}

// Spawn and finish, wake and poll.

fn ours(jobs: usize, yields: usize) -> Duration {
    let (runtime, _) = runtime();
    let began = Instant::now();
    for number in 0..jobs {
        runtime.spawn("job", async move |_| {
            for _ in 0..yields {
                yield_now().await;
            }
            Ok(black_box(number))
        });
    }
    drain(&runtime);
    let elapsed = began.elapsed();
    assert!(
        runtime
            .jobs()
            .iter()
            .all(jobdeck::runtime::Job::is_finished)
    );
    elapsed
}

fn tokio(jobs: usize, yields: usize) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let set = LocalSet::new();
    let began = Instant::now();
    for number in 0..jobs {
        set.spawn_local(async move {
            for _ in 0..yields {
                yield_now().await;
            }
            black_box(number)
        });
    }
    // A set ends when all its tasks have.
    runtime.block_on(set);
    began.elapsed()
}

fn async_executor(jobs: usize, yields: usize) -> Duration {
    let executor = LocalExecutor::new();
    let began = Instant::now();
    for number in 0..jobs {
        executor
            .spawn(async move {
                for _ in 0..yields {
                    yield_now().await;
                }
                black_box(number)
            })
            .detach();
    }
    while executor.try_tick() {}
    let elapsed = began.elapsed();
    assert!(executor.is_empty());
    elapsed
}

/// Nanoseconds per job of one executor: the rounds for each number of yields.
type Rounds = [Vec<f64>; YIELDS.len()];

/// An executor, and its run of a number of jobs with a number of yields each.
type Contestant = (&'static str, fn(usize, usize) -> Duration);

fn executors(jobs: usize, rounds: usize) {
    let contestants: [Contestant; 3] = [
        ("jobdeck", ours),
        ("tokio LocalSet", tokio),
        ("async-executor", async_executor),
    ];
    let mut times: [Rounds; 3] = Default::default();
    for round in 0..=rounds {
        for (place, yields) in YIELDS.into_iter().enumerate() {
            for (times, (_, run)) in times.iter_mut().zip(contestants) {
                let nanos = run(jobs, yields).as_nanos() as f64 / jobs as f64;
                // The first round only warms up.
                if round > 0 {
                    times[place].push(nanos);
                }
            }
        }
    }
    let medians: Vec<[f64; 4]> = times
        .iter()
        .map(|rounds| {
            let [none, one, ten] = rounds.each_ref().map(|round| median(round));
            let per_wake: Vec<f64> = rounds[2]
                .iter()
                .zip(&rounds[0])
                .map(|(ten, none)| (ten - none) / 10.0)
                .collect();
            [none, one, ten, median(&per_wake)]
        })
        .collect();
    let names = [
        "spawn + finish",
        "spawn + 1 yield + finish",
        "spawn + 10 yields + finish",
        "one wake + poll",
    ];
    println!(
        "{:<28}{:>12}{:>16}{:>16}{:>10}{:>10}",
        "ns per job", "jobdeck", "tokio LocalSet", "async-executor", "/ tokio", "/ async-ex"
    );
    for (place, name) in names.into_iter().enumerate() {
        let [ours, tokio, peer] = [0, 1, 2].map(|contestant| medians[contestant][place]);
        println!(
            "{name:<28}{ours:>12.0}{tokio:>16.0}{peer:>16.0}{:>9.2}×{:>9.2}×",
            ours / tokio,
            ours / peer
        );
    }
    println!();
}

fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * share) as usize;
    sorted[place.min(sorted.len() - 1)]
}

// The cost of idle jobs.

async fn sleep_for_ever(cx: JobContext) -> Result<(), JobError> {
    cx.sleep(FOREVER).await?;
    Ok(())
}

/// The size of the future of an idle job, in bytes.
fn future_bytes() -> usize {
    let (runtime, _) = runtime();
    let job = runtime.spawn("size", async |cx| {
        Ok(std::mem::size_of_val(&sleep_for_ever(cx)))
    });
    drain(&runtime);
    job.into_value().unwrap()
}

/// Jobs that sleep for an hour. Every second one is paused.
fn idle_jobs(runtime: &Runtime, jobs: usize) -> Vec<JobHandle<()>> {
    let handles: Vec<_> = (0..jobs)
        .map(|_| runtime.spawn("idle", sleep_for_ever))
        .collect();
    drain(runtime);
    for handle in handles.iter().step_by(2) {
        handle.pause();
    }
    drain(runtime);
    handles
}

/// The memory of this process, in bytes.
fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

fn memory(jobs: usize) {
    let (runtime, _) = runtime();
    let before = resident_bytes();
    let handles = idle_jobs(&runtime, jobs);
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        println!(
            "memory per idle job: {} bytes, of which its future is {} (goal: at most 1024 beyond it)\n",
            after.saturating_sub(before) / jobs as u64,
            future_bytes()
        );
    }
    drop(handles);
}

fn ticks(most: usize) {
    let few = 100;
    let nanos: Vec<f64> = [few, most]
        .into_iter()
        .map(|jobs| {
            let (runtime, _) = runtime();
            let handles = idle_jobs(&runtime, jobs);
            let rounds: Vec<f64> = (0..10_001)
                .map(|_| {
                    let began = Instant::now();
                    black_box(runtime.tick(Duration::from_millis(4)));
                    began.elapsed().as_nanos() as f64
                })
                .collect();
            drop(handles);
            median(&rounds)
        })
        .collect();
    println!(
        "a tick with none ready, half sleeping, half paused: {few} jobs {:.0} ns, {most} jobs {:.0} ns\n",
        nanos[0], nanos[1]
    );
}

// From other threads.

fn wakes() {
    const THREADS: usize = 8;
    const WAKES: usize = 100_000;
    let (runtime, host) = runtime();
    let wakers: Arc<Mutex<Vec<Waker>>> = Arc::default();
    let handles: Vec<_> = (0..THREADS)
        .map(|_| {
            let wakers = wakers.clone();
            runtime.spawn("waits", async move |_| {
                poll_fn(|cx| {
                    wakers.lock().unwrap().push(cx.waker().clone());
                    Poll::<()>::Pending
                })
                .await;
                Ok(())
            })
        })
        .collect();
    drain(&runtime);
    let wakers = std::mem::take(&mut *wakers.lock().unwrap());
    let before = host.wakes.load(Ordering::Relaxed);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for waker in &wakers {
            scope.spawn(move || {
                for _ in 0..WAKES / THREADS {
                    waker.wake_by_ref();
                }
            });
        }
    });
    let elapsed = began.elapsed();
    println!(
        "{WAKES} wakes from {THREADS} threads between two ticks: {} call(s) to the host, in {:.1} ms\n",
        host.wakes.load(Ordering::Relaxed) - before,
        elapsed.as_secs_f64() * 1e3
    );
    drop(handles);
}

/// Messages that wait for one job, received as fast as it can: the longest tick.
fn messages(count: usize) {
    for with_for_each in [true, false] {
        let (runtime, _) = runtime();
        let (sender, mut messages) = channel(count);
        (0..count).for_each(|number| sender.try_send(number).unwrap());
        drop(sender);
        let job = runtime.spawn("receives", async move |cx| {
            if with_for_each {
                return cx
                    .for_each("messages", messages, async |number| {
                        black_box(number);
                        Ok(())
                    })
                    .await;
            }
            while let Some(number) = cx.wait_for("a message", messages.recv()).await? {
                black_box(number);
            }
            Ok(())
        });
        let began = Instant::now();
        let mut longest = Duration::ZERO;
        while !job.is_finished() {
            let tick_began = Instant::now();
            runtime.tick(TICK_BUDGET);
            longest = longest.max(tick_began.elapsed());
        }
        println!(
            "{count} messages by {}: {:.0} ns each, the longest tick {:.2} × the budget (goal: at most 1.5)",
            if with_for_each {
                "for_each"
            } else {
                "wait_for"
            },
            began.elapsed().as_nanos() as f64 / count as f64,
            longest.as_secs_f64() / TICK_BUDGET.as_secs_f64()
        );
    }
    println!();
}

fn cancels(runs: usize) {
    let (runtime, _) = runtime();
    let mut futures = Vec::new();
    let mut workers = Vec::new();
    for _ in 0..runs {
        let (sender, receiver) = mpsc::channel();
        let (started, starts) = mpsc::channel();
        let dropped: std::rc::Rc<RefCell<Option<Instant>>> = std::rc::Rc::default();
        let guard = OnDrop(dropped.clone());
        let job = runtime.spawn("worker", async move |cx| {
            let _guard = guard;
            cx.blocking("sleep", move |token| {
                started.send(()).unwrap();
                let result = token.sleep(FOREVER);
                sender.send(Instant::now()).unwrap();
                Ok(result?)
            })
            .await
        });
        runtime.tick(FOREVER);
        starts.recv().unwrap();
        // Time for it to fall asleep.
        std::thread::sleep(Duration::from_millis(1));
        let began = Instant::now();
        job.cancel();
        let dropped_at = dropped.borrow().expect("the future lives after its cancel");
        let ended_at = receiver.recv().unwrap();
        futures.push((dropped_at - began).as_secs_f64() * 1e6);
        workers.push(ended_at.saturating_duration_since(began).as_secs_f64() * 1e6);
        while !job.is_finished() {
            runtime.tick(Duration::from_millis(4));
        }
    }
    for (what, micros) in [
        ("the future is dropped", &futures),
        ("its sleeping worker ends", &workers),
    ] {
        println!(
            "cancel until {what}: p50 {:.0} µs, p99 {:.0} µs, max {:.0} µs ({runs} runs)",
            quantile(micros, 0.5),
            quantile(micros, 0.99),
            quantile(micros, 1.0)
        );
    }
}

/// Records when it is dropped.
struct OnDrop(std::rc::Rc<RefCell<Option<Instant>>>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.replace(Some(Instant::now()));
    }
}
