//! The table of rows. Only visible rows are asked for, laid out and painted, and offsets are
//! 64-bit, so that a million rows scroll as smoothly as ten.

use std::borrow::Cow;
use std::time::Duration;

use egui::{Id, Key, Modifiers, Popup, Pos2, Rangef, Rect, Stroke, Ui, UiBuilder, pos2, vec2};

use super::beat::beat_at;
use super::column_chooser::column_chooser_ui;
use super::columns::wants_extras;
use super::intent::Intent;
use super::jobs_table_response::JobsTableResponse;
use super::menu;
use super::offered_columns::OfferedColumns;
use super::own_column::OwnColumn;
use super::placement::Placement;
use super::table_cells::CellContext;
use super::table_header::{self, Header};
use super::table_keys::{CursorMove, ROW_MENU_KEYS, TABLE_KEYS};
use super::table_rows::{TableRows, check_square};
use super::table_scroll::BAR_WIDTH;
use super::table_state::JobsTableState;
use crate::status::{Column, RowSource, RowView};
use crate::theme::{self, Tokens};
use crate::widgets::{self, CheckState};

/// How far from the left edge a menu opens that keys asked for, in points: below the name of its
/// row.
const MENU_INSET: f32 = 48.0;

/// The width of a column of the application whose owner names none, in points.
const OWN_WIDTH: f32 = 120.0;

/// A table of rows: what they are called, what they do, how far they are, and what can be done with
/// them.
///
/// It fills the room that it has, paints with the colours and fonts of the application, changes
/// nothing of them, and asks for another frame when a visible number changes by itself. It needs no
/// preparation; [`add_fonts`](super::add_fonts) makes names stand out and digits equally wide.
///
/// Several tables in one window need a [`JobsTableState`] each, and a place each: other panels, or
/// a [`push_id`](egui::Ui::push_id) around each. The keys are for the one that was clicked last.
///
/// ```
/// use jobdeck::runtime::Runtime;
/// use jobdeck::view::{Column, JobsTable, JobsTableState, RuntimeRows};
///
/// fn jobs_ui(ui: &mut egui::Ui, runtime: &Runtime, state: &mut JobsTableState) {
///     let rows = RuntimeRows::top_level(runtime);
///     let response = JobsTable::new(&rows)
///         .columns([Column::Job, Column::State, Column::Progress, Column::Elapsed])
///         .column("Steps", |ui, row| {
///             let job = rows.job(row.id);
///             ui.label(job.map_or(0, |job| job.steps_from(1).len()).to_string());
///         })
///         .show(ui, state);
///     rows.apply(&response.intents);
/// }
/// # let ctx = egui::Context::default();
/// # let runtime = Runtime::new(jobdeck::view::EguiHost::new(&ctx));
/// # runtime.spawn("count", async |_cx| Ok(1 + 1));
/// # let mut state = JobsTableState::default();
/// # let output = ctx.run_ui(egui::RawInput::default(), |ui| jobs_ui(ui, &runtime, &mut state));
/// # output.drop_without_applying_deltas();
/// ```
#[must_use = "nothing is shown without `show`"]
pub struct JobsTable<'a> {
    source: &'a dyn RowSource,
    columns: Option<Vec<Column>>,
    own: Vec<OwnColumn<'a>>,
    tokens: Option<Tokens>,
    beat: Option<u64>,
}

impl<'a> JobsTable<'a> {
    /// A table of these rows.
    pub fn new(rows: &'a dyn RowSource) -> Self {
        Self {
            source: rows,
            columns: None,
            own: Vec::new(),
            tokens: None,
            beat: None,
        }
    }

