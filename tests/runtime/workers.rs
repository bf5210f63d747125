//! Worker threads: cancelled at once, waited for, and abandoned if they do not react.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use jobdeck::runtime::{
    BLOCKING_THREADS, CANCEL_GRACE, Clock, ErrorKind, JobError, JobHandle, ParkHost, Runtime,
    StepKind,
};

use crate::support::{Bench, secs, state};

#[test]
fn the_result_comes_back_also_when_it_was_there_before_it_is_awaited() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let early = cx.blocking("early", |_| Ok(1));
        let late = cx.blocking("late", |_| Ok(2)).await?;
        Ok(early.await? + late)
    });
    bench.tick_until(|| job.is_finished());
    assert_eq!(job.take_value(), Some(3));
    assert_eq!(bench.runtime.busy_workers(), 0);
}

#[test]
fn a_cancelled_sleeper_in_a_thread_ends_at_once() {
    let bench = Bench::new();
    let job = bench.spawn_call("sleeping", |token| {
        token.sleep(secs(3600))?;
        Ok(())
    });
    bench.tick();
    let began = Instant::now();
    job.cancel();
    assert_eq!(state(&job), "cancelling", "until its thread has let go");
    bench.tick_until(|| job.is_finished());
    assert_eq!(state(&job), "cancelled");
    assert!(began.elapsed() < secs(10));
    assert_eq!(bench.runtime.busy_workers(), 0);
}

#[test]
fn pausing_is_shown_until_the_thread_stops_at_a_checkpoint() {
    let bench = Bench::new();
    let (ask, asked) = mpsc::channel::<()>();
    let counted = Arc::new(AtomicUsize::new(0));
    let count = counted.clone();
    let job = bench.spawn_call("counting", move |token| {
        while asked.recv().is_ok() {
            token.checkpoint()?;
            count.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    });
    bench.tick();
    ask.send(()).unwrap();
    bench.tick_until(|| counted.load(Ordering::SeqCst) == 1);
    job.pause();
    assert_eq!(state(&job), "pausing", "it is inside the call");
    ask.send(()).unwrap();
    bench.tick_until(|| state(&job) == "paused");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(counted.load(Ordering::SeqCst), 1, "stopped means stopped");
    job.resume();
    assert_eq!(state(&job), "running");
    bench.tick_until(|| counted.load(Ordering::SeqCst) == 2);
    drop(ask);
    bench.tick_until(|| job.is_finished());
    assert_eq!(state(&job), "done");
}

#[test]
fn a_job_paused_between_its_workers_end_and_its_next_step_stays_paused() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let job = bench.spawn_call("quick", move |_| {
        let _ = gone.recv();
        tell.send(()).unwrap();
        Ok(4)
    });
    bench.tick();
    drop(go); // not before: the same tick could see it end
    told.recv_timeout(secs(20)).unwrap();
    job.pause();
    bench.tick_until(|| bench.runtime.busy_workers() == 0);
    for _ in 0..10 {
        bench.tick();
    }
    assert_eq!(state(&job), "paused");
    job.resume();
    bench.tick();
    assert_eq!(job.take_value(), Some(4));
}

#[test]
fn a_worker_that_does_not_react_is_abandoned_after_the_grace_period() {
    let bench = Bench::new();
    let [begun, release] = [false; 2].map(|flag| Arc::new(AtomicBool::new(flag)));
    let (begins, released) = (begun.clone(), release.clone());
    let job = bench.spawn_call("deaf", move |_| {
        begins.store(true, Ordering::SeqCst);
        while !released.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    });
    // A thread that has not begun yet would end at once.
    bench.tick_until(|| begun.load(Ordering::SeqCst));
    job.cancel();
    bench.pass(CANCEL_GRACE - Duration::from_millis(1));
    assert_eq!(state(&job), "cancelling");
    bench.pass(Duration::from_millis(1));
    assert_eq!(state(&job), "cancelled");
    assert_eq!(job.abandoned_workers(), 1);
    assert_eq!(bench.runtime.abandoned_workers(), 1);
    assert_eq!(bench.runtime.busy_workers(), 0);
    assert!(job.log_lines()[0].text.contains("abandoned"));
    release.store(true, Ordering::SeqCst);
    bench.tick_until(|| bench.runtime.abandoned_workers() == 0);
}

