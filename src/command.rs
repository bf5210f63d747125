//! What can be done: every command with its words, icon and keys in one table, so that toolbar, keys and help cannot
//! drift apart; and the intents in which views tell what was asked for.

use egui::{Context, Key, KeyboardShortcut, Modifiers};

use crate::status::{Chip, Counts, RowId, RowSource};
use crate::widgets::Icon;

/// Something to do that needs no further data: listable, and the same wherever it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Open the sheet that adds jobs.
    Add,
    /// Resume the selected rows.
    Resume,
    /// Pause the selected rows.
    Pause,
    /// Cancel the selected rows.
    Cancel,
    /// Begin the selected rows again.
    Retry,
    /// Pause the selected rows, or resume them if none of them can be paused.
    PauseOrResume,
    /// Begin all failed rows again.
    RetryFailed,
    /// Remove all rows that ended well.
    ClearDone,
    /// Pause everything.
    PauseAll,
    /// Resume everything.
    ResumeAll,
    /// Go to the search field.
    Search,
    /// Select all rows that are shown.
    SelectAll,
    /// Select nothing.
    SelectNone,
    /// Show the rows under one chip, or all.
    Show(Option<Chip>),
    /// Show one row in full beside the table, or no longer.
    Inspector,
    /// From the dark to the light theme and back.
    SwitchTheme,
}

/// What decides whether a command can be run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Possible {
    /// One of the selected rows can be paused.
    pub pause: bool,
    /// One of the selected rows can be resumed.
    pub resume: bool,
    /// One of the selected rows can be cancelled.
    pub cancel: bool,
    /// One of the selected rows can be begun again.
    pub retry: bool,
    /// How many rows there are.
    pub counts: Counts,
}

/// Of a larger selection only this many rows are looked at each frame; the rest is taken to allow everything.
const SELECTION_LOOKED_AT: usize = 64;

impl Possible {
    /// Looks at the selected rows.
    #[must_use]
    pub fn new(
        source: &dyn RowSource,
        counts: Counts,
        selected: impl ExactSizeIterator<Item = RowId>,
    ) -> Self {
        if selected.len() > SELECTION_LOOKED_AT {
            return Self {
                pause: true,
                resume: true,
                cancel: true,
                retry: true,
                counts,
            };
        }
        let mut possible = Self {
            counts,
            ..Self::default()
        };
        for status in selected.filter_map(|id| source.status(id)) {
            possible.pause |= status.can_pause();
            possible.resume |= status.can_resume();
            possible.cancel |= status.can_cancel();
            possible.retry |= status.can_retry();
        }
        possible
    }
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

impl Command {
    /// Every command. What asks for more modifiers stands before what asks for fewer, since keys are matched in this
    /// order and an additional shift does not count.
    pub const ALL: [Self; 22] = [
        Self::PauseAll,
        Self::ResumeAll,
        Self::Add,
        Self::Search,
        Self::SelectAll,
        Self::SelectNone,
        Self::PauseOrResume,
        Self::Pause,
        Self::Resume,
        Self::Cancel,
        Self::Retry,
        Self::RetryFailed,
        Self::ClearDone,
        Self::Show(None),
        Self::Show(Some(Chip::Active)),
        Self::Show(Some(Chip::Waiting)),
        Self::Show(Some(Chip::Paused)),
        Self::Show(Some(Chip::Failed)),
        Self::Show(Some(Chip::Done)),
        Self::Show(Some(Chip::Cancelled)),
        Self::Inspector,
        Self::SwitchTheme,
    ];

