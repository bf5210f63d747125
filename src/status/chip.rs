//! The filter chips, and what is under each.

/// The filter chips. Every row is under exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chip {
    /// Works.
    Active,
    /// Waits, or has not begun.
    Waiting,
    /// Paused.
    Paused,
    /// Ended badly.
    Failed,
    /// Ended well, with a doubt.
    Check,
    /// Ended well.
    Done,
    /// Cancelled or interrupted.
    Cancelled,
}

impl Chip {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 7] = [
        Self::Active,
        Self::Waiting,
        Self::Paused,
        Self::Failed,
        Self::Check,
        Self::Done,
        Self::Cancelled,
    ];

    /// Its name on the screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Waiting => "Waiting",
            Self::Paused => "Paused",
            Self::Failed => "Failed",
            Self::Check => "Check",
            Self::Done => "Done",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// How many rows there are under each chip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    by_chip: [usize; Chip::ALL.len()],
}

impl Counts {
    /// All rows.
    #[must_use]
    pub fn all(&self) -> usize {
        self.by_chip.iter().sum()
    }

    /// The rows under one chip.
    #[must_use]
    pub fn of(&self, chip: Chip) -> usize {
        self.by_chip[chip as usize]
    }

    /// One more row under a chip.
    pub fn add(&mut self, chip: Chip) {
        self.by_chip[chip as usize] += 1;
    }

    /// One row less under a chip.
    pub fn remove(&mut self, chip: Chip) {
        self.by_chip[chip as usize] = self.by_chip[chip as usize].saturating_sub(1);
    }
}

/// Which rows are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those under this chip; all without one.
    pub chip: Option<Chip>,
    /// Only those that this search finds; all if it is empty.
    pub search: String,
}
