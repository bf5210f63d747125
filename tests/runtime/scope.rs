//! The effect of a child's failure on its siblings and its parent.

use jobdeck::runtime::{ErrorKind, Job, JobContext, JobError, JobHandle, Outcome, join_all};

use crate::support::{
    Bench, Gate, Story, TellsDrop, failure, secs, sleep_for, sleep_holding, state,
};

/// A child that sleeps for ever and records its drop.
fn sleeper(cx: &JobContext, story: &Story, name: &'static str) -> JobHandle<()> {
    let guard = TellsDrop(story.clone(), name);
    cx.spawn(name, sleep_holding(guard, secs(1000)))
}

/// A child that fails after a second.
fn failing(cx: &JobContext, name: &'static str) -> JobHandle<()> {
    cx.spawn(name, async |cx| {
        cx.sleep(secs(1)).await?;
        Err(JobError::new("broken"))
    })
}

#[test]
fn a_failing_child_cancels_its_siblings_newest_first() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("parent", async move |cx| {
        drop(sleeper(&cx, &told, "oldest"));
        let failing = failing(&cx, "failing");
        drop(sleeper(&cx, &told, "newer"));
        drop(sleeper(&cx, &told, "newest"));
        Ok(failing.await.is_err())
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["newest", "newer", "oldest"]);
    assert_eq!(job.take_value(), Some(true));
}

#[test]
fn a_supervised_child_fails_for_itself() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("parent", async move |cx| {
        let sibling = cx.spawn("sibling", async |cx| {
            cx.sleep(secs(5)).await?;
            Ok(5)
        });
        drop(
            cx.builder("supervised")
                .supervised()
                .spawn(async |_| Err::<(), _>(JobError::new("broken"))),
        );
        told.tell("spawned");
        sibling.await
    });
    bench.settle();
    bench.pass(secs(5));
    assert_eq!(job.take_value(), Some(5));
}

#[test]
fn the_failure_of_a_supervised_child_comes_out_where_it_is_awaited() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        cx.builder("supervised")
            .supervised()
            .spawn(async |_| Err::<(), _>(JobError::new("broken")))
            .await
    });
    bench.settle();
    assert_eq!(failure(&job).job(), Some("parent / supervised"));
}

#[test]
fn an_unobserved_failure_becomes_the_parents_with_its_path() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("outer", async |cx| {
        drop(cx.spawn("middle", async |cx| {
            drop(failing(&cx, "inner"));
            cx.sleep(secs(2)).await.map(drop)
        }));
        cx.sleep(secs(3)).await.map(drop)
    });
    bench.settle();
    for _ in 0..3 {
        bench.pass(secs(1));
    }
    let error = failure(&job);
    assert_eq!(error.to_string(), "broken");
    assert_eq!(error.job(), Some("outer / middle / inner"));
}

#[test]
fn an_observed_failure_is_not_the_parents() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let error = failing(&cx, "child").await.unwrap_err();
        Ok(error.to_string())
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(state(&job), "done");
    assert_eq!(job.take_value().unwrap(), "broken");
}

#[test]
fn reading_the_outcome_does_not_observe_a_failure() {
    // A window reads every job's outcome; that must not count as observed by the parent.
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let child = failing(&cx, "child");
        cx.sleep(secs(2)).await?;
        Ok(matches!(child.outcome(), Some(Outcome::Failed(_))))
    });
    bench.settle();
    bench.pass(secs(1));
    bench.pass(secs(1));
    assert_eq!(failure(&job).job(), Some("parent / child"));
}

#[test]
fn the_error_of_a_cancelled_sibling_names_the_failed_one() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let sibling = sleeper(&cx, &Story::default(), "sibling");
        let failing = failing(&cx, "failing");
        let error = sibling.await.unwrap_err();
        assert!(failing.await.is_err());
        Ok(error)
    });
    bench.settle();
    bench.pass(secs(1));
    let error = job.take_value().unwrap();
    assert!(matches!(error.kind(), ErrorKind::Cancelled));
    assert_eq!(
        format!("{error:#}"),
        "cancelled because «parent / failing» failed: broken"
    );
}

#[test]
fn a_panic_is_a_failure_with_a_name_too() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let sibling = sleeper(&cx, &Story::default(), "sibling");
        let panicking: JobHandle<()> =
            cx.spawn("panicking", async |_| std::panic::panic_any("deliberately"));
        let error = sibling.await.unwrap_err();
        assert!(panicking.await.is_err());
        Ok(error.to_string())
    });
    bench.settle();
    assert_eq!(
        job.take_value().unwrap(),
        "cancelled because «parent / panicking» failed"
    );
}

