//! Large numbers of everything: the work for one must not visit all the others.
//!
//! The time limits are generous: quadratic work would take minutes.

use std::time::{Duration, Instant};

use jobdeck::runtime::{JobContext, JobError, JobHandle, Semaphore, join_all};

use crate::support::{Bench, secs, sleep_for, sleep_holding, state};

const MANY: usize = 20_000;

#[track_caller]
fn soon(run: impl FnOnce()) {
    let began = Instant::now();
    run();
    let took = began.elapsed();
    assert!(took < secs(40), "it took {took:?}");
}

/// A time that differs for most numbers, and does not grow with them.
fn scattered(number: usize) -> Duration {
    secs((number as u64 * 7919) % 1000 + 1)
}

/// The job awaits many things, all of which end within [`soon`].
#[track_caller]
fn awaits_many_soon<T>(bench: &Bench, job: &JobHandle<T>) {
    soon(|| {
        bench.settle();
        assert_eq!(job.await_tree().len(), MANY);
        bench.pass(secs(2000));
    });
    assert_eq!(state(job), "done");
}

#[test]
fn many_wait_for_one_semaphore() {
    let bench = Bench::new();
    let gate = Semaphore::new("the gate", 0);
    let jobs: Vec<_> = (0..MANY)
        .map(|_| {
            let gate = gate.clone();
            bench.runtime.spawn("waits", async move |cx| {
                let _permit = cx.acquire(&gate).await?;
                Ok(())
            })
        })
        .collect();
    soon(|| {
        bench.settle();
        assert_eq!(gate.waiting(), MANY);
        gate.set_limit(MANY);
        bench.settle();
    });
    assert!(jobs.iter().all(|job| state(job) == "done"));
}

#[test]
fn one_waits_for_many_children() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let children: Vec<_> = (0..MANY)
            .map(|number| cx.spawn("child", sleep_for(scattered(number))))
            .collect();
        join_all(children).await
    });
    awaits_many_soon(&bench, &job);
}

#[test]
fn one_sleeps_many_sleeps() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("sleeper", async |cx| {
        let naps: Vec<_> = (0..MANY)
            .map(|number| cx.sleep(scattered(number)))
            .collect();
        join_all(naps).await
    });
    awaits_many_soon(&bench, &job);
}

#[test]
fn many_siblings_whose_drops_panic_are_cancelled_one_after_the_other() {
    /// Panics without a message: there are 20,000 of them.
    struct PanicsInDrop;
    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new("deliberate"))
        }
    }
    let bench = Bench::new();
    let job = bench
        .runtime
        .spawn("parent", async |cx| -> Result<(), JobError> {
            let _bad: Vec<_> = (0..MANY)
                .map(|_| cx.spawn("bad", sleep_holding(PanicsInDrop, secs(100))))
                .collect();
            cx.sleep(secs(1)).await?;
            cx.spawn("fails", async |_| Err::<(), _>(JobError::new("no")))
                .await
        });
    soon(|| {
        bench.settle();
        bench.pass(secs(1));
    });
    assert_eq!(state(&job), "failed");
}

#[test]
fn a_long_line_of_descendants_is_cancelled() {
    fn descend(cx: &JobContext, left: u32) {
        if left > 0 {
            drop(cx.spawn("descendant", async move |cx| {
                descend(&cx, left - 1);
                cx.sleep(secs(100)).await
            }));
        }
    }
    let bench = Bench::new();
    let job = bench.runtime.spawn("ancestor", async |cx| {
        descend(&cx, 1000);
        cx.sleep(secs(100)).await
    });
    bench.settle();
    job.cancel();
    bench.settle();
    assert_eq!(state(&job), "cancelled");
}
