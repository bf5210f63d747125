//! Lays out the window, then carries out what was asked for.

use egui::{Event, Ui};

use super::App;
use crate::command::{Command, Intent, Possible};
use crate::view::{MainScreen, StatusBar, add_sheet_ui, main_screen_ui};

impl App {
    pub(super) fn ui_phase(&mut self, ui: &mut Ui) {
        self.keys(ui);
        let counts = self.deck.counts();
        let totals = self.deck.totals();
        let status = StatusBar {
            totals: &totals,
            counts: &counts,
            beat: totals.is_alive.then(|| self.beat_number()),
            frame: self.frame_timer.times(),
        };
        let screen = MainScreen {
            rows: &self.deck,
            chip: self.deck.filter().chip,
            status,
            beat: self.beat_number(),
        };
        let aims = main_screen_ui(ui, &screen, &mut self.main, &mut self.intents);
        add_sheet_ui(ui, &mut self.add_sheet, &mut self.intents);
        self.deck.hold_order(aims);
        self.carry_out(ui.ctx());
    }

    /// Turns keys and what is pasted into intents, unless a sheet has them.
    fn keys(&mut self, ui: &Ui) {
        if self.add_sheet.is_open() {
            return;
        }
        let possible = Possible::new(
            &self.deck,
            self.deck.counts(),
            self.main.table.selection.iter(),
        );
        let pressed = Command::pressed(ui.ctx())
            .into_iter()
            .filter(|command| command.is_enabled(&possible));
        self.intents.extend(pressed.map(Intent::Run));
        if ui.ctx().text_edit_focused() {
            return;
        }
        let pasted = ui.input(|input| {
            let mut texts = input.events.iter().filter_map(|event| match event {
                Event::Paste(text) if !text.trim().is_empty() => Some(text.clone()),
                _ => None,
            });
            texts.next_back()
        });
        self.intents.extend(pasted.map(Intent::AddText));
    }
}