#[test]
fn an_unobserved_panic_is_the_parents() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("parent", async move |cx| {
        drop(sleeper(&cx, &told, "sibling"));
        drop::<JobHandle<()>>(
            cx.spawn("panicking", async |_| std::panic::panic_any("deliberately")),
        );
        Ok(())
    });
    bench.settle();
    assert_eq!(story.told(), ["sibling"]);
    let Some(Outcome::Panicked(report)) = job.outcome() else {
        panic!("{job:?}");
    };
    assert_eq!(report.message(), "deliberately");
}

#[test]
fn a_child_that_fails_while_its_parent_only_waits_for_it_fails_the_parent() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("parent", async move |cx| {
        drop(sleeper(&cx, &told, "sibling"));
        drop(failing(&cx, "failing"));
        Ok(7)
    });
    bench.settle();
    assert_eq!(state(&job), "completing");
    bench.pass(secs(1));
    assert_eq!(story.told(), ["sibling"]);
    assert_eq!(failure(&job).job(), Some("parent / failing"));
    assert_eq!(job.take_value(), None);
}

#[test]
fn a_cancelled_child_is_no_failure() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let victim = sleeper(&cx, &Story::default(), "victim");
        victim.cancel();
        cx.spawn("sibling", sleep_for(secs(1))).await
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(state(&job), "done");
}

#[test]
fn a_child_past_its_time_limit_has_failed() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("parent", async move |cx| {
        drop(sleeper(&cx, &told, "sibling"));
        drop(
            cx.builder("limited")
                .time_limit(secs(1))
                .spawn(async |cx| cx.sleep(secs(9)).await),
        );
        Ok(())
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["sibling"]);
    let error = failure(&job);
    assert!(matches!(error.kind(), ErrorKind::TimedOut));
    assert_eq!(error.job(), Some("parent / limited"));
}

/// A cancelled sibling ends at the same moment as the failed one, and may be polled first.
#[test]
fn all_of_a_family_give_the_error_of_the_one_that_failed() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let all = [
            sleeper(&cx, &Story::default(), "sleeper"),
            failing(&cx, "failing"),
        ];
        Ok(join_all(all).await.unwrap_err().to_string())
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(state(&job), "done", "it saw the failure: {job:?}");
    assert_eq!(job.take_value().unwrap(), "broken");
}

#[test]
fn a_race_gives_the_error_of_the_one_that_failed() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let all = [
            sleeper(&cx, &Story::default(), "sleeper"),
            failing(&cx, "failing"),
        ];
        Ok(cx.race(all).await.unwrap_err().to_string())
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(state(&job), "done", "it saw the failure: {job:?}");
    assert_eq!(job.take_value().unwrap(), "broken");
}

#[test]
fn a_failure_cancels_a_paused_sibling_and_its_children() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let gate = Gate::default();
    let waits = gate.clone();
    let job = bench.runtime.spawn("parent", async move |cx| {
        drop(cx.spawn("sibling", async move |cx| {
            drop(sleeper(&cx, &told, "grandchild"));
            cx.sleep(secs(1000)).await.map(drop)
        }));
        waits.wait().await;
        failing(&cx, "failing").await
    });
    bench.settle();
    let sibling: Job = job.children()[0].clone();
    sibling.pause();
    gate.open();
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(state(&sibling), "cancelled");
    assert_eq!(story.told(), ["grandchild"]);
    assert_eq!(state(&job), "failed");
}

#[test]
fn a_sibling_in_the_middle_of_its_own_poll_is_cancelled_at_the_end_of_it() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::panic_any("deliberately");
        }
    }
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("parent", async move |cx| {
        let victim = cx.spawn("victim", sleep_holding(Bomb, secs(1000)));
        let other = cx.spawn("other", async move |cx| {
            let _guard = TellsDrop(told.clone(), "dropped");
            cx.sleep(secs(1)).await?;
            // Its future panics in its drop, which is the failure of a sibling.
            victim.cancel();
            told.tell("still in the poll");
            cx.sleep(secs(1)).await?;
            told.tell("not reached");
            Ok(())
        });
        Ok(other.await.is_err())
    });
    bench.settle();
    bench.pass(secs(1));
    bench.pass(secs(1));
    assert_eq!(story.told(), ["still in the poll", "dropped"]);
    assert_eq!(state(&job), "panicked");
}
