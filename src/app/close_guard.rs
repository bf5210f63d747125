//! The question before the window is closed while jobs have not ended.

use std::time::Duration;

use egui::{Context, Ui, ViewportCommand};

use crate::deck::WindowDeck;
use crate::options::{Setting, Settings};
use crate::status::Chip;
use crate::view::{CloseAnswer, Intent, close_question_ui};

/// Two clicks within this time may be one double click.
const DOUBLE_CLICK: Duration = Duration::from_secs(1);

/// Holds the window open until the question is answered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum CloseGuard {
    #[default]
    Idle,
    /// The question is open since this time of the deck.
    Asking { since: Duration },
    /// The answer was to close the window.
    Closing,
}

impl CloseGuard {
    /// Whether the question is open or was answered.
    pub(super) fn is_active(&self) -> bool {
        !matches!(self, Self::Idle)
    }

    /// Brings a hidden window up to ask.
    pub(super) fn ask_while_hidden(
        &mut self,
        ctx: &Context,
        deck: &dyn WindowDeck,
        settings: &Settings,
    ) {
        let is_hidden = ctx.input(|input| input.viewport().visible() == Some(false));
        if is_hidden && self.hold_open(ctx, deck, settings) {
            ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(ViewportCommand::Focus);
        }
    }

    /// Asks before the window is closed.
    pub(super) fn ui(
        &mut self,
        ui: &Ui,
        deck: &dyn WindowDeck,
        settings: &Settings,
        intents: &mut Vec<Intent>,
    ) {
        if self.hold_open(ui.ctx(), deck, settings) || !self.is_active() {
            return;
        }
        let unfinished = unfinished(deck);
        if unfinished == 0 {
            // There is nothing to ask about any more; whether the window is still to be closed is
            // unknown.
            *self = Self::Idle;
            return;
        }
        let mut asks_again = settings.asks_before_closing;
        let answer = close_question_ui(ui, unfinished, &mut asks_again);
        if asks_again != settings.asks_before_closing {
            let to = Settings {
                asks_before_closing: asks_again,
                ..settings.clone()
            };
            intents.push(Intent::ChangeSettings {
                which: vec![Setting::AsksBeforeClosing],
                to: Box::new(to),
            });
        }
        match answer {
            Some(CloseAnswer::Close) => {
                *self = Self::Closing;
                ui.ctx().send_viewport_cmd(ViewportCommand::Close);
            }
            Some(CloseAnswer::Stay) => *self = Self::Idle,
            None => {}
        }
    }

    /// Cancels the closing of the window while jobs have not ended, to ask first. A second
    /// attempt closes it, but not the second click of a double click.
    fn hold_open(&mut self, ctx: &Context, deck: &dyn WindowDeck, settings: &Settings) -> bool {
        let is_closed = ctx.input(|input| input.viewport().close_requested());
        let asks = settings.asks_before_closing && unfinished(deck) > 0;
        let now = deck.now();
        let was_asked_before = match self {
            Self::Idle => false,
            Self::Asking { since } => now.saturating_sub(*since) >= DOUBLE_CLICK,
            Self::Closing => true,
        };
        if !is_closed || was_asked_before || !asks {
            return false;
        }
        if !self.is_active() {
            *self = Self::Asking { since: now };
        }
        ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        true
    }
}

/// How many rows have not ended, with those that are still to be added.
fn unfinished(deck: &dyn WindowDeck) -> usize {
    let counts = deck.counts();
    let begun = [Chip::Active, Chip::Waiting, Chip::Paused].map(|chip| counts.of(chip));
    begun.iter().sum::<usize>() + deck.totals().to_add
}
