//! No leftover of a job aborts the process. Each scene runs in a process of its own.
//!
//! The last two scenes use a bare `async_task`, which the runtime replaces with its own job records
//! and wakers. They abort the process, which shows that a scene can.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use jobdeck::runtime::{JobError, JobHandle, Outcome, Runtime};

use crate::support::{Bench, secs, sleep_holding, state};

/// Set in the process that runs the scene.
const PLAYS: &str = "JOBDECK_TEST_PLAYS_SCENE";
/// Printed at the beginning and at the end of a scene.
const BEGINS: &str = "the scene begins";
const OVER: &str = "the scene is over";

/// Runs the calling test in another process and returns its output. In that process, runs the scene
/// and returns `None`.
fn play<S: FnOnce()>(scene: S) -> Option<Output> {
    if std::env::var_os(PLAYS).is_some() {
        println!("{BEGINS}");
        scene();
        println!("{OVER}");
        return None;
    }
    // The type name of a closure contains the name of its function. A wrong name would run no test,
    // and print no end.
    let path = std::any::type_name::<S>();
    let test = path.split("::").nth(2).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("aborts::{test}"), "--nocapture"])
        .env(PLAYS, "1")
        .output();
    Some(output.unwrap())
}

/// Asserts that the scene reaches its end and its process succeeds.
#[track_caller]
fn survives(scene: impl FnOnce()) {
    let Some(output) = play(scene) else {
        return;
    };
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains(OVER),
        "{}\n{told}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Asserts that the scene's process aborts before the end.
#[track_caller]
fn aborts(scene: impl FnOnce()) {
    let Some(output) = play(scene) else {
        return;
    };
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        !output.status.success() && told.contains(BEGINS) && !told.contains(OVER),
        "{}\n{told}",
        output.status
    );
    // 101 is the status of a failed test, whose process has not aborted.
    assert_ne!(output.status.code(), Some(101), "{told}");
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("deliberate, in a drop");
    }
}

/// Holds a bomb and sleeps.
fn sleeper_with_bomb(runtime: &Runtime) -> JobHandle<()> {
    runtime.spawn("bomb", sleep_holding(Bomb, secs(100)))
}

/// A job that waits for ever, and its waker.
fn waiter(runtime: &Runtime) -> (JobHandle<()>, Arc<Mutex<Option<Waker>>>) {
    let place = Arc::new(Mutex::new(None));
    let shared = place.clone();
    let job = runtime.spawn("waiter", async move |_| {
        std::future::poll_fn(|cx| {
            *shared.lock().unwrap() = Some(cx.waker().clone());
            Poll::<Result<(), JobError>>::Pending
        })
        .await
    });
    (job, place)
}

fn assert_goes_on(bench: &Bench) {
    let after = bench.runtime.spawn("after", async |_| Ok(2));
    bench.pass(secs(1));
    assert_eq!(after.take_value(), Some(2));
}

fn in_a_thread(run: impl FnOnce() + Send + 'static) {
    thread::spawn(run).join().unwrap();
}

// ---- panics in drops ----

#[test]
fn a_panic_in_the_drop_of_a_cancelled_future_is_survived() {
    survives(|| {
        let bench = Bench::new();
        let job = sleeper_with_bomb(&bench.runtime);
        bench.settle();
        job.cancel();
        assert_eq!(state(&job), "panicked");
        assert_goes_on(&bench);
    });
}

#[test]
fn a_panic_in_the_drop_of_a_future_is_survived_when_its_runtime_is_dropped() {
    survives(|| {
        let bench = Bench::new();
        let jobs = [0; 3].map(|_| sleeper_with_bomb(&bench.runtime));
        bench.settle();
        drop(bench);
        assert_eq!(jobs.map(|job| state(&job)), ["panicked"; 3]);
    });
}

#[test]
fn a_panic_in_the_drop_of_a_future_is_survived_while_another_drops_its_runtime() {
    survives(|| {
        let mut kept = None;
        let result = catch_unwind(AssertUnwindSafe(|| {
            let bench = Bench::new();
            kept = Some(sleeper_with_bomb(&bench.runtime));
            bench.settle();
            panic!("deliberate, of the application");
        }));
        assert!(result.is_err());
        assert_eq!(state(&kept.unwrap()), "panicked");
    });
}

#[test]
fn a_panic_in_the_drop_of_a_future_is_survived_at_the_end_of_its_runtimes_thread() {
    thread_local! {
        static KEPT: RefCell<Option<Bench>> = const { RefCell::new(None) };
    }
    survives(|| {
        in_a_thread(|| {
            // The first thread local is dropped last.
            KEPT.with(|kept| kept.replace(Some(Bench::new())));
            KEPT.with_borrow(|kept| {
                let bench = kept.as_ref().unwrap();
                let first = sleeper_with_bomb(&bench.runtime);
                drop(sleeper_with_bomb(&bench.runtime));
                bench.settle();
                first.cancel();
                assert_eq!(state(&first), "panicked");
            });
        });
    });
}

