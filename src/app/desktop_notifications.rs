//! What the desktop is told while nobody looks at the window: that all jobs have ended, or that some failed.

use std::time::Duration;

use egui::Context;

use super::App;
use crate::deck::ActivityEntry;
use crate::format;
use crate::status::Chip;

/// The desktop is told at most this often; what comes meanwhile is told together.
const NOTIFIES_EVERY: Duration = Duration::from_secs(10);

/// What the desktop has been told, and is still to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Notifying {
    told_at: Option<Duration>,
    /// Something ended unseen and was not told yet.
    is_due: bool,
    /// How many of those failed, and what there is to say of the only one.
    failed: usize,
    failure: String,
}

impl App {
    /// Rows ended unseen, of which these failed.
    pub(super) fn notify_of(&mut self, failed: &[ActivityEntry]) {
        let notifying = &mut self.notifying;
        notifying.is_due = true;
        notifying.failed += failed.len();
        if let Some(entry) = failed.first() {
            notifying.failure = format!("{} failed: {}", entry.subject, entry.detail);
        }
    }

    /// Tells the desktop what is due, if that is wanted and it was not told something just now.
    pub(super) fn keep_notifying(&mut self, ctx: &Context, is_seen: bool) {
        let is_wanted = self.desktop.is_some() && self.settings.notifications;
        if is_seen || !is_wanted {
            // Whoever looks knows.
            self.notifying.forget();
            return;
        }
        if !self.notifying.is_due {
            return;
        }
        let Some(text) = self.notification() else {
            // Some are done, others go on: that is no news yet.
            self.notifying.forget();
            return;
        };
        let now = self.now();
        let next = self.notifying.told_at.map(|at| at + NOTIFIES_EVERY);
        if let Some(next) = next.filter(|next| now < *next) {
            ctx.request_repaint_after(next - now);
            return;
        }
        self.notifying.forget();
        self.notifying.told_at = Some(now);
        if let Some(desktop) = &self.desktop {
            desktop.tell(&text);
        }
    }

    /// What there is to tell.
    fn notification(&self) -> Option<String> {
        if self.deck.all_ended() {
            let counts = self.deck.counts();
            let parts = [Chip::Done, Chip::Check, Chip::Failed, Chip::Cancelled]
                .into_iter()
                .filter(|chip| counts.of(*chip) > 0)
                .map(|chip| {
                    let word = match chip {
                        Chip::Check => "to check".to_owned(),
                        chip => chip.name().to_lowercase(),
                    };
                    format!("{} {word}", counts.of(chip))
                });
            let parts: Vec<_> = parts.collect();
            return Some(format!("All jobs have ended: {}", parts.join(", ")));
        }
        match self.notifying.failed {
            0 => None,
            1 => Some(self.notifying.failure.clone()),
            count => Some(format!(
                "{} failed",
                format::count(count as u64, "job", "jobs")
            )),
        }
    }
}

impl Notifying {
    fn forget(&mut self) {
        self.is_due = false;
        self.failed = 0;
        self.failure.clear();
    }
}
