//! How long a row that had begun waited in the queue: its job stands still then, but nobody paused it.

use std::time::Duration;

use crate::runtime::Moment;

/// Sums the waits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QueueClock {
    since: Option<Moment>,
    before: Duration,
}

impl QueueClock {
    /// Notes whether the row waits now.
    pub(super) fn note(&mut self, waits: bool, now: Moment) {
        match (self.since, waits) {
            (None, true) => self.since = Some(now),
            (Some(since), false) => {
                self.before += now.since(since);
                self.since = None;
            }
            _ => {}
        }
    }

    /// The sum at a moment, the wait under way included.
    pub(super) fn total(&self, now: Moment) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| now.since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_waits_count() {
        let at = |secs| Moment::from_start(Duration::from_secs(secs));
        let mut clock = QueueClock::default();
        for (secs, waits) in [(1, false), (2, true), (4, true), (5, false), (9, true)] {
            clock.note(waits, at(secs));
        }
        assert_eq!(clock.total(at(11)), Duration::from_secs(5));
    }
}