#[test]
fn dropping_a_worker_cancels_it_and_not_its_job() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let ended = Arc::new(AtomicBool::new(false));
    let end = ended.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        let worker = cx.blocking("unwanted", move |token| {
            tell.send(()).unwrap();
            let slept = token.sleep(secs(3600));
            end.store(slept.is_err(), Ordering::SeqCst);
            Ok(())
        });
        cx.sleep(secs(1)).await?;
        drop(worker);
        cx.sleep(secs(1)).await?;
        Ok(9)
    });
    bench.tick();
    told.recv_timeout(secs(20)).unwrap();
    bench.pass(secs(1));
    bench.tick_until(|| ended.load(Ordering::SeqCst));
    bench.pass(secs(1));
    assert_eq!(job.take_value(), Some(9));
}

#[test]
fn more_calls_than_threads_wait_their_turn_visibly() {
    let bench = Bench::new();
    let busy = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let release = Arc::new(AtomicBool::new(false));
    let jobs: Vec<_> = (0..BLOCKING_THREADS + 5)
        .map(|_| {
            let (busy, most, release) = (busy.clone(), most.clone(), release.clone());
            bench.spawn_call("holding", move |token| {
                most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                while !release.load(Ordering::SeqCst) {
                    token.sleep(Duration::from_millis(1))?;
                }
                busy.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        })
        .collect();
    let last = &jobs[BLOCKING_THREADS + 4];
    bench.tick_until(|| busy.load(Ordering::SeqCst) == BLOCKING_THREADS && last.step().is_some());
    assert!(matches!(
        last.step().map(|step| step.kind),
        Some(StepKind::Waiting { .. })
    ));
    last.cancel();
    bench.tick();
    assert_eq!(
        state(last),
        "cancelled",
        "what waits has no thread to wait for"
    );
    release.store(true, Ordering::SeqCst);
    bench.tick_until(|| jobs.iter().all(|job| job.is_finished()));
    assert_eq!(most.load(Ordering::SeqCst), BLOCKING_THREADS);
    assert!(
        jobs[..BLOCKING_THREADS + 4]
            .iter()
            .all(|job| state(job) == "done")
    );
}

#[test]
fn hooks_run_when_the_token_fires_and_not_when_taken_back() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let job = bench.spawn_call("hooked", move |token| {
        let kept_tell = tell.clone();
        let _kept = token.on_cancel(move || kept_tell.send("kept").unwrap());
        let back_tell = tell.clone();
        drop(token.on_cancel(move || back_tell.send("taken back").unwrap()));
        tell.send("ready").unwrap();
        let cancelled = token.sleep(secs(3600)).unwrap_err();
        let late_tell = tell.clone();
        let _late = token.on_cancel(move || late_tell.send("late").unwrap());
        Err::<(), _>(cancelled.into())
    });
    bench.tick();
    assert_eq!(told.recv_timeout(secs(20)), Ok("ready"));
    job.cancel();
    let mut heard: Vec<_> = told.try_iter().collect();
    assert!(heard.contains(&"kept"), "within the call: {heard:?}");
    bench.tick_until(|| job.is_finished());
    heard.extend(told.try_iter());
    heard.sort_unstable();
    assert_eq!(heard, ["kept", "late"]);
}

#[test]
fn a_token_keeps_count_of_its_pauses() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let job = bench.spawn_call("waiting", move |token| {
        tell.send(Duration::ZERO).unwrap();
        token.sleep(Duration::from_millis(50))?;
        tell.send(token.paused_time()).unwrap();
        Ok(())
    });
    bench.tick();
    told.recv_timeout(secs(20)).unwrap();
    job.pause();
    std::thread::sleep(Duration::from_millis(120));
    job.resume();
    let paused = told.recv_timeout(secs(20)).unwrap();
    assert!(paused >= Duration::from_millis(120), "{paused:?}");
    bench.tick_until(|| job.is_finished());
}

#[test]
fn a_worker_asked_for_after_the_end_is_refused() {
    let bench = Bench::new();
    let (job, cx) = bench.done_with_context();
    assert_eq!(state(&job), "done");
    let other = bench.runtime.spawn("b", async move |_| {
        Ok(cx.blocking("too late", |_| Ok(())).await)
    });
    bench.tick_until(|| other.is_finished());
    let error = other.take_value().unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Cancelled));
}

#[test]
fn a_failure_stays_a_failure_when_its_wait_for_a_thread_is_cancelled() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let job = bench.runtime.spawn("a", async move |cx| {
        let _deaf = cx.blocking("deaf", move |_| {
            tell.send(()).unwrap();
            Ok(released.recv().is_err())
        });
        cx.sleep(secs(1)).await?;
        Err::<(), _>(JobError::new("broken"))
    });
    bench.tick();
    told.recv_timeout(secs(20)).unwrap();
    bench.pass(secs(1));
    assert_eq!(state(&job), "completing");
    assert!(job.cancel());
    assert_eq!(state(&job), "cancelling");
    drop(release);
    bench.tick_until(|| job.is_finished());
    assert_eq!(state(&job), "failed");
}

