//! How long the value of a job lives: as long as its handle, or until it is taken.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use jobdeck::runtime::{FINISHED_KEPT, JobError};

use crate::support::{Bench, Gate, state};

/// Counts the values that are alive.
struct Counted(Rc<Cell<usize>>);

impl Counted {
    fn new(alive: &Rc<Cell<usize>>) -> Self {
        alive.set(alive.get() + 1);
        Self(alive.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[test]
fn no_value_of_2000_jobs_without_handles_is_alive() {
    let bench = Bench::new();
    let alive = Rc::new(Cell::new(0));
    let made = Rc::new(Cell::new(0));
    for number in 0..2_000 {
        let (counted, made) = (alive.clone(), made.clone());
        let job = bench.runtime.spawn("a", async move |_cx| {
            made.set(made.get() + 1);
            Ok(Counted::new(&counted))
        });
        // Half of the handles are dropped before the end, half of them after it.
        if number % 2 == 0 {
            drop(job);
            bench.settle();
        } else {
            bench.settle();
            assert_eq!(alive.get(), 1, "the handle keeps it");
            drop(job);
        }
        assert_eq!(alive.get(), 0);
    }
    assert_eq!(made.get(), 2_000);
    assert_eq!(bench.runtime.jobs().len(), FINISHED_KEPT);
}

#[test]
fn a_handle_dropped_while_children_run_drops_the_value() {
    let bench = Bench::new();
    let alive = Rc::new(Cell::new(0));
    let gate = Gate::default();
    let (counted, until) = (alive.clone(), gate.clone());
    let job = bench.runtime.spawn("parent", async move |cx| {
        drop(cx.spawn("child", async move |_cx| {
            until.wait().await;
            Ok(())
        }));
        Ok(Counted::new(&counted))
    });
    bench.settle();
    let view = job.job().clone();
    assert_eq!((state(&view), alive.get()), ("completing", 1));
    drop(job);
    assert_eq!(alive.get(), 0);
    gate.open();
    bench.settle();
    assert_eq!(state(&view), "done");
}

#[test]
fn a_value_whose_drop_panics_ends_nothing() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in the drop of a value");
        }
    }
    let bench = Bench::new();
    let early = bench.runtime.spawn("early", async |_cx| Ok(Bomb));
    let view = early.job().clone();
    drop(early);
    let late = bench.runtime.spawn("late", async |_cx| Ok(Bomb));
    bench.settle();
    drop(late);
    assert_eq!(state(&view), "done");
}

#[test]
fn a_remote_handle_still_gets_the_value() {
    let bench = Bench::new();
    let remote = bench.runtime.spawn("a", async |_cx| Ok(7)).into_remote();
    bench.settle();
    assert_eq!(remote.join().unwrap(), 7);
}

#[test]
fn a_look_at_a_value_leaves_it_there_also_after_a_panic() {
    let bench = Bench::new();
    let job = bench
        .runtime
        .spawn("a", async |_cx| Ok(String::from("kept")));
    bench.settle();
    let look = || job.with_value(|_: &String| panic!("deliberate"));
    assert!(catch_unwind(AssertUnwindSafe(look)).is_err());
    assert_eq!(job.with_value(|text| text.len()), Some(4));
    // What looks may look again, and finds nothing.
    let inner = job.with_value(|_| job.with_value(String::len));
    assert_eq!(inner, Some(None));
    assert_eq!(job.take_value().as_deref(), Some("kept"));
    assert_eq!(job.with_value(String::len), None);
}

#[test]
fn what_is_forgotten_is_freed() {
    let bench = Bench::new();
    let alive = Rc::new(Cell::new(0));
    let failed = bench
        .runtime
        .spawn("failed", async |_cx| Err::<(), _>(JobError::new("no")));
    let counted = alive.clone();
    let kept = bench
        .runtime
        .spawn("kept", async move |_cx| Ok(Counted::new(&counted)));
    let nap = bench
        .runtime
        .spawn("nap", async |cx| cx.sleep(crate::support::secs(9)).await);
    bench.settle();
    assert!(bench.runtime.forget(failed.id()));
    assert!(
        !bench.runtime.forget(failed.id()),
        "the table has it no more"
    );
    assert!(!bench.runtime.forget(nap.id()), "it has not ended");
    assert_eq!(bench.runtime.forget_finished(), 1);
    assert_eq!(alive.get(), 1, "its handle keeps it");
    drop(kept);
    assert_eq!(alive.get(), 0);
    assert_eq!(bench.runtime.jobs().len(), 1);
    assert!(failed.outcome().is_some(), "a handle outlives the table");
}
