//! The list of keys, and what each does.

use egui::{
    Align, Align2, Key, KeyboardShortcut, Layout, Modifiers, RichText, Role, ScrollArea, Sense, Ui,
    WidgetInfo, vec2,
};

use super::table_keys::{ROW_MENU_KEYS, TABLE_KEYS};
use crate::command::{Command, CommandGroup, keys_text};
use crate::theme::{self, Tokens};
use crate::widgets::{self, Button, ButtonKind, Icon, OneLine, key_cap};

/// What the pointer does in the table.
const POINTER: [(&str, &str); 4] = [
    ("Ctrl+click", "Select one more row, or no longer"),
    ("Shift+click", "Select all rows up to this one"),
    ("Right click", "What can be done with the row"),
    ("Shift+click a title", "Sort by a second column"),
];

/// From this width on there are two columns.
const TWO_COLUMNS_FROM_WIDTH: f32 = 800.0;

/// The list of keys, over everything else, if it is open. `search_terms` are the terms that the
/// search field knows.
pub fn help_ui(ui: &Ui, is_open: &mut bool, search_terms: &[(&str, &str)]) {
    if !*is_open {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let room = ui.ctx().content_rect().size();
    let modal = widgets::sheet(ui, "help", 20);
    let response = modal.show(ui.ctx(), |ui| {
        let width = (room.x - 64.0).clamp(200.0, 860.0);
        ui.set_width(width);
        ui.horizontal(|ui| {
            let title = RichText::new("Keys").font(theme::semibold(theme::TEXT_TITLE));
            ui.label(title.color(tokens.text));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let close = Button::new("Close the help")
                    .icon(Icon::Cross)
                    .icon_only(true);
                if close.kind(ButtonKind::Quiet).show(ui).clicked() {
                    *is_open = false;
                }
            });
        });
        let height = (room.y - 150.0).max(80.0);
        ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height)
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 4.0;
                if width >= TWO_COLUMNS_FROM_WIDTH {
                    ui.columns(2, |columns| {
                        if let [left, right] = columns {
                            for group in [
                                CommandGroup::Add,
                                CommandGroup::Selection,
                                CommandGroup::All,
                            ] {
                                group_ui(left, group);
                            }
                            search_ui(left, search_terms);
                            for group in [CommandGroup::View, CommandGroup::Window] {
                                group_ui(right, group);
                            }
                            table_ui(right);
                        }
                    });
                } else {
                    CommandGroup::ALL
                        .into_iter()
                        .for_each(|group| group_ui(ui, group));
                    table_ui(ui);
                    search_ui(ui, search_terms);
                }
                let version = concat!("jobdeck ", env!("CARGO_PKG_VERSION"));
                ui.add_space(8.0);
                ui.label(
                    RichText::new(version)
                        .size(theme::TEXT_SMALL)
                        .color(tokens.muted),
                );
            });
    });
    if response.should_close() {
        *is_open = false;
    }
}

fn heading_ui(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    let text = RichText::new(text).font(theme::semibold(theme::TEXT_SMALL));
    ui.label(text.color(Tokens::of(ui.style()).muted));
}

fn group_ui(ui: &mut Ui, group: CommandGroup) {
    heading_ui(ui, group.text());
    let commands = Command::listed()
        .into_iter()
        .filter(|command| command.group() == group);
    for command in commands.filter(|command| !command.shortcuts().is_empty()) {
        let shortcuts = command.shortcuts().iter();
        let keys: Vec<_> = shortcuts.map(|keys| keys_text(ui.ctx(), keys)).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        line_ui(ui, command.text(), &keys);
    }
}

fn table_ui(ui: &mut Ui) {
    heading_ui(ui, "In the list");
    for table_key in &TABLE_KEYS {
        let keys: Vec<_> = table_key
            .keys
            .iter()
            .map(|key| key_text(ui, *key))
            .collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        line_ui(ui, table_key.text, &keys);
    }
    line_ui(ui, "Select all rows on the way", &["Shift with these"]);
    line_ui(ui, "Go there and keep the selection", &["Ctrl with these"]);
    let keys = ROW_MENU_KEYS.map(|keys| keys_text(ui.ctx(), &keys));
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    line_ui(ui, "What can be done with the row", &keys);
    for (keys, text) in POINTER {
        line_ui(ui, text, &[keys]);
    }
}

/// The name of a key without modifiers; letters in lower case.
fn key_text(ui: &Ui, key: Key) -> String {
    let text = keys_text(ui.ctx(), &KeyboardShortcut::new(Modifiers::NONE, key));
    if text.len() == 1 {
        text.to_lowercase()
    } else {
        text
    }
}

fn search_ui(ui: &mut Ui, terms: &[(&str, &str)]) {
    heading_ui(ui, "What the search understands");
    for (term, text) in terms {
        line_ui(ui, text, &[term]);
    }
}

/// One line: what is done, and its keys at the right.
fn line_ui(ui: &mut Ui, text: &str, keys: &[&str]) {
    let tokens = Tokens::of(ui.style());
    let size = vec2(ui.available_width() - 12.0, 22.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let spoken = format!("{text}: {}", keys.join(" or "));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.as_str()));
    let mut right = rect.right_center();
    for key in keys.iter().rev() {
        let cap = key_cap(ui, Align2::RIGHT_CENTER, right, key);
        right.x = cap.left() - 4.0;
    }
    let font = theme::regular(theme::TEXT_BODY);
    let line = OneLine::new(ui, text, font, tokens.text, right.x - rect.left() - 8.0);
    line.paint(ui, Align2::LEFT_CENTER, rect.left_center());
}
