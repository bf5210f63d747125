//! What the lines mean, one by one: what each will be called, what is there twice, and what is
//! wrong.

use egui::{
    Align, Align2, Color32, Layout, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};

use super::state::{AddSheetState, HIGH_WINDOW, LOW_WINDOW};
use crate::format;
use crate::jobs::name_of;
use crate::links::{Link, LinkScanner, ReadCounts, ScannedEntry, Statement};
use crate::status::Glyph;
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, OneLine, checkbox, paint_glyph};

const ROW: f32 = 26.0;
/// Where the texts begin, behind number and sign.
const TEXT_LEFT: f32 = 68.0;
/// From this width on the host has a column of its own.
const HOST_FROM_WIDTH: f32 = 460.0;

pub(super) fn preview_ui(ui: &mut Ui, state: &mut AddSheetState) {
    let counts = state.texts.counts();
    let is_read = state.texts.is_read();
    if counts.bad == 0 {
        state.shows_only_bad = false;
    }
    if counts.links == 0 && is_read {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let only_bad = state.shows_only_bad;
    let rows = state.texts.preview_len(only_bad);
    let most_rows = match ui.ctx().content_rect().height() {
        ..LOW_WINDOW => 4,
        LOW_WINDOW..HIGH_WINDOW => 5,
        _ => 7,
    };
    let height = ROW * (1.0 + rows.clamp(1, most_rows) as f32);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let line = Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter()
        .rect_stroke(rect, f32::from(theme::RADIUS), line, StrokeKind::Inside);
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), ROW));
    head_ui(ui, head, state, counts, is_read);
    let list = rect.with_min_y(head.bottom()).shrink2(vec2(1.0, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(list), |ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        ScrollArea::vertical()
            .id_salt("preview")
            .auto_shrink(false)
            .show_rows(ui, ROW, rows, |ui, shown| {
                for index in shown {
                    if let Some((list, scanner, entry)) = state.texts.preview(index, only_bad) {
                        row_ui(ui, &PreviewLine::of(list, scanner, entry));
                    }
                }
            });
    });
    duplicates_ui(ui, state, counts);
}

