//! What there is to know of each command: its words, its keys, and whether it can be run now.

use egui::{Context, Event, InputState, Key, KeyboardShortcut};

use super::command_context::CommandContext;
use super::list::Command;
use super::table::{CommandGroup, about};
use crate::status::{Chip, MoveTo, Verb};
use crate::widgets::Icon;

impl Command {
    /// Every command, in the order in which keys are matched: those with more modifiers first,
    /// since an additional Shift also matches.
    pub const ALL: [Self; 50] = [
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
        Self::Keep,
        Self::ChangeUrl,
        Self::OpenFolder,
        Self::CopyLinks,
        Self::SaveLinks,
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
        Self::Show(Some(Chip::Check)),
        Self::Show(Some(Chip::Done)),
        Self::Show(Some(Chip::Cancelled)),
        Self::Inspector,
        Self::Activity,
        Self::History,
        Self::Columns,
        Self::ResetColumns,
        Self::Settings,
        Self::Palette,
        Self::Help,
        Self::SwitchTheme,
        Self::Quit,
    ];

    /// Every command in the order of lists: by group, and in each group what cannot be undone last.
    #[must_use]
    pub fn listed() -> [Self; 50] {
        let mut listed = Self::ALL;
        listed.sort_by_key(|command| (command.group(), *command == Self::DeleteFiles));
        listed
    }

