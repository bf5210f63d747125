//! How fast bytes come: smoothed for the eye, and honest when they stop.

use std::{collections::VecDeque, time::Duration};

use crate::runtime::Moment;

/// The time over which a rate is smoothed: long enough to read, short enough to see a stall.
const SMOOTHING: Duration = Duration::from_secs(2);
/// Rates are taken at most this often.
pub(super) const SAMPLE_EVERY: Duration = Duration::from_millis(100);
/// How many points the sparkline of the total has, one each [`SAMPLE_EVERY`]: twelve seconds.
const HISTORY_POINTS: usize = 120;

/// The rate of one row, as an exponential average over its samples.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    last: Option<(Moment, u64)>,
    bytes_per_second: f64,
    /// How much time the average stands on, so that the first samples count in full.
    measured_secs: f64,
}

impl Rate {
    /// Takes the number of bytes at this moment into account.
    pub(super) fn sample(&mut self, now: Moment, bytes: u64) {
        let Some((before, bytes_before)) = self.last.replace((now, bytes)) else {
            return;
        };
        let secs = now.since(before).as_secs_f64();
        if bytes < bytes_before {
            *self = Self {
                last: Some((now, bytes)),
                ..Self::default()
            };
        } else if secs > 0.0 {
            let latest = (bytes - bytes_before) as f64 / secs;
            self.measured_secs += secs;
            let window = SMOOTHING.as_secs_f64().min(self.measured_secs);
            let weight = 1.0 - (-secs / window).exp();
            // The very first sample is all there is to know.
            let weight = if self.measured_secs <= secs {
                1.0
            } else {
                weight
            };
            self.bytes_per_second += weight * (latest - self.bytes_per_second);
        }
    }

    /// The rate now, in bytes per second; none before there are two samples.
    pub(super) fn bytes_per_second(&self) -> Option<f64> {
        (self.measured_secs > 0.0).then_some(self.bytes_per_second)
    }
}

/// The rate of all rows together over the last while, for the sparkline.
#[derive(Clone, Debug, Default)]
pub(super) struct RateHistory(VecDeque<f32>);

impl RateHistory {
    pub(super) fn push(&mut self, bytes_per_second: f64) {
        if self.0.len() == HISTORY_POINTS {
            self.0.pop_front();
        }
        self.0.push_back(bytes_per_second as f32);
    }

    pub(super) fn points(&self) -> Vec<f32> {
        self.0.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(bytes: &[u64]) -> Rate {
        let mut rate = Rate::default();
        for (index, bytes) in (0..).zip(bytes) {
            rate.sample(Moment::from_start(SAMPLE_EVERY * index), *bytes);
        }
        rate
    }

    #[test]
    fn a_steady_stream_has_its_rate_at_once() {
        assert_eq!(sampled(&[0]).bytes_per_second(), None);
        let rate = sampled(&[0, 100, 200, 300]).bytes_per_second();
        assert!((rate.unwrap() - 1000.0).abs() < 1e-6, "{rate:?}");
    }

    #[test]
    fn a_stall_brings_it_down_and_a_restart_begins_anew() {
        let mut bytes = vec![0, 1000, 2000];
        bytes.extend([2000; 60]);
        assert!(sampled(&bytes).bytes_per_second().unwrap() < 600.0);
        bytes.push(0);
        assert_eq!(sampled(&bytes).bytes_per_second(), None);
    }

    #[test]
    fn the_history_is_bounded() {
        let mut history = RateHistory::default();
        (0..500).for_each(|point| history.push(f64::from(point)));
        assert_eq!(history.points().len(), HISTORY_POINTS);
        assert_eq!(history.points().last(), Some(&499.0));
    }
}
