//! Driving a runtime from a thread without a window: for some time, until idle, to its orderly end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jobdeck::runtime::{Clock, JobError, ParkHost, Runtime};

use crate::support::{Story, secs, sleep_for, sleep_holding, state};

fn on_virtual_time() -> (Arc<ParkHost>, Runtime) {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    (host, runtime)
}

/// Tells its name every ten seconds.
fn ticker(runtime: &Runtime, story: &Story) -> jobdeck::runtime::Job {
    let told = story.clone();
    let job = runtime.spawn("ticker", async move |cx| {
        loop {
            cx.sleep(secs(10)).await?;
            told.tell(cx.now().since_start().as_secs().to_string());
        }
        #[expect(unreachable_code, reason = "the loop ends with the job only")]
        Ok::<(), JobError>(())
    });
    job.job().clone()
}

#[test]
fn exactly_the_given_time_passes_and_jobs_continue_in_the_next_run() {
    let (host, runtime) = on_virtual_time();
    let story = Story::default();
    let job = ticker(&runtime, &story);
    host.run_for(&runtime, secs(25));
    assert_eq!(runtime.now().since_start(), secs(25));
    assert_eq!(story.told(), ["10", "20"]);
    assert_eq!(state(&job), "running");
    host.run_for(&runtime, secs(4));
    assert_eq!(runtime.now().since_start(), secs(29));
    assert_eq!(story.told(), ["10", "20"]);
    host.run_for(&runtime, secs(20));
    assert_eq!(runtime.now().since_start(), secs(49));
    assert_eq!(story.told(), ["10", "20", "30", "40"]);
}

#[test]
fn a_job_due_at_the_end_of_a_run_ends_in_it() {
    let (host, runtime) = on_virtual_time();
    let story = Story::default();
    let _job = ticker(&runtime, &story);
    host.run_for(&runtime, secs(10));
    assert_eq!(story.told(), ["10"]);
}

#[test]
fn time_passes_also_when_there_is_nothing_to_do() {
    let (host, runtime) = on_virtual_time();
    host.run_for(&runtime, secs(60));
    assert_eq!(runtime.now().since_start(), secs(60));
    let paused = runtime.spawn("paused", async |cx| cx.sleep(secs(5)).await);
    host.run_for(&runtime, secs(1));
    paused.pause();
    host.run_for(&runtime, secs(60));
    assert_eq!(runtime.now().since_start(), secs(121));
    assert_eq!(state(&paused), "paused");
}

#[test]
fn a_run_ends_when_a_job_stops_it_and_the_jobs_stay_as_they_are() {
    let (host, runtime) = on_virtual_time();
    let story = Story::default();
    let job = ticker(&runtime, &story);
    let stops = runtime.clone();
    drop(runtime.spawn("stops", async move |cx| {
        cx.sleep(secs(15)).await?;
        stops.stop();
        Ok(())
    }));
    host.run(&runtime);
    assert_eq!(runtime.now().since_start(), secs(15));
    assert_eq!(state(&job), "running");
    host.run_for(&runtime, secs(10));
    assert_eq!(runtime.now().since_start(), secs(25));
    assert_eq!(story.told(), ["10", "20"]);
}

#[test]
fn a_stop_on_a_real_clock_wakes_the_parked_thread() {
    let host = ParkHost::new();
    let runtime = Runtime::new(host.clone());
    let stops = runtime.clone();
    drop(runtime.call_later(Duration::from_millis(5), move || stops.stop()));
    let sleeper = runtime.spawn("sleeper", async |cx| cx.sleep(secs(3600)).await);
    let began = Instant::now();
    host.run(&runtime);
    assert!(began.elapsed() < secs(20));
    assert_eq!(state(&sleeper), "running");
    sleeper.cancel();
}