    /// With these columns, in this order, for as long as the user chooses no others of them. The
    /// name of a row is always there. Columns for which the rows have nothing are left out.
    ///
    /// Without it the table shows the usual ones, and the user can choose all of them.
    pub fn columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.columns = Some(columns.into_iter().collect());
        self
    }

    /// With a column of one's own, 120 points wide, behind the others. `cell_ui` lays out the cell
    /// of a row.
    pub fn column(
        self,
        title: impl Into<Cow<'a, str>>,
        cell_ui: impl FnMut(&mut Ui, &RowView) + 'a,
    ) -> Self {
        self.column_of_width(title, OWN_WIDTH, cell_ui)
    }

    /// The same with another width, in points.
    pub fn column_of_width(
        mut self,
        title: impl Into<Cow<'a, str>>,
        width: f32,
        cell_ui: impl FnMut(&mut Ui, &RowView) + 'a,
    ) -> Self {
        let column = OwnColumn::new(title.into(), width.max(0.0), Box::new(cell_ui));
        self.own.push(column);
        self
    }

    /// In these colours. Without it they come from the visuals of the application.
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// With a beat from its owner: a number that counts up ten times a second while anything moves,
    /// and by which bars of unknown length move. The owner then asks for the frames too, and the
    /// table for none. Without it the beat comes from [`RowSource::now`], and the table asks for
    /// the frames that its visible rows need: nearly always what an application wants.
    pub fn beat(mut self, beat: u64) -> Self {
        self.beat = Some(beat);
        self
    }

    /// Shows it.
    pub fn show(mut self, ui: &mut Ui, state: &mut JobsTableState) -> JobsTableResponse {
        let tokens = self.tokens.unwrap_or_else(|| Tokens::behind(ui));
        let mut intents = Vec::new();
        theme::embedded(ui, tokens, |ui| {
            let changes_in = self.table_ui(ui, state, &tokens, &mut intents);
            if let Some(delay) = changes_in.filter(|_| self.beat.is_none()) {
                ui.request_repaint_after(delay);
            }
        });
        JobsTableResponse { intents }
    }

    /// Lays it out. Returns after how long a visible text differs by itself.
    fn table_ui(
        &mut self,
        ui: &mut Ui,
        state: &mut JobsTableState,
        tokens: &Tokens,
        intents: &mut Vec<Intent>,
    ) -> Option<Duration> {
        let source = self.source;
        let offered = OfferedColumns::new(source, self.columns.as_deref());
        state.arrange(self.columns.as_deref());
        let beat = self.beat.unwrap_or_else(|| beat_at(source.now()));
        let room = ui.available_rect_before_wrap();
        ui.advance_cursor_after_rect(room);
        let header = Rect::from_min_size(room.min, vec2(room.width(), theme::HEADER_HEIGHT));
        let mut view = Rect::from_min_max(header.left_bottom(), room.max.max(header.left_bottom()));

        let own: Vec<f32> = self.own.iter().map(|column| column.width).collect();
        let is_offered = |column| offered.contains(column);
        let factor = theme::width_factor(ui, theme::TEXT_BODY);
        let placement = Placement::new(&state.layout, is_offered, &own, factor, room.width());
        let contents = source.len() as f64 * f64::from(theme::ROW_HEIGHT);
        state
            .scroll
            .x
            .set_sizes(f64::from(placement.width), room.width());
        if state.scroll.x.is_needed() {
            view.max.y -= BAR_WIDTH;
        }
        state.scroll.y.set_sizes(contents, view.height());
        let takes_keys = takes_keys(ui, room);
        if takes_keys {
            move_cursor(ui, source, state, view.height());
        }
        state.scroll.follow_input(ui, room, view);
        if let Some(index) = state.wanted.take() {
            let top = index as f64 * f64::from(theme::ROW_HEIGHT);
            state.scroll.y.show(top, top + f64::from(theme::ROW_HEIGHT));
        }

        let (before_left, before_top) = state.scroll.offset_in_pixels(ui.pixels_per_point());
        let left = room.left() - before_left as f32;
        let header = Header {
            placement: &placement,
            left,
            rect: header,
            bottom: room.bottom(),
            sorting: source.sorting(),
            can_sort: source.offers_sorting(),
            offered,
            tokens,
        };
        header_ui(ui, &header, &self.own, source, state, intents);

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
            cursor: (state.marks_cursor && takes_keys && !has_focus(&rows_ui))
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
        let mut changes_in = None;
        loop {
            let top = view.top() + (index as f64 * row_height - before_top) as f32;
            if top >= view.bottom() || index >= source.len() {
                break;
            }
            let corner = pos2(left, top);
            if let Some(shown) = rows.row_ui(&rows_ui, corner, index, state, intents) {
                for (column, range) in self.own.iter_mut().zip(&placement.own) {
                    let range = Rangef::new(range.min + left, range.max + left);
                    column.cell_ui(&mut rows_ui, corner, range, &shown.row);
                }
                let delay = shown.changes_in(source);
                changes_in = changes_in.into_iter().chain(delay).min();
            }
            index += 1;
        }
        let cursor_top = state.selection.cursor(source).map(|index| {
            let top = index as f64 * row_height - before_top;
            view.top() + top as f32
        });
        let cursor_top = cursor_top.filter(|top| view.y_range().contains(*top));
        row_menu_ui(ui, view, cursor_top, takes_keys, state, intents);
        state.scroll.bars_ui(ui, view, tokens);
        let JobsTableState {
            chooser, layout, ..
        } = state;
        let without_room = &placement.without_room;
        column_chooser_ui(ui, chooser, layout, offered, without_room, intents);
        changes_in
    }
}

