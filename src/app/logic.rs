//! What happens each frame before anything is shown, and also while nothing is.

use std::time::Duration;

use egui::Context;

use super::App;
use crate::runtime::TICK_BUDGET;

/// How often numbers change on the screen, and the heartbeat moves.
pub(super) const BEAT: Duration = Duration::from_millis(100);

impl App {
    /// Lets the jobs go on, and asks for the frame in which the next number changes. The runtime asks for those its
    /// timers and threads need. May run twice in a frame: the second time there is just less to do.
    pub(super) fn logic_phase(&mut self, ctx: &Context) {
        self.deck.tick(TICK_BUDGET);
        self.keep_under_way();
        self.delete_ended(ctx);
        self.keep_telling(ctx);
        self.closing_while_hidden(ctx);
        self.settings_phase(ctx);
        self.adding_phase(ctx);
        if self.beat().is_some() {
            ctx.request_repaint_after(self.until_next_beat());
        } else if self.deck.totals().counts_down {
            ctx.request_repaint_after(self.until_next_second());
        }
    }

    /// Counts up ten times a second while a job is running, in the time the jobs live in; `None` at rest.
    pub(super) fn beat(&self) -> Option<u64> {
        self.deck.totals().is_alive.then(|| self.beat_number())
    }

    pub(super) fn beat_number(&self) -> u64 {
        let beats = self.deck.runtime().now().since_start().as_nanos() / BEAT.as_nanos();
        u64::try_from(beats).unwrap_or(0)
    }

    /// Until what counts down shows another number, where nothing else moves.
    fn until_next_second(&self) -> Duration {
        let elapsed = self.deck.runtime().now().since_start();
        Duration::from_secs(1) - Duration::from_nanos(elapsed.subsec_nanos().into())
    }

    fn until_next_beat(&self) -> Duration {
        let elapsed = self.deck.runtime().now().since_start();
        let into_beat = elapsed.as_nanos() % BEAT.as_nanos();
        BEAT.saturating_sub(Duration::from_nanos(u64::try_from(into_beat).unwrap_or(0)))
    }
}
