//! The history: a sheet with every job that ended and is kept, found by typing.

use std::ops::Range;

use egui::{
    Align, Align2, FontId, Id, Key, Label, Layout, Modifiers, Rect, RichText, Role, ScrollArea,
    Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::history::{HistoryAct, HistoryEntry, HistoryProgress, HistorySource};
use super::intent::Intent;
use crate::command::Command;
use crate::format::{self, UNKNOWN};
use crate::status::RowId;
use crate::theme::{self, Tokens};
use crate::widgets::{
    self, Button, ButtonKind, Field, Icon, OneLine, clipped, icon_button_at, paint_glyph,
};

const FIELD: &str = "history field";
const WIDTH: f32 = 960.0;
/// From this width on each number has a column of its own.
const COLUMNS_FROM_WIDTH: f32 = 640.0;
const ROW_HEIGHT: f32 = 44.0;
const HEADER_HEIGHT: f32 = 24.0;
const GLYPH_WIDTH: f32 = 30.0;
/// The centre of the sign, from the left edge.
const GLYPH_AT: f32 = 14.0;
const STATE_WIDTH: f32 = 96.0;
const SIZE_WIDTH: f32 = 84.0;
const ENDED_WIDTH: f32 = 132.0;
const GAP: f32 = 12.0;
/// A button of a row.
const SIDE: f32 = 26.0;
const BUTTONS_WIDTH: f32 = 4.0 * SIDE + 3.0 * 2.0;
/// The room of the bar that scrolls.
const BAR_WIDTH: f32 = 10.0;
/// The centres of the two lines of a row, from its top.
const FIRST_LINE: f32 = 15.0;
const SECOND_LINE: f32 = 31.0;

/// What the sheet keeps from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct HistorySheetState {
    is_open: bool,
    search: String,
    takes_focus: bool,
    chosen: usize,
    /// The rows that were shown last.
    shown: Range<usize>,
    scrolls_to: Option<usize>,
    /// How far it is scrolled, in points.
    offset: f32,
    /// Whether no other sheet lies over it: then it has the keys.
    is_top: bool,
    question: Option<(RowId, String)>,
}

impl HistorySheetState {
    /// Whether it is shown.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Opens it at the latest end, with an empty field.
    pub fn open(&mut self) {
        *self = Self {
            is_open: true,
            takes_focus: true,
            scrolls_to: Some(0),
            ..Self::default()
        };
    }

    /// Which rows it shows: these are to be read.
    #[must_use]
    pub fn shown(&self) -> Range<usize> {
        self.shown.clone()
    }

    fn choose(&mut self, index: usize) {
        self.chosen = index;
        self.scrolls_to = Some(index);
    }
}

/// Where a key goes from a row, in a list of `count` of which `page` are shown.
fn moved(key: Key, from: usize, count: usize, page: usize) -> usize {
    let last = count.saturating_sub(1);
    match key {
        Key::ArrowDown => (from + 1).min(last),
        Key::ArrowUp => from.saturating_sub(1),
        Key::PageDown => (from + page.max(1)).min(last),
        Key::PageUp => from.saturating_sub(page.max(1)),
        Key::Home => 0,
        _ => last,
    }
}

const MOVES: [Key; 6] = [
    Key::ArrowDown,
    Key::ArrowUp,
    Key::PageDown,
    Key::PageUp,
    Key::Home,
    Key::End,
];

/// The history, over everything else, if it is open.
pub fn history_sheet_ui(
    ui: &Ui,
    state: &mut HistorySheetState,
    source: &dyn HistorySource,
    intents: &mut Vec<Intent>,
) {
    if !state.is_open {
        return;
    }
    let room = ui.ctx().content_rect().size();
    let modal = widgets::sheet(ui, "history sheet", 20);
    let mut wants_close = false;
    let response = modal.show(ui.ctx(), |ui| {
        let width = (room.x - 64.0).clamp(200.0, WIDTH);
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = GAP;
        head_ui(ui, source);
        let field = field_ui(ui, width, state, source, intents);
        // Everything else stays where it is, however much is found.
        let height = room.y - 64.0 - 40.0 - 3.0 * theme::CONTROL_HEIGHT - 3.0 * GAP;
        let size = vec2(width, height.max(120.0));
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect));
        inner.spacing_mut().item_spacing.y = 0.0;
        list_ui(&mut inner, state, source, field, intents);
        wants_close = footer_ui(ui, source, intents);
    });
    question_ui(ui, state, intents);
    state.is_top = response.is_top_modal && state.question.is_none();
    let escapes = response.is_top_modal
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if wants_close || escapes || response.backdrop_response.clicked() {
        state.is_open = false;
        state.question = None;
        // From now on the field does not take what is pasted.
        ui.memory_mut(|memory| memory.surrender_focus(Id::unique(FIELD)));
    }
}