fn header_ui(
    ui: &mut Ui,
    header: &Header<'_>,
    own: &[OwnColumn<'_>],
    source: &dyn RowSource,
    state: &mut JobsTableState,
    intents: &mut Vec<Intent>,
) {
    let (rect, left, tokens) = (header.rect, header.left, header.tokens);
    ui.painter().rect_filled(rect, 0.0, tokens.panel);
    let line = Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
    let mut header_ui = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("jobs table header"));
    header_ui.shrink_clip_rect(rect);
    let square = check_square(left, rect, vec2(20.0, 20.0));
    let id = header_ui.make_persistent_id("select all rows");
    let all = state.selection.check_state(source);
    if widgets::checkbox_at(&header_ui, square, id, all, "Select all").clicked() {
        if all == CheckState::On {
            state.selection.clear();
        } else {
            state.selection.select_all(source);
        }
    }
    if header.ui(&header_ui, &mut state.layout, &mut state.header, intents) {
        let at = ui.input(|input| input.pointer.interact_pos());
        state.chooser.open_at(ui.ctx(), at);
    }
    for (column, range) in own.iter().zip(&header.placement.own) {
        let range = Rangef::new(range.min + left, range.max + left);
        column.title_ui(&header_ui, rect, range, tokens);
    }
    let mut free = header.placement.free_in_header(rect.right() - left);
    for room in &mut free {
        *room = Rangef::new(room.min + left, (room.max + left).min(rect.right()));
    }
    state.hold.note_ui(&header_ui, rect, &free, source);
}

fn has_focus(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_some())
}

/// Of the tables in a window, the one that the keys are for.
#[derive(Clone, Copy)]
struct KeyTable {
    id: Id,
    /// The pass in which it was last shown.
    shown_in: u64,
}

/// Whether the keys are for this table: it was pressed last, or the others are not shown.
fn takes_keys(ui: &Ui, room: Rect) -> bool {
    let (own, pass) = (ui.scope_id(), ui.ctx().cumulative_pass_nr());
    let is_pressed =
        ui.input(|input| input.pointer.any_pressed()) && ui.rect_contains_pointer(room);
    // Passes are counted for each window.
    let key = Id::unique(("jobs table with the keys", ui.ctx().viewport_id()));
    ui.data_mut(|data| {
        let last = data.get_temp::<KeyTable>(key);
        let is_own = last.is_none_or(|last| last.id == own || last.shown_in + 1 < pass);
        let takes_keys = is_own || is_pressed;
        if takes_keys {
            let own = KeyTable {
                id: own,
                shown_in: pass,
            };
            data.insert_temp(key, own);
        }
        takes_keys
    })
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
    takes_keys: bool,
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
        && takes_keys
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
