//! Jobs that other threads spawn, cancel and join.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use jobdeck::runtime::{ErrorKind, JobError, RemoteHandle, RemoteJob};

use crate::support::{Bench, Story, secs, sleep_for, state};

/// Joins in another thread while this one ticks.
fn join<T: Send + 'static>(bench: &Bench, job: RemoteHandle<T>) -> Result<T, JobError> {
    let waits = thread::spawn(move || job.join());
    bench.tick_until(|| waits.is_finished());
    waits.join().unwrap()
}

#[test]
fn many_threads_start_jobs_and_each_gets_its_own_value() {
    let bench = Bench::new();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let remote = bench.runtime.remote();
            thread::spawn(move || {
                let jobs: Vec<_> = (0..50)
                    .map(|job| remote.spawn("a", async move |_| Ok((thread, job))))
                    .collect();
                let values: Vec<_> = jobs.into_iter().map(|job| job.join().unwrap()).collect();
                assert_eq!(values, (0..50).map(|job| (thread, job)).collect::<Vec<_>>());
            })
        })
        .collect();
    bench.tick_until(|| threads.iter().all(thread::JoinHandle::is_finished));
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_spawn_from_a_thread_calls_the_host_and_runs_in_the_next_tick() {
    let bench = Bench::new();
    let remote = bench.runtime.remote();
    let before = bench.host.wakes();
    let job = thread::spawn(move || remote.spawn("a", async |_| Ok(7)))
        .join()
        .unwrap();
    assert_eq!(bench.host.wakes(), before + 1);
    assert!(bench.runtime.jobs().is_empty());
    assert!(bench.runtime.has_ready());
    bench.tick();
    assert_eq!(job.join().unwrap(), 7);
}

#[test]
fn an_error_and_a_panic_come_out_of_the_join() {
    let bench = Bench::new();
    let remote = bench.runtime.remote();
    let fails = remote.spawn("fails", async |_| Err::<(), _>(JobError::new("broken")));
    let panics = remote.spawn("panics", async |_| -> Result<(), JobError> {
        std::panic::panic_any("deliberately")
    });
    let error = join(&bench, fails).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.job()),
        ("broken", Some("fails"))
    );
    let error = join(&bench, panics).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Panicked(_)));
}

#[test]
fn a_join_that_is_tired_of_waiting_gives_the_handle_back() {
    let bench = Bench::new();
    let remote = bench.runtime.remote();
    let job = remote.spawn("a", async |cx| cx.sleep(secs(1)).await.map(|_| 3));
    bench.settle();
    let job = job
        .join_timeout(std::time::Duration::from_millis(5))
        .unwrap_err();
    bench.pass(secs(1));
    assert_eq!(job.join_timeout(secs(20)).unwrap().unwrap(), 3);
}

#[test]
fn a_cancel_fires_the_workers_token_within_the_call() {
    let bench = Bench::new();
    let (sender, started) = channel();
    let fired = Arc::new(AtomicBool::new(false));
    let seen = fired.clone();
    let job = bench.runtime.remote().spawn("outer", async move |cx| {
        let child = cx.spawn("inner", async move |cx| {
            cx.blocking("busy", move |token| {
                let flag = seen.clone();
                let _hook = token.on_cancel(move || flag.store(true, Ordering::SeqCst));
                sender.send(()).unwrap();
                Ok(token.sleep(secs(1000))?)
            })
            .await
        });
        child.await
    });
    bench.settle();
    started.recv_timeout(secs(20)).unwrap();
    // Without a tick in between: only the call itself can have fired it.
    let job = thread::spawn(move || {
        job.cancel();
        job
    });
    let job = job.join().unwrap();
    assert!(fired.load(Ordering::SeqCst));
    let root = bench.runtime.jobs();
    let root = root.iter().find(|job| job.name() == "outer").unwrap();
    assert_eq!(
        state(root),
        "running",
        "its future is dropped in the next tick"
    );
    bench.tick();
    assert_ne!(state(root), "running");
    let error = join(&bench, job).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Cancelled));
    assert_eq!(state(root), "cancelled");
}

