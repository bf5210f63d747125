//! Misuse is a typed error, never a hang or a crash.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use jobdeck::runtime::{
    ErrorKind, JobContext, JobError, JobHandle, MissedTicks, TICK_BUDGET, join_all, race,
};

use crate::support::{Bench, failure, secs, state};

#[test]
fn awaiting_a_job_of_another_runtime() {
    let [here, there] = [Bench::new(), Bench::new()];
    for ended in [false, true] {
        let other = there
            .runtime
            .spawn("other", async |cx| cx.sleep(secs(1)).await.map(|_| 5));
        let view = other.job().clone();
        if ended {
            there.settle();
            there.pass(secs(1));
        }
        let job = here.runtime.spawn("here", async move |_| other.await);
        here.settle();
        let error = failure(&job);
        assert!(matches!(error.kind(), ErrorKind::OtherRuntime), "{error}");
        assert!(error.to_string().contains("«other»"));
        there.settle();
        there.pass(secs(1));
        assert_eq!(state(&view), "done", "the other one is not hurt");
    }
}

#[test]
fn a_runtime_that_is_ticked_inside_a_job_of_another_keeps_them_apart() {
    let [outer, inner] = [Bench::new(), Bench::new()];
    let (ticked, inner_job) = (
        inner.runtime.clone(),
        inner.runtime.spawn("inner", async |_| Ok(3)),
    );
    let view = inner_job.job().clone();
    let job = outer.runtime.spawn("outer", async move |cx| {
        ticked.tick(TICK_BUDGET);
        let value = inner_job.take_value();
        cx.sleep(secs(1)).await?;
        Ok(value)
    });
    outer.settle();
    assert_eq!(state(&view), "done");
    outer.pass(secs(1));
    assert_eq!(job.take_value(), Some(Some(3)));
}

#[test]
fn awaiting_oneself() {
    let bench = Bench::new();
    let slot = Rc::new(RefCell::new(None::<JobHandle<()>>));
    let own = slot.clone();
    let job = bench.runtime.spawn("a", async move |_| {
        let me = own.take().ok_or_else(|| JobError::new("no handle"))?;
        me.await
    });
    let view = job.job().clone();
    slot.borrow_mut().replace(job);
    bench.settle();
    assert!(failure(&view).to_string().contains("its own end"));
}

#[test]
fn sleeping_for_no_number_and_for_too_many() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        for secs in [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -1.0,
            -1e-9,
            1e30,
        ] {
            let error = cx.sleep_secs(secs).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::InvalidInput), "{secs}");
            assert!(error.to_string().contains(&secs.to_string()), "{error}");
        }
        for secs in [0.0, -0.0, 1e-12] {
            cx.sleep_secs(secs)?.await?;
        }
        cx.sleep_secs(1.5)?.await
    });
    bench.settle();
    bench.pass(Duration::from_millis(1500));
    assert_eq!(
        job.take_value().unwrap().active,
        Duration::from_millis(1500)
    );
}

#[test]
fn a_sleep_of_ten_thousand_years_neither_ends_nor_overflows() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let huge = cx.sleep_secs(3.2e11)?;
        cx.timeout(Duration::MAX, huge).await
    });
    bench.settle();
    bench.pass(secs(1 << 33));
    assert_eq!(state(&job), "running");
    assert!(!bench.tick().more_ready);
    job.pause();
    job.resume();
    assert!(!job.await_tree().is_empty());
    job.skip();
    bench.settle();
    assert_eq!(state(&job), "done");
}

#[test]
fn a_limit_without_end_is_none() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .builder("a")
        .time_limit(Duration::MAX)
        .spawn(async |cx| cx.sleep(secs(5)).await);
    bench.settle();
    bench.pass(secs(5));
    assert_eq!(state(&job), "done");
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn an_empty_race_and_an_interval_of_zero() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let nobody: [JobHandle<()>; 0] = [];
        let errors = [
            cx.race(nobody).await.unwrap_err(),
            race(Vec::<JobHandle<()>>::new()).await.unwrap_err(),
            cx.interval(Duration::ZERO, MissedTicks::Skip).unwrap_err(),
        ];
        let all = errors.iter();
        let all = all.filter(|error| matches!(error.kind(), ErrorKind::InvalidInput));
        let joined = join_all(Vec::<JobHandle<()>>::new()).await?;
        Ok((all.count(), joined.len()))
    });
    bench.settle();
    assert_eq!(job.take_value(), Some((3, 0)));
}

#[test]
fn tasks_of_the_context_of_an_ended_job() {
    let bench = Bench::new();
    let shelf = Rc::new(RefCell::new(None::<JobContext>));
    let to = shelf.clone();
    let ended = bench.runtime.spawn("ended", async move |cx| {
        to.borrow_mut().replace(cx);
        Ok(())
    });
    bench.settle();
    let cx = shelf.take().unwrap();
    assert_eq!(cx.id(), ended.id());
    let child = cx.spawn("late", async |_| Ok(()));
    assert_eq!(state(&child), "cancelled");
    assert_eq!(child.path(), "ended / late");
    let job = bench.runtime.spawn("uses it", async move |_| {
        let all = [
            cx.sleep(secs(1)).await.map(drop),
            cx.timeout(secs(1), std::future::pending()).await,
            cx.checkpoint().await,
            child.await,
            cx.worker("late", |_| Ok(())).await,
        ];
        drop(cx.on_cancel(async |_| Ok(())));
        let is_cancelled = |result: &Result<(), JobError>| {
            let kind = result.as_ref().err().map(JobError::kind);
            matches!(kind, Some(ErrorKind::Cancelled))
        };
        Ok(all.iter().filter(|result| is_cancelled(result)).count())
    });
    bench.settle();
    assert_eq!(job.take_value(), Some(5));
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn a_value_is_taken_once_and_a_missing_one_has_a_reason() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |_| Ok(1));
    assert_eq!(job.take_value(), None);
    bench.settle();
    assert_eq!(job.take_value(), Some(1));
    assert_eq!(job.take_value(), None);
    let error = job.into_value().unwrap_err();
    assert_eq!(error.to_string(), "the job's value was already taken");
    let unended = bench.runtime.spawn("b", async |_| Ok(1));
    assert!(unended.into_value().is_err());
}
