//! What can be taken back: rows that were removed, and rows that were cancelled.

use std::collections::VecDeque;

use crate::{
    deck::limits::{ROWS_DONE_PER_TICK, UNDO_FOR, UNDO_STEPS},
    runtime::Moment,
    settings::UNDO_AFTER_HOLD,
    status::{Abilities, RowId},
};

use super::{
    Deck,
    activity::Happened,
    row::{Row, RowState},
};

/// What was done last and can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undoable {
    /// What was done.
    pub kind: UndoKind,
    /// To how many rows.
    pub rows: usize,
    /// For how many it was wanted.
    pub of: usize,
    /// Until when it can be taken back, in the time the jobs live in.
    pub until: Moment,
    /// Tells it from what was done before: it counts up.
    pub number: u64,
}

/// What can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoKind {
    /// Rows were removed.
    Removed,
    /// Rows were cancelled.
    Cancelled,
    /// Files were kept in spite of a doubt.
    Kept,
}

#[derive(Default)]
pub(super) struct UndoStack {
    steps: Vec<Step>,
    number: u64,
    /// Rows that begin again as soon as they have let go: their cancel was taken back. And whether they are paused then.
    again: VecDeque<(RowId, bool)>,
    /// Somebody aims at it: nothing of it goes by.
    is_held: bool,
}

struct Step {
    what: What,
    of: usize,
    until: Moment,
    number: u64,
}

/// Which rows can be taken back, and from what.
pub(super) enum What {
    Removed(Vec<RemovedRow>),
    /// Which rows, and whether each was paused.
    Cancelled(Vec<(RowId, bool)>),
    Kept(Vec<RowId>),
}

impl What {
    fn rows(&self) -> usize {
        match self {
            Self::Removed(rows) => rows.len(),
            Self::Cancelled(rows) => rows.len(),
            Self::Kept(rows) => rows.len(),
        }
    }

    /// More rows of the same.
    fn extend(&mut self, more: Self) {
        match (self, more) {
            (Self::Removed(rows), Self::Removed(more)) => rows.extend(more),
            (Self::Cancelled(rows), Self::Cancelled(more)) => rows.extend(more),
            (Self::Kept(rows), Self::Kept(more)) => rows.extend(more),
            // A step takes back one kind.
            _ => {}
        }
    }
}

/// A row that is not in the list any more, and may come back.
pub(super) struct RemovedRow {
    row: Box<Row>,
    /// It was paused only because it was removed.
    goes_on: bool,
}

impl Deck {
    /// What [`Action::Undo`](super::Action::Undo) would take back.
    #[must_use]
    pub fn undoable(&self) -> Option<Undoable> {
        let step = self.undo.steps.last()?;
        let kind = match &step.what {
            What::Removed(_) => UndoKind::Removed,
            What::Cancelled(_) => UndoKind::Cancelled,
            What::Kept(_) => UndoKind::Kept,
        };
        Some(Undoable {
            kind,
            rows: step.what.rows(),
            of: step.of,
            until: step.until,
            number: step.number,
        })
    }

    /// The rows of what [`Action::Undo`](super::Action::Undo) would take back.
    #[must_use]
    pub fn undoable_rows(&self) -> Vec<RowId> {
        match self.undo.steps.last().map(|step| &step.what) {
            Some(What::Removed(rows)) => rows.iter().map(|removed| removed.row.id).collect(),
            Some(What::Cancelled(rows)) => rows.iter().map(|(id, _)| *id).collect(),
            Some(What::Kept(rows)) => rows.clone(),
            None => Vec::new(),
        }
    }

    /// Lets nothing go by that can be taken back, while somebody aims at it; and a moment after that.
    pub fn hold_undo(&mut self, hold: bool) {
        if std::mem::replace(&mut self.undo.is_held, hold) && !hold {
            let least = self.runtime.now() + UNDO_AFTER_HOLD;
            for step in &mut self.undo.steps {
                step.until = step.until.max(least);
            }
        }
    }

    /// Takes a row off the list. If it has not ended, it is paused until this cannot be taken back any more.
    pub(super) fn take_off(&mut self, index: usize) -> Option<RemovedRow> {
        // What its user or a full disk paused is to come back paused.
        let goes_on = !self.rows[index].is_kept_paused() && self.pause(index);
        // Also of what cannot be paused, since it is ending.
        self.hold_slot(index, false);
        self.awake.remove(&self.rows[index].id);
        let row = self.rows.take(self.rows[index].id)?;
        self.counts.remove(row.chip);
        self.abilities.set(row.id, Abilities::NONE);
        self.links.leave(&row.spec);
        self.order.leaves(row.id);
        Some(RemovedRow { row, goes_on })
    }

