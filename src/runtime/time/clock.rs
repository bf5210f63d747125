//! Time: a monotonic moment since the clock began, real or virtual.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::runtime::JobError;

/// A moment on a runtime's clock: the time since that clock began, in whole nanoseconds. It is
/// negative for what happened before, such as in an earlier process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "deck", derive(serde::Serialize, serde::Deserialize))]
pub struct Moment(i64);

impl Moment {
    /// The beginning of the clock.
    pub const ZERO: Self = Self(0);
    /// The end of the clock, which no deadline of a job's life reaches.
    pub(crate) const END: Self = Self(i64::MAX);

    /// The moment this long after the clock began; saturates after 292 years.
    #[must_use]
    pub fn from_start(elapsed: Duration) -> Self {
        Self(saturating_nanos(elapsed))
    }

    /// The time since the clock began; zero for a moment before that.
    #[must_use]
    pub fn since_start(self) -> Duration {
        self.since(Self::ZERO)
    }

    /// The time since `earlier`; zero when `earlier` is later than this.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        match u64::try_from(self.0.saturating_sub(earlier.0)) {
            Ok(nanos) => Duration::from_nanos(nanos),
            Err(_) => Duration::ZERO,
        }
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(saturating_nanos(duration)))
    }
}

impl Sub<Duration> for Moment {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(saturating_nanos(duration)))
    }
}

impl Sub for Moment {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.since_start().as_secs_f64())
    }
}

fn saturating_nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// The source of a runtime's time. Cheap to clone; worker threads hold one too.
///
/// A real clock is monotonic, also when the machine's date is changed. A virtual clock stands still
/// until it is advanced: a test of an hour's sleep takes no time and has the same result every
/// time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<ClockKind>);

#[derive(Debug)]
enum ClockKind {
    Real {
        began: web_time::Instant,
    },
    Scaled {
        began: web_time::Instant,
        factor: f64,
    },
    Virtual {
        nanos: AtomicI64,
        /// By how much the user's clock was moved.
        system_nanos: AtomicI64,
    },
}

impl Clock {
    /// A clock that runs with the machine's monotonic time and begins now.
    #[must_use]
    pub fn real() -> Self {
        Self(Arc::new(ClockKind::Real {
            began: web_time::Instant::now(),
        }))
    }

    /// A clock that runs `factor` times as fast as the machine's monotonic time, and begins now: a
    /// demo of an hour in a minute. Worker threads and sockets keep their own, real time.
    ///
    /// # Errors
    /// Of kind [`InvalidInput`](crate::runtime::ErrorKind::InvalidInput) unless the factor is above
    /// zero and finite.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, ParkHost, Runtime};
    /// use std::time::{Duration, Instant};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::scaled(3600.0)?);
    /// let began = Instant::now();
    /// let job = runtime.spawn("a minute", async |cx| cx.sleep(Duration::from_secs(60)).await);
    /// assert!(host.block_on(&runtime, job)?.active >= Duration::from_secs(60));
    /// assert!(began.elapsed() < Duration::from_secs(30));
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn scaled(factor: f64) -> Result<Self, JobError> {
        if !(factor > 0.0 && factor.is_finite()) {
            return Err(JobError::invalid_input(format!(
                "no clock can run {factor} times as fast: give a number above zero"
            )));
        }
        let began = web_time::Instant::now();
        Ok(Self(Arc::new(ClockKind::Scaled { began, factor })))
    }

    /// A clock that stays at zero until [`Clock::advance`] or a driver moves it.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, Moment};
    /// use std::time::Duration;
    ///
    /// let clock = Clock::virtual_time();
    /// assert_eq!(clock.now(), Moment::ZERO);
    /// clock.advance(Duration::from_secs(3600));
    /// assert_eq!(clock.now().since_start(), Duration::from_secs(3600));
    /// ```
    #[must_use]
    pub fn virtual_time() -> Self {
        Self(Arc::new(ClockKind::Virtual {
            nanos: AtomicI64::new(0),
            system_nanos: AtomicI64::new(0),
        }))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        match &*self.0 {
            ClockKind::Real { began } => Moment::from_start(began.elapsed()),
            ClockKind::Scaled { began, factor } => {
                Moment::from_start(scale(began.elapsed(), *factor))
            }
            ClockKind::Virtual { nanos, .. } => Moment(nanos.load(Ordering::Acquire)),
        }
    }

    /// The time on the user's clock, which may jump and says nothing of how long something took.
    #[must_use]
    pub fn system_time(&self) -> web_time::SystemTime {
        let now = web_time::SystemTime::now();
        let ClockKind::Virtual { system_nanos, .. } = &*self.0 else {
            return now;
        };
        let moved = system_nanos.load(Ordering::Acquire);
        let by = Duration::from_nanos(moved.unsigned_abs());
        let there = if moved < 0 {
            now.checked_sub(by)
        } else {
            now.checked_add(by)
        };
        there.unwrap_or(now)
    }

