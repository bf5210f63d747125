//! What happens when the window is to be closed.

use egui::{Ui, ViewportCommand};

use super::App;
use crate::deck::Action;
use crate::settings::Setting;
use crate::status::Chip;
use crate::view::{CloseAnswer, close_question_ui};

impl App {
    /// How many rows have begun, or wait to, and have not ended.
    fn unfinished(&self) -> usize {
        let counts = self.deck.counts();
        [Chip::Active, Chip::Waiting, Chip::Paused]
            .map(|chip| counts.of(chip))
            .iter()
            .sum()
    }

    /// Asks before the window is closed, once: who asks a second time is let out.
    pub(super) fn closing(&mut self, ui: &Ui) {
        let is_asked = ui.input(|input| input.viewport().close_requested());
        if is_asked
            && !self.is_closing
            && self.settings.asks_before_closing
            && self.unfinished() > 0
        {
            self.is_closing = true;
            ui.ctx().send_viewport_cmd(ViewportCommand::CancelClose);
            return;
        }
        if !self.is_closing {
            return;
        }
        let mut wanted = self.settings.clone();
        let answer = close_question_ui(ui, self.unfinished(), &mut wanted.asks_before_closing);
        if wanted != self.settings {
            // Kept, as if it had been changed in the settings.
            self.change_settings(ui.ctx(), &[Setting::AsksBeforeClosing], &wanted);
        }
        match answer {
            Some(CloseAnswer::Close) => ui.ctx().send_viewport_cmd(ViewportCommand::Close),
            Some(CloseAnswer::Stay) => self.is_closing = false,
            None => {}
        }
    }

    /// Ends all jobs, so that each writes down how far it came.
    pub(super) fn end_jobs(&mut self) {
        self.deck.apply(Action::Interrupt);
        super::ending::wait_for_threads(&mut self.deck);
    }
}
