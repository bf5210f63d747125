//! Scrolling through rows of one height, as many as there may be: by wheel, by finger and by a bar.

use std::ops::Range;

use egui::{Id, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::theme::{self, Tokens};

/// The least length of the thumb, in points: a finger has to find it.
const LEAST_THUMB: f32 = 28.0;
/// How wide the bar is to a pointer, in points.
const BAR_WIDTH: f32 = 12.0;

/// How far it is scrolled. In `f64`: with a million rows the steps of `f32` are four points.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scrolling {
    offset: f64,
    /// Where in the thumb it was taken hold of, from its top.
    grabbed_at: Option<f32>,
}

/// What of the rows can be seen.
pub(super) struct Visible {
    pub(super) rows: Range<usize>,
    offset: f64,
}

impl Visible {
    /// Where a row begins, in points below the top of the view.
    pub(super) fn top_of(&self, index: usize) -> f32 {
        (index as f64 * f64::from(theme::ROW_HEIGHT) - self.offset) as f32
    }
}

fn height_of(rows: usize) -> f64 {
    rows as f64 * f64::from(theme::ROW_HEIGHT)
}

impl Scrolling {
    /// Takes what was scrolled into account, and brings a row into view if one is wanted.
    pub(super) fn show(
        &mut self,
        ui: &Ui,
        view: Rect,
        rows: usize,
        scroll_to: Option<usize>,
    ) -> Visible {
        if ui.rect_contains_pointer(view) {
            let scrolled = ui.input_mut(|input| {
                let delta = std::mem::take(&mut input.smooth_scroll_delta.y);
                let by_finger = if input.any_touches() && input.pointer.is_decidedly_dragging() {
                    input.pointer.delta().y
                } else {
                    0.0
                };
                f64::from(delta + by_finger)
            });
            self.offset -= scrolled;
        }
        if let Some(index) = scroll_to {
            let top = height_of(index);
            let lowest = top + f64::from(theme::ROW_HEIGHT) - f64::from(view.height());
            self.offset = self.offset.min(top).max(lowest);
        }
        self.offset = self.offset.clamp(0.0, farthest(view, rows));
        let first = (self.offset / f64::from(theme::ROW_HEIGHT)) as usize;
        let count = (view.height() / theme::ROW_HEIGHT).ceil().max(0.0) as usize + 1;
        // Whole pixels, so that lines stay lines.
        let pixels = f64::from(ui.ctx().pixels_per_point());
        Visible {
            rows: first.min(rows)..(first + count).min(rows),
            offset: (self.offset * pixels).round() / pixels,
        }
    }

    /// The bar at the right of the view, where there is something to scroll.
    pub(super) fn bar_ui(&mut self, ui: &Ui, view: Rect, rows: usize) {
        let farthest = farthest(view, rows);
        if farthest <= 0.0 || view.height() < LEAST_THUMB {
            return;
        }
        let track = Rect::from_min_max(pos2(view.right() - BAR_WIDTH, view.top()), view.max);
        let share = f64::from(view.height()) / height_of(rows);
        let length = (share as f32 * track.height()).max(LEAST_THUMB);
        let way = track.height() - length;
        let top = track.top() + (self.offset / farthest) as f32 * way;
        let thumb = Rect::from_min_size(pos2(track.left(), top), vec2(BAR_WIDTH, length));

        let id = Id::unique("jobs table scroll bar");
        let response = ui.interact(track, id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Scroll the list"));
        if let Some(pointer) = response.interact_pointer_pos() {
            let grabbed_at = *self.grabbed_at.get_or_insert_with(|| grab(pointer, thumb));
            let share = f64::from((pointer.y - grabbed_at - track.top()) / way.max(1.0));
            self.offset = (share * farthest).clamp(0.0, farthest);
        } else {
            self.grabbed_at = None;
        }

        let tokens = Tokens::of(ui.style());
        let is_over = response.hovered() || response.dragged();
        let (width, ink) = if is_over {
            (8.0, tokens.muted)
        } else {
            (4.0, tokens.faint)
        };
        let shown = Rect::from_min_max(
            pos2(view.right() - width - 2.0, thumb.top()),
            pos2(view.right() - 2.0, thumb.bottom()),
        );
        ui.painter()
            .rect_filled(shown.shrink2(vec2(0.0, 2.0)), width / 2.0, ink);
    }
}

/// Where in the thumb the pointer takes hold of it; beside it, the thumb comes to the pointer.
fn grab(pointer: Pos2, thumb: Rect) -> f32 {
    if thumb.contains(pos2(thumb.center().x, pointer.y)) {
        pointer.y - thumb.top()
    } else {
        thumb.height() / 2.0
    }
}

fn farthest(view: Rect, rows: usize) -> f64 {
    (height_of(rows) - f64::from(view.height())).max(0.0)
}
