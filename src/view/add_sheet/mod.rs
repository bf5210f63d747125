//! The sheet that adds downloads.

mod fields;
mod footer;
mod form;
mod preview;
mod state;
mod texts;
mod typing;

use egui::{Key, Margin, Modifiers, ScrollArea, Ui};

use super::intent::Intent;
use crate::fetch::Request;
use crate::theme;
use crate::widgets;

use state::{ADD_KEYS, GAP};

pub use form::AddDefaults;
pub use state::AddSheetState;

const WIDTH: f32 = 760.0;
/// At the right of what scrolls, for the bar.
const SCROLL_BAR: f32 = 12.0;

/// The sheet, over everything else, if it is open. `is_listed` says whether the list has a link
/// already. Of a long list a frame reads a part: the host calls [`AddSheetState::read_on`] while it
/// [is reading](AddSheetState::is_reading).
pub fn add_sheet_ui(
    ui: &Ui,
    is_listed: &dyn Fn(&Request) -> bool,
    state: &mut AddSheetState,
    intents: &mut Vec<Intent>,
) {
    if !state.is_open {
        return;
    }
    let margin = Margin {
        right: 20 - SCROLL_BAR as i8,
        ..Margin::same(20)
    };
    let room = ui.ctx().content_rect().size();
    let modal = widgets::sheet(ui, "add sheet", margin);
    let response = modal.show(ui.ctx(), |ui| {
        let width = (room.x - 64.0).clamp(200.0, WIDTH - 40.0);
        ui.set_width(width + SCROLL_BAR);
        // In a low window the sheet scrolls; its buttons stay where they are.
        let height = (room.y - 64.0 - theme::CONTROL_HEIGHT - 2.0 * GAP).max(80.0);
        // Before the field gets it: there it would be a new line.
        let add_pressed = ui.input_mut(|input| input.consume_shortcut(&ADD_KEYS));
        ui.spacing_mut().item_spacing.y = GAP;
        ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.set_width(width);
                typing::typing_ui(ui, state, intents);
                // The rest of a long list between the frames: each paints all of the window.
                state.read_on(is_listed);
                preview::preview_ui(ui, state);
                fields::fields_ui(ui, state, intents);
            });
        ui.scope(|ui| {
            ui.set_width(width);
            footer::footer_ui(ui, state, add_pressed, intents);
        });
    });
    // A click beside the sheet is too easily made to close it.
    if response.is_top_modal
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        state.is_open = false;
    }
}
