//! The activity of the deck, newest first.

use egui::{Align, Align2, Layout, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::intent::Intent;
use crate::command::Command;
use crate::deck::{ActivityEntry, ActivityKind, ActivityLog};
use crate::status::{Glyph, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::{Button, ButtonKind, Icon, OneLine, paint_glyph};

const ENTRY_HEIGHT: f32 = 44.0;

/// The activity panel.
pub fn activity_ui(ui: &mut Ui, activity: &ActivityLog, intents: &mut Vec<Intent>) {
    let tokens = Tokens::of(ui.style());
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        let title = RichText::new("Activity").font(theme::semibold(theme::TEXT_TITLE));
        ui.label(title.color(tokens.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = Button::new("Close the activity")
                .icon(Icon::Cross)
                .icon_only(true);
            if close.kind(ButtonKind::Quiet).show(ui).clicked() {
                intents.push(Intent::Run(Command::Activity));
            }
            let clear = Button::new("Clear").tooltip("Forget what happened");
            let clear = clear.enabled(!activity.is_empty()).kind(ButtonKind::Quiet);
            if clear.show(ui).clicked() {
                intents.push(Intent::ClearActivity);
            }
        });
    });
    if activity.is_empty() {
        ui.label(RichText::new("Nothing has happened yet").color(tokens.muted));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().auto_shrink(false);
    area.show_rows(ui, ENTRY_HEIGHT, activity.len(), |ui, range| {
        for entry in range.filter_map(|index| activity.get(index)) {
            entry_ui(ui, entry, intents);
        }
    });
}

fn entry_ui(ui: &mut Ui, entry: &ActivityEntry, intents: &mut Vec<Intent>) {
    let tokens = Tokens::of(ui.style());
    let (word, glyph, tone) = match entry.kind {
        ActivityKind::Added => ("Added", Glyph::Dashed, Tone::Off),
        ActivityKind::Began => ("Began", Glyph::Dot, Tone::Accent),
        ActivityKind::Done => ("Done", Glyph::Tick, Tone::Good),
        ActivityKind::Doubted => ("Check", Glyph::Warning, Tone::Doubt),
        ActivityKind::Kept => ("Kept", Glyph::Tick, Tone::Good),
        ActivityKind::Failed | ActivityKind::FailedTogether => {
            ("Failed", Glyph::Cross, Tone::Failed)
        }
        ActivityKind::Network => ("Network", Glyph::Clock, Tone::Waiting),
        ActivityKind::Cancelled => ("Cancelled", Glyph::Slashed, Tone::Off),
        ActivityKind::Removed => ("Removed", Glyph::Slashed, Tone::Off),
        ActivityKind::Stopped => ("Not added any more", Glyph::Slashed, Tone::Off),
        ActivityKind::Retried => ("Begun again", Glyph::Clock, Tone::Waiting),
        ActivityKind::Retrying => ("Tries again", Glyph::Clock, Tone::Waiting),
        ActivityKind::Problem => ("Problem", Glyph::Cross, Tone::Failed),
        ActivityKind::Undone => ("Taken back", Glyph::Clock, Tone::Text),
        ActivityKind::Paused => ("Paused", Glyph::Bars, Tone::Text),
    };
    let sense = if entry.row.is_some() {
        Sense::click()
    } else {
        Sense::hover()
    };
    let size = vec2(ui.available_width() - 8.0, ENTRY_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let at = entry.at.map(|at| at.to_string()).unwrap_or_default();
    let second = match entry.detail.as_ref() {
        "" => word.to_owned(),
        // Its text says what it is about.
        detail if matches!(entry.kind, ActivityKind::Failed | ActivityKind::Retrying) => {
            detail.to_owned()
        }
        detail => format!("{word} · {detail}"),
    };
    response.widget_info(|| {
        let spoken = format!("{word}, {}, {}, {at}", entry.subject, entry.detail);
        WidgetInfo::labeled(Role::ListItem, true, spoken)
    });
    if entry.row.is_some() && (response.hovered() || response.has_focus()) {
        ui.painter()
            .rect_filled(rect, f32::from(theme::RADIUS), tokens.hover);
    }
    let ink = tokens.tone(tone);
    paint_glyph(ui, glyph, pos2(rect.left() + 10.0, rect.center().y), ink);
    let small = theme::regular(theme::TEXT_SMALL);
    let time = OneLine::new(ui, &at, small.clone(), tokens.muted, 120.0);
    time.paint(
        ui,
        Align2::RIGHT_CENTER,
        pos2(rect.right() - 4.0, rect.top() + 15.0),
    );
    let left = rect.left() + 26.0;
    let body = theme::medium(theme::TEXT_BODY);
    let width = rect.right() - left - time.width() - 16.0;
    let name = OneLine::new(ui, &entry.subject, body, tokens.text, width);
    name.paint(ui, Align2::LEFT_CENTER, pos2(left, rect.top() + 15.0));
    let ink = if matches!(
        entry.kind,
        ActivityKind::Failed | ActivityKind::FailedTogether
    ) {
        tokens.failed
    } else {
        tokens.muted
    };
    let line = OneLine::new(ui, &second, small, ink, rect.right() - left - 8.0);
    line.paint(ui, Align2::LEFT_CENTER, pos2(left, rect.top() + 31.0));
    let response = if line.is_cut() || name.is_cut() {
        response.on_hover_text(format!("{}\n{second}", entry.subject))
    } else {
        response
    };
    if let Some(row) = entry.row.filter(|_| response.clicked()) {
        intents.push(Intent::ShowRow(row));
    }
}
