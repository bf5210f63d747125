//! The table of rows: only what is visible is asked for, laid out and painted, however many rows there are.
//!
//! It scrolls by itself: the place of a row in a million is beyond the precision of the numbers that layouts are made in.

use egui::{
    Align2, Color32, CursorIcon, Id, Modifiers, Popup, Pos2, Rect, Response, Role, ScrollArea,
    Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::Selection;
use super::columns::{self, Column, LEAST_WIDTH, TableLayout};
use super::menu;
use super::scrolling::Scrolling;
use super::table_cells::{self, CellContext};
use super::table_keys::{ROW_MENU_KEYS, TABLE_KEYS};
use crate::command::{Command, Intent, Possible};
use crate::status::{Direction, RowExtras, RowId, RowSource, RowView, Sorting};
use crate::theme::{self, Tokens};
use crate::widgets::{self, CheckState, Icon, OneLine};

/// How far from the left edge a menu opens that the keys asked for: under the name of its row.
const MENU_INSET: f32 = 48.0;

/// What the table keeps from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct JobsTableState {
    /// The selected rows.
    pub selection: Selection,
    /// The columns.
    pub layout: TableLayout,
    /// What can be done with the selected rows: what the menu of a row offers. Without it rows have no menu.
    pub possible: Option<Possible>,
    /// The row to bring into view when the table is next shown.
    scroll_to: Option<usize>,
    scrolling: Scrolling,
    /// Where the menu of the selected rows is.
    menu_at: Pos2,
    /// Where that menu was asked for in this frame.
    menu_asked_at: Option<Pos2>,
    /// The column whose title is dragged to another place.
    dragged: Option<Column>,
}

impl JobsTableState {
    /// Brings the row at a place into view when the table is next shown.
    pub fn scroll_to(&mut self, index: usize) {
        self.scroll_to = Some(index);
    }
}

/// The table. `beat` counts up ten times a second, for bars of unknown length.
pub fn jobs_table_ui(
    ui: &mut Ui,
    source: &dyn RowSource,
    state: &mut JobsTableState,
    beat: u64,
    intents: &mut Vec<Intent>,
) {
    let columns = state.layout.in_width(ui.available_width());
    let width: f32 = columns.iter().map(|(_, width)| width).sum();
    if width <= ui.available_width() + 0.5 {
        table_ui(ui, source, state, &columns, beat, intents);
        return;
    }
    // Widths that somebody chose may need more room than there is.
    ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
        let size = vec2(width, ui.available_height());
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let mut inner = ui.new_child(UiBuilder::new().max_rect(rect));
        table_ui(&mut inner, source, state, &columns, beat, intents);
    });
}

fn table_ui(
    ui: &mut Ui,
    source: &dyn RowSource,
    state: &mut JobsTableState,
    columns: &[(Column, f32)],
    beat: u64,
    intents: &mut Vec<Intent>,
) {
    let tokens = Tokens::of(ui.style());
    move_cursor(ui, source, state);
    let room = ui.available_rect_before_wrap();
    let (header, body) = room.split_top_bottom_at_y(room.top() + theme::HEADER_HEIGHT);
    header_ui(ui, header, source, state, columns, intents);

    let scroll_to = state.scroll_to.take();
    let view = state.scrolling.show(ui, body, source.len(), scroll_to);
    let rows: Vec<RowView> = view
        .rows
        .clone()
        .filter_map(|index| source.row(index))
        .collect();
    let wants_extras = columns.iter().any(|(column, _)| column.is_extra());
    let mut table = Body {
        source,
        state,
        columns,
        beat,
        intents,
        tokens,
    };
    for (index, row) in view.rows.clone().zip(&rows) {
        let rect = Rect::from_min_size(
            pos2(body.left(), body.top() + view.top_of(index)),
            vec2(body.width(), theme::ROW_HEIGHT),
        );
        let mut row_ui = ui.new_child(UiBuilder::new().id_salt(row.id.0).max_rect(rect));
        row_ui.shrink_clip_rect(body);
        let extras = wants_extras.then(|| source.extras(row.id)).flatten();
        table.row_ui(&mut row_ui, rect, index, row, extras.as_ref());
    }
    let cursor = view.rows.clone().zip(&rows);
    let cursor = cursor
        .filter(|(_, row)| state.selection.has_cursor(row.id))
        .map(|(index, _)| body.top() + view.top_of(index))
        .find(|top| body.y_range().contains(*top))
        .map(|top| {
            Rect::from_min_size(
                pos2(body.left(), top),
                vec2(body.width(), theme::ROW_HEIGHT),
            )
        });
    row_menu_ui(ui, body, cursor, state, intents);
    state.scrolling.bar_ui(ui, body, source.len());
}

