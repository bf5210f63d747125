//! Notifications on the desktop while the window is not seen: all jobs have ended, or some failed.

use std::time::Duration;

use egui::Context;

use super::app_options::Desktop;
use crate::deck::{ActivityEntry, WindowDeck};
use crate::format;
use crate::status::Chip;

/// The least time between two notifications; what happens meanwhile goes into one.
const NOTIFIES_EVERY: Duration = Duration::from_secs(10);

/// What has been shown on the desktop, and what is still to be.
#[derive(Debug)]
pub(super) struct DesktopNotifications {
    desktop: Option<Desktop>,
    /// When the last one was shown, on the deck's clock.
    shown_at: Option<Duration>,
    /// Something ended unseen and was not shown yet.
    is_due: bool,
    failed: usize,
    /// What to say if only one failed.
    failure: String,
}

impl DesktopNotifications {
    pub(super) fn new(desktop: Option<Desktop>) -> Self {
        Self {
            desktop,
            shown_at: None,
            is_due: false,
            failed: 0,
            failure: String::new(),
        }
    }

    /// Notes that rows ended unseen, of which these failed.
    pub(super) fn note(&mut self, failed: &[ActivityEntry]) {
        self.is_due = true;
        self.failed += failed.len();
        if let Some(entry) = failed.first() {
            self.failure = format!("{} failed: {}", entry.subject, entry.detail);
        }
    }

    /// Forgets what is due: the user sees it, or does not want to be notified.
    pub(super) fn forget(&mut self) {
        self.is_due = false;
        self.failed = 0;
        self.failure.clear();
    }

    /// Shows what is due, unless another one was shown just now: then it asks for a frame.
    pub(super) fn show_due(&mut self, ctx: &Context, deck: &dyn WindowDeck) {
        let Some(desktop) = self.desktop.clone().filter(|_| self.is_due) else {
            return;
        };
        let Some(text) = self.text(deck) else {
            // Some are done, others go on: that is no news yet.
            self.forget();
            return;
        };
        let now = deck.now();
        let next = self.shown_at.map(|at| at + NOTIFIES_EVERY);
        if let Some(next) = next.filter(|next| now < *next) {
            ctx.request_repaint_after(next - now);
            return;
        }
        self.forget();
        self.shown_at = Some(now);
        desktop.notify(&text);
    }

    fn text(&self, deck: &dyn WindowDeck) -> Option<String> {
        if deck.all_ended() {
            let counts = deck.counts();
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
        match self.failed {
            0 => None,
            1 => Some(self.failure.clone()),
            count => Some(format!(
                "{} failed",
                format::count(count as u64, "job", "jobs")
            )),
        }
    }
}
