//! The groups of the usual order.

use crate::status::Chip;

/// In which group of the usual order a row is, in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::deck) enum Group {
    Active,
    /// Waits for a time, which comes by itself: before those that wait for their turn.
    WaitsForTime,
    WaitsForTurn,
    Failed,
    Check,
    Paused,
    Ended,
}

impl Group {
    pub(in crate::deck) const COUNT: usize = Self::Ended as usize + 1;

    pub(in crate::deck) fn of(chip: Chip, waits_for_time: bool) -> Self {
        match chip {
            Chip::Active => Self::Active,
            Chip::Waiting if waits_for_time => Self::WaitsForTime,
            Chip::Waiting => Self::WaitsForTurn,
            Chip::Failed => Self::Failed,
            Chip::Check => Self::Check,
            Chip::Paused => Self::Paused,
            Chip::Done | Chip::Cancelled => Self::Ended,
        }
    }
}
