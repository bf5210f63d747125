//! The toolbar: commands on the left, search on the right.

use egui::{Align, Align2, Id, Layout, Sense, Stroke, Ui, pos2, vec2};

use crate::command::{Command, Intent, Possible};
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Field, Icon, key_cap};

/// What the toolbar keeps.
#[derive(Clone, Debug, Default)]
pub struct ToolbarState {
    /// What is typed into the search field.
    pub search: String,
    /// The search field takes the focus when it is next shown.
    pub focus_search: bool,
}

/// Below this width the commands are only icons.
const WORDS_FROM_WIDTH: f32 = 880.0;

/// The toolbar.
pub fn toolbar_ui(
    ui: &mut Ui,
    possible: &Possible,
    state: &mut ToolbarState,
    intents: &mut Vec<Intent>,
) {
    let shows_words = ui.available_width() >= WORDS_FROM_WIDTH;
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = if shows_words { 6.0 } else { 2.0 };
        command_button(
            ui,
            Command::Add,
            ButtonKind::Primary,
            true,
            possible,
            intents,
        );
        divider(ui);
        for command in [
            Command::Resume,
            Command::Pause,
            Command::Cancel,
            Command::RetryFailed,
            Command::ClearDone,
        ] {
            command_button(
                ui,
                command,
                ButtonKind::Quiet,
                shows_words,
                possible,
                intents,
            );
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_dark = ui.visuals().dark_mode;
            let (icon, name) = if is_dark {
                (Icon::Sun, "Light theme")
            } else {
                (Icon::Moon, "Dark theme")
            };
            if Button::new(name)
                .icon(icon)
                .icon_only(true)
                .kind(ButtonKind::Quiet)
                .show(ui)
                .clicked()
            {
                intents.push(Intent::Run(Command::SwitchTheme));
            }
            search_ui(ui, state, intents);
        });
    });
}

fn command_button(
    ui: &mut Ui,
    command: Command,
    kind: ButtonKind,
    shows_word: bool,
    possible: &Possible,
    intents: &mut Vec<Intent>,
) {
    let shortcut = command.shortcut_text(ui.ctx());
    let mut button = Button::new(command.text())
        .kind(kind)
        .icon_only(!shows_word)
        .enabled(command.is_enabled(possible))
        .tooltip(command.tooltip())
        .shortcut(&shortcut);
    if let Some(icon) = command.icon() {
        button = button.icon(icon);
    }
    if button.show(ui).clicked() {
        intents.push(Intent::Run(command));
    }
}

fn divider(ui: &mut Ui) {
    let line = Tokens::of(ui.style()).line;
    let (rect, _) = ui.allocate_exact_size(vec2(9.0, 20.0), Sense::hover());
    ui.painter().vline(
        rect.center().x,
        rect.y_range(),
        Stroke::new(theme::HAIRLINE, line),
    );
}

/// A field that filters as one types, with its key shown while it is empty.
fn search_ui(ui: &mut Ui, state: &mut ToolbarState, intents: &mut Vec<Intent>) {
    let width = (ui.available_width() - 4.0).clamp(80.0, 220.0);
    let id = Id::unique("search field");
    let shows_key = state.search.is_empty() && !ui.memory(|memory| memory.has_focus(id));
    let field = Field::new(id, width)
        .hint("Search name, host, error")
        .right_margin(if shows_key { 28 } else { 8 });
    let response = field.show(ui, &mut state.search);
    if shows_key {
        let right = pos2(response.rect.right() - 8.0, response.rect.center().y);
        key_cap(ui, Align2::RIGHT_CENTER, right, "/");
    }
    if std::mem::take(&mut state.focus_search) {
        response.request_focus();
    }
    if response.changed() {
        intents.push(Intent::Find(state.search.clone()));
    }
}
