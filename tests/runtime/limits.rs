//! Time limits, and joins and races that drop their losers.

use std::sync::mpsc::channel;

use jobdeck::runtime::{ErrorKind, JobContext, JobError, JobHandle, Outcome, join_all, race};

use crate::support::{Bench, Story, TellsDrop, failure, secs, sleep_for, sleep_holding, state};

#[test]
fn the_time_of_a_job_stands_still_while_it_is_paused() {
    let bench = Bench::new();
    let story = Story::default();
    let guard = TellsDrop(story.clone(), "dropped");
    let job = bench
        .runtime
        .builder("a")
        .time_limit(secs(10))
        .spawn(sleep_holding(guard, secs(1000)));
    bench.settle();
    bench.pass(secs(4));
    job.pause();
    assert_eq!(bench.runtime.next_deadline(), None);
    bench.pass(secs(1000));
    job.resume();
    bench.pass(secs(6) - std::time::Duration::from_nanos(1));
    assert_eq!(state(&job), "running");
    bench.pass(std::time::Duration::from_nanos(1));
    assert!(matches!(job.outcome(), Some(Outcome::TimedOut)));
    assert_eq!(story.told(), ["dropped"]);
    assert_eq!(job.active(), secs(10));
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn the_time_limit_includes_children_and_the_time_in_the_queue() {
    let bench = Bench::new();
    let story = Story::default();
    let guard = TellsDrop(story.clone(), "child");
    let job = bench
        .runtime
        .builder("a")
        .time_limit(secs(10))
        .spawn(async move |cx| {
            drop(cx.spawn("child", sleep_holding(guard, secs(1000))));
            Ok(1)
        });
    bench.settle();
    assert_eq!(state(&job), "completing");
    bench.pass(secs(10));
    assert_eq!(state(&job), "timed out");
    assert_eq!(story.told(), ["child"]);
    assert_eq!(job.take_value(), None);
}

#[test]
fn no_time_at_all_ends_a_job_before_its_first_poll() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .builder("a")
        .time_limit(secs(0))
        .spawn(async |_| Ok(()));
    bench.settle();
    assert_eq!(state(&job), "timed out");
    assert_eq!(job.statistics().polls, 0);
}

#[test]
fn a_job_that_ends_in_time_leaves_no_deadline() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .builder("a")
        .time_limit(secs(10))
        .spawn(async |cx| cx.timeout(secs(5), cx.sleep(secs(1))).await);
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(state(&job), "done");
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn awaiting_a_timed_out_job_gives_an_error_of_that_kind() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let child: JobHandle<()> = cx
            .builder("child")
            .time_limit(secs(1))
            .spawn(sleep_for(secs(9)));
        child.await
    });
    bench.settle();
    bench.pass(secs(1));
    let error = failure(&job);
    assert!(matches!(error.kind(), ErrorKind::TimedOut));
    assert_eq!(error.to_string(), "timed out after 1s");
}

#[test]
fn an_uncaught_timeout_is_a_failure_of_its_kind() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.timeout(secs(5), cx.sleep(secs(60))).await.map(drop)
    });
    bench.settle();
    bench.pass(secs(5));
    assert!(matches!(failure(&job).kind(), ErrorKind::TimedOut));
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn a_timeout_stands_still_while_the_job_is_paused() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.timeout(secs(5), std::future::pending::<Result<(), JobError>>())
            .await
    });
    bench.settle();
    bench.pass(secs(3));
    job.pause();
    bench.pass(secs(1000));
    job.resume();
    bench.pass(secs(1));
    assert_eq!(state(&job), "running");
    bench.pass(secs(1));
    assert_eq!(state(&job), "failed");
}

#[test]
fn a_task_that_ends_at_the_moment_of_the_timeout_counts() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.timeout(secs(5), cx.sleep(secs(5))).await.map(drop)
    });
    bench.settle();
    bench.pass(secs(5));
    assert_eq!(state(&job), "done");
}

