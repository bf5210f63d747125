//! The popup that chooses the columns of the table: which are shown, and in what order.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Frame, Id, Margin, Popup, PopupCloseBehavior, Pos2,
    Rect, RectAlign, ScrollArea, Sense, SetOpenCommand, Stroke, Ui, pos2, vec2,
};

use super::intent::Intent;
use super::offered_columns::OfferedColumns;
use super::table_layout::{ColumnLayout, TableLayout};
use crate::command::Command;
use crate::status::Column;
use crate::theme::{self, Tokens};
use crate::widgets::{self, Button, ButtonKind, CheckState, Icon, OneLine};

const WIDTH: f32 = 268.0;
const ROW_HEIGHT: f32 = 26.0;
/// The width of the grip that a column is dragged by, in points.
const GRIP_WIDTH: f32 = 20.0;

/// What the chooser keeps from frame to frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ChooserState {
    /// Where a right click opened it; the button, if none did.
    at: Option<Pos2>,
    /// The button that opens it.
    pub(super) button: Option<Rect>,
    /// Its first box takes the keyboard when it is next shown.
    takes_focus: bool,
    /// The column that is being dragged.
    moved: Option<Column>,
    /// To be done when it is next laid out: its id is known only there.
    asked: Option<SetOpenCommand>,
}

/// The id of a widget in a line of the chooser whose lines are laid out here.
fn part_id(ui: &Ui, column: Column, part: &str) -> Id {
    ui.make_persistent_id((part, column))
}

impl ChooserState {
    /// Opens it at its button, or closes it.
    pub(super) fn toggle(&mut self, ctx: &egui::Context) {
        self.at = None;
        // If it was opened with the keyboard, the keyboard goes on in it.
        self.takes_focus = !ctx.input(|input| input.pointer.any_released());
        self.ask(ctx, SetOpenCommand::Toggle);
    }

    /// Opens it where the pointer is.
    pub(super) fn open_at(&mut self, ctx: &egui::Context, at: Option<Pos2>) {
        self.at = at;
        self.takes_focus = false;
        self.ask(ctx, SetOpenCommand::Bool(true));
    }

    fn ask(&mut self, ctx: &egui::Context, asked: SetOpenCommand) {
        self.asked = Some(asked);
        ctx.request_repaint();
    }
}

/// The chooser, if it is open. `without_room` are the chosen columns for which the table is too
/// narrow.
pub(super) fn column_chooser_ui(
    ui: &Ui,
    state: &mut ChooserState,
    layout: &mut TableLayout,
    offered: OfferedColumns<'_>,
    without_room: &[Column],
    intents: &mut Vec<Intent>,
) {
    let id = ui.make_persistent_id("columns of the jobs table");
    match state.asked.take() {
        Some(SetOpenCommand::Toggle) => Popup::toggle_id(ui.ctx(), id),
        Some(SetOpenCommand::Bool(true)) => Popup::open_id(ui.ctx(), id),
        Some(SetOpenCommand::Bool(false)) | None => {}
    }
    if !Popup::is_id_open(ui.ctx(), id) {
        return;
    }
    let screen = ui.ctx().content_rect();
    let anchor = match (state.at, state.button) {
        (Some(at), _) => Rect::from_pos(at),
        (None, Some(button)) => button,
        (None, None) => Rect::from_pos(ui.max_rect().right_top()),
    };
    // A click on the button closes the popup by itself; the button would open it again.
    let is_on_button = state.at.is_none()
        && ui
            .input(|input| input.pointer.interact_pos())
            .is_some_and(|pointer| anchor.contains(pointer));
    let closes = if is_on_button {
        PopupCloseBehavior::IgnoreClicks
    } else {
        PopupCloseBehavior::CloseOnClickOutside
    };
    let tokens = Tokens::of(ui.style());
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(theme::HAIRLINE, tokens.line))
        .corner_radius(CornerRadius::same(theme::RADIUS))
        .inner_margin(Margin::same(8));
    Popup::new(id, ui.ctx().clone(), anchor, ui.layer_id())
        .open_memory(None)
        .align(RectAlign::BOTTOM_END)
        .align_alternatives(&[
            RectAlign::BOTTOM_START,
            RectAlign::TOP_START,
            RectAlign::TOP_END,
        ])
        .gap(4.0)
        .close_behavior(closes)
        .frame(frame)
        .accessible_name("Columns")
        .show(|ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 0.0;
            let all = ROW_HEIGHT * offered_of(layout, offered).count() as f32;
            let height = all.min((screen.height() - 128.0).max(100.0));
            let rows = ScrollArea::vertical()
                .max_height(height)
                .min_scrolled_height(height);
            rows.show(ui, |ui| {
                rows_ui(ui, state, layout, offered, without_room, &tokens);
            });
            ui.add_space(6.0);
            let reset = Button::new(Command::ResetColumns.text())
                .kind(ButtonKind::Quiet)
                .tooltip(Command::ResetColumns.tooltip());
            if reset.show(ui).clicked() {
                *layout = offered.layout();
                // The rows' owner keeps the sorting.
                intents.push(Intent::Run(Command::ResetColumns));
            }
        });
}

