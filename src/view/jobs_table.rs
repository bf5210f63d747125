//! The table of rows: only what is visible is asked for, laid out and painted, from 64-bit places on, so that a million
//! rows scroll as smoothly as ten.

use egui::{
    Color32, Id, Key, Modifiers, PointerButton, Popup, Pos2, Rangef, Rect, Response, Role, Sense,
    Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::Selection;
use super::column_chooser::{ChooserState, column_chooser_ui};
use super::columns::{ACTIONS_WIDTH, CHECK_WIDTH, wants_extras};
use super::intent::Intent;
use super::menu;
use super::order_hold::{OrderHold, redirect};
use super::placement::{Placed, Placement};
use super::table_cells::{self, CellContext};
use super::table_header::{self, Header, HeaderState};
use super::table_keys::{ROW_MENU_KEYS, Step, TABLE_KEYS};
use super::table_layout::TableLayout;
use super::table_scroll::{BAR_WIDTH, TableScroll};
use crate::command::{Command, CommandContext};
use crate::status::{Column, RowExtras, RowId, RowSource, RowView};
use crate::theme::{self, Tokens};
use crate::widgets::{self, CheckState};

/// How far from the left edge a menu opens that the keys asked for: under the name of its row.
const MENU_INSET: f32 = 48.0;

/// What the table keeps from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct JobsTableState {
    /// The selected rows.
    pub selection: Selection,
    /// The columns: to be kept by whoever has a place for it.
    pub layout: TableLayout,
    /// What the menu of the selected rows offers. Without it rows have no menu.
    pub menu_context: Option<CommandContext>,
    scroll: TableScroll,
    header: HeaderState,
    pub(super) chooser: ChooserState,
    /// The row to bring into view when the table is next shown.
    wanted: Option<usize>,
    /// The row with the keyboard is marked: keys brought it there.
    marks_cursor: bool,
    /// The row of the last click: two clicks on two rows are no double click.
    last_clicked: Option<RowId>,
    is_aimed_at: bool,
    pub(super) hold: OrderHold,
    /// Where the menu of the selected rows is.
    menu_at: Pos2,
    /// Where that menu was asked for in this frame.
    menu_asked_at: Option<Pos2>,
}

impl JobsTableState {
    /// Opens the popup that chooses the columns, or closes it.
    pub fn toggle_column_chooser(&mut self, ctx: &egui::Context) {
        self.chooser.toggle(ctx);
    }

    /// Selects the row with the keyboard in addition, or no longer.
    pub fn toggle_cursor_row(&mut self, source: &dyn RowSource) {
        let Some(last) = source.len().checked_sub(1) else {
            return;
        };
        let at = cursor_place(&self.selection, source).unwrap_or(0).min(last);
        self.selection.toggle(source, at);
        self.marks_cursor = true;
        self.wanted = Some(at);
    }

    /// Brings a row into view when the table is next shown.
    pub fn scroll_to(&mut self, index: usize) {
        self.wanted = Some(index);
    }

    /// Whether somebody aims at a row: the pointer moved over one in the last two seconds, or one of them has the
    /// keyboard. The order of the rows should then stay as it is.
    #[must_use]
    pub fn is_aimed_at(&self) -> bool {
        self.is_aimed_at
    }

