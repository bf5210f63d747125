//! What a job logged: only the lines that are visible are laid out.

use egui::{Align, Align2, Layout, ScrollArea, Sense, TextStyle, Ui, pos2, vec2};

use super::model::{InspectorTab, LogLines};
use super::texts::{small_ui, visible_line};
use super::title::line_ui;
use crate::format;
use crate::status::RowId;
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, OneLine};

const LINE_HEIGHT: f32 = 18.0;
const TIME_WIDTH: f32 = 64.0;

pub(super) fn log_ui(ui: &mut Ui, salt: (RowId, InspectorTab), log: &LogLines) {
    if log.lines.is_empty() {
        ui.add_space(4.0);
        small_ui(ui, "Nothing was logged");
        return;
    }
    let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let copy = Button::new("Copy all").kind(ButtonKind::Quiet);
        if copy.show(ui).clicked() {
            let lines = log.lines.iter();
            let lines = lines.map(|(at, text)| format!("{}\t{text}\n", format::duration(*at)));
            ui.ctx().copy_text(lines.collect());
        }
        let count = format::count(log.lines.len() as u64, "line", "lines");
        let about = match log.forgotten {
            0 => format!("{count}, timed from the beginning"),
            forgotten => format!("The last {count}; {forgotten} before them are not kept"),
        };
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            line_ui(ui, &about);
        });
    });
    let tokens = Tokens::of(ui.style());
    let font = TextStyle::Monospace.resolve(ui.style());
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical()
        .id_salt(salt)
        .auto_shrink(false)
        .stick_to_bottom(true);
    area.show_rows(ui, LINE_HEIGHT, log.lines.len(), |ui, places| {
        for (at, text) in &log.lines[places] {
            let size = vec2(ui.available_width(), LINE_HEIGHT);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            let text = visible_line(text);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &*text));
            let time = OneLine::new(
                ui,
                &format::duration(*at),
                theme::regular(theme::TEXT_SMALL),
                tokens.muted,
                TIME_WIDTH - 8.0,
            );
            let time_at = pos2(rect.left() + TIME_WIDTH - 12.0, rect.center().y);
            time.paint(ui, Align2::RIGHT_CENTER, time_at);
            let room = rect.width() - TIME_WIDTH;
            let line = OneLine::new(ui, &text, font.clone(), tokens.text, room);
            let line_at = pos2(rect.left() + TIME_WIDTH, rect.center().y);
            line.paint(ui, Align2::LEFT_CENTER, line_at);
            if line.is_cut() {
                response.on_hover_text(&*text);
            }
        }
    });
}
