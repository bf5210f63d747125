//! How fast the bytes of all rows arrive.

use std::collections::VecDeque;
use std::time::Duration;

use crate::runtime::{Moment, Rate};
use crate::status::Silence;

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
    /// The bytes at the last sample that was higher than the one before, and when that was.
    grew: Option<(u64, Moment)>,
    /// No byte came for as long as rows say that of themselves.
    is_silent: bool,
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
        match self.grew {
            Some((bytes, _)) if bytes == self.bytes => {}
            _ => self.grew = Some((self.bytes, now)),
        }
        let since = self.grew.map(|(_, at)| now.since(at));
        self.is_silent = since.is_some_and(|since| since >= Silence::SHOWN_FROM);
        self.rate.sample(now, self.bytes);
        if self.history.len() == HISTORY_POINTS {
            self.history.pop_front();
        }
        self.history.push_back(self.per_second() as f32);
    }

    /// Bytes a second, smoothed as the rates of rows are; zero when no row shows one.
    pub(super) fn per_second(&self) -> f64 {
        let rate = self.rate.per_second();
        rate.filter(|_| !self.is_silent && !self.was_idle)
            .unwrap_or(0.0)
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
    fn a_silence_is_no_rate() {
        let mut arrivals = Arrivals::default();
        let mut shown = Vec::new();
        for tenth in 0..80_u64 {
            if !(20..70).contains(&tenth) {
                arrivals.add(100);
            }
            arrivals.sample(after(tenth * 100), false);
            shown.push(arrivals.per_second());
        }
        assert!((shown[19] - 1_000.0).abs() < 1e-6);
        assert!(shown[40] > 0.0, "it may only be slow");
        assert_eq!(shown[50..70], [0.0; 20]);
        assert!(
            shown[75] > 0.0 && shown[75] < 1_000.0,
            "no burst: {}",
            shown[75]
        );
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
