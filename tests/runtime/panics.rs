//! A panic ends one job and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jobdeck::runtime::{ErrorKind, Outcome};

use crate::support::{Bench, Story, TellsDrop, secs, sleep_for, sleep_holding, state};

fn message(outcome: Option<&Outcome>) -> String {
    match outcome {
        Some(Outcome::Panicked(report)) => report.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn in_a_poll() {
    let bench = Bench::new();
    let other = bench.runtime.spawn("other", async |_| Ok(1));
    let job = bench.runtime.spawn("a", async |cx| {
        cx.sleep(secs(1)).await?;
        if cx.id() == cx.id() {
            panic!("deliberate {}", 1);
        }
        Ok(())
    });
    bench.tick();
    bench.pass(secs(1));
    assert_eq!(message(job.outcome()), "panicked in the job: deliberate 1");
    assert_eq!(other.take_value(), Some(1));
}

#[test]
fn in_the_drop_of_a_cancelled_future() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("deliberate drop");
        }
    }
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", sleep_holding(Bomb, secs(1)));
    bench.tick();
    job.cancel();
    assert!(message(job.outcome()).contains("deliberate drop"));
    bench.pass(secs(1));
    let after = bench.runtime.spawn("b", async |_| Ok(2));
    bench.tick();
    assert_eq!(after.take_value(), Some(2));
}

#[test]
fn in_a_worker_it_is_an_error_where_it_is_awaited() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let result = cx
            .blocking("crash", |_| -> Result<(), _> {
                panic!("deliberate worker")
            })
            .await;
        Ok(result)
    });
    bench.tick_until(|| job.is_finished());
    let error = job.take_value().unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Panicked(_)));
    assert_eq!(
        error.to_string(),
        "panicked in worker «crash»: deliberate worker"
    );
}

#[test]
fn in_a_worker_it_crashes_the_job_that_passes_it_on() {
    let bench = Bench::new();
    let job = bench.spawn_call("crash", |_| -> Result<(), _> { panic!("deliberate") });
    bench.tick_until(|| job.is_finished());
    assert_eq!(state(&job), "panicked");
}

/// Panics when it is dropped.
#[derive(Debug)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::panic_any("in a drop, deliberately");
    }
}

/// Two jobs that end with the runtime, the one of which may hold a bomb.
fn survivors(bench: &Bench, story: &Story) {
    for name in ["before", "after"] {
        let guard = TellsDrop(story.clone(), name);
        drop(bench.runtime.spawn(name, sleep_holding(guard, secs(1000))));
    }
}

#[test]
fn in_the_drop_of_a_value_that_was_never_taken() {
    let bench = Bench::new();
    let story = Story::default();
    survivors(&bench, &story);
    let job = bench.runtime.spawn("bomb", async |_| Ok(Bomb));
    bench.settle();
    assert_eq!(state(&job), "done");
    drop(job);
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(bench)));
    assert!(dropped.is_ok(), "a job's panic got out of the runtime");
    assert_eq!(story.told().len(), 2);
}

#[test]
fn in_the_drop_of_the_value_of_a_job_that_cancelled_itself() {
    let bench = Bench::new();
    let runtime = bench.runtime.clone();
    drop(bench.runtime.spawn("bomb", async move |cx| {
        runtime.job(cx.id()).unwrap().cancel();
        drop(runtime);
        Ok(Bomb)
    }));
    let settled = catch_unwind(AssertUnwindSafe(|| bench.settle()));
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(bench)));
    assert!(settled.is_ok() && dropped.is_ok());
}

#[test]
fn in_the_drop_of_a_cleanup_that_never_ran() {
    let bench = Bench::new();
    let story = Story::default();
    survivors(&bench, &story);
    drop(bench.runtime.spawn("bomb", async |cx| {
        let bomb = Bomb;
        cx.on_cancel(async move |_| {
            drop(bomb);
            Ok(())
        });
        cx.sleep(secs(1000)).await
    }));
    bench.settle();
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(bench)));
    assert!(dropped.is_ok(), "a job's panic got out of the runtime");
    assert_eq!(story.told(), ["after", "before"], "the others end as ever");
}

