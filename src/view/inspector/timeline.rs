//! The timeline: a bar for each thing the row did or waited for.

use std::time::Duration;

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, lerp, pos2, vec2};

use super::texts::small_ui;
use crate::format;
use crate::status::{Timeline, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::OneLine;

const LINE_HEIGHT: f32 = 23.0;
const BAR_HEIGHT: f32 = 8.0;
const LABEL_WIDTH: f32 = 104.0;
const TIME_WIDTH: f32 = 60.0;
/// If there are more lines, the oldest are left out.
const MAX_LINES: usize = 40;

pub(super) fn timeline_ui(ui: &mut Ui, timeline: &Timeline) {
    let left_out = timeline.lines.len().saturating_sub(MAX_LINES);
    let earlier = timeline.forgotten + left_out as u64;
    if earlier > 0 {
        small_ui(ui, &format::count(earlier, "earlier step", "earlier steps"));
    }
    let shown = &timeline.lines[left_out..];
    // The lines that are shown have the whole width.
    let first = shown
        .iter()
        .filter_map(|line| line.pieces.first())
        .map(|(from, _)| *from)
        .min()
        .filter(|_| earlier > 0)
        .unwrap_or_default();
    let length = timeline.length.saturating_sub(first).as_secs_f32();
    ui.spacing_mut().item_spacing.y = 0.0;
    for line in shown {
        let tokens = Tokens::of(ui.style());
        let size = vec2(ui.available_width(), LINE_HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let took = took_text(line.took());
        let name = if line.is_open {
            format!("{}: {took} so far", line.label)
        } else {
            format!("{}: {took}", line.label)
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        if !ui.is_rect_visible(rect) {
            continue;
        }
        let small = theme::regular(theme::TEXT_SMALL);
        let label = OneLine::new(
            ui,
            &line.label,
            small.clone(),
            tokens.text,
            LABEL_WIDTH - 8.0,
        );
        label.paint(ui, Align2::LEFT_CENTER, rect.left_center());
        let time = OneLine::new(ui, &took, small, tokens.muted, TIME_WIDTH);
        time.paint(ui, Align2::RIGHT_CENTER, rect.right_center());
        let track = Rect::from_x_y_ranges(
            rect.left() + LABEL_WIDTH..=(rect.right() - TIME_WIDTH).max(rect.left() + LABEL_WIDTH),
            rect.center().y - BAR_HEIGHT / 2.0..=rect.center().y + BAR_HEIGHT / 2.0,
        );
        let ink = match line.tone {
            Tone::Text => tokens.off,
            tone => tokens.tone(tone),
        };
        for (from, to) in &line.pieces {
            let at = |time: &Duration| {
                let secs = time.saturating_sub(first).as_secs_f32();
                let share = if length > 0.0 { secs / length } else { 0.0 };
                lerp(track.x_range(), share.clamp(0.0, 1.0))
            };
            // Short pieces stay visible, and inside the bar.
            let left = at(from).min(track.right() - 3.0);
            let bar = Rect::from_min_max(
                pos2(left, track.top()),
                pos2(at(to).max(left + 3.0), track.bottom()),
            );
            let radius = CornerRadius::same(if bar.width() > 6.0 { 3 } else { 1 });
            ui.painter().rect_filled(bar, radius, ink);
        }
        if label.is_cut() {
            response.on_hover_text(name);
        }
    }
}

/// A duration from microseconds to days, in the same form in all lines.
fn took_text(took: Duration) -> String {
    if took < Duration::from_secs(1) {
        format::milliseconds(took)
    } else {
        format::duration(took)
    }
}
