//! How fast the bytes of one row arrived, over its whole life, in a bounded number of points.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::deck::limits::{RATE_POINTS, RATE_POINTS_AFTER_END};
use crate::status::RateCurve;

/// The time of one point at first; it doubles whenever all points are used up.
const FIRST_INTERVAL: Duration = Duration::from_millis(250);

/// Bytes per interval. Sums are kept and not rates, so that merging two neighbours loses nothing
/// but the detail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RateSeries {
    /// The bytes of each interval, the last one not over yet.
    bytes: Vec<f32>,
    /// How often the interval has doubled.
    #[serde(default, skip_serializing_if = "crate::fetch::is_default")]
    doublings: u8,
    /// The active time of the job when the first interval began.
    #[serde(with = "crate::fetch::nanos")]
    began: Duration,
    /// Up to where the intervals are filled, since then.
    #[serde(with = "crate::fetch::nanos")]
    filled: Duration,
    bytes_before: u64,
}

impl RateSeries {
    /// `bytes` had arrived in all at this active time of the job. Nothing is kept before the first
    /// of them.
    pub(super) fn sample(&mut self, active: Duration, bytes: u64, is_transferring: bool) {
        if self.bytes.is_empty() {
            if !is_transferring {
                return;
            }
            self.bytes.push(bytes as f32);
            (self.began, self.bytes_before) = (active, bytes);
            return;
        }
        let more = bytes.saturating_sub(self.bytes_before);
        self.bytes_before = bytes;
        let until = active.saturating_sub(self.began);
        if until <= self.filled {
            if let Some(last) = self.bytes.last_mut() {
                *last += more as f32;
            }
            return;
        }
        while self.place_of(until) >= RATE_POINTS {
            self.merge_neighbours();
        }
        self.spread(more as f64, until);
    }

    /// Adds bytes, as if they had arrived evenly since the last sample.
    fn spread(&mut self, bytes: f64, until: Duration) {
        let (from, to) = (self.filled.as_secs_f64(), until.as_secs_f64());
        let interval = self.interval().as_secs_f64();
        let (first, last) = (self.place_of(self.filled), self.place_of(until));
        self.bytes.resize(last + 1, 0.0);
        for (place, sum) in self.bytes.iter_mut().enumerate().skip(first) {
            let begins = (place as f64 * interval).max(from);
            let ends = ((place + 1) as f64 * interval).min(to);
            *sum += (bytes * (ends - begins).max(0.0) / (to - from)) as f32;
        }
        self.filled = until;
    }

    fn interval(&self) -> Duration {
        FIRST_INTERVAL * (1 << self.doublings)
    }

    fn place_of(&self, at: Duration) -> usize {
        usize::try_from(at.as_nanos() / self.interval().as_nanos()).unwrap_or(usize::MAX)
    }

    fn merge_neighbours(&mut self) {
        self.bytes = self.bytes.chunks(2).map(|pair| pair.iter().sum()).collect();
        self.doublings += 1;
    }

    /// No sample follows: reduces the points to what an ended row keeps.
    pub(super) fn end(&mut self) {
        while self.bytes.len() > RATE_POINTS_AFTER_END {
            self.merge_neighbours();
        }
        self.bytes.shrink_to_fit();
    }

