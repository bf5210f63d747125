//! An error thrown into a job comes out where the job awaits.

use std::sync::mpsc::channel;

use jobdeck::runtime::{ErrorKind, JobError, Semaphore};

use crate::support::{Bench, Gate, Story, TellsDrop, failure, secs, sleep_for, state};

fn alarm() -> JobError {
    JobError::new("the fire alarm")
}

#[test]
fn it_ends_a_sleep_with_the_error_and_the_job_with_its_story() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", sleep_for(secs(100)));
    bench.pass(secs(1));
    assert!(job.throw(alarm()));
    assert_eq!(state(&job), "running", "the code sees it in its own poll");
    bench.settle();
    let error = failure(&job);
    assert_eq!(error.to_string(), "the fire alarm");
    assert_eq!([error.job(), error.step()], [Some("a"), Some("Sleeping")]);
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn the_thrower_may_keep_the_error_and_it_still_says_where_it_was_raised() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", sleep_for(secs(100)));
    bench.tick();
    let kept = alarm();
    job.throw(kept.clone());
    bench.settle();
    assert_eq!(failure(&job).job(), Some("a"));
    assert_eq!(kept.job(), None);
}

#[test]
fn a_job_that_catches_it_goes_on_with_the_same_sleep() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let mut sleep = cx.sleep(secs(10));
        let caught = (&mut sleep).await.unwrap_err().to_string();
        Ok((caught, sleep.await?.active))
    });
    bench.tick();
    bench.pass(secs(4));
    job.throw(alarm());
    bench.pass(secs(5));
    assert_eq!(state(&job), "running");
    bench.pass(secs(1));
    let told = job.take_value().unwrap();
    assert_eq!(told, ("the fire alarm".to_owned(), secs(10)));
}

#[test]
fn it_cancels_the_worker_that_is_awaited() {
    let bench = Bench::new();
    let (sender, ended) = channel();
    let (start, started) = channel();
    let job = bench.spawn_call("long", move |token| {
        start.send(()).unwrap();
        let result = token.sleep(secs(1000));
        sender.send(result.is_err()).unwrap();
        Ok(result?)
    });
    bench.settle();
    started.recv_timeout(secs(20)).unwrap();
    job.throw(alarm());
    bench.tick_until(|| job.is_finished());
    assert_eq!(failure(&job).to_string(), "the fire alarm");
    assert_eq!(ended.recv_timeout(secs(20)), Ok(true));
}

#[test]
fn a_child_that_is_awaited_goes_on() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let mut child = cx.spawn("child", async |cx| {
            cx.sleep(secs(10)).await?;
            Ok(3)
        });
        let caught = (&mut child).await.unwrap_err();
        Ok((caught.to_string(), child.await?))
    });
    bench.settle();
    bench.pass(secs(1));
    let child = job.children()[0].clone();
    job.throw(alarm());
    bench.settle();
    assert_eq!([state(&job), state(&child)], ["running"; 2]);
    bench.pass(secs(9));
    assert_eq!(job.take_value(), Some(("the fire alarm".to_owned(), 3)));
}

#[test]
fn it_takes_the_job_out_of_the_queue_for_a_slot() {
    let bench = Bench::new();
    let slot = Semaphore::new("slot", 1);
    let jobs = ["holds", "first", "second"].map(|name| {
        let slot = slot.clone();
        bench.runtime.spawn(name, async move |cx| {
            let _permit = cx.acquire(&slot).await?;
            cx.sleep(secs(10)).await.map(drop)
        })
    });
    bench.settle();
    assert_eq!(jobs[2].queue_position(), Some(2));
    jobs[1].throw(alarm());
    bench.settle();
    assert_eq!(state(&jobs[1]), "failed");
    assert_eq!(jobs[2].queue_position(), Some(1));
    bench.pass(secs(10));
    bench.pass(secs(10));
    assert_eq!([state(&jobs[0]), state(&jobs[2])], ["done"; 2]);
}

#[test]
fn within_a_timeout_it_is_raised_as_deep_as_can_be() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let inner = async {
            let caught = cx.sleep(secs(10)).await.unwrap_err();
            Ok(caught.to_string())
        };
        cx.timeout(secs(20), inner).await
    });
    bench.tick();
    job.throw(alarm());
    bench.settle();
    assert_eq!(job.take_value().unwrap(), "the fire alarm");
}

#[test]
fn a_timeout_raises_a_thrown_error_around_a_foreign_future() {
    let bench = Bench::new();
    let story = Story::default();
    let guard = TellsDrop(story.clone(), "dropped");
    let job = bench.runtime.spawn("a", async move |cx| {
        let inner = async move {
            let _guard = guard;
            std::future::pending::<Result<(), JobError>>().await
        };
        cx.timeout(secs(20), inner).await
    });
    bench.tick();
    job.throw(alarm());
    bench.settle();
    assert_eq!(failure(&job).to_string(), "the fire alarm");
    assert_eq!(story.told(), ["dropped"]);
}

