//! What can be done with rows.

use super::Abilities;

/// What is done with rows: asked for by a command, done by a deck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "deck", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "deck", serde(rename_all = "snake_case"))]
pub enum Verb {
    /// Pause them.
    Pause,
    /// Resume them.
    Resume,
    /// Cancel them.
    Cancel,
    /// End their sleep, or their wait before the next attempt.
    Skip,
    /// Begin those again that ended without success.
    Retry,
    /// Keep their files in spite of a doubt: they are done.
    Keep,
    /// Take them off the list. Those that have not ended are paused, and cancelled when the removal
    /// cannot be undone any more.
    Remove,
    /// Move them among those that wait for their turn, or among those that are paused.
    Move(MoveTo),
}

/// Where rows are moved among those that wait for their turn, or among those that are paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "deck", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "deck", serde(rename_all = "snake_case"))]
pub enum MoveTo {
    /// One place earlier, of those that are shown.
    Up,
    /// One place later, of those that are shown.
    Down,
    /// Before all others.
    Top,
    /// After all others.
    Bottom,
}

impl Verb {
    /// What a row must be able to do for it.
    #[must_use]
    pub fn ability(self) -> Abilities {
        match self {
            Self::Pause => Abilities::PAUSE,
            Self::Resume => Abilities::RESUME,
            Self::Cancel => Abilities::CANCEL,
            Self::Skip => Abilities::SKIP,
            Self::Retry => Abilities::RETRY,
            Self::Keep => Abilities::KEEP,
            Self::Remove => Abilities::NONE,
            Self::Move(_) => Abilities::MOVE,
        }
    }
}
