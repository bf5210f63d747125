//! How long a row was paused after it had begun. Its job also pauses while it waits for a slot,
//! which does not count.

use std::time::Duration;

use crate::format::LocalTime;
use crate::runtime::Moment;

/// Sums the pauses.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::deck) struct PauseClock {
    since: Option<Moment>,
    /// When the pause under way began, as its state shows it.
    pub(in crate::deck) shown_since: Option<LocalTime>,
    before: Duration,
}

impl PauseClock {
    /// Notes whether the row is paused now.
    pub(in crate::deck) fn note(&mut self, is_paused: bool, now: Moment) {
        match (self.since, is_paused) {
            (None, true) => self.since = Some(now),
            (Some(since), false) => {
                self.before += now.since(since);
                self.since = None;
            }
            _ => {}
        }
    }

    /// The sum at a moment, the pause under way included.
    pub(in crate::deck) fn total(&self, now: Moment) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| now.since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pauses_count() {
        let at = |secs| Moment::from_start(Duration::from_secs(secs));
        let mut clock = PauseClock::default();
        for (secs, is_paused) in [(1, false), (2, true), (4, true), (5, false), (9, true)] {
            clock.note(is_paused, at(secs));
        }
        assert_eq!(clock.total(at(11)), Duration::from_secs(5));
    }
}
