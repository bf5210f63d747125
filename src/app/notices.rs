//! Messages in the window: what failed, what can be undone, what ended unseen, what an action was
//! done with.

use std::borrow::Cow;
use std::time::Duration;

use egui::Context;

use super::desktop_notifications::DesktopNotifications;
use crate::deck::{
    ActionResult, ActivityEntry, ActivityKind, Completed, UndoKind, Undoable, WindowDeck,
};
use crate::format;
use crate::runtime::Runtime;
use crate::status::RowId;
use crate::view::{Toast, ToastKind, Toasts};

/// For how long a message is shown that needs no answer.
const SHOWN_FOR: Duration = Duration::from_secs(8);

/// The messages that are shown, and what has been announced so far.
#[derive(Debug)]
pub(super) struct Notices {
    /// Its clock is the one that messages expire by.
    runtime: Runtime,
    pub(super) toasts: Toasts,
    /// How many jobs failed since the activity was last open.
    pub(super) unseen_failures: usize,
    /// The number of the undo step that was announced last, and its rows.
    announced_undo: Option<(u64, usize)>,
    /// The number of the activity entry that was announced last.
    announced_activity: u64,
    /// How many rows were done by then.
    announced_done: u64,
    /// Actions on very many rows that are not complete: their numbers and words.
    bulk: Vec<(u64, &'static str)>,
}

impl Notices {
    pub(super) fn new(runtime: Runtime) -> Self {
        Self {
            runtime,
            toasts: Toasts::default(),
            unseen_failures: 0,
            announced_undo: None,
            announced_activity: 0,
            announced_done: 0,
            bulk: Vec::new(),
        }
    }

    /// Shows a message for a while.
    pub(super) fn say(&mut self, kind: ToastKind, text: String) {
        self.say_of(kind, text, 1, None);
    }

    /// Says what went wrong. The message expires, the entry in the activity stays.
    pub(super) fn say_problem(&mut self, deck: &mut dyn WindowDeck, text: String) {
        deck.activity_mut().add_problem(&text);
        self.say(ToastKind::Problem, text);
    }

    /// Says what went wrong with files: the first of it, since one message replaces another.
    pub(super) fn say_file_errors(&mut self, deck: &mut dyn WindowDeck, errors: &[String]) {
        let Some(first) = errors.first() else { return };
        for error in errors {
            log::warn!("{error}");
        }
        let text = match errors.len() - 1 {
            0 => first.clone(),
            more => format!("{first}, and {more} more like this"),
        };
        self.say_problem(deck, text);
    }

    /// Says how many of `of` rows an action was done with, if not with all: now, or when the last
    /// of very many had its turn.
    pub(super) fn say_result(&mut self, word: &'static str, result: ActionResult, of: usize) {
        match result.under_way {
            Some(number) => self.bulk.push((number, word)),
            None => self.say_part(word, result.rows, of),
        }
    }

    /// Says how many rows an action was done with that was begun with very many, if not with all.
    pub(super) fn say_completed(&mut self, completed: &Completed) {
        let is_it = |(number, _): &(u64, &str)| *number == completed.number;
        if let Some(index) = self.bulk.iter().position(is_it) {
            let (_, word) = self.bulk.swap_remove(index);
            self.say_part(word, completed.done, completed.of);
        }
    }

    /// Says how many of `of` rows something was done with, if not with all.
    pub(super) fn say_part(&mut self, word: &str, done: usize, of: usize) {
        if done < of {
            self.say(ToastKind::Note, format!("{word} {}", part(done, of)));
        }
    }

    /// Announces what happened in the deck since the last call; what `is_seen` does not go to the
    /// desktop.
    pub(super) fn announce(
        &mut self,
        deck: &dyn WindowDeck,
        desktop: &mut DesktopNotifications,
        is_seen: bool,
    ) {
        self.announce_undo(deck);
        self.announce_ended(deck, desktop, is_seen);
    }

    /// Drops messages whose time is over, and asks for a frame when the next one's is.
    pub(super) fn expire(&mut self, ctx: &Context, deck: &mut dyn WindowDeck, is_seen: bool) {
        let now = self.now();
        if let Some(left) = self.toasts.keep(now, is_seen) {
            ctx.request_repaint_after(left);
        }
        let is_held = self.toasts.is_held() && self.toasts.of(ToastKind::Undo).is_some();
        deck.hold_undo(is_held);
        if let Some(undoable) = deck.undoable().filter(|_| !is_held) {
            ctx.request_repaint_after(time_left(deck, &undoable));
        }
    }

    fn now(&self) -> Duration {
        self.runtime.now().since_start()
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

    fn announce_undo(&mut self, deck: &dyn WindowDeck) {
        let undoable = deck.undoable();
        let step = undoable.map(|undoable| (undoable.number, undoable.rows));
        if step == self.announced_undo {
            return;
        }
        // Going back to an earlier step is nothing new. One over very many rows grows.
        let is_new = step > self.announced_undo;
        self.announced_undo = step;
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
            until: self.now() + time_left(deck, &undoable),
        });
    }

    fn announce_ended(
        &mut self,
        deck: &dyn WindowDeck,
        desktop: &mut DesktopNotifications,
        is_seen: bool,
    ) {
        let activity = deck.activity();
        // Of very many, the entries of some are gone before the next frame.
        let done_before = std::mem::replace(&mut self.announced_done, activity.done());
        let newly_done = usize::try_from(activity.done() - done_before).unwrap_or(usize::MAX);
        let last = activity.last_number();
        if last == self.announced_activity {
            return;
        }
        let mut failed = Vec::new();
        let mut done = Vec::new();
        let mut doubted = Vec::new();
        let mut paused = None;
        let mut together = None;
        for entry in activity.since(self.announced_activity) {
            match entry.kind {
                ActivityKind::Failed => failed.push(entry.clone()),
                ActivityKind::FailedTogether => together = Some(entry.clone()),
                ActivityKind::Doubted => doubted.push(entry.clone()),
                ActivityKind::Done => done.push(entry.clone()),
                ActivityKind::Paused => paused = Some(entry.clone()),
                _ => {}
            }
        }
        self.announced_activity = last;
        self.unseen_failures += failed.len();
        let ended = failed.len() + newly_done + doubted.len();
        if ended > 0 && !is_seen {
            desktop.note(&failed);
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
                desktop.note(std::slice::from_ref(&entry));
            }
            let text = format!("{} failed: {}", entry.subject, entry.detail);
            self.say_of(ToastKind::Failed, text, 1, entry.row);
        }
        if let Some(entry) = paused {
            let text = format!("{} is paused: {}", entry.subject, entry.detail);
            self.say_of(ToastKind::Problem, text, 1, entry.row);
        }
    }

    /// Says which row ended, or how many have since the message about them came up: `more` since
    /// the last call.
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
}

/// Whether the user may see the window: it is not hidden, and no other one has the focus.
pub(super) fn is_seen(ctx: &Context) -> bool {
    ctx.input(|input| {
        let viewport = input.viewport();
        viewport.focused != Some(false) && viewport.visible() != Some(false)
    })
}

/// How long something can still be taken back. The deck may have another clock than the messages.
fn time_left(deck: &dyn WindowDeck, undoable: &Undoable) -> Duration {
    undoable.until.since_start().saturating_sub(deck.now())
}

fn part(rows: usize, of: usize) -> String {
    format!("{} of {}", format::grouped(rows), format::grouped(of))
}
