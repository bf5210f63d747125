//! The rows of the table: their background, clicks on them, and where their cells are.

use std::time::Duration;

use egui::{
    Color32, Key, Modifiers, PointerButton, Pos2, Rangef, Rect, Response, Role, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::columns::{ACTIONS_WIDTH, CHECK_WIDTH};
use super::intent::Intent;
use super::order_hold::redirect;
use super::placement::{Placed, Placement};
use super::selection::Selection;
use super::table_cells::{self, CellContext, row_id};
use super::table_state::JobsTableState;
use crate::command::Command;
use crate::status::{Column, RowExtras, RowId, RowSource, RowView};
use crate::theme;
use crate::widgets;

/// What the rows of a frame have in common.
pub(super) struct TableRows<'a> {
    pub(super) source: &'a dyn RowSource,
    pub(super) placement: &'a Placement,
    pub(super) wants_extras: bool,
    /// The row that is marked as the one with the keyboard.
    pub(super) cursor: Option<RowId>,
    pub(super) pointer: Option<Pos2>,
    pub(super) context: CellContext<'a>,
}

/// A row that was laid out.
pub(super) struct ShownRow {
    pub(super) row: RowView,
    /// Whether the time since its start is shown.
    shows_elapsed: bool,
}

impl ShownRow {
    /// After how long what is shown of it differs by itself.
    pub(super) fn changes_in(&self, source: &dyn RowSource) -> Option<Duration> {
        let counts_up = self.shows_elapsed && self.row.status.is_counted();
        let next_second = counts_up.then_some(Duration::from_secs(1));
        source
            .changes_in(&self.row)
            .into_iter()
            .chain(next_second)
            .min()
    }
}

