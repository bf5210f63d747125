//! What a view asks the window for.

use super::history::HistoryAct;
use crate::command::Command;
#[cfg(feature = "deck")]
#[cfg(feature = "deck")]
use crate::fetch::Request;
#[cfg(feature = "deck")]
use crate::links::SelectedLinks;
#[cfg(feature = "deck")]
#[cfg(feature = "deck")]
use crate::options::{Setting, Settings};
use crate::status::{RowId, Sorting};

/// What a view asks the window for. Views only append these; the window does what they ask when all
/// views are laid out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Intent {
    /// Run a command.
    Run(Command),
    /// Run a command on this row and not on the selected ones.
    RunOn(Command, RowId),
    /// Show the rows that contain this text.
    Find(String),
    /// Sort the rows.
    Sort(Sorting),
    /// Select a row and bring it into view.
    ShowRow(RowId),
    /// Remove rows.
    Remove {
        /// Which.
        ids: Vec<RowId>,
        /// Whether their files are deleted too.
        deletes_files: bool,
    },
    /// Do something in the history.
    History(HistoryAct),
    /// Save links whole, with their secrets, or leave out those that hold some; none: save nothing.
    SaveLinks(Option<bool>),
    /// Add the incomplete downloads that were found.
    AddFound,
    /// Close the strip about what an earlier process left.
    CloseStartBar,
    /// Use the list here that another tab of the page has.
    UseListHere,
    /// Clear the activity.
    ClearActivity,
    /// Open the sheet that adds jobs, with this text in it.
    AddText(String),
    /// Give a row another link, and let it go on.
    #[cfg(feature = "deck")]
    ChangeUrl(RowId, Box<Request>),
    /// Change these settings.
    #[cfg(feature = "deck")]
    ChangeSettings {
        /// Which.
        which: Vec<Setting>,
        /// To what it says about them.
        to: Box<Settings>,
    },
    /// Choose the path of a setting with the system's dialog.
    #[cfg(feature = "deck")]
    ChoosePath(Setting),
    /// Add these links; the sheet opens only if something is wrong with them.
    AddNow(String),
    /// Add no more of the links that are being added.
    StopAdding,
    /// Choose the folder that the sheet saves to, with the system's dialog.
    ChooseFolder,
    /// Add these downloads.
    #[cfg(feature = "deck")]
    Add(Box<AddRequest>),
}

/// What the Add sheet asks for, once all of it can be understood.
#[cfg(feature = "deck")]
#[derive(Clone, Debug, PartialEq)]
pub struct AddRequest {
    /// What to fetch, in the order of the lines.
    pub links: SelectedLinks,
    /// How.
    pub options: Settings,
    /// Whether they wait for a resume first.
    pub paused: bool,
}
