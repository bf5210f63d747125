//! Rare combinations: circles, panics in unusual places, errors with a long chain.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use jobdeck::runtime::{
    Clock, ErrorKind, FINISHED_KEPT, JobContext, JobError, JobHandle, Outcome, ParkHost, Runtime,
    Step, Warning,
};
use jobdeck::testing::TestRuntime;

use crate::support::{Bench, Story, TellsDrop, failure, secs, sleep_holding, state};

struct PanicsInDrop(&'static str);

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("{}", self.0)
    }
}

/// Whether it ends; on a thread of its own, for what does not would never come back.
fn ends(run: impl FnOnce() + Send + 'static) -> bool {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        run();
        tell.send(()).unwrap();
    });
    told.recv_timeout(secs(20)).is_ok()
}

#[test]
fn jobs_that_wait_for_each_other_have_a_tree_with_an_end() {
    let bench = Bench::new();
    let slot: Rc<RefCell<Option<JobHandle<()>>>> = Rc::default();
    let other = slot.clone();
    let a = bench.runtime.spawn("a", async move |_| {
        let b = other.borrow_mut().take().unwrap();
        b.await
    });
    let job = a.job().clone();
    let b = bench.runtime.spawn("b", async move |_| a.await);
    *slot.borrow_mut() = Some(b);
    bench.settle();
    let tree = job.await_tree();
    assert_eq!(tree[0].label, "b");
    assert_eq!(tree[0].children[0].label, "a");
    assert!(tree[0].children[0].children.is_empty());
}

#[test]
fn a_test_runs_until_idle_with_a_worker() {
    assert!(ends(|| {
        let test = TestRuntime::new();
        let job = test.spawn("worker", async |cx| {
            cx.blocking("nap", |_| {
                std::thread::sleep(Duration::from_millis(30));
                Ok(1)
            })
            .await
        });
        test.run_until_idle();
        assert_eq!(job.take_value(), Some(1));
    }));
}

#[test]
fn a_job_started_by_a_cleanup_is_shut_down_too() {
    assert!(ends(|| {
        let host = ParkHost::new();
        let runtime = Runtime::new(host.clone());
        let again = runtime.clone();
        runtime.spawn("first", async move |cx| {
            cx.on_cancel(async move |_| {
                again.spawn("second", async |cx| {
                    cx.on_cancel(async |_| Ok(()));
                    cx.sleep(secs(3600)).await
                });
                Ok(())
            });
            cx.sleep(secs(3600)).await
        });
        host.run_for(&runtime, Duration::from_millis(5));
        host.shut_down(&runtime);
    }));
}

#[test]
fn a_job_resumed_by_the_condition_of_run_until_runs() {
    assert!(ends(|| {
        let host = ParkHost::new();
        let runtime = Runtime::new(host.clone());
        let job = runtime.spawn("paused", async |_| Ok(()));
        job.pause();
        let looks = Cell::new(0);
        host.run_until(&runtime, || {
            looks.set(looks.get() + 1);
            if looks.get() == 2 {
                job.resume();
            }
            job.is_finished()
        });
    }));
}

#[test]
fn a_value_that_is_never_taken_may_panic_in_its_drop() {
    let bench = Bench::new();
    let remote = bench.runtime.remote();
    drop(remote.spawn("value", async |_| Ok(PanicsInDrop("value"))));
    let local = bench
        .runtime
        .spawn("value", async |_| Ok(PanicsInDrop("value")));
    drop(local.into_remote());
    bench.settle();
    let bomb = PanicsInDrop("code");
    drop(remote.spawn("never", async move |_| {
        let _bomb = bomb;
        Ok(())
    }));
    drop(bench);
}

#[test]
fn sleeps_of_no_time_let_the_tick_end() {
    assert!(ends(|| {
        let bench = Bench::new();
        let job = bench
            .runtime
            .spawn("restless", async |cx| -> Result<(), JobError> {
                loop {
                    cx.sleep(Duration::ZERO).await?;
                }
            });
        bench.tick();
        job.cancel();
        assert_eq!(state(&job), "cancelled");
    }));
}

#[test]
fn waits_that_are_over_at_once_share_polls_whatever_time_they_take() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("restless", async |cx| {
        for number in 0..300 {
            if number % 100 == 0 {
                std::thread::sleep(Duration::from_millis(3));
            }
            cx.sleep(Duration::ZERO).await?;
        }
        Ok(())
    });
    bench.settle();
    assert_eq!(state(&job), "done");
    assert_eq!(job.statistics().polls, 3, "a slow machine has the same");
}

#[test]
fn failures_that_were_told_are_not_kept() {
    #[derive(Debug, thiserror::Error)]
    #[error("counted")]
    struct Counted(Arc<()>);

    let bench = Bench::new();
    let count = Arc::new(());
    let mine = count.clone();
    let job = bench.runtime.spawn("service", async move |cx| {
        for _ in 0..5000 {
            let one = mine.clone();
            let child = cx.spawn("call", async move |_| {
                Err::<(), JobError>(Counted(one).into())
            });
            assert!(child.await.is_err());
        }
        cx.sleep(secs(1)).await
    });
    bench.settle();
    assert_eq!(state(&job), "running");
    assert!(Arc::strong_count(&count) < FINISHED_KEPT + 100);
}

#[test]
fn a_fast_clock_leaves_threads_their_grace() {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::scaled(1000.0).unwrap());
    let job = runtime.spawn("busy", async |cx| {
        cx.blocking("nap", |_| {
            std::thread::sleep(Duration::from_millis(300));
            Ok(())
        })
        .await
    });
    host.run_for(&runtime, secs(50));
    job.cancel();
    host.run_until(&runtime, || job.is_finished());
    assert_eq!(job.abandoned_workers(), 0);
}

