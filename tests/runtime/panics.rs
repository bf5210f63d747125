//! A panic ends one job and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jobdeck::runtime::{ErrorKind, Outcome};

use crate::support::{Bench, Story, TellsDrop, secs, sleep_holding, state};

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
