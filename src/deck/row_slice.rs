//! What one tick does of work over many rows.

use crate::deck::limits::{ROW_SLICE, ROWS_BETWEEN_LOOKS};
use crate::runtime::{Clock, TimeSlice};

/// One tick's share of work over many rows: as many as its time is enough for, and never more than
/// a fixed number.
#[derive(Debug)]
pub(super) struct RowSlice {
    time: TimeSlice,
    most: usize,
    done: usize,
}

impl RowSlice {
    /// Begins now, for at most `most` rows.
    pub(super) fn begin(clock: &Clock, most: usize) -> Self {
        Self {
            time: TimeSlice::begin(clock, ROW_SLICE),
            most,
            done: 0,
        }
    }

    /// Whether one more row is done in this tick; it then counts as done. The first rows are,
    /// however late it is: each tick comes nearer to the end.
    pub(super) fn take_one(&mut self) -> bool {
        let looks = self.done > 0 && self.done.is_multiple_of(ROWS_BETWEEN_LOOKS);
        let has_room = self.done < self.most && !(looks && self.time.is_over());
        self.done += usize::from(has_room);
        has_room
    }

    /// How many rows were done.
    pub(super) fn done(&self) -> usize {
        self.done
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// How many rows are done that take this long each, and 1,000 at most.
    fn rows_done(each: Duration) -> usize {
        let clock = Clock::virtual_time();
        let mut slice = RowSlice::begin(&clock, 1_000);
        while slice.take_one() {
            clock.advance(each);
        }
        slice.done()
    }

    #[test]
    fn slow_rows_are_few_and_quick_ones_no_more_than_allowed() {
        assert_eq!(rows_done(Duration::ZERO), 1_000);
        assert_eq!(rows_done(ROW_SLICE / 100), 100);
        assert_eq!(rows_done(Duration::from_secs(1)), ROWS_BETWEEN_LOOKS);
    }
}
