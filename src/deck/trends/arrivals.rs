//! How fast the bytes of all rows arrive.

use std::collections::VecDeque;
use std::time::Duration;

use crate::runtime::{Moment, Rate};

/// Rates are taken at most this often.
pub(super) const SAMPLE_EVERY: Duration = Duration::from_millis(100);
/// How many points the sparkline of the total has, one each [`SAMPLE_EVERY`]: twelve seconds.
const HISTORY_POINTS: usize = 120;
/// After nothing ran for this long, the rate starts from zero instead of averaging over the time in
/// between.
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// The bytes that arrived, whichever row they were for: also for one that began and ended between
/// two samples.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    bytes: u64,
    rate: Rate,
    /// Whether nothing ran when the last sample was taken.
    was_idle: bool,
    history: VecDeque<f32>,
}

impl Arrivals {
    /// More bytes arrived.
    pub(super) fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes a sample, and a point of the sparkline.
    pub(super) fn sample(&mut self, now: Moment, is_idle: bool) {
        let is_over = |before: Moment| now.since(before) > RESTART_AFTER;
        if self.was_idle && self.rate.sampled_at().is_some_and(is_over) {
            self.rate = Rate::default();
        }
        self.was_idle = is_idle;
        self.rate.sample(now, self.bytes);
        if self.history.len() == HISTORY_POINTS {
            self.history.pop_front();
        }
        let point = if is_idle { 0.0 } else { self.per_second() };
        self.history.push_back(point as f32);
    }

    /// Bytes a second, smoothed as the rates of rows are.
    pub(super) fn per_second(&self) -> f64 {
        self.rate.per_second().unwrap_or(0.0)
    }

    /// The rates of the last samples, oldest first.
    pub(super) fn history(&self) -> Vec<f32> {
        self.history.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(millis: u64) -> Moment {
        Moment::from_start(Duration::from_millis(millis))
    }

    #[test]
    fn the_history_is_bounded() {
        let mut arrivals = Arrivals::default();
        for sample in 0..500 {
            arrivals.add(100);
            arrivals.sample(after(sample * 100), false);
        }
        assert_eq!(arrivals.history().len(), HISTORY_POINTS);
        assert!((arrivals.per_second() - 1_000.0).abs() < 1e-6);
    }

    #[test]
    fn a_rate_does_not_stand_on_the_time_in_which_nothing_ran() {
        let mut arrivals = Arrivals::default();
        arrivals.sample(after(0), false);
        arrivals.add(100);
        arrivals.sample(after(100), true);
        assert_eq!(arrivals.history(), [0.0, 0.0]);
        arrivals.sample(after(600_000), false);
        arrivals.add(100);
        arrivals.sample(after(600_100), false);
        assert!((arrivals.per_second() - 1_000.0).abs() < 1e-6);
    }
}
