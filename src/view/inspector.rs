//! One row in full: what the table cuts, and what one can do about an error.

use egui::{Align, Align2, Label, Layout, RichText, ScrollArea, Sense, Ui, pos2, vec2};

use crate::command::{Command, Intent};
use crate::format;
use crate::status::{RowView, Status, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::{self, BarValue, Button, ButtonKind, Icon, OneLine};

/// What the inspector shows of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectorView {
    /// The row as the table shows it.
    pub row: RowView,
    /// Its error, or that of its last attempt.
    pub error: Option<ErrorView>,
    /// Further facts by name, in the order they are shown.
    pub facts: Vec<(&'static str, String)>,
}

/// An error in its three parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorView {
    /// What happened.
    pub message: String,
    /// What one can do; empty if there is nothing to say.
    pub hint: String,
    /// The raw detail; empty if there is none.
    pub detail: String,
}

/// The inspector. `view` is `None` while no row, or more than one, is selected; `beat` is for bars of unknown length.
pub fn inspector_ui(
    ui: &mut Ui,
    view: Option<&InspectorView>,
    beat: u64,
    intents: &mut Vec<Intent>,
) {
    let tokens = Tokens::of(ui.style());
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = Button::new("Close the inspector")
                .icon(Icon::Cross)
                .icon_only(true);
            if close.kind(ButtonKind::Quiet).show(ui).clicked() {
                intents.push(Intent::Run(Command::Inspector));
            }
            let title = view.map_or("Nothing selected", |view| &view.row.name);
            let font = theme::semibold(theme::TEXT_TITLE);
            let title_line = OneLine::new(ui, title, font, tokens.text, ui.available_width());
            let size = vec2(ui.available_width(), theme::CONTROL_HEIGHT);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            title_line.paint(ui, Align2::LEFT_CENTER, rect.left_center());
            if title_line.is_cut() {
                response.on_hover_text(title);
            }
        });
    });
    let Some(view) = view else {
        ui.label(RichText::new("Select one job to see it in full").color(tokens.muted));
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        if !view.row.host.is_empty() {
            ui.label(
                RichText::new(&*view.row.host)
                    .size(theme::TEXT_SMALL)
                    .color(tokens.muted),
            );
        }
        ui.add_space(8.0);
        progress_ui(ui, &view.row, beat);
        if let Some(error) = &view.error {
            ui.add_space(10.0);
            error_ui(ui, error, matches!(view.row.status, Status::Failed { .. }));
        }
        ui.add_space(10.0);
        heading_ui(ui, "Details");
        for (name, text) in &view.facts {
            fact_ui(ui, name, text);
        }
    });
}

fn heading_ui(ui: &mut Ui, text: &str) {
    let muted = Tokens::of(ui.style()).muted;
    ui.label(
        RichText::new(text)
            .font(theme::semibold(theme::TEXT_SMALL))
            .color(muted),
    );
}

fn progress_ui(ui: &mut Ui, row: &RowView, beat: u64) {
    let tokens = Tokens::of(ui.style());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
    let tone = tokens.tone(row.status.tone());
    widgets::paint_glyph(
        ui,
        row.status.glyph(),
        pos2(rect.left() + 8.0, rect.top() + 9.0),
        tone,
    );
    let mut numbers = Vec::new();
    if row.received_bytes.is_some() || row.total_bytes.is_some() {
        numbers.push(format::bytes_pair(row.received_bytes, row.total_bytes));
    }
    numbers.extend(row.rate.map(format::rate));
    numbers.extend(row.eta.map(|eta| format!("{} left", format::eta(eta))));
    let small = theme::regular(theme::TEXT_SMALL);
    let numbers = OneLine::new(
        ui,
        &numbers.join(" · "),
        small,
        tokens.muted,
        rect.width() * 0.7,
    );
    let numbers_rect = numbers.paint(
        ui,
        Align2::RIGHT_CENTER,
        pos2(rect.right(), rect.top() + 9.0),
    );
    let word_room = numbers_rect.left() - rect.left() - 32.0;
    let word = OneLine::new(
        ui,
        &row.status.word(),
        theme::medium(theme::TEXT_BODY),
        tokens.text,
        word_room,
    );
    word.paint(
        ui,
        Align2::LEFT_CENTER,
        pos2(rect.left() + 24.0, rect.top() + 9.0),
    );
    let value = match row.fraction() {
        Some(fraction) => BarValue::Known(fraction),
        None if matches!(
            row.status,
            Status::Transferring {
                size_known: false,
                ..
            }
        ) =>
        {
            BarValue::Unknown { beat }
        }
        None if row.status.tone() == Tone::Good => BarValue::Known(1.0),
        None => BarValue::Known(0.0),
    };
    let ink = match row.status.tone() {
        Tone::Waiting | Tone::Text => tokens.off,
        tone => tokens.tone(tone),
    };
    let bar = rect.with_min_y(rect.bottom() - 6.0);
    widgets::paint_bar(ui.painter(), bar, value, ink, tokens);
}

fn error_ui(ui: &mut Ui, error: &ErrorView, is_final: bool) {
    let tokens = Tokens::of(ui.style());
    heading_ui(
        ui,
        if is_final {
            "Error"
        } else {
            "Error of the last attempt"
        },
    );
    let ink = if is_final { tokens.failed } else { tokens.text };
    ui.label(RichText::new(&error.message).color(ink));
    if !error.hint.is_empty() {
        ui.label(&error.hint);
    }
    if !error.detail.is_empty() {
        ui.label(RichText::new(&error.detail).monospace().color(tokens.muted));
    }
    let copy = Button::new("Copy").tooltip("Copy the whole error");
    if copy.show(ui).clicked() {
        let parts = [&error.message, &error.hint, &error.detail];
        let text: Vec<&str> = parts
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        ui.ctx().copy_text(text.join("\n"));
    }
}

fn fact_ui(ui: &mut Ui, name: &str, text: &str) {
    const NAME_WIDTH: f32 = 84.0;
    let tokens = Tokens::of(ui.style());
    ui.horizontal_top(|ui| {
        let small = theme::regular(theme::TEXT_SMALL);
        let name_line = OneLine::new(ui, name, small, tokens.muted, NAME_WIDTH);
        let (rect, _) = ui.allocate_exact_size(vec2(NAME_WIDTH, 16.0), Sense::hover());
        name_line.paint(ui, Align2::LEFT_TOP, rect.left_top());
        let words = RichText::new(text)
            .size(theme::TEXT_SMALL)
            .color(tokens.text);
        ui.add(Label::new(words).wrap().selectable(true));
    });
}