    /// The rates, to be drawn. Neighbours are smoothed a little: bytes arrive in blocks.
    pub(super) fn curve(&self) -> RateCurve {
        let interval = self.interval().as_secs_f64();
        let length_secs = self.filled.as_secs_f64();
        let rates: Vec<(f64, f64)> = self
            .bytes
            .iter()
            .enumerate()
            .filter_map(|(place, bytes)| {
                let begins = place as f64 * interval;
                let lasts = (length_secs - begins).min(interval);
                // The one under way says little before half of it is over.
                let counts = lasts >= interval / 2.0 || (place == 0 && lasts > 0.0);
                counts.then(|| (begins + lasts / 2.0, f64::from(*bytes) / lasts))
            })
            .collect();
        let smoothed = |place: usize| {
            let at = |place: usize| rates.get(place).map(|(_, rate)| *rate);
            let here = at(place).unwrap_or_default();
            let before = place.checked_sub(1).and_then(at).unwrap_or(here);
            let after = at(place + 1).unwrap_or(here);
            (before + 2.0 * here + after) / 4.0
        };
        let mut points: Vec<[f64; 2]> = rates
            .iter()
            .enumerate()
            .map(|(place, (middle, _))| [*middle, smoothed(place)])
            .collect();
        // From edge to edge.
        if let (Some([_, first]), Some([_, last])) = (points.first(), points.last()) {
            let ends = ([0.0, *first], [length_secs, *last]);
            points.insert(0, ends.0);
            points.push(ends.1);
        }
        RateCurve {
            points,
            length_secs,
        }
    }

    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity() * size_of::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A steady stream of 4 MB/s, looked at every 100 ms.
    fn steady(samples: u64) -> RateSeries {
        let mut series = RateSeries::default();
        for sample in 0..=samples {
            series.sample(millis(5000 + 100 * sample), 400_000 * sample, true);
        }
        series
    }

    fn total(series: &RateSeries) -> f64 {
        series.bytes.iter().map(|bytes| f64::from(*bytes)).sum()
    }

    #[test]
    fn nothing_is_kept_before_the_first_byte_is_waited_for() {
        let mut series = RateSeries::default();
        series.sample(millis(100), 0, false);
        assert_eq!(series.curve(), RateCurve::default());
        assert_eq!(series.heap_bytes(), 0);
    }

    #[test]
    fn a_steady_stream_is_a_flat_line_however_long_it_is() {
        for samples in [20, 500, 10_000, 300_000] {
            let series = steady(samples);
            let curve = series.curve();
            assert!(series.bytes.len() <= RATE_POINTS, "{}", series.bytes.len());
            assert!((curve.length_secs - samples as f64 / 10.0).abs() < 1e-6);
            for [at, rate] in &curve.points {
                assert!((rate - 4e6).abs() < 4e4, "{rate} at {at} of {samples}");
            }
            let expected = 400_000.0 * samples as f64;
            assert!((total(&series) / expected - 1.0).abs() < 1e-3);
        }
    }

    #[test]
    fn it_uses_most_of_its_points_and_halves_them_when_they_are_full() {
        let interval_at = |samples| {
            let series = steady(samples);
            (series.interval().as_millis(), series.bytes.len())
        };
        assert_eq!(interval_at(639), (250, 256));
        assert_eq!(interval_at(640), (500, 129));
        assert_eq!(interval_at(1280), (1000, 129));
    }

    #[test]
    fn a_long_silence_between_two_looks_is_spread() {
        let mut series = steady(10);
        series.sample(millis(5000 + 1000 + 100_000), 4 * MB + 100 * MB, true);
        let curve = series.curve();
        assert!(series.bytes.len() <= RATE_POINTS);
        // 1 MB/s over the 100 s without a sample.
        let late = curve.points.iter().filter(|[at, _]| *at > 5.0);
        assert!(late.clone().count() > 50);
        for [at, rate] in late {
            assert!((rate - 1e6).abs() < 2e4, "{rate} at {at}");
        }
    }

    #[test]
    fn what_has_ended_keeps_fewer_points_and_the_same_bytes() {
        let mut series = steady(2000);
        let before = total(&series);
        series.end();
        assert!(series.bytes.len() <= RATE_POINTS_AFTER_END);
        assert!(series.bytes.len() > RATE_POINTS_AFTER_END / 2);
        assert!((total(&series) / before - 1.0).abs() < 1e-6);
        assert!(series.heap_bytes() <= 4 * RATE_POINTS_AFTER_END);
        let [_, rate] = series.curve().points[10];
        assert!((rate - 4e6).abs() < 4e4, "{rate}");
    }

    #[test]
    fn a_stall_is_seen() {
        let mut series = steady(40);
        for sample in 41..80 {
            series.sample(millis(5000 + 100 * sample), 400_000 * 40, true);
        }
        let curve = series.curve();
        assert_eq!(curve.points.last().map(|point| point[1]), Some(0.0));
        assert!((curve.largest() - 4e6).abs() < 4e4);
    }
}
