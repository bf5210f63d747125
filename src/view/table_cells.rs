//! The cells of the table: painted text, and the buttons of a row.

use std::borrow::Cow;

use egui::{Align2, Color32, FontId, Id, Pos2, Rect, Sense, Ui, pos2, vec2};

use super::columns::wants_extras;
use super::intent::Intent;
use crate::command::Command;
use crate::format::{self, UNKNOWN};
use crate::status::{Column, RowExtras, RowId, RowSource, RowView, Status, SuggestedAction, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::{self, BarValue, Icon, OneLine};

/// What a cell needs to know besides its row.
pub(super) struct CellContext<'a> {
    pub(super) tokens: &'a Tokens,
    pub(super) source: &'a dyn RowSource,
    pub(super) beat: u64,
    pub(super) has_received: bool,
    /// The chosen columns without room: their text is in a tooltip.
    pub(super) without_room: &'a [Column],
    pub(super) offers_retry: bool,
    /// Whether there are folders to show.
    pub(super) offers_folder: bool,
    /// The row is selected or has the pointer.
    pub(super) is_lit: bool,
}

/// The centres of the two lines of a cell, from its top.
const FIRST_LINE: f32 = 15.0;
const SECOND_LINE: f32 = 31.0;
/// The margin at the right of a text.
const GAP: f32 = 12.0;

/// Paints a text from a point at its left, with the whole in a tooltip if it is cut. Returns where
/// it ends.
fn cut_text(
    ui: &Ui,
    id: Id,
    left: Pos2,
    width: f32,
    text: &str,
    (font, ink): (FontId, Color32),
) -> f32 {
    let line = OneLine::new(ui, text, font, ink, width);
    let rect = line.paint(ui, Align2::LEFT_CENTER, left);
    if line.is_cut() {
        ui.interact(rect, id, Sense::hover())
            .on_hover_text(widgets::clipped(text));
    }
    rect.right()
}

/// The cell of a column. A state that may need more room is laid out by [`state_ui`].
pub(super) fn cell_ui(
    ui: &Ui,
    rect: Rect,
    column: Column,
    row: &RowView,
    extras: Option<&RowExtras>,
    context: &CellContext<'_>,
) {
    match column {
        Column::Job => job_ui(ui, rect, row, context),
        Column::State => {
            state_ui(ui, rect, row, 0.0, context);
        }
        Column::Progress => progress_ui(ui, rect, row, context),
        Column::Host | Column::Priority | Column::SavedTo | Column::Checksum => {
            let text = text_of(column, row, extras);
            let (text, ink) = match &text {
                Some(text) => (&**text, context.tokens.text),
                None => (UNKNOWN, context.tokens.faint),
            };
            let id = row_id(ui, row.id, column.name());
            let look = (theme::regular(theme::TEXT_BODY), ink);
            cut_text(ui, id, rect.left_center(), rect.width() - GAP, text, look);
        }
        _ => number_ui(ui, rect, column, row, extras, context),
    }
}

fn job_ui(ui: &Ui, rect: Rect, row: &RowView, context: &CellContext<'_>) {
    let width = rect.width() - GAP;
    let host = origin(row);
    let is_alone = host.is_empty();
    let font = theme::medium(theme::TEXT_BODY);
    let name = OneLine::new(ui, &row.name, font, context.tokens.text, width);
    name.paint(ui, Align2::LEFT_CENTER, line_at(rect, FIRST_LINE, is_alone));
    let mut is_cut = name.is_cut();
    if !is_alone {
        let font = theme::regular(theme::TEXT_SMALL);
        let host = OneLine::new(ui, &host, font, context.tokens.muted, width);
        host.paint(ui, Align2::LEFT_CENTER, line_at(rect, SECOND_LINE, false));
        is_cut |= host.is_cut();
    }
    let says_more = !context.has_received && !context.without_room.is_empty();
    if is_cut || says_more {
        let hover = ui.interact(rect, row_id(ui, row.id, "name"), Sense::hover());
        hover.on_hover_ui(|ui| {
            let mut lines = vec![row.name.to_string(), host.into_owned()];
            lines.retain(|line| !line.is_empty());
            if says_more {
                lines.extend(without_room(row, context));
            }
            ui.label(lines.join("\n"));
        });
    }
}

