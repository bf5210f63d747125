//! The sum of several rows.

use egui::{Align2, Color32, RichText, ScrollArea, Sense, Ui, pos2, vec2};

use super::super::intent::Intent;
use super::model::Several;
use super::texts::{heading_ui, visible_line};
use super::title::title_ui;
use crate::command::{Command, CommandContext};
use crate::format;
use crate::status::{Chip, Counts, Tone};
use crate::theme::{self, Tokens};
use crate::widgets::{self, BarValue, Button, Icon, OneLine};

const LINE_HEIGHT: f32 = 22.0;

pub(super) fn several_ui(
    ui: &mut Ui,
    several: &Several,
    context: &CommandContext,
    intents: &mut Vec<Intent>,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let count = several.counts.all() as u64;
    title_ui(
        ui,
        &format!("{} selected", format::count(count, "job", "jobs")),
        intents,
    );
    ui.add_space(6.0);
    buttons_ui(ui, context, intents);
    ui.add_space(8.0);
    let area = ScrollArea::vertical().id_salt("several").auto_shrink(false);
    area.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        progress_ui(ui, several);
        ui.add_space(8.0);
        heading_ui(ui, "States");
        ui.spacing_mut().item_spacing.y = 0.0;
        for chip in Chip::ALL {
            let count = several.counts.of(chip);
            if count > 0 {
                line_ui(ui, chip.name(), &format::grouped(count), Tone::Text);
            }
        }
        ui.add_space(12.0);
        heading_ui(ui, "Together");
        ui.add_space(4.0);
        line_ui(
            ui,
            "Received",
            &format::bytes(several.received_bytes),
            Tone::Text,
        );
        if several.total_bytes > 0 {
            let mut total = format::bytes(several.total_bytes);
            if several.without_total > 0 {
                total = format!(
                    "{total}, and {} of unknown size",
                    format::grouped(several.without_total)
                );
            }
            line_ui(ui, "Total", &total, Tone::Text);
        }
        if several.rate > 0.0 {
            line_ui(ui, "Rate", &format::rate(several.rate), Tone::Text);
        }
        line_ui(ui, "Slept", &format::duration(several.slept), Tone::Text);
        if !several.errors.is_empty() {
            ui.add_space(12.0);
            heading_ui(ui, "Errors");
            ui.add_space(4.0);
            for (message, count) in &several.errors {
                line_ui(ui, message, &count.to_string(), Tone::Failed);
            }
        }
        ui.add_space(12.0);
    });
}

fn buttons_ui(ui: &mut Ui, context: &CommandContext, intents: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for command in [
            Command::Resume,
            Command::Pause,
            Command::Skip,
            Command::Retry,
            Command::Keep,
            Command::Cancel,
            Command::CopyLinks,
            Command::Remove,
        ] {
            if !command.is_shown(context) {
                continue;
            }
            let shortcut = command.shortcut_text(ui.ctx());
            // The full words: the toolbar has the short ones.
            let button = Button::new(command.tooltip())
                .icon(command.icon().unwrap_or(Icon::Copy))
                .icon_only(true)
                .enabled(command.is_enabled(context))
                .shortcut(&shortcut);
            if button.show(ui).clicked() {
                intents.push(Intent::Run(command));
            }
        }
    });
}

fn progress_ui(ui: &mut Ui, several: &Several) {
    if several.total_bytes == 0 || several.without_total > 0 {
        return;
    }
    let tokens = Tokens::of(ui.style());
    let (received, total) = (several.received_bytes, several.total_bytes);
    let numbers = format!(
        "{} · {}",
        format::percent(received, total),
        format::bytes_pair(Some(received), Some(total))
    );
    ui.label(
        RichText::new(numbers)
            .size(theme::TEXT_SMALL)
            .color(tokens.muted),
    );
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
    let share = (received as f64 / total as f64) as f32;
    let value = BarValue::Known(share);
    let color = bar_color(&several.counts, &tokens);
    widgets::paint_bar(ui.painter(), bar, value, color, &tokens);
}

/// The colour of the bar: that of a doubt if all rows have ended.
fn bar_color(counts: &Counts, tokens: &Tokens) -> Color32 {
    let to_check = counts.of(Chip::Check);
    if to_check > 0 && to_check + counts.of(Chip::Done) == counts.all() {
        tokens.tone(Tone::Doubt)
    } else {
        tokens.accent
    }
}

/// A name, and a number at the right.
fn line_ui(ui: &mut Ui, name: &str, number: &str, tone: Tone) {
    let tokens = Tokens::of(ui.style());
    let small = theme::regular(theme::TEXT_SMALL);
    let size = vec2(ui.available_width(), LINE_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let name = visible_line(name);
    let says = format!("{name}: {number}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &says));
    let number = OneLine::new(ui, number, small.clone(), tokens.text, rect.width() * 0.7);
    number.paint(ui, Align2::RIGHT_CENTER, rect.right_center());
    let ink = match tone {
        Tone::Text => tokens.muted,
        tone => tokens.tone(tone),
    };
    let room = rect.width() - number.width() - 12.0;
    let name_line = OneLine::new(ui, &name, small, ink, room);
    name_line.paint(ui, Align2::LEFT_CENTER, pos2(rect.left(), rect.center().y));
    if name_line.is_cut() {
        response.on_hover_text(&*name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_doubts_has_their_colour() {
        let tokens = Tokens::of(&egui::Style::default());
        let color = |chips: &[Chip]| {
            let mut counts = Counts::default();
            chips.iter().for_each(|chip| counts.add(*chip));
            bar_color(&counts, &tokens)
        };
        assert_eq!(color(&[Chip::Check, Chip::Check]), tokens.waiting);
        assert_eq!(color(&[Chip::Check, Chip::Done]), tokens.waiting);
        assert_eq!(color(&[Chip::Done]), tokens.accent);
        assert_eq!(color(&[Chip::Check, Chip::Active]), tokens.accent);
    }
}