#[test]
fn a_paused_job_sees_it_when_it_is_resumed() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", sleep_for(secs(10)));
    bench.tick();
    let polls = job.statistics().polls;
    job.pause();
    assert!(job.throw(alarm()));
    bench.pass(secs(100));
    assert_eq!(state(&job), "paused");
    assert_eq!(job.statistics().polls, polls);
    job.resume();
    bench.settle();
    assert_eq!(failure(&job).to_string(), "the fire alarm");
}

#[test]
fn a_queued_job_sees_it_at_its_first_await_and_not_before() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        told.tell("begun");
        cx.sleep(secs(0)).await?;
        told.tell("not reached");
        Ok(())
    });
    assert!(job.throw(alarm()));
    assert_eq!(state(&job), "queued");
    bench.settle();
    assert_eq!(state(&job), "failed");
    assert_eq!(story.told(), ["begun"]);
}

#[test]
fn a_foreign_await_continues_and_the_next_own_one_raises_the_error() {
    let bench = Bench::new();
    let gate = Gate::default();
    let waits = gate.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        waits.wait().await;
        cx.log("after the gate");
        cx.sleep(secs(1)).await.map(drop)
    });
    bench.tick();
    assert!(job.throw(alarm()));
    bench.pass(secs(100));
    assert_eq!(state(&job), "running");
    gate.open();
    bench.settle();
    assert_eq!(failure(&job).to_string(), "the fire alarm");
    assert_eq!(job.log_lines().len(), 1);
}

#[test]
fn it_is_raised_once() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let both = [cx.sleep(secs(5)), cx.sleep(secs(5))];
        let results = futures_join(both).await;
        Ok(results)
    });
    bench.tick();
    job.throw(alarm());
    bench.settle();
    bench.pass(secs(5));
    let mut results = job.take_value().unwrap();
    results.sort_unstable();
    assert_eq!(results, [false, true]);
}

/// Awaits both, and returns which of them succeeded.
async fn futures_join(tasks: [jobdeck::runtime::Sleep; 2]) -> Vec<bool> {
    let [first, second] = tasks;
    let (first, second) = futures_util::join!(first, second);
    vec![first.is_ok(), second.is_ok()]
}

#[test]
fn a_checkpoint_and_a_job_that_throws_at_itself() {
    let bench = Bench::new();
    let runtime = bench.runtime.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        assert!(runtime.job(cx.id()).unwrap().throw(alarm()));
        drop(runtime);
        cx.checkpoint().await
    });
    bench.settle();
    assert_eq!(failure(&job).to_string(), "the fire alarm");
}

#[test]
fn an_ended_or_completing_job_refuses_a_throw() {
    let bench = Bench::new();
    let done = bench.runtime.spawn("done", async |_| Ok(()));
    let completing = bench.runtime.spawn("completing", async |cx| {
        drop(cx.spawn("child", sleep_for(secs(1))));
        Ok(())
    });
    let cleaning = bench.runtime.spawn("cleaning", async |cx| {
        cx.on_cancel(sleep_for(secs(1)));
        cx.sleep(secs(10)).await.map(drop)
    });
    bench.settle();
    cleaning.cancel();
    bench.settle();
    assert_eq!(
        [state(&done), state(&completing), state(&cleaning)],
        ["done", "completing", "cancelling"]
    );
    for job in [&done, &completing, &cleaning] {
        assert!(!job.throw(alarm()));
    }
    bench.pass(secs(1));
    assert_eq!(
        [state(&done), state(&completing), state(&cleaning)],
        ["done", "done", "cancelled"]
    );
    assert!(!cleaning.throw(alarm()));
}

#[test]
fn a_thrown_cancel_is_a_failure_and_no_cancel() {
    // Only `cancel` cancels: a thrown error is an error.
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", sleep_for(secs(10)));
    bench.tick();
    job.throw(JobError::cancelled());
    bench.settle();
    assert!(matches!(failure(&job).kind(), ErrorKind::Cancelled));
}

#[test]
fn it_is_raised_around_futures_that_know_nothing_of_it() {
    let bench = Bench::new();
    let forever = || std::future::pending::<Result<(), JobError>>();
    let either = bench.runtime.spawn("either", async move |cx| {
        cx.either(forever(), forever()).await.map(drop)
    });
    let each = bench.runtime.spawn("each", async move |cx| {
        let (sender, messages) = jobdeck::runtime::channel(1);
        sender.try_send(1)?;
        cx.for_each("a number", messages, async |_| forever().await)
            .await
    });
    bench.settle();
    for (job, step) in [(either, "Either"), (each, "a number")] {
        job.throw(alarm());
        bench.settle();
        let error = failure(&job);
        assert_eq!(error.to_string(), "the fire alarm");
        assert_eq!(error.step(), Some(step));
    }
}

#[test]
fn before_the_first_poll_the_first_await_raises_it() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("a", async move |cx| {
        told.tell("began");
        cx.sleep(secs(1)).await.map(drop)
    });
    assert!(job.throw(alarm()));
    bench.settle();
    assert_eq!(story.told(), ["began"]);
    assert_eq!(failure(&job).to_string(), "the fire alarm");
}