/// The host, and the name in the link if that differs.
fn origin(row: &RowView) -> Cow<'_, str> {
    match row.link_name.as_deref() {
        None => Cow::Borrowed(&*row.host),
        Some(link_name) if row.host.is_empty() => Cow::Borrowed(link_name),
        Some(link_name) => Cow::Owned(format!("{} · {link_name}", row.host)),
    }
}

/// The second line of the state: its detail and the note.
fn explanation(row: &RowView) -> Option<Cow<'_, str>> {
    match (row.status.detail(), row.note.as_deref()) {
        (Some(detail), Some(note)) => Some(Cow::Owned(format!("{detail} · {note}"))),
        (detail, note) => detail.or(note.map(Cow::Borrowed)),
    }
}

/// Where a line of a cell begins; in the middle if it is the only line.
fn line_at(rect: Rect, y: f32, is_alone: bool) -> Pos2 {
    if is_alone {
        rect.left_center()
    } else {
        pos2(rect.left(), rect.top() + y)
    }
}

/// The state, which extends over `spare` points behind its cell if it needs them. Returns where
/// free room begins.
pub(super) fn state_ui(
    ui: &Ui,
    rect: Rect,
    row: &RowView,
    spare: f32,
    context: &CellContext<'_>,
) -> f32 {
    let tokens = context.tokens;
    let tone = tokens.tone(row.status.tone());
    let glyph_at = pos2(rect.left() + 8.0, rect.center().y);
    widgets::paint_glyph(ui, row.status.glyph(), glyph_at, tone);
    let texts = rect.with_min_x(rect.left() + 24.0);
    let width = texts.width() + spare - GAP;
    let explanation = explanation(row);
    let word_at = line_at(texts, FIRST_LINE, explanation.is_none());
    let look = (theme::regular(theme::TEXT_BODY), tokens.text);
    let id = row_id(ui, row.id, "word");
    let mut end = cut_text(ui, id, word_at, width, &row.status.word(), look);
    if let Some(explanation) = explanation {
        let ink = if is_explained(&row.status) {
            tone
        } else {
            tokens.muted
        };
        let look = (theme::regular(theme::TEXT_SMALL), ink);
        let id = row_id(ui, row.id, "detail");
        let at = line_at(texts, SECOND_LINE, false);
        end = end.max(cut_text(ui, id, at, width, &explanation, look));
    }
    end + GAP
}

/// Whether the second line of this state is a sentence that needs room.
fn is_explained(status: &Status) -> bool {
    matches!(status, Status::Failed { .. } | Status::Check { .. })
}

/// Whether a row has nothing to show in a column, so that its state may extend over it.
pub(super) fn is_free(
    column: Column,
    row: &RowView,
    extras: Option<&RowExtras>,
    context: &CellContext<'_>,
) -> bool {
    match column {
        Column::State => false,
        // The reason matters more than the progress, which the word or the numbers say too.
        Column::Progress if is_explained(&row.status) => true,
        Column::Progress => {
            let waits = matches!(row.status, Status::Retrying { .. });
            if context.has_received {
                waits || !row.shows_bar()
            } else {
                !row.amount.is_known()
            }
        }
        _ => text_of(column, row, extras).is_none(),
    }
}

/// The blank before the number in a cell, in points; 0 in cells without a number.
pub(super) fn blank_before_number(
    ui: &Ui,
    column: Column,
    width: f32,
    row: &RowView,
    extras: Option<&RowExtras>,
) -> f32 {
    match text_of(column, row, extras) {
        Some(text) if column.is_number() => {
            let font = theme::regular(theme::TEXT_BODY);
            let number = OneLine::new(ui, &text, font, Color32::PLACEHOLDER, width);
            (width - number.width()).max(0.0)
        }
        _ => 0.0,
    }
}