/// Moves from row to row with the keys, unless something else has the keyboard.
fn move_cursor(ui: &Ui, source: &dyn RowSource, state: &mut JobsTableState) {
    let is_busy =
        ui.memory(|memory| memory.focused().is_some() || memory.top_modal_layer().is_some());
    if source.is_empty() || is_busy || Popup::is_any_open(ui.ctx()) {
        return;
    }
    let last = source.len() - 1;
    let page =
        ((ui.available_height() - theme::HEADER_HEIGHT) / theme::ROW_HEIGHT).max(1.0) as usize;
    let cursor = state.selection.cursor(source);
    for table_keys in &TABLE_KEYS {
        for key in table_keys.keys {
            let extends = ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, *key));
            if !extends && !ui.input_mut(|input| input.consume_key(Modifiers::NONE, *key)) {
                continue;
            }
            let target = table_keys.step.target(cursor, page, last);
            if extends {
                state.selection.extend_to(source, target);
            } else {
                state.selection.select(source, target);
            }
            state.scroll_to = Some(target);
            return;
        }
    }
}

/// The menu of the selected rows, while it is open: where the pointer asked for it, or below the row the keys stand on.
fn row_menu_ui(
    ui: &Ui,
    body: Rect,
    cursor: Option<Rect>,
    state: &mut JobsTableState,
    intents: &mut Vec<Intent>,
) {
    let Some(possible) = state.possible else {
        return;
    };
    let asked_at = state.menu_asked_at.take();
    let is_free = !ui.ctx().text_edit_focused()
        && !Popup::is_any_open(ui.ctx())
        && ui.memory(|memory| memory.top_modal_layer().is_none());
    let by_keys = is_free
        && !state.selection.is_empty()
        && ROW_MENU_KEYS
            .iter()
            .any(|keys| ui.input_mut(|input| input.consume_shortcut(keys)));
    if by_keys {
        let row = cursor.unwrap_or_else(|| body.with_max_y(body.top() + theme::ROW_HEIGHT));
        state.menu_at = row.left_bottom() + vec2(MENU_INSET, -theme::ROW_HEIGHT / 4.0);
    } else if let Some(position) = asked_at {
        state.menu_at = position;
    }
    let opens = by_keys || asked_at.is_some();
    let menu = menu::MenuAt {
        position: state.menu_at,
        opens,
        takes_focus: by_keys,
    };
    menu::row_menu(ui, menu, &possible, intents);
}

/// The line of titles: what selects all, sorts, resizes and moves columns.
fn header_ui(
    ui: &mut Ui,
    rect: Rect,
    source: &dyn RowSource,
    state: &mut JobsTableState,
    columns: &[(Column, f32)],
    intents: &mut Vec<Intent>,
) {
    let tokens = Tokens::of(ui.style());
    ui.painter().rect_filled(rect, 0.0, tokens.panel);
    let line = Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
    let sorting = source.sorting();
    let mut left = rect.left();
    let mut cells = Vec::new();
    for &(column, width) in columns {
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        left += width;
        cells.push((column, cell));
        if column == Column::Check {
            select_all_ui(ui, cell, source, state);
        } else if column != Column::Actions {
            let response = title_ui(ui, cell, column, sorting);
            if response.clicked() {
                let adds = ui.input(|input| input.modifiers.shift);
                intents.push(Intent::Sort(columns::next_sorting(sorting, column, adds)));
            }
            if response.dragged() {
                state.dragged = Some(column);
            }
        }
    }
    // After all titles, since the edges lie over them.
    for (column, cell) in &cells {
        resize_ui(ui, *cell, *column, columns, &mut state.layout);
    }
    drop_ui(ui, rect, &cells, state);
}

fn select_all_ui(ui: &Ui, cell: Rect, source: &dyn RowSource, state: &mut JobsTableState) {
    let square =
        Rect::from_center_size(pos2(cell.left() + 17.0, cell.center().y), vec2(20.0, 20.0));
    let id = Id::unique("select all rows");
    let check = state.selection.check_state(source);
    if widgets::checkbox_at(ui, square, id, check, "Select all").clicked() {
        if check == CheckState::On {
            state.selection.clear();
        } else {
            state.selection.select_all(source);
        }
    }
}

