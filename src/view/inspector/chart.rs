//! The chart of a rate over time.

use egui::{Align2, Color32, Mesh, Rect, Sense, Stroke, Ui, pos2, remap_clamp, vec2};

use crate::format;
use crate::status::RateCurve;
use crate::theme::{self, Tokens};
use crate::widgets::OneLine;

const HEIGHT: f32 = 78.0;
const FOOT: f32 = 18.0;
/// The opacity of the area below the curve.
const TINT: f32 = 0.18;

/// The curve, with the rate of its top at the right of its heading, and its length below.
pub(super) fn chart_ui(ui: &mut Ui, curve: &RateCurve) {
    let tokens = Tokens::of(ui.style());
    let top = round_up(curve.largest());
    let small = theme::regular(theme::TEXT_SMALL);
    let (head, response) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let scale = rate_label(top);
    let name = format!("Rate, up to {scale}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
    let heading = OneLine::new(
        ui,
        "Rate",
        theme::semibold(theme::TEXT_SMALL),
        tokens.muted,
        120.0,
    );
    heading.paint(ui, Align2::LEFT_CENTER, head.left_center());
    let scale = OneLine::new(ui, &scale, small.clone(), tokens.muted, 120.0);
    scale.paint(ui, Align2::RIGHT_CENTER, head.right_center());

    let size = vec2(ui.available_width(), HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    paint_curve(ui, rect, curve, top, tokens.accent);
    let hairline = Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter().hline(rect.x_range(), rect.bottom(), hairline);

    let (foot, _) = ui.allocate_exact_size(vec2(ui.available_width(), FOOT), Sense::hover());
    let begin = OneLine::new(ui, "0", small.clone(), tokens.muted, 60.0);
    begin.paint(ui, Align2::LEFT_TOP, foot.left_top());
    let until = std::time::Duration::try_from_secs_f64(curve.length_secs).unwrap_or_default();
    let end = OneLine::new(ui, &format::duration(until), small, tokens.muted, 120.0);
    end.paint(ui, Align2::RIGHT_TOP, pos2(foot.right(), foot.top()));
}

/// Paints the curve, whose scale ends at `top`, and tints the area below it.
fn paint_curve(ui: &Ui, rect: Rect, curve: &RateCurve, top: f64, color: Color32) {
    let painter = ui.painter_at(rect);
    let length = curve.length_secs.max(f64::MIN_POSITIVE);
    let place = |[secs, rate]: [f64; 2]| {
        let x = remap_clamp(secs, 0.0..=length, 0.0..=1.0) as f32;
        let y = remap_clamp(rate, 0.0..=top, 0.0..=1.0) as f32;
        rect.lerp_inside(vec2(x, 1.0 - y))
    };
    let line: Vec<_> = curve.points.iter().map(|point| place(*point)).collect();
    let tint = color.linear_multiply(TINT);
    let mut area = Mesh::default();
    for (index, point) in line.iter().enumerate() {
        area.colored_vertex(*point, tint);
        area.colored_vertex(pos2(point.x, rect.bottom()), tint);
        if index > 0 {
            let next = 2 * index as u32;
            area.add_triangle(next - 2, next - 1, next);
            area.add_triangle(next - 1, next, next + 1);
        }
    }
    painter.add(area);
    painter.line(line, Stroke::new(theme::ICON_STROKE, color));
}

/// The least round number that a curve stays below; at least two thirds of the scale are used.
fn round_up(largest: f64) -> f64 {
    if !(largest.is_finite() && largest >= 1.0) {
        return 1.0;
    }
    let power = 10_f64.powf(largest.log10().floor());
    let steps = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let step = steps.iter().find(|step| **step * power >= largest);
    step.unwrap_or(&10.0) * power
}

/// A round rate without decimals: `50 MB/s`.
fn rate_label(rate: f64) -> String {
    let text = format::rate(rate);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_the_scale_is_round_and_not_below_the_curve() {
        for (largest, label) in [
            (0.0, "1 B/s"),
            (f64::NAN, "1 B/s"),
            (1.0, "1 B/s"),
            (41.2e6, "50 MB/s"),
            (50.1e6, "60 MB/s"),
            (81.0e6, "100 MB/s"),
            (1.1e3, "1.5 kB/s"),
            (1.8e6, "2 MB/s"),
            (999.0, "1 kB/s"),
        ] {
            let top = round_up(largest);
            assert!(top >= largest || largest.is_nan(), "{top} {largest}");
            assert_eq!(rate_label(top), label, "{largest}");
            let is_used = largest / top > 0.66;
            assert!(
                is_used || largest < 1.0 || largest.is_nan(),
                "{top} {largest}"
            );
        }
    }
}
