//! What keys, the clipboard and the pointer ask the window for outside of its widgets.

use egui::text_selection::LabelSelectionState;
use egui::{CursorIcon, Event, Ui};

use super::list_file::ListFile;
use crate::command::{Command, CommandContext};
use crate::links::limits::MAX_TYPED_BYTES;
use crate::view::Intent;

/// Turns keys and pasted text into intents.
pub(super) fn take_keys(ui: &Ui, context: &CommandContext, intents: &mut Vec<Intent>) {
    let pressed = Command::pressed(ui.ctx())
        .into_iter()
        .filter(|command| command.is_enabled(context));
    intents.extend(pressed.map(Intent::Run));
    intents.extend(take_paste(ui));
    if ui.ctx().text_edit_focused() {
        return;
    }
    let copies = |event: &Event| matches!(event, Event::Copy);
    if ui.input(|input| input.events.iter().any(copies))
        && Command::CopyLinks.is_enabled(context)
        && !has_selected_text(ui)
    {
        intents.push(Intent::Run(Command::CopyLinks));
    }
}

/// What is pasted while no text field has the focus opens the sheet. So does a text that is too
/// long for the field it is pasted into: a field lays out all of it.
fn take_paste(ui: &Ui) -> Option<Intent> {
    let in_text = ui.ctx().text_edit_focused();
    let is_ours = |text: &str| !in_text || text.len() > MAX_TYPED_BYTES;
    let mut pasted = None;
    ui.input_mut(|input| {
        input.events.retain(|event| match event {
            Event::Paste(text) if is_ours(text) => {
                pasted = Some(text.clone());
                false
            }
            _ => true,
        });
    });
    pasted_text(pasted)
}

/// The middle button pastes what is selected elsewhere: into the field under the pointer, or else
/// into the sheet. To be called after the layout, which has set the pointer of a field.
pub(super) fn middle_click_paste(ui: &Ui) -> Option<Intent> {
    let over_text = ui.output(|output| output.cursor_icon == CursorIcon::Text);
    if over_text {
        return None;
    }
    pasted_text(ui.input(|input| {
        let mut texts = input.events.iter().filter_map(|event| match event {
            Event::MiddleClickPaste { text, .. } => Some(text.clone()),
            _ => None,
        });
        texts.next_back()
    }))
}

fn pasted_text(text: Option<String>) -> Option<Intent> {
    let text = text.filter(|text| !text.trim().is_empty());
    text.map(Intent::AddText)
}

/// The files that were dropped on the window.
pub(super) fn dropped_files(ui: &Ui) -> Vec<ListFile> {
    let dropped = ui.input(|input| input.raw.dropped_files.clone());
    dropped.into_iter().map(ListFile::dropped).collect()
}

/// Whether text outside of fields is selected: then that is what is copied.
fn has_selected_text(ui: &Ui) -> bool {
    ui.ctx()
        .with_plugin(|selected: &mut LabelSelectionState| selected.has_selection())
        .unwrap_or(false)
}