/// `118 of 120 can be added, 2 duplicates`, and the way to what is wrong.
fn head_ui(ui: &mut Ui, rect: Rect, state: &mut AddSheetState, counts: ReadCounts, is_read: bool) {
    let tokens = Tokens::of(ui.style());
    let text = head_text(state, counts, is_read);
    let mut right = rect.right() - 6.0;
    if counts.bad > 0 {
        let text = if state.shows_only_bad {
            "Show all".to_owned()
        } else {
            format!("Show what is wrong: {}", format::grouped(counts.bad))
        };
        let button = Button::new(&text).kind(ButtonKind::Quiet);
        let size = vec2(button.width(ui), theme::CONTROL_HEIGHT);
        let middle = pos2(right - size.x / 2.0, rect.center().y);
        let place = Rect::from_center_size(middle, size);
        let builder = UiBuilder::new()
            .max_rect(place)
            .layout(Layout::left_to_right(Align::Center));
        if ui
            .scope_builder(builder, |ui| button.show(ui))
            .inner
            .clicked()
        {
            state.shows_only_bad = !state.shows_only_bad;
        }
        right = place.left() - 8.0;
    }
    let left = rect.left() + 14.0;
    let small = theme::regular(theme::TEXT_SMALL);
    let words = OneLine::new(ui, &text, small, tokens.muted, right - left);
    let place = words.paint(ui, Align2::LEFT_CENTER, pos2(left, rect.center().y));
    let response = ui.interact(
        place,
        egui::Id::unique("head of the preview"),
        Sense::hover(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    if words.is_cut() {
        response.on_hover_text(text);
    }
}

fn head_text(state: &AddSheetState, counts: ReadCounts, is_read: bool) -> String {
    let links = |count: usize| {
        let noun = if count == 1 { "link" } else { "links" };
        format!("{} {noun}", format::grouped(count))
    };
    if !is_read {
        return format!("Reading: {} so far", links(counts.links));
    }
    let chosen = counts.chosen(state.skip);
    let mut text = if chosen == counts.links {
        match chosen {
            1 => "1 link can be added".to_owned(),
            _ => format!("{} can be added", links(chosen)),
        }
    } else {
        format!(
            "{} of {} can be added",
            format::grouped(chosen),
            format::grouped(counts.links)
        )
    };
    let duplicates = counts.repeated + counts.listed;
    if duplicates > 0 {
        let noun = if duplicates == 1 {
            "duplicate"
        } else {
            "duplicates"
        };
        text.push_str(&format!(", {} {noun}", format::grouped(duplicates)));
    }
    if state.texts.left_out() > 0 {
        let more = format::grouped(state.texts.left_out());
        text.push_str(&format!(", {more} more are beyond the longest list"));
    }
    text
}

/// What becomes of links that are there twice.
fn duplicates_ui(ui: &mut Ui, state: &mut AddSheetState, counts: ReadCounts) {
    if counts.repeated == 0 && counts.listed == 0 {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(24.0, 0.0);
        if counts.repeated > 0 {
            let text = format!("Skip repeated links ({})", format::grouped(counts.repeated));
            checkbox(ui, &mut state.skip.repeated, &text);
        }
        if counts.listed > 0 {
            let count = format::grouped(counts.listed);
            let text = format!("Skip links that are in the list already ({count})");
            checkbox(ui, &mut state.skip.listed, &text);
        }
    });
}

/// A line of the preview, in words.
struct PreviewLine {
    number: usize,
    /// What stands before its number when it is told.
    place: String,
    name: String,
    host: String,
    note: String,
    look: LineLook,
    tooltip: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LineLook {
    Good,
    Duplicate,
    Wrong,
}

impl PreviewLine {
    fn of(list: Option<&str>, scanner: &LinkScanner, entry: &ScannedEntry) -> Self {
        let statement = scanner.statement(entry);
        let number = entry.span.line;
        let place = match list {
            Some(list) => format!("{list}, line {number}"),
            None => format!("Line {number}"),
        };
        let line = Self {
            number,
            place,
            name: String::new(),
            host: String::new(),
            note: String::new(),
            look: LineLook::Good,
            tooltip: String::new(),
        };
        match scanner.first_bad(entry) {
            Some(bad) => line.wrong(&statement, entry.counts, bad),
            None => line.good(&statement, entry.counts),
        }
    }

    fn wrong(self, statement: &Statement<'_>, counts: ReadCounts, bad: usize) -> Self {
        let Some(Err(error)) = statement.link(bad) else {
            return self;
        };
        let message = if counts.links > 1 {
            let (bad, all) = (format::grouped(counts.bad), format::grouped(counts.links));
            format!("{bad} of {all}: {}", error.message)
        } else {
            error.message
        };
        Self {
            name: message,
            note: error.hint,
            look: LineLook::Wrong,
            ..self
        }
    }

    fn good(self, statement: &Statement<'_>, counts: ReadCounts) -> Self {
        let link = |index: usize| statement.link(index).and_then(Result::ok);
        let (Some(first), last) = (link(0), link(counts.links.saturating_sub(1))) else {
            return self;
        };
        let mut name = called(&first);
        let mut tooltip = first.request.shown_url();
        if counts.links > 1
            && let Some(last) = last
        {
            name = format!("{name} … {}", called(&last));
            tooltip = format!("{tooltip}\n…\n{}", last.request.shown_url());
        }
        let mut notes = Vec::new();
        if counts.links > 1 {
            notes.push(format!("{} links", format::grouped(counts.links)));
        }
        match statement.header_count() {
            0 => {}
            1 => notes.push("1 header".to_owned()),
            count => notes.push(format!("{count} headers")),
        }
        let of_many = |count: usize, text: &str| {
            if counts.links == 1 {
                text.to_owned()
            } else {
                format!("{} {text}", format::grouped(count))
            }
        };
        if counts.repeated > 0 {
            notes.push(of_many(counts.repeated, "repeated"));
        }
        if counts.listed > 0 {
            notes.push(of_many(counts.listed, "in the list already"));
        }
        match statement.ignored_options() {
            [] => {}
            ignored => notes.push(format!("ignores {}", ignored.join(", "))),
        }
        let has_duplicates = counts.repeated + counts.listed > 0;
        Self {
            name,
            host: first
                .request
                .url()
                .host_str()
                .unwrap_or_default()
                .to_owned(),
            note: notes.join(", "),
            look: if has_duplicates {
                LineLook::Duplicate
            } else {
                LineLook::Good
            },
            tooltip,
            ..self
        }
    }

    fn spoken(&self) -> String {
        let mut text = format!("{}: {}", self.place, self.name);
        let mut add = |before: &str, part: &str| {
            if !part.is_empty() {
                text.push_str(before);
                text.push_str(part);
            }
        };
        add(" from ", &self.host);
        add(
            if self.look == LineLook::Wrong {
                ". "
            } else {
                ", "
            },
            &self.note,
        );
        text
    }
}

/// What a link is called in the list.
fn called(link: &Link) -> String {
    let own = link.file_name().map(ToOwned::to_owned);
    own.unwrap_or_else(|| name_of(&link.request))
}

fn row_ui(ui: &mut Ui, line: &PreviewLine) {
    let tokens = Tokens::of(ui.style());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    ui.painter().hline(
        rect.x_range(),
        rect.top() + 0.5,
        Stroke::new(theme::HAIRLINE, tokens.line),
    );
    let (glyph, tone, ink) = match line.look {
        LineLook::Good | LineLook::Duplicate => (Glyph::Tick, tokens.good, tokens.text),
        LineLook::Wrong => (Glyph::Cross, tokens.failed, tokens.failed),
    };
    let y = rect.center().y;
    let small = theme::regular(theme::TEXT_SMALL);
    let cell =
        |text: &str, ink: Color32, width: f32| OneLine::new(ui, text, small.clone(), ink, width);
    let number = cell(&line.number.to_string(), tokens.muted, 32.0);
    number.paint(ui, Align2::RIGHT_CENTER, pos2(rect.left() + 36.0, y));
    paint_glyph(ui, glyph, pos2(rect.left() + 52.0, y), tone);
    let (left, right) = (rect.left() + TEXT_LEFT, rect.right() - 12.0);
    let room = right - left;
    let note_ink = match line.look {
        LineLook::Good | LineLook::Wrong => tokens.muted,
        LineLook::Duplicate => tokens.waiting,
    };
    let has_host = room >= HOST_FROM_WIDTH && line.look != LineLook::Wrong;
    let note = cell(&line.note, note_ink, room * 0.45 - 12.0);
    let note_left = right - note.width();
    note.paint(ui, Align2::LEFT_CENTER, pos2(note_left, y));
    let (name_room, host_left) = if has_host {
        (room * 0.5 - 12.0, left + room * 0.5)
    } else {
        (note_left - left - 12.0, right)
    };
    let name = cell(&line.name, ink, name_room);
    name.paint(ui, Align2::LEFT_CENTER, pos2(left, y));
    let mut is_cut = name.is_cut() || note.is_cut();
    if has_host {
        let host = cell(&line.host, tokens.muted, note_left - host_left - 12.0);
        host.paint(ui, Align2::LEFT_CENTER, pos2(host_left, y));
        is_cut |= host.is_cut();
    }
    let spoken = line.spoken();
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &spoken));
    if !line.tooltip.is_empty() {
        response.on_hover_text(&line.tooltip);
    } else if is_cut {
        response.on_hover_text(spoken);
    }
}
