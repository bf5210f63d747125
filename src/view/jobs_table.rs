//! The table of rows. Only visible rows are asked for, laid out and painted, and offsets are
//! 64-bit, so that a million rows scroll as smoothly as ten.

use egui::{Id, Key, Modifiers, Popup, Pos2, Rangef, Rect, Stroke, Ui, UiBuilder, pos2, vec2};

use super::column_chooser::column_chooser_ui;
use super::columns::wants_extras;
use super::intent::Intent;
use super::menu;
use super::placement::Placement;
use super::table_cells::CellContext;
use super::table_header::{self, Header};
use super::table_keys::{CursorMove, ROW_MENU_KEYS, TABLE_KEYS};
use super::table_rows::{TableRows, check_square};
use super::table_scroll::BAR_WIDTH;
use super::table_state::JobsTableState;
use crate::status::{Column, RowSource};
use crate::theme::{self, Tokens};
use crate::widgets::{self, CheckState};

/// How far from the left edge a menu opens that keys asked for, in points: below the name of its
/// row.
const MENU_INSET: f32 = 48.0;

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
    let rows = TableRows {
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

fn has_focus(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_some())
}

/// Moves the cursor row with the keys, unless something else has the keyboard. With Shift all rows
/// on the way are selected, with Ctrl none.
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
            let place = state.cursor_place(source).map(|place| place.min(last));
            let target = match place {
                // The cursor row is gone, and the next one is in its place.
                Some(place) if table_keys.step == CursorMove::Next && !is_shown => place,
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

/// The menu of the selected rows, while it is open: at the pointer that asked for it, or below the
/// cursor row.
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
    menu::row_menu_ui(ui, menu, &context, intents);
}
