//! How often the host is called, and how long a tick may take.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use jobdeck::runtime::{Clock, JobError, ParkHost, Runtime, TICK_BUDGET};

use crate::support::{Bench, Recorder, secs, sleep_for, state};

#[test]
fn spawning_asks_for_a_tick_when_the_frame_ends() {
    let bench = Bench::new();
    drop(bench.runtime.spawn("a", async |_| Ok(())));
    assert_eq!(bench.host.wakes(), 0, "not from the middle of a frame");
    bench.runtime.flush_wakes();
    assert_eq!(bench.host.wakes(), 1);
    bench.tick();
    bench.runtime.flush_wakes();
    assert_eq!(bench.host.wakes(), 1);
}

#[test]
fn a_hundred_thousand_wakes_from_threads_are_one_call() {
    let bench = Bench::new();
    let wakers = Arc::new(Mutex::new(Vec::<Waker>::new()));
    let shared = wakers.clone();
    let job = bench.runtime.spawn("a", async move |_| {
        std::future::poll_fn(|cx| {
            shared.lock().unwrap().push(cx.waker().clone());
            Poll::<Result<(), JobError>>::Pending
        })
        .await
    });
    bench.tick();
    let before = bench.host.wakes();
    let waker = wakers.lock().unwrap()[0].clone();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let waker = waker.clone();
            scope.spawn(move || (0..12_500).for_each(|_| waker.wake_by_ref()));
        }
    });
    assert_eq!(bench.host.wakes(), before + 1);
    assert_eq!(bench.tick().polls, 1);
    job.cancel();
}

#[test]
fn a_job_that_wakes_itself_for_ever_never_freezes_a_tick() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("busy", async |_| {
        std::future::poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<Result<(), JobError>>::Pending
        })
        .await
    });
    let began = Instant::now();
    let tick = bench.tick();
    assert!(tick.more_ready);
    assert!(tick.polls > 1, "rounds go on while there is budget");
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(bench.host.wakes(), 1, "the rest asks for another frame");
    job.cancel();
    assert!(!bench.tick().more_ready);
}

#[test]
fn each_job_is_polled_once_a_round() {
    let bench = Bench::new();
    let order = crate::support::Story::default();
    for name in ["a", "b"] {
        let told = order.clone();
        drop(bench.runtime.spawn(name, async move |_| {
            for _ in 0..3 {
                told.tell(name);
                yield_once().await;
            }
            Ok(())
        }));
    }
    bench.tick();
    assert_eq!(order.told(), ["a", "b", "a", "b", "a", "b"]);
}

#[test]
fn on_a_real_clock_the_host_learns_the_next_deadline() {
    let host = Arc::new(Recorder::default());
    let runtime = Runtime::new(host.clone());
    let job = runtime.spawn("a", sleep_for(secs(100)));
    runtime.tick(TICK_BUDGET);
    let delay = host.take_delay().unwrap();
    assert!(delay <= secs(100) && delay > secs(50), "{delay:?}");
    job.pause();
    runtime.tick(TICK_BUDGET);
    assert_eq!(host.take_delay(), None, "a paused job wants no frame");
    assert_eq!(state(&job), "paused");
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            Poll::Ready(())
        } else {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

#[test]
fn a_tick_asked_for_within_a_tick_follows() {
    let bench = Bench::new();
    let runtime = bench.runtime.clone();
    bench.runtime.spawn("a", async move |_| {
        runtime.request_tick();
        Ok(())
    });
    bench.tick();
    assert_eq!(bench.host.wakes(), 1);
    bench.tick();
    assert_eq!(bench.host.wakes(), 1, "once");
}

#[test]
fn a_step_is_one_poll() {
    let bench = Bench::new();
    let first = bench.runtime.spawn("first", async |_| Ok(()));
    let second = bench.runtime.spawn("second", async |_| Ok(()));
    let step = bench.runtime.step();
    assert_eq!((step.polls, step.more_ready), (1, true));
    assert_eq!([state(&first), state(&second)], ["done", "queued"]);
    assert_eq!(bench.runtime.step().polls, 1);
    assert_eq!(bench.runtime.step().polls, 0);
}

#[test]
fn driving_the_runtime_from_inside_a_job_is_an_error_and_no_hang() {
    let host = ParkHost::new();
    let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    let (inner_host, inner) = (host.clone(), runtime.clone());
    let job = runtime.spawn("outer", async move |cx| {
        let child = cx.spawn("inner", sleep_for(secs(1)));
        assert_eq!(inner.tick(TICK_BUDGET).polls, 0);
        let error = inner_host.block_on(&inner, child).unwrap_err();
        Ok(error.to_string())
    });
    let told = host.block_on(&runtime, job).unwrap();
    assert!(told.contains("await it instead"), "{told}");
}
