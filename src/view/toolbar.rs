//! The toolbar: commands on the left, search on the right.

use egui::{Align, Align2, Id, Layout, Response, Sense, Stroke, Ui, pos2, vec2};

use super::intent::Intent;
use super::menu;
use crate::command::{Command, CommandContext};
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Field, Icon, key_cap};

/// What the toolbar keeps from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct ToolbarState {
    /// What is typed into the search field.
    pub search: String,
    /// The search field takes the focus when it is next shown.
    pub focus_search: bool,
    /// How many jobs failed since the activity was last open.
    pub unseen_failures: usize,
}

/// How the commands are shown, from wide to narrow windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    /// All commands in words.
    Words,
    /// Commands of rows as icons, the others in words.
    Icons,
    /// Commands of the selected rows as icons; the others in the menu.
    Least,
}

/// Commands of the selected rows.
const OF_SELECTION: [Command; 3] = [Command::Resume, Command::Pause, Command::Cancel];
/// Commands of all rows that have a button.
const OF_ALL: [Command; 2] = [Command::RetryFailed, Command::ClearDone];
/// Commands that open something, from the right edge inwards.
const PANELS: [Command; 3] = [Command::Settings, Command::Columns, Command::Activity];

/// The search field's width, in points.
const SEARCH_WIDTH: f32 = 220.0;
const LEAST_SEARCH_WIDTH: f32 = 120.0;
const DIVIDER_WIDTH: f32 = 9.0;

impl Fit {
    /// The widest that leaves room for the search field.
    fn of(ui: &Ui, width: f32) -> Self {
        let fits = |fit: &Self| fit.width(ui) + LEAST_SEARCH_WIDTH <= width;
        [Self::Words, Self::Icons]
            .into_iter()
            .find(fits)
            .unwrap_or(Self::Least)
    }

    fn gap(self) -> f32 {
        if self == Self::Least { 2.0 } else { 4.0 }
    }

    /// The width of all but the search field.
    fn width(self, ui: &Ui) -> f32 {
        let commands = OF_SELECTION.into_iter().chain(self.of_all());
        let quiet = commands
            .map(|command| button(command, ButtonKind::Quiet, self == Self::Words).width(ui));
        let panels = self.panels().iter();
        let framed = panels.map(|command| button(*command, ButtonKind::Framed, true).width(ui));
        let icons = [ALL_JOBS, HELP, MORE_COMMANDS, THEMES[0]];
        let icons = icons.map(|(icon, name)| icon_button(icon, name).width(ui));
        let add = button(Command::Add, ButtonKind::Primary, true).width(ui);
        let widths: Vec<f32> = quiet.chain(framed).chain(icons).collect();
        // One more for the gap before the search field.
        let gaps = (widths.len() + 3) as f32 * self.gap();
        add + DIVIDER_WIDTH + widths.iter().sum::<f32>() + gaps
    }

    /// The commands of all rows with a button; those without an icon have none where there are only
    /// icons.
    fn of_all(self) -> impl Iterator<Item = Command> {
        OF_ALL.into_iter().filter(move |command| match self {
            Self::Words => true,
            Self::Icons => command.icon().is_some(),
            Self::Least => false,
        })
    }

    fn panels(self) -> &'static [Command] {
        if self == Self::Least { &[] } else { &PANELS }
    }
}

const ALL_JOBS: (Icon, &str) = (Icon::SortDown, "All jobs");
const HELP: (Icon, &str) = (Icon::Question, "Help");
const MORE_COMMANDS: (Icon, &str) = (Icon::More, "More commands");
const THEMES: [(Icon, &str); 2] = [(Icon::Sun, "Light theme"), (Icon::Moon, "Dark theme")];

/// The commands of the selected rows, then those of all rows.
const FOR_ALL: [Option<Command>; 3] = [
    Some(Command::ResumeAll),
    Some(Command::PauseAll),
    Some(Command::CancelAll),
];

const MORE: [Option<Command>; 23] = [
    Some(Command::OpenList),
    Some(Command::Paste),
    Some(Command::TryDemo),
    Some(Command::SaveLinks),
    None,
    Some(Command::ResumeAll),
    Some(Command::PauseAll),
    Some(Command::CancelAll),
    Some(Command::RetryFailed),
    Some(Command::ClearDone),
    Some(Command::Undo),
    None,
    Some(Command::Inspector),
    Some(Command::Activity),
    Some(Command::History),
    Some(Command::Columns),
    Some(Command::SwitchTheme),
    Some(Command::Settings),
    None,
    Some(Command::Palette),
    Some(Command::Help),
    None,
    Some(Command::Quit),
];