/// The offered columns, each with its place among all of them.
fn offered_of<'a>(
    layout: &'a TableLayout,
    offered: OfferedColumns<'a>,
) -> impl Iterator<Item = (usize, ColumnLayout)> + 'a {
    let columns = layout.columns().iter().copied().enumerate();
    columns.filter(move |(_, layout)| offered.contains(layout.column))
}

/// What to change once all lines have been laid out: places are among the offered columns.
enum ColumnChange {
    Show(Column, bool),
    Move(Column, usize),
}

fn rows_ui(
    ui: &mut Ui,
    state: &mut ChooserState,
    layout: &mut TableLayout,
    offered: OfferedColumns<'_>,
    without_room: &[Column],
    tokens: &Tokens,
) {
    let shown: Vec<_> = offered_of(layout, offered).collect();
    let count = shown.len();
    let size = vec2(WIDTH, ROW_HEIGHT * count as f32);
    let (all, _) = ui.allocate_exact_size(size, Sense::hover());
    let mut change = None;
    for (place, &(_, column)) in shown.iter().enumerate() {
        let top = all.top() + place as f32 * ROW_HEIGHT;
        let rect = Rect::from_min_size(pos2(all.left(), top), vec2(WIDTH, ROW_HEIGHT));
        let lacks_room = without_room.contains(&column.column);
        let row = ChooserRow {
            rect,
            place,
            count,
            layout: column,
            title: offered.title(column.column),
            lacks_room,
            tokens,
        };
        // Not in a sizing pass: nothing can be focused in it.
        if !ui.is_sizing_pass() && std::mem::take(&mut state.takes_focus) {
            // The job is always shown: its box cannot be changed.
            let first = shown.iter().find(|(_, it)| it.column != Column::Job);
            if let Some((_, first)) = first {
                ui.memory_mut(|memory| memory.request_focus(part_id(ui, first.column, "box")));
            }
        }
        change = row.ui(ui, state).or(change);
    }
    if let Some(column) = state.moved {
        let columns: Vec<_> = shown.iter().map(|(_, layout)| layout.column).collect();
        change = move_ui(ui, all, state, column, &columns, tokens).or(change);
    }
    match change {
        Some(ColumnChange::Show(column, is_shown)) => layout.show(column, is_shown),
        Some(ColumnChange::Move(column, place)) => {
            let (place, _) = shown[place.min(count - 1)];
            layout.move_to(column, place);
        }
        None => return,
    }
    ui.ctx().request_repaint();
}

struct ChooserRow<'a> {
    rect: Rect,
    place: usize,
    count: usize,
    layout: ColumnLayout,
    title: &'a str,
    lacks_room: bool,
    tokens: &'a Tokens,
}