#[test]
fn a_cancel_before_the_spawn_leaves_the_code_unrun() {
    let bench = Bench::new();
    let ran = Arc::new(AtomicBool::new(false));
    let runs = ran.clone();
    let job = bench.runtime.remote().spawn("a", async move |_| {
        runs.store(true, Ordering::SeqCst);
        Ok(())
    });
    job.cancel();
    bench.settle();
    let error = join(&bench, job).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Cancelled));
    assert!(!ran.load(Ordering::SeqCst));
    assert_eq!(Arc::strong_count(&ran), 1, "the code is gone");
}

/// The order of the cleanup's worker and a second cancel makes no difference: a cleanup cannot be
/// cancelled.
#[test]
fn a_cleanup_after_a_cancel_from_elsewhere_may_use_a_worker_thread() {
    let bench = Bench::new();
    let (sender, cleaned) = channel();
    let job = bench.runtime.remote().spawn("a", async move |cx| {
        cx.on_cancel(async move |cx| {
            let worker = cx.blocking("cleaning", |token| {
                token.check()?;
                Ok(())
            });
            sender.send(worker.await.is_ok()).unwrap();
            Ok(())
        });
        cx.sleep(secs(1000)).await.map(drop)
    });
    bench.settle();
    job.cancel();
    drop(join(&bench, job));
    assert_eq!(cleaned.try_recv(), Ok(true));
}

#[test]
fn a_second_cancel_from_elsewhere_leaves_the_cleanup_alone() {
    let bench = Bench::new();
    let (sender, cleaned) = channel();
    let (start, started) = channel();
    let local = bench.runtime.spawn("a", async move |cx| {
        cx.on_cancel(async move |cx| {
            let worker = cx.blocking("cleaning", move |token| {
                start.send(()).unwrap();
                Ok(token.sleep(std::time::Duration::from_millis(30))?)
            });
            sender.send(worker.await.is_ok()).unwrap();
            Ok(())
        });
        cx.sleep(secs(1000)).await.map(drop)
    });
    let view = local.job().clone();
    let job = local.into_remote();
    bench.settle();
    view.cancel();
    bench.tick();
    started.recv_timeout(secs(20)).unwrap();
    job.cancel();
    drop(join(&bench, job));
    assert_eq!(cleaned.try_recv(), Ok(true));
}

#[test]
fn pause_resume_and_skip_come_with_the_next_tick() {
    let bench = Bench::new();
    let local = bench
        .runtime
        .spawn("a", async |cx| cx.sleep(secs(10)).await);
    let view = local.job().clone();
    let job = local.into_remote();
    bench.settle();
    let job = thread::spawn(move || {
        job.pause();
        job
    });
    let job = job.join().unwrap();
    bench.settle();
    assert_eq!(state(&view), "paused");
    bench.pass(secs(100));
    job.resume();
    job.skip();
    bench.settle();
    let slept = job.join().unwrap();
    assert!(slept.skipped);
    assert_eq!(slept.active, secs(0));
}

#[test]
fn where_the_runtime_is_gone_the_job_is_lost() {
    let bench = Bench::new();
    let remote = bench.runtime.remote();
    let unspawned = remote.spawn("unspawned", async |_| Ok(()));
    let waits = thread::spawn({
        let never = remote.spawn("sleeps", sleep_for(secs(1000)));
        move || never.join()
    });
    drop(bench);
    let late = remote.spawn("late", async |_| Ok(()));
    for job in [unspawned, late] {
        job.cancel();
        let error = job.join().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Lost), "{error}");
    }
    assert!(waits.join().unwrap().is_err());
}

#[test]
fn a_join_of_a_job_with_a_busy_worker_ends_with_the_runtime() {
    let bench = Bench::new();
    let (sender, started) = channel();
    let (hold, held) = channel::<()>();
    let job = bench.runtime.remote().spawn("a", async move |cx| {
        cx.blocking("deaf", move |_| {
            sender.send(()).unwrap();
            // Ignores its token, like a call into a foreign library.
            let _ended = held.recv();
            Ok(())
        })
        .await
    });
    bench.settle();
    started.recv_timeout(secs(20)).unwrap();
    drop(bench);
    let told = job.join_timeout(secs(2));
    drop(hold);
    let told = told.map_err(|_| "it waits for ever").unwrap();
    assert!(told.is_err());
}

