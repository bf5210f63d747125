//! The table of all commands: words, icon, keys and group of each.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::list::Command;
use crate::status::Chip;
use crate::widgets::Icon;

/// What help and palette list together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommandGroup {
    /// What adds rows.
    Add,
    /// What is done to the selected rows.
    Selection,
    /// What is done to all rows.
    All,
    /// What is selected and shown.
    View,
    /// The window itself.
    Window,
}

impl CommandGroup {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 5] = [
        Self::Add,
        Self::Selection,
        Self::All,
        Self::View,
        Self::Window,
    ];

    /// What it is called.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Add => "Add jobs",
            Self::Selection => "Selected jobs",
            Self::All => "All jobs",
            Self::View => "List",
            Self::Window => "Window",
        }
    }
}

/// A command's line in the table of all.
pub(super) struct About {
    pub(super) text: &'static str,
    pub(super) tooltip: &'static str,
    pub(super) icon: Option<Icon>,
    pub(super) shortcuts: &'static [KeyboardShortcut],
    pub(super) group: CommandGroup,
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// The line of a command.
pub(super) fn about(command: Command) -> About {
    use CommandGroup::{Add, All, Selection, View, Window};
    let about = |group, text, tooltip, icon, shortcuts| About {
        text,
        tooltip,
        icon,
        shortcuts,
        group,
    };
    match command {
        Command::Add => about(
            Add,
            "Add…",
            "Add links to download",
            Some(Icon::Plus),
            const { &[ctrl(Key::N), key(Key::A)] },
        ),
        Command::OpenList => about(
            Add,
            "Open a list…",
            "Add the links of a text file",
            Some(Icon::Folder),
            const { &[ctrl(Key::O)] },
        ),
        Command::Paste => about(
            Add,
            "Paste links…",
            "Add the links that were copied",
            None,
            const { &[ctrl(Key::V)] },
        ),
        Command::TryDemo => about(
            Add,
            "Try the demo",
            "A few downloads from a server on this computer",
            None,
            &[],
        ),
        Command::Resume => about(
            Selection,
            "Resume",
            "Resume the selected jobs",
            Some(Icon::Play),
            &[],
        ),
        Command::Pause => about(
            Selection,
            "Pause",
            "Pause the selected jobs",
            Some(Icon::Pause),
            &[],
        ),
        Command::PauseOrResume => about(
            Selection,
            "Pause or resume",
            "Pause the selected jobs, or resume them",
            Some(Icon::Pause),
            const { &[key(Key::P)] },
        ),
        Command::Cancel => about(
            Selection,
            "Cancel",
            "Cancel the selected jobs",
            Some(Icon::Cross),
            const { &[key(Key::C)] },
        ),
        Command::Retry => about(
            Selection,
            "Retry",
            "Begin the selected jobs again",
            Some(Icon::Retry),
            const { &[key(Key::R)] },
        ),
        Command::Skip => about(
            Selection,
            "Skip the wait",
            "End the sleep of the selected jobs, or retry them now",
            Some(Icon::Skip),
            &[],
        ),
        Command::Keep => about(
            Selection,
            "Keep",
            "Keep the files of the selected jobs: they are the ones that were wanted",
            Some(Icon::Tick),
            &[],
        ),
        Command::ChangeUrl => about(
            Selection,
            "Change URL…",
            "Go on from another link with the bytes that are there",
            Some(Icon::Pencil),
            &[],
        ),
        Command::OpenFolder => about(
            Selection,
            "Open folder",
            "Show the file in its folder",
            Some(Icon::Folder),
            &[],
        ),
        Command::CopyLinks => about(
            Selection,
            "Copy link",
            "Copy the links of the selected jobs",
            None,
            const { &[ctrl(Key::C)] },
        ),
        Command::SaveLinks => about(
            Selection,
            "Save links…",
            "Write the links of the selected jobs, or of all, into a text file",
            None,
            const { &[ctrl(Key::S)] },
        ),
        Command::Duplicate => about(
            Selection,
            "Duplicate",
            "Add the selected jobs once more",
            None,
            &[],
        ),
        Command::MoveUp => about(
            Selection,
            "Move up",
            "Let the selected jobs begin earlier",
            None,
            const { &[alt(Key::ArrowUp)] },
        ),
        Command::MoveDown => about(
            Selection,
            "Move down",
            "Let the selected jobs begin later",
            None,
            const { &[alt(Key::ArrowDown)] },
        ),
        Command::MoveToTop => about(
            Selection,
            "Move to the top",
            "Let the selected jobs begin first",
            None,
            &[],
        ),
        Command::MoveToBottom => about(
            Selection,
            "Move to the bottom",
            "Let the selected jobs begin last",
            None,
            &[],
        ),
        Command::Remove => about(
            Selection,
            "Remove",
            "Take the selected jobs off the list",
            Some(Icon::Bin),
            const { &[key(Key::Delete)] },
        ),
        Command::DeleteFiles => about(
            Selection,
            "Remove with files…",
            "Take the selected jobs off the list and delete their files",
            None,
            const { &[shift(Key::Delete)] },
        ),
        Command::Undo => about(
            All,
            "Undo",
            "Take back the last removal or cancel",
            None,
            const { &[ctrl(Key::Z)] },
        ),
        Command::PauseAll => about(
            All,
            "Pause all",
            "Pause every job",
            Some(Icon::Pause),
            const { &[ctrl_shift(Key::P), shift(Key::P)] },
        ),
        Command::ResumeAll => about(
            All,
            "Resume all",
            "Resume every job",
            Some(Icon::Play),
            const { &[ctrl_shift(Key::R), shift(Key::R)] },
        ),
        Command::CancelAll => about(
            All,
            "Cancel all",
            "Cancel every job",
            Some(Icon::Cross),
            &[],
        ),
        Command::RetryFailed => about(All, "Retry failed", "Retry failed", Some(Icon::Retry), &[]),
        Command::ClearDone => about(
            All,
            "Clear done",
            "Remove all done jobs from the list",
            None,
            &[],
        ),
        Command::SelectAll => about(
            View,
            "Select all",
            "Select all jobs that are shown",
            None,
            const { &[ctrl(Key::A)] },
        ),
        Command::SelectNone => about(
            View,
            "Select none",
            "Select nothing",
            None,
            const { &[key(Key::Escape)] },
        ),
        Command::SelectRow => about(
            View,
            "Select the row",
            "Select the row under the keyboard in addition, or no longer",
            None,
            const { &[key(Key::Space)] },
        ),
        Command::Search => about(
            View,
            "Search",
            "Search names, links and errors",
            Some(Icon::Search),
            const { &[ctrl(Key::F), key(Key::Slash)] },
        ),
        Command::Show(None) => about(
            View,
            "All",
            "Show all jobs",
            None,
            const { &[ctrl(Key::Num1), key(Key::Num1)] },
        ),
        Command::Show(Some(chip)) => about(
            View,
            chip.name(),
            "Show only these jobs",
            None,
            match chip {
                Chip::Active => const { &[ctrl(Key::Num2), key(Key::Num2)] },
                Chip::Waiting => const { &[ctrl(Key::Num3), key(Key::Num3)] },
                Chip::Paused => const { &[ctrl(Key::Num4), key(Key::Num4)] },
                Chip::Failed => const { &[ctrl(Key::Num5), key(Key::Num5)] },
                Chip::Done => const { &[ctrl(Key::Num6), key(Key::Num6)] },
                Chip::Check | Chip::Cancelled => &[],
            },
        ),
        Command::Inspector => about(
            View,
            "Inspector",
            "Show the selected job in full, or no longer",
            None,
            const { &[key(Key::Enter)] },
        ),
        Command::Activity => about(Window, "Activity", "Show activity", None, &[]),
        Command::History => about(
            Window,
            "History",
            "What ended, also what is not on the list any more",
            None,
            const { &[ctrl(Key::H), key(Key::H)] },
        ),
        Command::Columns => about(
            View,
            "Columns",
            "Choose the columns and their order",
            None,
            &[],
        ),
        Command::ResetColumns => about(
            View,
            "Reset columns",
            "The usual columns, widths and sorting",
            None,
            &[],
        ),
        Command::Settings => about(
            Window,
            "Settings",
            "Limits, time-outs, folder, look",
            None,
            const { &[ctrl(Key::Comma)] },
        ),
        Command::Palette => about(
            Window,
            "All commands…",
            "Find and run any command",
            None,
            const { &[ctrl(Key::K)] },
        ),
        Command::Help => about(
            Window,
            "Help",
            "Every key, and what it does",
            Some(Icon::Question),
            const { &[key(Key::Questionmark)] },
        ),
        Command::SwitchTheme => about(Window, "Switch theme", "Dark or light", None, &[]),
        Command::Quit => about(Window, "Quit", "Close the window", None, &[]),
    }
}