/// An error with code of the user's: its text, its sources or its drop panic.
#[derive(Debug)]
enum Nasty {
    Text,
    Source,
    Drop(Bomb),
}

impl std::fmt::Display for Nasty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => panic!("in a text, deliberately"),
            Self::Source | Self::Drop(_) => f.write_str("nasty"),
        }
    }
}

impl std::error::Error for Nasty {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Source => panic!("in the sources, deliberately"),
            Self::Text | Self::Drop(_) => None,
        }
    }
}

/// Asserts that a runtime still runs jobs.
#[track_caller]
fn assert_alive(bench: &Bench) {
    let after = bench.runtime.spawn("after", async |_| Ok(2));
    bench.settle();
    assert_eq!(after.take_value(), Some(2));
}

#[test]
fn in_the_text_of_the_error_of_a_cleanup() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.on_cancel(async |_cx| Err(Nasty::Text.into()));
        cx.sleep(secs(9)).await.map(drop)
    });
    bench.settle();
    job.cancel();
    bench.settle();
    assert_eq!(state(&job), "cancelled");
    let line = job.log_lines().into_iter().next().unwrap().text;
    assert!(line.contains("in a text, deliberately"), "{line}");
    assert_alive(&bench);
}

#[test]
fn in_the_sources_of_an_error() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .spawn("a", async |_cx| Err::<(), _>(Nasty::Source.into()));
    bench.settle();
    assert_eq!(state(&job), "panicked");
    assert_alive(&bench);
}

#[test]
fn in_the_drop_of_an_error_that_leaves_the_table() {
    let options = jobdeck::runtime::RuntimeOptions::new().finished_kept(1);
    let host = jobdeck::runtime::ParkHost::new();
    let runtime = jobdeck::runtime::Runtime::with_options(host.clone(), options);
    let fail = async |_cx| Err::<(), _>(Nasty::Drop(Bomb).into());
    for _ in 0..3 {
        drop(runtime.spawn("a", fail));
        host.run_until_idle(&runtime);
    }
    assert_eq!(runtime.forget_finished(), 1);
    let job = runtime.spawn("b", async |_| Ok(2));
    assert_eq!(host.block_on(&runtime, job).unwrap(), 2);
}

#[test]
fn in_the_drop_of_an_error_that_a_cancel_replaces() {
    let bench = Bench::new();
    let runtime = bench.runtime.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        runtime.job(cx.id()).unwrap().cancel();
        Err::<(), _>(Nasty::Drop(Bomb).into())
    });
    bench.settle();
    assert_eq!(state(&job), "cancelled");
    assert_alive(&bench);
}

#[test]
fn one_that_leaves_a_tick_ends_that_tick_only() {
    struct Alarm;
    impl std::task::Wake for Alarm {
        fn wake(self: std::sync::Arc<Self>) {
            panic!("in a waker, deliberately");
        }
    }
    let bench = Bench::new();
    let other = bench.runtime.spawn("other", sleep_for(secs(1)));
    let job = bench.runtime.spawn("a", async |cx| {
        let mut nap = std::pin::pin!(cx.sleep(secs(1)));
        let waker = std::sync::Arc::new(Alarm).into();
        let mut task = std::task::Context::from_waker(&waker);
        std::future::poll_fn(|_| nap.as_mut().poll(&mut task)).await
    });
    bench.settle();
    bench.clock.advance(secs(1));
    let ticked = catch_unwind(AssertUnwindSafe(|| bench.tick()));
    assert!(ticked.is_err(), "the waker is no job's");
    assert!(!bench.runtime.is_ticking());
    assert_alive(&bench);
    assert_eq!(state(&other), "done");
    assert_eq!(state(&job), "running");
}
