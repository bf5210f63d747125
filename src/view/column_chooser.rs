//! Which columns are shown, and in which order.

use egui::{
    Align, Id, Layout, Popup, PopupCloseBehavior, Rect, Response, ScrollArea, Sense, Ui, UiBuilder,
    vec2,
};

use super::TableLayout;
use super::columns::Column;
use crate::command::{Command, Intent};
use crate::widgets::{Button, ButtonKind, Icon, checkbox, icon_button_at};

const WIDTH: f32 = 250.0;
const LINE: f32 = 26.0;

/// The list of columns below a button, while `is_open`.
pub(super) fn column_chooser_ui(
    button: &Response,
    is_open: &mut bool,
    layout: &mut TableLayout,
    intents: &mut Vec<Intent>,
) {
    Popup::from_response(button)
        .id(Id::unique("column chooser"))
        .open_bool(is_open)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name("Columns")
        .width(WIDTH)
        .show(|ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 0.0;
            let height = (ui.ctx().content_rect().height() - 160.0).max(80.0);
            ScrollArea::vertical()
                .max_height(height)
                .show(ui, |ui| columns_ui(ui, layout));
            ui.add_space(8.0);
            let reset = Button::new(Command::ResetColumns.text())
                .tooltip(Command::ResetColumns.tooltip())
                .kind(ButtonKind::Framed);
            if reset.show(ui).clicked() {
                intents.push(Intent::Run(Command::ResetColumns));
            }
        });
}

fn columns_ui(ui: &mut Ui, layout: &mut TableLayout) {
    let columns: Vec<_> = layout.columns().to_vec();
    for (place, &(column, is_shown)) in columns.iter().enumerate() {
        let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
        let builder = UiBuilder::new()
            .max_rect(line)
            .layout(Layout::left_to_right(Align::Center));
        let mut line_ui = ui.new_child(builder);
        let mut shows = is_shown;
        line_ui.add_enabled_ui(column != Column::Job, |ui| {
            if checkbox(ui, &mut shows, column.title()).changed() {
                layout.show(column, shows);
            }
        });
        let mut move_button = |right: f32, icon, word: &str, before: Option<Option<Column>>| {
            let Some(before) = before else { return };
            let center = egui::pos2(line.right() - right, line.center().y);
            let square = Rect::from_center_size(center, vec2(24.0, 24.0));
            let id = Id::unique(("move column", word, column));
            let name = format!("Move {} {word}", column.title());
            if icon_button_at(ui, square, id, icon, &name, false).clicked() {
                layout.move_before(column, before);
            }
        };
        let above = place.checked_sub(1).and_then(|above| columns.get(above));
        let below = columns.get(place + 1);
        move_button(
            42.0,
            Icon::SortUp,
            "up",
            above.map(|(above, _)| Some(*above)),
        );
        let after_below = below.map(|_| columns.get(place + 2).map(|(column, _)| *column));
        move_button(16.0, Icon::SortDown, "down", after_below);
    }
}
