//! How fast something is done.

use std::time::Duration;

use crate::runtime::Moment;

/// The time over which a rate is smoothed: long enough to read, short enough to see a stall.
const SMOOTHING: Duration = Duration::from_secs(2);

/// How fast something is done: an exponential average over samples, smooth enough to read, and
/// falling to zero in a stall.
///
/// ```
/// use jobdeck::runtime::{Moment, Rate};
/// use std::time::Duration;
///
/// let mut rate = Rate::default();
/// rate.sample(Moment::ZERO, 0);
/// rate.sample(Moment::from_start(Duration::from_secs(1)), 500);
/// assert_eq!(rate.per_second(), Some(500.0));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    last: Option<(Moment, u64)>,
    per_second: f64,
    /// The time that the average covers, so that the first samples count in full.
    measured_secs: f64,
}

impl Rate {
    /// Adds a sample of how much is done at this moment; less than before is a restart.
    pub fn sample(&mut self, now: Moment, done: u64) {
        let Some((before, done_before)) = self.last.replace((now, done)) else {
            return;
        };
        let secs = now.since(before).as_secs_f64();
        if done < done_before {
            *self = Self {
                last: Some((now, done)),
                ..Self::default()
            };
        } else if secs > 0.0 {
            let latest = (done - done_before) as f64 / secs;
            self.measured_secs += secs;
            let window = SMOOTHING.as_secs_f64().min(self.measured_secs);
            let weight = 1.0 - (-secs / window).exp();
            // The first interval is all that is known.
            let weight = if self.measured_secs <= secs {
                1.0
            } else {
                weight
            };
            self.per_second += weight * (latest - self.per_second);
        }
    }

    /// When the last sample was taken.
    #[must_use]
    pub fn sampled_at(&self) -> Option<Moment> {
        self.last.map(|(at, _)| at)
    }

    /// The rate now, in units per second; none before there are two samples.
    #[must_use]
    pub fn per_second(&self) -> Option<f64> {
        (self.measured_secs > 0.0).then_some(self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(done: &[u64]) -> Rate {
        let mut rate = Rate::default();
        for (index, done) in (0..).zip(done) {
            rate.sample(
                Moment::from_start(Duration::from_millis(100) * index),
                *done,
            );
        }
        rate
    }

    #[test]
    fn a_steady_stream_has_its_rate_at_once() {
        assert_eq!(sampled(&[0]).per_second(), None);
        let rate = sampled(&[0, 100, 200, 300]).per_second();
        assert!((rate.unwrap() - 1000.0).abs() < 1e-6, "{rate:?}");
    }

    #[test]
    fn a_stall_brings_it_down_and_a_restart_begins_anew() {
        let mut done = vec![0, 1000, 2000];
        done.extend([2000; 60]);
        assert!(sampled(&done).per_second().unwrap() < 600.0);
        done.push(0);
        assert_eq!(sampled(&done).per_second(), None);
    }
}