#[test]
fn a_panic_in_a_hook_is_contained() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let job = bench.spawn_call("hooked", move |token| {
        let _bad = token.on_cancel(|| panic!("a bad hook"));
        let good_tell = tell.clone();
        let _good = token.on_cancel(move || good_tell.send("good").unwrap());
        tell.send("ready").unwrap();
        token.sleep(secs(3600))?;
        Ok(())
    });
    bench.tick();
    assert_eq!(told.recv_timeout(secs(20)), Ok("ready"));
    assert!(job.cancel());
    assert_eq!(told.recv_timeout(secs(20)), Ok("good"));
    bench.tick_until(|| job.is_finished());
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn a_result_that_panics_when_it_is_dropped_unread_does_not_hold_its_job() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a bad drop");
        }
    }
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let job = bench.runtime.spawn("a", async move |cx| {
        let bomb = cx.blocking("bomb", move |_| {
            tell.send(()).unwrap();
            let _ = released.recv();
            Ok(Bomb)
        });
        bomb.await.map(std::mem::forget)
    });
    bench.tick();
    told.recv_timeout(secs(20)).unwrap();
    job.cancel();
    drop(release);
    bench.tick_until(|| job.is_finished());
    assert_eq!(state(&job), "cancelled");
    assert_eq!(bench.runtime.busy_workers(), 0);
}

#[test]
fn the_grace_periods_of_a_family_are_not_added_up() {
    let bench = Bench::new();
    let release = Arc::new(AtomicBool::new(false));
    let deaf = |release: &Arc<AtomicBool>| {
        let release = release.clone();
        move |_: &jobdeck::runtime::Token| {
            while !release.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(())
        }
    };
    let (of_parent, of_child) = (deaf(&release), deaf(&release));
    let job = bench.runtime.spawn("parent", async move |cx| {
        let own = cx.blocking("parent's", of_parent);
        cx.spawn("child", async move |cx| {
            cx.blocking("child's", of_child).await
        })
        .await?;
        own.await
    });
    bench.tick();
    bench.tick();
    assert_eq!(bench.runtime.busy_workers(), 2);
    job.cancel();
    bench.pass(CANCEL_GRACE);
    assert_eq!(state(&job), "cancelled");
    release.store(true, Ordering::SeqCst);
    bench.tick_until(|| bench.runtime.abandoned_workers() == 0);
}

#[test]
fn the_wait_for_a_cancelled_thread_is_no_pause() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let job = bench.spawn_call("deaf", move |_| {
        tell.send(()).unwrap();
        Ok(released.recv().is_err())
    });
    bench.tick();
    told.recv_timeout(secs(20)).unwrap();
    bench.pass(secs(1));
    job.pause();
    bench.pass(secs(10));
    job.cancel();
    assert!(!job.is_paused());
    bench.pass(secs(3));
    assert_eq!(state(&job), "cancelling");
    drop(release);
    bench.tick_until(|| job.is_finished());
    assert_eq!(job.active(), secs(4), "all but the pause");
}

#[test]
fn a_stopped_thread_of_a_paused_job_does_not_keep_a_driver_waiting() {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for clock in [Clock::virtual_time(), Clock::real()] {
            let host = ParkHost::new();
            let runtime = Runtime::with_clock(host.clone(), clock);
            let job = runtime.spawn("a", async |cx| {
                cx.blocking("sleeping", |token| {
                    token.sleep(secs(3600))?;
                    Ok(())
                })
                .await
            });
            runtime.tick(secs(1));
            job.pause();
            host.run_until_idle(&runtime);
            tell.send(state(&job)).unwrap();
            job.cancel();
            host.run_until_idle(&runtime);
            tell.send(state(&job)).unwrap();
        }
    });
    for expected in ["paused", "cancelled", "paused", "cancelled"] {
        assert_eq!(told.recv_timeout(secs(20)), Ok(expected));
    }
}

/// The threads of this number of consecutive calls.
fn threads_of_calls(
    bench: &Bench,
    label: &'static str,
    calls: usize,
) -> std::collections::HashSet<std::thread::ThreadId> {
    let job = bench.runtime.spawn("calls", async move |cx| {
        let mut threads = std::collections::HashSet::new();
        for _ in 0..calls {
            threads.insert(
                cx.blocking(label, |_| Ok(std::thread::current().id()))
                    .await?,
            );
        }
        Ok(threads)
    });
    bench.tick_until(|| job.is_finished());
    job.take_value().unwrap()
}

