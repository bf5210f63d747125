//! The strip above the table about a lost network.

use egui::{Label, RichText, Ui, vec2};

use crate::status::{Glyph, NetworkOutage, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::paint_glyph;

/// Says what is known of a lost network, in one line in any window.
pub(super) fn network_bar_ui(ui: &mut Ui, outage: NetworkOutage) {
    let ink = Tokens::of(ui.style()).tone(Tone::Waiting);
    ui.horizontal_centered(|ui| {
        let size = vec2(theme::TEXT_BODY, theme::TEXT_BODY);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        paint_glyph(ui, Glyph::Warning, rect.center(), ink);
        let text = RichText::new(outage.words()).color(ink);
        ui.add(Label::new(text).truncate().selectable(false))
            .on_hover_text("Jobs wait, use no retry, and go on by themselves.");
    });
}
