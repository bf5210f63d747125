//! A limit on concurrent use, and its queue.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use jobdeck::runtime::{AwaitKind, Job, JobError, Permit, Semaphore, StepKind, WaitReason};

use crate::support::{Bench, Story, failure, secs, state};

/// A job that holds a permit for ten seconds and tells when it has it.
fn worker(bench: &Bench, slots: &Semaphore, story: &Story, name: &'static str) -> Job {
    let (slots, story) = (slots.clone(), story.clone());
    let job = bench.runtime.spawn(name, async move |cx| {
        let _permit = cx.acquire(&slots).await?;
        story.tell(name);
        cx.sleep(secs(10)).await.map(drop)
    });
    job.job().clone()
}

fn workers<const N: usize>(
    bench: &Bench,
    slots: &Semaphore,
    story: &Story,
    names: [&'static str; N],
) -> [Job; N] {
    let jobs = names.map(|name| worker(bench, slots, story, name));
    bench.settle();
    jobs
}

#[test]
fn permits_are_given_in_order_and_never_beyond_the_limit() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 2), Story::default());
    let _jobs = workers(&bench, &slots, &story, ["a", "b", "c", "d", "e"]);
    assert_eq!(story.told(), ["a", "b"]);
    assert_eq!([slots.taken(), slots.waiting(), slots.limit()], [2, 3, 2]);
    bench.pass(secs(10));
    assert_eq!(story.told(), ["a", "b", "c", "d"]);
    bench.pass(secs(10));
    bench.pass(secs(10));
    assert_eq!(story.told(), ["a", "b", "c", "d", "e"]);
    assert_eq!([slots.taken(), slots.waiting()], [0, 0]);
}

#[test]
fn the_place_in_the_queue_can_be_seen() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("the printer", 1), Story::default());
    let [a, b, c] = workers(&bench, &slots, &story, ["a", "b", "c"]);
    let places = || [&a, &b, &c].map(|job| job.queue_position());
    assert_eq!(places(), [None, Some(1), Some(2)]);
    let tree = c.await_tree();
    assert_eq!(tree.len(), 1);
    assert_eq!(
        (tree[0].label.as_ref(), tree[0].kind),
        ("the printer", AwaitKind::Slot)
    );
    assert_eq!(tree[0].queue_position, Some(2));
    let StepKind::Waiting {
        reason,
        until: None,
    } = c.step().unwrap().kind
    else {
        panic!("{:?}", c.step());
    };
    assert_eq!(reason, WaitReason::Slot("the printer".into()));
    bench.pass(secs(10));
    assert_eq!(places(), [None, None, Some(1)]);
    assert_eq!(b.step().unwrap().label, "Sleeping");
}

#[test]
fn a_paused_waiter_keeps_its_place_and_lets_others_go_first() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 1), Story::default());
    let [_a, b, c, d] = workers(&bench, &slots, &story, ["a", "b", "c", "d"]);
    b.pause();
    bench.pass(secs(10));
    assert_eq!(story.told(), ["a", "c"]);
    assert_eq!([b.queue_position(), d.queue_position()], [Some(1), Some(2)]);
    b.resume();
    bench.pass(secs(10));
    assert_eq!(story.told(), ["a", "c", "b"]);
    assert_eq!(state(&c), "done");
}

#[test]
fn a_waiter_that_is_paused_after_its_turn_was_called_passes_it_on() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 1), Story::default());
    let [a, b, _c] = workers(&bench, &slots, &story, ["a", "b", "c"]);
    a.cancel(); // wakes b, which is not polled yet
    b.pause();
    bench.settle();
    assert_eq!(story.told(), ["a", "c"]);
    b.resume();
    bench.settle();
    assert_eq!(b.queue_position(), Some(1));
    bench.pass(secs(10));
    assert_eq!(story.told(), ["a", "c", "b"]);
}

#[test]
fn a_job_resumed_while_a_permit_is_free_gets_it() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 1), Story::default());
    let [_a, b] = workers(&bench, &slots, &story, ["a", "b"]);
    b.pause();
    bench.pass(secs(10));
    assert_eq!(slots.taken(), 0, "nobody else wants it");
    bench.pass(secs(100));
    assert_eq!(story.told(), ["a"]);
    b.resume();
    bench.settle();
    assert_eq!(story.told(), ["a", "b"]);
}

#[test]
fn a_waiter_that_is_cancelled_after_its_turn_was_called_passes_it_on() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 1), Story::default());
    let [a, b, _c] = workers(&bench, &slots, &story, ["a", "b", "c"]);
    a.cancel();
    b.cancel();
    bench.settle();
    assert_eq!(story.told(), ["a", "c"]);
    assert_eq!(slots.waiting(), 0);
}

