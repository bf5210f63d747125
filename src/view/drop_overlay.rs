//! The sign that files can be dropped on the window.

use egui::{Align2, CornerRadius, Id, LayerId, Order, Stroke, StrokeKind, Ui, vec2};

use crate::theme::{self, Tokens};
use crate::widgets::OneLine;

/// Covers the window while files are dragged over it.
pub fn drop_overlay_ui(ui: &mut Ui) {
    let files = ui.input(|input| input.raw.hovered_files.len());
    if files == 0 {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let rect = ui.ctx().content_rect();
    let layer = LayerId::new(Order::Foreground, Id::unique("drop overlay"));
    let mut over = ui.new_child(egui::UiBuilder::new().layer_id(layer).max_rect(rect));
    over.set_clip_rect(rect);
    let radius = CornerRadius::same(theme::RADIUS_CHIP);
    over.painter()
        .rect_filled(rect, 0, tokens.bg.gamma_multiply(0.95));
    let border = Stroke::new(2.0, tokens.accent);
    over.painter()
        .rect_stroke(rect.shrink(12.0), radius, border, StrokeKind::Inside);
    let title = if files == 1 {
        "Drop a list of links"
    } else {
        "Drop lists of links"
    };
    let font = theme::semibold(theme::TEXT_LARGE);
    let line = OneLine::new(&over, title, font, tokens.text, rect.width() - 48.0);
    line.paint(&over, Align2::CENTER_BOTTOM, rect.center() - vec2(0.0, 4.0));
    let font = theme::regular(theme::TEXT_BODY);
    let text = "A text file with one link per line, or a shortcut to a link";
    let line = OneLine::new(&over, text, font, tokens.muted, rect.width() - 48.0);
    line.paint(&over, Align2::CENTER_TOP, rect.center() + vec2(0.0, 8.0));
}
