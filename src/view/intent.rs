//! What a view asks the window for.

use super::history::HistoryAct;
use crate::command::Command;
#[cfg(feature = "deck")]
use crate::fetch::Request;
#[cfg(feature = "deck")]
use crate::links::SelectedLinks;
#[cfg(feature = "deck")]
use crate::options::{Setting, Settings};
use crate::status::{RowId, Sorting};

/// What the user asked for. Give it to [`RuntimeRows::apply`](super::RuntimeRows::apply). Which row
/// was opened, and how the rows are to be sorted, says
/// [`JobsTableResponse`](super::JobsTableResponse).
///
/// What it can be is the table's own affair, and not listed here. Views only append these; the
/// window does what they ask when all views are laid out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Intent {
    /// Run a command.
    #[doc(hidden)]
    Run(Command),
    /// Run a command on this row and not on the selected ones.
    #[doc(hidden)]
    RunOn(Command, RowId),
    /// Open the inspector, unless it is open.
    #[doc(hidden)]
    OpenInspector,
    /// Show the rows that contain this text.
    #[doc(hidden)]
    Find(String),
    /// Sort the rows.
    #[doc(hidden)]
    Sort(Sorting),
    /// Select a row and bring it into view.
    #[doc(hidden)]
    ShowRow(RowId),
    /// Remove rows.
    #[doc(hidden)]
    Remove {
        /// Which.
        ids: Vec<RowId>,
        /// Whether their files are deleted too.
        deletes_files: bool,
    },
    /// Do something in the history.
    #[doc(hidden)]
    History(HistoryAct),
    /// Save links whole, with their secrets, or leave out those that hold some; none: save nothing.
    #[doc(hidden)]
    SaveLinks(Option<bool>),
    /// Add the incomplete downloads that were found.
    #[doc(hidden)]
    AddFound,
    /// Close the strip about what an earlier process left.
    #[doc(hidden)]
    CloseStartBar,
    /// Use the list here that another tab of the page has.
    #[doc(hidden)]
    UseListHere,
    /// Clear the activity.
    #[doc(hidden)]
    ClearActivity,
    /// Open the sheet that adds jobs, with this text in it.
    #[doc(hidden)]
    AddText(String),
    /// Give a row another link, and let it go on.
    #[doc(hidden)]
    #[cfg(feature = "deck")]
    ChangeUrl(RowId, Box<Request>),
    /// Change these settings.
    #[doc(hidden)]
    #[cfg(feature = "deck")]
    ChangeSettings {
        /// Which.
        which: Vec<Setting>,
        /// To what it says about them.
        to: Box<Settings>,
    },
    /// Choose the path of a setting with the system's dialog.
    #[doc(hidden)]
    #[cfg(feature = "deck")]
    ChoosePath(Setting),
    /// Add these links; the sheet opens only if something is wrong with them.
    #[doc(hidden)]
    AddNow(String),
    /// Add no more of the links that are being added.
    #[doc(hidden)]
    StopAdding,
    /// Choose the folder that the sheet saves to, with the system's dialog.
    #[doc(hidden)]
    ChooseFolder,
    /// Add these downloads.
    #[doc(hidden)]
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
