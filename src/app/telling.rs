//! What the window says by itself: messages about what failed, what can be taken back, and what ended unseen.

use std::time::Duration;

use egui::Context;

use super::App;
use crate::deck::{Happened, UndoKind};
use crate::format;
use crate::status::{Chip, RowId, RowSource as _};
use crate::view::{Toast, ToastKind};

/// For how long a message is shown that needs no answer.
const SHOWN_FOR: Duration = Duration::from_secs(8);

impl App {
    /// Shows a message for a while.
    pub(super) fn say(&mut self, kind: ToastKind, text: String) {
        let until = self.now() + SHOWN_FOR;
        self.toasts.push(Toast { kind, text, until });
    }

    fn now(&self) -> Duration {
        self.deck.runtime().now().since_start()
    }

    /// Says what an action could be done with, when that is not all.
    pub(super) fn say_part(&mut self, word: &str, done: usize, of: usize) {
        if done < of {
            self.say(ToastKind::Note, format!("{word} {done} of {of}"));
        }
    }

    /// Looks what happened since the last frame, and asks for a frame when a message has been shown long enough.
    pub(super) fn keep_telling(&mut self, ctx: &Context) {
        self.tell_undo();
        self.tell_ended(ctx);
        self.tell_errors();
        for list in self.lists.take() {
            match list {
                Ok(text) => self.add_sheet.open(&text),
                Err(error) => self.say(ToastKind::Note, error),
            }
            ctx.request_repaint();
        }
        let now = self.now();
        if let Some(left) = self.toasts.keep(now) {
            ctx.request_repaint_after(left);
        }
        if let Some(undoable) = self.deck.undoable() {
            let left = undoable.until.since_start().saturating_sub(now);
            ctx.request_repaint_after(left);
        }
    }

    /// Says what could not be done with files: the first of it, since one message takes the place of another.
    fn tell_errors(&mut self) {
        let errors = self.errands.take_errors();
        let Some(first) = errors.first() else { return };
        for error in &errors {
            log::warn!("{error}");
        }
        let text = match errors.len() - 1 {
            0 => first.clone(),
            more => format!("{first}, and {more} more like this"),
        };
        self.say(ToastKind::Note, text);
    }

    fn tell_undo(&mut self) {
        let undoable = self.deck.undoable();
        let number = undoable.map(|undoable| undoable.number);
        if number == self.told_undo {
            return;
        }
        // Going back to an earlier step is nothing new.
        let is_new = number > self.told_undo;
        self.told_undo = number;
        let Some(undoable) = undoable.filter(|_| is_new) else {
            self.toasts.close(ToastKind::Undo);
            return;
        };
        let word = match undoable.kind {
            UndoKind::Removed => "Removed",
            UndoKind::Cancelled => "Cancelled",
        };
        self.toasts.push(Toast {
            kind: ToastKind::Undo,
            text: format!("{word} {}", undoable.rows),
            until: undoable.until.since_start(),
        });
    }

    fn tell_ended(&mut self, ctx: &Context) {
        let activity = self.deck.activity();
        let last = activity.last_number();
        if last == self.told_activity {
            return;
        }
        let is_seen = ctx.input(|input| input.viewport().focused != Some(false));
        let mut failed = Vec::new();
        let mut done = Vec::new();
        for entry in activity.since(self.told_activity) {
            match entry.what {
                Happened::Failed => failed.push(entry.subject.clone()),
                Happened::Done if !is_seen => done.push(entry.subject.clone()),
                _ => {}
            }
        }
        self.told_activity = last;
        self.unseen_failures += failed.len();
        let has_ended = !failed.is_empty() || !done.is_empty();
        if has_ended && !is_seen {
            self.tell_desktop();
        }
        for (kind, names, word) in [
            (ToastKind::Failed, failed, "failed"),
            (ToastKind::Done, done, "done"),
        ] {
            match names.as_slice() {
                [] => {}
                [name] => self.say(kind, format!("{name}: {word}")),
                names => {
                    let count = format::count(names.len() as u64, "job", "jobs");
                    self.say(kind, format!("{count} {word}"));
                }
            }
        }
    }

    /// Tells the desktop that all jobs have ended, if they have, and if that is wanted.
    fn tell_desktop(&self) {
        let Some(desktop) = self.desktop.as_ref() else {
            return;
        };
        if !self.settings.notifications || !self.deck.all_ended() {
            return;
        }
        let counts = self.deck.counts();
        let parts = [Chip::Done, Chip::Failed, Chip::Cancelled]
            .into_iter()
            .filter(|chip| counts.of(*chip) > 0)
            .map(|chip| format!("{} {}", counts.of(chip), chip.name().to_lowercase()));
        let parts: Vec<_> = parts.collect();
        desktop.tell(&format!("All jobs have ended: {}", parts.join(", ")));
    }

    /// Selects a row and brings it into view, with whatever filter lets it be seen.
    pub(super) fn show_row(&mut self, id: RowId) {
        if self.deck.view(id).is_none() {
            self.say(ToastKind::Note, "It is not in the list any more".to_owned());
            return;
        }
        if self.deck.position(id).is_none() {
            self.show_everything();
        }
        if let Some(index) = self.deck.position(id) {
            self.main.table.selection.select(&self.deck, index);
            self.main.table.scroll_to(index);
        }
    }
}