/// The title, and how many there are.
fn head_ui(ui: &mut Ui, source: &dyn HistorySource) {
    let tokens = Tokens::of(ui.style());
    ui.horizontal(|ui| {
        ui.set_height(theme::CONTROL_HEIGHT);
        let title = RichText::new(Command::History.text());
        let title = title.font(theme::semibold(theme::TEXT_TITLE));
        ui.label(title.color(tokens.text));
        let jobs = format::count(source.len() as u64, "job", "jobs");
        let text = match source.progress() {
            HistoryProgress::Reading if source.is_empty() => "Reading…".to_owned(),
            HistoryProgress::Reading => format!("{jobs} so far"),
            HistoryProgress::Complete if !source.is_empty() => jobs,
            HistoryProgress::Complete | HistoryProgress::Failed(_) => return,
        };
        ui.label(
            RichText::new(text)
                .size(theme::TEXT_SMALL)
                .color(tokens.muted),
        );
    });
}

/// The field, and the keys that choose in the list. Returns its id.
fn field_ui(
    ui: &mut Ui,
    width: f32,
    state: &mut HistorySheetState,
    source: &dyn HistorySource,
    intents: &mut Vec<Intent>,
) -> Id {
    let id = Id::unique(FIELD);
    if state.is_top {
        keys_ui(ui, id, state, source, intents);
    }
    let field = Field::new(id, width)
        .name("Search the history")
        .hint("Search name and link")
        .show(ui, &mut state.search);
    if std::mem::take(&mut state.takes_focus) {
        field.request_focus();
    }
    if field.changed() {
        state.choose(0);
        let text = state.search.clone();
        intents.push(Intent::History(HistoryAct::Search(text)));
    }
    id
}

/// Before the field, which would consume them.
fn keys_ui(
    ui: &Ui,
    field: Id,
    state: &mut HistorySheetState,
    source: &dyn HistorySource,
    intents: &mut Vec<Intent>,
) {
    let is_pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if let Some(key) = MOVES.into_iter().find(|key| is_pressed(*key)) {
        let page = state.shown.len().saturating_sub(2);
        state.choose(moved(key, state.chosen, source.len(), page));
    }
    let focused = ui.memory(|memory| memory.focused());
    // A button with the focus has Enter for itself.
    if focused.is_none_or(|focused| focused == field)
        && is_pressed(Key::Enter)
        && let Some(entry) = source.entry(state.chosen)
    {
        intents.push(Intent::History(HistoryAct::DownloadAgain(entry.id)));
    }
}

/// What is found, or why nothing is.
fn list_ui(
    ui: &mut Ui,
    state: &mut HistorySheetState,
    source: &dyn HistorySource,
    field: Id,
    intents: &mut Vec<Intent>,
) {
    let tokens = Tokens::of(ui.style());
    let (text, ink) = match source.progress() {
        HistoryProgress::Failed(error) => (error, tokens.failed),
        HistoryProgress::Complete if source.is_empty() && state.search.trim().is_empty() => {
            ("Nothing has ended yet", tokens.muted)
        }
        HistoryProgress::Complete if source.is_empty() => ("No matching jobs", tokens.muted),
        _ => ("", tokens.muted),
    };
    if !text.is_empty() {
        state.shown = 0..0;
        ui.add_space(ui.available_height() * 0.4);
        ui.vertical_centered(|ui| ui.add(Label::new(RichText::new(text).color(ink)).wrap()));
        return;
    }
    let width = ui.available_width() - BAR_WIDTH;
    if width >= COLUMNS_FROM_WIDTH {
        header_ui(ui, width);
    }
    let count = source.len();
    state.chosen = state.chosen.min(count.saturating_sub(1));
    let mut area = ScrollArea::vertical().auto_shrink(false);
    if let Some(index) = state.scrolls_to.take() {
        let top = index as f32 * ROW_HEIGHT;
        let height = ui.available_height();
        // As little as shows the whole row.
        let offset = state
            .offset
            .clamp((top + ROW_HEIGHT - height).max(0.0), top.max(0.0));
        area = area.vertical_scroll_offset(offset);
    }
    let has_keys = ui.memory(|memory| memory.focused().is_none_or(|id| id == field));
    ui.spacing_mut().scroll.dormant_handle_opacity = 0.5;
    let output = area.show_rows(ui, ROW_HEIGHT, count, |ui, range| {
        let list = ui.unique_id();
        ui.ctx().accesskit_node_builder(list, |node| {
            node.set_role(Role::ListBox);
            node.set_label("Jobs that ended");
        });
        for index in range.clone() {
            row_ui(ui, index, width, state, source, has_keys, intents);
        }
        state.shown = range;
    });
    state.offset = output.state.clamped_offset().y;
}

