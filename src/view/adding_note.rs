//! Progress of adding a long list.

use egui::{Align2, Area, Frame, Id, Margin, RichText, Stroke, Ui, vec2};

use super::intent::Intent;
use crate::format;
use crate::theme::{self, Tokens};
use crate::widgets::Button;

/// Shows above the status bar how many of the links are rows by now, and offers to stop.
pub fn adding_note_ui(ui: &Ui, (done, all): (usize, usize), intents: &mut Vec<Intent>) {
    let tokens = Tokens::of(ui.style());
    let frame = Frame::new()
        .fill(tokens.raised)
        .stroke(Stroke::new(theme::HAIRLINE, tokens.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(12, 6));
    Area::new(Id::unique("adding"))
        .anchor(
            Align2::CENTER_BOTTOM,
            vec2(0.0, -theme::STATUS_HEIGHT - 12.0),
        )
        .show(ui.ctx(), |ui| {
            frame.show(ui, |ui| {
                ui.horizontal(|ui| {
                    let (done, all) = (format::grouped(done), format::grouped(all));
                    let text = format!("Adding links: {done} of {all}");
                    ui.label(RichText::new(text).color(tokens.text));
                    let stop = Button::new("Stop").tooltip("Add no more of them");
                    if stop.show(ui).clicked() {
                        intents.push(Intent::StopAdding);
                    }
                });
            });
        });
}
