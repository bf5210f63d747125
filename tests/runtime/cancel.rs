//! A cancel drops the future within the call, from any caller.

use std::cell::RefCell;
use std::rc::Rc;

use jobdeck::runtime::Job;

use crate::support::{Bench, Story, TellsDrop, secs, sleep_holding, state};

fn sleeper(bench: &Bench, story: &Story) -> Job {
    let guard = TellsDrop(story.clone(), "dropped");
    bench
        .runtime
        .spawn("a", sleep_holding(guard, secs(10)))
        .job()
        .clone()
}

#[test]
fn the_future_is_gone_when_the_call_returns() {
    let bench = Bench::new();
    let story = Story::default();
    let job = sleeper(&bench, &story);
    bench.tick();
    assert!(job.cancel());
    assert_eq!(story.told(), ["dropped"]);
    assert_eq!(state(&job), "cancelled");
    assert!(!job.cancel(), "the second time it says no");
    bench.pass(secs(100));
    assert_eq!(state(&job), "cancelled");
    assert_eq!(bench.runtime.next_deadline(), None);
}

#[test]
fn also_while_paused_and_while_queued() {
    let bench = Bench::new();
    let story = Story::default();
    let queued = sleeper(&bench, &story);
    queued.cancel();
    assert_eq!(story.told(), ["dropped"]);
    let paused = sleeper(&bench, &story);
    bench.tick();
    paused.pause();
    bench.pass(secs(20));
    paused.cancel();
    assert_eq!(story.told().len(), 2);
    bench.tick();
    assert_eq!([state(&queued), state(&paused)], ["cancelled"; 2]);
}

#[test]
fn also_when_it_is_ready_and_paused_and_its_wake_is_parked() {
    let bench = Bench::new();
    let story = Story::default();
    let job = sleeper(&bench, &story);
    job.pause();
    bench.tick(); // the first poll's wake is parked now
    job.cancel();
    assert_eq!(story.told(), ["dropped"]);
    bench.tick();
    assert_eq!(job.statistics().polls, 0);
}

#[test]
fn from_inside_its_own_poll_it_holds_at_the_end_of_that_poll() {
    let bench = Bench::new();
    let story = Story::default();
    let own = Rc::new(RefCell::new(None::<Job>));
    let (me, told) = (own.clone(), story.clone());
    let job = bench.runtime.spawn("a", async move |cx| {
        let _guard = TellsDrop(told.clone(), "dropped");
        me.borrow().as_ref().unwrap().cancel();
        told.tell("still in the poll");
        cx.sleep(secs(1)).await?;
        told.tell("never");
        Ok(())
    });
    *own.borrow_mut() = Some(job.job().clone());
    bench.pass(secs(5));
    assert_eq!(story.told(), ["still in the poll", "dropped"]);
    assert_eq!(state(&job), "cancelled");
}

#[test]
fn from_another_jobs_poll_it_is_at_once() {
    let bench = Bench::new();
    let story = Story::default();
    let victim = sleeper(&bench, &story);
    bench.tick();
    let told = story.clone();
    let other = victim.clone();
    let killer = bench.runtime.spawn("killer", async move |_| {
        other.cancel();
        told.tell("after the call");
        Ok(())
    });
    bench.tick();
    assert_eq!(story.told(), ["dropped", "after the call"]);
    assert_eq!([state(&victim), state(&killer)], ["cancelled", "done"]);
}

#[test]
fn the_drop_of_a_cancelled_future_may_cancel_others() {
    struct Cancels(Job);
    impl Drop for Cancels {
        fn drop(&mut self) {
            self.0.cancel();
        }
    }
    let bench = Bench::new();
    let story = Story::default();
    let second = sleeper(&bench, &story);
    let guard = Cancels(second.clone());
    let first = bench.runtime.spawn("first", sleep_holding(guard, secs(9)));
    bench.tick();
    first.cancel();
    assert_eq!([state(&first), state(&second)], ["cancelled"; 2]);
    assert_eq!(story.told(), ["dropped"]);
}

#[test]
fn dropping_the_runtime_drops_every_future_on_this_thread() {
    let story = Story::default();
    let bench = Bench::new();
    let running = sleeper(&bench, &story);
    bench.tick();
    let queued = sleeper(&bench, &story);
    let paused = sleeper(&bench, &story);
    paused.pause();
    drop(bench);
    assert_eq!(story.told(), ["dropped"; 3]);
    for job in [running, queued, paused] {
        assert_eq!(state(&job), "cancelled");
    }
}