#[test]
fn a_panic_in_the_drop_of_a_value_that_was_never_taken_is_survived() {
    survives(|| {
        let bench = Bench::new();
        let job = bench.runtime.spawn("value", async |_| Ok(Bomb));
        let view = job.job().clone();
        drop(job);
        bench.settle();
        assert_goes_on(&bench);
        assert_eq!(state(&view), "done");
    });
}

// ---- late wakes ----

#[test]
fn a_wake_and_the_drop_of_the_last_waker_after_the_runtime_and_its_thread_are_survived() {
    survives(|| {
        let (sender, receiver) = mpsc::channel();
        in_a_thread(move || {
            let bench = Bench::new();
            let (_job, waker) = waiter(&bench.runtime);
            bench.settle();
            let waker = waker.lock().unwrap().take().unwrap();
            sender.send(waker).unwrap();
        });
        let waker = receiver.recv().unwrap();
        in_a_thread(move || {
            waker.wake_by_ref();
            drop(waker);
        });
    });
}

#[test]
fn the_drop_of_the_last_waker_in_another_thread_is_survived() {
    survives(|| {
        let bench = Bench::new();
        let (job, waker) = waiter(&bench.runtime);
        bench.settle();
        let last = waker.lock().unwrap().take().unwrap();
        in_a_thread(move || drop(last));
        assert_eq!(state(&job), "running", "its future stays here");
        bench.runtime.request_tick();
        job.cancel();
        assert_goes_on(&bench);
    });
}

/// Wakes when it is dropped.
struct WakesInDrop(Waker);

impl Drop for WakesInDrop {
    fn drop(&mut self) {
        self.0.wake_by_ref();
    }
}

thread_local! {
    /// Dropped at the end of its thread, after the locals that were first used later.
    static LAST_WAKE: RefCell<Option<WakesInDrop>> = const { RefCell::new(None) };
}

#[test]
fn a_wake_at_the_end_of_another_thread_is_survived() {
    survives(|| {
        let bench = Bench::new();
        let (early_job, early) = waiter(&bench.runtime);
        let (late_job, late) = waiter(&bench.runtime);
        bench.settle();
        let early = early.lock().unwrap().take().unwrap();
        let again = late.lock().unwrap().clone().unwrap();
        in_a_thread(|| {
            LAST_WAKE.set(None); // before the locals of a wake, which are gone by then
            early.wake();
            LAST_WAKE.set(Some(WakesInDrop(again)));
        });
        bench.settle();
        assert_eq!(
            [early_job, late_job].map(|job| job.statistics().polls),
            [2; 2]
        );
        drop(bench);
        let late = late.lock().unwrap().take().unwrap();
        in_a_thread(|| LAST_WAKE.set(Some(WakesInDrop(late))));
    });
}

#[test]
fn a_wake_at_the_end_of_its_runtimes_thread_is_survived() {
    survives(|| {
        for runtime_is_leaked in [false, true] {
            in_a_thread(move || {
                LAST_WAKE.set(None); // before the locals of a tick
                let bench = Bench::new();
                let (_job, waker) = waiter(&bench.runtime);
                bench.settle();
                let waker = waker.lock().unwrap().take().unwrap();
                LAST_WAKE.set(Some(WakesInDrop(waker)));
                if runtime_is_leaked {
                    std::mem::forget(bench);
                }
            });
        }
    });
}

#[test]
fn a_worker_that_ends_after_the_runtime_and_its_thread_is_survived() {
    survives(|| {
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let (begun, has_begun) = mpsc::channel::<()>();
        let (sender, has_ended) = mpsc::channel::<()>();
        in_a_thread(move || {
            let bench = Bench::new();
            let _job = bench.spawn_call("late", move |token| {
                begun.send(()).unwrap();
                may_go_on.recv().unwrap();
                token.step(jobdeck::runtime::Step::computing("late"));
                // After this drop, only the result is left to send.
                drop(sender);
                Ok(Bomb)
            });
            bench.settle();
            has_begun.recv().unwrap();
        });
        go_on.send(()).unwrap();
        assert!(has_ended.recv().is_err(), "nothing is ever sent");
        // Time for the thread, which cannot be joined, to drop its result.
        thread::sleep(Duration::from_millis(100));
    });
}

// ---- panics while a job is cancelled, and their payloads ----

