//! Whether a row is on the list.

/// Whether a row is on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// It is.
    Shown,
    /// It was removed, and may come back.
    Removed,
    /// It ended, and is in the history alone.
    History,
}

impl Listed {
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Shown => 0,
            Self::Removed => 1,
            Self::History => 2,
        }
    }

    pub(super) fn of_number(number: i64) -> Self {
        match number {
            0 => Self::Shown,
            1 => Self::Removed,
            _ => Self::History,
        }
    }
}
