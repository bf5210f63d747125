//! Retries after a failure, visible and on the job's clock.

use std::time::Duration;

use jobdeck::runtime::{
    BackOff, ErrorKind, Job, JobError, JobHandle, RetryRule, StepKind, WaitReason, join_all,
};

use crate::support::{Bench, failure, secs, sleep_for, state};

/// Waits of 1, 2, 4, 8 and 16 s, without jitter.
const EXACT: BackOff = BackOff {
    retries: 5,
    first: secs(1),
    factor: 2,
    longest: secs(600),
    jitter: 0.0,
};

/// A job whose attempts fail before number `succeeds`; it returns the number of the attempt.
fn stubborn(bench: &Bench, rule: BackOff, succeeds: u32) -> JobHandle<u32> {
    bench.runtime.spawn("stubborn", async move |cx| {
        cx.retry(rule, async |attempt| {
            if attempt.number < succeeds {
                return Err(JobError::new(format!("no {}", attempt.number)));
            }
            Ok(attempt.number)
        })
        .await
    })
}

fn waits_for_retry(job: &Job) -> Option<(u32, u32, Option<Duration>)> {
    match job.step()?.kind {
        StepKind::Waiting {
            reason: WaitReason::Retry { retry, of, .. },
            until,
        } => Some((retry, of, until)),
        _ => None,
    }
}

#[test]
fn the_wait_says_which_retry_comes_when() {
    let bench = Bench::new();
    let job = stubborn(&bench, EXACT, 4);
    bench.settle();
    assert_eq!(waits_for_retry(&job), Some((1, 5, Some(secs(1)))));
    bench.pass(secs(1));
    assert_eq!(waits_for_retry(&job), Some((2, 5, Some(secs(3)))));
    bench.pass(secs(2));
    assert_eq!(waits_for_retry(&job), Some((3, 5, Some(secs(7)))));
    bench.pass(secs(4));
    assert_eq!(waits_for_retry(&job), None);
    assert_eq!(job.take_value(), Some(4));
    assert_eq!(job.active(), secs(7));
    assert_eq!(job.slept(), secs(0), "only a sleep counts as slept");
}

#[test]
fn a_skip_is_retry_now() {
    let bench = Bench::new();
    let job = stubborn(&bench, EXACT, 3);
    bench.settle();
    assert!(job.skip());
    bench.settle();
    assert_eq!(waits_for_retry(&job), Some((2, 5, Some(secs(2)))));
    assert!(job.skip());
    bench.settle();
    assert_eq!(job.take_value(), Some(3));
    assert_eq!(job.active(), secs(0));
}

#[test]
fn a_pause_stops_the_wait_and_a_skip_within_it_counts_after_it() {
    let bench = Bench::new();
    let job = stubborn(
        &bench,
        BackOff {
            first: secs(10),
            ..EXACT
        },
        3,
    );
    bench.settle();
    bench.pass(secs(4));
    job.pause();
    bench.pass(secs(1000));
    job.resume();
    bench.pass(secs(5));
    assert_eq!(waits_for_retry(&job), Some((1, 5, Some(secs(10)))));
    bench.pass(secs(1));
    assert_eq!(waits_for_retry(&job), Some((2, 5, Some(secs(30)))));
    job.pause();
    assert!(job.skip());
    bench.settle();
    assert_eq!(state(&job), "paused");
    job.resume();
    bench.settle();
    assert_eq!(job.take_value(), Some(3));
}

#[test]
fn it_gives_up_with_the_last_error() {
    let bench = Bench::new();
    let job = stubborn(
        &bench,
        BackOff {
            retries: 2,
            ..EXACT
        },
        100,
    );
    bench.settle();
    bench.pass(secs(1));
    bench.pass(secs(2));
    let error = failure(&job);
    assert_eq!(
        (error.to_string().as_str(), error.job()),
        ("no 3", Some("stubborn"))
    );
}

#[test]
fn no_retries_is_one_attempt_and_an_attempt_knows_the_error_before() {
    let bench = Bench::new();
    let none = stubborn(
        &bench,
        BackOff {
            retries: 0,
            ..EXACT
        },
        2,
    );
    let knows = bench.runtime.spawn("knows", async |cx| {
        cx.retry(EXACT, async |attempt| match attempt.last_error {
            Some(error) if attempt.number == 2 => Ok((error.to_string(), attempt.began)),
            Some(_) => Err(JobError::new("too late")),
            None => Err(JobError::new("the first")),
        })
        .await
    });
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(failure(&none).to_string(), "no 1");
    let (error, began) = knows.take_value().unwrap();
    assert_eq!(
        (error.as_str(), began.since_start()),
        ("the first", secs(1))
    );
}

