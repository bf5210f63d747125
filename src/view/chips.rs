//! The strip of filter chips.

use egui::scroll_area::ScrollBarVisibility;
use egui::{ScrollArea, Ui};

use crate::command::{Command, Intent};
use crate::status::{Chip, Counts};
use crate::widgets;

/// All, and each group of rows with its count. Check and Cancelled only show while there is one, or while they are chosen.
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
        let groups = Chip::ALL
            .into_iter()
            .map(|chip| (Some(chip), counts.of(chip)));
        for (chip, count) in all.chain(groups) {
            let is_rare = matches!(chip, Some(Chip::Check | Chip::Cancelled));
            if is_rare && count == 0 && shown != chip {
                continue;
            }
            let command = Command::Show(chip);
            if widgets::chip(ui, command.text(), count, shown == chip).clicked() {
                intents.push(Intent::Run(command));
            }
        }
    });
}
