//! A word with a count, in a rounded ground when it is chosen.

use egui::{Align2, Color32, CornerRadius, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::OneLine;
use super::button::paint_focus;
use crate::format;
use crate::theme::{self, Tokens};

/// A filter chip. Its name in the accessibility tree is its word and its count.
pub fn chip(ui: &mut Ui, word: &str, count: usize, is_selected: bool) -> Response {
    let tokens = Tokens::of(ui.style());
    let (word_font, word_ink) = if is_selected {
        (theme::semibold(theme::TEXT_BODY), tokens.text)
    } else {
        (theme::regular(theme::TEXT_BODY), tokens.muted)
    };
    let count = format::grouped(count);
    let name = format!("{word} {count}");
    let word = OneLine::new(ui, word, word_font, word_ink, f32::INFINITY);
    let count = OneLine::new(
        ui,
        &count,
        theme::medium(theme::TEXT_SMALL),
        tokens.muted,
        f32::INFINITY,
    );
    let (padding, gap) = (9.0, 6.0);
    let width = 2.0 * padding + word.width() + gap + count.width();
    let (rect, response) = ui.allocate_exact_size(vec2(width.round(), 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &name));
    let radius = CornerRadius::same(theme::RADIUS_CHIP);
    let fill = match (is_selected, response.hovered()) {
        (true, _) => tokens.selection,
        (false, true) => tokens.hover,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, radius, fill);
    paint_focus(ui, rect, &response, radius);
    let left = pos2(rect.left() + padding, rect.center().y);
    let word_rect = word.paint(ui, Align2::LEFT_CENTER, left);
    count.paint(
        ui,
        Align2::LEFT_CENTER,
        pos2(word_rect.right() + gap, rect.center().y),
    );
    response
}