#[test]
fn chance_takes_off_at_most_its_share() {
    let rule = BackOff {
        jitter: 0.5,
        ..EXACT
    };
    for chance in [0.0, 0.3, 1.0, -5.0, 7.0, f64::NAN, f64::INFINITY] {
        let delay = rule.delay(2, chance);
        assert!(delay >= secs(2) && delay <= secs(4), "{chance}: {delay:?}");
    }
    let wild = BackOff {
        jitter: f64::NAN,
        factor: u32::MAX,
        ..EXACT
    };
    assert_eq!(wild.delay(u32::MAX, 0.5), wild.longest);
    let endless = BackOff {
        first: Duration::MAX,
        longest: Duration::MAX,
        jitter: 0.5,
        ..EXACT
    };
    assert_eq!(endless.delay(0, 0.0), Duration::MAX);
    assert!(endless.delay(7, 1.0) < Duration::MAX);
}

#[test]
fn a_child_that_was_cancelled_is_not_begun_again() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.retry(EXACT, async |attempt| {
            let child = cx.spawn(format!("try {}", attempt.number), sleep_for(secs(9)));
            child.await.map_err(|error| error.context("in a context"))
        })
        .await
    });
    bench.settle();
    let child = bench.runtime.jobs().into_iter().find(Job::is_child);
    child.unwrap().cancel();
    bench.pass(secs(600));
    assert!(matches!(failure(&job).kind(), ErrorKind::Cancelled));
    assert_eq!(bench.runtime.jobs().len(), 2);
}

#[test]
fn a_child_that_is_cancelled_because_of_a_failure_is_begun_again() {
    let bench = Bench::new();
    let job = bench.runtime.spawn("a", async |cx| {
        cx.retry(EXACT, async |attempt| {
            let number = attempt.number;
            let nap = cx.spawn("nap", sleep_for(secs(9)));
            let broken = cx.spawn("broken", async move |cx| {
                cx.sleep(secs(1)).await?;
                if number < 3 {
                    return Err(JobError::new("no"));
                }
                Ok(())
            });
            join_all([nap, broken]).await?;
            Ok(number)
        })
        .await
    });
    bench.settle();
    (0..60).for_each(|_| bench.pass(secs(1)));
    assert_eq!(job.take_value(), Some(3), "{:?}", job.outcome());
}

#[test]
fn an_error_thrown_during_the_wait_ends_it() {
    let bench = Bench::new();
    let job = stubborn(&bench, EXACT, 3);
    bench.settle();
    job.throw(JobError::new("enough"));
    bench.settle();
    assert_eq!(failure(&job).to_string(), "enough");
    assert_eq!(bench.runtime.next_deadline(), None);
}

/// The waits of a back-off, restarted after an error that reports progress.
struct AfterProgress(BackOff);

impl RetryRule for AfterProgress {
    fn retries(&self) -> u32 {
        self.0.retries()
    }

    fn after(&self, error: &JobError, retries_done: u32, chance: f64) -> Option<Duration> {
        self.0.after(error, retries_done, chance)
    }

    fn resets_retries(&self, error: &JobError) -> bool {
        error.to_string() == "much was done"
    }
}

/// A job whose attempts fail with these errors; it then returns the number of the attempt.
fn failing(
    bench: &Bench,
    rule: impl RetryRule + 'static,
    errors: &'static [&str],
) -> JobHandle<u32> {
    bench.runtime.spawn("failing", async move |cx| {
        cx.retry(rule, async |attempt| {
            match errors.get(attempt.number as usize - 1) {
                Some(error) => Err(JobError::new(*error)),
                None => Ok(attempt.number),
            }
        })
        .await
    })
}

#[test]
fn an_attempt_with_progress_resets_the_count_and_the_waits() {
    let bench = Bench::new();
    let errors = &["no", "no", "much was done", "no"];
    let job = failing(&bench, AfterProgress(EXACT), errors);
    bench.settle();
    let mut now = 0;
    for (retry, wait) in [(1, 1), (2, 2), (1, 1), (2, 2)] {
        now += wait;
        assert_eq!(waits_for_retry(&job), Some((retry, 5, Some(secs(now)))));
        bench.pass(secs(wait));
    }
    assert_eq!(job.take_value(), Some(5), "attempts are counted on");
}

#[test]
fn after_progress_there_are_as_many_retries_as_before_and_no_more() {
    let rule = || {
        AfterProgress(BackOff {
            retries: 1,
            ..EXACT
        })
    };
    let bench = Bench::new();
    let goes_on = failing(&bench, rule(), &["no", "much was done", "much was done"]);
    let gives_up = failing(&bench, rule(), &["no", "much was done", "no"]);
    bench.settle();
    for _ in 0..3 {
        bench.pass(secs(1));
    }
    assert_eq!(goes_on.take_value(), Some(4));
    assert_eq!(failure(&gives_up).to_string(), "no");
    // Without that rule every failure counts.
    let strict = BackOff {
        retries: 1,
        ..EXACT
    };
    let strict = failing(&bench, strict, &["no", "much was done", "no"]);
    bench.settle();
    bench.pass(secs(1));
    assert_eq!(failure(&strict).to_string(), "much was done");
}
