//! What is shown where there are no rows.

use egui::{
    Align, Align2, Frame, Id, Key, KeyboardShortcut, Layout, Margin, Modifiers, RichText, TextEdit,
    TextStyle, Ui, UiBuilder, vec2,
};

use super::intent::Intent;
use crate::command::Command;
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, field_frame};

/// What the empty screen keeps from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct EmptyState {
    /// What is typed into its field.
    pub text: String,
    /// Whether there is a demo to try.
    pub offers_demo: bool,
    /// Why the demo could not be started.
    pub demo_error: Option<String>,
}

const ADD_KEYS: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);

/// The screen before the first job: one sentence, a field for links, and buttons.
pub fn empty_ui(ui: &mut Ui, state: &mut EmptyState, intents: &mut Vec<Intent>) {
    centered_ui(ui, vec2(520.0, 220.0), |ui| {
        let tokens = Tokens::of(ui.style());
        let title = RichText::new("Nothing to watch yet").font(theme::semibold(theme::TEXT_LARGE));
        ui.label(title.color(tokens.text));
        ui.add_space(4.0);
        let sentence = "Paste links to download or to measure, one per line,\nor drop a text file of links on this window";
        let label = ui.label(RichText::new(sentence).color(tokens.muted)).id;
        ui.add_space(4.0);
        let id = Id::unique("links on the empty screen");
        // Before the field, where it would be a new line.
        if ui.memory(|memory| memory.has_focus(id))
            && ui.input_mut(|input| input.consume_shortcut(&ADD_KEYS))
            && !state.text.trim().is_empty()
        {
            intents.push(Intent::AddNow(std::mem::take(&mut state.text)));
        }
        field_frame(ui, id, false)
            .inner_margin(Margin::symmetric(10, 8))
            .show(ui, |ui| {
                let field = TextEdit::multiline(&mut state.text)
                    .id(id)
                    .hint_text("https://…")
                    .font(TextStyle::Monospace)
                    .frame(Frame::NONE)
                    .margin(Margin::ZERO)
                    .desired_rows(4)
                    .desired_width(f32::INFINITY);
                ui.add(field).labelled_by(label);
            });
        ui.add_space(4.0);
        let add = Button::new(Command::Add.text())
            .kind(ButtonKind::Primary)
            .tooltip(Command::Add.tooltip());
        let demo = Button::new(Command::TryDemo.text()).tooltip(Command::TryDemo.tooltip());
        let demo = state.offers_demo.then_some(demo);
        let demo_width = demo
            .as_ref()
            .map_or(0.0, |demo| demo.width(ui) + ui.spacing().item_spacing.x);
        let line = vec2(add.width(ui) + demo_width, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(line, Layout::left_to_right(Align::Center), |ui| {
            if add.show(ui).clicked() {
                intents.push(Intent::AddText(std::mem::take(&mut state.text)));
            }
            if demo.is_some_and(|demo| demo.show(ui).clicked()) {
                intents.push(Intent::Run(Command::TryDemo));
            }
        });
        if let Some(error) = &state.demo_error {
            ui.label(RichText::new(error).color(tokens.failed));
        }
    });
}

/// What is shown if the filter leaves no row.
pub fn nothing_found_ui(ui: &mut Ui, intents: &mut Vec<Intent>) {
    centered_ui(ui, vec2(360.0, 90.0), |ui| {
        let tokens = Tokens::of(ui.style());
        ui.label(
            RichText::new("No matching jobs")
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
        .layout(Layout::top_down(Align::Center));
    ui.scope_builder(builder, contents);
}
