//! What a view was asked for.

use crate::status::{RowId, Sorting};

use super::Command;

/// What a view was asked for. Views only collect these; their owner carries them out when all views are shown.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Intent {
    /// Run a command.
    Run(Command),
    /// Run a command on this row and not on the selected ones.
    RunOn(Command, RowId),
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
        which: Vec<crate::settings::Setting>,
        /// To what it says about them.
        to: Box<crate::deck::Settings>,
    },
    /// Choose the path of a setting with the system's dialog.
    #[cfg(feature = "deck")]
    ChoosePath(crate::settings::Setting),
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
