//! Pause, resume and cancel against a worker thread that begins, reaches its checkpoint, and ends.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize as Counter;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use loom::thread::JoinHandle;

use super::control::WorkerControl;
use crate::model;
use crate::runtime::Cancelled;

/// Never over: loom's clock does not move.
const LONG: Duration = Duration::from_secs(1 << 30);

/// A worker of two sections with a checkpoint between them, and how many sections it has run.
struct Worker {
    control: Arc<WorkerControl>,
    /// Relaxed: only the control makes it visible.
    sections: Arc<AtomicUsize>,
    thread: JoinHandle<Result<(), Cancelled>>,
}

impl Worker {
    fn start() -> Self {
        let control = WorkerControl::new(1);
        let sections = Arc::new(AtomicUsize::new(0));
        let thread = {
            let (control, sections) = (control.clone(), sections.clone());
            thread::spawn(move || {
                let work = || {
                    sections.fetch_add(1, Ordering::Relaxed);
                };
                let result = control
                    .begin()
                    .inspect(|()| work())
                    .and_then(|()| control.checkpoint(|| ()))
                    .inspect(|()| work());
                control.set_ended();
                result
            })
        };
        Self {
            control,
            sections,
            thread,
        }
    }

    /// Waits for its end; loom fails on a deadlock.
    fn join(self) -> Result<(), Cancelled> {
        let result = self.thread.join().unwrap();
        assert!(self.control.is_stopped(), "it has ended");
        result
    }
}

/// Starts a thread that does this to a worker's control.
fn in_thread<T: 'static>(
    control: &Arc<WorkerControl>,
    act: impl FnOnce(&WorkerControl) -> T + 'static,
) -> JoinHandle<T> {
    let control = control.clone();
    thread::spawn(move || act(&control))
}