    /// What was done to these rows, of so many that it was wanted for, can be taken back; with what the step of that
    /// number takes back already.
    pub(super) fn undo_covers(&mut self, number: &mut Option<u64>, of: usize, done: What) {
        if done.rows() == 0 {
            return;
        }
        let until = self.runtime.now() + UNDO_FOR;
        let mut steps = self.undo.steps.iter_mut();
        match steps.find(|step| Some(step.number) == *number) {
            Some(step) => {
                step.until = until;
                step.what.extend(done);
            }
            None => {
                self.push_undo(done, of);
                *number = Some(self.undo.number);
            }
        }
    }

    /// Takes back what was done last.
    pub(super) fn take_back(&mut self) -> usize {
        let Some(step) = self.undo.steps.pop() else {
            return 0;
        };
        self.backlog.drop_of_undo(step.number);
        let count = match step.what {
            What::Removed(rows) => {
                let count = rows.len();
                self.backlog.returning.extend(rows);
                self.keep_returning();
                count
            }
            What::Cancelled(rows) => {
                let count = rows.len();
                self.undo.again.extend(rows);
                self.begin_again();
                count
            }
            What::Kept(rows) => {
                let count = rows.len();
                self.each(&rows, |deck, index| deck.keep(index, false));
                count
            }
        };
        self.happened(Happened::Undone, None, "".into(), count);
        count
    }

    /// Puts a row back into the list, as it was.
    pub(super) fn bring_back(&mut self, removed: RemovedRow) {
        let mut row = removed.row;
        let id = row.id;
        row.is_reordered = false;
        self.counts.add(row.chip);
        self.abilities.set(id, Abilities::of(&row.status(None)));
        self.links.enter(&row.spec);
        self.order.arrives(id);
        self.rows.put(row);
        let Some(index) = self.index(id) else {
            return;
        };
        // What ended meanwhile shows it.
        if matches!(self.rows[index].state, RowState::Started(_)) {
            self.refresh(index);
        }
        if removed.goes_on {
            self.resume(index);
        }
    }

    /// Begins again what has let go by now, as much as fits in a tick.
    fn begin_again(&mut self) {
        for _ in 0..self.undo.again.len().min(ROWS_DONE_PER_TICK) {
            let Some((id, was_paused)) = self.undo.again.pop_front() else {
                break;
            };
            let Some(index) = self.index(id) else {
                continue;
            };
            if self.retry(index) {
                if was_paused {
                    self.pause(index);
                }
            } else if matches!(self.rows[index].state, RowState::Started(_)) {
                self.undo.again.push_back((id, was_paused));
            }
        }
        if self.undo.again.len() >= ROWS_DONE_PER_TICK {
            self.runtime.request_tick();
        }
    }

    fn push_undo(&mut self, what: What, of: usize) {
        if self.undo.steps.len() == UNDO_STEPS {
            let oldest = self.undo.steps.remove(0);
            self.make_final(oldest);
        }
        self.undo.number += 1;
        let until = self.runtime.now() + UNDO_FOR;
        let number = self.undo.number;
        self.undo.steps.push(Step {
            what,
            of,
            until,
            number,
        });
    }

    /// Lets go of what can no longer be taken back, and begins what waited for its thread.
    pub(super) fn keep_undo(&mut self) {
        let now = self.runtime.now();
        let is_over = |step: &Step| step.until <= now;
        while !self.undo.is_held && self.undo.steps.first().is_some_and(is_over) {
            let step = self.undo.steps.remove(0);
            self.make_final(step);
        }
        if !self.undo.again.is_empty() {
            self.begin_again();
        }
    }

    /// Nothing can be taken back any more: the process is about to end.
    pub(super) fn forget_undo(&mut self) {
        for step in std::mem::take(&mut self.undo.steps) {
            self.make_final(step);
        }
        while let Some(removed) = self.backlog.fading.pop_front() {
            self.let_go(&removed);
        }
        self.undo.again.clear();
    }

    fn make_final(&mut self, step: Step) {
        if let What::Removed(rows) = step.what {
            self.backlog.fading.extend(rows);
        }
    }

    /// A row that was removed does not come back.
    pub(super) fn let_go(&mut self, removed: &RemovedRow) {
        self.ranks.free(removed.row.rank);
        if let Some(job) = removed.row.job() {
            self.by_job.remove(&job.id());
            job.cancel();
        }
    }

    /// Whether rows that were removed may come back.
    pub(super) fn has_removed_rows(&self) -> bool {
        let removed = |step: &Step| matches!(step.what, What::Removed(_));
        !self.backlog.returning.is_empty() || self.undo.steps.iter().any(removed)
    }

    /// Whether rows that were cancelled may begin again.
    pub(super) fn can_undo_cancel(&self) -> bool {
        let cancelled = |step: &Step| matches!(step.what, What::Cancelled(_));
        self.is_beginning_again() || self.undo.steps.iter().any(cancelled)
    }

    /// Whether rows are to begin again whose cancel was taken back.
    pub(super) fn is_beginning_again(&self) -> bool {
        !self.undo.again.is_empty()
    }
}

/// What was taken off the list ends with it.
impl Drop for Deck {
    fn drop(&mut self) {
        self.forget_undo();
    }
}