    /// What it is called.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Add => "Add…",
            Self::Resume => "Resume",
            Self::Pause => "Pause",
            Self::Cancel => "Cancel",
            Self::Retry => "Retry",
            Self::PauseOrResume => "Pause or resume",
            Self::RetryFailed => "Retry failed",
            Self::ClearDone => "Clear done",
            Self::PauseAll => "Pause all",
            Self::ResumeAll => "Resume all",
            Self::Search => "Search",
            Self::SelectAll => "Select all",
            Self::SelectNone => "Select none",
            Self::Show(None) => "All",
            Self::Show(Some(chip)) => chip.name(),
            Self::Inspector => "Inspector",
            Self::SwitchTheme => "Switch theme",
        }
    }

    /// What it does, in a line.
    #[must_use]
    pub fn tooltip(self) -> &'static str {
        match self {
            Self::Add => "Add links to download",
            Self::Resume => "Resume the selected jobs",
            Self::Pause => "Pause the selected jobs",
            Self::Cancel => "Cancel the selected jobs",
            Self::Retry => "Begin the selected jobs again",
            Self::PauseOrResume => "Pause the selected jobs, or resume them",
            Self::RetryFailed => "Begin all failed jobs again",
            Self::ClearDone => "Remove all done jobs from the list",
            Self::PauseAll => "Pause every job",
            Self::ResumeAll => "Resume every job",
            Self::Search => "Search names, hosts and errors",
            Self::SelectAll => "Select all jobs that are shown",
            Self::SelectNone => "Select nothing",
            Self::Show(_) => "Show only these jobs",
            Self::Inspector => "Show the selected job in full, or no longer",
            Self::SwitchTheme => "Dark or light",
        }
    }

    /// Its sign, if it has one.
    #[must_use]
    pub fn icon(self) -> Option<Icon> {
        match self {
            Self::Add => Some(Icon::Plus),
            Self::Resume | Self::ResumeAll => Some(Icon::Play),
            Self::Pause | Self::PauseAll => Some(Icon::Pause),
            Self::Cancel => Some(Icon::Cross),
            Self::Retry | Self::RetryFailed => Some(Icon::Retry),
            Self::Search => Some(Icon::Search),
            _ => None,
        }
    }

    /// The keys that run it. Where a browser keeps one for itself, there is a second.
    #[must_use]
    pub fn shortcuts(self) -> &'static [KeyboardShortcut] {
        const ADD: [KeyboardShortcut; 2] = [ctrl(Key::N), key(Key::A)];
        const SEARCH: [KeyboardShortcut; 2] = [ctrl(Key::F), key(Key::Slash)];
        const PAUSE_ALL: [KeyboardShortcut; 2] = [ctrl_shift(Key::P), shift(Key::P)];
        const RESUME_ALL: [KeyboardShortcut; 2] = [ctrl_shift(Key::R), shift(Key::R)];
        const SHOW: [[KeyboardShortcut; 2]; 6] = [
            [ctrl(Key::Num1), key(Key::Num1)],
            [ctrl(Key::Num2), key(Key::Num2)],
            [ctrl(Key::Num3), key(Key::Num3)],
            [ctrl(Key::Num4), key(Key::Num4)],
            [ctrl(Key::Num5), key(Key::Num5)],
            [ctrl(Key::Num6), key(Key::Num6)],
        ];
        match self {
            Self::Add => &ADD,
            Self::Search => &SEARCH,
            Self::SelectAll => const { &[ctrl(Key::A)] },
            Self::SelectNone => const { &[key(Key::Escape)] },
            Self::PauseOrResume => const { &[key(Key::P)] },
            Self::Cancel => const { &[key(Key::C)] },
            Self::Retry => const { &[key(Key::R)] },
            Self::Inspector => const { &[key(Key::Enter)] },
            Self::PauseAll => &PAUSE_ALL,
            Self::ResumeAll => &RESUME_ALL,
            Self::Show(None) => &SHOW[0],
            Self::Show(Some(Chip::Active)) => &SHOW[1],
            Self::Show(Some(Chip::Waiting)) => &SHOW[2],
            Self::Show(Some(Chip::Paused)) => &SHOW[3],
            Self::Show(Some(Chip::Failed)) => &SHOW[4],
            Self::Show(Some(Chip::Done)) => &SHOW[5],
            _ => &[],
        }
    }

    /// Its first keys as text, empty without any.
    #[must_use]
    pub fn shortcut_text(self, ctx: &Context) -> String {
        self.shortcuts()
            .first()
            .map(|shortcut| ctx.format_shortcut(shortcut))
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
            Self::RetryFailed => counts.of(Chip::Failed) > 0,
            Self::ClearDone => counts.of(Chip::Done) > 0,
            Self::PauseAll => counts.of(Chip::Active) + counts.of(Chip::Waiting) > 0,
            Self::ResumeAll => counts.of(Chip::Paused) > 0,
            Self::SelectAll => counts.all() > 0,
            Self::Add
            | Self::Search
            | Self::SelectNone
            | Self::Show(_)
            | Self::Inspector
            | Self::SwitchTheme => true,
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
                let belongs_to_text = !shortcut.modifiers.command || command == Self::SelectAll;
                // With Enter one clicks what has the focus.
                let belongs_to_widget = shortcut.logical_key == Key::Enter;
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

/// What can be done with rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowAction {
    /// Pause them.
    Pause,
    /// Resume them.
    Resume,
    /// Cancel them.
    Cancel,
    /// Begin them again.
    Retry,
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
    /// Open the sheet that adds jobs, with this text in it.
    AddText(String),
    /// Add the demo's jobs.
    TryDemo,
    /// Add these downloads.
    #[cfg(feature = "deck")]
    Add(Box<crate::view::AddRequest>),
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
