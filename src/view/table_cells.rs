//! The cells of the table of rows: painted texts, and the few things in them that can be clicked.

use std::borrow::Cow;
use std::time::Duration;

use egui::{Align2, Color32, FontId, Id, Pos2, Rect, Sense, Ui, pos2, vec2};

use super::columns::Column;
use super::jobs_table::row_id;
use crate::command::{Intent, RowAction};
use crate::format::{self, UNKNOWN};
use crate::status::{Remedy, RowExtras, RowView, Status, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::{self, BarValue, Icon, OneLine};

/// What a cell needs to know besides its row.
pub(super) struct CellContext {
    pub(super) tokens: &'static Tokens,
    pub(super) beat: u64,
    /// The width of the column Progress, 0 if it is not shown.
    pub(super) progress_width: f32,
    pub(super) has_rate: bool,
    pub(super) has_eta: bool,
    pub(super) has_slept: bool,
    pub(super) has_received: bool,
    pub(super) offers_retry: bool,
    /// Whether there are folders to show.
    pub(super) offers_folder: bool,
    /// The row is selected or has the pointer.
    pub(super) is_lit: bool,
}

/// Where the centres of the two lines of a cell lie, from its top.
const FIRST_LINE: f32 = 15.0;
const SECOND_LINE: f32 = 31.0;
/// What is kept free at the right of a text.
const GAP: f32 = 12.0;

/// Paints a text from a point on its left, and shows the whole in a tooltip if it had to be cut.
fn cut_text(ui: &Ui, id: Id, left: Pos2, width: f32, text: &str, (font, ink): (FontId, Color32)) {
    let line = OneLine::new(ui, text, font, ink, width);
    let rect = line.paint(ui, Align2::LEFT_CENTER, left);
    if line.is_cut() {
        ui.interact(rect, id, Sense::hover())
            .on_hover_text(widgets::clipped(text));
    }
}

/// A cell of any column between the box and the buttons. `extras` is what the further columns show.
pub(super) fn cell_ui(
    ui: &mut Ui,
    rect: Rect,
    column: Column,
    row: &RowView,
    extras: Option<&RowExtras>,
    context: &CellContext,
) {
    match column {
        Column::Check | Column::Actions => {}
        Column::Job => job_ui(ui, rect, row, context),
        Column::State => state_ui(ui, rect, row, context),
        Column::Progress => progress_ui(ui, rect, row, context),
        Column::Received => received_ui(ui, rect, row, context),
        Column::Rate => number_ui(ui, rect, rate_text(row).as_deref(), context),
        Column::Eta => number_ui(ui, rect, eta_text(row).as_deref(), context),
        Column::Slept => number_ui(ui, rect, slept_text(row).as_deref(), context),
        Column::Host => {
            let host = Some(&*row.host).filter(|host| !host.is_empty());
            text_ui(ui, rect, row, "host column", host, context);
        }
        column => extra_ui(ui, rect, column, row, extras, context),
    }
}

fn extra_ui(
    ui: &Ui,
    rect: Rect,
    column: Column,
    row: &RowView,
    extras: Option<&RowExtras>,
    context: &CellContext,
) {
    let number = |text: Option<String>| number_ui(ui, rect, text.as_deref(), context);
    let text = |part, text: Option<&str>| text_ui(ui, rect, row, part, text, context);
    let duration = |duration: Option<Duration>| number(duration.map(format::duration));
    let Some(extras) = extras else {
        return number(None);
    };
    match column {
        Column::Elapsed => duration(extras.elapsed),
        Column::Busy => number(extras.busy.map(format::milliseconds)),
        Column::LongestPoll => number(extras.longest_poll.map(format::milliseconds)),
        Column::Attempts => number(extras.attempts.map(|attempts| attempts.to_string())),
        Column::Polls => number(extras.polls.map(|polls| polls.to_string())),
        Column::Added => number(extras.added.map(|added| added.to_string())),
        Column::HttpStatus => number(extras.http_status.map(|status| status.to_string())),
        Column::Priority => text("priority", extras.priority),
        Column::SavedTo => text("saved to", extras.saved_to.as_deref()),
        Column::Checksum => text("checksum", extras.checksum.as_deref()),
        _ => {}
    }
}

/// A text at the left of its cell, or `–`.
fn text_ui(
    ui: &Ui,
    rect: Rect,
    row: &RowView,
    part: &str,
    text: Option<&str>,
    context: &CellContext,
) {
    let (text, ink) = match text {
        Some(text) => (text, context.tokens.text),
        None => (UNKNOWN, context.tokens.faint),
    };
    let look = (theme::regular(theme::TEXT_BODY), ink);
    cut_text(
        ui,
        row_id(row.id, part),
        rect.left_center(),
        rect.width() - GAP,
        text,
        look,
    );
}

fn job_ui(ui: &Ui, rect: Rect, row: &RowView, context: &CellContext) {
    let width = rect.width() - GAP;
    let at = |y: f32| pos2(rect.left(), rect.top() + y);
    let host = match &row.note {
        None => Cow::Borrowed(&*row.host),
        Some(note) if row.host.is_empty() => Cow::Borrowed(&**note),
        Some(note) => Cow::Owned(format!("{} · {note}", row.host)),
    };
    let name_at = if host.is_empty() {
        rect.left_center()
    } else {
        at(FIRST_LINE)
    };
    let name_look = (theme::medium(theme::TEXT_BODY), context.tokens.text);
    cut_text(
        ui,
        row_id(row.id, "name"),
        name_at,
        width,
        &row.name,
        name_look,
    );
    let host_look = (theme::regular(theme::TEXT_SMALL), context.tokens.muted);
    cut_text(
        ui,
        row_id(row.id, "host"),
        at(SECOND_LINE),
        width,
        &host,
        host_look,
    );
}

fn state_ui(ui: &mut Ui, rect: Rect, row: &RowView, context: &CellContext) {
    let tokens = context.tokens;
    let tone = tokens.tone(row.status.tone());
    widgets::paint_glyph(
        ui,
        row.status.glyph(),
        pos2(rect.left() + 8.0, rect.center().y),
        tone,
    );
    let left = rect.left() + 24.0;
    let mut width = rect.right() - left - GAP;
    let mut ink = tokens.muted;
    if matches!(row.status, Status::Failed { .. }) {
        // Nothing stands in Progress then: the reason may run on over it.
        ink = tokens.failed;
        width += context.progress_width;
        let mut clip = ui.clip_rect();
        clip.max.x += context.progress_width;
        ui.set_clip_rect(clip);
    }
    let at = |y: f32| pos2(left, rect.top() + y);
    let detail = row.status.detail();
    let word_y = if detail.is_some() {
        FIRST_LINE
    } else {
        rect.height() / 2.0
    };
    let word_look = (theme::regular(theme::TEXT_BODY), tokens.text);
    cut_text(
        ui,
        row_id(row.id, "word"),
        at(word_y),
        width,
        &row.status.word(),
        word_look,
    );
    if let Some(detail) = detail {
        let detail_look = (theme::regular(theme::TEXT_SMALL), ink);
        cut_text(
            ui,
            row_id(row.id, "detail"),
            at(SECOND_LINE),
            width,
            &detail,
            detail_look,
        );
    }
}

fn progress_ui(ui: &Ui, rect: Rect, row: &RowView, context: &CellContext) {
    const BAR_HEIGHT: f32 = 6.0;
    let tokens = context.tokens;
    if matches!(row.status, Status::Done { .. } | Status::Failed { .. }) {
        return;
    }
    let first_line = pos2(rect.left(), rect.top() + FIRST_LINE + 3.0);
    let font = theme::regular(theme::TEXT_SMALL);
    let width = rect.width() - GAP - 8.0;
    if !context.has_received && (row.received_bytes.is_some() || row.total_bytes.is_some()) {
        let text = received_text(row);
        OneLine::new(ui, &text, font, tokens.muted, width).paint(
            ui,
            Align2::LEFT_CENTER,
            first_line,
        );
    } else if let (Some(received), Some(total), true) =
        (row.received_bytes, row.total_bytes, row.shows_bar())
    {
        let text = format::percent(received, total);
        OneLine::new(ui, &text, font, tokens.muted, width).paint(
            ui,
            Align2::LEFT_CENTER,
            first_line,
        );
    }
    if !row.shows_bar() {
        if context.has_received {
            let font = theme::regular(theme::TEXT_BODY);
            OneLine::new(ui, UNKNOWN, font, tokens.faint, width).paint(
                ui,
                Align2::LEFT_CENTER,
                rect.left_center(),
            );
        }
        return;
    }
    let bar = Rect::from_min_size(
        pos2(rect.left(), rect.top() + SECOND_LINE - BAR_HEIGHT / 2.0),
        vec2(width.min(240.0), BAR_HEIGHT),
    );
    let value = match row.fraction() {
        Some(fraction) => BarValue::Known(fraction),
        None if row.total_bytes.is_some() => BarValue::Known(0.0),
        None => BarValue::Unknown { beat: context.beat },
    };
    let ink = if row.status.tone() == Tone::Accent {
        tokens.accent
    } else {
        tokens.off
    };
    widgets::paint_bar(ui.painter(), bar, value, ink, tokens);
}

/// Received of total; the size alone once it is complete.
fn received_text(row: &RowView) -> String {
    match (&row.status, row.received_bytes) {
        (Status::Done { .. }, Some(received)) => format::bytes(received),
        _ => format::bytes_pair(row.received_bytes, row.total_bytes),
    }
}

/// A number at the right of its cell, or `–`.
fn number_ui(ui: &Ui, rect: Rect, text: Option<&str>, context: &CellContext) {
    let (text, ink) = match text {
        Some(text) => (text, context.tokens.text),
        None => (UNKNOWN, context.tokens.faint),
    };
    let line = OneLine::new(
        ui,
        text,
        theme::regular(theme::TEXT_BODY),
        ink,
        rect.width(),
    );
    line.paint(ui, Align2::RIGHT_CENTER, rect.right_center());
}

fn received_ui(ui: &Ui, rect: Rect, row: &RowView, context: &CellContext) {
    let is_known = row.received_bytes.is_some() || row.total_bytes.is_some();
    number_ui(
        ui,
        rect,
        is_known.then(|| received_text(row)).as_deref(),
        context,
    );
    let dropped = [
        (context.has_rate, rate_text(row), "Rate"),
        (context.has_eta, eta_text(row), "ETA"),
        (context.has_slept, slept_text(row), "Slept"),
    ];
    let lines: Vec<String> = dropped
        .into_iter()
        .filter_map(|(is_shown, text, title)| {
            text.filter(|_| !is_shown)
                .map(|text| format!("{title} {text}"))
        })
        .collect();
    if !lines.is_empty() {
        ui.interact(rect, row_id(row.id, "dropped"), Sense::hover())
            .on_hover_text(lines.join("\n"));
    }
}

fn rate_text(row: &RowView) -> Option<String> {
    row.rate.map(format::rate)
}

fn eta_text(row: &RowView) -> Option<String> {
    row.eta.map(format::eta_short)
}

fn slept_text(row: &RowView) -> Option<String> {
    match (row.slept, row.sleep_total) {
        (slept, Some(total)) => Some(format::duration_pair(slept.unwrap_or_default(), total)),
        (slept, None) => slept.map(format::duration),
    }
}

/// The button that follows the state, and the one that cancels.
pub(super) fn actions_ui(
    ui: &Ui,
    rect: Rect,
    row: &RowView,
    context: &CellContext,
    intents: &mut Vec<Intent>,
) {
    const SIDE: f32 = 26.0;
    let status = &row.status;
    let main = if status.can_resume() {
        Some((Icon::Play, RowAction::Resume, "Resume"))
    } else if status.can_pause() {
        Some((Icon::Pause, RowAction::Pause, "Pause"))
    } else {
        match row.remedy {
            Some(Remedy::ChangeUrl) => Some((Icon::Pencil, RowAction::ChangeUrl, "Change URL of")),
            Some(Remedy::OpenFolder) if context.offers_folder => {
                Some((Icon::Folder, RowAction::OpenFolder, "Open folder of"))
            }
            _ if status.can_retry() && context.offers_retry => {
                Some((Icon::Retry, RowAction::Retry, "Retry"))
            }
            _ => None,
        }
    };
    // Only where the eye is already: two signs a row are calm, three are not.
    let skip = (status.can_skip() && context.is_lit).then_some((
        Icon::Skip,
        RowAction::Skip,
        "Skip the wait of",
    ));
    let cancel = status
        .can_cancel()
        .then_some((Icon::Cross, RowAction::Cancel, "Cancel"));
    let left = rect.right() - 3.0 * SIDE - 16.0;
    for (place, button) in [skip, main, cancel].into_iter().enumerate() {
        let Some((icon, action, word)) = button else {
            continue;
        };
        let center = pos2(
            left + SIDE / 2.0 + place as f32 * (SIDE + 2.0),
            rect.center().y,
        );
        let square = Rect::from_center_size(center, vec2(SIDE, SIDE));
        let name = format!("{word} {}", row.name);
        // The first button keeps its identity while it changes from pause to resume, and with it the focus.
        let part = ["skip button", "main button", "cancel button"][place];
        if widgets::icon_button_at(
            ui,
            square,
            row_id(row.id, part),
            icon,
            &name,
            context.is_lit,
        )
        .clicked()
        {
            intents.push(Intent::Act(action, row.id));
        }
    }
}

/// A row in one sentence, for the accessibility tree.
pub(super) fn spoken(row: &RowView) -> String {
    let mut text = row.name.to_string();
    let mut add = |part: &str| {
        if !part.is_empty() {
            text.push_str(", ");
            text.push_str(part);
        }
    };
    add(&row.host);
    add(row.note.as_deref().unwrap_or_default());
    add(&row.status.word());
    add(row.status.detail().as_deref().unwrap_or_default());
    if row.received_bytes.is_some() || row.total_bytes.is_some() {
        add(&received_text(row));
    }
    for (text, title) in [
        (rate_text(row), "rate"),
        (eta_text(row), "left"),
        (slept_text(row), "slept"),
    ] {
        if let Some(text) = text {
            add(&format!("{title} {text}"));
        }
    }
    text
}
