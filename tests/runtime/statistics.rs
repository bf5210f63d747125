//! The statistics of a job, and the warnings derived from them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::task::{Poll, Waker};
use std::time::Duration;

use jobdeck::runtime::{
    BLOCKED_UI_FROM, CHECKPOINT_SLICE, Job, JobError, JobHandle, MissedTicks,
    SELF_WAKING_FROM_POLLS, Semaphore, Step, Warning,
};

use crate::support::{Bench, secs, sleep_for, state};

/// Longer than the limit of a poll.
const TOO_LONG: Duration = Duration::from_millis(20);

/// The warnings of a job except those about slow polls, which a busy machine causes too.
fn warnings(job: &Job) -> Vec<Warning> {
    let mut warnings = job.warnings();
    warnings.retain(|warning| {
        !matches!(
            warning,
            Warning::BlockedUi { .. } | Warning::NeverYielded { .. }
        )
    });
    warnings
}

/// A job that never ends, and the waker of its last poll.
fn shelved(bench: &Bench) -> (JobHandle<()>, Rc<RefCell<Option<Waker>>>) {
    let shelf = Rc::new(RefCell::new(None));
    let keeps = shelf.clone();
    let job = bench.runtime.spawn("a", async move |_| {
        std::future::poll_fn(|cx| {
            keeps.borrow_mut().replace(cx.waker().clone());
            Poll::Pending
        })
        .await
    });
    (job, shelf)
}

/// Wakes itself `times` times.
async fn wake_self(times: u64) {
    let mut left = times;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn polls_and_wakes_are_counted_and_a_batch_of_wakes_is_one() {
    let bench = Bench::new();
    let (job, shelf) = shelved(&bench);
    let counts = || {
        let statistics = job.statistics();
        [statistics.polls, statistics.wakes, statistics.self_wakes]
    };
    assert_eq!(counts(), [0, 1, 0], "it is ready from its spawn on");
    bench.settle();
    assert_eq!(counts(), [1, 1, 0]);
    let waker = shelf.take().unwrap();
    (0..100).for_each(|_| waker.wake_by_ref());
    assert_eq!(counts(), [1, 2, 0]);
    bench.settle();
    assert_eq!(counts(), [2, 2, 0]);
}

#[test]
fn a_histogram_has_every_poll_once_and_the_times_add_up() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        for _ in 0..50 {
            cx.sleep(secs(1)).await?;
        }
        std::thread::sleep(Duration::from_millis(2));
        Ok(())
    });
    bench.settle();
    (0..50).for_each(|_| bench.pass(secs(1)));
    let statistics = job.statistics();
    assert_eq!([statistics.polls, statistics.wakes], [51, 51]);
    let sum: u32 = statistics.histogram.counts.iter().sum();
    assert_eq!(sum, 51);
    assert!(statistics.longest_poll >= Duration::from_millis(2));
    assert!(statistics.busy >= statistics.longest_poll);
    let class = jobdeck::runtime::PollHistogram::class_of(statistics.longest_poll);
    assert!(statistics.histogram.counts[class] >= 1);
    assert!(
        statistics.histogram.counts[class + 1..]
            .iter()
            .all(|count| *count == 0)
    );
}

#[test]
fn a_job_that_waits_for_its_children_has_not_woken_itself() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        drop(cx.spawn("child", sleep_for(secs(1))));
        Ok(())
    });
    bench.settle();
    assert_eq!(state(&job), "completing");
    let before = job.statistics();
    assert_eq!([before.polls, before.wakes, before.self_wakes], [1, 1, 0]);
    bench.pass(secs(1));
    let after = job.statistics();
    assert_eq!([after.polls, after.wakes, after.self_wakes], [1, 1, 0]);
}

#[test]
fn a_job_that_mostly_wakes_itself_has_a_warning_but_not_too_early() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        wake_self(SELF_WAKING_FROM_POLLS - 2).await;
        cx.sleep(secs(1)).await?;
        wake_self(2).await;
        cx.sleep(secs(1)).await
    });
    bench.settle();
    assert_eq!(job.statistics().self_wakes, SELF_WAKING_FROM_POLLS - 2);
    assert_eq!(warnings(&job), []);
    bench.pass(secs(1));
    let [Warning::SelfWaking { percent }] = warnings(&job)[..] else {
        panic!("{:?}", warnings(&job));
    };
    assert!(percent > 50 && percent <= 100, "{percent}");
}

#[test]
fn a_job_that_is_woken_from_elsewhere_as_often_is_not() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        for _ in 0..SELF_WAKING_FROM_POLLS {
            wake_self(1).await;
            cx.sleep(secs(1)).await?;
        }
        Ok(())
    });
    bench.settle();
    (0..SELF_WAKING_FROM_POLLS).for_each(|_| bench.pass(secs(1)));
    assert_eq!(state(&job), "done");
    assert_eq!(warnings(&job), []);
}