    /// Moves [`system_time`](Self::system_time) of a virtual clock by this many seconds, forward or
    /// back: for tests of what a changed date does. Does nothing to a real clock, and returns
    /// false.
    pub fn move_system_time(&self, secs: i64) -> bool {
        match &*self.0 {
            ClockKind::Real { .. } | ClockKind::Scaled { .. } => false,
            ClockKind::Virtual { system_nanos, .. } => {
                let nanos = secs.saturating_mul(1_000_000_000);
                system_nanos.update(Ordering::AcqRel, Ordering::Acquire, |before| {
                    before.saturating_add(nanos)
                });
                true
            }
        }
    }

    /// How much this clock moves in this much real time.
    pub(crate) fn of_real(&self, duration: Duration) -> Duration {
        match &*self.0 {
            ClockKind::Scaled { factor, .. } => scale(duration, *factor),
            ClockKind::Real { .. } | ClockKind::Virtual { .. } => duration,
        }
    }

    /// How much real time passes while this clock moves by `duration`.
    pub(crate) fn real_duration(&self, duration: Duration) -> Duration {
        match &*self.0 {
            ClockKind::Scaled { factor, .. } => scale(duration, 1.0 / factor),
            ClockKind::Real { .. } | ClockKind::Virtual { .. } => duration,
        }
    }

    /// Whether this clock moves only when it is advanced.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        matches!(&*self.0, ClockKind::Virtual { .. })
    }

    /// Moves a virtual clock forward. Does nothing to a real clock, and returns false.
    pub fn advance(&self, by: Duration) -> bool {
        match &*self.0 {
            ClockKind::Real { .. } | ClockKind::Scaled { .. } => false,
            ClockKind::Virtual { nanos, .. } => {
                let by = saturating_nanos(by);
                nanos.update(Ordering::AcqRel, Ordering::Acquire, |now| {
                    now.saturating_add(by)
                });
                true
            }
        }
    }

    /// Moves a virtual clock forward to `moment`, never back. Does nothing to a real clock, and
    /// returns false.
    pub fn advance_to(&self, moment: Moment) -> bool {
        match &*self.0 {
            ClockKind::Real { .. } | ClockKind::Scaled { .. } => false,
            ClockKind::Virtual { nanos, .. } => {
                nanos.fetch_max(moment.0, Ordering::AcqRel);
                true
            }
        }
    }
}

/// Saturates where the product is longer than a duration can be.
fn scale(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_forward_and_only_when_told() {
        let clock = Clock::virtual_time();
        let copy = clock.clone();
        assert!(clock.advance(Duration::from_millis(5)));
        assert!(clock.advance_to(Moment::from_start(Duration::from_millis(2))));
        assert_eq!(copy.now().since_start(), Duration::from_millis(5));
        assert!(clock.is_virtual());
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Moment::from_start(Duration::MAX));
    }

    #[test]
    fn a_real_clock_refuses_to_be_moved() {
        let clock = Clock::real();
        assert!(!clock.advance(Duration::from_secs(1000)));
        assert!(!clock.advance_to(Moment::from_start(Duration::from_secs(1000))));
        assert!(clock.now().since_start() < Duration::from_secs(900));
    }

    #[test]
    fn a_moment_may_be_before_the_clock_began() {
        let hour = Duration::from_secs(3600);
        let before = Moment::ZERO - hour;
        assert!(before < Moment::ZERO);
        assert_eq!(before.since_start(), Duration::ZERO);
        assert_eq!(Moment::ZERO.since(before), hour);
        assert_eq!(before + hour, Moment::ZERO);
    }

    #[test]
    fn a_scaled_clock_needs_a_sensible_factor() {
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Clock::scaled(factor).is_err(), "{factor}");
        }
        let clock = Clock::scaled(1000.0).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.now().since_start() >= Duration::from_secs(20));
        let real = clock.real_duration(Duration::from_secs(5));
        assert_eq!(real, Duration::from_millis(5));
        assert!(!clock.advance(Duration::from_secs(1)));
    }

    #[test]
    fn moments_saturate_instead_of_wrapping() {
        let end = Moment::from_start(Duration::MAX);
        let first = Moment::ZERO - Duration::MAX - Duration::MAX;
        assert!(first < Moment::ZERO && end.since(first) >= end.since_start());
        assert_eq!(end + Duration::from_secs(1), end);
        assert_eq!(Moment::ZERO - end, Duration::ZERO);
    }
}