fn progress_ui(ui: &Ui, rect: Rect, row: &RowView, context: &CellContext<'_>) {
    const BAR_HEIGHT: f32 = 6.0;
    let tokens = context.tokens;
    let is_done = matches!(row.status, Status::Done { .. });
    let is_explained = is_explained(&row.status);
    if (is_explained || is_done) && context.has_received {
        return;
    }
    let shows_bar = row.shows_bar();
    let first_line = if shows_bar {
        pos2(rect.left(), rect.top() + FIRST_LINE + 3.0)
    } else {
        rect.left_center()
    };
    let width = rect.width() - GAP - 8.0;
    let look = (theme::regular(theme::TEXT_SMALL), tokens.muted);
    let id = row_id(ui, row.id, "progress");
    if !context.has_received && row.amount.is_known() {
        cut_text(ui, id, first_line, width, &received_text(row), look);
    } else if let Some(text) = row.amount.percent().filter(|_| shows_bar) {
        cut_text(ui, id, first_line, width, &text, look);
    } else if !shows_bar && !is_explained && !is_done {
        let look = (theme::regular(theme::TEXT_BODY), tokens.faint);
        cut_text(ui, id, first_line, width, UNKNOWN, look);
    }
    if !shows_bar {
        return;
    }
    let bar = Rect::from_min_size(
        pos2(rect.left(), rect.top() + SECOND_LINE - BAR_HEIGHT / 2.0),
        vec2(width.clamp(0.0, 240.0), BAR_HEIGHT),
    );
    let value = match row.amount.fraction() {
        Some(fraction) => BarValue::Known(fraction),
        None if row.amount.total.is_some() => BarValue::Known(0.0),
        None => BarValue::Unknown { beat: context.beat },
    };
    let ink = if row.status.tone() == Tone::Accent {
        tokens.accent
    } else {
        tokens.off
    };
    widgets::paint_bar(ui.painter(), bar, value, ink, tokens);
}

/// Received of total; only the size once it is complete.
fn received_text(row: &RowView) -> String {
    match row.status {
        Status::Done { .. } | Status::Check { .. } => row.amount.final_text(),
        _ => row.amount.text(),
    }
}

/// A number at the right of its cell, or `–`.
fn number_ui(
    ui: &Ui,
    rect: Rect,
    column: Column,
    row: &RowView,
    extras: Option<&RowExtras>,
    context: &CellContext<'_>,
) {
    let text = text_of(column, row, extras);
    let (text, ink) = match &text {
        Some(text) => (&**text, context.tokens.text),
        None => (UNKNOWN, context.tokens.faint),
    };
    let font = theme::regular(theme::TEXT_BODY);
    let line = OneLine::new(ui, text, font, ink, rect.width());
    line.paint(ui, Align2::RIGHT_CENTER, rect.right_center());
    let says_more = column == Column::Received && !context.without_room.is_empty();
    if says_more || line.is_cut() {
        let hover = ui.interact(rect, row_id(ui, row.id, column.name()), Sense::hover());
        hover.on_hover_ui(|ui| {
            let mut lines = Vec::new();
            if line.is_cut() {
                lines.push(text.to_owned());
            }
            if says_more {
                lines.extend(without_room(row, context));
            }
            ui.label(lines.join("\n"));
        });
    }
}

/// The texts of the columns without room, a line each.
fn without_room(row: &RowView, context: &CellContext<'_>) -> Vec<String> {
    let wants_extras = context
        .without_room
        .iter()
        .any(|column| wants_extras(*column));
    let extras = wants_extras
        .then(|| context.source.extras(row.id))
        .flatten();
    let mut columns = context.without_room.to_vec();
    columns.sort_unstable();
    let lines = columns.into_iter().map(|column| {
        let text = text_of(column, row, extras.as_ref())?;
        Some(format!("{} {text}", context.source.column_title(column)))
    });
    lines.flatten().collect()
}

/// The text of a row in a column of one line; `None` if it is unknown.
fn text_of<'a>(
    column: Column,
    row: &'a RowView,
    extras: Option<&'a RowExtras>,
) -> Option<Cow<'a, str>> {
    let text = match column {
        Column::Job => return Some(Cow::Borrowed(&*row.name)),
        Column::State => return Some(row.status.word()),
        Column::Host => return Some(Cow::Borrowed(&*row.host)).filter(|host| !host.is_empty()),
        Column::Priority => return extras?.priority.map(Cow::Borrowed),
        Column::SavedTo => return extras?.saved_to.as_deref().map(Cow::Borrowed),
        Column::Checksum => return extras?.checksum.as_deref().map(Cow::Borrowed),
        Column::Progress => row.amount.percent()?,
        Column::Received => {
            let amount = row.amount.is_known().then(|| received_text(row));
            return amount.map(Cow::Owned);
        }
        Column::Rate => row.amount.rate_text(row.shown_rate()?),
        Column::Eta => format::eta_short(row.eta?),
        Column::Slept => return slept_text(row).map(Cow::Owned),
        Column::Elapsed => format::duration(extras?.elapsed?),
        Column::Attempts => extras?.attempts?.to_string(),
        Column::Added => extras?.added?.to_string(),
        Column::HttpStatus => extras?.http_status?.to_string(),
        Column::Polls => extras?.polls?.to_string(),
        Column::Busy => format::milliseconds(extras?.busy?),
        Column::LongestPoll => format::milliseconds(extras?.longest_poll?),
    };
    Some(Cow::Owned(text))
}

