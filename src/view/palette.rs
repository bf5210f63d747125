//! The palette: every command, found by typing.

use egui::{Align2, Id, Key, Modifiers, Pos2, RichText, Role, ScrollArea, Ui, vec2};

use super::intent::Intent;
use super::menu;
use crate::command::{Command, CommandContext};
use crate::theme::Tokens;
use crate::widgets::{self, Field};

/// How many recently run commands come first.
const RECENT: usize = 5;

/// The greatest height of the list, in points: fourteen commands.
const LIST_HEIGHT: f32 = 364.0;
/// How many commands a page key skips.
const PAGE: usize = 10;

/// Whether the keyboard or the pointer chooses in this frame.
#[derive(Clone, Copy, Debug)]
enum Chooser {
    Nobody,
    Keys,
    Pointer,
}

/// How a key moves the choice in the list.
#[derive(Clone, Copy, Debug)]
enum ListMove {
    /// To the next, and from the last to the first.
    Down,
    Up,
    PageDown,
    PageUp,
}

/// Not Home and End, which belong to the field.
const LIST_KEYS: [(Key, ListMove); 4] = [
    (Key::ArrowDown, ListMove::Down),
    (Key::ArrowUp, ListMove::Up),
    (Key::PageDown, ListMove::PageDown),
    (Key::PageUp, ListMove::PageUp),
];

impl ListMove {
    fn from(self, place: usize, count: usize) -> usize {
        let last = count.saturating_sub(1);
        match self {
            Self::Down if place >= last => 0,
            Self::Down => place + 1,
            Self::Up => place.checked_sub(1).unwrap_or(last),
            Self::PageDown => (place + PAGE).min(last),
            Self::PageUp => place.saturating_sub(PAGE),
        }
    }
}

/// What the palette keeps from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct PaletteState {
    is_open: bool,
    text: String,
    chosen: usize,
    recent: Vec<Command>,
    /// Where the pointer was in the last frame: a resting pointer does not choose.
    pointer: Option<Pos2>,
    is_new: bool,
}

impl PaletteState {
    /// Whether it is shown.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Opens it, empty.
    pub fn open(&mut self) {
        self.is_open = true;
        self.text.clear();
        self.chosen = 0;
        self.is_new = true;
    }

    fn run(&mut self, command: Command, intents: &mut Vec<Intent>) {
        self.is_open = false;
        self.recent.retain(|recent| *recent != command);
        self.recent.insert(0, command);
        self.recent.truncate(RECENT);
        intents.push(Intent::Run(command));
    }

    /// The commands that match what is typed, best first: those that can be run, those run
    /// recently, those whose name begins with it.
    fn found(&self, context: &CommandContext) -> Vec<Command> {
        let text = self.text.trim().trim_end_matches('…').to_lowercase();
        let mut found: Vec<_> = Command::listed()
            .into_iter()
            .filter(|command| *command != Command::Palette && command.is_offered(context))
            .filter_map(|command| {
                let rank = rank(command, &text)?;
                let recent = self.recent.iter().position(|recent| *recent == command);
                let is_disabled = !command.is_enabled(context);
                Some((
                    is_disabled,
                    rank,
                    recent.unwrap_or(RECENT),
                    command.group(),
                    command,
                ))
            })
            .collect();
        found.sort_by_key(|(is_disabled, rank, recent, group, _)| {
            (*is_disabled, *rank, *recent, *group)
        });
        found.into_iter().map(|(.., command)| command).collect()
    }
}

/// How well a command matches a text in lower case, 0 is best; `None` if it does not.
fn rank(command: Command, text: &str) -> Option<u8> {
    let name = command.text().to_lowercase();
    let is_word = |name: &str| name.split(' ').any(|word| word.starts_with(text));
    if name.trim_end_matches('…') == text {
        Some(0)
    } else if name.starts_with(text) {
        Some(1)
    } else if is_word(&name) {
        Some(2)
    } else if name.contains(text) {
        Some(3)
    } else if command.tooltip().to_lowercase().contains(text) {
        Some(4)
    } else {
        // Its letters in this order: "psal" finds "Pause all".
        let mut letters = name.chars();
        let all = text.chars().filter(|letter| !letter.is_whitespace());
        let fits = all
            .into_iter()
            .all(|letter| letters.any(|other| other == letter));
        fits.then_some(5)
    }
}

