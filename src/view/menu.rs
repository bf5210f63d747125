//! Menus of commands.

use egui::{Align2, Popup, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::command::{Command, Intent, Possible};
use crate::theme::{self, Tokens};
use crate::widgets::OneLine;

/// Commands in a menu; `None` is a line between groups.
pub(super) type Menu = [Option<Command>];

/// What can be done with the selected rows.
pub(super) const ROW_MENU: [Option<Command>; 20] = [
    Some(Command::Resume),
    Some(Command::Pause),
    Some(Command::Cancel),
    Some(Command::Retry),
    Some(Command::Skip),
    None,
    Some(Command::ChangeUrl),
    Some(Command::OpenFolder),
    Some(Command::CopyLinks),
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
const WIDTH: f32 = 250.0;

/// A menu that a button opens below itself.
pub(super) fn menu_below(
    button: &Response,
    menu: &Menu,
    possible: &Possible,
    intents: &mut Vec<Intent>,
) {
    Popup::menu(button)
        .width(WIDTH)
        .show(|ui| menu_ui(ui, menu, possible, intents));
}

/// A menu where the pointer's second button was pressed.
pub(super) fn context_menu(
    on: &Response,
    menu: &Menu,
    possible: &Possible,
    intents: &mut Vec<Intent>,
) {
    Popup::context_menu(on)
        .width(WIDTH)
        .show(|ui| menu_ui(ui, menu, possible, intents));
}

fn menu_ui(ui: &mut Ui, menu: &Menu, possible: &Possible, intents: &mut Vec<Intent>) {
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 0.0;
    for item in menu {
        match item {
            Some(command) => {
                if item_ui(ui, *command, command.is_enabled(possible)).clicked() {
                    intents.push(Intent::Run(*command));
                    ui.close();
                }
            }
            None => {
                let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, 9.0), Sense::hover());
                let line = egui::Stroke::new(theme::HAIRLINE, Tokens::of(ui.style()).line);
                ui.painter().hline(rect.x_range(), rect.center().y, line);
            }
        }
    }
}

/// A command as a line of a menu.
fn item_ui(ui: &mut Ui, command: Command, is_enabled: bool) -> Response {
    line_ui(ui, command, is_enabled, false, Role::MenuItem)
}

/// A command as a line of a list that is chosen from.
pub(super) fn choice_ui(
    ui: &mut Ui,
    command: Command,
    is_enabled: bool,
    is_chosen: bool,
) -> Response {
    line_ui(ui, command, is_enabled, is_chosen, Role::ListBoxOption)
}

/// A command's icon, its words, and its keys at the right.
fn line_ui(
    ui: &mut Ui,
    command: Command,
    is_enabled: bool,
    is_chosen: bool,
    role: Role,
) -> Response {
    let tokens = Tokens::of(ui.style());
    let sense = if is_enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let size = vec2(ui.available_width(), ITEM_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| WidgetInfo::selected(role, is_enabled, is_chosen, command.text()));
    let is_over = is_chosen || is_enabled && (response.hovered() || response.has_focus());
    if is_over {
        ui.painter()
            .rect_filled(rect, f32::from(theme::RADIUS), tokens.selection);
    }
    let ink = if is_enabled {
        tokens.text
    } else {
        tokens.faint
    };
    if let Some(icon) = command.icon() {
        let ink = if is_over {
            tokens.text
        } else if is_enabled {
            tokens.muted
        } else {
            tokens.faint
        };
        icon.paint(
            ui.painter(),
            pos2(rect.left() + 14.0, rect.center().y),
            14.0,
            ink,
        );
    }
    let keys = command.shortcut_text(ui.ctx());
    let font = theme::regular(theme::TEXT_SMALL);
    let keys = OneLine::new(ui, &keys, font, tokens.muted, rect.width() * 0.5);
    keys.paint(
        ui,
        Align2::RIGHT_CENTER,
        pos2(rect.right() - 8.0, rect.center().y),
    );
    let width = rect.width() - keys.width() - 48.0;
    let text = OneLine::new(
        ui,
        command.text(),
        theme::regular(theme::TEXT_BODY),
        ink,
        width,
    );
    text.paint(
        ui,
        Align2::LEFT_CENTER,
        pos2(rect.left() + 30.0, rect.center().y),
    );
    response.on_hover_text(command.tooltip())
}