/// Where the parts of a row are.
struct Cells {
    glyph: f32,
    state: Option<Rect>,
    job: Rect,
    size: Rect,
    ended: Rect,
    buttons: Rect,
}

impl Cells {
    fn of(rect: Rect) -> Self {
        let right = rect.right() - 4.0;
        let span = |left: f32, right: f32| Rect::from_x_y_ranges(left..=right, rect.y_range());
        let buttons = span(right - BUTTONS_WIDTH, right);
        let texts = rect.left() + GLYPH_WIDTH;
        if rect.width() >= COLUMNS_FROM_WIDTH {
            let ended = span(buttons.left() - GAP - ENDED_WIDTH, buttons.left() - GAP);
            let size = span(ended.left() - GAP - SIZE_WIDTH, ended.left() - GAP);
            return Self {
                glyph: rect.left() + GLYPH_AT,
                state: Some(span(texts, texts + STATE_WIDTH)),
                job: span(texts + STATE_WIDTH, size.left() - GAP),
                size,
                ended,
                buttons,
            };
        }
        let numbers = span(right - ENDED_WIDTH, right);
        let middle = rect.top() + SECOND_LINE - 8.0;
        Self {
            glyph: rect.left() + GLYPH_AT,
            state: None,
            job: span(texts, numbers.left() - GAP),
            size: numbers.with_min_y(middle).with_max_y(middle + 16.0),
            ended: numbers
                .with_min_y(rect.top() + FIRST_LINE - 8.0)
                .with_max_y(rect.top() + FIRST_LINE + 8.0),
            buttons,
        }
    }
}

fn header_ui(ui: &mut Ui, width: f32) {
    let tokens = Tokens::of(ui.style());
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEADER_HEIGHT), Sense::hover());
    let cells = Cells::of(rect);
    let font = theme::regular(theme::TEXT_SMALL);
    let title = |text: &str, align: Align2, rect: Rect| {
        let line = OneLine::new(ui, text, font.clone(), tokens.muted, rect.width());
        line.paint(ui, align, align.pos_in_rect(&rect));
    };
    if let Some(state) = cells.state {
        title("State", Align2::LEFT_CENTER, state);
    }
    title("Job", Align2::LEFT_CENTER, cells.job);
    title("Size", Align2::RIGHT_CENTER, cells.size);
    title("Ended", Align2::RIGHT_CENTER, cells.ended);
    let stroke = Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, stroke);
}