/// A title with the sign of how it is sorted.
fn title_ui(ui: &Ui, cell: Rect, column: Column, sorting: Sorting) -> Response {
    let tokens = Tokens::of(ui.style());
    let response = ui.interact(
        cell,
        Id::unique(("jobs table header", column)),
        Sense::click_and_drag(),
    );
    let key = column.sorts_by();
    let sorted = |sorted: Option<(_, Direction)>| {
        sorted
            .filter(|(by, _)| Some(*by) == key)
            .map(|(_, direction)| direction)
    };
    let (direction, is_second) = match (sorted(sorting.first), sorted(sorting.second)) {
        (Some(direction), _) => (Some(direction), false),
        (None, second) => (second, second.is_some()),
    };
    response.widget_info(|| {
        let name = column.title();
        let label = match direction {
            None => name.to_owned(),
            Some(Direction::Ascending) => format!("{name}, sorted, smallest first"),
            Some(Direction::Descending) => format!("{name}, sorted, largest first"),
        };
        WidgetInfo::labeled(Role::ColumnHeader, true, label)
    });
    let is_lit = response.hovered() || response.has_focus() || direction.is_some();
    let ink = if is_lit { tokens.text } else { tokens.muted };
    let sign_width = if direction.is_some() { 14.0 } else { 0.0 };
    let font = theme::regular(theme::TEXT_SMALL);
    let title = OneLine::new(
        ui,
        column.title(),
        font,
        ink,
        cell.width() - sign_width - 4.0,
    );
    let text = if column.is_number() {
        title.paint(ui, Align2::RIGHT_CENTER, cell.right_center())
    } else {
        title.paint(ui, Align2::LEFT_CENTER, cell.left_center())
    };
    if let Some(direction) = direction {
        let icon = match direction {
            Direction::Ascending => Icon::SortUp,
            Direction::Descending => Icon::SortDown,
        };
        let x = if column.is_number() {
            text.left() - 9.0
        } else {
            text.right() + 9.0
        };
        let (size, ink) = if is_second {
            (9.0, tokens.muted)
        } else {
            (12.0, tokens.accent)
        };
        icon.paint(ui.painter(), pos2(x, cell.center().y), size, ink);
    }
    if response.has_focus() {
        let stroke = Stroke::new(theme::ICON_STROKE, tokens.accent);
        let radius = f32::from(theme::RADIUS_SMALL);
        let ring = cell.shrink2(vec2(0.0, 3.0));
        ui.painter()
            .rect_stroke(ring, radius, stroke, egui::StrokeKind::Inside);
    }
    response
}

/// The right edge of a title, by which a column is made wider; a double click gives all columns their usual widths.
fn resize_ui(
    ui: &Ui,
    cell: Rect,
    column: Column,
    columns: &[(Column, f32)],
    layout: &mut TableLayout,
) {
    if !column.can_resize() {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let edge = Rect::from_center_size(cell.right_center(), vec2(8.0, cell.height()));
    let id = Id::unique(("jobs table column edge", column));
    let response = ui.interact(edge, id, Sense::click_and_drag());
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        let ink = if response.dragged() {
            tokens.accent
        } else {
            tokens.faint
        };
        ui.painter().vline(
            edge.center().x,
            cell.y_range(),
            Stroke::new(theme::HAIRLINE, ink),
        );
    }
    if response.double_clicked() {
        layout.forget_widths();
    } else if response.dragged() && response.drag_delta().x != 0.0 {
        // Those before it keep their widths too: the edge stays under the pointer.
        for (before, width) in columns.iter().take_while(|(other, _)| *other != column) {
            if before.can_resize() {
                layout.set_width(*before, *width);
            }
        }
        let width = cell.width() + response.drag_delta().x;
        layout.set_width(column, width.max(LEAST_WIDTH));
    }
}

/// Where a title that is dragged would come, and there it comes when it is let go.
fn drop_ui(ui: &Ui, header: Rect, cells: &[(Column, Rect)], state: &mut JobsTableState) {
    let Some(dragged) = state.dragged else { return };
    let (pointer, is_down) =
        ui.input(|input| (input.pointer.latest_pos(), input.pointer.primary_down()));
    let Some(pointer) = pointer else { return };
    let target = cells.iter().find(|(column, cell)| {
        *column == Column::Actions || (*column != Column::Check && pointer.x < cell.center().x)
    });
    let Some((before, cell)) = target else { return };
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    let stroke = Stroke::new(2.0, Tokens::of(ui.style()).accent);
    ui.painter()
        .vline(cell.left() - 4.0, header.y_range(), stroke);
    if is_down {
        return;
    }
    state.dragged = None;
    let before = Some(*before).filter(|column| *column != Column::Actions);
    // Behind the last one that is shown, and not behind all that are not.
    let before = before.or_else(|| {
        let columns = state.layout.columns();
        let last = columns.iter().rposition(|(_, is_shown)| *is_shown)?;
        columns.get(last + 1).map(|(column, _)| *column)
    });
    state.layout.move_before(dragged, before);
}

struct Body<'a> {
    source: &'a dyn RowSource,
    state: &'a mut JobsTableState,
    columns: &'a [(Column, f32)],
    beat: u64,
    intents: &'a mut Vec<Intent>,
    tokens: &'static Tokens,
}

