//! Long computations in slices, and the steps shown in a row.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use jobdeck::runtime::{CHECKPOINT_SLICE, Job, JobError, JobHandle};

use crate::support::{Bench, Gate, Story, TellsDrop, failure, state};

/// Counts for ever in steps that each use up their slice.
fn counter(bench: &Bench, story: &Story) -> (JobHandle<()>, Rc<Cell<u32>>) {
    let count = Rc::new(Cell::new(0));
    let (counted, guard) = (count.clone(), TellsDrop(story.clone(), "dropped"));
    let job = bench.runtime.spawn("counter", async move |cx| {
        let _guard = guard;
        cx.stepped("Counting", || {
            counted.set(counted.get() + 1);
            std::thread::sleep(2 * CHECKPOINT_SLICE);
            Ok(ControlFlow::Continue(()))
        })
        .await
    });
    (job, count)
}

fn label(job: &Job) -> Option<String> {
    job.step().map(|step| step.label.into_owned())
}

#[test]
fn a_pause_and_a_cancel_are_obeyed_between_two_steps() {
    let bench = Bench::new();
    let story = Story::default();
    let (job, count) = counter(&bench, &story);
    bench.runtime.step();
    bench.runtime.step();
    assert_eq!(count.get(), 2, "one slice a poll");
    assert_eq!(label(&job).as_deref(), Some("Counting"));
    job.pause();
    for _ in 0..5 {
        assert_eq!(bench.runtime.step().polls, 0);
    }
    assert_eq!(count.get(), 2);
    job.resume();
    bench.runtime.step();
    assert_eq!(count.get(), 3);
    job.cancel();
    assert_eq!(story.told(), ["dropped"]);
    assert_eq!(state(&job), "cancelled");
    bench.settle();
    assert_eq!(count.get(), 3);
}

#[test]
fn others_have_their_turn_between_two_steps() {
    let bench = Bench::new();
    let story = Story::default();
    let (job, count) = counter(&bench, &story);
    let other = bench.runtime.spawn("other", async |_| Ok(()));
    bench.runtime.step();
    bench.runtime.step();
    assert_eq!((count.get(), state(&other)), (1, "done"));
    job.cancel();
}

#[test]
fn a_thrown_error_comes_out_between_two_steps() {
    let bench = Bench::new();
    let (job, count) = counter(&bench, &Story::default());
    bench.runtime.step();
    job.throw(JobError::new("enough"));
    bench.settle();
    assert_eq!(failure(&job).to_string(), "enough");
    assert_eq!(count.get(), 1);
}

#[test]
fn a_computation_that_failed_is_no_longer_the_step_under_way() {
    let bench = Bench::new();
    let gate = Gate::default();
    let job = bench.runtime.spawn("a", async move |cx| {
        let fails = || Err::<ControlFlow<()>, _>(JobError::new("broken"));
        drop(cx.stepped("Counting", fails).await);
        gate.wait().await;
        Ok(())
    });
    bench.settle();
    assert_eq!(state(&job), "running");
    assert_eq!(label(&job), None);
}

#[test]
fn a_worker_that_has_ended_is_no_longer_the_step_under_way() {
    let bench = Bench::new();
    let gate = Gate::default();
    let job = bench.runtime.spawn("a", async move |cx| {
        cx.blocking("count words", |_| Ok(())).await?;
        cx.log("counted");
        gate.wait().await;
        Ok(())
    });
    bench.tick_until(|| !job.log_lines().is_empty());
    assert_eq!(label(&job), None);
}