    /// What it is called.
    #[must_use]
    pub fn text(self) -> &'static str {
        about(self).text
    }

    /// What it does, in one line.
    #[must_use]
    pub fn tooltip(self) -> &'static str {
        about(self).tooltip
    }

    /// Its icon, if it has one.
    #[must_use]
    pub(crate) fn icon(self) -> Option<Icon> {
        about(self).icon
    }

    /// Its shortcuts: two where browsers reserve the first.
    #[must_use]
    pub fn shortcuts(self) -> &'static [KeyboardShortcut] {
        about(self).shortcuts
    }

    /// The group it is listed in.
    #[must_use]
    pub fn group(self) -> CommandGroup {
        about(self).group
    }

    /// What it does with rows, if it is a command over rows and needs no further data.
    #[must_use]
    pub fn verb(self) -> Option<Verb> {
        Some(match self {
            Self::Pause => Verb::Pause,
            Self::Resume => Verb::Resume,
            Self::Cancel => Verb::Cancel,
            Self::Skip => Verb::Skip,
            Self::Retry => Verb::Retry,
            Self::Keep => Verb::Keep,
            Self::Remove => Verb::Remove,
            Self::MoveUp => Verb::Move(MoveTo::Up),
            Self::MoveDown => Verb::Move(MoveTo::Down),
            Self::MoveToTop => Verb::Move(MoveTo::Top),
            Self::MoveToBottom => Verb::Move(MoveTo::Bottom),
            _ => return None,
        })
    }

    /// Whether it is run repeatedly while its keys are held down.
    fn repeats(self) -> bool {
        matches!(self, Self::MoveUp | Self::MoveDown)
    }

    /// Its first shortcut as text; empty if it has none.
    #[must_use]
    pub fn shortcut_text(self, ctx: &Context) -> String {
        self.shortcuts()
            .first()
            .map(|shortcut| keys_text(ctx, shortcut))
            .unwrap_or_default()
    }

    /// Whether it can be run now.
    #[must_use]
    pub fn is_enabled(self, context: &CommandContext) -> bool {
        let counts = &context.counts;
        match self {
            Self::Resume => context.resume,
            Self::Pause => context.pause,
            Self::PauseOrResume => context.pause || context.resume,
            Self::Cancel => context.cancel,
            Self::Retry => context.retry,
            Self::Skip => context.skip,
            Self::Keep => context.keep,
            Self::ChangeUrl => context.change_url,
            Self::OpenFolder => context.open_folder && !context.in_page,
            Self::DeleteFiles => context.selected > 0 && !context.in_page,
            Self::MoveUp | Self::MoveDown | Self::MoveToTop | Self::MoveToBottom => {
                context.move_rows
            }
            Self::CopyLinks | Self::Duplicate | Self::Remove => context.selected > 0,
            Self::Undo => context.undo,
            Self::RetryFailed => counts.of(Chip::Failed) > 0,
            Self::ClearDone => counts.of(Chip::Done) > 0,
            Self::PauseAll => counts.of(Chip::Active) + counts.of(Chip::Waiting) > 0,
            Self::ResumeAll => counts.of(Chip::Paused) > 0,
            Self::CancelAll => {
                counts.of(Chip::Active) + counts.of(Chip::Waiting) + counts.of(Chip::Paused) > 0
            }
            Self::SelectAll | Self::SelectRow => counts.all() > 0,
            Self::SaveLinks => counts.all() > 0 && !context.in_page,
            Self::History => context.history,
            Self::TryDemo => context.demo,
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
            | Self::SwitchTheme => true,
            Self::Quit => !context.in_page,
        }
    }

    /// Whether it can ever do something here: a page has no folders to open and no window to close.
    #[must_use]
    pub fn is_offered(self, context: &CommandContext) -> bool {
        let needs_desktop = matches!(
            self,
            Self::OpenFolder | Self::SaveLinks | Self::DeleteFiles | Self::Quit
        );
        !(needs_desktop && context.in_page)
    }

    /// Whether menus and rows of buttons show it: what is seldom possible, only while it is.
    #[must_use]
    pub fn is_shown(self, context: &CommandContext) -> bool {
        self.is_offered(context) && (self != Self::Keep || context.keep)
    }

    /// Why it cannot be run now; `None` if it can.
    #[must_use]
    pub fn why_not(self, context: &CommandContext) -> Option<&'static str> {
        if self.is_enabled(context) {
            return None;
        }
        Some(match self {
            Self::Undo => "nothing to take back",
            Self::TryDemo => "no demo here",
            Self::RetryFailed => "none failed",
            Self::ClearDone => "no job is done",
            Self::ResumeAll => "no job is paused",
            Self::PauseAll | Self::CancelAll => "no job is under way",
            Self::SelectAll | Self::SelectRow => "no jobs",
            Self::History if context.in_page => "not in a browser yet",
            Self::History => "the list is not kept",
            _ if !self.is_offered(context) => "not in a browser",
            Self::SaveLinks => "no jobs",
            _ if context.selected == 0 => "nothing selected",
            Self::ChangeUrl | Self::OpenFolder if context.selected > 1 => "several selected",
            Self::Resume => "nothing paused",
            Self::Skip => "nothing waits for a time",
            Self::Keep => "no doubt about a file",
            Self::Retry => "nothing to begin again",
            Self::ChangeUrl => "no download that stopped",
            Self::OpenFolder => "nothing is saved",
            _ => "nothing under way",
        })
    }

    /// The commands whose keys were pressed; consumes these keys. Single keys, and those that text
    /// fields use, only count while no text field has the focus.
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
                // These keys click the focused widget.
                let belongs_to_widget = matches!(shortcut.logical_key, Key::Enter | Key::Space);
                if in_text && belongs_to_text || in_widget && belongs_to_widget {
                    continue;
                }
                if ctx.input_mut(|input| is_pressed(input, shortcut, command.repeats())) {
                    pressed.push(command);
                }
            }
        }
        pressed
    }
}