#[test]
fn a_wait_that_is_dropped_passes_its_turn_on_too() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 1), Story::default());
    let _holder = worker(&bench, &slots, &story, "a");
    bench.settle();
    let hasty = slots.clone();
    let job = bench.runtime.spawn("hasty", async move |cx| {
        Ok(cx.timeout(secs(10), cx.acquire(&hasty)).await.is_ok())
    });
    let last = worker(&bench, &slots, &story, "last");
    bench.settle();
    assert_eq!(last.queue_position(), Some(2));
    // The permit is returned at the moment of the time-out: exactly one of the two gets it.
    bench.pass(secs(10));
    bench.pass(secs(10));
    assert!(job.is_finished());
    assert_eq!(story.told(), ["a", "last"]);
}

#[test]
fn lowering_takes_nothing_away_and_gives_out_fewer() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 2), Story::default());
    let [a, b, _c] = workers(&bench, &slots, &story, ["a", "b", "c"]);
    slots.set_limit(1);
    bench.settle();
    assert_eq!([slots.taken(), slots.limit()], [2, 1]);
    assert_eq!([state(&a), state(&b)], ["running"; 2]);
    a.cancel();
    bench.settle();
    assert_eq!(
        story.told(),
        ["a", "b"],
        "one is still out, and that is all"
    );
    b.cancel();
    bench.settle();
    assert_eq!(story.told(), ["a", "b", "c"]);
}

#[test]
fn raising_wakes_as_many_as_there_are_permits_now() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 0), Story::default());
    let jobs = workers(&bench, &slots, &story, ["a", "b", "c", "d"]);
    jobs[0].pause();
    slots.set_limit(2);
    bench.settle();
    assert_eq!(story.told(), ["b", "c"]);
    slots.set_limit(usize::MAX);
    bench.settle();
    assert_eq!(story.told(), ["b", "c", "d"]);
    jobs[0].resume();
    bench.settle();
    assert_eq!(story.told(), ["b", "c", "d", "a"]);
}

#[test]
fn a_permit_comes_back_with_a_cancel_also_of_a_paused_job() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 1), Story::default());
    let [a, b] = workers(&bench, &slots, &story, ["a", "b"]);
    a.pause();
    bench.pass(secs(100));
    assert_eq!([slots.taken(), slots.waiting()], [1, 1], "a pause keeps it");
    a.cancel();
    assert_eq!(slots.taken(), 0);
    bench.settle();
    assert_eq!(story.told(), ["a", "b"]);
    assert_eq!(state(&b), "running");
}

#[test]
fn a_permit_may_leave_its_job_and_come_back_from_anywhere() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 1), Story::default());
    let shelf = Rc::new(RefCell::new(None::<Permit>));
    let (from, to) = (slots.clone(), shelf.clone());
    drop(bench.runtime.spawn("a", async move |cx| {
        let permit = cx.acquire(&from).await?;
        to.borrow_mut().replace(permit);
        Ok(())
    }));
    bench.settle();
    let _b = worker(&bench, &slots, &story, "b");
    bench.settle();
    assert_eq!([slots.taken(), slots.waiting()], [1, 1]);
    drop(shelf.take());
    bench.settle();
    assert_eq!(story.told(), ["b"]);
}

#[test]
fn the_place_is_that_of_the_call_and_not_of_the_await() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 1), Story::default());
    let early = slots.clone();
    let first = bench.runtime.spawn("first", async move |cx| {
        let place = cx.acquire(&early);
        cx.sleep(secs(5)).await?;
        drop(place.await?);
        Ok(())
    });
    let second = worker(&bench, &slots, &story, "second");
    bench.settle();
    assert_eq!(
        [first.queue_position(), second.queue_position()],
        [Some(1), Some(2)]
    );
    bench.pass(secs(5));
    assert_eq!(state(&first), "done");
    assert_eq!(story.told(), ["second"]);
}

#[test]
fn a_job_at_its_end_gets_none() {
    let bench = Bench::new();
    let slots = Semaphore::new("slots", 1);
    let shelf = Rc::new(RefCell::new(None));
    let to = shelf.clone();
    drop(bench.runtime.spawn("ended", async move |cx| {
        to.borrow_mut().replace(cx);
        Ok(())
    }));
    bench.settle();
    let other = slots.clone();
    let job = bench.runtime.spawn("b", async move |_| {
        let cx = shelf.take().ok_or_else(|| JobError::new("no context"))?;
        cx.acquire(&other).await.map(drop)
    });
    bench.settle();
    assert_eq!(failure(&job).to_string(), "cancelled");
    assert_eq!([slots.taken(), slots.waiting()], [0, 0]);
}