#[test]
fn a_local_job_with_a_busy_worker_is_at_its_end_when_the_runtime_goes() {
    let bench = Bench::new();
    let (sender, started) = channel();
    let (hold, held) = channel::<()>();
    let job = bench.spawn_call("deaf", move |_| {
        sender.send(()).unwrap();
        let _ended = held.recv();
        Ok(())
    });
    bench.settle();
    started.recv_timeout(secs(20)).unwrap();
    drop(bench);
    assert_eq!(state(&job), "cancelled");
    drop(hold);
}

#[test]
fn a_closure_is_called_soon_on_the_runtimes_own_thread() {
    let bench = Bench::new();
    let remote = bench.runtime.remote();
    let (sender, called) = channel();
    let job = thread::spawn(move || {
        remote.call_soon(move || sender.send(thread::current().id()).unwrap())
    });
    let job = job.join().unwrap();
    assert!(called.try_recv().is_err());
    bench.settle();
    assert_eq!(called.try_recv(), Ok(thread::current().id()));
    job.join().unwrap();
}

#[test]
fn a_finished_job_can_be_handed_over_with_its_value() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("a", async move |_| {
        told.tell("ran");
        Ok("value".to_owned())
    });
    bench.settle();
    let job = job.into_remote();
    drop(bench);
    assert_eq!(
        thread::spawn(move || job.join()).join().unwrap().unwrap(),
        "value"
    );
    assert_eq!(story.told(), ["ran"]);
}

#[test]
fn threads_act_on_a_job_whose_handle_stays_at_home() {
    let bench = Bench::new();
    let handle = bench
        .runtime
        .spawn("a", async |cx| cx.sleep(secs(1000)).await.map(|_| ()));
    bench.tick();
    let remote = handle.job().remote();
    let act = |act: fn(&RemoteJob)| {
        let remote = remote.clone();
        thread::spawn(move || act(&remote)).join().unwrap();
        bench.tick();
        state(&handle)
    };
    assert_eq!(act(RemoteJob::pause), "paused");
    assert_eq!(act(RemoteJob::resume), "running");
    assert_eq!(act(RemoteJob::cancel), "cancelled");
    assert_eq!(act(RemoteJob::resume), "cancelled", "it has ended");
    assert!(matches!(
        handle.into_value().unwrap_err().kind(),
        ErrorKind::Cancelled
    ));
    drop(bench);
    // Of a runtime that is gone nothing is left to act on.
    remote.cancel();
}

#[test]
fn dropping_the_handle_elsewhere_cancels_nothing() {
    let bench = Bench::new();
    let (sender, ran) = channel();
    let job = bench.runtime.remote().spawn("a", async move |_| {
        sender.send(1).unwrap();
        Ok(())
    });
    thread::spawn(move || drop(job)).join().unwrap();
    bench.settle();
    assert_eq!(ran.try_recv(), Ok(1));
}

/// The worker may end, and a tick may run, before the cancel is complete.
#[test]
fn a_cancel_from_elsewhere_is_never_taken_for_a_failure_of_the_worker() {
    let bench = Bench::new();
    let (start, started) = channel();
    let (fire, fired) = channel();
    let (go_on, goes_on) = channel::<()>();
    let local = bench.spawn_call("busy", move |token| {
        let _hook = token.on_cancel(move || {
            fire.send(()).unwrap();
            let _ended = goes_on.recv_timeout(secs(20));
        });
        start.send(()).unwrap();
        let result = token.sleep(secs(1000));
        // The hook cannot be removed while it runs.
        std::mem::forget(_hook);
        Ok(result?)
    });
    let view = local.job().clone();
    let job = local.into_remote();
    bench.settle();
    started.recv_timeout(secs(20)).unwrap();
    let canceller = thread::spawn(move || job.cancel());
    fired.recv_timeout(secs(20)).unwrap();
    bench.tick_until(|| view.is_finished());
    go_on.send(()).unwrap();
    canceller.join().unwrap();
    assert_eq!(state(&view), "cancelled");
}