impl TableRows<'_> {
    /// Lays out one row, with its upper left corner here, and returns it.
    pub(super) fn row_ui(
        &self,
        ui: &Ui,
        corner: Pos2,
        index: usize,
        state: &mut JobsTableState,
        intents: &mut Vec<Intent>,
    ) -> Option<ShownRow> {
        let row = self.source.row(index)?;
        let extras = self
            .wants_extras
            .then(|| self.source.extras(row.id))
            .flatten();
        let size = vec2(self.placement.width, theme::ROW_HEIGHT);
        let rect = Rect::from_min_size(corner, size);
        let response = ui.interact(rect, row_id(ui, row.id, "row"), Sense::click());
        let clicked = self.clicked(&row, index, state);
        self.follow_clicks(ui, &response, &row, index, clicked, state, intents);
        let is_selected = state.selection.contains(row.id);
        response.widget_info(|| {
            WidgetInfo::selected(Role::Row, true, is_selected, table_cells::spoken(&row))
        });
        let is_pointed_at = self.pointer.is_some_and(|pointer| rect.contains(pointer));
        let context = CellContext {
            is_lit: is_selected || is_pointed_at,
            ..self.context
        };
        let is_marked = response.has_focus() || self.cursor == Some(row.id);
        self.paint_ground(ui, rect, is_selected, is_pointed_at, is_marked);
        let asked_before = intents.len();
        self.cells_ui(ui, rect, &row, extras.as_ref(), &context, intents);
        if ui.input(|input| input.pointer.any_click()) {
            let asked = intents.split_off(asked_before);
            let clicked = clicked.map(|(id, _)| id);
            intents.extend(redirect(asked, row.id, clicked, self.source));
        }

        let square = check_square(rect.left(), rect, vec2(28.0, 28.0));
        let name = format!("Select {}", row.name);
        let id = row_id(ui, row.id, "select");
        if widgets::checkbox_at(ui, square, id, is_selected.into(), &name).clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            state.marks_cursor = false;
            if let Some((_, index)) = clicked {
                select(&mut state.selection, self.source, index, modifiers, true);
            }
        }
        Some(ShownRow {
            shows_elapsed: self.placement.has(Column::Elapsed),
            row,
        })
    }

    /// The row, and its place, that a click on this one is for: the one that was here until just
    /// now. `None` if it is no longer in the list.
    fn clicked(
        &self,
        row: &RowView,
        index: usize,
        state: &JobsTableState,
    ) -> Option<(RowId, usize)> {
        let id = state.hold.clicked(row.id);
        if id == row.id {
            return Some((id, index));
        }
        Some((id, self.source.position(id)?))
    }

    /// Selects and opens rows. A click belongs to a row by its id: one that began before the order
    /// changed is for the row where it began, wherever that is now, or for none. `clicked` is the
    /// row that a click of the pointer is for.
    #[expect(clippy::too_many_arguments, reason = "each is a thing of its own")]
    fn follow_clicks(
        &self,
        ui: &Ui,
        response: &Response,
        row: &RowView,
        index: usize,
        clicked: Option<(RowId, usize)>,
        state: &mut JobsTableState,
        intents: &mut Vec<Intent>,
    ) {
        if response.has_focus() {
            state.is_aimed_at = true;
        }
        if response.gained_focus() {
            state.wanted = Some(index);
        }
        // Also over its check box and buttons.
        let asks_for_menu = response.secondary_clicked()
            || ui.rect_contains_pointer(response.rect)
                && ui.input(|input| input.pointer.secondary_clicked());
        if asks_for_menu && let Some((id, index)) = clicked {
            if !state.selection.contains(id) {
                state.selection.select(self.source, index);
            }
            let pointer = ui.input(|input| input.pointer.interact_pos());
            state.menu_asked_at = Some(pointer.unwrap_or(response.rect.center()));
        }
        if !response.clicked() {
            return;
        }
        if response.clicked_by(PointerButton::Primary) {
            let Some((id, index)) = clicked else { return };
            state.marks_cursor = false;
            // In a slow frame both clicks are on the row that was here before.
            let is_same = state.last_clicked.replace(id) == Some(id)
                || ui.input(|input| input.events.iter().filter(|it| is_press(it)).count() > 1);
            if response.double_clicked() && is_same {
                intents.push(Intent::OpenInspector);
            } else {
                let modifiers = ui.input(|input| input.modifiers);
                select(&mut state.selection, self.source, index, modifiers, false);
            }
        } else if ui.input(|input| input.key_pressed(Key::Enter)) {
            if state.selection.contains(row.id) {
                intents.push(Intent::Run(Command::Inspector));
            } else {
                state.selection.select(self.source, index);
                intents.push(Intent::OpenInspector);
            }
        } else {
            // The keyboard toggles the focused row; the pointer selects one row alone.
            let modifiers = ui.input(|input| input.modifiers);
            select(&mut state.selection, self.source, index, modifiers, true);
        }
    }

    fn paint_ground(
        &self,
        ui: &Ui,
        rect: Rect,
        is_selected: bool,
        is_pointed_at: bool,
        is_marked: bool,
    ) {
        let tokens = self.context.tokens;
        let painter = ui.painter();
        let fill = match (is_selected, is_pointed_at) {
            (true, _) => tokens.selection,
            (false, true) => tokens.hover,
            (false, false) => Color32::TRANSPARENT,
        };
        if fill != Color32::TRANSPARENT {
            painter.rect_filled(rect, 0.0, fill);
        }
        let line = Stroke::new(theme::HAIRLINE, tokens.line);
        painter.hline(rect.x_range(), rect.bottom() - 0.5, line);
        if is_marked {
            let stroke = Stroke::new(theme::ICON_STROKE, tokens.accent);
            let radius = f32::from(theme::RADIUS_SMALL);
            painter.rect_stroke(rect.shrink(1.0), radius, stroke, StrokeKind::Inside);
        }
    }

    fn cells_ui(
        &self,
        ui: &Ui,
        row_rect: Rect,
        row: &RowView,
        extras: Option<&RowExtras>,
        context: &CellContext<'_>,
        intents: &mut Vec<Intent>,
    ) {
        let visible = ui.clip_rect().x_range();
        let is_free = |placed: &&Placed| table_cells::is_free(placed.column, row, extras, context);
        // Where a state ends that extends over free cells.
        let mut covered = f32::NEG_INFINITY;
        for (place, placed) in self.placement.columns.iter().enumerate() {
            let left = row_rect.left() + placed.left;
            let rect = Rect::from_x_y_ranges(
                left + placed.inset..=left + placed.width.max(placed.inset),
                row_rect.y_range(),
            );
            if placed.column == Column::State {
                let following = &self.placement.columns[place + 1..];
                let free = following.iter().take_while(is_free).count();
                let mut spare = following[..free].iter().map(|free| free.width).sum();
                if let Some(next) = following.get(free) {
                    let (column, width) = (next.column, next.width);
                    spare += table_cells::blank_before_number(ui, column, width, row, extras);
                }
                if visible.intersects(Rangef::new(rect.left(), rect.right() + spare)) {
                    covered = table_cells::state_ui(ui, rect, row, spare, context);
                }
            } else if visible.intersects(rect.x_range()) && (left >= covered || !is_free(&placed)) {
                table_cells::cell_ui(ui, rect, placed.column, row, extras, context);
            }
        }
        let actions = Rect::from_min_size(
            pos2(
                row_rect.left() + self.placement.actions_left,
                row_rect.top(),
            ),
            vec2(ACTIONS_WIDTH, row_rect.height()),
        );
        table_cells::actions_ui(ui, actions, row, context, intents);
    }
}

fn is_press(event: &egui::Event) -> bool {
    matches!(event, egui::Event::PointerButton { pressed: true, .. })
}

/// A click with these modifiers; `adds` as if with Ctrl.
fn select(
    selection: &mut Selection,
    source: &dyn RowSource,
    index: usize,
    modifiers: Modifiers,
    adds: bool,
) {
    match (modifiers.shift, modifiers.command) {
        (true, true) => selection.add_range_to(source, index),
        (true, false) => selection.extend_to(source, index),
        (false, adds_too) if adds || adds_too => selection.toggle(source, index),
        (false, _) => selection.select(source, index),
    }
}

/// The rect of the check box of a row or of the header.
pub(super) fn check_square(left: f32, row: Rect, size: egui::Vec2) -> Rect {
    let center = pos2(left + CHECK_WIDTH / 2.0 - 2.0, row.center().y);
    Rect::from_center_size(center, size)
}
