//! The palette: every command, found by typing.

use egui::{
    Align2, Event, Frame, Id, Key, Margin, Modal, Modifiers, RichText, ScrollArea, Stroke, Ui, vec2,
};

use super::menu;
use crate::command::{Command, Intent, Possible};
use crate::theme::{self, Tokens};
use crate::widgets::Field;

/// How many commands that were run lately come first.
const RECENT: usize = 5;

/// What the palette keeps.
#[derive(Clone, Debug, Default)]
pub struct PaletteState {
    is_open: bool,
    text: String,
    chosen: usize,
    recent: Vec<Command>,
}

impl PaletteState {
    /// Whether it is shown.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Shows it, empty.
    pub fn open(&mut self) {
        self.is_open = true;
        self.text.clear();
        self.chosen = 0;
    }

    fn run(&mut self, command: Command, intents: &mut Vec<Intent>) {
        self.is_open = false;
        self.recent.retain(|recent| *recent != command);
        self.recent.insert(0, command);
        self.recent.truncate(RECENT);
        intents.push(Intent::Run(command));
    }

    /// The commands that fit what is typed, the best first: those that can be run, those run lately, those whose name
    /// begins with it.
    fn found(&self, possible: &Possible) -> Vec<Command> {
        let text = self.text.trim().to_lowercase();
        let mut found: Vec<_> = Command::ALL
            .into_iter()
            .filter(|command| *command != Command::Palette)
            .filter_map(|command| {
                let rank = rank(command, &text)?;
                let recent = self.recent.iter().position(|recent| *recent == command);
                let is_disabled = !command.is_enabled(possible);
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

/// How well a command fits a text in lower case, 0 the best; `None` if it does not.
fn rank(command: Command, text: &str) -> Option<u8> {
    let name = command.text().to_lowercase();
    let is_word = |name: &str| name.split(' ').any(|word| word.starts_with(text));
    if name.starts_with(text) {
        Some(0)
    } else if is_word(&name) {
        Some(1)
    } else if name.contains(text) {
        Some(2)
    } else if command.tooltip().to_lowercase().contains(text) {
        Some(3)
    } else {
        // Its letters in this order: "pa" finds "Pause all".
        let mut letters = name.chars();
        let all = text.chars().filter(|letter| !letter.is_whitespace());
        let fits = all
            .into_iter()
            .all(|letter| letters.any(|other| other == letter));
        fits.then_some(4)
    }
}

/// The palette, over everything else, if it is open.
pub fn palette_ui(
    ui: &Ui,
    state: &mut PaletteState,
    possible: &Possible,
    intents: &mut Vec<Intent>,
) {
    if !state.is_open {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let room = ui.ctx().content_rect();
    let width = (room.width() - 48.0).clamp(200.0, 480.0);
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(theme::HAIRLINE, tokens.line))
        .corner_radius(10.0)
        .inner_margin(Margin::same(10));
    let top = (room.height() * 0.12).min(96.0);
    let area = egui::Area::new(Id::unique("palette"))
        .order(egui::Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, top));
    let modal = Modal::new(Id::unique("palette"))
        .area(area)
        .frame(frame)
        .backdrop_color(tokens.backdrop);
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 6.0;
        // Before the field gets them.
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let (up, down, enter) = (
            pressed(Key::ArrowUp),
            pressed(Key::ArrowDown),
            pressed(Key::Enter),
        );
        let id = Id::unique("palette field");
        let field = Field::new(id, width)
            .hint("Find a command")
            .show(ui, &mut state.text);
        field.request_focus();
        let is_typed = ui.input(|input| {
            let mut events = input.events.iter();
            events.any(|event| matches!(event, Event::Text(_) | Event::Paste(_)))
        });
        if is_typed {
            state.chosen = 0;
        }
        let found = state.found(possible);
        let last = found.len().saturating_sub(1);
        state.chosen = state.chosen.min(last);
        if down {
            state.chosen = (state.chosen + 1).min(last);
        }
        if up {
            state.chosen = state.chosen.saturating_sub(1);
        }
        if found.is_empty() {
            ui.label(RichText::new("No command is called that").color(tokens.muted));
        }
        let height = (room.height() - top - 110.0).clamp(60.0, 364.0);
        let mut run = None;
        ScrollArea::vertical().max_height(height).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (place, command) in found.iter().enumerate() {
                let is_enabled = command.is_enabled(possible);
                let is_chosen = place == state.chosen;
                let response = menu::choice_ui(ui, *command, is_enabled, is_chosen);
                if is_chosen && (up || down) {
                    response.scroll_to_me(None);
                }
                if is_enabled && (response.clicked() || is_chosen && enter) {
                    run = Some(*command);
                }
            }
        });
        if let Some(command) = run {
            state.run(command, intents);
        }
    });
    if response.should_close() {
        state.is_open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_comes_first_and_what_cannot_be_run_last() {
        let mut state = PaletteState::default();
        let possible = Possible::default();
        let found = |state: &PaletteState| state.found(&possible);
        assert_eq!(found(&state).len(), Command::ALL.len() - 1);
        assert!(found(&state)[0].is_enabled(&possible));
        state.text = "SETT".to_owned();
        assert_eq!(found(&state)[0], Command::Settings);
        state.text = "columns".to_owned();
        assert_eq!(
            found(&state)[..2],
            [Command::Columns, Command::ResetColumns]
        );
        state.text = "psal".to_owned();
        assert_eq!(found(&state), [Command::PauseAll]);
        state.text = "no such thing".to_owned();
        assert_eq!(found(&state), []);
    }

    #[test]
    fn what_was_run_lately_comes_first() {
        let mut state = PaletteState::default();
        state.run(Command::Help, &mut Vec::new());
        state.run(Command::Settings, &mut Vec::new());
        let found = state.found(&Possible::default());
        assert_eq!(found[..2], [Command::Settings, Command::Help]);
    }
}
