//! Bugs of this runtime's predecessors, one test each.

use std::time::Duration;

use jobdeck::runtime::{Clock, ErrorKind, ParkHost, Runtime};

use crate::support::{Bench, Story, TellsDrop, secs, sleep_for, state};

#[test]
fn a_job_cancelled_before_its_first_step_does_not_come_back_to_life() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("a", async move |_| {
        told.tell("ran");
        Ok(())
    });
    job.cancel();
    job.resume();
    bench.pass(secs(1));
    assert_eq!(story.told(), [""; 0]);
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn awaiting_a_cancelled_job_returns() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let child = cx.spawn("child", sleep_for(secs(9)));
        child.cancel();
        let error = child.await.unwrap_err();
        Ok(matches!(error.kind(), ErrorKind::Cancelled))
    });
    while bench.tick().more_ready {}
    assert_eq!(job.take_value(), Some(true));
}

#[test]
fn awaiting_a_job_that_is_cancelled_later_returns_too() {
    let bench = Bench::new();
    let victim = bench.runtime.spawn("victim", sleep_for(secs(9)));
    let view = victim.job().clone();
    let waiter = bench
        .runtime
        .spawn("waiter", async move |_| Ok(victim.await.is_err()));
    bench.tick();
    assert_eq!(state(&waiter), "running");
    view.cancel();
    bench.tick();
    assert_eq!(waiter.take_value(), Some(true));
}

#[test]
fn nothing_is_polled_on_a_timer_while_idle() {
    let bench = Bench::new();
    let _paused = {
        let job = bench.runtime.spawn("paused", sleep_for(secs(1)));
        bench.tick();
        job.pause();
        job
    };
    drop(bench.runtime.spawn("done", async |_| Ok(())));
    bench.tick();
    let wakes = bench.host.wakes();
    for _ in 0..50 {
        bench.clock.advance(secs(60));
        assert_eq!(bench.tick().polls, 0);
    }
    assert_eq!(bench.host.wakes(), wakes);
    assert_eq!(bench.host.take_delay(), None);
}

/// A host that says when the last that knew it has let go: the queue holds it, and every waker
/// holds the queue.
struct TellsEnd(std::sync::mpsc::Sender<()>);

impl jobdeck::runtime::Host for TellsEnd {
    fn wake(&self) {}

    fn wake_after(&self, _delay: Duration) {}
}

