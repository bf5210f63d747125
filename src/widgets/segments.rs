//! A choice of one among a few, side by side.

use egui::{
    Align2, Color32, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    vec2,
};

use super::OneLine;
use super::button::paint_focus;
use crate::theme::{self, Tokens};

const PADDING: f32 = 12.0;

/// Words in one frame, with the chosen one lit. For the keyboard and the accessibility tree each is
/// a radio button. Returns their responses; the caller changes the choice.
pub(crate) fn segments(ui: &mut Ui, words: &[&str], chosen: Option<usize>) -> Vec<Response> {
    let tokens = Tokens::of(ui.style());
    let lines: Vec<OneLine> = words
        .iter()
        .enumerate()
        .map(|(index, word)| {
            let ink = if chosen == Some(index) {
                tokens.text
            } else {
                tokens.muted
            };
            OneLine::new(
                ui,
                word,
                theme::medium(theme::TEXT_BODY),
                ink,
                f32::INFINITY,
            )
        })
        .collect();
    let widths: Vec<f32> = lines
        .iter()
        .map(|line| (line.width() + 2.0 * PADDING).round())
        .collect();
    let size = vec2(widths.iter().sum(), theme::CONTROL_HEIGHT);
    let (frame, whole) = ui.allocate_exact_size(size, Sense::hover());
    let radius = CornerRadius::same(theme::RADIUS);
    let line = Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter()
        .rect(frame, radius, tokens.bg, line, StrokeKind::Inside);
    let mut left = frame.left();
    let mut responses = Vec::new();
    for (index, (word, width)) in words.iter().zip(widths).enumerate() {
        let rect = Rect::from_min_size(egui::pos2(left, frame.top()), vec2(width, frame.height()));
        left += width;
        let is_chosen = chosen == Some(index);
        let response = ui.interact(rect, whole.id.with(index), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, *word));
        let (fill, line) = if is_chosen {
            (tokens.selection, tokens.accent)
        } else if response.hovered() {
            (tokens.hover, Color32::TRANSPARENT)
        } else {
            (Color32::TRANSPARENT, Color32::TRANSPARENT)
        };
        let stroke = Stroke::new(theme::HAIRLINE, line);
        ui.painter()
            .rect(rect, radius, fill, stroke, StrokeKind::Inside);
        paint_focus(ui, rect, &response, radius);
        lines[index].paint(ui, Align2::CENTER_CENTER, rect.center());
        responses.push(response);
    }
    responses
}
