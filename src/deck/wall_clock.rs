//! When something was on the user's clock: the clock of the jobs stops while the computer sleeps.

use std::collections::VecDeque;
use std::time::Duration;

use web_time::SystemTime;

use crate::runtime::Moment;

/// How far the two clocks may drift apart before another reading is kept.
const DRIFT: Duration = Duration::from_secs(2);
/// How many readings are kept: the oldest are dropped if the computer slept more often.
const READINGS: usize = 64;

/// Readings of both clocks at once.
#[derive(Clone, Debug, Default)]
pub struct WallClock(VecDeque<(Moment, SystemTime)>);

impl WallClock {
    /// Both clocks as they are now.
    pub(super) fn note(&mut self, now: Moment, wall: SystemTime) {
        if let Some((before, wall_before)) = self.0.back() {
            let expected = *wall_before + now.since(*before);
            let drift = match wall.duration_since(expected) {
                Ok(drift) => drift,
                Err(error) => error.duration(),
            };
            if drift < DRIFT {
                return;
            }
        }
        if self.0.len() == READINGS {
            self.0.pop_front();
        }
        self.0.push_back((now, wall));
    }

    /// A moment as it is stored: the time since 1970 when it was.
    pub(super) fn stored(&self, moment: Moment) -> Moment {
        let since = self
            .time_of(moment)
            .map(|at| at.duration_since(SystemTime::UNIX_EPOCH));
        Moment::from_start(since.and_then(Result::ok).unwrap_or_default())
    }

    /// The moment of a stored one. `now` is the present moment.
    pub(super) fn restored(&self, stored: Moment, now: Moment) -> Moment {
        let present = self.stored(now);
        if stored <= present {
            now - present.since(stored)
        } else {
            now + stored.since(present)
        }
    }

    /// When a moment was; none before the first reading.
    #[must_use]
    pub fn time_of(&self, moment: Moment) -> Option<SystemTime> {
        let before = self.0.iter().rev().find(|(at, _)| *at <= moment);
        match before {
            Some((at, wall)) => wall.checked_add(moment.since(*at)),
            None => {
                let (at, wall) = self.0.front()?;
                wall.checked_sub(at.since(moment))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_of_the_computer_moves_only_what_comes_after_it() {
        let at = |secs| Moment::from_start(Duration::from_secs(secs));
        let wall = |secs| SystemTime::UNIX_EPOCH + Duration::from_secs(secs);
        let mut clock = WallClock::default();
        assert_eq!(clock.time_of(at(1)), None);
        clock.note(at(10), wall(1_000));
        clock.note(at(20), wall(1_011));
        assert_eq!(clock.0.len(), 1);
        clock.note(at(30), wall(9_000));
        assert_eq!(clock.time_of(at(5)), Some(wall(995)));
        assert_eq!(clock.time_of(at(25)), Some(wall(1_015)));
        assert_eq!(clock.time_of(at(31)), Some(wall(9_001)));
    }
}