fn slept_text(row: &RowView) -> Option<String> {
    match (row.slept, row.sleep_total) {
        (slept, Some(total)) => Some(format::duration_pair(slept.unwrap_or_default(), total)),
        // Not `0 s` for a row that never slept.
        (slept, None) => slept.filter(|slept| !slept.is_zero()).map(format::duration),
    }
}

/// The buttons of a row: the one that fits its state, skip, and cancel.
pub(super) fn actions_ui(
    ui: &Ui,
    rect: Rect,
    row: &RowView,
    context: &CellContext<'_>,
    intents: &mut Vec<Intent>,
) {
    const SIDE: f32 = 26.0;
    if !context.source.offers_actions() {
        return;
    }
    let status = &row.status;
    let main = if status.can_resume() {
        Some((Icon::Play, Command::Resume, "Resume"))
    } else if status.can_pause() {
        Some((Icon::Pause, Command::Pause, "Pause"))
    } else {
        match row.suggested_action {
            Some(SuggestedAction::Keep) => Some((Icon::Tick, Command::Keep, "Keep")),
            Some(SuggestedAction::ChangeUrl) => {
                Some((Icon::Pencil, Command::ChangeUrl, "Change URL of"))
            }
            Some(SuggestedAction::OpenFolder) if context.offers_folder => {
                Some((Icon::Folder, Command::OpenFolder, "Open folder of"))
            }
            _ if status.can_retry() && context.offers_retry => {
                Some((Icon::Retry, Command::Retry, "Retry"))
            }
            _ => None,
        }
    };
    // Only in a row that is lit: a third icon in every row would be too much.
    let skip = (status.can_skip() && context.is_lit).then_some((
        Icon::Skip,
        Command::Skip,
        "Skip the wait of",
    ));
    let cancel = status
        .can_cancel()
        .then_some((Icon::Cross, Command::Cancel, "Cancel"));
    let left = rect.right() - 3.0 * SIDE - 16.0;
    for (place, button) in [skip, main, cancel].into_iter().enumerate() {
        let Some((icon, command, word)) = button else {
            continue;
        };
        let center = pos2(
            left + SIDE / 2.0 + place as f32 * (SIDE + 2.0),
            rect.center().y,
        );
        let square = Rect::from_center_size(center, vec2(SIDE, SIDE));
        let name = format!("{word} {}", row.name);
        // The main button keeps its id, and with it the focus, while it changes from pause to
        // resume.
        let part = ["skip button", "main button", "cancel button"][place];
        if widgets::icon_button_at(
            ui,
            square,
            row_id(ui, row.id, part),
            icon,
            &name,
            context.is_lit,
        )
        .clicked()
        {
            intents.push(Intent::RunOn(command, row.id));
        }
    }
}

/// A row as one sentence, for the accessibility tree.
pub(super) fn spoken(row: &RowView) -> String {
    let mut text = row.name.to_string();
    let mut add = |part: &str| {
        if !part.is_empty() {
            text.push_str(", ");
            text.push_str(part);
        }
    };
    add(&row.host);
    add(row.link_name.as_deref().unwrap_or_default());
    add(&row.status.word());
    add(row.status.detail().as_deref().unwrap_or_default());
    add(row.note.as_deref().unwrap_or_default());
    if row.amount.is_known() {
        add(&received_text(row));
    }
    for (column, title) in [
        (Column::Rate, "rate"),
        (Column::Eta, "left"),
        (Column::Slept, "slept"),
    ] {
        if let Some(text) = text_of(column, row, None) {
            add(&format!("{title} {text}"));
        }
    }
    text
}

/// The id of a widget in a row of the table whose rows are laid out here. It follows the row, not
/// its place, so that neither the focus nor half a click ends up on another row when the order
/// changes.
pub(super) fn row_id(ui: &Ui, id: RowId, part: &str) -> Id {
    ui.make_persistent_id((part, id))
}
