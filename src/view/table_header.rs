//! The header of the table: a click sorts, dragging a title moves the column, dragging its edge
//! resizes it.

use egui::{
    Align2, CornerRadius, CursorIcon, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::columns::first_direction;
use super::intent::Intent;
use super::offered_columns::OfferedColumns;
use super::placement::{Placed, Placement};
use super::table_layout::TableLayout;
use crate::status::{Column, Direction, Sorting};
use crate::theme::{self, Tokens};
use crate::widgets::{Icon, OneLine};

/// How far from the edge of a column a drag resizes it, in points.
const HANDLE_REACH: f32 = 4.0;
const ARROW: f32 = 12.0;
/// The gap between a title and its sort icon, in points.
const SIGN_GAP: f32 = 3.0;

/// What the header keeps from frame to frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeaderState {
    /// The column that is being dragged.
    moved: Option<Column>,
    /// The column that is being resized, and its width before.
    resized: Option<(Column, f32)>,
}

/// What a header shows and where.
pub(super) struct Header<'a> {
    pub(super) placement: &'a Placement,
    /// The left edge of the rows: left of the table if that is scrolled.
    pub(super) left: f32,
    /// The header's own rect.
    pub(super) rect: Rect,
    /// The lower end of the drop mark.
    pub(super) bottom: f32,
    pub(super) sorting: Sorting,
    /// Whether the rows can be sorted.
    pub(super) can_sort: bool,
    pub(super) offered: OfferedColumns<'a>,
    pub(super) tokens: &'a Tokens,
}

