//! Repeated attempts after failures that may pass, on the job's clock.

use std::borrow::Cow;
use std::time::Duration;

use crate::runtime::{JobContext, JobError, Moment, WaitReason};

/// A wait for something that is not ready yet, which is no failure and uses no retry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyWait {
    /// What the job waits for, in a few words: "the file to be ready".
    pub label: Cow<'static, str>,
    /// How long.
    pub delay: Duration,
}

/// Decides whether, and after how long, something that failed is tried again.
///
/// [`BackOff`] retries every error that is no cancel, and `fetch::RetryPolicy` those of a fetch
/// that may pass. A rule of one's own chooses by the error. Here the waits are 10 to 15 s, and an
/// error of one type is no failure but a request for patience:
///
/// ```
/// use jobdeck::runtime::{JobError, ReadyWait, RetryRule};
/// use jobdeck::testing::TestRuntime;
/// use std::{fmt, time::Duration};
///
/// #[derive(Debug)]
/// struct NotReady;
/// # impl fmt::Display for NotReady {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("not ready") }
/// # }
/// # impl std::error::Error for NotReady {}
///
/// struct Patient;
///
/// impl RetryRule for Patient {
///     fn retries(&self) -> u32 {
///         2
///     }
///
///     fn after(&self, _error: &JobError, retries_done: u32, chance: f64) -> Option<Duration> {
///         // Many jobs that failed together come back spread over five seconds.
///         (retries_done < 2).then(|| Duration::from_secs_f64(10.0 + 5.0 * chance))
///     }
///
///     fn not_ready(&self, error: &JobError, waited: Duration) -> Option<ReadyWait> {
///         error.downcast_ref::<NotReady>()?;
///         (waited < Duration::from_secs(600)).then(|| ReadyWait {
///             label: "the report".into(),
///             delay: Duration::from_secs(60),
///         })
///     }
/// }
///
/// let test = TestRuntime::new();
/// let job = test.spawn("report", async |cx| {
///     cx.retry(Patient, async |attempt| match attempt.number {
///         1..=3 => Err(NotReady.into()), // uses no retry
///         4..=5 => Err(JobError::new("the disk is busy")),
///         number => Ok(number),
///     })
///     .await
/// });
/// test.run_until_idle();
/// let secs = job.active().as_secs_f64();
/// assert!((3.0 * 60.0 + 20.0..=3.0 * 60.0 + 30.0).contains(&secs), "{secs}");
/// assert_eq!(job.take_value(), Some(6));
/// ```
pub trait RetryRule {
    /// How many retries there are at most: what is shown as the 5 in "retry 2 of 5". The decision
    /// is that of [`after`](Self::after).
    fn retries(&self) -> u32;

    /// The wait before the next try after `error`; none when it has failed for good. `retries_done`
    /// counts from 0. `chance` is a random number from 0 to 1, another one at each call: a rule
    /// shortens or lengthens its wait by it, so that jobs which failed together, such as all those
    /// of one server, do not come back together. On a [seed](crate::runtime::RuntimeOptions::seed)
    /// it is the same in every run without worker threads.
    fn after(&self, error: &JobError, retries_done: u32, chance: f64) -> Option<Duration>;

    /// The wait after an error that means that something is not ready yet, such as a file that its
    /// server is still making; none when it is a failure, which [`after`](Self::after) decides on
    /// then. Such a wait uses no retry, so a rule has to end them itself: `waited` is the sum of
    /// the waits of this kind so far.
    fn not_ready(&self, error: &JobError, waited: Duration) -> Option<ReadyWait> {
        let _ = (error, waited);
        None
    }

    /// Whether the attempt that ended with this error made enough progress that the retries before
    /// it do not count any more.
    fn resets_retries(&self, error: &JobError) -> bool {
        let _ = error;
        false
    }
}

/// Waits that double, or grow by another factor, up to a longest one. A random share is taken off
/// each, so that many jobs which failed together are not retried together.
///
/// Every error is retried, except a cancel: of kind
/// [`Cancelled`](crate::runtime::ErrorKind::Cancelled), unless the failure of another job is the
/// reason. So nobody who cancels a child job gets a new one.
///
/// The form, with jitter taken off the exponential wait, is "equal jitter" of Marc Brooker's
/// article on exponential back-off and jitter (AWS Architecture Blog, 2015).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackOff {
    /// How many retries there are at most: 5 by default.
    pub retries: u32,
    /// The wait before the first: 1 s by default.
    pub first: Duration,
    /// By which each wait is longer than the one before: 2 by default.
    pub factor: u32,
    /// The longest wait, before chance takes its share off: 600 s by default.
    pub longest: Duration,
    /// The largest share that chance takes off a wait, from 0 to 1: 0.5 by default.
    pub jitter: f64,
}

