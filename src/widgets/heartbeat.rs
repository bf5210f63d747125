//! The sign that the window is alive.

use egui::{Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::theme::Tokens;

const DOTS: u8 = 4;
const DOT_DISTANCE: f32 = 6.0;
/// The size of the [`heartbeat`], in points.
pub(crate) const HEARTBEAT: Vec2 = vec2(DOTS as f32 * DOT_DISTANCE, 12.0);

/// A row of dots, one of them larger: it moves on with each beat, ten times a second while a job
/// runs. What blocks the window stops it. At rest, without a beat, all dots are alike.
pub(crate) fn heartbeat(ui: &mut Ui, beat: Option<u64>) -> Response {
    let tokens = Tokens::of(ui.style());
    let (rect, response) = ui.allocate_exact_size(HEARTBEAT, Sense::hover());
    // Back and forth, so that it never jumps.
    let turn = u64::from(DOTS - 1) * 2;
    let place = beat.map(|beat| (beat % turn).min(turn - beat % turn));
    for dot in 0..DOTS {
        let center = pos2(
            rect.left() + (f32::from(dot) + 0.5) * DOT_DISTANCE,
            rect.center().y,
        );
        let (radius, color) = match place {
            Some(place) if place == u64::from(dot) => (2.6, tokens.accent),
            _ => (1.4, tokens.faint),
        };
        ui.painter().circle_filled(center, radius, color);
    }
    let (name, tooltip) = match beat {
        Some(_) => (
            "Heartbeat: jobs are running",
            "Moves ten times a second while a job is running",
        ),
        None => ("Heartbeat: at rest", "At rest: no job is running"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    response.on_hover_text(tooltip)
}