/// The toolbar. Returns the button that the choice of columns belongs to.
pub fn toolbar_ui(
    ui: &mut Ui,
    context: &CommandContext,
    state: &mut ToolbarState,
    intents: &mut Vec<Intent>,
) -> Response {
    let fit = Fit::of(ui, ui.available_width());
    let shows_words = fit == Fit::Words;
    let line = ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = fit.gap();
        let quiet = |ui: &mut Ui, command: Command, intents: &mut Vec<Intent>| {
            command_button_ui(
                ui,
                command,
                ButtonKind::Quiet,
                shows_words,
                context,
                intents,
            );
        };
        command_button_ui(
            ui,
            Command::Add,
            ButtonKind::Primary,
            true,
            context,
            intents,
        );
        divider_ui(ui);
        for command in OF_SELECTION {
            quiet(ui, command, intents);
        }
        let all = icon_button(ALL_JOBS.0, ALL_JOBS.1);
        let all = all.tooltip("Resume, pause or cancel all").show(ui);
        menu::menu_below(&all, "All jobs", &FOR_ALL, context, intents);
        for command in fit.of_all() {
            quiet(ui, command, intents);
        }
        let right = Layout::right_to_left(Align::Center);
        ui.with_layout(right, |ui| right_ui(ui, fit, context, state, intents))
            .inner
    });
    line.inner
}

/// The right end, from the edge inwards.
fn right_ui(
    ui: &mut Ui,
    fit: Fit,
    context: &CommandContext,
    state: &mut ToolbarState,
    intents: &mut Vec<Intent>,
) -> Response {
    // Where the activity is behind it.
    let is_behind = !fit.panels().contains(&Command::Activity);
    let more = icon_button(MORE_COMMANDS.0, MORE_COMMANDS.1)
        .failures(if is_behind { state.unseen_failures } else { 0 })
        .show(ui);
    menu::menu_below(&more, "More commands", &MORE, context, intents);
    let (icon, name) = THEMES[usize::from(!ui.visuals().dark_mode)];
    if icon_button(icon, name).show(ui).clicked() {
        intents.push(Intent::Run(Command::SwitchTheme));
    }
    command_button_ui(
        ui,
        Command::Help,
        ButtonKind::Quiet,
        false,
        context,
        intents,
    );
    let mut columns = more;
    for command in fit.panels() {
        if *command == Command::Activity {
            let activity = button(*command, ButtonKind::Framed, true);
            if activity.failures(state.unseen_failures).show(ui).clicked() {
                intents.push(Intent::Run(*command));
            }
            continue;
        }
        let response = command_button_ui(ui, *command, ButtonKind::Framed, true, context, intents);
        if *command == Command::Columns {
            columns = response;
        }
    }
    search_ui(ui, state, intents);
    columns
}

/// A small button that runs no command.
fn icon_button(icon: Icon, name: &'static str) -> Button<'static> {
    Button::new(name)
        .icon(icon)
        .icon_only(true)
        .kind(ButtonKind::Quiet)
}

fn button(command: Command, kind: ButtonKind, shows_word: bool) -> Button<'static> {
    let button = Button::new(command.text())
        .kind(kind)
        .icon_only(!shows_word)
        .tooltip(command.tooltip());
    match command.icon() {
        // Commands that open something need no tooltip.
        Some(icon) if kind != ButtonKind::Framed => button.icon(icon),
        _ => button,
    }
}

fn command_button_ui(
    ui: &mut Ui,
    command: Command,
    kind: ButtonKind,
    shows_word: bool,
    context: &CommandContext,
    intents: &mut Vec<Intent>,
) -> Response {
    let shortcut = command.shortcut_text(ui.ctx());
    let why_not = command.why_not(context);
    let tooltip = why_not.map(|why_not| format!("{} ({why_not})", command.tooltip()));
    let button = button(command, kind, shows_word)
        .enabled(why_not.is_none())
        .tooltip(tooltip.as_deref().unwrap_or(command.tooltip()))
        .shortcut(&shortcut);
    let response = button.show(ui);
    if response.clicked() {
        intents.push(Intent::Run(command));
    }
    response
}

fn divider_ui(ui: &mut Ui) {
    let line = Tokens::of(ui.style()).line;
    let (rect, _) = ui.allocate_exact_size(vec2(DIVIDER_WIDTH, 20.0), Sense::hover());
    ui.painter().vline(
        rect.center().x,
        rect.y_range(),
        Stroke::new(theme::HAIRLINE, line),
    );
}

/// A field that filters while the user types, with its key shown while it is empty.
fn search_ui(ui: &mut Ui, state: &mut ToolbarState, intents: &mut Vec<Intent>) {
    let width = (ui.available_width() - 4.0).clamp(80.0, SEARCH_WIDTH);
    let id = Id::unique("search field");
    let shows_key = state.search.is_empty() && !ui.memory(|memory| memory.has_focus(id));
    let field = Field::new(id, width)
        .name("Search")
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