impl Header<'_> {
    /// Lays out the titles. Returns true at a right click, which opens the choice of columns.
    pub(super) fn ui(
        &self,
        ui: &Ui,
        layout: &mut TableLayout,
        state: &mut HeaderState,
        intents: &mut Vec<Intent>,
    ) -> bool {
        let mut wants_choice = false;
        for placed in &self.placement.columns {
            let response = self.title_ui(ui, placed);
            wants_choice |= response.secondary_clicked();
            if response.clicked() && self.can_sort {
                let adds = ui.input(|input| input.modifiers.shift);
                let sorting = sorted_by(self.sorting, placed.column, adds);
                intents.push(Intent::Sort(sorting));
            }
            if response.drag_started() {
                state.moved = Some(placed.column);
            }
        }
        self.resize_ui(ui, layout, state);
        self.move_ui(ui, layout, state);
        wants_choice
    }

    fn cell(&self, placed: &Placed) -> Rect {
        let left = self.left + placed.left;
        Rect::from_x_y_ranges(left..=left + placed.width, self.rect.y_range())
    }

    fn title_ui(&self, ui: &Ui, placed: &Placed) -> Response {
        let (column, cell) = (placed.column, self.cell(placed));
        let id = title_id(ui, column);
        let sense = if self.can_sort {
            Sense::click_and_drag()
        } else {
            Sense::CLICK | Sense::DRAG
        };
        let response = ui.interact(cell, id, sense);
        let sorted = self.sorted(column);
        let words = self.offered.title(column);
        response.widget_info(|| {
            WidgetInfo::labeled(Role::ColumnHeader, true, spoken(words, column, sorted))
        });

        let is_lit = sorted.is_some() || response.hovered() || response.has_focus();
        let ink = if is_lit {
            self.tokens.text
        } else {
            self.tokens.muted
        };
        let room = Rect::from_min_max(pos2(cell.left() + placed.inset, cell.top()), cell.max);
        // Of a column of numbers the icon is before the title, which stays aligned with the
        // numbers.
        let sign_width = match sorted {
            Some((_, true)) => ARROW + 7.0 + SIGN_GAP,
            Some((_, false)) => ARROW + SIGN_GAP,
            None => 0.0,
        };
        let font = theme::regular(theme::TEXT_SMALL);
        let title = OneLine::new(ui, words, font, ink, room.width() - sign_width);
        let sign_left = if column.is_number() {
            title.paint(ui, Align2::RIGHT_CENTER, room.right_center());
            room.right() - title.width() - sign_width
        } else {
            title.paint(ui, Align2::LEFT_CENTER, room.left_center());
            room.left() + title.width() + SIGN_GAP
        };
        if let Some((direction, is_second)) = sorted {
            let icon = match direction {
                Direction::Ascending => Icon::SortUp,
                Direction::Descending => Icon::SortDown,
            };
            let center = pos2(sign_left + ARROW / 2.0, cell.center().y);
            icon.paint(ui.painter(), center, ARROW, self.tokens.accent);
            if is_second {
                let font = theme::regular(theme::TEXT_SMALL - 2.0);
                let two = OneLine::new(ui, "2", font, self.tokens.accent, ARROW);
                let left = pos2(sign_left + ARROW - 1.0, cell.center().y);
                two.paint(ui, Align2::LEFT_CENTER, left);
            }
        }
        if response.has_focus() {
            let ring = Rect::from_x_y_ranges(
                room.left() - 4.0..=room.right() + 4.0,
                cell.top() + 3.0..=cell.bottom() - 3.0,
            );
            let stroke = Stroke::new(theme::ICON_STROKE, self.tokens.accent);
            let radius = CornerRadius::same(theme::RADIUS_SMALL);
            ui.painter()
                .rect_stroke(ring, radius, stroke, StrokeKind::Inside);
        }
        if title.is_cut() {
            response.on_hover_text(words)
        } else {
            response
        }
    }

    /// The direction in which the rows are sorted by a column, and whether it is the second column.
    fn sorted(&self, column: Column) -> Option<(Direction, bool)> {
        let Sorting { first, second } = self.sorting;
        [(first, false), (second, true)]
            .into_iter()
            .find_map(|(sorted, is_second)| {
                let (key, direction) = sorted?;
                (key == column).then_some((direction, is_second))
            })
    }

    fn resize_ui(&self, ui: &Ui, layout: &mut TableLayout, state: &mut HeaderState) {
        for (place, placed) in self.placement.columns.iter().enumerate() {
            let edge = self.left + placed.right();
            let handle = Rect::from_x_y_ranges(
                edge - HANDLE_REACH..=edge + HANDLE_REACH,
                self.rect.y_range(),
            );
            let id = ui.make_persistent_id(("edge", placed.column));
            // Not for the keyboard: widths are chosen by eye.
            let response = ui.interact(handle, id, Sense::CLICK | Sense::DRAG);
            if response.double_clicked() {
                layout.clear_widths();
                return;
            }
            if response.is_pointer_button_down_on() && state.resized.is_none() {
                state.resized = Some((placed.column, placed.width));
            }
            let is_held = response.is_pointer_button_down_on() || response.dragged();
            if response.hovered() || is_held {
                ui.set_cursor_icon(CursorIcon::ResizeColumn);
                let ink = if is_held {
                    self.tokens.accent
                } else {
                    self.tokens.faint
                };
                let line = Stroke::new(theme::ICON_STROKE, ink);
                ui.painter()
                    .vline(edge, self.rect.shrink(4.0).y_range(), line);
            }
            if response.dragged()
                && let Some((column, width)) = state.resized
                && let Some((origin, pointer)) = ui.input(|input| {
                    Some((input.pointer.press_origin()?, input.pointer.interact_pos()?))
                })
            {
                // The columns before it keep their widths too, so that the edge stays under the
                // pointer.
                for before in &self.placement.columns[..place] {
                    layout.fix_width(before.column, before.width);
                }
                layout.set_width(column, width + pointer.x - origin.x);
            }
        }
        if !ui.input(|input| input.pointer.any_down()) {
            state.resized = None;
        }
    }

    /// Marks where the dragged column would be dropped, and drops it there.
    fn move_ui(&self, ui: &Ui, layout: &mut TableLayout, state: &mut HeaderState) {
        let Some(column) = state.moved else { return };
        let is_drawn = ui.is_being_dragged(title_id(ui, column));
        let pointer = ui.input(|input| input.pointer.interact_pos());
        let (Some(pointer), Some(from)) = (
            pointer,
            self.placement
                .columns
                .iter()
                .position(|placed| placed.column == column),
        ) else {
            state.moved = None;
            return;
        };
        let columns = &self.placement.columns;
        let center = |placed: &Placed| self.left + placed.left + placed.width / 2.0;
        let to = columns
            .iter()
            .position(|placed| pointer.x < center(placed))
            .unwrap_or(columns.len());
        let goes = to != from && to != from + 1;
        if !is_drawn {
            state.moved = None;
            // Escape ends the drag, and nothing moves.
            if goes && ui.input(|input| input.pointer.any_released()) {
                layout.move_before(column, columns.get(to).map(|placed| placed.column));
                ui.ctx().request_repaint();
            }
            return;
        }
        ui.set_cursor_icon(CursorIcon::Grabbing);
        let painter = ui.ctx().layer_painter(ui.layer_id());
        let tokens = self.tokens;
        if goes {
            let edge = columns.get(to).map_or_else(
                || columns.last().map_or(0.0, Placed::right),
                |placed| placed.left,
            );
            let line = Stroke::new(2.0, tokens.accent);
            painter.vline(self.left + edge - 1.0, self.rect.top()..=self.bottom, line);
        }
        let font = theme::medium(theme::TEXT_SMALL);
        let words = self.offered.title(column);
        let title = OneLine::new(ui, words, font, tokens.text, f32::INFINITY);
        let size = vec2(title.width() + 20.0, self.rect.height() - 4.0);
        let tag = Rect::from_center_size(pos2(pointer.x, self.rect.center().y), size);
        let radius = CornerRadius::same(theme::RADIUS);
        let line = Stroke::new(theme::HAIRLINE, tokens.accent);
        painter.rect(tag, radius, tokens.raised, line, StrokeKind::Inside);
        title.paint(ui, Align2::CENTER_CENTER, tag.center());
    }
}

