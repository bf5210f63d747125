//! The buttons of the row: those that fit its state.

use egui::Ui;

use super::super::intent::Intent;
use super::model::RowInspection;
use crate::command::Command;
use crate::widgets::{Button, ButtonKind, Icon};

/// A small button for each command that the row allows now.
pub(super) fn actions_ui(ui: &mut Ui, inspection: &RowInspection, intents: &mut Vec<Intent>) {
    let RowInspection { row, .. } = inspection;
    let status = &row.status;
    let offers_retry = inspection.offers_retry && status.can_retry();
    let offers_change = inspection.has_link && status.can_retry();
    // Their accessible names include the job, since the toolbar has the same words for the
    // selection.
    let buttons = [
        (status.can_pause(), Command::Pause, "Pause this job"),
        (status.can_resume(), Command::Resume, "Resume this job"),
        (status.can_skip(), Command::Skip, "Skip this wait"),
        (offers_retry, Command::Retry, "Retry this job"),
        (status.can_keep(), Command::Keep, "Keep this file"),
        (status.can_cancel(), Command::Cancel, "Cancel this job"),
        (offers_change, Command::ChangeUrl, "Change this URL…"),
        (inspection.has_file, Command::OpenFolder, "Open this folder"),
        (inspection.has_link, Command::CopyLinks, "Copy this link"),
    ];
    ui.spacing_mut().item_spacing.x = 4.0;
    let mut fitting: Vec<_> = buttons.into_iter().filter(|button| button.0).collect();
    if ui.layout().prefer_right_to_left() {
        fitting.reverse();
    }
    for (_, command, name) in fitting {
        let shortcut = command.shortcut_text(ui.ctx());
        let button = Button::new(name)
            .icon(command.icon().unwrap_or(Icon::Copy))
            .icon_only(true)
            .kind(ButtonKind::Framed)
            .shortcut(&shortcut);
        if button.show(ui).clicked() {
            intents.push(match command {
                // The inspected row is the selected one.
                Command::CopyLinks => Intent::Run(command),
                _ => Intent::RunOn(command, row.id),
            });
        }
    }
}