#[test]
fn a_timeout_drops_its_worker_which_is_cancelled_and_the_job_goes_on() {
    let bench = Bench::new();
    let (sender, ended) = channel();
    let (start, started) = channel();
    let job = bench.runtime.spawn("a", async move |cx| {
        let worker = cx.blocking("long", move |token| {
            start.send(()).unwrap();
            let result = token.sleep(secs(1000));
            sender.send(result.is_err()).unwrap();
            Ok(result?)
        });
        let error = cx.timeout(secs(5), worker).await.unwrap_err();
        Ok(matches!(error.kind(), ErrorKind::TimedOut))
    });
    bench.settle();
    started.recv_timeout(secs(20)).unwrap();
    bench.pass(secs(5));
    assert_eq!(ended.recv_timeout(secs(20)), Ok(true));
    bench.tick_until(|| job.is_finished());
    assert_eq!(job.take_value(), Some(true));
    assert_eq!(bench.runtime.busy_workers(), 0);
}

/// A child that sleeps for `secs`, returns that number, and records its drop.
fn runner(cx: &JobContext, story: &Story, name: &'static str, secs: u64) -> JobHandle<u64> {
    let guard = TellsDrop(story.clone(), name);
    cx.spawn(name, async move |cx| {
        let _guard = guard;
        cx.sleep(crate::support::secs(secs)).await?;
        Ok(secs)
    })
}

#[test]
fn a_race_cancels_the_losers() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        let all = [
            runner(&cx, &told, "slow", 3),
            runner(&cx, &told, "fast", 1),
            runner(&cx, &told, "slower", 9),
        ];
        let first = cx.race(all).await?;
        told.tell("won");
        Ok(first)
    });
    bench.settle();
    let children = job.children();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["fast", "slow", "slower", "won"]);
    assert_eq!(job.take_value(), Some(1));
    let states: Vec<_> = children.iter().map(state).collect();
    assert_eq!(states, ["cancelled", "done", "cancelled"]);
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn a_race_of_tasks_drops_the_rest() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let slept = race([3, 1, 2].map(|n| cx.sleep(secs(n)))).await?;
        Ok(slept.active)
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(job.take_value(), Some(secs(1)));
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn join_all_gives_every_value_in_order_also_of_many() {
    // The library polls more than thirty futures in another way.
    for count in [0, 1, 5, 100] {
        let bench = Bench::new();
        let job = bench.runtime.spawn("a", async move |cx| {
            let all = (0..count).map(|n| {
                cx.spawn("child", async move |cx| {
                    cx.sleep(secs(count - n)).await?;
                    Ok(n)
                })
            });
            join_all(all).await
        });
        bench.settle();
        (0..count).for_each(|_| bench.pass(secs(1)));
        let expected: Vec<_> = (0..count).collect();
        assert_eq!(job.take_value(), Some(expected));
    }
}

#[test]
fn join_all_ends_with_the_first_error_and_drops_the_rest() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let tasks = [3, 1, 2].map(|n| {
            let sleep = cx.sleep(secs(n));
            async move {
                sleep.await?;
                Err::<(), _>(JobError::new(format!("after {n}")))
            }
        });
        join_all(tasks).await
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(failure(&job).to_string(), "after 1");
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn a_job_that_is_cancelled_on_drop_ends_when_its_time_is_over() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        let child = runner(&cx, &told, "child", 100).cancel_on_drop();
        let in_time = cx.timeout(secs(2), child).await.is_ok();
        told.tell("caught");
        Ok(in_time)
    });
    bench.settle();
    bench.pass(secs(2));
    assert_eq!(story.told(), ["child", "caught"]);
    assert_eq!(job.take_value(), Some(false));
}

#[test]
fn without_cancel_on_drop_the_child_runs_and_is_waited_for() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let child = runner(&cx, &Story::default(), "child", 100);
        Ok(cx.timeout(secs(2), child).await.is_ok())
    });
    bench.settle();
    bench.pass(secs(2));
    assert_eq!(state(&job), "completing");
    bench.pass(secs(98));
    assert_eq!(job.take_value(), Some(false));
}

#[test]
fn cancel_on_drop_works_outside_of_jobs_but_not_on_done_ones() {
    let bench = Bench::new();
    let done = bench
        .runtime
        .spawn("done", async |_| Ok(4))
        .cancel_on_drop();
    let sleeps = bench
        .runtime
        .spawn("sleeps", async |cx| cx.sleep(secs(9)).await)
        .cancel_on_drop();
    bench.settle();
    let (done_job, sleeping) = (done.job().clone(), sleeps.job().clone());
    assert_eq!(done.take_value(), Some(4));
    drop((done, sleeps));
    assert_eq!([state(&done_job), state(&sleeping)], ["done", "cancelled"]);
}