#[test]
fn a_slow_drop_is_not_the_next_jobs_poll() {
    struct Slow;
    impl Drop for Slow {
        fn drop(&mut self) {
            std::thread::sleep(Duration::from_millis(400));
        }
    }
    let bench = Bench::new();
    let _slow = bench
        .runtime
        .builder("slow")
        .time_limit(secs(1))
        .spawn(sleep_holding(Slow, secs(100)));
    let quick = bench.runtime.spawn("quick", async |cx| {
        cx.sleep(secs(1)).await?;
        cx.sleep(secs(100)).await
    });
    bench.settle();
    bench.pass(secs(1));
    assert!(quick.statistics().longest_poll < Duration::from_millis(400));
}

#[test]
fn a_panic_keeps_its_place_when_a_drop_on_its_way_panics() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .spawn("outer", async |cx| -> Result<(), JobError> {
            let child = cx.spawn("child", sleep_holding(PanicsInDrop("inner"), secs(9)));
            let _guard = child.cancel_on_drop();
            cx.sleep(secs(1)).await?;
            panic!("outer")
        });
    bench.settle();
    bench.pass(secs(1));
    let Some(Outcome::Panicked(report)) = job.outcome() else {
        panic!("{job:?}")
    };
    assert_eq!(report.message(), "outer");
    assert!(report.location().is_some_and(|at| at.contains("edges.rs")));
}

#[test]
fn a_panic_has_no_other_jobs_place() {
    let bench = Bench::new();
    let _caught = bench.runtime.spawn("a", async |_| {
        assert!(std::panic::catch_unwind(|| panic!("a's own")).is_err());
        Ok(())
    });
    let job = bench.runtime.spawn("b", async |_| -> Result<(), JobError> {
        std::panic::resume_unwind(Box::new("b's"))
    });
    bench.settle();
    let Some(Outcome::Panicked(report)) = job.outcome() else {
        panic!("{job:?}")
    };
    assert_eq!((report.message(), report.location()), ("b's", None));
}

#[test]
fn an_error_is_found_along_the_chain() {
    #[derive(Debug, thiserror::Error)]
    #[error("wrap")]
    struct Wrap(#[source] std::io::Error);

    let error = JobError::from(Wrap(std::io::Error::other("x"))).context("c");
    assert!(error.downcast_ref::<Wrap>().is_some());
    assert!(error.downcast_ref::<std::io::Error>().is_some());
}

#[test]
fn added_context_keeps_the_job_and_step_of_an_error() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .spawn("outer", async |cx| -> Result<(), JobError> {
            let child = cx.spawn("inner", async |cx: JobContext| {
                cx.step(Step::computing("Saving"));
                Err::<(), _>(JobError::new("no"))
            });
            child.await.map_err(|error| error.context("while saving"))
        });
    bench.settle();
    let error = failure(&job);
    assert_eq!(format!("{error:#}"), "while saving: no");
    assert_eq!(
        (error.job(), error.step()),
        (Some("outer / inner"), Some("Saving"))
    );
}

#[test]
fn a_cleanup_that_an_ended_job_registers_is_not_kept() {
    let bench = Bench::new();
    let story = Story::default();
    let slot: Rc<RefCell<Option<JobContext>>> = Rc::default();
    let keep = slot.clone();
    let job = bench.runtime.spawn("over", async move |cx| {
        *keep.borrow_mut() = Some(cx);
        Ok(())
    });
    bench.settle();
    let cx = slot.borrow_mut().take().unwrap();
    let kept = (cx.clone(), TellsDrop(story.clone(), "dropped"));
    cx.on_cancel(async move |_| {
        let _kept = kept;
        Ok(())
    });
    drop((cx, job, bench));
    assert_eq!(story.told(), ["dropped"]);
}

#[test]
fn a_job_whose_future_is_never_woken_waits_on_nothing() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("listener", async |cx| {
        cx.wait_for("the bell", std::future::pending::<()>()).await
    });
    bench.settle();
    assert_eq!(job.warnings(), [Warning::WaitsOnNothing]);
}

#[test]
fn a_cancelled_token_is_paused_no_more() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let (ready, begun) = mpsc::channel();
    let job = bench.spawn_call("sleeping", move |token| {
        ready.send(()).unwrap();
        let slept = token.sleep(secs(3600));
        tell.send(token.is_paused()).unwrap();
        Ok(slept?)
    });
    bench.settle();
    begun.recv_timeout(secs(20)).unwrap();
    job.pause();
    bench.tick_until(|| state(&job) == "paused");
    job.cancel();
    assert_eq!(told.recv_timeout(secs(20)), Ok(false));
}

#[test]
fn blocking_on_a_job_of_another_runtime_is_an_error_and_no_hang() {
    assert!(ends(|| {
        let host = ParkHost::new();
        let one = Runtime::new(host.clone());
        let two = Runtime::new(ParkHost::new());
        let job = two.spawn("elsewhere", async |_| Ok(1));
        let error = host.block_on(&one, job).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::OtherRuntime));
    }));
}

#[test]
fn joining_on_the_own_thread_is_an_error_and_no_hang() {
    assert!(ends(|| {
        let runtime = Runtime::new(ParkHost::new());
        let job = runtime.remote().spawn("mine", async |_| Ok(1));
        let error = job.join().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidInput), "{error}");
    }));
}
