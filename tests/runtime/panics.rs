//! A panic ends one job, and nothing else.

use jobdeck::runtime::{ErrorKind, Outcome};

use crate::support::{Bench, secs, state};

fn message(outcome: Option<&Outcome>) -> String {
    match outcome {
        Some(Outcome::Panicked(report)) => report.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn in_a_poll() {
    let bench = Bench::new();
    let other = bench.runtime.spawn("other", async |_| Ok(1));
    let job = bench.runtime.spawn("a", async |cx| {
        cx.sleep(secs(1)).await?;
        if cx.id() == cx.id() {
            panic!("deliberate {}", 1);
        }
        Ok(())
    });
    bench.tick();
    bench.pass(secs(1));
    assert_eq!(message(job.outcome()), "panicked in the job: deliberate 1");
    assert_eq!(other.take_value(), Some(1));
}

#[test]
fn in_the_drop_of_a_cancelled_future() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("deliberate drop");
        }
    }
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let _bomb = Bomb;
        cx.sleep(secs(1)).await.map(drop)
    });
    bench.tick();
    job.cancel();
    assert!(message(job.outcome()).contains("deliberate drop"));
    bench.pass(secs(1));
    let after = bench.runtime.spawn("b", async |_| Ok(2));
    bench.tick();
    assert_eq!(after.take_value(), Some(2));
}

#[test]
fn in_a_worker_it_is_an_error_where_it_is_awaited() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        let result = cx
            .blocking("crash", |_| -> Result<(), _> {
                panic!("deliberate worker")
            })
            .await;
        Ok(result)
    });
    bench.tick_until(|| job.is_finished());
    let error = job.take_value().unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Panicked(_)));
    assert_eq!(
        error.to_string(),
        "panicked in worker «crash»: deliberate worker"
    );
}

#[test]
fn in_a_worker_it_crashes_the_job_that_passes_it_on() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.blocking("crash", |_| -> Result<(), _> { panic!("deliberate") })
            .await
    });
    bench.tick_until(|| job.is_finished());
    assert_eq!(state(&job), "panicked");
}
