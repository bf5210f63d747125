//! The time of one runtime: its clock, read through the cheaper stopwatch.

use std::cell::Cell;
use std::time::Duration;

use crate::runtime::stopwatch::Stopwatch;
use crate::runtime::time::clock::{Clock, Moment};

/// For how long the stopwatch replaces the clock. In this time the two diverge by less than a few
/// microseconds.
const CLOCK_KEPT_NANOS: u64 = 20_000_000;

/// A clock that is read after every poll and at every wait. Reading the stopwatch costs a third of
/// reading the machine's clock, so the clock itself is read only every [`CLOCK_KEPT_NANOS`].
pub(crate) struct RuntimeClock {
    pub(crate) clock: Clock,
    pub(crate) stopwatch: Stopwatch,
    /// The last reading of the clock, and of the stopwatch at that time.
    read_at: Cell<(Moment, u64)>,
    /// The latest moment returned by `now`, and the stopwatch at that time.
    latest: Cell<(Moment, u64)>,
}

impl RuntimeClock {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            stopwatch: Stopwatch::start(),
            read_at: Cell::default(),
            latest: Cell::default(),
        }
    }

    /// The present moment; never earlier than one returned before.
    pub(crate) fn now(&self) -> Moment {
        let ticks = self.stopwatch.read();
        if self.clock.is_virtual() {
            let now = self.clock.now();
            self.latest.set((now, ticks));
            return now;
        }
        let (moment, read) = self.read_at.get();
        let nanos = self.stopwatch.nanos_between(read, ticks);
        // A counter that went backwards was reset, when the machine slept.
        let now = if read != 0 && ticks >= read && nanos < CLOCK_KEPT_NANOS {
            moment + self.clock.of_real(Duration::from_nanos(nanos))
        } else {
            let now = self.clock.now();
            self.read_at.set((now, ticks));
            now
        };
        // The rates of the two differ by some millionths; that must not make time go backwards.
        let now = now.max(self.latest.get().0);
        self.latest.set((now, ticks));
        now
    }

    /// The stopwatch at the latest call of `now`.
    pub(crate) fn ticks_of_latest(&self) -> u64 {
        self.latest.get().1
    }
}
