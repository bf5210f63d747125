//! What a row is, and how it goes.

use egui::{Align, Align2, Label, Layout, RichText, Sense, Ui, pos2, vec2};

use super::model::{ErrorView, Fact, Overview};
use super::texts::{copy_button_ui, heading_ui, raw_text_ui, visible, visible_line};
use super::{chart, timeline};
use crate::format;
use crate::status::{RowView, Status, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::{self, BarValue, OneLine};

const NAME_WIDTH: f32 = 104.0;
const FACT_HEIGHT: f32 = 22.0;
const DETAIL_HEIGHT: f32 = 96.0;
const PREVIEW_HEIGHT: f32 = 160.0;

pub(super) fn overview_ui(ui: &mut Ui, row: &RowView, overview: &Overview, beat: u64) {
    let tokens = Tokens::of(ui.style());
    progress_ui(ui, row, beat);
    if let Some(error) = &overview.error {
        gap_ui(ui);
        let is_final = matches!(row.status, Status::Failed { .. });
        let heading = if is_final {
            "Error"
        } else {
            "Error of the last attempt"
        };
        heading_ui(ui, heading);
        error_ui(ui, "error detail", error, is_final);
    }
    if !overview.notes.is_empty() {
        gap_ui(ui);
        heading_ui(ui, "Notes");
        for (tone, text) in &overview.notes {
            let ink = match tone {
                Tone::Doubt => tokens.tone(*tone),
                _ => tokens.text,
            };
            let text = RichText::new(visible_line(text)).color(ink);
            ui.add(Label::new(text).wrap().selectable(true));
        }
    }
    if overview.curve.points.len() > 2 {
        gap_ui(ui);
        chart::chart_ui(ui, &overview.curve);
    }
    if !overview.timeline.lines.is_empty() {
        gap_ui(ui);
        heading_ui(ui, "Timeline");
        ui.scope(|ui| timeline::timeline_ui(ui, &overview.timeline));
    }
    if !overview.facts.is_empty() {
        gap_ui(ui);
        heading_ui(ui, "Details");
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for fact in &overview.facts {
                fact_ui(ui, fact);
            }
        });
    }
    if let Some(preview) = &overview.preview {
        gap_ui(ui);
        heading_ui(ui, "Text");
        raw_text_ui(ui, "preview", preview, "Copy the text", PREVIEW_HEIGHT);
    }
}

fn gap_ui(ui: &mut Ui) {
    ui.add_space(8.0);
}

fn progress_ui(ui: &mut Ui, row: &RowView, beat: u64) {
    let tokens = Tokens::of(ui.style());
    let status = &row.status;
    let tone = tokens.tone(status.tone());
    let detail = match status {
        // The error is below in full.
        Status::Failed { .. } | Status::Check { .. } => None,
        status => status.detail(),
    };
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let glyph = pos2(line.left() + 8.0, line.center().y);
    widgets::paint_glyph(ui, status.glyph(), glyph, tone);
    let word = OneLine::new(
        ui,
        &visible(&status.word()),
        theme::medium(theme::TEXT_BODY),
        tokens.text,
        line.width() - 24.0,
    );
    let word_at = pos2(line.left() + 24.0, line.center().y);
    let word_rect = word.paint(ui, Align2::LEFT_CENTER, word_at);
    let small = theme::regular(theme::TEXT_SMALL);
    if let Some(detail) = detail {
        let room = line.right() - word_rect.right() - 8.0;
        let detail = OneLine::new(ui, &visible(&detail), small.clone(), tokens.muted, room);
        let at = pos2(word_rect.right() + 8.0, line.center().y + 0.5);
        detail.paint(ui, Align2::LEFT_CENTER, at);
    }
    let mut numbers = Vec::new();
    match (row.amount.done, row.amount.total) {
        (None, None) => {}
        (Some(received), Some(total)) if received == total && status.is_ended() => {
            numbers.push(row.amount.final_text());
        }
        _ => numbers.push(row.amount.text()),
    }
    numbers.extend(row.rate.map(|rate| row.amount.rate_text(rate)));
    let is_transfer = matches!(status, Status::Transferring { .. } | Status::Stalled { .. });
    numbers.extend(row.eta.map(|eta| format!("{} left", format::eta(eta))));
    if numbers.is_empty() && !is_transfer {
        return;
    }
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let percent = row.amount.percent().filter(|_| row.amount.total > Some(0));
    let percent = percent.unwrap_or_default();
    let percent = OneLine::new(ui, &percent, small.clone(), tokens.muted, 60.0);
    percent.paint(ui, Align2::LEFT_CENTER, line.left_center());
    let room = line.width() - percent.width() - 8.0;
    let numbers = OneLine::new(ui, &numbers.join(" · "), small, tokens.muted, room);
    numbers.paint(ui, Align2::RIGHT_CENTER, line.right_center());
    let value = match row.amount.fraction() {
        Some(fraction) => BarValue::Known(fraction),
        None if is_transfer => BarValue::Unknown { beat },
        None if matches!(status.tone(), Tone::Good | Tone::Doubt) => BarValue::Known(1.0),
        None => BarValue::Known(0.0),
    };
    let ink = match status.tone() {
        Tone::Waiting | Tone::Text => tokens.off,
        tone => tokens.tone(tone),
    };
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
    widgets::paint_bar(ui.painter(), bar, value, ink, &tokens);
}