#[test]
fn a_panic_in_a_cleanup_is_survived() {
    survives(|| {
        let bench = Bench::new();
        let job = bench.runtime.spawn("a", async |cx| {
            cx.on_cancel(async |_| panic!("deliberate, in the first that was said"));
            cx.on_cancel(sleep_holding(Bomb, secs(1)));
            cx.sleep(secs(100)).await.map(drop)
        });
        bench.settle();
        job.cancel();
        bench.settle();
        bench.pass(secs(1));
        assert_eq!(state(&job), "panicked");
        assert_goes_on(&bench);
    });
}

#[test]
fn panics_in_the_drops_of_several_cleanups_are_survived_when_their_runtime_is_dropped() {
    survives(|| {
        let bench = Bench::new();
        let job = bench.runtime.spawn("a", async |cx| {
            let never_run = Bomb;
            cx.on_cancel(async move |_| {
                drop(never_run);
                Ok(())
            });
            cx.on_cancel(sleep_holding(Bomb, secs(1)));
            cx.sleep(secs(100)).await.map(drop)
        });
        bench.settle();
        job.cancel();
        bench.settle();
        drop(bench);
        assert_eq!(state(&job), "panicked");
    });
}

#[test]
fn a_panic_in_a_cancel_hook_of_a_worker_is_survived() {
    survives(|| {
        let bench = Bench::new();
        let (sender, hooked) = mpsc::channel();
        let job = bench.spawn_call("hooked", move |token| {
            let _in_force = token.on_cancel(|| panic!("deliberate, in a hook"));
            let bomb = Bomb;
            let _too = token.on_cancel(move || drop(bomb));
            sender.send(()).unwrap();
            token.sleep(secs(100)).unwrap_err();
            // The token has fired, and this one runs at once.
            let _late = token.on_cancel(|| panic_any(Payload));
            Ok(())
        });
        bench.settle();
        hooked.recv().unwrap();
        job.cancel();
        bench.tick_until(|| job.is_finished());
        assert_eq!(state(&job), "cancelled");
        assert_goes_on(&bench);
    });
}

/// A payload of a panic that panics in its own drop.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        panic_any(Bomb);
    }
}

#[test]
fn a_payload_that_panics_in_its_drop_is_survived() {
    struct ThrowsInDrop;
    impl Drop for ThrowsInDrop {
        fn drop(&mut self) {
            panic_any(Payload);
        }
    }
    survives(|| {
        let bench = Bench::new();
        let in_poll = bench.runtime.spawn("poll", async |cx| {
            cx.sleep(secs(1)).await?;
            if cx.id() == cx.id() {
                panic_any(Payload);
            }
            Ok(())
        });
        let in_worker = bench.runtime.spawn("worker", async |cx| {
            let work = |_: &_| -> Result<(), JobError> { panic_any(Payload) };
            cx.blocking("crash", work).await
        });
        let in_drop = bench
            .runtime
            .spawn("drop", sleep_holding(ThrowsInDrop, secs(100)));
        let in_cleanup = bench.runtime.spawn("cleanup", async |cx| {
            cx.on_cancel(async |_| panic_any(Payload));
            cx.sleep(secs(100)).await.map(drop)
        });
        bench.settle();
        in_drop.cancel();
        in_cleanup.cancel();
        bench.pass(secs(1));
        bench.tick_until(|| in_worker.is_finished());
        for job in [&in_poll, &in_worker, &in_drop, &in_cleanup] {
            let outcome = job.outcome().unwrap();
            assert!(matches!(outcome, Outcome::Panicked(_)), "{outcome:?}");
        }
        assert_goes_on(&bench);
    });
}

// ---- the control: the same with bare tasks ----

/// A local task that has been polled once, and its queue.
fn bare_task(
    future: impl Future<Output = ()> + 'static,
) -> (async_task::Task<()>, mpsc::Receiver<async_task::Runnable>) {
    let (sender, queue) = mpsc::channel();
    let schedule = move |runnable| drop(sender.send(runnable));
    let (runnable, task) = async_task::spawn_local(future, schedule);
    runnable.run();
    (task, queue)
}

#[test]
fn a_bare_task_aborts_when_its_future_panics_in_its_drop() {
    aborts(|| {
        let (task, queue) = bare_task(async {
            let _bomb = Bomb;
            std::future::pending::<()>().await;
        });
        drop(task);
        queue.recv().unwrap().run();
    });
}

#[test]
fn a_bare_task_aborts_when_its_last_waker_goes_in_another_thread_after_its_queue() {
    aborts(|| {
        let place = Arc::new(Mutex::new(None));
        let shared = place.clone();
        let (task, queue) = bare_task(std::future::poll_fn(move |cx| {
            *shared.lock().unwrap() = Some(cx.waker().clone());
            Poll::Pending
        }));
        task.detach();
        drop(queue);
        let waker = place.lock().unwrap().take().unwrap();
        in_a_thread(move || drop(waker));
    });
}