    /// Shows the popup that chooses the columns, if it is open, where there is no table to choose them for.
    pub(super) fn chooser_ui(&mut self, ui: &Ui, intents: &mut Vec<Intent>) {
        self.is_aimed_at = false;
        self.hold = OrderHold::default();
        column_chooser_ui(ui, &mut self.chooser, &mut self.layout, &[], intents);
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
    let tokens = Tokens::of(ui.style());
    let room = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(room);
    let header = Rect::from_min_size(room.min, vec2(room.width(), theme::HEADER_HEIGHT));
    let mut view = Rect::from_min_max(header.left_bottom(), room.max.max(header.left_bottom()));

    let placement = Placement::new(&state.layout, room.width());
    let contents = source.len() as f64 * f64::from(theme::ROW_HEIGHT);
    state
        .scroll
        .x
        .set_sizes(f64::from(placement.width), room.width());
    if state.scroll.x.is_needed() {
        view.max.y -= BAR_WIDTH;
    }
    state.scroll.y.set_sizes(contents, view.height());
    move_cursor(ui, source, state, view.height());
    state.scroll.follow_input(ui, room, view);
    if let Some(index) = state.wanted.take() {
        let top = index as f64 * f64::from(theme::ROW_HEIGHT);
        state.scroll.y.show(top, top + f64::from(theme::ROW_HEIGHT));
    }

    let (before_left, before_top) = state.scroll.offset_in_pixels(ui.pixels_per_point());
    let left = room.left() - before_left as f32;
    header_ui(
        ui,
        header,
        room.bottom(),
        left,
        &placement,
        source,
        state,
        intents,
    );

    let mut rows_ui = ui.new_child(UiBuilder::new().max_rect(view).id_salt("jobs table rows"));
    rows_ui.shrink_clip_rect(view);
    let pointer = rows_ui
        .rect_contains_pointer(view)
        .then(|| rows_ui.input(|input| input.pointer.hover_pos()))
        .flatten();
    let rows_end = f64::from(view.top()) + contents - before_top;
    let over_rows = pointer.filter(|pointer| f64::from(pointer.y) < rows_end);
    let row_at = |pointer: Pos2| {
        let from_top = f64::from(pointer.y - view.top()) + before_top;
        source.id((from_top / f64::from(theme::ROW_HEIGHT)) as usize)
    };
    let row = over_rows.and_then(row_at);
    let now = source.now();
    state.is_aimed_at = state.hold.follow(ui, now, over_rows, before_top, row);
    if source.order_waits()
        && let Some(left) = state.hold.left(now)
    {
        ui.request_repaint_after(left);
    }
    let rows = Rows {
        source,
        placement: &placement,
        wants_extras: placement.columns.iter().any(|it| wants_extras(it.column)),
        cursor: (state.marks_cursor && !has_focus(&rows_ui))
            .then(|| state.selection.cursor_row())
            .flatten(),
        pointer,
        context: CellContext {
            tokens,
            source,
            beat,
            has_received: placement.has(Column::Received),
            without_room: &placement.without_room,
            offers_retry: source.offers_retry(),
            offers_folder: !state.menu_context.is_some_and(|it| it.in_page),
            is_lit: false,
        },
    };
    let row_height = f64::from(theme::ROW_HEIGHT);
    let first = (before_top / row_height) as usize;
    let mut index = first;
    loop {
        let top = view.top() + (index as f64 * row_height - before_top) as f32;
        if top >= view.bottom() || index >= source.len() {
            break;
        }
        let corner = pos2(left, top);
        rows.row_ui(&rows_ui, corner, index, state, intents);
        index += 1;
    }
    let cursor_top = state.selection.cursor(source).map(|index| {
        let top = index as f64 * row_height - before_top;
        view.top() + top as f32
    });
    let cursor_top = cursor_top.filter(|top| view.y_range().contains(*top));
    row_menu_ui(ui, view, cursor_top, state, intents);
    state.scroll.bars_ui(ui, view, tokens);
    let JobsTableState {
        chooser, layout, ..
    } = state;
    column_chooser_ui(ui, chooser, layout, &placement.without_room, intents);
}

#[expect(clippy::too_many_arguments, reason = "each is a thing of its own")]
fn header_ui(
    ui: &mut Ui,
    rect: Rect,
    bottom: f32,
    left: f32,
    placement: &Placement,
    source: &dyn RowSource,
    state: &mut JobsTableState,
    intents: &mut Vec<Intent>,
) {
    let tokens = Tokens::of(ui.style());
    ui.painter().rect_filled(rect, 0.0, tokens.panel);
    let line = Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
    let mut header_ui = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("jobs table header"));
    header_ui.shrink_clip_rect(rect);
    let square = check_square(left, rect, vec2(20.0, 20.0));
    let id = Id::unique("select all rows");
    let all = state.selection.check_state(source);
    if widgets::checkbox_at(&header_ui, square, id, all, "Select all").clicked() {
        if all == CheckState::On {
            state.selection.clear();
        } else {
            state.selection.select_all(source);
        }
    }
    let header = Header {
        placement,
        left,
        rect,
        bottom,
        sorting: source.sorting(),
        can_sort: source.offers_sorting(),
        tokens,
    };
    if header.ui(&header_ui, &mut state.layout, &mut state.header, intents) {
        let at = ui.input(|input| input.pointer.interact_pos());
        state.chooser.open_at(ui.ctx(), at);
    }
    let mut free = placement.free_in_header(rect.right() - left);
    for room in &mut free {
        *room = Rangef::new(room.min + left, (room.max + left).min(rect.right()));
    }
    state.hold.note_ui(&header_ui, rect, &free, source);
}

fn check_square(left: f32, row: Rect, size: egui::Vec2) -> Rect {
    let center = pos2(left + CHECK_WIDTH / 2.0 - 2.0, row.center().y);
    Rect::from_center_size(center, size)
}

fn has_focus(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_some())
}

/// Where the arrow keys stand, or stood while their row was there.
fn cursor_place(selection: &Selection, source: &dyn RowSource) -> Option<usize> {
    selection
        .cursor(source)
        .or_else(|| selection.cursor_was_at())
}

