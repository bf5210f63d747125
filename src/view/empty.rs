//! What stands where there are no rows.

use egui::{Align2, Frame, Margin, RichText, Stroke, TextEdit, Ui, UiBuilder, vec2};

use crate::command::{Command, Intent};
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind};

/// The screen before the first job: one sentence, a field for links, a button. `text` is what is typed so far.
pub fn empty_ui(ui: &mut Ui, text: &mut String, intents: &mut Vec<Intent>) {
    centered_ui(ui, vec2(520.0, 220.0), |ui| {
        let tokens = Tokens::of(ui.style());
        let title = RichText::new("Nothing to watch yet").font(theme::semibold(theme::TEXT_LARGE));
        ui.label(title.color(tokens.text));
        ui.add_space(4.0);
        ui.label(
            RichText::new("Paste links to download or to measure, one per line")
                .color(tokens.muted),
        );
        ui.add_space(4.0);
        let frame = Frame::new()
            .fill(tokens.bg)
            .stroke(Stroke::new(theme::HAIRLINE, tokens.line))
            .corner_radius(theme::RADIUS)
            .inner_margin(Margin::symmetric(10, 8));
        let field = TextEdit::multiline(text)
            .hint_text("https://…")
            .font(egui::TextStyle::Monospace)
            .frame(frame)
            .desired_rows(3)
            .desired_width(f32::INFINITY);
        ui.add(field);
        ui.add_space(4.0);
        let add = Button::new(Command::Add.text())
            .kind(ButtonKind::Primary)
            .tooltip(Command::Add.tooltip());
        if add.show(ui).clicked() {
            intents.push(Intent::AddText(std::mem::take(text)));
        }
    });
}

/// What stands where the filter leaves no row.
pub fn nothing_found_ui(ui: &mut Ui, intents: &mut Vec<Intent>) {
    centered_ui(ui, vec2(360.0, 90.0), |ui| {
        let tokens = Tokens::of(ui.style());
        ui.label(
            RichText::new("No job is like that")
                .font(theme::semibold(theme::TEXT_TITLE))
                .color(tokens.text),
        );
        ui.add_space(4.0);
        if Button::new("Show all").show(ui).clicked() {
            intents.push(Intent::Find(String::new()));
            intents.push(Intent::Run(Command::Show(None)));
        }
    });
}

fn centered_ui(ui: &mut Ui, size: egui::Vec2, contents: impl FnOnce(&mut Ui)) {
    let room = ui.available_rect_before_wrap();
    let rect = Align2::CENTER_CENTER.align_size_within_rect(size.min(room.size()), room);
    let builder = UiBuilder::new()
        .max_rect(rect)
        .layout(egui::Layout::top_down(egui::Align::Center));
    ui.scope_builder(builder, contents);
}
