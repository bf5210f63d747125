//! What can be chosen for a whole runtime.

use std::sync::mpsc;
use std::time::Duration;

use jobdeck::runtime::{
    BackOff, Clock, FINISHED_KEPT, JobError, ParkHost, Runtime, RuntimeOptions,
};
use jobdeck::testing::TestRuntime;

use crate::support::{secs, state};

fn runtime(options: RuntimeOptions) -> TestRuntime {
    TestRuntime::with_options(options)
}

#[test]
fn as_many_finished_jobs_are_kept_as_asked_for() {
    for (options, kept) in [
        (RuntimeOptions::new(), FINISHED_KEPT),
        (RuntimeOptions::new().finished_kept(3), 3),
        (RuntimeOptions::new().finished_kept(0), 0),
    ] {
        let test = runtime(options);
        let spawn = || test.spawn("a", async |_cx| Ok(()));
        (0..FINISHED_KEPT + 5).for_each(|_| drop(spawn()));
        let last = spawn();
        test.settle();
        assert_eq!(test.jobs().len(), kept);
        assert_eq!(test.job(last.id()).is_some(), kept > 0);
        assert_eq!(last.take_value(), Some(()));
    }
}

#[test]
fn as_many_log_lines_are_kept_as_asked_for() {
    for kept in [0, 2] {
        let test = runtime(RuntimeOptions::new().log_lines_kept(kept));
        let job = test.spawn("talkative", async |cx| {
            cx.blocking("talks", |token| {
                token.log("one");
                Ok(())
            })
            .await?;
            cx.log("two");
            cx.log("three");
            Ok(())
        });
        test.settle();
        let lines: Vec<_> = job.log_lines().into_iter().map(|line| line.text).collect();
        assert_eq!(lines, ["two", "three"][..kept]);
    }
}

#[test]
fn no_more_calls_run_at_once_than_asked_for() {
    let test = runtime(RuntimeOptions::new().blocking_threads(1));
    let (go_on, waits) = mpsc::channel::<()>();
    let first = test.spawn("first", async |cx| {
        cx.blocking("waiting", move |_token| Ok(waits.recv()?))
            .await
    });
    let second = test.spawn("second", async |cx| {
        cx.blocking("quick", |_token| Ok(())).await
    });
    test.tick(secs(20)); // a busy machine may need more than a frame for two polls
    assert_eq!(
        (first.queue_position(), second.queue_position()),
        (None, Some(1))
    );
    go_on.send(()).unwrap();
    test.settle();
    assert!(second.is_finished());
    // None at all would never run anything.
    let test = runtime(RuntimeOptions::new().blocking_threads(0));
    let job = test.spawn("a", async |cx| cx.blocking("quick", |_token| Ok(1)).await);
    test.settle();
    assert_eq!(job.take_value(), Some(1));
}

#[test]
fn a_worker_is_given_up_after_the_grace_that_was_asked_for() {
    let grace = Duration::from_millis(20);
    let host = ParkHost::new();
    let options = RuntimeOptions::new()
        .cancel_grace(grace)
        .clock(Clock::real());
    let runtime = Runtime::with_options(host.clone(), options);
    let (_held, waits) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let job = runtime.spawn("deaf", async |cx| {
        cx.blocking("deaf", move |_token| {
            tell.send(())?;
            Ok(waits.recv()?)
        })
        .await
    });
    runtime.tick(secs(1));
    told.recv().unwrap(); // a call that has not begun ends with the cancel
    let began = std::time::Instant::now();
    job.cancel();
    assert_eq!(state(&job), "cancelling");
    host.run_until(&runtime, || job.is_finished());
    // The stopwatch of the runtime and the clock of this test differ a little.
    let took = began.elapsed();
    assert!((grace / 2..secs(4)).contains(&took), "{took:?}");
    assert_eq!(job.abandoned_workers(), 1);
}

#[test]
fn the_jitter_of_a_test_is_the_same_every_time() {
    let waited = |test: &TestRuntime| {
        let retry = || {
            test.spawn("stubborn", async |cx| {
                cx.retry(BackOff::default(), async |_| {
                    Err::<(), _>(JobError::new("no"))
                })
                .await
            })
        };
        let jobs = [retry(), retry()];
        test.run_until_idle();
        jobs.map(|job| job.active())
    };
    let [one, other] = waited(&TestRuntime::new());
    assert_ne!(one, other, "many are not retried together");
    assert_eq!(waited(&TestRuntime::new()), [one, other]);
    assert_ne!(
        waited(&runtime(RuntimeOptions::new().seed(7))),
        [one, other]
    );
}
