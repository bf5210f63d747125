//! Ticks of an interval, and the missed ones.

use std::time::Duration;

use jobdeck::runtime::{ErrorKind, IntervalTick, JobHandle, MissedTicks};

use crate::support::{Bench, Story, secs, state};

/// A job that counts ticks of ten seconds, works for so long after the first of them, and gives
/// what each tick said and when it came.
fn late_once(
    bench: &Bench,
    policy: MissedTicks,
    works: Duration,
) -> JobHandle<Vec<(Duration, IntervalTick)>> {
    bench.runtime.spawn("beat", async move |cx| {
        let mut beat = cx.interval(secs(10), policy)?;
        let mut ticks = vec![(cx.active(), beat.tick().await?)];
        ticks[0].0 = cx.active();
        cx.sleep(works).await?;
        for _ in 0..4 {
            let tick = beat.tick().await?;
            ticks.push((cx.active(), tick));
        }
        Ok(ticks)
    })
}

/// When each tick came, how late it was, and how many were left out before it, in seconds.
fn ticks_of(policy: MissedTicks, works: u64) -> Vec<(u64, u64, u64)> {
    let bench = Bench::new();
    let job = late_once(&bench, policy, secs(works));
    bench.settle();
    (0..200).for_each(|_| bench.pass(secs(1)));
    let ticks = job.take_value().unwrap();
    let numbers: Vec<_> = ticks.iter().map(|(_, tick)| tick.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let told =
        |(at, tick): &(Duration, IntervalTick)| (at.as_secs(), tick.late.as_secs(), tick.missed);
    ticks.iter().map(told).collect()
}

#[test]
fn burst_fires_missed_ticks_at_once_until_it_has_caught_up() {
    assert_eq!(
        ticks_of(MissedTicks::Burst, 25),
        [(10, 0, 0), (35, 15, 0), (35, 5, 0), (40, 0, 0), (50, 0, 0)]
    );
}

#[test]
fn skip_leaves_them_out_and_keeps_to_the_beat() {
    assert_eq!(
        ticks_of(MissedTicks::Skip, 25),
        [(10, 0, 0), (35, 15, 1), (40, 0, 0), (50, 0, 0), (60, 0, 0)]
    );
}

#[test]
fn delay_counts_from_the_late_one() {
    assert_eq!(
        ticks_of(MissedTicks::Delay, 25),
        [(10, 0, 0), (35, 15, 0), (45, 0, 0), (55, 0, 0), (65, 0, 0)]
    );
}

#[test]
fn exactly_on_the_beat_is_not_late() {
    for policy in [MissedTicks::Burst, MissedTicks::Skip, MissedTicks::Delay] {
        assert_eq!(
            ticks_of(policy, 10),
            [(10, 0, 0), (20, 0, 0), (30, 0, 0), (40, 0, 0), (50, 0, 0)],
            "{policy:?}"
        );
    }
}

#[test]
fn many_ticks_of_a_tiny_period_are_left_out_at_once() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("beat", async |cx| {
        let mut beat = cx.interval(Duration::from_nanos(1), MissedTicks::Skip)?;
        cx.sleep(secs(10)).await?;
        let late = beat.tick().await?;
        let next = beat.tick().await?;
        Ok((late.missed, next.missed))
    });
    bench.settle();
    bench.pass(secs(10));
    bench.pass(Duration::from_nanos(1));
    assert_eq!(job.take_value(), Some((9_999_999_999, 0)));
}

#[test]
fn a_pause_moves_every_tick() {
    let bench = Bench::new();
    let job = late_once(&bench, MissedTicks::Skip, secs(0));
    bench.settle();
    bench.pass(secs(7));
    job.pause();
    bench.pass(secs(1000));
    job.resume();
    bench.pass(secs(2));
    assert_eq!(job.steps_from(0).len(), 1, "still the first wait");
    (0..50).for_each(|_| bench.pass(secs(1)));
    let ticks = job.take_value().unwrap();
    let told: Vec<_> = ticks
        .iter()
        .map(|(at, tick)| (at.as_secs(), tick.missed))
        .collect();
    assert_eq!(told, [(10, 0), (20, 0), (30, 0), (40, 0), (50, 0)]);
}

#[test]
fn a_skip_gives_a_tick_at_once_and_the_beat_stays() {
    for (policy, next) in [
        (MissedTicks::Burst, 20),
        (MissedTicks::Skip, 20),
        (MissedTicks::Delay, 13),
    ] {
        let bench = Bench::new();
        let story = Story::default();
        let told = story.clone();
        let job = bench.runtime.spawn("beat", async move |cx| {
            let mut beat = cx.interval(secs(10), policy)?;
            for _ in 0..2 {
                let tick = beat.tick().await?;
                assert_eq!((tick.late, tick.missed), (secs(0), 0));
                told.tell(cx.active().as_secs().to_string());
            }
            Ok(())
        });
        bench.settle();
        bench.pass(secs(3));
        assert!(job.skip());
        bench.settle();
        assert_eq!(story.told(), ["3"]);
        (0..20).for_each(|_| bench.pass(secs(1)));
        assert_eq!(
            story.told(),
            ["3".to_owned(), next.to_string()],
            "{policy:?}"
        );
    }
}

#[test]
fn no_period_is_a_typed_error_and_a_huge_one_never_ticks() {
    let bench = Bench::new();
    let zero = bench.runtime.spawn("zero", async |cx| {
        let error = cx.interval(secs(0), MissedTicks::Burst).unwrap_err();
        Ok(matches!(error.kind(), ErrorKind::InvalidInput))
    });
    let huge = bench.runtime.spawn("huge", async |cx| {
        let mut beat = cx.interval(Duration::MAX, MissedTicks::Skip)?;
        beat.tick().await
    });
    bench.pass(secs(1));
    assert_eq!(zero.take_value(), Some(true));
    assert_eq!(bench.runtime.next_deadline(), None);
    huge.skip();
    bench.settle();
    assert_eq!(state(&huge), "done");
}
