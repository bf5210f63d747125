//! The question before the window is closed while jobs run.

use egui::{Align, Layout, RichText, Ui, vec2};

use crate::format;
use crate::theme::{self, Tokens};
use crate::widgets::{self, Button, ButtonKind, checkbox};

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseAnswer {
    /// Close it.
    Close,
    /// Leave it open.
    Stay,
}

/// Asks whether to close while `running` jobs have not ended. `asks_again` is whether to ask the
/// next time.
pub fn close_question_ui(ui: &Ui, running: usize, asks_again: &mut bool) -> Option<CloseAnswer> {
    let tokens = Tokens::of(ui.style());
    let modal = widgets::sheet(ui, "close question", 20);
    let response = modal.show(ui.ctx(), |ui| {
        let width = (ui.ctx().content_rect().width() - 64.0).clamp(200.0, 400.0);
        ui.set_width(width);
        let count = format::count(running as u64, "job has", "jobs have");
        let title = RichText::new(format!("{count} not ended")).font(theme::semibold(theme::TEXT_TITLE));
        ui.label(title.color(tokens.text));
        let text = "Downloads keep what came so far beside their file, and go on from there when they are added again";
        ui.label(RichText::new(text).color(tokens.muted));
        let mut is_last = !*asks_again;
        if checkbox(ui, &mut is_last, "Do not ask again").changed() {
            *asks_again = !is_last;
        }
        ui.add_space(4.0);
        let line = vec2(width, theme::CONTROL_HEIGHT);
        let buttons = ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            let stay = Button::new("Keep running").kind(ButtonKind::Primary).show(ui).clicked();
            let close = Button::new("Close anyway").show(ui).clicked();
            if close {
                Some(CloseAnswer::Close)
            } else {
                stay.then_some(CloseAnswer::Stay)
            }
        });
        buttons.inner
    });
    response
        .inner
        .or_else(|| response.should_close().then_some(CloseAnswer::Stay))
}