/// The palette, over everything else, if it is open.
pub fn palette_ui(
    ui: &Ui,
    state: &mut PaletteState,
    context: &CommandContext,
    intents: &mut Vec<Intent>,
) {
    if !state.is_open {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let room = ui.ctx().content_rect();
    let width = (room.width() - 48.0).clamp(200.0, 480.0);
    let top = (room.height() * 0.12).min(96.0);
    let area = egui::Area::new(Id::unique("palette"))
        .order(egui::Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, top));
    let modal = widgets::sheet(ui, "palette", 10).area(area);
    let id = Id::unique("palette field");
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 6.0;
        // Before the field, which would consume them.
        let is_pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let step = LIST_KEYS.into_iter().find(|(key, _)| is_pressed(*key));
        let enter = is_pressed(Key::Enter);
        let field = Field::new(id, width)
            .name("Find a command")
            .hint("Find a command")
            .show(ui, &mut state.text);
        field.request_focus();
        if field.changed() {
            state.chosen = 0;
        }
        let found = state.found(context);
        state.chosen = state.chosen.min(found.len().saturating_sub(1));
        if let Some((_, step)) = step {
            state.chosen = step.from(state.chosen, found.len());
        }
        if found.is_empty() {
            ui.label(RichText::new("No command is called that").color(tokens.muted));
        }
        let height = (room.height() - top - 110.0).clamp(60.0, LIST_HEIGHT);
        let scrolls = step.is_some() || field.changed();
        let list = ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height);
        let list = list.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let list = ui.unique_id();
            ui.ctx().accesskit_node_builder(list, |node| {
                node.set_role(Role::ListBox);
                node.set_label("Commands");
            });
            let pointer = ui.input(|input| input.pointer.latest_pos());
            let before = std::mem::replace(&mut state.pointer, pointer);
            let has_moved = !std::mem::take(&mut state.is_new) && before != pointer;
            let by_whom = if scrolls {
                Chooser::Keys
            } else if has_moved {
                Chooser::Pointer
            } else {
                Chooser::Nobody
            };
            list_ui(ui, &found, context, &mut state.chosen, by_whom)
        });
        let by_key = found.get(state.chosen).copied().filter(|_| enter);
        let run = list.inner.or(by_key);
        if let Some(command) = run.filter(|command| command.is_enabled(context)) {
            state.run(command, intents);
        }
    });
    if response.should_close() {
        state.is_open = false;
    }
    if !state.is_open {
        // From now on the field does not take what is pasted.
        ui.memory_mut(|memory| memory.surrender_focus(id));
    }
}

/// The matching commands. Returns the one that was clicked; a moving pointer chooses the one below
/// it.
fn list_ui(
    ui: &mut Ui,
    found: &[Command],
    context: &CommandContext,
    chosen: &mut usize,
    by_whom: Chooser,
) -> Option<Command> {
    let mut clicked = None;
    for (place, command) in found.iter().enumerate() {
        let response = menu::choice_ui(ui, *command, context, place == *chosen);
        match by_whom {
            Chooser::Keys if place == *chosen => response.scroll_to_me(None),
            Chooser::Pointer if response.hovered() => *chosen = place,
            _ => {}
        }
        if response.clicked() {
            clicked = Some(*command);
        }
    }
    clicked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_comes_first_and_what_cannot_be_run_last() {
        let mut state = PaletteState::default();
        let context = CommandContext::default();
        let found = |state: &PaletteState| state.found(&context);
        assert_eq!(found(&state).len(), Command::ALL.len() - 1);
        assert!(found(&state)[0].is_enabled(&context));
        state.text = "SETT".to_owned();
        assert_eq!(found(&state)[0], Command::Settings);
        state.text = "columns".to_owned();
        assert_eq!(
            found(&state)[..2],
            [Command::Columns, Command::ResetColumns]
        );
        // A whole name, before those that begin with it.
        state.text = "remove".to_owned();
        let context = CommandContext {
            selected: 1,
            ..context
        };
        assert_eq!(
            state.found(&context)[..2],
            [Command::Remove, Command::DeleteFiles]
        );
        state.text = "psal".to_owned();
        assert_eq!(found(&state), [Command::PauseAll]);
        state.text = "no such thing".to_owned();
        assert_eq!(found(&state), []);
    }

    #[test]
    fn what_is_never_possible_is_left_out() {
        let context = CommandContext {
            in_page: true,
            ..CommandContext::default()
        };
        let found = PaletteState::default().found(&context);
        assert!(!found.contains(&Command::Quit) && !found.contains(&Command::OpenFolder));
    }

    #[test]
    fn keys_go_around_and_pages_stop_at_the_ends() {
        assert_eq!(ListMove::Down.from(2, 3), 0);
        assert_eq!(ListMove::Up.from(0, 3), 2);
        assert_eq!(ListMove::PageDown.from(1, 30), 11);
        assert_eq!(ListMove::PageDown.from(25, 30), 29);
        assert_eq!(ListMove::PageUp.from(5, 30), 0);
        for (_, step) in LIST_KEYS {
            assert_eq!(step.from(0, 0), 0);
        }
    }

    #[test]
    fn what_was_run_lately_comes_first() {
        let mut state = PaletteState::default();
        state.run(Command::Help, &mut Vec::new());
        state.run(Command::Settings, &mut Vec::new());
        let found = state.found(&CommandContext::default());
        assert_eq!(found[..2], [Command::Settings, Command::Help]);
    }
}