#[test]
fn a_stop_without_a_driver_does_not_disturb_the_shutdown() {
    let (host, runtime) = on_virtual_time();
    let job = runtime.spawn("a", async |cx| {
        cx.on_cancel(sleep_for(secs(1)));
        cx.sleep(secs(100)).await
    });
    host.run_for(&runtime, secs(1));
    runtime.stop();
    host.shut_down(&runtime);
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn shutting_down_runs_every_cleanup_and_waits_for_the_threads() {
    let (host, runtime) = on_virtual_time();
    let story = Story::default();
    let told = story.clone();
    let outer = runtime.spawn("outer", async move |cx| {
        let for_child = told.clone();
        drop(cx.spawn("inner", async move |cx| {
            cx.on_cancel(async move |cx| {
                cx.sleep(secs(1)).await?;
                for_child.tell("inner");
                Ok(())
            });
            cx.sleep(secs(100)).await
        }));
        cx.on_cancel(async move |cx| {
            cx.sleep(Duration::from_millis(1500)).await?;
            told.tell("outer");
            Ok(())
        });
        cx.blocking("sleeps", |token| Ok(token.sleep(secs(1000))?))
            .await
    });
    let paused = runtime.spawn("paused", async |cx| cx.sleep(secs(9)).await);
    host.run_until(&runtime, || state(&outer) == "running");
    paused.pause();
    let began = Instant::now();
    host.shut_down(&runtime);
    assert!(began.elapsed() < secs(20));
    assert_eq!(story.told(), ["inner", "outer"]);
    assert_eq!([state(&outer), state(&paused)], ["cancelled"; 2]);
    assert_eq!(runtime.busy_workers(), 0);
    host.shut_down(&runtime);
}

#[test]
fn shutting_down_also_ends_jobs_started_by_a_drop() {
    struct Starts(Runtime, Story);
    impl Drop for Starts {
        fn drop(&mut self) {
            let told = self.1.clone();
            drop(self.0.spawn("late", async move |cx| {
                told.tell("began");
                cx.sleep(secs(3600)).await
            }));
        }
    }
    let (host, runtime) = on_virtual_time();
    let guard = Starts(runtime.clone(), Story::default());
    drop(runtime.spawn("a", sleep_holding(guard, secs(100))));
    host.run_for(&runtime, secs(1));
    host.shut_down(&runtime);
    assert!(runtime.now().since_start() < secs(60), "it waited for it");
}

#[test]
fn idle_is_when_everybody_is_finished_or_paused_or_waits_for_nothing() {
    let (host, runtime) = on_virtual_time();
    let done = runtime.spawn("done", async |cx| cx.sleep(secs(3600)).await);
    let paused = runtime.spawn("paused", async |cx| cx.sleep(secs(7200)).await);
    let lost = runtime.spawn("lost", async |_| {
        std::future::pending::<()>().await;
        Ok(())
    });
    paused.pause();
    host.run_until_idle(&runtime);
    assert_eq!(
        [state(&done), state(&paused), state(&lost)],
        ["done", "paused", "running"]
    );
    assert_eq!(runtime.now().since_start(), secs(3600));
}

#[test]
fn a_scaled_clock_passes_an_hour_in_a_moment_and_no_sleep_is_too_short() {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::scaled(36_000.0).unwrap());
    let began = Instant::now();
    let job = runtime.spawn("an hour", async |cx| cx.sleep(secs(3600)).await);
    let slept = host.block_on(&runtime, job).unwrap();
    assert!(
        slept.active >= secs(3600) && slept.wall >= secs(3600),
        "{slept:?}"
    );
    assert!(began.elapsed() >= Duration::from_millis(100));
    assert!(began.elapsed() < secs(20));
    host.run_for(&runtime, secs(3600));
    assert!(runtime.now().since_start() >= secs(7200));
    assert!(began.elapsed() < secs(20));
}

#[test]
fn a_slow_clock_lets_a_short_sleep_take_long() {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::scaled(0.1).unwrap());
    let began = Instant::now();
    let job = runtime.spawn("a", async |cx| cx.sleep(Duration::from_millis(2)).await);
    host.block_on(&runtime, job).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(20));
}

#[test]
fn blocking_on_a_job_that_cannot_end_returns_on_virtual_time() {
    let (host, runtime) = on_virtual_time();
    let job = runtime.spawn("lost", async |_| {
        std::future::pending::<()>().await;
        Ok(())
    });
    let error = host.block_on(&runtime, job).unwrap_err();
    assert_eq!(error.to_string(), "the job has not ended");
}
