//! What can be done: every command with its words, icon and keys in one table, so that toolbar, menus, palette, keys and
//! help cannot drift apart; and the intents in which views tell what was asked for.

mod intent;
mod possible;
mod table;

use egui::{Context, Key, KeyboardShortcut};

use crate::status::Chip;
use crate::widgets::Icon;

pub use intent::{Intent, RowAction};
pub use possible::Possible;
pub use table::CommandGroup;

/// Something to do that needs no further data: listable, and the same wherever it is offered.
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
    /// Give the selected row another link.
    ChangeUrl,
    /// Show the file of the selected row in its folder.
    OpenFolder,
    /// Copy the links of the selected rows.
    CopyLinks,
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
    /// Show what happened, or no longer.
    Activity,
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

impl Command {
    /// Every command. What asks for more modifiers stands before what asks for fewer, since keys are matched in this
    /// order and an additional shift does not count.
    pub const ALL: [Self; 46] = [
        Self::PauseAll,
        Self::ResumeAll,
        Self::DeleteFiles,
        Self::Add,
        Self::OpenList,
        Self::Paste,
        Self::TryDemo,
        Self::Resume,
        Self::Pause,
        Self::PauseOrResume,
        Self::Cancel,
        Self::Retry,
        Self::Skip,
        Self::ChangeUrl,
        Self::OpenFolder,
        Self::CopyLinks,
        Self::Duplicate,
        Self::MoveUp,
        Self::MoveDown,
        Self::MoveToTop,
        Self::MoveToBottom,
        Self::Remove,
        Self::Undo,
        Self::CancelAll,
        Self::RetryFailed,
        Self::ClearDone,
        Self::SelectAll,
        Self::SelectNone,
        Self::SelectRow,
        Self::Search,
        Self::Show(None),
        Self::Show(Some(Chip::Active)),
        Self::Show(Some(Chip::Waiting)),
        Self::Show(Some(Chip::Paused)),
        Self::Show(Some(Chip::Failed)),
        Self::Show(Some(Chip::Done)),
        Self::Show(Some(Chip::Cancelled)),
        Self::Inspector,
        Self::Activity,
        Self::Columns,
        Self::ResetColumns,
        Self::Settings,
        Self::Palette,
        Self::Help,
        Self::SwitchTheme,
        Self::Quit,
    ];

