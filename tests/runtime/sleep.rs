//! Sleeps are exact on the job's clock, and report what they slept.

use std::time::Duration;

use futures_util::{FutureExt as _, pin_mut};
use jobdeck::runtime::Sleep;

use crate::support::{Bench, secs, sleep_for, state};

#[test]
fn a_sleep_gives_back_the_time_it_took() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| cx.sleep(secs(2)).await);
    bench.tick();
    bench.pass(Duration::from_millis(1999));
    assert_eq!(state(&job), "running");
    assert_eq!(job.slept(), Duration::from_millis(1999));
    bench.pass(Duration::from_millis(501));
    let slept = job.take_value().unwrap();
    let took = Duration::from_millis(2500);
    assert_eq!(
        (slept.active, slept.wall, slept.skipped),
        (took, took, false),
        "what a late tick adds is told, not hidden"
    );
    assert_eq!(job.slept(), Duration::from_millis(2500));
}

#[test]
fn a_sleep_runs_from_when_it_was_made_and_may_be_awaited_late() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let early = cx.sleep(secs(1));
        cx.sleep(secs(5)).await?;
        let began = cx.sleep(Duration::ZERO).await?;
        assert_eq!(began.active, Duration::ZERO);
        Ok(early.await?.active)
    });
    bench.tick();
    bench.pass(secs(5));
    assert_eq!(job.take_value(), Some(secs(5)));
}

#[test]
fn a_dropped_sleep_leaves_no_deadline_behind() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let long = cx.sleep(secs(100)).fuse();
        let short = cx.sleep(secs(1)).fuse();
        pin_mut!(long, short);
        futures_util::select_biased! {
            _ = long => Ok("long"),
            _ = short => Ok("short"),
        }
    });
    bench.tick();
    bench.pass(secs(1));
    assert_eq!(job.take_value(), Some("short"));
    assert_eq!(bench.runtime.next_deadline(), None);
    assert_eq!(job.slept(), secs(2), "both sleeps ran for a second");
}

#[test]
fn skip_ends_the_sleep_with_ok_and_says_so() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .spawn("a", async |cx| cx.sleep(secs(60)).await);
    bench.tick();
    assert!(!bench.tick().more_ready);
    bench.pass(secs(2));
    assert!(job.skip());
    bench.tick();
    let slept = job.take_value().unwrap();
    assert!(slept.skipped);
    assert_eq!(slept.active, secs(2));
    assert!(!job.skip(), "nothing is left to skip");
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn a_thousand_sleepers_cost_no_poll_before_their_time() {
    let bench = Bench::new();
    let jobs: Vec<_> = (0..1000)
        .map(|_| bench.runtime.spawn("a", sleep_for(secs(3600))))
        .collect();
    while bench.tick().more_ready {}
    let wakes = bench.host.wakes();
    for _ in 0..100 {
        bench.clock.advance(secs(30));
        assert_eq!(bench.tick().polls, 0);
    }
    assert_eq!(bench.host.wakes(), wakes);
    bench.pass(secs(3600));
    assert!(jobs.iter().all(|job| state(job) == "done"));
}

#[test]
fn the_sum_of_all_sleeps_is_kept_and_the_one_under_way_is_shown() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.sleep(secs(1)).await?;
        cx.wait("later", jobdeck::runtime::WaitReason::Other, secs(10))
            .await?;
        cx.sleep(secs(4)).await.map(drop)
    });
    bench.tick();
    bench.pass(secs(1));
    bench.pass(secs(10));
    bench.pass(secs(3));
    assert_eq!(job.slept(), secs(4), "another wait is not a sleep");
    let sleeping = job.sleeping().unwrap();
    assert_eq!((sleeping.slept, sleeping.of), (secs(3), secs(4)));
}

#[test]
fn two_sleeps_at_once_end_each_in_its_time() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let (one, two) = futures_util::join!(cx.sleep(secs(1)), cx.sleep(secs(2)));
        Ok((one?.active, two?.active))
    });
    bench.tick();
    bench.pass(secs(1));
    assert_eq!(state(&job), "running");
    bench.pass(secs(1));
    assert_eq!(job.take_value(), Some((secs(1), secs(2))));
}

#[test]
fn a_sleep_awaited_in_another_job_ends_with_its_own_job() {
    for cancelled in [false, true] {
        let bench = Bench::new();
        let slot = std::rc::Rc::new(std::cell::RefCell::new(None::<Sleep>));
        let put = slot.clone();
        let owner = bench.runtime.spawn("owner", async move |cx| {
            *put.borrow_mut() = Some(cx.sleep(secs(10)));
            cx.sleep(secs(1)).await.map(drop)
        });
        bench.tick();
        let other = bench.runtime.spawn("other", async move |_| {
            let sleep = slot.borrow_mut().take().unwrap();
            Ok(sleep.await.is_err())
        });
        bench.tick();
        if cancelled {
            owner.cancel();
        }
        bench.pass(secs(1));
        assert!(owner.is_finished());
        assert_eq!(other.take_value(), Some(true));
        assert_eq!(bench.runtime.next_deadline(), None);
    }
}

#[test]
fn a_sleep_without_end_has_no_deadline_also_on_virtual_time() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", sleep_for(Duration::MAX));
    bench.tick();
    assert_eq!(bench.runtime.next_deadline(), None);
    bench.pass(Duration::MAX);
    assert_eq!(state(&job), "running");
}

#[test]
fn a_waker_that_is_replaced_may_end_other_waits_of_the_job() {
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::task::{Context, Wake, Waker};
    thread_local! {
        static HELD: RefCell<Option<Sleep>> = const { RefCell::new(None) };
    }
    struct EndsTheOther;
    impl Wake for EndsTheOther {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for EndsTheOther {
        fn drop(&mut self) {
            drop(HELD.take());
        }
    }
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        HELD.set(Some(cx.sleep(secs(9))));
        let mut sleep = cx.sleep(secs(1));
        let waker = Waker::from(Arc::new(EndsTheOther));
        let polled = std::pin::Pin::new(&mut sleep).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        drop(waker);
        sleep.await.map(drop)
    });
    bench.tick();
    bench.pass(secs(1));
    assert_eq!(state(&job), "done");
}
