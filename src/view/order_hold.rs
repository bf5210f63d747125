//! When the order of the rows is held, and which row a click is for if rows have changed places
//! under the pointer.

use std::time::Duration;

use egui::{Align2, CursorIcon, Pos2, Rangef, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use super::intent::Intent;
use crate::status::{RowId, RowSource};
use crate::theme::{self, Tokens};
use crate::widgets::OneLine;

/// How long the order is held after the last movement of the pointer over a row.
const HOLD: Duration = Duration::from_secs(2);
/// A click within this time after rows changed places is for the row that was under the pointer
/// before: the user cannot have seen the other one and clicked it in less.
const CLICK_WITHIN: Duration = Duration::from_millis(500);
/// The gap around the note in the header, in points.
const MARGIN: f32 = 8.0;

/// What the pointer does over the rows. All times are of [`RowSource::now`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OrderHold {
    until: Option<Duration>,
    pointer: Option<Pos2>,
    under_pointer: Option<UnderPointer>,
    change: Option<RowSwap>,
    /// Whether the order was held in the last frame, for any reason.
    pub(super) was_held: bool,
}

/// The row that was drawn under the pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
struct UnderPointer {
    pointer: Pos2,
    /// How far the rows were scrolled.
    scrolled: f64,
    row: Option<RowId>,
}

/// Another row came under a resting pointer.
#[derive(Clone, Copy, Debug)]
struct RowSwap {
    before: RowId,
    now: Option<RowId>,
    at: Duration,
    /// A button was pressed within [`CLICK_WITHIN`]: its click counts whenever it ends.
    is_pressed: bool,
}

impl OrderHold {
    /// Follows the pointer in the frame at `now`. `pointer` is its position over the rows, `row`
    /// what is drawn there, and `scrolled` how far the rows are scrolled. Returns true while the
    /// order is to be held.
    pub(super) fn follow(
        &mut self,
        ui: &Ui,
        now: Duration,
        pointer: Option<Pos2>,
        scrolled: f64,
        row: Option<RowId>,
    ) -> bool {
        let (is_down, was_pressed, was_released, scrolls) = ui.input(|input| {
            (
                input.pointer.any_down(),
                input.pointer.any_pressed(),
                input.pointer.any_released(),
                input.is_scrolling(),
            )
        });
        let has_moved = pointer.is_some() && pointer != self.pointer;
        self.pointer = pointer;
        if has_moved || pointer.is_some() && (is_down || was_pressed || scrolls) {
            self.until = Some(now + HOLD);
        }
        self.note_row(now, pointer, scrolled, row);
        if let Some(change) = &mut self.change {
            let is_fresh = now.saturating_sub(change.at) < CLICK_WITHIN;
            change.is_pressed = is_fresh && was_pressed || change.is_pressed && is_down;
            if !(is_fresh || change.is_pressed || was_released) {
                self.change = None;
            }
        }
        self.is_held(now)
    }

    fn note_row(
        &mut self,
        now: Duration,
        pointer: Option<Pos2>,
        scrolled: f64,
        row: Option<RowId>,
    ) {
        let under = pointer.map(|pointer| UnderPointer {
            pointer,
            scrolled,
            row,
        });
        let before = std::mem::replace(&mut self.under_pointer, under);
        if let (Some(before), Some(under)) = (before, under)
            && let Some(row_before) = before.row
            && before.row != under.row
            && (before.pointer, before.scrolled) == (under.pointer, under.scrolled)
        {
            self.change = Some(RowSwap {
                before: row_before,
                now: under.row,
                at: now,
                is_pressed: false,
            });
        }
    }

    fn is_held(&self, now: Duration) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// How much longer the pointer holds the order; `None` if it does not.
    pub(super) fn left(&self, now: Duration) -> Option<Duration> {
        let left = self.until?.saturating_sub(now);
        (!left.is_zero()).then_some(left)
    }

    /// The row that a click on this one is for.
    pub(super) fn clicked(&self, row: RowId) -> RowId {
        match self.change {
            Some(change) if change.now == Some(row) => change.before,
            _ => row,
        }
    }

    /// Releases the order until the pointer moves over a row again.
    pub(super) fn release(&mut self) {
        self.until = None;
    }
}