#[test]
fn a_resume_is_never_lost() {
    model(|| {
        let worker = Worker::start();
        worker.control.pause();
        worker.control.resume();
        let sections = worker.sections.clone();
        assert_eq!(worker.join(), Ok(()));
        assert_eq!(sections.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn a_second_pause_holds_and_its_resume_is_not_lost_either() {
    model(|| {
        let worker = Worker::start();
        for _ in 0..2 {
            worker.control.pause();
            worker.control.resume();
        }
        assert_eq!(worker.join(), Ok(()));
    });
}

#[test]
fn a_worker_that_counts_as_stopped_in_a_pause_does_nothing_until_it_is_resumed() {
    model(|| {
        let worker = Worker::start();
        worker.control.pause();
        if worker.control.is_stopped() {
            // The first read may be stale; the second, a read-modify-write, never is.
            let before = worker.sections.load(Ordering::Relaxed);
            let after = worker.sections.fetch_add(0, Ordering::Relaxed);
            assert_eq!(before, after, "it works while it counts as stopped");
        }
        worker.control.resume();
        assert_eq!(worker.join(), Ok(()));
    });
}

#[test]
fn a_worker_that_waits_for_its_resume_counts_as_stopped_all_along() {
    model(|| {
        let control = WorkerControl::new(1);
        control.pause();
        let thread = in_thread(&control, WorkerControl::begin);
        assert!(control.is_stopped());
        control.resume();
        assert_eq!(thread.join().unwrap(), Ok(()));
        assert!(!control.is_stopped());
    });
}

#[test]
fn a_worker_at_its_checkpoint_tells_once_it_counts_as_stopped() {
    model(|| {
        let control = WorkerControl::new(1);
        control.begin().unwrap();
        let told = Arc::new(Counter::new(0));
        let tells = told.clone();
        let thread = in_thread(&control, move |control| {
            control.checkpoint(|| {
                assert!(control.is_stopped() || !control.is_paused());
                tells.fetch_add(1, SeqCst);
            })
        });
        control.pause();
        let is_stopped = control.is_stopped();
        control.resume();
        assert_eq!(thread.join().unwrap(), Ok(()));
        assert!(!is_stopped || told.load(SeqCst) == 1, "nobody was told");
        assert!(!control.is_stopped(), "it goes on");
    });
}

#[test]
fn a_cancel_gets_through_to_a_paused_worker() {
    model(|| {
        let worker = Worker::start();
        let canceller = in_thread(&worker.control, WorkerControl::cancel);
        worker.control.pause();
        canceller.join().unwrap();
        let (control, sections) = (worker.control.clone(), worker.sections.clone());
        let result = worker.join();
        let sections = sections.load(Ordering::Relaxed);
        assert_eq!(result.is_ok(), sections == 2);
        assert_eq!(control.begin(), Err(Cancelled));
        assert_eq!(control.checkpoint(|| ()), Err(Cancelled));
    });
}

#[test]
fn a_cancel_holds_though_another_thread_resumes() {
    model(|| {
        let worker = Worker::start();
        let canceller = in_thread(&worker.control, WorkerControl::cancel);
        worker.control.pause();
        worker.control.resume();
        canceller.join().unwrap();
        let control = worker.control.clone();
        let sections = worker.sections.clone();
        let result = worker.join();
        assert_eq!(result.is_ok(), sections.load(Ordering::Relaxed) == 2);
        assert_eq!(control.begin(), Err(Cancelled));
    });
}

#[test]
fn a_cancel_ends_a_wait_of_a_worker() {
    ends_a_wait(WorkerControl::cancel);
}

#[test]
fn a_pause_ends_a_wait_of_a_worker() {
    ends_a_wait(WorkerControl::pause);
}

fn ends_a_wait(change: fn(&WorkerControl)) {
    model(move || {
        let control = WorkerControl::new(1);
        let thread = in_thread(&control, |control| control.wait_for_change(LONG));
        change(&control);
        assert!(!thread.join().unwrap(), "the time was not over");
    });
}

#[test]
fn a_hook_added_while_another_thread_cancels_runs_once_or_is_given_back() {
    model(|| {
        let control = WorkerControl::new(1);
        let runs = Arc::new(Counter::new(0));
        let counted = runs.clone();
        let thread = in_thread(&control, move |control| {
            let hook = move || {
                counted.fetch_add(1, SeqCst);
            };
            if let Err(hook) = control.add_hook(Box::new(hook)) {
                hook();
            }
        });
        control.cancel();
        thread.join().unwrap();
        assert_eq!(runs.load(SeqCst), 1);
    });
}

#[test]
fn two_cancels_at_once_run_a_hook_once() {
    model(|| {
        let control = WorkerControl::new(1);
        let runs = Arc::new(Counter::new(0));
        let counted = runs.clone();
        let hook = move || {
            counted.fetch_add(1, SeqCst);
        };
        assert!(control.add_hook(Box::new(hook)).is_ok());
        let thread = in_thread(&control, WorkerControl::cancel);
        control.cancel();
        thread.join().unwrap();
        assert_eq!(runs.load(SeqCst), 1);
    });
}

/// Reads the control when it runs and when it is dropped: a deadlock inside the control's lock.
struct Looks {
    control: Arc<WorkerControl>,
    drops: Arc<Counter>,
}

impl Drop for Looks {
    fn drop(&mut self) {
        self.control.is_cancelled();
        self.drops.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_hook_taken_back_while_another_thread_cancels_is_run_or_dropped_outside_the_lock() {
    model(|| {
        let control = WorkerControl::new(1);
        let drops = Arc::new(Counter::new(0));
        let looks = Looks {
            control: control.clone(),
            drops: drops.clone(),
        };
        let hook = move || assert!(looks.control.is_cancelled());
        let number = control.add_hook(Box::new(hook)).ok().unwrap();
        let thread = in_thread(&control, move |control| control.remove_hook(number));
        control.cancel();
        thread.join().unwrap();
        assert_eq!(drops.load(SeqCst), 1);
    });
}

#[test]
fn a_limited_thread_is_given_back_once() {
    model(|| {
        let control = WorkerControl::new(1);
        control.set_holds_slot(true);
        let thread = in_thread(&control, WorkerControl::gives_back_slot);
        let here = control.gives_back_slot();
        assert!(here ^ thread.join().unwrap());
    });
}

/// A worker that waits for room which a job makes.
fn start_waiting(room: &Arc<Counter>) -> (Arc<WorkerControl>, JoinHandle<Result<(), Cancelled>>) {
    let control = WorkerControl::new(1);
    let room = room.clone();
    let thread = in_thread(&control, move |control| {
        control.begin()?;
        loop {
            control.checkpoint(|| ())?;
            if room.load(SeqCst) > 0 {
                return Ok(());
            }
            control.wait_for_job(|| ());
        }
    });
    (control, thread)
}

#[test]
fn a_wake_of_a_worker_that_waits_for_a_job_is_never_lost() {
    model(|| {
        let room = Arc::new(Counter::new(0));
        let (control, thread) = start_waiting(&room);
        room.store(1, SeqCst);
        control.wake();
        assert!(
            !control.waits_for_job(),
            "a virtual clock must not move now"
        );
        assert_eq!(thread.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_cancel_ends_the_wait_for_a_job() {
    model(|| {
        let (control, thread) = start_waiting(&Arc::new(Counter::new(0)));
        control.cancel();
        assert_eq!(thread.join().unwrap(), Err(Cancelled));
    });
}

#[test]
fn a_wake_in_a_pause_counts_as_stopped_until_the_resume() {
    model(|| {
        let room = Arc::new(Counter::new(0));
        let (control, thread) = start_waiting(&room);
        control.pause();
        let was_stopped = control.is_stopped();
        room.store(1, SeqCst);
        control.wake();
        assert!(!was_stopped || control.is_stopped());
        control.resume();
        assert_eq!(thread.join().unwrap(), Ok(()));
    });
}