#[test]
fn calls_one_after_the_other_share_threads_of_their_name() {
    let bench = Bench::new();
    let threads = threads_of_calls(&bench, "shared", 200);
    assert!(threads.len() < 200, "{} threads", threads.len());
    let job = bench.spawn_call("of another name", |_| {
        Ok(std::thread::current().name().map(str::to_owned))
    });
    bench.tick_until(|| job.is_finished());
    assert_eq!(
        job.take_value().flatten().as_deref(),
        Some("of another name")
    );
}

#[test]
fn the_thread_of_a_panic_is_not_used_again() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let job = bench.runtime.spawn("a", async move |cx| {
        let panicking = cx.blocking("panicking", move |_| -> Result<(), JobError> {
            tell.send(std::thread::current().id()).unwrap();
            panic!("deliberate")
        });
        let error = panicking.await.unwrap_err();
        Ok(matches!(error.kind(), ErrorKind::Panicked(_)))
    });
    bench.tick_until(|| job.is_finished());
    assert_eq!(job.take_value(), Some(true));
    let panicked = told.recv().unwrap();
    let threads = threads_of_calls(&bench, "panicking", 50);
    assert!(!threads.contains(&panicked));
}

#[test]
fn the_thread_of_a_call_that_was_given_up_is_not_used_again() {
    let bench = Bench::new();
    let (tell, told) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let job = bench.spawn_call("given up", move |_| {
        tell.send(std::thread::current().id()).unwrap();
        Ok(released.recv().is_err())
    });
    bench.tick();
    let given_up = told.recv_timeout(secs(20)).unwrap();
    job.cancel();
    bench.pass(CANCEL_GRACE);
    assert_eq!(bench.runtime.abandoned_workers(), 1);
    drop(release);
    bench.tick_until(|| bench.runtime.abandoned_workers() == 0);
    let threads = threads_of_calls(&bench, "given up", 50);
    assert!(!threads.contains(&given_up));
}

/// A call that stands still by itself, from when it tells to when it is told.
fn standing_call(bench: &Bench) -> (JobHandle<u32>, mpsc::Receiver<()>, mpsc::Sender<u32>) {
    let (tell, told) = mpsc::channel();
    let (exit, exited) = mpsc::channel();
    let job = bench.spawn_call("process", move |token| {
        let waits = || {
            tell.send(()).unwrap();
            exited.recv()
        };
        Ok(token.standing_still(waits)??)
    });
    bench.tick();
    (job, told, exit)
}

#[test]
fn a_call_that_stands_still_by_itself_is_shown_as_paused_at_once() {
    let bench = Bench::new();
    let (job, told, exit) = standing_call(&bench);
    told.recv().unwrap();
    assert!(
        bench.runtime.has_moving_workers(),
        "it moves while it is not paused"
    );
    job.pause();
    assert_eq!(state(&job), "paused");
    assert!(!bench.runtime.has_moving_workers());
    // The process ends in the pause: the thread waits for the end of the pause.
    exit.send(7).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    bench.settle();
    assert_eq!(state(&job), "paused");
    job.resume();
    bench.tick_until(|| job.is_finished());
    assert_eq!(job.take_value(), Some(7));
}

#[test]
fn a_cancel_ends_a_standing_call_through_what_it_waits_for() {
    let bench = Bench::new();
    let (job, told, exit) = standing_call(&bench);
    told.recv().unwrap();
    job.cancel();
    assert_eq!(state(&job), "cancelling");
    drop(exit); // as a hook that kills the process
    bench.tick_until(|| job.is_finished());
    assert_eq!((state(&job), job.abandoned_workers()), ("cancelled", 0));
}

#[test]
fn a_panic_ends_the_standing_still() {
    let bench = Bench::new();
    let (go_on, waits) = mpsc::channel::<()>();
    let job = bench.spawn_call("process", move |token| {
        let panics = || token.standing_still(|| panic!("deliberate"));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics));
        assert!(caught.is_err());
        Ok(waits.recv()?)
    });
    bench.tick();
    std::thread::sleep(Duration::from_millis(20));
    job.pause();
    assert_eq!(state(&job), "pausing", "it is no checkpoint");
    drop(go_on);
    bench.tick_until(|| state(&job) == "paused");
    job.cancel();
}