/// What happened, what one can do, and the raw detail.
pub(super) fn error_ui(ui: &mut Ui, id: &str, error: &ErrorView, is_final: bool) {
    let tokens = Tokens::of(ui.style());
    let ink = if is_final { tokens.failed } else { tokens.text };
    let size = vec2(ui.available_width(), 0.0);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Min), |ui| {
        let parts = [&error.message, &error.hint, &error.detail];
        let parts = parts.map(String::as_str).into_iter();
        let whole: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        copy_button_ui(ui, "Copy the whole error", &whole.join("\n"));
        let layout = Layout::top_down(Align::Min);
        ui.with_layout(layout, |ui| {
            ui.add_space(5.0);
            let message = RichText::new(visible_line(&error.message)).color(ink);
            ui.add(Label::new(message).wrap().selectable(true));
            if !error.hint.is_empty() {
                let hint = RichText::new(visible_line(&error.hint)).color(tokens.text);
                ui.add(Label::new(hint).wrap().selectable(true));
            }
        });
    });
    if !error.detail.is_empty() {
        raw_text_ui(ui, id, &error.detail, "Copy the detail", DETAIL_HEIGHT);
    }
}

fn fact_ui(ui: &mut Ui, fact: &Fact) {
    let tokens = Tokens::of(ui.style());
    let small = theme::regular(theme::TEXT_SMALL);
    let size = vec2(ui.available_width(), FACT_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let text = visible_line(&fact.text);
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{}: {text}", fact.name))
    });
    let name = OneLine::new(ui, fact.name, small.clone(), tokens.muted, NAME_WIDTH - 8.0);
    name.paint(ui, Align2::LEFT_CENTER, rect.left_center());
    let button_width = if fact.is_copyable { 24.0 } else { 0.0 };
    let room = rect.width() - NAME_WIDTH - button_width;
    let value = OneLine::new(ui, &text, small, tokens.text, room);
    let at = pos2(rect.left() + NAME_WIDTH, rect.center().y);
    value.paint(ui, Align2::LEFT_CENTER, at);
    if value.is_cut() {
        response.on_hover_text(&*text);
    }
    if fact.is_copyable {
        let button = rect.with_min_x(rect.right() - FACT_HEIGHT);
        let id = ui.make_persistent_id(("copy", fact.name));
        let name = format!("Copy: {}", fact.name);
        let copy = widgets::icon_button_at(ui, button, id, widgets::Icon::Copy, &name, false);
        if copy.clicked() {
            ui.ctx().copy_text(fact.text.clone());
        }
    }
}
