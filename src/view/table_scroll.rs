//! The scroll offset of the table, in f64: a million rows are 44 million points high, where an f32
//! has steps of four points.

use egui::{Color32, CornerRadius, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::theme::Tokens;

/// The width of a bar for the pointer, in points.
pub(super) const BAR_WIDTH: f32 = 10.0;
/// The visible width of a bar, in points.
const THUMB_WIDTH: f32 = 6.0;
/// The least length of the thumb, so that it can be dragged, in points.
const LEAST_THUMB: f32 = 24.0;
/// How far a flick goes until it rests, in seconds at its speed.
const DECAY_SECS: f32 = 0.5;
/// The speed below which a flick rests, in points per second.
const LEAST_SPEED: f32 = 2.0;

/// One direction of scrolling.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Axis {
    /// How much of the contents is before the view, in points.
    offset: f64,
    /// The contents and the view, in points.
    contents: f64,
    view: f64,
    /// Points per second, after a flick.
    speed: f32,
    /// Where the thumb was grabbed, from its beginning.
    held_at: Option<f64>,
}

impl Axis {
    /// Takes new sizes, and stays within them.
    pub(super) fn set_sizes(&mut self, contents: f64, view: f32) {
        (self.contents, self.view) = (contents, f64::from(view));
        self.scroll_to(self.offset);
    }

    pub(super) fn is_needed(&self) -> bool {
        self.furthest() > 0.5
    }

    pub(super) fn scroll_to(&mut self, offset: f64) {
        self.offset = offset.clamp(0.0, self.furthest());
    }

    /// Scrolls by points, and rests there.
    pub(super) fn scroll_by(&mut self, points: f64) {
        self.speed = 0.0;
        self.scroll_to(self.offset + points);
    }

    /// Scrolls no more than it takes to show this part of the contents.
    pub(super) fn show(&mut self, from: f64, to: f64) {
        self.speed = 0.0;
        if from < self.offset {
            self.scroll_to(from);
        } else if to > self.offset + self.view {
            self.scroll_to(to - self.view);
        }
    }

    fn furthest(&self) -> f64 {
        (self.contents - self.view).max(0.0)
    }

    /// Where the thumb begins on a track of this length, and how long it is.
    fn thumb(&self, track: f64) -> (f64, f64) {
        let share = (self.view / self.contents.max(1.0)).min(1.0);
        let length = (track * share).max(f64::from(LEAST_THUMB)).min(track);
        let moved = self.offset / self.furthest().max(f64::MIN_POSITIVE);
        ((track - length) * moved.min(1.0), length)
    }

    /// The pointer was pressed on the track: grabs the thumb, or scrolls a page towards the
    /// pointer.
    fn press(&mut self, track: f64, at: f64) {
        self.speed = 0.0;
        let (begin, length) = self.thumb(track);
        self.held_at = (begin..=begin + length).contains(&at).then_some(at - begin);
        if self.held_at.is_none() {
            let page = if at < begin { -self.view } else { self.view };
            self.scroll_by(page);
        }
    }

    /// The pressed pointer moved on the track.
    fn drag(&mut self, track: f64, at: f64) {
        if let Some(held_at) = self.held_at {
            let (_, length) = self.thumb(track);
            let free = (track - length).max(f64::MIN_POSITIVE);
            self.scroll_to((at - held_at) / free * self.furthest());
        }
    }

    /// One frame of a flick; true while it goes on.
    fn coast(&mut self, secs: f32) -> bool {
        if self.speed.abs() < LEAST_SPEED {
            self.speed = 0.0;
            return false;
        }
        let before = self.offset;
        self.scroll_to(self.offset + f64::from(self.speed * secs));
        self.speed *= (-secs / DECAY_SECS).exp();
        if self.offset == before {
            self.speed = 0.0;
        }
        self.speed != 0.0
    }
}

/// Both directions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TableScroll {
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl TableScroll {
    /// The offset in whole pixels, since text and lines between pixels are blurred.
    pub(super) fn offset_in_pixels(&self, pixels_per_point: f32) -> (f64, f64) {
        let scale = f64::from(pixels_per_point);
        let round = |offset: f64| (offset * scale).round() / scale;
        (round(self.x.offset), round(self.y.offset))
    }

    /// Follows wheel, trackpad and finger. To be called before anything in `view` is laid out, or
    /// it would take the drag from that; `table` is where the wheel counts.
    pub(super) fn follow_input(&mut self, ui: &Ui, table: Rect, view: Rect) {
        let axes = |scroll: &mut Self, move_by: Vec2| {
            scroll.x.scroll_by(f64::from(-move_by.x));
            scroll.y.scroll_by(f64::from(-move_by.y));
        };
        if ui.rect_contains_pointer(table) {
            let wheel = ui.input(|input| input.smooth_scroll_delta());
            if wheel != Vec2::ZERO {
                axes(self, wheel);
                ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
            }
        }
        if ui.input(|input| input.has_touch_screen()) {
            let id = ui.make_persistent_id("jobs table, under a finger");
            let finger = ui.interact(view, id, Sense::DRAG);
            let (moved, velocity) =
                ui.input(|input| (input.pointer.delta(), input.pointer.velocity()));
            if finger.dragged() {
                axes(self, moved);
            } else if finger.drag_stopped() {
                (self.x.speed, self.y.speed) = (-velocity.x, -velocity.y);
            }
        }
        let secs = ui.input(|input| input.stable_dt).min(0.1);
        if self.x.coast(secs) | self.y.coast(secs) {
            ui.ctx().request_repaint();
        }
    }

    /// The bars at the right and at the bottom of the view, where they are needed.
    pub(super) fn bars_ui(&mut self, ui: &Ui, view: Rect, tokens: &Tokens) {
        if self.y.is_needed() {
            let track = Rect::from_min_max(pos2(view.right() - BAR_WIDTH, view.top()), view.max);
            bar_ui(ui, track, 1, &mut self.y, tokens);
        }
        if self.x.is_needed() {
            let left_bottom = view.left_bottom();
            let track = Rect::from_min_size(left_bottom, vec2(view.width(), BAR_WIDTH));
            bar_ui(ui, track, 0, &mut self.x, tokens);
        }
    }
}