impl ChooserRow<'_> {
    fn ui(&self, ui: &Ui, state: &mut ChooserState) -> Option<ColumnChange> {
        let (rect, column, tokens) = (self.rect, self.layout.column, self.tokens);
        if ui.rect_contains_pointer(rect) && state.moved.is_none() {
            let radius = CornerRadius::same(theme::RADIUS_SMALL);
            ui.painter().rect_filled(rect, radius, tokens.hover);
        }
        let grip = Rect::from_min_size(rect.min, vec2(GRIP_WIDTH, ROW_HEIGHT));
        let response = ui.interact(grip, part_id(ui, column, "grip"), Sense::DRAG);
        if response.hovered() || response.dragged() {
            ui.set_cursor_icon(CursorIcon::Grab);
        }
        if response.drag_started() {
            state.moved = Some(column);
        }
        let ink = if response.hovered() || state.moved == Some(column) {
            tokens.text
        } else {
            tokens.faint
        };
        paint_grip(ui, grip, ink);

        let buttons_left = rect.right() - 2.0 * ROW_HEIGHT;
        let mut change = None;
        let square = Rect::from_min_size(pos2(grip.right(), rect.top()), vec2(24.0, ROW_HEIGHT));
        let words_left = square.right() + 4.0;
        if column == Column::Job {
            // Rows need a name.
            Icon::Tick.paint(ui.painter(), square.center(), 12.0, tokens.faint);
        } else {
            let is_on = self.layout.is_shown;
            let words =
                Rect::from_x_y_ranges(words_left..=buttons_left, rect.top()..=rect.bottom());
            let on_words = ui.interact(words, part_id(ui, column, "words"), Sense::CLICK);
            let id = part_id(ui, column, "box");
            let ticked = widgets::checkbox_at(ui, square, id, CheckState::from(is_on), self.title);
            if ticked.gained_focus() {
                ui.scroll_to_rect(rect, None);
            }
            if ticked.clicked() || on_words.clicked() {
                change = Some(ColumnChange::Show(column, !is_on));
            }
        }
        let at = pos2(words_left, rect.center().y);
        let font = theme::regular(theme::TEXT_BODY);
        let words = OneLine::new(ui, self.title, font, tokens.text, 140.0);
        let words = words.paint(ui, Align2::LEFT_CENTER, at);
        if self.lacks_room {
            let font = theme::regular(theme::TEXT_SMALL);
            let room = buttons_left - words.right() - 12.0;
            let note = OneLine::new(ui, "no room", font, tokens.muted, room);
            note.paint(ui, Align2::RIGHT_CENTER, pos2(buttons_left - 4.0, at.y));
        }
        self.buttons_ui(ui, buttons_left).or(change)
    }

    /// The buttons that move it one place up or down.
    fn buttons_ui(&self, ui: &Ui, left: f32) -> Option<ColumnChange> {
        let column = self.layout.column;
        let mut change = None;
        let mut focus = None;
        for (nth, is_up) in [true, false].into_iter().enumerate() {
            let has_place = if is_up {
                self.place > 0
            } else {
                self.place + 1 < self.count
            };
            if !has_place {
                continue;
            }
            let corner = pos2(left + nth as f32 * ROW_HEIGHT, self.rect.top());
            let square = Rect::from_min_size(corner, vec2(ROW_HEIGHT, ROW_HEIGHT)).shrink(1.0);
            let (icon, word, other) = if is_up {
                (Icon::SortUp, "up", "down")
            } else {
                (Icon::SortDown, "down", "up")
            };
            let name = format!("Move {} {word}", self.title);
            let id = part_id(ui, column, word);
            let response = widgets::icon_button_at(ui, square, id, icon, &name, false);
            if response.gained_focus() {
                ui.scroll_to_rect(self.rect, None);
            }
            if response.clicked() {
                let place = if is_up {
                    self.place - 1
                } else {
                    self.place + 1
                };
                // At either end one of the buttons is gone; the other one takes the focus.
                if response.has_focus() && (place == 0 || place + 1 == self.count) {
                    focus = Some(part_id(ui, column, other));
                }
                change = Some(ColumnChange::Move(column, place));
            }
        }
        // After both have been laid out, or the same key would click the other one too.
        if let Some(id) = focus {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        change
    }
}

/// Two columns of three dots.
fn paint_grip(ui: &Ui, rect: Rect, ink: Color32) {
    for x in [-2.5, 2.5] {
        for y in [-5.0, 0.0, 5.0] {
            ui.painter()
                .circle_filled(rect.center() + vec2(x, y), 1.1, ink);
        }
    }
}

/// Marks where the dragged column would be dropped, and drops it there.
fn move_ui(
    ui: &Ui,
    all: Rect,
    state: &mut ChooserState,
    column: Column,
    columns: &[Column],
    tokens: &Tokens,
) -> Option<ColumnChange> {
    let pointer = ui.input(|input| input.pointer.interact_pos());
    let from = columns.iter().position(|other| *other == column);
    let (Some(pointer), Some(from)) = (pointer, from) else {
        state.moved = None;
        return None;
    };
    let edge = ((pointer.y - all.top()) / ROW_HEIGHT).round();
    let edge = edge.clamp(0.0, columns.len() as f32) as usize;
    let goes = edge != from && edge != from + 1;
    if !ui.is_being_dragged(part_id(ui, column, "grip")) {
        state.moved = None;
        let is_let_go = ui.input(|input| input.pointer.any_released());
        let place = if edge > from { edge - 1 } else { edge };
        return (goes && is_let_go).then_some(ColumnChange::Move(column, place));
    }
    ui.set_cursor_icon(CursorIcon::Grabbing);
    if goes {
        let y = all.top() + edge as f32 * ROW_HEIGHT;
        let line = Stroke::new(2.0, tokens.accent);
        ui.painter().hline(all.x_range(), y, line);
    }
    None
}
