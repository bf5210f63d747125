//! How fast the bytes of all rows come, over the last while.

use std::{collections::VecDeque, time::Duration};

/// Rates are taken at most this often.
pub(super) const SAMPLE_EVERY: Duration = Duration::from_millis(100);
/// How many points the sparkline of the total has, one each [`SAMPLE_EVERY`]: twelve seconds.
const HISTORY_POINTS: usize = 120;

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

    #[test]
    fn the_history_is_bounded() {
        let mut history = RateHistory::default();
        (0..500).for_each(|point| history.push(f64::from(point)));
        assert_eq!(history.points().len(), HISTORY_POINTS);
        assert_eq!(history.points().last(), Some(&499.0));
    }
}
