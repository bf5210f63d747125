//! Wakes, messages and the end of a runtime, from several threads at once.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::queue::RunQueue;
use super::waker::Wakes;
use crate::model;
use crate::runtime::{JobId, Priority};

/// Anything that another thread may leave.
type Message = Box<dyn Send>;

const JOB: JobId = JobId(7);
const OTHER: JobId = JobId(8);
const NORMAL: Priority = Priority(1);

/// What other threads tell a job by waking it, and what its polls have seen of it.
struct Told {
    notes: [AtomicBool; 2],
}

impl Told {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            notes: [AtomicBool::new(false), AtomicBool::new(false)],
        })
    }

    /// With no order of its own: only the wake makes it seen.
    fn note(&self, number: usize) {
        self.notes[number].store(true, Ordering::Relaxed);
    }

    fn read(&self) -> [bool; 2] {
        [0, 1].map(|number| self.notes[number].load(Ordering::Relaxed))
    }
}

#[test]
fn a_write_before_a_wake_is_seen_by_a_poll_or_the_host_is_called() {
    model(|| {
        let queue = Arc::new(RunQueue::<Message>::new());
        let wakes = Wakes::new(queue.clone(), JOB, NORMAL);
        let told = Told::new();
        let threads = [0, 1].map(|number| {
            let (waker, told) = (wakes.waker().clone(), told.clone());
            thread::spawn(move || {
                told.note(number);
                waker.wake();
            })
        });
        let mut seen = [false; 2];
        let mut tick = || {
            let calls_before = queue.host_calls();
            queue.tick(|_| {
                wakes.begin_poll();
                seen = told.read();
            });
            calls_before
        };
        let calls_before = tick();
        for thread in threads {
            thread.join().unwrap();
        }
        if queue.host_calls() > calls_before {
            tick();
        }
        assert_eq!(seen, [true; 2], "a wake was lost");
        assert!(queue.inbox.is_empty() && !wakes.is_woken());
        assert!(queue.host_calls() <= 2, "one call for each of two batches");
    });
}

#[test]
fn two_wakes_of_one_job_at_once_queue_it_once_and_call_the_host_once() {
    model(|| {
        let queue = Arc::new(RunQueue::<Message>::new());
        let wakes = Wakes::new(queue.clone(), JOB, NORMAL);
        let waker = wakes.waker().clone();
        let thread = thread::spawn(move || waker.wake());
        wakes.waker().wake_by_ref();
        thread.join().unwrap();
        assert_eq!(queue.host_calls(), 1);
        let mut woken = Vec::new();
        queue.inbox.take_woken(|job| woken.push(job));
        assert_eq!(woken, [JOB]);
    });
}

#[test]
fn wakes_of_two_jobs_at_once_queue_both_and_call_the_host_once() {
    model(|| {
        let queue = Arc::new(RunQueue::<Message>::new());
        let [one, other] = [JOB, OTHER].map(|job| Wakes::new(queue.clone(), job, NORMAL));
        let waker = other.waker().clone();
        let thread = thread::spawn(move || waker.wake());
        one.waker().wake_by_ref();
        thread.join().unwrap();
        assert_eq!(queue.host_calls(), 1);
        let mut woken = Vec::new();
        queue.inbox.take_woken(|job| woken.push(job.0));
        woken.sort_unstable();
        assert_eq!(woken, [JOB.0, OTHER.0]);
    });
}

#[test]
fn a_message_asks_for_a_tick_that_reads_it() {
    model(|| {
        let queue = Arc::new(RunQueue::<Message>::new());
        let thread = {
            let queue = queue.clone();
            thread::spawn(move || {
                assert!(queue.inbox.send(Box::new(())).is_ok());
                queue.inbox.arm()
            })
        };
        queue.inbox.begin_tick();
        let read = queue.inbox.take_messages().len();
        let own_call = queue.inbox.end_tick(false);
        let their_call = thread.join().unwrap();
        let read_later = queue.inbox.take_messages().len();
        assert_eq!(read + read_later, 1);
        assert!(
            read == 1 || own_call || their_call,
            "nobody comes to read it"
        );
        assert!(!(own_call && their_call), "one call is enough");
    });
}

#[test]
fn a_runtime_that_ends_keeps_no_wake_and_gives_back_or_drops_every_message() {
    model(|| {
        let queue = Arc::new(RunQueue::<Message>::new());
        let message = Arc::new(());
        let sender = {
            let (queue, message) = (queue.clone(), message.clone());
            thread::spawn(move || drop(queue.inbox.send(Box::new(message))))
        };
        let waking = {
            let waker = Wakes::new(queue.clone(), JOB, NORMAL).waker().clone();
            thread::spawn(move || waker.wake())
        };
        queue.inbox.close();
        sender.join().unwrap();
        waking.join().unwrap();
        assert!(queue.inbox.is_empty());
        assert_eq!(Arc::strong_count(&message), 1, "it is kept for ever");
        assert!(queue.inbox.send(Box::new(())).is_err());
    });
}

#[test]
fn a_message_whose_drop_sends_another_does_not_hold_up_the_end() {
    struct SendsInDrop(Arc<RunQueue<Message>>, Arc<()>);
    impl Drop for SendsInDrop {
        fn drop(&mut self) {
            drop(self.0.inbox.send(Box::new(self.1.clone())));
        }
    }
    model(|| {
        let queue = Arc::new(RunQueue::<Message>::new());
        let message = Arc::new(());
        let sender = {
            let sends = SendsInDrop(queue.clone(), message.clone());
            let queue = queue.clone();
            thread::spawn(move || drop(queue.inbox.send(Box::new(sends))))
        };
        queue.inbox.close();
        sender.join().unwrap();
        assert!(queue.inbox.is_empty());
        assert_eq!(Arc::strong_count(&message), 1);
    });
}
