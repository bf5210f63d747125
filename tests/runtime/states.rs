//! The states of a job, and the data of each.

use jobdeck::runtime::{JobError, Lifecycle, Outcome, Step, StepKind, WaitReason};

use crate::support::{Bench, secs, sleep_for, state};

#[test]
fn a_job_is_queued_then_running_then_done_with_its_value() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.sleep(secs(1)).await?;
        Ok(7)
    });
    assert_eq!(state(&job), "queued");
    bench.tick();
    assert_eq!(state(&job), "running");
    assert_eq!(job.take_value(), None);
    bench.pass(secs(1));
    assert_eq!(state(&job), "done");
    assert_eq!(job.take_value(), Some(7));
    assert_eq!(job.take_value(), None, "a value is taken once");
}

#[test]
fn an_error_is_a_failure_that_says_where_it_happened() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("read", async |cx| {
        cx.step(Step::computing("Parsing"));
        let number: u32 = "x".parse()?;
        Ok(number)
    });
    bench.tick();
    let Lifecycle::Finished(Outcome::Failed(error)) = job.lifecycle() else {
        panic!("{:?}", job.lifecycle());
    };
    assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
    assert_eq!(error.job(), Some("read"));
    assert_eq!(error.step(), Some("Parsing"));
    assert!(job.into_value().is_err());
}

#[test]
fn success_failure_and_cancel_are_three_states() {
    let bench = Bench::new();
    let done = bench.runtime.spawn("a", async |_| Ok(()));
    let failed = bench
        .runtime
        .spawn("b", async |_| Err::<(), _>(JobError::new("no")));
    let cancelled = bench.runtime.spawn("c", async |_| Ok(()));
    cancelled.cancel();
    bench.tick();
    assert_eq!(
        [state(&done), state(&failed), state(&cancelled)],
        ["done", "failed", "cancelled"]
    );
}

#[test]
fn a_sleep_is_a_step_that_says_until_when_and_ends() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.sleep(secs(3)).await?;
        cx.step(Step::transferring("Downloading"));
        cx.sleep(secs(1)).await?;
        Ok(())
    });
    bench.tick();
    bench.pass(secs(1));
    assert_eq!(
        job.step().map(|step| step.kind),
        Some(StepKind::Waiting {
            reason: WaitReason::Sleep,
            until: Some(secs(3))
        })
    );
    bench.pass(secs(2));
    bench.pass(secs(1));
    assert_eq!(state(&job), "done");
    assert_eq!(job.step(), None, "nothing is under way at the end");
    let labels: Vec<_> = job
        .steps_from(2)
        .iter()
        .map(|step| (step.step.label.to_string(), step.ended.is_some()))
        .collect();
    assert_eq!(
        labels,
        [("Downloading".into(), true), ("Sleeping".into(), true)]
    );
}

#[test]
fn the_table_has_the_living_and_the_latest_dead() {
    let bench = Bench::new();
    let ends = bench.runtime.spawn("ends", async |_| Ok(()));
    let id = ends.id();
    drop(ends);
    let lives = bench.runtime.spawn("lives", sleep_for(secs(9)));
    bench.tick();
    let names: Vec<_> = bench
        .runtime
        .jobs()
        .iter()
        .map(|job| job.name().to_owned())
        .collect();
    assert_eq!(names, ["lives", "ends"]);
    assert!(bench.runtime.job(id).is_some_and(|job| job.is_finished()));
    assert!(bench.runtime.job(lives.id()).is_some());
}

#[test]
fn changes_name_each_changed_job_once() {
    let bench = Bench::new();
    bench.runtime.watch_changes();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.step(Step::computing("one"));
        cx.step(Step::computing("two"));
        cx.sleep(secs(1)).await.map(drop)
    });
    bench.tick();
    assert_eq!(bench.runtime.take_changes(), [job.id()]);
    assert_eq!(bench.runtime.take_changes(), []);
    bench.pass(secs(1));
    assert_eq!(bench.runtime.take_changes(), [job.id()]);
}

#[test]
fn dropping_the_handle_does_not_cancel() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", sleep_for(secs(1)));
    let view = job.job().clone();
    drop(job);
    bench.tick();
    bench.pass(secs(1));
    assert_eq!(state(&view), "done");
}
