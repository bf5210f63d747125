//! What the window says by itself: messages about what failed, what can be taken back, and what ended unseen.

use std::borrow::Cow;
use std::time::Duration;

use egui::Context;

use super::App;
use crate::deck::{ActivityEntry, ActivityKind, UndoKind, Undoable};
use crate::format;
use crate::status::{RowId, RowSource as _};
use crate::view::{Toast, ToastKind};

/// For how long a message is shown that needs no answer.
const SHOWN_FOR: Duration = Duration::from_secs(8);

impl App {
    /// Shows a message for a while.
    pub(super) fn say(&mut self, kind: ToastKind, text: String) {
        self.say_of(kind, text, 1, None);
    }

    fn say_of(&mut self, kind: ToastKind, text: String, rows: usize, row: Option<RowId>) {
        let until = self.now() + SHOWN_FOR;
        let escaped = match format::escaped(&text) {
            Cow::Owned(escaped) => Some(escaped),
            Cow::Borrowed(_) => None,
        };
        let text = escaped.unwrap_or(text);
        self.toasts.push(Toast {
            kind,
            text,
            rows,
            row,
            until,
        });
    }

    /// Says what went wrong. The message goes, the entry of what happened stays.
    pub(super) fn say_problem(&mut self, text: String) {
        self.deck.activity.add_problem(&text);
        self.say(ToastKind::Problem, text);
    }

    pub(super) fn now(&self) -> Duration {
        self.deck.runtime().now().since_start()
    }

    /// Says what an action could be done with, when that is not all.
    pub(super) fn say_part(&mut self, word: &str, done: usize, of: usize) {
        if done < of {
            self.say(ToastKind::Note, format!("{word} {}", part(done, of)));
        }
    }

    /// Looks what happened since the last frame, and asks for a frame when a message has been shown long enough.
    pub(super) fn keep_telling(&mut self, ctx: &Context) {
        let is_seen = is_seen(ctx);
        self.tell_undo();
        self.tell_ended(is_seen);
        self.keep_notifying(ctx, is_seen);
        self.tell_errors();
        let now = self.now();
        if let Some(left) = self.toasts.keep(now, is_seen) {
            ctx.request_repaint_after(left);
        }
        let is_held = self.toasts.is_held() && self.toasts.of(ToastKind::Undo).is_some();
        self.deck.undo_log.hold(is_held, self.deck.runtime().now());
        if let Some(undoable) = self.deck.undo_log.last().filter(|_| !is_held) {
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
        self.say_problem(text);
    }

    fn tell_undo(&mut self) {
        let undoable = self.deck.undo_log.last();
        let step = undoable.map(|undoable| (undoable.number, undoable.rows));
        if step == self.told_undo {
            return;
        }
        // Going back to an earlier step is nothing new. One over very many rows grows.
        let is_new = step > self.told_undo;
        self.told_undo = step;
        let Some(undoable) = undoable.filter(|_| is_new) else {
            self.toasts.close(ToastKind::Undo);
            return;
        };
        let word = match undoable.kind {
            UndoKind::Removed => "Removed",
            UndoKind::Cancelled => "Cancelled",
            UndoKind::Kept => "Kept",
        };
        let Undoable { rows, of, .. } = undoable;
        let text = if rows < of {
            format!("{word} {}", part(rows, of))
        } else {
            format!("{word} {}", format::grouped(rows))
        };
        self.toasts.push(Toast {
            kind: ToastKind::Undo,
            text,
            rows,
            row: None,
            until: undoable.until.since_start(),
        });
    }

    fn tell_ended(&mut self, is_seen: bool) {
        let activity = &self.deck.activity;
        // Of very many, the entries of some are gone before the next frame.
        let done_before = std::mem::replace(&mut self.told_done, activity.done());
        let newly_done = usize::try_from(activity.done() - done_before).unwrap_or(usize::MAX);
        let last = activity.last_number();
        if last == self.told_activity {
            return;
        }
        let mut failed = Vec::new();
        let mut done = Vec::new();
        let mut doubted = Vec::new();
        let mut paused = None;
        let mut together = None;
        for entry in activity.since(self.told_activity) {
            match entry.kind {
                ActivityKind::Failed => failed.push(entry.clone()),
                ActivityKind::FailedTogether => together = Some(entry.clone()),
                ActivityKind::Doubted => doubted.push(entry.clone()),
                ActivityKind::Done => done.push(entry.clone()),
                ActivityKind::Paused => paused = Some(entry.clone()),
                _ => {}
            }
        }
        self.told_activity = last;
        self.unseen_failures += failed.len();
        let ended = failed.len() + newly_done + doubted.len();
        if ended > 0 && !is_seen {
            self.notify_of(&failed);
        }
        self.say_ended(ToastKind::Failed, "failed", &failed, failed.len());
        self.say_ended(ToastKind::Doubt, "to check", &doubted, doubted.len());
        let until = self.toasts.of(ToastKind::Done).map(|toast| toast.until);
        if !is_seen {
            self.say_ended(ToastKind::Done, "done", &done, newly_done);
        } else if let Some(until) = until {
            // A message that is there counts on, so that it stays true, and goes at its time.
            self.say_ended(ToastKind::Done, "done", &done, newly_done);
            self.toasts.set_until(ToastKind::Done, until);
        }
        if let Some(entry) = together {
            self.unseen_failures += 1;
            if !is_seen {
                self.notify_of(std::slice::from_ref(&entry));
            }
            let text = format!("{} failed: {}", entry.subject, entry.detail);
            self.say_of(ToastKind::Failed, text, 1, entry.row);
        }
        if let Some(entry) = paused {
            let text = format!("{} is paused: {}", entry.subject, entry.detail);
            self.say_of(ToastKind::Problem, text, 1, entry.row);
        }
    }

    /// Says which row ended, or how many did since the message about them came up: `more` since the last time.
    fn say_ended(&mut self, kind: ToastKind, word: &str, entries: &[ActivityEntry], more: usize) {
        let Some(newest) = entries.first() else {
            return;
        };
        let before = self.toasts.of(kind).map_or(0, |toast| toast.rows);
        let rows = before + more;
        if rows > 1 {
            let count = format::count(rows as u64, "job", "jobs");
            self.say_of(kind, format!("{count} {word}"), rows, None);
        } else {
            let text = match kind {
                ToastKind::Failed | ToastKind::Doubt => {
                    format!("{}: {}", newest.subject, newest.detail)
                }
                _ => format!("{}: {word}", newest.subject),
            };
            self.say_of(kind, text, rows, newest.row);
        }
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

/// Whether somebody may see the window: it is neither hidden nor has another one the focus.
fn is_seen(ctx: &Context) -> bool {
    ctx.input(|input| {
        let viewport = input.viewport();
        viewport.focused != Some(false) && viewport.visible() != Some(false)
    })
}

/// So many of so many.
fn part(rows: usize, of: usize) -> String {
    format!("{} of {}", format::grouped(rows), format::grouped(of))
}
