//! The commands, by name.

use crate::status::Chip;

/// Something a user can invoke without further data: the same in toolbar, menus, palette and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Open the sheet that adds jobs.
    Add,
    /// Choose a file with a list of links.
    OpenList,
    /// Open the sheet that adds jobs with what the clipboard holds.
    Paste,
    /// Add the demo's jobs.
    TryDemo,
    /// Resume the selected rows.
    Resume,
    /// Pause the selected rows.
    Pause,
    /// Pause the selected rows, or resume them if none of them can be paused.
    PauseOrResume,
    /// Cancel the selected rows.
    Cancel,
    /// Begin the selected rows again.
    Retry,
    /// End the sleep of the selected rows, or their wait before the next attempt.
    Skip,
    /// Keep the files of the selected rows in spite of a doubt.
    Keep,
    /// Give the selected row another link.
    ChangeUrl,
    /// Show the file of the selected row in its folder.
    OpenFolder,
    /// Copy the links of the selected rows.
    CopyLinks,
    /// Save the links of the selected rows, or of all that are shown, in a file.
    SaveLinks,
    /// Add the selected rows once more.
    Duplicate,
    /// Let the selected rows begin earlier.
    MoveUp,
    /// Let the selected rows begin later.
    MoveDown,
    /// Let the selected rows begin first.
    MoveToTop,
    /// Let the selected rows begin last.
    MoveToBottom,
    /// Take the selected rows off the list.
    Remove,
    /// Take the selected rows off the list, and delete their files.
    DeleteFiles,
    /// Take back the last removal or cancel.
    Undo,
    /// Pause everything.
    PauseAll,
    /// Resume everything.
    ResumeAll,
    /// Cancel everything.
    CancelAll,
    /// Begin all failed rows again.
    RetryFailed,
    /// Remove all rows that ended well.
    ClearDone,
    /// Select all rows that are shown.
    SelectAll,
    /// Select nothing.
    SelectNone,
    /// Select the row with the keyboard in addition, or no longer.
    SelectRow,
    /// Go to the search field.
    Search,
    /// Show the rows under one chip, or all.
    Show(Option<Chip>),
    /// Show one row in full beside the table, or no longer.
    Inspector,
    /// Show activity.
    Activity,
    /// Show what ended, also what is not on the list any more.
    History,
    /// Choose the columns of the table.
    Columns,
    /// The usual columns, order, widths and sorting.
    ResetColumns,
    /// Open the settings.
    Settings,
    /// List every command.
    Palette,
    /// List every key.
    Help,
    /// From the dark to the light theme and back.
    SwitchTheme,
    /// Close the window.
    Quit,
}
