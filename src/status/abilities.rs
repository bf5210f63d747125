//! What can be done with a row, in a byte.

use super::Status;

/// What can be done with a row, or with any of several rows. Cheap to keep for each row of a long
/// list.
///
/// ```
/// use jobdeck::status::{Abilities, Status};
///
/// let queued = Abilities::of(&Status::Queued { place: Some(1), waits_for: None });
/// assert!(queued.contains(Abilities::PAUSE) && !queued.contains(Abilities::RESUME));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Abilities(u8);

impl Abilities {
    /// Nothing can be done.
    pub const NONE: Self = Self(0);
    /// It can be paused.
    pub const PAUSE: Self = Self(1);
    /// It can be resumed.
    pub const RESUME: Self = Self(1 << 1);
    /// It can be cancelled.
    pub const CANCEL: Self = Self(1 << 2);
    /// It can be begun again.
    pub const RETRY: Self = Self(1 << 3);
    /// It waits for a time that can be cut short.
    pub const SKIP: Self = Self(1 << 4);
    /// Its file can be kept in spite of a doubt.
    pub const KEEP: Self = Self(1 << 5);
    /// It can be moved in the queue.
    pub const MOVE: Self = Self(1 << 6);
    /// Everything.
    pub const ALL: Self = Self((1 << 7) - 1);

    /// One by one.
    pub const EACH: [Self; 7] = [
        Self::PAUSE,
        Self::RESUME,
        Self::CANCEL,
        Self::RETRY,
        Self::SKIP,
        Self::KEEP,
        Self::MOVE,
    ];

    /// What can be done with a row of this status.
    #[must_use]
    pub fn of(status: &Status) -> Self {
        let abilities = [
            (Self::PAUSE, status.can_pause()),
            (Self::RESUME, status.can_resume()),
            (Self::CANCEL, status.can_cancel()),
            (Self::RETRY, status.can_retry()),
            (Self::SKIP, status.can_skip()),
            (Self::KEEP, status.can_keep()),
            (Self::MOVE, status.can_move()),
        ];
        let able = abilities.into_iter().filter(|(_, is_able)| *is_able);
        able.fold(Self::NONE, |all, (ability, _)| all.with(ability))
    }

    /// What can be done with one or the other.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of these are among them.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