/// One row. A click chooses it; its buttons are shown while it is chosen or has the pointer.
fn row_ui(
    ui: &mut Ui,
    index: usize,
    width: f32,
    state: &mut HistorySheetState,
    source: &dyn HistorySource,
    has_keys: bool,
    intents: &mut Vec<Intent>,
) {
    let tokens = Tokens::of(ui.style());
    let (rect, _) = ui.allocate_exact_size(vec2(width, ROW_HEIGHT), Sense::hover());
    let stroke = Stroke::new(theme::HAIRLINE, tokens.line);
    let Some(entry) = source.entry(index) else {
        let at = Cells::of(rect).job.left_center();
        let font = theme::regular(theme::TEXT_BODY);
        OneLine::new(ui, "…", font, tokens.faint, 40.0).paint(ui, Align2::LEFT_CENTER, at);
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, stroke);
        return;
    };
    let response = ui.interact(rect, row_id(entry.id, "row"), Sense::click());
    let is_chosen = index == state.chosen;
    response
        .widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, entry.spoken()));
    if response.clicked() {
        state.chosen = index;
    }
    let has_pointer = ui.rect_contains_pointer(rect);
    let fill = if is_chosen && has_keys {
        Some(tokens.selection)
    } else if has_pointer || is_chosen {
        Some(tokens.hover)
    } else {
        None
    };
    if let Some(fill) = fill {
        ui.painter()
            .rect_filled(rect, f32::from(theme::RADIUS), fill);
    } else {
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, stroke);
    }
    let cells = Cells::of(rect);
    let is_lit = has_pointer || is_chosen;
    let glyph = pos2(cells.glyph, rect.center().y);
    paint_glyph(ui, entry.glyph, glyph, tokens.tone(entry.tone));
    if let Some(cell) = cells.state {
        let font = theme::regular(theme::TEXT_BODY);
        let line = OneLine::new(ui, &entry.state, font, tokens.text, cell.width() - GAP);
        line.paint(ui, Align2::LEFT_CENTER, cell.left_center());
    }
    let is_cut = job_ui(ui, &cells, entry);
    let is_wide = cells.state.is_some();
    if is_wide || !is_lit {
        let font = if is_wide {
            theme::regular(theme::TEXT_BODY)
        } else {
            theme::regular(theme::TEXT_SMALL)
        };
        number_ui(ui, cells.size, &entry.size, font.clone());
        number_ui(ui, cells.ended, &entry.ended, font);
    }
    if is_lit {
        buttons_ui(ui, cells.buttons, entry, state, intents);
    }
    if is_cut {
        response.on_hover_ui(|ui| tooltip_ui(ui, entry));
    }
}

/// The name, and below it the host and what went wrong. True if a part is cut.
fn job_ui(ui: &Ui, cells: &Cells, entry: &HistoryEntry) -> bool {
    let tokens = Tokens::of(ui.style());
    let rect = cells.job;
    let font = theme::medium(theme::TEXT_BODY);
    let name = OneLine::new(ui, &entry.name, font, tokens.text, rect.width());
    let left = rect.left();
    let second: Vec<&str> = match cells.state {
        Some(_) => vec![&entry.host],
        None => vec![&entry.state, &entry.host],
    };
    let second: Vec<_> = second.into_iter().filter(|part| !part.is_empty()).collect();
    let mut second = second.join(" · ");
    if second.is_empty() && entry.error.is_empty() {
        name.paint(ui, Align2::LEFT_CENTER, rect.left_center());
        return name.is_cut();
    }
    name.paint(ui, Align2::LEFT_CENTER, pos2(left, rect.top() + FIRST_LINE));
    if !second.is_empty() && !entry.error.is_empty() {
        second.push_str(" · ");
    }
    let font = theme::regular(theme::TEXT_SMALL);
    let y = rect.top() + SECOND_LINE;
    let where_ = OneLine::new(ui, &second, font.clone(), tokens.muted, rect.width());
    where_.paint(ui, Align2::LEFT_CENTER, pos2(left, y));
    let left = left + where_.width();
    let ink = tokens.tone(entry.tone);
    let error = OneLine::new(ui, &entry.error, font, ink, rect.right() - left);
    error.paint(ui, Align2::LEFT_CENTER, pos2(left, y));
    name.is_cut() || where_.is_cut() || error.is_cut()
}

fn number_ui(ui: &Ui, rect: Rect, text: &str, font: FontId) {
    let tokens = Tokens::of(ui.style());
    let (text, ink) = if text.is_empty() {
        (UNKNOWN, tokens.faint)
    } else {
        (text, tokens.text)
    };
    let line = OneLine::new(ui, text, font, ink, rect.width());
    line.paint(ui, Align2::RIGHT_CENTER, rect.right_center());
}

/// What does not fit, in lines.
fn tooltip_ui(ui: &mut Ui, entry: &HistoryEntry) {
    let lines = [&entry.name, &entry.link, &entry.error];
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    for line in lines {
        ui.label(clipped(line));
    }
}

