//! What happens when the window is to be closed.

use std::time::Duration;

use egui::{Context, Ui, ViewportCommand};

use super::App;
use crate::deck::Action;
use crate::options::Setting;
use crate::runtime::Moment;
use crate::status::Chip;
use crate::view::{CloseAnswer, close_question_ui};

/// Two clicks within this time may be one double click.
const DOUBLE_CLICK: Duration = Duration::from_secs(1);

/// Whether the window is about to be closed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Closing {
    #[default]
    No,
    /// The question is open.
    Asked { since: Moment },
    /// The answer was to close it.
    Answered,
}

impl App {
    /// How many rows have begun, or wait to, and have not ended; with those that are still to be added.
    fn unfinished(&self) -> usize {
        let counts = self.deck.counts();
        let there: usize = [Chip::Active, Chip::Waiting, Chip::Paused]
            .map(|chip| counts.of(chip))
            .iter()
            .sum();
        there + self.deck.totals().to_add
    }

    /// Holds the window open when it is to be closed while jobs have not ended, to ask first, once: who asks a second
    /// time is let out, but not by the second click of a double click.
    fn hold_open(&mut self, ctx: &Context) -> bool {
        let is_asked = ctx.input(|input| input.viewport().close_requested());
        let asks = self.settings.asks_before_closing && self.unfinished() > 0;
        let now = self.deck.runtime().now();
        let was_asked_before = match &self.closing {
            Closing::No => false,
            Closing::Asked { since } => now.since(*since) >= DOUBLE_CLICK,
            Closing::Answered => true,
        };
        if !is_asked || was_asked_before || !asks {
            return false;
        }
        if matches!(self.closing, Closing::No) {
            self.closing = Closing::Asked { since: now };
        }
        ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        true
    }

    /// A hidden window comes up to ask.
    pub(super) fn closing_while_hidden(&mut self, ctx: &Context) {
        let is_hidden = ctx.input(|input| input.viewport().visible() == Some(false));
        if is_hidden && self.hold_open(ctx) {
            ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(ViewportCommand::Focus);
        }
    }

    /// Asks before the window is closed.
    pub(super) fn closing(&mut self, ui: &Ui) {
        if self.hold_open(ui.ctx()) {
            return;
        }
        if matches!(self.closing, Closing::No) {
            return;
        }
        if self.unfinished() == 0 {
            // There is nothing to ask about any more; whether it is still to be closed, nobody knows.
            self.closing = Closing::No;
            return;
        }
        let mut wanted = self.settings.clone();
        let answer = close_question_ui(ui, self.unfinished(), &mut wanted.asks_before_closing);
        if wanted != self.settings {
            // Kept, as if it had been changed in the settings.
            self.change_settings(ui.ctx(), &[Setting::AsksBeforeClosing], &wanted);
        }
        match answer {
            Some(CloseAnswer::Close) => {
                self.closing = Closing::Answered;
                ui.ctx().send_viewport_cmd(ViewportCommand::Close);
            }
            Some(CloseAnswer::Stay) => self.closing = Closing::No,
            None => {}
        }
    }

    /// Ends all jobs, so that each writes down how far it came.
    pub(super) fn end_jobs(&mut self) {
        self.deck.apply(Action::Interrupt);
        super::ending::wait_for_threads(&mut self.deck);
    }
}
