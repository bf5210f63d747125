//! A time slice for work that is done in parts.

use std::time::Duration;

use crate::runtime::time::clock::{Clock, Moment};

/// How long work goes on before something else has its turn: real time, however fast the clock
/// runs. On a virtual clock it ends only when that is advanced, so that a test has the same result
/// every time.
///
/// ```
/// use jobdeck::runtime::{Clock, TimeSlice};
/// use std::time::Duration;
///
/// let clock = Clock::virtual_time();
/// let slice = TimeSlice::begin(&clock, Duration::from_millis(4));
/// assert!(!slice.is_over());
/// clock.advance(Duration::from_millis(4));
/// assert!(slice.is_over());
/// ```
#[derive(Clone, Debug)]
pub struct TimeSlice {
    clock: Clock,
    end: Moment,
}

impl TimeSlice {
    /// Begins now, and takes this long.
    #[must_use]
    pub fn begin(clock: &Clock, length: Duration) -> Self {
        Self {
            end: clock.now() + clock.of_real(length),
            clock: clock.clone(),
        }
    }

    /// Whether it is over. Reads the clock.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.clock.now() >= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_makes_it_no_shorter() {
        let clock = Clock::scaled(1_000_000.0).unwrap();
        let slice = TimeSlice::begin(&clock, Duration::from_secs(3600));
        std::thread::sleep(Duration::from_millis(5));
        assert!(clock.now().since_start() > Duration::from_secs(3600));
        assert!(!slice.is_over());
    }
}
