//! The awaits of a job as a tree.

use std::cell::RefCell;
use std::rc::Rc;

use jobdeck::runtime::{AwaitKind, AwaitView, BackOff, Job, JobError, JobHandle};

use crate::support::{Bench, Gate, secs, state};

/// A tree in a line: "outer(inner, other)".
fn words(tree: &[AwaitView]) -> String {
    let one = |view: &AwaitView| match words(&view.children) {
        inner if inner.is_empty() => view.label.to_string(),
        inner => format!("{}({inner})", view.label),
    };
    tree.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn tree(job: &Job) -> String {
    words(&job.await_tree())
}

const EXACT: BackOff = BackOff {
    retries: 5,
    first: secs(10),
    factor: 1,
    longest: secs(10),
    jitter: 0.0,
};

#[test]
fn a_sleep_in_a_timeout_in_an_attempt() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.retry(EXACT, async |attempt| {
            let nap = async { cx.sleep(secs(60)).await };
            cx.timeout(secs(20 * u64::from(attempt.number)), nap).await
        })
        .await
    });
    bench.settle();
    bench.pass(secs(5));
    assert_eq!(tree(&job), "Attempt 1(Timeout(Sleeping))");
    let attempt = &job.await_tree()[0];
    let timeout = &attempt.children[0];
    let sleep = &timeout.children[0];
    assert_eq!(
        [attempt.kind, timeout.kind, sleep.kind],
        [AwaitKind::Group, AwaitKind::Timeout, AwaitKind::Sleep]
    );
    assert_eq!(
        [attempt.elapsed, timeout.elapsed, sleep.elapsed],
        [secs(5); 3]
    );
    assert_eq!(
        [attempt.remaining, timeout.remaining, sleep.remaining],
        [None, Some(secs(15)), Some(secs(55))]
    );
    bench.pass(secs(15));
    assert_eq!(tree(&job), "Waiting to retry");
    assert_eq!(job.await_tree()[0].kind, AwaitKind::Delay);
    bench.pass(secs(10));
    assert_eq!(tree(&job), "Attempt 2(Timeout(Sleeping))");
    assert_eq!(job.await_tree()[0].elapsed, secs(0));
    job.cancel();
    assert_eq!(tree(&job), "");
}

#[test]
fn a_task_inside_a_timeout_is_its_child_in_the_tree() {
    // `cx.timeout(limit, cx.sleep(..))` is how it is mostly written: the sleep is there before the
    // timeout is.
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.timeout(secs(20), cx.sleep(secs(60))).await
    });
    bench.settle();
    assert_eq!(tree(&job), "Timeout(Sleeping)");
}

#[test]
fn the_numbers_stand_still_while_the_job_is_paused() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .spawn("a", async |cx| cx.sleep(secs(60)).await);
    bench.settle();
    bench.pass(secs(5));
    job.pause();
    bench.pass(secs(500));
    let sleep = job.await_tree().remove(0);
    assert_eq!((sleep.elapsed, sleep.remaining), (secs(5), Some(secs(55))));
}

#[test]
fn the_tree_of_a_child_is_below_the_await_of_its_parent() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let child = cx.spawn("child", async |cx| {
            let inner = cx.spawn("grandchild", async |cx| cx.sleep(secs(60)).await);
            cx.labelled("Waiting for it", inner).await
        });
        let both = async { futures_util::join!(cx.sleep(secs(9)), child) };
        Ok(cx.labelled("Both", both).await.0.is_ok())
    });
    bench.settle();
    assert_eq!(
        tree(&job),
        "Both(Sleeping, child(Waiting for it(grandchild(Sleeping))))"
    );
    let child = &job.await_tree()[0].children[1];
    assert_eq!(child.kind, AwaitKind::Job);
    job.cancel();
    assert_eq!(tree(&job), "");
}

#[test]
fn dropped_and_ended_awaits_leave_nothing() {
    let bench = Bench::new();
    let gate = Gate::default();
    let waits = gate.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        drop(cx.sleep(secs(1)));
        drop(cx.timeout(secs(1), cx.sleep(secs(2))).await);
        let child = cx.spawn("child", async |cx| cx.sleep(secs(1)).await);
        drop(cx.timeout(secs(2), child).await);
        waits.wait().await;
        cx.labelled("At last", waits.wait()).await;
        Ok(())
    });
    bench.settle();
    (0..5).for_each(|_| bench.pass(secs(1)));
    assert_eq!(tree(&job), "");
    assert_eq!(state(&job), "running");
    gate.open();
    bench.settle();
    assert_eq!(tree(&job), "");
    assert_eq!(state(&job), "done");
}

#[test]
fn a_worker_is_there_under_its_name() {
    let bench = Bench::new();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let job = bench.spawn_call("count words", move |_| {
        let _ended = held.recv();
        Ok(())
    });
    bench.settle();
    assert_eq!(tree(&job), "count words");
    assert_eq!(job.await_tree()[0].kind, AwaitKind::Worker);
    drop(hold);
    bench.tick_until(|| job.is_finished());
    assert_eq!(tree(&job), "");
}

#[test]
fn a_panic_within_a_label_leaves_the_next_job_where_it_was() {
    let bench = Bench::new();
    let parent = bench.runtime.spawn("parent", async |cx| {
        let bad: JobHandle<()> = cx.spawn("bad", async |cx| {
            cx.labelled("deep", async { std::panic::panic_any("deliberately") })
                .await
        });
        drop(bad.await);
        cx.sleep(secs(1)).await
    });
    bench.settle();
    assert_eq!(tree(&parent), "Sleeping");
}

#[test]
fn a_handle_that_one_job_gave_up_can_be_awaited_in_another() {
    let bench = Bench::new();
    let shelf = Rc::new(RefCell::new(None));
    let to = shelf.clone();
    let job = bench.runtime.spawn("slow", async |cx| {
        cx.sleep(secs(10)).await?;
        Ok(7)
    });
    let first = bench.runtime.spawn("first", async move |cx| {
        let mut job = job;
        let too_early = cx.timeout(secs(1), &mut job).await;
        to.borrow_mut().replace(job);
        Ok(too_early.is_err())
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(first.take_value(), Some(true));
    let second = bench.runtime.spawn("second", async move |_| {
        let job = shelf.take().ok_or_else(|| JobError::new("no handle"))?;
        job.await
    });
    bench.settle();
    assert_eq!(tree(&second), "slow(Sleeping)");
    bench.pass(secs(9));
    assert_eq!(second.take_value(), Some(7));
}
