//! A word with a count, on a rounded ground when it is chosen.

use egui::{Align2, Color32, CornerRadius, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::OneLine;
use super::button::paint_focus;
use crate::format;
use crate::theme::{self, Tokens};

/// The margin at the sides of a chip, in points.
const PADDING: f32 = 9.0;
/// The gap between the word and the count, in points.
const GAP: f32 = 6.0;

/// A filter chip. Its name in the accessibility tree is its word and its count.
pub(crate) fn chip(ui: &mut Ui, word: &str, count: usize, is_selected: bool) -> Response {
    let tokens = Tokens::of(ui.style());
    let name = format!("{word} {}", format::grouped(count));
    let [word, count] = texts(ui, word, count, is_selected);
    let width = width_of(&word, &count);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &name));
    let radius = CornerRadius::same(theme::RADIUS_CHIP);
    let fill = match (is_selected, response.hovered()) {
        (true, _) => tokens.selection,
        (false, true) => tokens.hover,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, radius, fill);
    paint_focus(ui, rect, &response, radius);
    let left = pos2(rect.left() + PADDING, rect.center().y);
    let word_rect = word.paint(ui, Align2::LEFT_CENTER, left);
    count.paint(
        ui,
        Align2::LEFT_CENTER,
        pos2(word_rect.right() + GAP, rect.center().y),
    );
    response
}

/// The width of a [`chip`], in points.
pub(crate) fn chip_width(ui: &Ui, word: &str, count: usize, is_selected: bool) -> f32 {
    let [word, count] = texts(ui, word, count, is_selected);
    width_of(&word, &count)
}

fn width_of(word: &OneLine, count: &OneLine) -> f32 {
    (2.0 * PADDING + word.width() + GAP + count.width()).round()
}

/// The word and the count.
fn texts(ui: &Ui, word: &str, count: usize, is_selected: bool) -> [OneLine; 2] {
    let tokens = Tokens::of(ui.style());
    let (word_font, word_ink) = if is_selected {
        (theme::semibold(theme::TEXT_BODY), tokens.text)
    } else {
        (theme::regular(theme::TEXT_BODY), tokens.muted)
    };
    let count = format::grouped(count);
    let count_font = theme::medium(theme::TEXT_SMALL);
    [
        OneLine::new(ui, word, word_font, word_ink, f32::INFINITY),
        OneLine::new(ui, &count, count_font, tokens.muted, f32::INFINITY),
    ]
}