/// The bar of a direction: 0 is across, 1 is down.
fn bar_ui(ui: &Ui, rect: Rect, direction: usize, axis: &mut Axis, tokens: &Tokens) {
    // One pixel is free at both ends.
    let track_begin = rect.min[direction] + 1.0;
    let track = f64::from(rect.size()[direction] - 2.0);
    let id = ui.make_persistent_id(("jobs table scroll bar", direction));
    let response = ui.interact(rect, id, Sense::DRAG);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ScrollBar, true, ["Across", "Down"][direction]);
        let moved = axis.offset / axis.furthest().max(f64::MIN_POSITIVE);
        info.value = Some((moved * 100.0).round());
        info
    });
    if let Some(pointer) = response.interact_pointer_pos() {
        let at = f64::from(pointer[direction] - track_begin);
        if response.drag_started() {
            axis.press(track, at);
        } else if response.dragged() {
            axis.drag(track, at);
        }
    }
    if response.drag_stopped() {
        axis.held_at = None;
    }
    let (begin, length) = axis.thumb(track);
    let is_held = axis.held_at.is_some();
    let ink = match (is_held, response.hovered()) {
        (true, _) => tokens.muted,
        (false, true) => tokens.faint,
        (false, false) => tokens.faint.gamma_multiply(0.6),
    };
    paint_thumb(ui, rect, direction, begin as f32, length as f32, ink);
}

fn paint_thumb(ui: &Ui, rect: Rect, direction: usize, begin: f32, length: f32, ink: Color32) {
    let mut thumb = rect.shrink((BAR_WIDTH - THUMB_WIDTH) / 2.0);
    thumb.min[direction] = rect.min[direction] + 1.0 + begin;
    thumb.max[direction] = thumb.min[direction] + length;
    let radius = CornerRadius::same(THUMB_WIDTH as u8 / 2);
    ui.painter().rect_filled(thumb, radius, ink);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: f64 = 44.0;
    const MILLION: f64 = 1_000_000.0 * ROW;
    const VIEW: f32 = 640.0;

    fn axis() -> Axis {
        let mut axis = Axis::default();
        axis.set_sizes(MILLION, VIEW);
        axis
    }

    #[test]
    fn a_million_rows_move_by_less_than_a_pixel() {
        let mut axis = axis();
        axis.scroll_to(MILLION - 1000.0);
        let before = axis.offset;
        for _ in 0..100 {
            axis.scroll_by(-0.3);
        }
        assert!((before - axis.offset - 30.0).abs() < 1e-4);
    }

    #[test]
    fn the_thumb_can_be_held_and_reaches_both_ends() {
        let mut axis = axis();
        let track = 600.0;
        assert_eq!(axis.thumb(track), (0.0, 24.0));
        axis.press(track, 10.0);
        axis.drag(track, 10.0);
        assert_eq!(axis.offset, 0.0, "taking hold of it does not move it");
        axis.drag(track, 10.0 + 288.0);
        assert!((axis.offset - axis.furthest() / 2.0).abs() < 1e-3);
        // Back where it was, it shows what it showed.
        axis.drag(track, 10.0);
        assert_eq!(axis.offset, 0.0);
        axis.drag(track, 10_000.0);
        assert_eq!(axis.offset, axis.furthest());
        let (begin, length) = axis.thumb(track);
        assert!((begin + length - track).abs() < 1e-9);
    }

    #[test]
    fn a_press_beside_the_thumb_turns_a_page() {
        let mut axis = axis();
        axis.press(600.0, 500.0);
        assert_eq!(axis.offset, f64::from(VIEW));
        axis.drag(600.0, 100.0);
        assert_eq!(axis.offset, f64::from(VIEW), "there is nothing in the hand");
        axis.scroll_to(MILLION);
        axis.press(600.0, 10.0);
        assert_eq!(axis.offset, axis.furthest() - f64::from(VIEW));
    }

    #[test]
    fn what_is_seen_already_does_not_scroll() {
        let mut axis = axis();
        let show = |axis: &mut Axis, row: f64| {
            axis.show(row * ROW, (row + 1.0) * ROW);
            axis.offset
        };
        assert_eq!(show(&mut axis, 3.0), 0.0);
        assert_eq!(show(&mut axis, 999_999.0), MILLION - f64::from(VIEW));
        assert_eq!(show(&mut axis, 999_990.0), MILLION - f64::from(VIEW));
        assert_eq!(show(&mut axis, 500_000.0), 500_000.0 * ROW);
        // The list became short.
        axis.set_sizes(100.0, VIEW);
        assert_eq!((axis.offset, axis.is_needed()), (0.0, false));
    }

    #[test]
    fn a_flick_comes_to_rest() {
        let mut axis = axis();
        axis.speed = 1000.0;
        let frames = (0..10_000).take_while(|_| axis.coast(0.016)).count();
        assert!(frames > 10 && frames < 1000, "{frames}");
        assert!((axis.offset - 500.0).abs() < 30.0, "{}", axis.offset);
        axis.scroll_to(0.0);
        axis.speed = -1000.0;
        assert!(
            !axis.coast(0.016),
            "at the end of the list it rests at once"
        );
    }
}