/// Moves from row to row with the keys, unless something else has the keyboard: with Shift all rows on the way are
/// selected, with Ctrl none.
fn move_cursor(ui: &Ui, source: &dyn RowSource, state: &mut JobsTableState, view_height: f32) {
    let Some(last) = source.len().checked_sub(1) else {
        return;
    };
    let is_busy = has_focus(ui)
        || ui.memory(|memory| memory.top_modal_layer().is_some())
        || Popup::is_any_open(ui.ctx())
        || table_header::is_drawn_at(&state.header);
    if is_busy {
        return;
    }
    let page = ((view_height / theme::ROW_HEIGHT) as usize).max(2) - 1;
    for table_keys in &TABLE_KEYS {
        for key in table_keys.keys {
            if !ui.input(|input| input.key_pressed(*key)) {
                continue;
            }
            let is_shown = state.selection.cursor(source).is_some();
            let place = cursor_place(&state.selection, source).map(|place| place.min(last));
            let target = match place {
                // Its row is gone, and the next one has come to stand there.
                Some(place) if table_keys.step == Step::Next && !is_shown => place,
                place => table_keys.step.target(place, page, last),
            };
            let consumed = |modifiers| ui.input_mut(|input| input.consume_key(modifiers, *key));
            let is_letter = matches!(key, Key::J | Key::K);
            if !is_letter && consumed(Modifiers::COMMAND) {
                state.selection.move_cursor(source, target);
            } else if consumed(Modifiers::SHIFT) {
                state.selection.extend_to(source, target);
            } else if consumed(Modifiers::NONE) {
                state.selection.select(source, target);
            } else {
                continue;
            }
            state.marks_cursor = true;
            state.wanted = Some(target);
            return;
        }
    }
}

/// The menu of the selected rows, while it is open: where the pointer asked for it, or below the row the keys stand on.
fn row_menu_ui(
    ui: &Ui,
    view: Rect,
    cursor_top: Option<f32>,
    state: &mut JobsTableState,
    intents: &mut Vec<Intent>,
) {
    let Some(context) = state.menu_context else {
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
        let top = cursor_top.unwrap_or_else(|| view.top());
        state.menu_at = pos2(view.left() + MENU_INSET, top + 0.75 * theme::ROW_HEIGHT);
    } else if let Some(position) = asked_at {
        state.menu_at = position;
    }
    let menu = menu::MenuAt {
        position: state.menu_at,
        opens: by_keys || asked_at.is_some(),
        takes_focus: by_keys,
    };
    menu::row_menu(ui, menu, &context, intents);
}

/// What the rows of a frame have in common.
struct Rows<'a> {
    source: &'a dyn RowSource,
    placement: &'a Placement,
    wants_extras: bool,
    /// The row that is marked as the one with the keyboard.
    cursor: Option<RowId>,
    pointer: Option<Pos2>,
    context: CellContext<'a>,
}

impl Rows<'_> {
    fn row_ui(
        &self,
        ui: &Ui,
        corner: Pos2,
        index: usize,
        state: &mut JobsTableState,
        intents: &mut Vec<Intent>,
    ) {
        let Some(row) = self.source.row(index) else {
            return;
        };
        let extras = self
            .wants_extras
            .then(|| self.source.extras(row.id))
            .flatten();
        let size = vec2(self.placement.width, theme::ROW_HEIGHT);
        let rect = Rect::from_min_size(corner, size);
        let response = ui.interact(rect, row_id(row.id, "row"), Sense::click());
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
        let id = row_id(row.id, "select");
        if widgets::checkbox_at(ui, square, id, is_selected.into(), &name).clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            state.marks_cursor = false;
            if let Some((_, index)) = clicked {
                select(&mut state.selection, self.source, index, modifiers, true);
            }
        }
    }

    /// The row, and its place, that a click of the pointer on this one is for: the one that was there until just now. None
    /// if that is not in the list any more.
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

    /// Selects and opens. What is clicked is told by the row's identity: a click that began on a row before the order
    /// changed is that row's, wherever it has come to stand, or nobody's. `clicked` is whose click one of the pointer is.
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
        // Also on what lies over the row: its box, its buttons.
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
            // Both clicks of a slow frame are of the row that was there before.
            let is_same = state.last_clicked.replace(id) == Some(id)
                || ui.input(|input| input.events.iter().filter(|it| is_press(it)).count() > 1);
            if response.double_clicked() && is_same {
                intents.push(Intent::Run(Command::Inspector));
            } else {
                let modifiers = ui.input(|input| input.modifiers);
                select(&mut state.selection, self.source, index, modifiers, false);
            }
        } else if ui.input(|input| input.key_pressed(Key::Enter)) {
            if !state.selection.contains(row.id) {
                state.selection.select(self.source, index);
            }
            intents.push(Intent::Run(Command::Inspector));
        } else {
            // The row that has the keyboard is ticked or not; the pointer selects it alone.
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
        // Where the state ends that runs on over free cells.
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

/// A click with these keys held down; `adds` as if with ctrl.
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

/// The identity of a widget in a row: follows the row, not its place, so that neither focus nor a half-finished click
/// ends up on another job when the order changes.
pub(super) fn row_id(id: RowId, part: &str) -> Id {
    Id::unique(("jobs table", part, id))
}