impl Default for BackOff {
    /// Five retries after 1, 2, 4, 8 and 16 s, of which chance takes off up to half. With more
    /// retries, no wait is longer than 600 s.
    fn default() -> Self {
        Self {
            retries: 5,
            first: Duration::from_secs(1),
            factor: 2,
            longest: Duration::from_secs(600),
            jitter: 0.5,
        }
    }
}

impl BackOff {
    /// The wait before the retry that follows `retries_done` others.
    ///
    /// ```
    /// use jobdeck::runtime::BackOff;
    /// use std::time::Duration;
    ///
    /// let back_off = BackOff { longest: Duration::from_secs(5), ..BackOff::default() };
    /// assert_eq!(back_off.delay(0, 0.0), Duration::from_secs(1));
    /// assert_eq!(back_off.delay(2, 1.0), Duration::from_secs(2), "half of four");
    /// assert_eq!(back_off.delay(9, 0.0), Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn delay(&self, retries_done: u32, chance: f64) -> Duration {
        let factor = self.factor.saturating_pow(retries_done);
        let whole = self.first.saturating_mul(factor).min(self.longest);
        let share = |number: f64| {
            if number.is_finite() {
                number.clamp(0.0, 1.0)
            } else {
                0.0
            }
        };
        let secs = whole.as_secs_f64() * (1.0 - share(self.jitter) * share(chance));
        // The longest durations are rounded up to more than one can be.
        Duration::try_from_secs_f64(secs).unwrap_or(whole)
    }
}

impl RetryRule for BackOff {
    fn retries(&self) -> u32 {
        self.retries
    }

    fn after(&self, error: &JobError, retries_done: u32, chance: f64) -> Option<Duration> {
        (retries_done < self.retries && !error.is_cancel())
            .then(|| self.delay(retries_done, chance))
    }
}

/// One attempt of [`JobContext::retry`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryAttempt {
    /// Counts from 1.
    pub number: u32,
    /// When it began, on the runtime's clock.
    pub began: Moment,
    /// Why the one before it failed.
    pub last_error: Option<JobError>,
}

impl JobContext {
    /// Calls `code` until it succeeds, or `rule` gives up. The waits are in the job's active time,
    /// can be [skipped](crate::runtime::Job::skip) ("retry now"), and are counted by the row:
    /// "retry 2 of 5".
    ///
    /// The rule sees every error of `code`, also of kind
    /// [`Cancelled`](crate::runtime::ErrorKind::Cancelled), as when a child job was cancelled that
    /// it awaits. [`BackOff`] gives up then; a rule of one's own should, too.
    ///
    /// # Errors
    /// The error of the last attempt, what was thrown at the job during a wait, or its cancel.
    ///
    /// ```
    /// use jobdeck::runtime::{BackOff, Clock, JobError, ParkHost, Runtime};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.spawn("stubborn", async |cx| {
    ///     cx.retry(BackOff::default(), async |attempt| {
    ///         if attempt.number < 3 {
    ///             return Err(JobError::new("not yet"));
    ///         }
    ///         Ok(attempt.number)
    ///     })
    ///     .await
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, 3);
    /// # Ok::<(), JobError>(())
    /// ```
    pub async fn retry<T>(
        &self,
        rule: impl RetryRule,
        mut code: impl AsyncFnMut(RetryAttempt) -> Result<T, JobError>,
    ) -> Result<T, JobError> {
        let runtime = self.record().runtime();
        let mut random = runtime.map_or_else(fastrand::Rng::new, |runtime| {
            runtime.random.borrow_mut().fork()
        });
        let mut last_error = None;
        let mut retries_done = 0;
        let mut ready_waited = Duration::ZERO;
        let mut number: u32 = 0;
        loop {
            number = number.saturating_add(1);
            let attempt = RetryAttempt {
                number,
                began: self.now(),
                last_error: last_error.take(),
            };
            let label = format!("Attempt {number}");
            let error = match self.labelled(label, code(attempt)).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if let Some(ReadyWait { label, delay }) = rule.not_ready(&error, ready_waited) {
                ready_waited = ready_waited.saturating_add(delay);
                last_error = Some(error);
                self.wait(label, WaitReason::Other, delay).await?;
                continue;
            }
            if rule.resets_retries(&error) {
                retries_done = 0;
            }
            let Some(delay) = rule.after(&error, retries_done, random.f64()) else {
                return Err(error);
            };
            retries_done += 1;
            let reason = WaitReason::Retry {
                retry: retries_done,
                of: rule.retries(),
            };
            last_error = Some(error);
            self.wait("Waiting to retry", reason, delay).await?;
        }
    }
}
