//! The toolbar: commands on the left, search on the right.

use egui::{Align, Align2, Id, Layout, Response, Sense, Stroke, Ui, pos2, vec2};

use super::menu;
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

/// Below this width the commands are only icons, and the further ones are in a menu.
const WORDS_FROM_WIDTH: f32 = 1180.0;

/// From this width on what is done to all rows has its own buttons.
const ALL_FROM_WIDTH: f32 = 620.0;

/// What is done to the selected rows, and beside it what is done to all.
const FOR_ALL: [Option<Command>; 3] = [
    Some(Command::ResumeAll),
    Some(Command::PauseAll),
    Some(Command::CancelAll),
];

const MORE: [Option<Command>; 18] = [
    Some(Command::OpenList),
    Some(Command::Paste),
    Some(Command::TryDemo),
    None,
    Some(Command::ResumeAll),
    Some(Command::PauseAll),
    Some(Command::CancelAll),
    Some(Command::RetryFailed),
    Some(Command::ClearDone),
    None,
    Some(Command::Undo),
    Some(Command::Inspector),
    Some(Command::Activity),
    Some(Command::Columns),
    Some(Command::Settings),
    Some(Command::Palette),
    Some(Command::Help),
    Some(Command::Quit),
];

/// The toolbar. Gives the button that the choice of columns belongs to.
pub fn toolbar_ui(
    ui: &mut Ui,
    possible: &Possible,
    state: &mut ToolbarState,
    intents: &mut Vec<Intent>,
) -> Response {
    let width = ui.available_width();
    let shows_words = width >= WORDS_FROM_WIDTH;
    let line = ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = if shows_words { 4.0 } else { 2.0 };
        let mut button = |ui: &mut Ui, command, kind, shows_word| {
            command_button(ui, command, kind, shows_word, possible, intents);
        };
        button(ui, Command::Add, ButtonKind::Primary, true);
        divider(ui);
        for command in [Command::Resume, Command::Pause, Command::Cancel] {
            button(ui, command, ButtonKind::Quiet, shows_words);
        }
        if width >= ALL_FROM_WIDTH {
            let all = Button::new("All jobs").icon(Icon::SortDown).icon_only(true);
            let all = all
                .kind(ButtonKind::Quiet)
                .tooltip("Resume, pause or cancel all")
                .show(ui);
            menu::menu_below(&all, &FOR_ALL, possible, intents);
            let mut button = |ui: &mut Ui, command| {
                command_button(
                    ui,
                    command,
                    ButtonKind::Quiet,
                    shows_words,
                    possible,
                    intents,
                );
            };
            button(ui, Command::RetryFailed);
            if shows_words {
                button(ui, Command::ClearDone);
            }
        }
        let right = Layout::right_to_left(Align::Center);
        ui.with_layout(right, |ui| {
            right_ui(ui, shows_words, possible, state, intents)
        })
        .inner
    });
    line.inner
}

/// The right end, from the edge inwards.
fn right_ui(
    ui: &mut Ui,
    shows_words: bool,
    possible: &Possible,
    state: &mut ToolbarState,
    intents: &mut Vec<Intent>,
) -> Response {
    let more = Button::new("More commands")
        .icon(Icon::More)
        .icon_only(true);
    let more = more.kind(ButtonKind::Quiet).show(ui);
    menu::menu_below(&more, &MORE, possible, intents);
    let is_dark = ui.visuals().dark_mode;
    let (icon, name) = if is_dark {
        (Icon::Sun, "Light theme")
    } else {
        (Icon::Moon, "Dark theme")
    };
    let theme = Button::new(name)
        .icon(icon)
        .icon_only(true)
        .kind(ButtonKind::Quiet);
    if theme.show(ui).clicked() {
        intents.push(Intent::Run(Command::SwitchTheme));
    }
    let mut columns = more;
    if shows_words {
        for command in [Command::Settings, Command::Columns, Command::Activity] {
            let response = command_button(ui, command, ButtonKind::Framed, true, possible, intents);
            if command == Command::Columns {
                columns = response;
            }
        }
    }
    search_ui(ui, state, intents);
    columns
}

fn command_button(
    ui: &mut Ui,
    command: Command,
    kind: ButtonKind,
    shows_word: bool,
    possible: &Possible,
    intents: &mut Vec<Intent>,
) -> Response {
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
    let response = button.show(ui);
    if response.clicked() {
        intents.push(Intent::Run(command));
    }
    response
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
        .hint("Search name, link, error")
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
