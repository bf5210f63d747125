//! Ticks at a steady pace, on the job's clock.

use std::time::Duration;

use crate::runtime::{JobContext, JobError, WaitReason};

/// What an [`Interval`] does about ticks that were due while it was not awaited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MissedTicks {
    /// Returns them at once, one after the other, until it has caught up.
    #[default]
    Burst,
    /// Drops them: the next tick is at a whole multiple of the period.
    Skip,
    /// Returns one at once, and counts the next period from there.
    Delay,
}

/// One tick of an [`Interval`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IntervalTick {
    /// Counts the ticks, from 1.
    pub number: u64,
    /// How late it was, in active time.
    pub late: Duration,
    /// How many were dropped before it.
    pub missed: u64,
}

/// Ticks at a steady pace of the job's active time; made by [`JobContext::interval`]. A pause
/// delays all of them.
#[derive(Debug)]
pub struct Interval {
    cx: JobContext,
    period: Duration,
    policy: MissedTicks,
    /// When the next tick is due, in active time.
    next: Duration,
    given: u64,
}

impl JobContext {
    /// Ticks every `period`, for the first time one period from now.
    ///
    /// # Errors
    /// Of kind [`InvalidInput`](crate::runtime::ErrorKind::InvalidInput) when the period is zero.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, MissedTicks, ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.spawn("metronome", async |cx| {
    ///     let mut beat = cx.interval(Duration::from_millis(500), MissedTicks::Skip)?;
    ///     while beat.tick().await?.number < 4 {}
    ///     Ok(cx.active())
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, Duration::from_secs(2));
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn interval(&self, period: Duration, policy: MissedTicks) -> Result<Interval, JobError> {
        if period.is_zero() {
            return Err(JobError::invalid_input(
                "an interval of no time never lets go: give a period above zero, or use `checkpoint`",
            ));
        }
        Ok(Interval {
            cx: self.clone(),
            period,
            policy,
            next: self.active().saturating_add(period),
            given: 0,
        })
    }
}

impl Interval {
    /// Waits for the next tick. [`Job::skip`](crate::runtime::Job::skip) ends the wait at once.
    ///
    /// # Errors
    /// That the job is [at its end](crate::runtime#words), or what was thrown at it.
    pub async fn tick(&mut self) -> Result<IntervalTick, JobError> {
        let wait = self.next.saturating_sub(self.cx.active());
        self.cx
            .wait("The next tick", WaitReason::Other, wait)
            .await?;
        let now = self.cx.active();
        let late = now.saturating_sub(self.next);
        let behind = u64::try_from(late.as_nanos() / self.period.as_nanos()).unwrap_or(u64::MAX);
        let missed = if self.policy == MissedTicks::Skip {
            behind
        } else {
            0
        };
        self.next = match self.policy {
            MissedTicks::Burst => self.next.saturating_add(self.period),
            MissedTicks::Delay => now.saturating_add(self.period),
            MissedTicks::Skip => {
                let past_the_beat = late.as_nanos() % self.period.as_nanos();
                let last_beat = now.max(self.next) - Duration::from_nanos_u128(past_the_beat);
                last_beat.saturating_add(self.period)
            }
        };
        self.given += 1;
        Ok(IntervalTick {
            number: self.given,
            late,
            missed,
        })
    }
}
