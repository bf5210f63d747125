//! Menus of commands.

use egui::containers::menu::menu_style;
use egui::{
    Align, Align2, Layout, Popup, PopupKind, Pos2, Response, Role, ScrollArea, Sense,
    SetOpenCommand, Ui, WidgetInfo, pos2, vec2,
};

use super::intent::Intent;
use crate::command::{Command, CommandContext};
use crate::theme::{self, Tokens};
use crate::widgets::{OneLine, key_cap};

/// Commands in a menu; `None` is a line between groups.
pub(super) type Menu = [Option<Command>];

/// The commands of the selected rows.
pub(super) const ROW_MENU: [Option<Command>; 22] = [
    Some(Command::Resume),
    Some(Command::Pause),
    Some(Command::Cancel),
    Some(Command::Retry),
    Some(Command::Skip),
    Some(Command::Keep),
    None,
    Some(Command::ChangeUrl),
    Some(Command::OpenFolder),
    Some(Command::CopyLinks),
    Some(Command::SaveLinks),
    Some(Command::Duplicate),
    None,
    Some(Command::MoveToTop),
    Some(Command::MoveUp),
    Some(Command::MoveDown),
    Some(Command::MoveToBottom),
    None,
    Some(Command::SelectAll),
    None,
    Some(Command::Remove),
    Some(Command::DeleteFiles),
];

const ITEM_HEIGHT: f32 = 26.0;
const LINE_HEIGHT: f32 = 9.0;
const WIDTH: f32 = 250.0;
/// The margin above and below a menu that fills the window, in points.
const FREE: f32 = 16.0;

/// A menu that a button opens below itself.
pub(super) fn menu_below(
    button: &Response,
    name: &str,
    menu: &Menu,
    context: &CommandContext,
    intents: &mut Vec<Intent>,
) {
    Popup::menu(button)
        .width(WIDTH)
        .accessible_name(name)
        .show(|ui| menu_ui(ui, menu, context, false, intents));
}

/// Where a menu is, and whether it opens in this frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct MenuAt {
    pub(super) position: Pos2,
    pub(super) opens: bool,
    /// Whether its first command gets the focus when it opens.
    pub(super) takes_focus: bool,
}

/// The menu of the selected rows.
pub(super) fn row_menu_ui(
    ui: &Ui,
    at: MenuAt,
    context: &CommandContext,
    intents: &mut Vec<Intent>,
) {
    let id = ui.make_persistent_id("menu of rows");
    let opens = at.opens.then_some(SetOpenCommand::Bool(true));
    Popup::new(id, ui.ctx().clone(), at.position, ui.layer_id())
        .kind(PopupKind::Menu)
        .layout(Layout::top_down_justified(Align::Min))
        .style(menu_style)
        .open_memory(opens)
        .width(WIDTH)
        .accessible_name("Selected jobs")
        .show(|ui| menu_ui(ui, &ROW_MENU, context, at.takes_focus, intents));
}

/// Commands that are never possible here are left out; in a low window the menu scrolls.
fn menu_ui(
    ui: &mut Ui,
    menu: &Menu,
    context: &CommandContext,
    takes_focus: bool,
    intents: &mut Vec<Intent>,
) {
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 0.0;
    let room = ui.ctx().content_rect().height() - 2.0 * FREE;
    // Its full height, not egui's default for floating areas.
    let scroll = ScrollArea::vertical()
        .max_height(room)
        .min_scrolled_height(room);
    scroll.show(ui, |ui| {
        let mut takes_focus = takes_focus;
        let is_shown =
            |item: &&Option<Command>| item.is_none_or(|command| command.is_shown(context));
        for item in menu.iter().filter(is_shown) {
            let Some(command) = item else {
                let size = vec2(WIDTH, LINE_HEIGHT);
                let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                let line = egui::Stroke::new(theme::HAIRLINE, Tokens::of(ui.style()).line);
                ui.painter().hline(rect.x_range(), rect.center().y, line);
                continue;
            };
            let response = item_ui(ui, *command, context);
            if command.is_enabled(context) && std::mem::take(&mut takes_focus) {
                response.request_focus();
            }
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                intents.push(Intent::Run(*command));
                ui.close();
            }
        }
    });
}

/// A command in a menu.
fn item_ui(ui: &mut Ui, command: Command, context: &CommandContext) -> Response {
    line_ui(ui, command, context, false, Role::MenuItem)
}

/// A command in a list with a chosen line.
pub(super) fn choice_ui(
    ui: &mut Ui,
    command: Command,
    context: &CommandContext,
    is_chosen: bool,
) -> Response {
    line_ui(ui, command, context, is_chosen, Role::ListBoxOption)
}

/// A command's icon, its words, and at the right its keys, or why it cannot be run.
fn line_ui(
    ui: &mut Ui,
    command: Command,
    context: &CommandContext,
    is_chosen: bool,
    role: Role,
) -> Response {
    let tokens = Tokens::of(ui.style());
    let why_not = command.why_not(context);
    let is_enabled = why_not.is_none();
    let is_option = role == Role::ListBoxOption;
    let sense = if is_enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let size = vec2(ui.available_width(), ITEM_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| {
        if is_option {
            WidgetInfo::selected(role, is_enabled, is_chosen, command.text())
        } else {
            WidgetInfo::labeled(role, is_enabled, command.text())
        }
    });
    let is_over =
        is_chosen || !is_option && is_enabled && (response.hovered() || response.has_focus());
    if is_over {
        ui.painter()
            .rect_filled(rect, f32::from(theme::RADIUS), tokens.selection);
    }
    let (ink, icon_ink) = match (is_enabled, is_over) {
        (true, true) => (tokens.text, tokens.text),
        (true, false) => (tokens.text, tokens.muted),
        (false, _) => (tokens.faint, tokens.faint),
    };
    if let Some(icon) = command.icon() {
        let center = pos2(rect.left() + 14.0, rect.center().y);
        icon.paint(ui.painter(), center, 14.0, icon_ink);
    }
    let right = pos2(rect.right() - 8.0, rect.center().y);
    let keys = command.shortcut_text(ui.ctx());
    let small = theme::regular(theme::TEXT_SMALL);
    let note = |text: &str, ink| {
        let line = OneLine::new(ui, text, small.clone(), ink, rect.width() * 0.5);
        line.paint(ui, Align2::RIGHT_CENTER, right)
    };
    let taken = match why_not {
        Some(why_not) if is_option => note(why_not, tokens.faint).width(),
        _ if keys.is_empty() => 0.0,
        None if is_option => key_cap(ui, Align2::RIGHT_CENTER, right, &keys).width(),
        why_not => note(
            &keys,
            if why_not.is_some() {
                tokens.faint
            } else {
                tokens.muted
            },
        )
        .width(),
    };
    let text = OneLine::new(
        ui,
        command.text(),
        theme::regular(theme::TEXT_BODY),
        ink,
        rect.width() - taken - 48.0,
    );
    let left = pos2(rect.left() + 30.0, rect.center().y);
    text.paint(ui, Align2::LEFT_CENTER, left);
    let tooltip = match why_not {
        Some(why_not) => format!("{} ({why_not})", command.tooltip()),
        None => command.tooltip().to_owned(),
    };
    response.on_hover_text(tooltip)
}
