//! A line of recent values, without axes.

use egui::{Color32, Painter, Pos2, Rect, Stroke, lerp, pos2};

use crate::theme;

/// Paints the values from left to right, oldest first, scaled to the largest of them; a flat line
/// if there is nothing.
pub(crate) fn paint_sparkline(painter: &Painter, rect: Rect, values: &[f32], color: Color32) {
    let largest = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .fold(0.0, f32::max);
    let last = values.len().saturating_sub(1).max(1) as f32;
    let points: Vec<Pos2> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let height = if largest > 0.0 && value.is_finite() {
                (value / largest).max(0.0)
            } else {
                0.0
            };
            pos2(
                lerp(rect.x_range(), index as f32 / last),
                lerp(rect.bottom()..=rect.top(), height),
            )
        })
        .collect();
    if points.len() > 1 {
        painter.line(points, Stroke::new(theme::ICON_STROKE, color));
    }
}
