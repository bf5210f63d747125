//! What a row's life so far looks like: a line of time, and a curve of its rate.

use std::borrow::Cow;
use std::time::Duration;

use super::Tone;

/// What a row did and waited for, from when it was wanted to now, or to its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// How long it is in all.
    pub length: Duration,
    /// Its lines, oldest first.
    pub lines: Vec<TimelineLine>,
    /// How many older ones are not remembered.
    pub forgotten: u64,
}

/// One thing a row did or waited for.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineLine {
    /// What, in a word or two.
    pub label: Cow<'static, str>,
    /// What its colour says.
    pub tone: Tone,
    /// From when to when, from the beginning of the timeline: several pieces where pauses
    /// interrupted it.
    pub pieces: Vec<(Duration, Duration)>,
    /// Whether it is still under way.
    pub is_open: bool,
}

impl TimelineLine {
    /// How long it took, pauses not counted.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.pieces
            .iter()
            .map(|(from, to)| to.saturating_sub(*from))
            .sum()
    }
}

/// A rate over time, from the first byte on, pauses left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateCurve {
    /// The time of each point, in seconds, and its bytes per second.
    pub points: Vec<[f64; 2]>,
    /// How long the curve is, in seconds.
    pub length_secs: f64,
}

impl RateCurve {
    /// The largest rate.
    #[must_use]
    pub fn largest(&self) -> f64 {
        self.points
            .iter()
            .map(|[_, rate]| *rate)
            .fold(0.0, f64::max)
    }
}