    /// What it is called.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.about().text
    }

    /// What it does, in a line.
    #[must_use]
    pub fn tooltip(self) -> &'static str {
        self.about().tooltip
    }

    /// Its sign, if it has one.
    #[must_use]
    pub fn icon(self) -> Option<Icon> {
        self.about().icon
    }

    /// The keys that run it. Where a browser keeps one for itself, there is a second.
    #[must_use]
    pub fn shortcuts(self) -> &'static [KeyboardShortcut] {
        self.about().shortcuts
    }

    /// With what it is listed.
    #[must_use]
    pub fn group(self) -> CommandGroup {
        self.about().group
    }

    /// Its first keys as text, empty without any.
    #[must_use]
    pub fn shortcut_text(self, ctx: &Context) -> String {
        self.shortcuts()
            .first()
            .map(|shortcut| keys_text(ctx, shortcut))
            .unwrap_or_default()
    }

    /// Whether it would do something now.
    #[must_use]
    pub fn is_enabled(self, possible: &Possible) -> bool {
        let counts = &possible.counts;
        match self {
            Self::Resume => possible.resume,
            Self::Pause => possible.pause,
            Self::PauseOrResume => possible.pause || possible.resume,
            Self::Cancel => possible.cancel,
            Self::Retry => possible.retry,
            Self::Skip => possible.skip,
            Self::ChangeUrl => possible.selected == 1 && possible.retry,
            Self::OpenFolder => possible.selected == 1,
            Self::CopyLinks
            | Self::Duplicate
            | Self::MoveUp
            | Self::MoveDown
            | Self::MoveToTop
            | Self::MoveToBottom
            | Self::Remove
            | Self::DeleteFiles => possible.selected > 0,
            Self::Undo => possible.undo,
            Self::RetryFailed => counts.of(Chip::Failed) > 0,
            Self::ClearDone => counts.of(Chip::Done) > 0,
            Self::PauseAll => counts.of(Chip::Active) + counts.of(Chip::Waiting) > 0,
            Self::ResumeAll => counts.of(Chip::Paused) > 0,
            Self::CancelAll => {
                counts.of(Chip::Active) + counts.of(Chip::Waiting) + counts.of(Chip::Paused) > 0
            }
            Self::SelectAll | Self::SelectRow => counts.all() > 0,
            Self::TryDemo => possible.demo,
            Self::Add
            | Self::OpenList
            | Self::Paste
            | Self::Search
            | Self::SelectNone
            | Self::Show(_)
            | Self::Inspector
            | Self::Activity
            | Self::Columns
            | Self::ResetColumns
            | Self::Settings
            | Self::Palette
            | Self::Help
            | Self::SwitchTheme
            | Self::Quit => true,
        }
    }

    /// The commands whose keys were pressed; takes these keys out of the input. Single keys, and those that text
    /// fields have a use for, only count while no text field has the focus.
    #[must_use]
    pub fn pressed(ctx: &Context) -> Vec<Self> {
        let in_text = ctx.text_edit_focused();
        let in_widget = ctx.memory(|memory| memory.focused().is_some());
        let mut pressed = Vec::new();
        for command in Self::ALL {
            for shortcut in command.shortcuts() {
                let belongs_to_text = !shortcut.modifiers.command
                    || matches!(
                        command,
                        Self::SelectAll | Self::CopyLinks | Self::Paste | Self::Undo
                    );
                // With these one clicks what has the focus.
                let belongs_to_widget = matches!(shortcut.logical_key, Key::Enter | Key::Space);
                if in_text && belongs_to_text || in_widget && belongs_to_widget {
                    continue;
                }
                if ctx.input_mut(|input| input.consume_shortcut(shortcut)) {
                    pressed.push(command);
                }
            }
        }
        pressed
    }
}

/// Keys as they are written on a keyboard: `Ctrl+,` and not the name of the comma.
#[must_use]
pub fn keys_text(ctx: &Context, shortcut: &KeyboardShortcut) -> String {
    let text = ctx.format_shortcut(shortcut);
    let signs = [
        ("Questionmark", "?"),
        ("Slash", "/"),
        ("Comma", ","),
        ("Escape", "Esc"),
    ];
    let named = signs.iter().find(|(name, _)| text.ends_with(name));
    match named {
        Some((name, sign)) => format!("{}{sign}", text.trim_end_matches(name)),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key() {
        let mut seen = Vec::new();
        for command in Command::ALL {
            assert!(!command.text().is_empty() && !command.tooltip().is_empty());
            for shortcut in command.shortcuts() {
                assert!(!seen.contains(shortcut), "{shortcut:?} of {command:?}");
                seen.push(*shortcut);
            }
        }
    }

    #[test]
    fn every_command_is_listed_once() {
        for (index, command) in Command::ALL.iter().enumerate() {
            assert!(!Command::ALL[..index].contains(command), "{command:?}");
        }
    }

    /// A key with shift also matches the same key without: the first must be asked for first.
    #[test]
    fn what_asks_for_more_modifiers_comes_first() {
        let shortcuts: Vec<_> = Command::ALL
            .iter()
            .flat_map(|command| command.shortcuts())
            .collect();
        for (index, earlier) in shortcuts.iter().enumerate() {
            for later in &shortcuts[index + 1..] {
                let hides = later.logical_key == earlier.logical_key
                    && later.modifiers.matches_logically(earlier.modifiers);
                assert!(!hides, "{earlier:?} hides {later:?}");
            }
        }
    }
}
