//! The buttons of the row: what fits its state.

use egui::Ui;

use super::RowInspection;
use crate::command::{Command, Intent, RowAction};
use crate::widgets::{Button, ButtonKind, Icon};

/// A small button for each thing that can be done with the row now.
pub(super) fn actions_ui(ui: &mut Ui, inspection: &RowInspection, intents: &mut Vec<Intent>) {
    let RowInspection { row, .. } = inspection;
    let status = &row.status;
    let offers_change = inspection.has_link && status.can_retry();
    let act = |action| Intent::Act(action, row.id);
    // Their names say which job is meant: the toolbar has the same words for the selection.
    let buttons = [
        (
            status.can_pause(),
            Command::Pause,
            "Pause this job",
            act(RowAction::Pause),
        ),
        (
            status.can_resume(),
            Command::Resume,
            "Resume this job",
            act(RowAction::Resume),
        ),
        (
            status.can_skip(),
            Command::Skip,
            "Skip this wait",
            act(RowAction::Skip),
        ),
        (
            status.can_retry(),
            Command::Retry,
            "Retry this job",
            act(RowAction::Retry),
        ),
        (
            status.can_keep(),
            Command::Keep,
            "Keep this file",
            act(RowAction::Keep),
        ),
        (
            status.can_cancel(),
            Command::Cancel,
            "Cancel this job",
            act(RowAction::Cancel),
        ),
        (
            offers_change,
            Command::ChangeUrl,
            "Change this URL…",
            act(RowAction::ChangeUrl),
        ),
        (
            inspection.has_file,
            Command::OpenFolder,
            "Open this folder",
            act(RowAction::OpenFolder),
        ),
        // The row that is shown is the one that is selected.
        (
            inspection.has_link,
            Command::CopyLinks,
            "Copy this link",
            Intent::Run(Command::CopyLinks),
        ),
    ];
    ui.spacing_mut().item_spacing.x = 4.0;
    let mut fitting: Vec<_> = buttons.into_iter().filter(|button| button.0).collect();
    if ui.layout().prefer_right_to_left() {
        fitting.reverse();
    }
    for (_, command, name, intent) in fitting {
        let shortcut = command.shortcut_text(ui.ctx());
        let button = Button::new(name)
            .icon(command.icon().unwrap_or(Icon::Copy))
            .icon_only(true)
            .kind(ButtonKind::Framed)
            .shortcut(&shortcut);
        if button.show(ui).clicked() {
            intents.push(intent);
        }
    }
}
