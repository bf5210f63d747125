//! Sheets over the main screen.

use egui::{Frame, Id, Margin, Modal, Stroke, Ui};

use crate::theme::{self, Tokens};

/// A sheet over everything else, which is dimmed and gets no keys. `margin` is around its contents,
/// in points.
#[must_use]
pub(crate) fn sheet(ui: &Ui, id: &str, margin: impl Into<Margin>) -> Modal {
    let tokens = Tokens::of(ui.style());
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(theme::HAIRLINE, tokens.line))
        .corner_radius(theme::RADIUS_SHEET)
        .inner_margin(margin);
    Modal::new(Id::unique(id))
        .frame(frame)
        .backdrop_color(tokens.backdrop)
}
