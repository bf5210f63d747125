//! The order of polls when more jobs are ready than fit into a tick.

use std::time::Instant;

use jobdeck::runtime::{JobHandle, PRIORITY_AGEING, Priority};

use crate::support::{Bench, Story, secs};

fn tells(bench: &Bench, story: &Story, name: &'static str, priority: Priority) -> JobHandle<()> {
    let told = story.clone();
    let builder = bench.runtime.builder(name).priority(priority);
    builder.spawn(async move |_| {
        told.tell(name);
        Ok(())
    })
}

/// The story of a run. A run that takes longer than [`PRIORITY_AGEING`] is repeated: jobs that wait
/// so long rise.
fn told_quickly(run: impl Fn(&Bench, &Story)) -> Vec<String> {
    loop {
        let (bench, story) = (Bench::new(), Story::default());
        let began = Instant::now();
        run(&bench, &story);
        if began.elapsed() < PRIORITY_AGEING {
            return story.told();
        }
    }
}

/// One poll a tick, until nothing is ready.
fn step_through(bench: &Bench) {
    while bench.runtime.step().more_ready {}
}

#[test]
fn the_important_come_first_and_equals_as_they_came() {
    let told = told_quickly(|bench, story| {
        for (name, priority) in [
            ("low", Priority::Low),
            ("normal 1", Priority::Normal),
            ("high 1", Priority::High),
            ("normal 2", Priority::Normal),
            ("high 2", Priority::High),
        ] {
            let job = tells(bench, story, name, priority);
            assert_eq!(job.priority(), priority);
        }
        step_through(bench);
    });
    assert_eq!(told, ["high 1", "high 2", "normal 1", "normal 2", "low"]);
}

#[test]
fn a_changed_priority_counts_from_the_next_wake() {
    let told = told_quickly(|bench, story| {
        let jobs = ["a", "b", "c"].map(|name| {
            let told = story.clone();
            bench.runtime.spawn(name, async move |cx| {
                cx.sleep(secs(1)).await?;
                told.tell(name);
                Ok(())
            })
        });
        step_through(bench);
        jobs[0].set_priority(Priority::Low);
        jobs[2].set_priority(Priority::High);
        bench.clock.advance(secs(1));
        step_through(bench);
    });
    assert_eq!(told, ["c", "b", "a"]);
}

#[test]
fn a_woken_job_that_was_paused_comes_back_with_the_priority_it_has_then() {
    let told = told_quickly(|bench, story| {
        let low = tells(bench, story, "was low", Priority::Low);
        low.pause();
        bench.tick();
        low.set_priority(Priority::High);
        let _other = tells(bench, story, "normal", Priority::Normal);
        low.resume();
        step_through(bench);
    });
    assert_eq!(told, ["was low", "normal"]);
}

#[test]
fn a_child_inherits_its_parents_priority_unless_it_sets_its_own() {
    let bench = Bench::new();
    let parent = bench
        .runtime
        .builder("parent")
        .priority(Priority::High)
        .spawn(async |cx| {
            let heir = cx.spawn("heir", async |cx| {
                Ok(cx.spawn("grandchild", async |_| Ok(())).priority())
            });
            let other = cx.builder("other").priority(Priority::Low);
            let other = other.spawn(async |_| Ok(()));
            Ok((heir.priority(), heir.await?, other.priority()))
        });
    bench.settle();
    assert_eq!(
        parent.take_value(),
        Some((Priority::High, Priority::High, Priority::Low))
    );
}

#[test]
fn within_one_round_everybody_has_a_turn_whatever_the_priority() {
    let told = told_quickly(|bench, story| {
        let told = story.clone();
        let busy = bench
            .runtime
            .builder("busy")
            .priority(Priority::High)
            .spawn(async move |_| {
                std::future::poll_fn(|cx| {
                    told.tell("busy");
                    cx.waker().wake_by_ref();
                    std::task::Poll::<Result<(), jobdeck::runtime::JobError>>::Pending
                })
                .await
            });
        let _low = tells(bench, story, "low", Priority::Low);
        bench.tick();
        busy.cancel();
    });
    assert_eq!(
        told.iter().position(|who| who == "low"),
        Some(1),
        "{told:?}"
    );
}

/// The order in which thirty jobs had their three turns.
fn order_of(seed: Option<u64>) -> Vec<String> {
    const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let bench = Bench::new();
    bench.runtime.shuffle(seed);
    let story = Story::default();
    for name in NAMES {
        let told = story.clone();
        drop(bench.runtime.spawn(name, async move |cx| {
            for _ in 0..3 {
                told.tell(name);
                cx.sleep(secs(1)).await?;
            }
            Ok(())
        }));
    }
    (0..4).for_each(|_| bench.pass(secs(1)));
    let told = story.told();
    assert_eq!(told.len(), 30);
    for (round, names) in told.chunks(10).enumerate() {
        let mut sorted = names.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, NAMES, "round {round} has everybody once");
    }
    told
}

#[test]
fn a_seed_gives_one_order_and_another_seed_another() {
    let orders: Vec<_> = (0..5).map(|seed| order_of(Some(seed))).collect();
    for (seed, order) in orders.iter().enumerate() {
        assert_eq!(*order, order_of(Some(seed as u64)));
        assert_ne!(*order, order_of(None));
        assert!(orders[..seed].iter().all(|other| other != order));
    }
}

#[test]
fn without_a_seed_it_is_first_come_first_served_again() {
    let bench = Bench::new();
    bench.runtime.shuffle(Some(1));
    bench.runtime.shuffle(None);
    let story = Story::default();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for name in names {
        drop(tells(&bench, &story, name, Priority::Normal));
    }
    bench.settle();
    assert_eq!(story.told(), names);
}