impl Body<'_> {
    fn select(&mut self, index: usize, modifiers: Modifiers, adds: bool) {
        let selection = &mut self.state.selection;
        if modifiers.shift {
            selection.extend_to(self.source, index);
        } else if modifiers.command || adds {
            selection.toggle(self.source, index);
        } else {
            selection.select(self.source, index);
        }
    }

    fn row_ui(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        index: usize,
        row: &RowView,
        extras: Option<&RowExtras>,
    ) {
        let response = ui.interact(rect, row_id(row.id, "row"), Sense::click());
        let is_selected = self.state.selection.contains(row.id);
        response.widget_info(|| {
            WidgetInfo::selected(Role::Row, true, is_selected, table_cells::spoken(row))
        });
        if response.double_clicked() {
            self.intents.push(Intent::Run(Command::Inspector));
        } else if response.clicked() {
            // With the keyboard, the row that has the focus is ticked or not; the pointer selects it alone.
            let adds = !response.contains_pointer();
            let modifiers = ui.input(|input| input.modifiers);
            self.select(index, modifiers, adds);
        }
        // Also on what lies over the row: its box, its buttons.
        let asks_for_menu = response.secondary_clicked()
            || ui.rect_contains_pointer(rect)
                && ui.input(|input| input.pointer.secondary_clicked());
        if asks_for_menu {
            if !is_selected {
                self.state.selection.select(self.source, index);
            }
            let pointer = ui.input(|input| input.pointer.interact_pos());
            self.state.menu_asked_at = Some(pointer.unwrap_or(rect.center()));
        }

        let has_pointer = ui.rect_contains_pointer(rect);
        let fill = match (is_selected, has_pointer) {
            (true, _) => self.tokens.selection,
            (false, true) => self.tokens.hover,
            (false, false) => Color32::TRANSPARENT,
        };
        ui.painter().rect_filled(rect, 0.0, fill);
        let line = Stroke::new(theme::HAIRLINE, self.tokens.line);
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, line);
        if response.has_focus() || self.state.selection.has_cursor(row.id) && !is_selected {
            let stroke = Stroke::new(theme::ICON_STROKE, self.tokens.accent);
            let radius = f32::from(theme::RADIUS_SMALL);
            ui.painter()
                .rect_stroke(rect.shrink(1.0), radius, stroke, egui::StrokeKind::Inside);
        }

        let context = self.context(is_selected || has_pointer);
        let row_clip = ui.clip_rect();
        let mut left = rect.left();
        for &(column, width) in self.columns {
            let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
            left += width;
            // A cell's text ends where the cell does.
            ui.set_clip_rect(row_clip.intersect(cell));
            match column {
                Column::Check => self.check_ui(ui, cell, index, row),
                Column::Actions => {
                    table_cells::actions_ui(ui, cell, row, &context, self.intents);
                }
                column => table_cells::cell_ui(ui, cell, column, row, extras, &context),
            }
        }
        ui.set_clip_rect(row_clip);
    }

    fn check_ui(&mut self, ui: &Ui, cell: Rect, index: usize, row: &RowView) {
        let square =
            Rect::from_center_size(pos2(cell.left() + 17.0, cell.center().y), vec2(28.0, 28.0));
        let check = CheckState::from(self.state.selection.contains(row.id));
        let name = format!("Select {}", row.name);
        if widgets::checkbox_at(ui, square, row_id(row.id, "select"), check, &name).clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            self.select(index, modifiers, true);
        }
    }

    fn context(&self, is_lit: bool) -> CellContext {
        let shows = |column: Column| self.columns.iter().any(|(shown, _)| *shown == column);
        // The text of a failure runs on over the bar after it, which such a row does not have.
        let after_state = self
            .columns
            .iter()
            .skip_while(|(column, _)| *column != Column::State)
            .nth(1);
        CellContext {
            tokens: self.tokens,
            beat: self.beat,
            progress_width: after_state
                .filter(|(column, _)| *column == Column::Progress)
                .map_or(0.0, |(_, width)| *width),
            has_rate: shows(Column::Rate),
            has_eta: shows(Column::Eta),
            has_slept: shows(Column::Slept),
            has_received: shows(Column::Received),
            offers_retry: self.source.offers_retry(),
            offers_folder: !self.state.possible.is_some_and(|possible| possible.in_page),
            is_lit,
        }
    }
}

/// The identity of a widget in a row: follows the row, not its place, so that neither focus nor a half-finished click
/// ends up on another job when the order changes.
pub(super) fn row_id(id: RowId, part: &str) -> Id {
    Id::unique(("jobs table", part, id))
}