#[test]
fn yielding_at_a_checkpoint_is_not_self_waking() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        for _ in 0..2 * SELF_WAKING_FROM_POLLS {
            std::thread::sleep(2 * CHECKPOINT_SLICE);
            cx.checkpoint().await?;
        }
        Ok(())
    });
    bench.settle();
    let statistics = job.statistics();
    assert!(statistics.polls > SELF_WAKING_FROM_POLLS, "{statistics:?}");
    assert_eq!(statistics.self_wakes, 0);
    let is_self_waking = |warning: &Warning| matches!(warning, Warning::SelfWaking { .. });
    assert!(!warnings(&job).iter().any(is_self_waking));
}

#[test]
fn a_lost_waker_is_found_and_only_once_it_is_lost() {
    let bench = Bench::new();
    let (job, shelf) = shelved(&bench);
    assert_eq!(warnings(&job), [], "queued");
    bench.settle();
    assert_eq!(warnings(&job), [], "somebody has its waker");
    let elsewhere = shelf.borrow().clone();
    drop(shelf.take());
    let (hold, held) = channel::<()>();
    let thread = std::thread::spawn(move || {
        let _ended = held.recv();
        drop(elsewhere);
    });
    assert_eq!(warnings(&job), [], "a thread has it");
    drop(hold);
    thread.join().unwrap();
    assert_eq!(warnings(&job), [Warning::WaitsOnNothing]);
    job.cancel();
    assert_eq!(warnings(&job), []);
}

#[test]
fn a_wait_that_only_a_skip_ends_waits_on_something() {
    let bench = Bench::new();
    let nap = bench.runtime.spawn("nap", sleep_for(Duration::MAX));
    let beat = bench.runtime.spawn("beat", async |cx| {
        let mut beat = cx.interval(Duration::MAX, MissedTicks::Burst)?;
        beat.tick().await.map(drop)
    });
    let call = bench.runtime.call_later(Duration::MAX, || {});
    bench.settle();
    for job in [nap, beat, call] {
        assert_eq!(warnings(&job), []);
        assert!(job.skip());
        bench.settle();
        assert_eq!(state(&job), "done");
    }
}

#[test]
fn a_sleep_that_is_not_awaited_does_not_hide_a_lost_waker() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let _sleep = cx.sleep(secs(10));
        std::future::pending::<()>().await;
        Ok(())
    });
    bench.settle();
    assert_eq!(warnings(&job), [Warning::WaitsOnNothing]);
}

#[test]
fn a_wait_that_the_runtime_ends_is_not_a_wait_on_nothing() {
    let bench = Bench::new();
    let slots = Semaphore::new("slots", 0);
    let (hold, held) = channel::<()>();
    let spawn = &bench.runtime;
    let jobs = [
        spawn.spawn("sleeps", sleep_for(secs(9))),
        spawn.spawn("waits for a child", async |cx| {
            cx.spawn("child", sleep_for(secs(9))).await
        }),
        spawn.spawn("waits for a slot", async move |cx| {
            cx.acquire(&slots).await.map(drop)
        }),
        spawn.spawn("waits for a thread", async move |cx| {
            cx.blocking("deaf", move |_| {
                let _ended = held.recv();
                Ok(())
            })
            .await
        }),
        spawn.spawn("waits for a timeout", async |cx| {
            let never = std::future::pending::<Result<(), JobError>>();
            cx.timeout(secs(9), never).await
        }),
        spawn.spawn("only has children", async |cx| {
            drop(cx.spawn("child", sleep_for(secs(9))));
            Ok(())
        }),
    ];
    for paused in [false, true] {
        bench.settle();
        for job in &jobs {
            assert_eq!(warnings(job), [], "{job:?}, paused: {paused}");
            job.pause();
        }
    }
    drop(hold);
}

#[test]
fn a_poll_that_blocks_the_window_is_reported_with_its_step() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.step(Step::computing("Hashing"));
        std::thread::sleep(TOO_LONG);
        std::future::pending::<()>().await;
        Ok(())
    });
    bench.settle();
    let statistics = job.statistics();
    assert!(statistics.longest_poll >= TOO_LONG);
    assert_eq!(statistics.longest_poll_label.as_deref(), Some("Hashing"));
    let warnings = job.warnings();
    let Some(Warning::BlockedUi { took, label }) = warnings.first() else {
        panic!("{warnings:?}");
    };
    assert!(*took >= BLOCKED_UI_FROM);
    assert_eq!(label.as_deref(), Some("Hashing"));
}

/// The sleep does not block: the step before it in the same poll does.
#[test]
fn a_long_poll_is_reported_with_the_step_before_its_final_wait() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.step(Step::computing("Hashing"));
        std::thread::sleep(TOO_LONG);
        cx.sleep(secs(1)).await
    });
    bench.settle();
    let label = job.statistics().longest_poll_label;
    assert_eq!(label.as_deref(), Some("Hashing"));
}

#[test]
fn a_job_that_is_one_long_poll_never_yielded() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |_| {
        std::thread::sleep(TOO_LONG);
        Ok(())
    });
    bench.settle();
    let warnings = job.warnings();
    let [Warning::NeverYielded { took }] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    assert!(*took >= TOO_LONG);
}