/// Whether a shortcut was pressed; consumes its keys. A key that is held down counts once, unless
/// it `repeats`. An additional Alt never matches: on many keyboards it types another sign. An
/// additional Shift matches only for digits and signs, which may need it to be typed at all.
fn is_pressed(input: &mut InputState, shortcut: &KeyboardShortcut, repeats: bool) -> bool {
    let mut is_pressed = false;
    input.events.retain(|event| {
        let Event::Key {
            key,
            pressed: true,
            repeat,
            modifiers,
            ..
        } = event
        else {
            return true;
        };
        let wanted = shortcut.modifiers;
        let fits = *key == shortcut.logical_key
            && modifiers.matches_logically(wanted)
            && modifiers.alt == wanted.alt
            && (modifiers.shift == wanted.shift || !is_letter(*key));
        is_pressed |= fits && (repeats || !repeat);
        !fits
    });
    is_pressed
}

fn is_letter(key: Key) -> bool {
    let name = key.name();
    name.len() == 1 && name.starts_with(|sign: char| sign.is_ascii_alphabetic())
}

/// A shortcut as it is written on a keyboard: `Ctrl+,` and not the name of the comma.
#[must_use]
pub fn keys_text(ctx: &Context, shortcut: &KeyboardShortcut) -> String {
    let text = ctx.format_shortcut(shortcut);
    let signs = [
        ("Questionmark", "?"),
        ("Slash", "/"),
        ("Comma", ","),
        ("Escape", "Esc"),
        ("PageUp", "Page up"),
        ("PageDown", "Page down"),
    ];
    let named = signs.iter().find(|(name, _)| text.ends_with(name));
    match named {
        Some((name, sign)) => format!("{}{sign}", text.trim_end_matches(name)),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;

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

    /// The commands that a key runs as it goes down, and then while it is held.
    fn pressed_by(key: Key, modifiers: Modifiers) -> [Vec<Command>; 2] {
        let ctx = Context::default();
        [false, true].map(|repeat| {
            let event = Event::Key {
                key,
                physical_key: None,
                pressed: true,
                repeat,
                modifiers,
            };
            let input = egui::RawInput {
                events: vec![event],
                ..egui::RawInput::default()
            };
            let mut pressed = Vec::new();
            let output = ctx.run_ui(input, |ui| pressed.extend(Command::pressed(ui.ctx())));
            output.drop_without_applying_deltas();
            pressed
        })
    }

    #[test]
    fn a_key_counts_once_and_only_with_its_own_modifiers() {
        let (none, shift) = (Modifiers::NONE, Modifiers::SHIFT);
        let altgr = Modifiers::COMMAND | Modifiers::CTRL | Modifiers::ALT;
        for (key, modifiers, command) in [
            (Key::P, none, Some(Command::PauseOrResume)),
            (Key::P, Modifiers::ALT, None),
            (Key::ArrowUp, none, None),
            (Key::ArrowUp, Modifiers::ALT, Some(Command::MoveUp)),
            (Key::P, shift, Some(Command::PauseAll)),
            // Only P and R mean something with Shift.
            (Key::C, shift, None),
            (Key::K, altgr, None),
            // Signs that some keyboards have only with Shift.
            (Key::Questionmark, shift, Some(Command::Help)),
            (Key::Slash, shift, Some(Command::Search)),
            (Key::Delete, shift, Some(Command::DeleteFiles)),
        ] {
            let [once, held] = pressed_by(key, modifiers);
            assert_eq!(once, Vec::from_iter(command), "{key:?} {modifiers:?}");
            let goes_on = command.filter(|command| command.repeats());
            assert_eq!(held, Vec::from_iter(goes_on), "{key:?} is held down");
        }
    }

    #[test]
    fn what_cannot_be_run_says_why_and_what_can_does_not() {
        let nothing = CommandContext::default();
        let everything = CommandContext {
            in_page: true,
            selected: 1,
            ..nothing
        };
        for command in Command::ALL {
            for context in [&nothing, &everything] {
                let why = command.why_not(context);
                assert_eq!(why.is_none(), command.is_enabled(context), "{command:?}");
            }
        }
        assert_eq!(Command::Pause.why_not(&nothing), Some("nothing selected"));
        assert_eq!(Command::Quit.why_not(&everything), Some("not in a browser"));
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
