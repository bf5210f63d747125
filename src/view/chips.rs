//! The strip of filter chips.

use egui::scroll_area::ScrollBarVisibility;
use egui::{ScrollArea, Ui};

use super::intent::Intent;
use crate::command::Command;
use crate::status::{Chip, Counts};
use crate::widgets;

/// In this order. Check and Cancelled come last: they are shown only while they have rows or are
/// chosen, and then no other chip moves.
const ORDER: [Chip; 7] = [
    Chip::Active,
    Chip::Waiting,
    Chip::Paused,
    Chip::Failed,
    Chip::Done,
    Chip::Cancelled,
    Chip::Check,
];

/// The strip: All, and each group of rows with its count.
pub fn chips_ui(ui: &mut Ui, counts: &Counts, shown: Option<Chip>, intents: &mut Vec<Intent>) {
    // Scrolls if they do not fit.
    let strip = ScrollArea::horizontal().scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
    strip.show(ui, |ui| {
        chips_in_a_line_ui(ui, counts, shown, intents);
    });
}

/// Between two chips, in points.
const GAP: f32 = 4.0;

fn chips_in_a_line_ui(
    ui: &mut Ui,
    counts: &Counts,
    shown: Option<Chip>,
    intents: &mut Vec<Intent>,
) {
    let room = ui.available_width();
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        for (chip, count) in chips_within(ui, room, counts, shown) {
            let command = Command::Show(chip);
            if widgets::chip(ui, command.text(), count, shown == chip).clicked() {
                intents.push(Intent::Run(command));
            }
        }
    });
}

/// The chips to show, with their counts. If not all fit, those without rows are left out; if that
/// is not enough, Check moves to the front, since it asks for an action.
fn chips_within(
    ui: &Ui,
    room: f32,
    counts: &Counts,
    shown: Option<Chip>,
) -> Vec<(Option<Chip>, usize)> {
    let has_check = counts.of(Chip::Check) > 0 || shown == Some(Chip::Check);
    let groups = ORDER.map(|chip| (Some(chip), counts.of(chip)));
    let mut chips: Vec<_> = std::iter::once((None, counts.all()))
        .chain(groups)
        .filter(|&(chip, count)| match chip {
            Some(Chip::Check) => has_check,
            // It is before Check.
            Some(Chip::Cancelled) => has_check || count > 0 || shown == chip,
            _ => true,
        })
        .collect();
    let fits = |chips: &[(Option<Chip>, usize)]| {
        let widths = chips.iter().map(|&(chip, count)| {
            let word = Command::Show(chip).text();
            widgets::chip_width(ui, word, count, shown == chip) + GAP
        });
        widths.sum::<f32>() - GAP <= room
    };
    if !fits(&chips) {
        chips.retain(|&(chip, count)| count > 0 || shown == chip || chip.is_none());
    }
    if has_check && !fits(&chips) {
        let second = |(chip, _): &(Option<Chip>, usize)| match chip {
            None => 0,
            Some(Chip::Check) => 1,
            Some(_) => 2,
        };
        chips.sort_by_key(second);
    }
    chips
}
