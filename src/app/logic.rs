//! What happens without anybody looking: between two frames, and in each before anything is shown.

use std::time::Duration;

use egui::Context;
use web_time::Instant;

use super::App;
use super::pace::BEAT;
use crate::runtime::TICK_BUDGET;

impl App {
    /// Lets the jobs go on, and shows what became of it soon. Called between two frames, by whoever drives the jobs there:
    /// however long the next frame takes to come, work goes on.
    pub(super) fn tick_between_frames(&mut self, ctx: &Context) {
        if !self.work(ctx) {
            return;
        }
        let wait = self.pace.request(Instant::now(), is_hidden(ctx));
        if let Some(wait) = wait {
            ctx.request_repaint_after(wait);
        }
    }

    /// Lets the jobs go on, and asks for the frame in which the next number changes. May run twice in a frame: the second
    /// time there is just less to do.
    pub(super) fn logic_phase(&mut self, ctx: &Context) {
        self.pace.frame_begins(Instant::now());
        self.work(ctx);
        self.keep_telling(ctx);
        self.closing_while_hidden(ctx);
        self.settings_phase(ctx);
        self.adding_phase(ctx);
        if self.beat().is_some() {
            ctx.request_repaint_after(self.until_next_beat(is_hidden(ctx)));
        }
    }

    /// All that must not wait for a frame; false if there was nothing to do.
    fn work(&mut self, ctx: &Context) -> bool {
        let is_changed = self.deck.tick(TICK_BUDGET);
        self.keep_under_way();
        self.delete_ended(ctx);
        is_changed
    }

    /// Counts up ten times a second while a job is running, in the time the jobs live in; `None` at rest.
    pub(super) fn beat(&self) -> Option<u64> {
        self.deck.totals().is_alive.then(|| self.beat_number())
    }

    pub(super) fn beat_number(&self) -> u64 {
        let beats = self.deck.runtime().now().since_start().as_nanos() / BEAT.as_nanos();
        u64::try_from(beats).unwrap_or(0)
    }

    fn until_next_beat(&self, is_hidden: bool) -> Duration {
        let interval = self.pace.interval(is_hidden);
        if interval > BEAT {
            return interval;
        }
        let elapsed = self.deck.runtime().now().since_start();
        let into_beat = elapsed.as_nanos() % BEAT.as_nanos();
        BEAT.saturating_sub(Duration::from_nanos(u64::try_from(into_beat).unwrap_or(0)))
    }
}

/// Whether the window shows nothing: it is minimised, or another one covers it.
fn is_hidden(ctx: &Context) -> bool {
    ctx.input(|input| input.viewport().visible() == Some(false))
}