fn buttons_ui(
    ui: &Ui,
    rect: Rect,
    entry: &HistoryEntry,
    state: &mut HistorySheetState,
    intents: &mut Vec<Intent>,
) {
    let mut right = rect.right();
    let mut button = |icon, word: &str, part| {
        let center = pos2(right - SIDE / 2.0, rect.center().y);
        right -= SIDE + 2.0;
        let square = Rect::from_center_size(center, vec2(SIDE, SIDE));
        let name = format!("{word} {}", clipped(&entry.name));
        icon_button_at(ui, square, row_id(entry.id, part), icon, &name, true).clicked()
    };
    // From the right edge inwards: what every row has keeps its place.
    if button(Icon::Bin, "Forget", "forget") {
        state.question = Some((entry.id, entry.name.clone()));
    }
    if button(Icon::Retry, "Download again", "again") {
        intents.push(Intent::History(HistoryAct::DownloadAgain(entry.id)));
    }
    if !entry.link.is_empty() && button(Icon::Copy, "Copy the link of", "copy") {
        let link = entry.link.clone();
        intents.push(Intent::History(HistoryAct::CopyLink(link)));
    }
    if let Some(file) = &entry.file
        && button(Icon::Folder, "Open the folder of", "folder")
    {
        intents.push(Intent::History(HistoryAct::OpenFolder(file.clone())));
    }
}

/// The buttons at the bottom. True if the sheet is to be closed.
fn footer_ui(ui: &mut Ui, source: &dyn HistorySource, intents: &mut Vec<Intent>) -> bool {
    let mut wants_close = false;
    ui.horizontal(|ui| {
        let save = Button::new(Command::SaveLinks.text())
            .enabled(!source.is_empty())
            .tooltip("Write the links of these jobs into a text file");
        if save.show(ui).clicked() {
            intents.push(Intent::History(HistoryAct::SaveLinks));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = Button::new("Close").kind(ButtonKind::Primary);
            wants_close = close.show(ui).clicked();
        });
    });
    wants_close
}

/// Asks before a job is forgotten.
fn question_ui(ui: &Ui, state: &mut HistorySheetState, intents: &mut Vec<Intent>) {
    let Some((id, name)) = &state.question else {
        return;
    };
    let tokens = Tokens::of(ui.style());
    let modal = widgets::sheet(ui, "forget question", 20);
    let mut closes = false;
    let response = modal.show(ui.ctx(), |ui| {
        let width = (ui.ctx().content_rect().width() - 64.0).clamp(200.0, 400.0);
        ui.set_width(width);
        let title = RichText::new(format!("Forget {}?", clipped(name)));
        let title = title.font(theme::semibold(theme::TEXT_TITLE));
        ui.add(Label::new(title.color(tokens.text)).truncate());
        let text = "Its link, its log and all else that is known of it are deleted. \
                    This cannot be undone. Its file stays.";
        ui.label(RichText::new(text).color(tokens.muted));
        ui.add_space(4.0);
        let line = vec2(width, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            let forget = Button::new("Forget").kind(ButtonKind::Primary).show(ui);
            if forget.clicked() {
                intents.push(Intent::History(HistoryAct::Forget(*id)));
                closes = true;
            }
            closes |= Button::new("Close").show(ui).clicked();
        });
    });
    if closes || response.should_close() {
        state.question = None;
        // Typing goes on.
        state.takes_focus = true;
    }
}

/// The id of a part of a row: it follows the row, not its place.
fn row_id(id: RowId, part: &str) -> Id {
    Id::unique(("history", part, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_within_the_list() {
        for (key, from, to) in [
            (Key::ArrowDown, 8, 9),
            (Key::ArrowDown, 9, 9),
            (Key::ArrowUp, 0, 0),
            (Key::ArrowUp, 5, 4),
            (Key::PageDown, 7, 9),
            (Key::PageUp, 7, 3),
            (Key::Home, 7, 0),
            (Key::End, 7, 9),
        ] {
            assert_eq!(moved(key, from, 10, 4), to, "{key:?}");
        }
        for key in MOVES {
            assert_eq!(moved(key, 0, 0, 4), 0, "{key:?}");
        }
    }

    #[test]
    fn an_entry_is_spoken_without_its_gaps() {
        let entry = HistoryEntry {
            id: RowId(1),
            glyph: crate::status::Glyph::Tick,
            tone: crate::status::Tone::Good,
            state: "Done".to_owned(),
            name: "a.iso".to_owned(),
            host: "h".to_owned(),
            error: String::new(),
            size: "2 MB".to_owned(),
            ended: "Today 14:02".to_owned(),
            link: String::new(),
            file: None,
        };
        assert_eq!(entry.spoken(), "a.iso, h, Done, 2 MB, Today 14:02");
    }
}
