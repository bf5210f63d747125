//! The attempts of a row, the newest first.

use egui::{Align2, CollapsingHeader, Label, RichText, Sense, Ui, pos2, vec2};

use super::model::AttemptView;
use super::texts::{raw_text_ui, small_ui, visible_line};
use crate::format;
use crate::status::RowId;
use crate::theme::{self, Tokens};
use crate::widgets::OneLine;

const DETAIL_HEIGHT: f32 = 96.0;

pub(super) fn attempts_ui(ui: &mut Ui, row: RowId, attempts: &[AttemptView]) {
    if attempts.is_empty() {
        small_ui(ui, "No attempt has begun yet");
        return;
    }
    let forgotten = attempts[0].number.saturating_sub(1);
    for (place, attempt) in attempts.iter().rev().enumerate() {
        if place > 0 {
            divider_ui(ui);
        }
        ui.push_id((row, attempt.number), |ui| attempt_ui(ui, attempt));
    }
    if forgotten > 0 {
        divider_ui(ui);
        let text = format::count(forgotten, "earlier attempt", "earlier attempts");
        small_ui(ui, &text);
    }
}

fn divider_ui(ui: &mut Ui) {
    let tokens = Tokens::of(ui.style());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 9.0), Sense::hover());
    let stroke = egui::Stroke::new(theme::HAIRLINE, tokens.line);
    ui.painter().hline(rect.x_range(), rect.center().y, stroke);
}

fn attempt_ui(ui: &mut Ui, attempt: &AttemptView) {
    let tokens = Tokens::of(ui.style());
    ui.spacing_mut().item_spacing.y = 3.0;
    let size = vec2(ui.available_width(), 20.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let title = format!("Attempt {}", attempt.number);
    let numbers = [
        attempt.began.clone(),
        Some(format::duration(attempt.took)),
        (attempt.bytes > 0).then(|| format::bytes(attempt.bytes)),
    ];
    let numbers: Vec<_> = numbers.into_iter().flatten().collect();
    let numbers = numbers.join(" · ");
    let name = format!("{title}, {numbers}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &name));
    let small = theme::regular(theme::TEXT_SMALL);
    let numbers = OneLine::new(
        ui,
        &numbers,
        small.clone(),
        tokens.muted,
        rect.width() * 0.7,
    );
    numbers.paint(ui, Align2::RIGHT_CENTER, rect.right_center());
    let title = OneLine::new(
        ui,
        &title,
        theme::medium(theme::TEXT_BODY),
        tokens.text,
        rect.width() - numbers.width() - 8.0,
    );
    let title = title.paint(ui, Align2::LEFT_CENTER, rect.left_center());
    if !attempt.reason.is_empty() {
        let room = rect.right() - numbers.width() - title.right() - 16.0;
        let reason = OneLine::new(ui, attempt.reason, small, tokens.muted, room);
        let at = pos2(title.right() + 8.0, rect.center().y + 0.5);
        reason.paint(ui, Align2::LEFT_CENTER, at);
    }
    let end = RichText::new(visible_line(&attempt.end)).size(theme::TEXT_SMALL);
    let end = end.color(tokens.tone(attempt.tone));
    ui.add(Label::new(end).wrap().selectable(true));
    if let Some(error) = &attempt.error {
        if !error.hint.is_empty() {
            small_ui(ui, &visible_line(&error.hint));
        }
        if !error.detail.is_empty() {
            let title = format!("Detail of attempt {}", attempt.number);
            let words = RichText::new(title).size(theme::TEXT_SMALL);
            CollapsingHeader::new(words.color(tokens.muted))
                .id_salt("detail")
                .show_unindented(ui, |ui| {
                    let name = format!("Copy the detail of attempt {}", attempt.number);
                    raw_text_ui(ui, "detail", &error.detail, &name, DETAIL_HEIGHT);
                });
        }
    }
    if !attempt.followed.is_empty() {
        small_ui(ui, &attempt.followed);
    }
}
