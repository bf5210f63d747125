//! A pause stops everything of a job and loses nothing.

use jobdeck::runtime::{Lifecycle, PausedBy};

use crate::support::{Bench, secs, sleep_for, state};

#[test]
fn a_sleep_does_not_count_the_pause() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .spawn("a", async |cx| cx.sleep(secs(10)).await);
    bench.tick();
    bench.pass(secs(4));
    assert!(job.pause());
    assert!(!job.pause(), "it is paused already");
    bench.pass(secs(3600));
    assert_eq!(state(&job), "paused");
    assert_eq!(job.slept(), secs(4));
    assert!(job.resume());
    bench.pass(secs(5));
    assert_eq!(state(&job), "running");
    bench.pass(secs(1));
    let slept = job.take_value().unwrap();
    assert_eq!(slept.active, secs(10));
    assert_eq!(slept.wall, secs(3610));
}

#[test]
fn a_paused_job_has_no_deadline_and_is_not_polled() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", sleep_for(secs(10)));
    bench.tick();
    let polls = job.statistics().polls;
    job.pause();
    assert_eq!(bench.runtime.next_deadline(), None);
    bench.pass(secs(100));
    assert_eq!(job.statistics().polls, polls);
}

#[test]
fn a_job_can_be_paused_before_its_first_poll() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |_| Ok(1));
    job.pause();
    bench.pass(secs(1));
    assert_eq!(state(&job), "paused");
    assert_eq!(job.statistics().polls, 0);
    job.resume();
    bench.tick();
    assert_eq!(job.take_value(), Some(1));
}

#[test]
fn a_wake_during_the_pause_is_not_lost() {
    let bench = Bench::new();
    let (sender, receiver) = futures_channel();
    let job = bench.runtime.spawn("a", async move |_| Ok(receiver.await));
    bench.tick();
    job.pause();
    sender(5);
    bench.pass(secs(1));
    assert_eq!(state(&job), "paused");
    job.resume();
    bench.tick();
    assert_eq!(job.take_value(), Some(5));
}

#[test]
fn the_state_has_the_cause_and_the_time_of_the_pause() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", sleep_for(secs(10)));
    bench.pass(secs(2));
    job.pause_by(PausedBy::Owner("disk full"));
    bench.pass(secs(1));
    job.pause();
    match job.lifecycle() {
        Lifecycle::Paused { by, since } => {
            assert_eq!(by, PausedBy::User, "the user's comes first");
            assert_eq!(since.since_start(), secs(2));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn pausing_and_resuming_an_ended_job_returns_false() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |_| Ok(()));
    bench.tick();
    assert!(!job.pause());
    assert!(!job.resume());
    assert_eq!(state(&job), "done");
}

#[test]
fn a_job_may_pause_itself() {
    let bench = Bench::new();
    let slot = std::rc::Rc::new(std::cell::RefCell::new(None::<jobdeck::runtime::Job>));
    let own = slot.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        let me = own.borrow().clone();
        if let Some(me) = me {
            me.pause();
        }
        cx.sleep(secs(1)).await.map(drop)
    });
    *slot.borrow_mut() = Some(job.job().clone());
    bench.pass(secs(5));
    assert_eq!(state(&job), "paused");
    job.resume();
    bench.pass(secs(1));
    assert_eq!(state(&job), "done");
}

/// A one-shot whose sender may be called from anywhere.
fn futures_channel() -> (impl FnOnce(u32), impl Future<Output = u32>) {
    use std::sync::{Arc, Mutex};
    use std::task::{Poll, Waker};
    #[derive(Default)]
    struct Shared {
        value: Option<u32>,
        waker: Option<Waker>,
    }
    let shared = Arc::new(Mutex::new(Shared::default()));
    let receiver = shared.clone();
    let send = move |value| {
        let waker = {
            let mut shared = shared.lock().unwrap();
            shared.value = Some(value);
            shared.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    };
    let receive = std::future::poll_fn(move |cx| {
        let mut shared = receiver.lock().unwrap();
        match shared.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                shared.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    });
    (send, receive)
}