impl OrderHold {
    /// Says in the header that rows would change places if the order were not held; a click
    /// releases it. `free` is where the header has room, the last at its right edge.
    pub(super) fn note_ui(
        &mut self,
        ui: &Ui,
        header: Rect,
        free: &[Rangef],
        source: &dyn RowSource,
    ) {
        if self.was_held && source.order_waits() && held_note_ui(ui, header, free) {
            self.release();
            ui.memory_mut(|memory| {
                if let Some(focused) = memory.focused() {
                    memory.surrender_focus(focused);
                }
            });
            ui.request_repaint();
        }
    }
}

/// The note at the right edge of the header, or else in the widest other gap, and in short words if
/// all are narrow. Returns true if it was clicked.
fn held_note_ui(ui: &Ui, header: Rect, free: &[Rangef]) -> bool {
    let tokens = Tokens::of(ui.style());
    let font = theme::regular(theme::TEXT_SMALL - 1.0);
    let Some((last, others)) = free.split_last() else {
        return false;
    };
    let span = |room: &Rangef| (room.span() * 64.0) as i32;
    let widest = others.iter().max_by_key(|room| span(room));
    let line = |text| OneLine::new(ui, text, font.clone(), tokens.accent, f32::INFINITY);
    let texts = ["Order held · refresh", "Held · refresh", "Refresh"];
    let rooms = [Some(last), widest];
    let fitting = texts.into_iter().map(line).find_map(|line| {
        let fits = |room: &&Rangef| line.width() + 2.0 * MARGIN <= room.span();
        let room = rooms.into_iter().flatten().find(fits)?;
        Some((line.clone(), room.max))
    });
    let (line, right) = fitting.unwrap_or_else(|| (line(texts[2]), last.max));
    let right = pos2(right - MARGIN, header.center().y);
    let left = right.x - line.width();
    let rect = Rect::from_x_y_ranges(
        left - MARGIN / 2.0..=right.x + MARGIN / 2.0,
        header.y_range(),
    );
    let response = ui.interact(rect, ui.make_persistent_id("order is held"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, texts[0]));
    let line_at_bottom = egui::Stroke::new(theme::HAIRLINE, tokens.accent);
    let drawn = line.paint(ui, Align2::RIGHT_CENTER, right);
    if response.hovered() || response.has_focus() {
        ui.set_cursor_icon(CursorIcon::PointingHand);
        ui.painter()
            .hline(drawn.x_range(), drawn.bottom(), line_at_bottom);
    }
    response
        .on_hover_text(
            "Rows stay where they are while you point at one: let them take their places now",
        )
        .clicked()
}

/// Redirects what a click asked of a row to the row that the click is for, if it fits that row.
pub(super) fn redirect(
    asked: Vec<Intent>,
    of: RowId,
    clicked: Option<RowId>,
    source: &dyn RowSource,
) -> impl Iterator<Item = Intent> {
    asked.into_iter().filter_map(move |intent| match intent {
        Intent::RunOn(command, id) if id == of && clicked != Some(of) => {
            let fits = |ability| clicked.filter(|id| source.abilities(*id).contains(ability));
            let verb = command.verb()?;
            Some(Intent::RunOn(command, fits(verb.ability())?))
        }
        other => Some(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn hold() -> OrderHold {
        OrderHold::default()
    }

    #[test]
    fn another_row_under_a_resting_pointer_is_a_change_and_a_scroll_is_none() {
        let [one, two] = [1, 2].map(RowId);
        let at = Some(pos2(10.0, 10.0));
        let mut rests = hold();
        rests.note_row(SECOND, at, 0.0, Some(one));
        assert_eq!(rests.clicked(two), two);
        rests.note_row(SECOND * 2, at, 0.0, Some(two));
        assert_eq!(rests.clicked(two), one);
        assert_eq!(rests.clicked(one), one, "wherever it is now");

        let mut scrolls = hold();
        scrolls.note_row(SECOND, at, 0.0, Some(one));
        scrolls.note_row(SECOND * 2, at, 44.0, Some(two));
        assert_eq!(scrolls.clicked(two), two);

        let mut moves = hold();
        moves.note_row(SECOND, at, 0.0, Some(one));
        moves.note_row(SECOND * 2, Some(pos2(10.0, 54.0)), 0.0, Some(two));
        assert_eq!(moves.clicked(two), two);
    }

    #[test]
    fn a_hold_ends() {
        let mut hold = hold();
        assert_eq!(hold.left(Duration::ZERO), None);
        hold.until = Some(SECOND * 3);
        assert_eq!(hold.left(SECOND), Some(SECOND * 2));
        assert!(hold.is_held(SECOND * 2) && !hold.is_held(SECOND * 3));
        hold.release();
        assert_eq!(hold.left(SECOND), None);
    }
}