/// Random acts on many jobs that share a few slots: whatever comes, a free permit and an unpaused
/// waiter never stay beside each other, and in the end everybody had a turn or was cancelled.
fn storm(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let bench = Bench::new();
    bench
        .runtime
        .shuffle(seed.is_multiple_of(2).then_some(seed));
    let slots = Semaphore::new("slots", 3);
    let mut jobs: Vec<Job> = Vec::new();
    for act in 0..3000 {
        let any = (!jobs.is_empty()).then(|| random.usize(0..jobs.len()));
        match (random.usize(0..10), any) {
            (0 | 1, _) if jobs.len() < 30 => {
                let (slots, mut own) = (slots.clone(), random.fork());
                let job = bench.runtime.spawn("a", async move |cx| {
                    for _ in 0..own.usize(1..4) {
                        let wait = cx.acquire(&slots);
                        let permit = if own.bool() {
                            cx.timeout(secs(own.u64(1..30)), wait).await.ok()
                        } else {
                            Some(wait.await?)
                        };
                        cx.sleep(secs(own.u64(0..5))).await?;
                        drop(permit);
                    }
                    Ok(())
                });
                jobs.push(job.job().clone());
            }
            (2 | 3, Some(at)) => {
                jobs[at].pause();
            }
            (4 | 5, Some(at)) => {
                jobs[at].resume();
            }
            (6, Some(at)) => {
                jobs[at].cancel();
            }
            (7, _) => slots.set_limit(random.usize(0..5)),
            (8, _) => {
                bench.clock.advance(secs(random.u64(0..3)));
            }
            _ => {
                bench.runtime.step();
            }
        }
        if random.u8(..) < 60 {
            bench.settle();
            let wanting = |job: &&Job| job.queue_position().is_some() && !job.is_paused();
            let wanting: Vec<_> = jobs.iter().filter(wanting).collect();
            assert!(
                slots.taken() >= slots.limit() || wanting.is_empty(),
                "seed {seed}, act {act}: {slots:?}, but {wanting:?} wait"
            );
        }
        jobs.retain(|job| !job.is_finished());
    }
    slots.set_limit(1);
    for job in &jobs {
        job.resume();
    }
    for _ in 0..2000 {
        bench.pass(secs(1));
    }
    assert!(jobs.iter().all(Job::is_finished), "seed {seed}: {jobs:?}");
    assert_eq!([slots.taken(), slots.waiting()], [0, 0], "seed {seed}");
}

#[test]
fn no_wake_is_lost_in_a_storm_of_pauses_and_cancels() {
    (1..=20).for_each(storm);
}

#[test]
fn a_loop_of_permits_that_are_always_free_lets_others_have_their_turn() {
    let bench = Bench::new();
    let slots = Semaphore::new("slots", 3);
    let taken = Rc::new(Cell::new(0_u32));
    let (shared, free) = (taken.clone(), slots.clone());
    let greedy = bench.runtime.spawn("greedy", async move |cx| {
        loop {
            let _permit = cx.acquire(&free).await?;
            shared.set(shared.get() + 1);
            if shared.get() > 100_000 {
                return Err::<(), _>(JobError::new("never yielded"));
            }
        }
    });
    let other = bench.runtime.spawn("other", async |_cx| Ok(()));
    for tick in 1..=5 {
        bench.runtime.tick(Duration::ZERO);
        assert!(taken.get() <= 128 * tick, "{} in {tick}", taken.get());
    }
    assert!(taken.get() > 0);
    assert_eq!(state(&other), "done");
    greedy.cancel();
    bench.settle();
    assert_eq!(state(&greedy), "cancelled");
    assert_eq!([slots.taken(), slots.waiting()], [0, 0]);
}

#[test]
fn a_wait_that_outlives_its_job_blocks_nobody() {
    let bench = Bench::new();
    let (slots, story) = (Semaphore::new("slots", 1), Story::default());
    let kept = Rc::new(RefCell::new(Vec::new()));
    let [first] = workers(&bench, &slots, &story, ["first"]);
    let (waits, out) = (slots.clone(), kept.clone());
    let job = bench.runtime.spawn("keeps", async move |cx| {
        out.borrow_mut().push(cx.acquire(&waits));
        cx.sleep(secs(1)).await.map(|_| cx)
    });
    let [_second] = workers(&bench, &slots, &story, ["second"]);
    assert_eq!(slots.waiting(), 2);
    bench.pass(secs(1));
    assert_eq!(slots.waiting(), 1, "its job is at its end");
    // The context of a job at its end gets no place at all.
    let cx = job.take_value().unwrap();
    kept.borrow_mut().push(cx.acquire(&slots));
    assert_eq!(slots.waiting(), 1);
    first.cancel();
    bench.settle();
    assert_eq!(story.told(), ["first", "second"]);
    drop(kept);
    assert_eq!([slots.taken(), slots.waiting()], [1, 0]);
}
