//! The strip of filter chips.

use egui::scroll_area::ScrollBarVisibility;
use egui::{ScrollArea, Ui};

use crate::command::{Command, Intent};
use crate::status::{Chip, Counts};
use crate::widgets;

/// In this order, Check and Cancelled last: they only show while there is one of them, or while they are chosen, and no
/// other chip moves when they come or go.
const ORDER: [Chip; 7] = [
    Chip::Active,
    Chip::Waiting,
    Chip::Paused,
    Chip::Failed,
    Chip::Done,
    Chip::Cancelled,
    Chip::Check,
];

/// All, and each group of rows with its count.
pub fn chips_ui(ui: &mut Ui, counts: &Counts, shown: Option<Chip>, intents: &mut Vec<Intent>) {
    // Where they do not fit they scroll.
    let strip = ScrollArea::horizontal().scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
    strip.show(ui, |ui| {
        chips_in_a_line_ui(ui, counts, shown, intents);
    });
}

fn chips_in_a_line_ui(
    ui: &mut Ui,
    counts: &Counts,
    shown: Option<Chip>,
    intents: &mut Vec<Intent>,
) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let all = std::iter::once((None, counts.all()));
        let groups = ORDER.map(|chip| (Some(chip), counts.of(chip)));
        let has_check = counts.of(Chip::Check) > 0 || shown == Some(Chip::Check);
        for (chip, count) in all.chain(groups) {
            let is_there = match chip {
                Some(Chip::Check) => has_check,
                // Its place is kept before the one of Check.
                Some(Chip::Cancelled) => has_check || count > 0 || shown == chip,
                _ => true,
            };
            if !is_there {
                continue;
            }
            let command = Command::Show(chip);
            if widgets::chip(ui, command.text(), count, shown == chip).clicked() {
                intents.push(Intent::Run(command));
            }
        }
    });
}
