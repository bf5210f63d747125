//! A pause or a cancel of a job includes its children.

use jobdeck::runtime::{JobError, Lifecycle, Outcome, PausedBy};

use crate::support::{Bench, Story, TellsDrop, secs, sleep_for, sleep_holding, state};

#[test]
fn a_child_gives_its_value_to_an_early_or_late_await() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let child = cx.spawn("child", async |cx| {
            cx.sleep(secs(1)).await?;
            Ok(20)
        });
        cx.sleep(secs(5)).await?;
        Ok(child.await? + 1)
    });
    bench.tick();
    bench.pass(secs(1));
    bench.pass(secs(4));
    assert_eq!(job.take_value(), Some(21));
}

#[test]
fn a_parent_is_completing_until_its_children_are_finished() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        drop(cx.spawn("child", sleep_for(secs(3))));
        Ok(())
    });
    bench.tick();
    assert!(matches!(
        job.lifecycle(),
        Lifecycle::Completing { children: 1 }
    ));
    bench.pass(secs(3));
    assert_eq!(state(&job), "done");
}

#[test]
fn children_pause_with_their_parent_and_their_own_pause_stays() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        let a = cx.spawn("a", sleep_for(secs(3)));
        let b = cx.spawn("b", sleep_for(secs(3)));
        a.await?;
        b.await
    });
    bench.tick();
    let [a, b] = &job.children()[..] else {
        panic!()
    };
    b.pause();
    job.pause();
    assert!(matches!(
        a.lifecycle(),
        Lifecycle::Paused {
            by: PausedBy::Parent,
            ..
        }
    ));
    bench.pass(secs(100));
    job.resume();
    bench.pass(secs(3));
    assert_eq!(
        [state(a), state(b), state(&job)],
        ["done", "paused", "running"]
    );
    b.resume();
    bench.pass(secs(3));
    assert_eq!(state(&job), "done");
}

#[test]
fn cancel_drops_the_newest_child_first_and_the_parent_last() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("parent", async move |cx| {
        let _guard = TellsDrop(told.clone(), "parent");
        for name in ["old", "new"] {
            let guard = TellsDrop(told.clone(), name);
            drop(cx.spawn(name, sleep_holding(guard, secs(9))));
        }
        cx.sleep(secs(9)).await.map(drop)
    });
    bench.tick();
    job.cancel();
    assert_eq!(story.told(), ["new", "old", "parent"]);
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn a_failing_parent_takes_its_children_with_it() {
    let bench = Bench::new();
    let story = Story::default();
    let told = story.clone();
    let job = bench.runtime.spawn("parent", async move |cx| {
        let guard = TellsDrop(told.clone(), "child");
        drop(cx.spawn("child", sleep_holding(guard, secs(9))));
        cx.sleep(secs(1)).await?;
        Err::<(), _>(JobError::new("broken"))
    });
    bench.tick();
    bench.pass(secs(1));
    assert_eq!(story.told(), ["child"]);
    assert_eq!(state(&job), "failed");
}

#[test]
fn a_childs_failure_carries_its_path_to_the_parent() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("outer", async |cx| {
        cx.spawn("inner", async |_| Err::<(), _>(JobError::new("broken")))
            .await
    });
    while bench.tick().more_ready {}
    let Some(Outcome::Failed(error)) = job.outcome() else {
        panic!("{:?}", job.outcome());
    };
    assert_eq!(error.job(), Some("outer / inner"));
}

#[test]
fn a_job_that_only_waits_for_its_children_ends_as_cancelled_when_cancelled() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("parent", async |cx| {
        drop(cx.spawn("child", sleep_for(secs(3))));
        Ok(())
    });
    bench.tick();
    assert_eq!(state(&job), "completing");
    assert!(job.cancel());
    assert_eq!(state(&job), "cancelled");
    assert_eq!(job.take_value(), None);
}

#[test]
fn a_child_knows_its_parent_and_stays_a_child_when_that_is_forgotten() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("outer", async |cx| {
        let child = cx.spawn("inner", async |cx| {
            let innermost = cx.spawn("innermost", async |_cx| Ok(()));
            let parents = (cx.id(), innermost.job().clone());
            innermost.await?;
            Ok(parents)
        });
        let job = child.job().clone();
        let (id, innermost) = child.await?;
        assert_eq!(job.id(), id);
        Ok((job, innermost))
    });
    bench.settle();
    let (inner, innermost) = job.take_value().unwrap();
    assert_eq!(job.parent(), None);
    assert!(!job.is_child());
    assert_eq!(inner.parent(), Some(job.id()));
    assert_eq!(innermost.parent(), Some(inner.id()));
    let id = job.id();
    bench.runtime.forget(id);
    drop(job);
    assert!(bench.runtime.job(id).is_none());
    assert_eq!(inner.parent(), None);
    assert!(inner.is_child());
}
