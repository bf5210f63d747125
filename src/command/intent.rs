//! What a view was asked for.

use crate::status::{Abilities, RowId, Sorting};

use super::Command;

/// What can be done with one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowAction {
    /// Pause it.
    Pause,
    /// Resume it.
    Resume,
    /// Cancel it.
    Cancel,
    /// Begin it again.
    Retry,
    /// End its sleep, or its wait before the next attempt.
    Skip,
    /// Keep its file in spite of a doubt.
    Keep,
    /// Give it another link.
    ChangeUrl,
    /// Show its file in its folder.
    OpenFolder,
}

impl RowAction {
    /// What a row must be able to do for it, as far as that is known of every row.
    pub(crate) fn ability(self) -> Option<Abilities> {
        match self {
            Self::Pause => Some(Abilities::PAUSE),
            Self::Resume => Some(Abilities::RESUME),
            Self::Cancel => Some(Abilities::CANCEL),
            Self::Retry => Some(Abilities::RETRY),
            Self::Skip => Some(Abilities::SKIP),
            Self::Keep => Some(Abilities::KEEP),
            Self::ChangeUrl | Self::OpenFolder => None,
        }
    }
}

/// What a view was asked for. Views only collect these; their owner carries them out when all views are shown.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Intent {
    /// Run a command.
    Run(Command),
    /// Do something with one row.
    Act(RowAction, RowId),
    /// Show the rows in which this text stands.
    Find(String),
    /// Sort the rows.
    Sort(Sorting),
    /// Select a row and bring it into view.
    ShowRow(RowId),
    /// Remove rows, perhaps with their files.
    RemoveWithFiles(Box<crate::view::DeleteQuestion>),
    /// Forget what happened.
    ClearActivity,
    /// Open the sheet that adds jobs, with this text in it.
    AddText(String),
    /// Give a row another link, and let it go on.
    #[cfg(feature = "deck")]
    ChangeUrl(RowId, Box<crate::fetch::Request>),
    /// Change these settings.
    #[cfg(feature = "deck")]
    ChangeSettings {
        /// Which.
        which: Vec<crate::options::Setting>,
        /// To what it says about them.
        to: Box<crate::options::Settings>,
    },
    /// Choose the path of a setting with the system's dialog.
    #[cfg(feature = "deck")]
    ChoosePath(crate::options::Setting),
    /// Add these links; the sheet opens only if something is wrong with them.
    AddNow(String),
    /// Add no more of the links that are on their way into the list.
    StopAdding,
    /// Choose the folder that the sheet saves to, with the system's dialog.
    ChooseFolder,
    /// Add these downloads.
    #[cfg(feature = "deck")]
    Add(Box<crate::view::AddRequest>),
}