fn title_id(ui: &Ui, column: Column) -> Id {
    ui.make_persistent_id(("title", column))
}

/// Whether something in the header is being dragged: keys are then for nothing else.
pub(super) fn is_drawn_at(state: &HeaderState) -> bool {
    state.moved.is_some() || state.resized.is_some()
}

/// The sorting after a click on a column: by it, then in the other direction, then the usual order.
/// With Shift it becomes the second column.
fn sorted_by(sorting: Sorting, column: Column, adds: bool) -> Sorting {
    let (key, at_first) = (column, first_direction(column));
    let turned = |sorted: Option<_>| match sorted {
        Some((other, direction)) if other == key => {
            (direction == at_first).then_some((key, opposite(at_first)))
        }
        _ => Some((key, at_first)),
    };
    match (sorting.first, adds) {
        (Some((first, direction)), true) if first == key => Sorting {
            first: Some((key, opposite(direction))),
            ..sorting
        },
        (Some(_), true) => Sorting {
            second: turned(sorting.second),
            ..sorting
        },
        (first, _) => {
            let first_now = turned(first);
            let turns = first.is_some_and(|(first, _)| first == key) && first_now.is_some();
            Sorting {
                first: first_now,
                second: sorting.second.filter(|_| turns),
            }
        }
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Ascending => Direction::Descending,
        Direction::Descending => Direction::Ascending,
    }
}

/// A title in the accessibility tree.
fn spoken(title: &str, column: Column, sorted: Option<(Direction, bool)>) -> String {
    let Some((direction, is_second)) = sorted else {
        return title.to_owned();
    };
    let [up, down] = match column {
        Column::State => ["active first", "active last"],
        Column::Added => ["oldest first", "newest first"],
        _ if first_direction(column) == Direction::Ascending => ["A to Z", "Z to A"],
        _ => ["smallest first", "largest first"],
    };
    let way = match direction {
        Direction::Ascending => up,
        Direction::Descending => down,
    };
    let sorted = if is_second { "sorted second" } else { "sorted" };
    format!("{title}, {sorted}, {way}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_sort_turn_and_end() {
        use Direction::{Ascending, Descending};
        let none = Sorting::default();
        let rate = sorted_by(none, Column::Rate, false);
        assert_eq!(rate.first, Some((Column::Rate, Descending)));
        let turned = sorted_by(rate, Column::Rate, false);
        assert_eq!(turned.first, Some((Column::Rate, Ascending)));
        assert_eq!(sorted_by(turned, Column::Rate, false), none);

        let both = sorted_by(rate, Column::Job, true);
        assert_eq!(both.first, rate.first);
        assert_eq!(both.second, Some((Column::Job, Ascending)));
        // The first turns, and the second stays what it is.
        let both_turned = sorted_by(both, Column::Rate, false);
        assert_eq!(both_turned.second, both.second);
        assert_eq!(sorted_by(both, Column::Rate, true), both_turned);
        let second_turned = sorted_by(both, Column::Job, true);
        assert_eq!(second_turned.second, Some((Column::Job, Descending)));
        assert_eq!(sorted_by(second_turned, Column::Job, true), rate);
        // Another column alone, and nothing decides between equals any more.
        let state = sorted_by(both, Column::State, false);
        assert_eq!(state.first, Some((Column::State, Ascending)));
        assert_eq!(state.second, None);
        // With shift and without anything else it is the first.
        assert_eq!(sorted_by(none, Column::Rate, true), rate);
    }

    #[test]
    fn a_title_says_how_it_is_sorted() {
        let says = |column: Column, direction, is_second| {
            spoken(column.title(), column, Some((direction, is_second)))
        };
        let (up, down) = (Direction::Ascending, Direction::Descending);
        assert_eq!(
            says(Column::Rate, down, false),
            "Rate, sorted, largest first"
        );
        assert_eq!(
            says(Column::Rate, up, true),
            "Rate, sorted second, smallest first"
        );
        assert_eq!(says(Column::Job, up, false), "Job, sorted, A to Z");
        assert_eq!(spoken("Job", Column::Job, None), "Job");
    }
}
