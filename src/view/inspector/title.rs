//! Lines of the inspector that are cut where their room ends.

use egui::{Align, Align2, Layout, Sense, Ui, vec2};

use super::super::intent::Intent;
use crate::command::Command;
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Icon, OneLine};

/// The title, and at its right what closes the inspector.
pub(super) fn title_ui(ui: &mut Ui, title: &str, intents: &mut Vec<Intent>) {
    let tokens = Tokens::of(ui.style());
    let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let close = Button::new("Close the inspector")
            .icon(Icon::Cross)
            .icon_only(true);
        if close.kind(ButtonKind::Quiet).show(ui).clicked() {
            intents.push(Intent::Run(Command::Inspector));
        }
        let font = theme::semibold(theme::TEXT_TITLE);
        let line = OneLine::new(ui, title, font, tokens.text, ui.available_width());
        let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, title));
        line.paint(ui, Align2::LEFT_CENTER, rect.left_center());
        if line.is_cut() {
            response.on_hover_text(title);
        }
    });
}

/// A line of small, muted text that is cut where its room ends.
pub(super) fn line_ui(ui: &mut Ui, text: &str) {
    let tokens = Tokens::of(ui.style());
    let font = theme::regular(theme::TEXT_SMALL);
    let line = OneLine::new(ui, text, font, tokens.muted, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
    line.paint(ui, Align2::LEFT_CENTER, rect.left_center());
    if line.is_cut() {
        response.on_hover_text(text);
    }
}