impl Drop for TellsEnd {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_wake_after_the_end_of_the_runtime_is_harmless() {
    let story = Story::default();
    let wakers = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (tell_end, ended) = std::sync::mpsc::channel();
    let runtime = Runtime::new(std::sync::Arc::new(TellsEnd(tell_end)));
    let (kept, told) = (wakers.clone(), story.clone());
    drop(runtime.spawn("a", async move |_| {
        let _guard = TellsDrop(told, "dropped");
        std::future::poll_fn(|cx| {
            kept.lock().unwrap().push(cx.waker().clone());
            std::task::Poll::<()>::Pending
        })
        .await;
        Ok(())
    }));
    runtime.tick(Duration::from_millis(100));
    drop(runtime);
    assert_eq!(story.told(), ["dropped"], "here, and not on the thread");
    let wakers = std::mem::take(&mut *wakers.lock().unwrap());
    assert_eq!(wakers.len(), 1);
    let woken = std::thread::spawn(move || wakers.into_iter().for_each(std::task::Waker::wake));
    assert!(woken.join().is_ok());
    assert_eq!(ended.recv_timeout(secs(20)), Ok(()), "nothing is left");
}

#[test]
fn a_worker_that_ends_after_the_runtime_leaves_nothing_behind() {
    let (tell_end, ended) = std::sync::mpsc::channel();
    let runtime = Runtime::new(std::sync::Arc::new(TellsEnd(tell_end)));
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    drop(runtime.spawn("a", async move |cx| {
        cx.blocking("late", move |_| {
            tell.send(()).unwrap();
            let _ = released.recv();
            Ok(())
        })
        .await
    }));
    runtime.tick(Duration::from_millis(100));
    told.recv_timeout(secs(20)).unwrap();
    drop(runtime);
    assert!(
        ended.try_recv().is_err(),
        "the thread still holds the queue"
    );
    release.send(()).unwrap();
    assert_eq!(ended.recv_timeout(secs(20)), Ok(()));
}

#[test]
fn virtual_time_does_not_jump_while_a_worker_is_busy() {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    let job = runtime.spawn("a", async |cx| {
        let mut limit = std::pin::pin!(cx.sleep(secs(5)));
        let mut work = std::pin::pin!(cx.blocking("working", |_| {
            std::thread::sleep(Duration::from_millis(30));
            Ok(())
        }));
        let first = futures_util::future::select(&mut work, &mut limit).await;
        Ok(matches!(first, futures_util::future::Either::Left(_)))
    });
    assert!(host.block_on(&runtime, job).unwrap());
    assert_eq!(runtime.now().since_start(), Duration::ZERO);
}

#[test]
fn a_parked_thread_runs_until_idle() {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    let sleeper = runtime.spawn("a", sleep_for(secs(7)));
    let stuck = runtime.spawn("b", async |_| {
        std::future::pending::<()>().await;
        Ok(())
    });
    host.run_until_idle(&runtime);
    assert_eq!([state(&sleeper), state(&stuck)], ["done", "running"]);
    assert_eq!(runtime.now().since_start(), secs(7));
}

#[test]
fn a_stuck_thread_is_abandoned_also_on_a_virtual_clock_that_stands_still() {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let job = runtime.spawn("a", async move |cx| {
        cx.blocking("deaf", move |_| {
            tell.send(()).unwrap();
            Ok(released.recv().is_err())
        })
        .await
    });
    runtime.tick(secs(1));
    told.recv_timeout(secs(20)).unwrap();
    job.cancel();
    host.run_until(&runtime, || job.is_finished());
    assert_eq!(state(&job), "cancelled");
    assert_eq!(job.abandoned_workers(), 1);
    drop(release);
}

#[test]
fn a_handle_that_outlives_its_runtime_finds_the_job_at_its_end() {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let runtime = Runtime::new(ParkHost::new());
    let busy = runtime.spawn("busy", async move |cx| {
        cx.blocking("deaf", move |_| Ok(released.recv().is_err()))
            .await
    });
    let parent = runtime.spawn("parent", async |cx| {
        cx.spawn("child", async |cx| cx.sleep(secs(9)).await)
            .await
            .map(drop)
    });
    runtime.tick(secs(1));
    drop(runtime);
    assert_eq!([state(&busy), state(&parent)], ["cancelled"; 2]);
    drop(release);
}

#[test]
fn nothing_is_reported_of_a_job_after_its_end() {
    let bench = Bench::new();
    let (job, cx) = bench.done_with_context();
    cx.step(jobdeck::runtime::Step::computing("too late"));
    assert!(job.step().is_none());
    assert!(job.steps_from(0).is_empty());
}

#[test]
fn a_watcher_that_is_dropped_leaves_no_waker_behind() {
    let bench = Bench::new();
    let watched = bench.runtime.spawn("watched", sleep_for(secs(60)));
    let impatient = bench.runtime.spawn("impatient", async move |cx| {
        let limit = cx.timeout(secs(1), watched).await;
        assert!(limit.is_err());
        std::future::pending::<()>().await;
        Ok(())
    });
    bench.tick();
    assert!(impatient.warnings().is_empty());
    bench.pass(secs(1));
    assert_eq!(
        impatient.warnings(),
        [jobdeck::runtime::Warning::WaitsOnNothing],
        "nobody holds its waker any more"
    );
}

#[test]
fn a_call_that_its_token_ended_is_cancelled_and_no_failure() {
    let bench = Bench::new();
    let (tell, told) = std::sync::mpsc::channel();
    let job = bench.runtime.spawn("a", async move |cx| {
        let call = cx.blocking("sleeping", move |token| {
            tell.send(()).unwrap();
            token.sleep(secs(3600))?;
            Ok(())
        });
        cx.sleep(secs(1)).await?;
        call.cancel();
        let error = call.await.unwrap_err();
        Ok(matches!(error.kind(), ErrorKind::Cancelled))
    });
    bench.tick();
    told.recv_timeout(secs(20)).unwrap();
    bench.pass(secs(1));
    bench.tick_until(|| job.is_finished());
    assert_eq!(job.take_value(), Some(true));
}

#[test]
fn a_timer_due_at_the_end_of_a_run_fires_in_it() {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    let job = runtime.spawn("a", sleep_for(secs(1)));
    host.run_for(&runtime, secs(1));
    assert_eq!(state(&job), "done");
    assert_eq!(runtime.now().since_start(), secs(1));
}
