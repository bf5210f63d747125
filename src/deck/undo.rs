//! What can be taken back: rows that were removed, and rows that were cancelled.

use std::collections::BTreeSet;

use crate::{
    runtime::Moment,
    settings::{UNDO_AFTER_HOLD, UNDO_FOR, UNDO_STEPS},
    status::RowId,
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
}

#[derive(Default)]
pub(super) struct UndoStack {
    steps: Vec<Step>,
    number: u64,
    /// Rows that begin again as soon as they have let go: their cancel was taken back. And whether they are paused then.
    again: Vec<(RowId, bool)>,
    /// Somebody aims at it: nothing of it goes by.
    is_held: bool,
}

struct Step {
    what: What,
    of: usize,
    until: Moment,
    number: u64,
}

enum What {
    Removed(Vec<RemovedRow>),
    /// Which rows, and whether each was paused.
    Cancelled(Vec<(RowId, bool)>),
}

struct RemovedRow {
    row: Row,
    /// It was paused only because it was removed.
    goes_on: bool,
}

impl Deck {
    /// What [`Action::Undo`](super::Action::Undo) would take back.
    #[must_use]
    pub fn undoable(&self) -> Option<Undoable> {
        let step = self.undo.steps.last()?;
        let (kind, rows) = match &step.what {
            What::Removed(rows) => (UndoKind::Removed, rows.len()),
            What::Cancelled(rows) => (UndoKind::Cancelled, rows.len()),
        };
        Some(Undoable {
            kind,
            rows,
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

    /// Takes rows off the list. Those that have not ended are paused until this cannot be taken back any more.
    pub(super) fn remove(&mut self, ids: &[RowId]) -> usize {
        let ids: BTreeSet<RowId> = ids.iter().copied().collect();
        let mut going_on = BTreeSet::new();
        for id in &ids {
            let Some(index) = self.index(*id) else {
                continue;
            };
            // What its user or a full disk paused is to come back paused.
            if !self.rows[index].is_kept_paused() && self.pause(index) {
                going_on.insert(*id);
            }
            // Also of what cannot be paused, since it is ending.
            self.hold_slot(index, false);
        }
        let (gone, stay): (Vec<Row>, Vec<Row>) = std::mem::take(&mut self.rows)
            .into_iter()
            .partition(|row| ids.contains(&row.id));
        self.rows = stay;
        if gone.is_empty() {
            return 0;
        }
        for row in &gone {
            self.counts.remove(row.chip);
        }
        let (count, of) = (gone.len(), ids.len());
        let name = gone[0].name.clone();
        let rows = gone.into_iter().map(|row| RemovedRow {
            goes_on: going_on.contains(&row.id),
            row,
        });
        let rows = rows.collect();
        self.push_undo(What::Removed(rows), of);
        self.happened(Happened::Removed, None, name, count);
        self.order.mark_dirty();
        self.order_held = false;
        count
    }

    /// Cancels rows, so that it can be taken back.
    pub(super) fn cancel_rows(&mut self, ids: &[RowId]) -> usize {
        let mut cancelled = Vec::new();
        for id in ids {
            let Some(index) = self.index(*id) else {
                continue;
            };
            let was_paused = self.rows[index].is_kept_paused();
            if self.cancel(index) {
                cancelled.push((*id, was_paused));
            }
        }
        let count = cancelled.len();
        if let Some((first, _)) = cancelled.first() {
            let name = self
                .index(*first)
                .map(|index| self.rows[index].name.clone());
            self.happened(
                Happened::Cancelled,
                Some(*first),
                name.unwrap_or_default(),
                count,
            );
            self.push_undo(What::Cancelled(cancelled), ids.len());
        }
        count
    }

    /// Takes back what was done last.
    pub(super) fn take_back(&mut self) -> usize {
        let Some(step) = self.undo.steps.pop() else {
            return 0;
        };
        let count = match step.what {
            What::Removed(rows) => self.put_back(rows),
            What::Cancelled(rows) => {
                let before = rows.len();
                self.undo.again.extend(rows);
                self.begin_again();
                before
            }
        };
        self.happened(Happened::Undone, None, "".into(), count);
        count
    }

    fn put_back(&mut self, rows: Vec<RemovedRow>) -> usize {
        let count = rows.len();
        let mut going_on = Vec::new();
        for removed in rows {
            if removed.goes_on {
                going_on.push(removed.row.id);
            }
            self.counts.add(removed.row.chip);
            self.rows.push(removed.row);
        }
        self.rows.sort_by_key(|row| row.id);
        // What ended meanwhile shows it.
        for index in 0..self.rows.len() {
            if matches!(self.rows[index].state, RowState::Started(_)) {
                self.refresh(index);
            }
        }
        for id in going_on {
            if let Some(index) = self.index(id) {
                self.resume(index);
            }
        }
        self.order.mark_dirty();
        self.order_held = false;
        count
    }

    /// Begins again what has let go by now.
    fn begin_again(&mut self) {
        let waiting = std::mem::take(&mut self.undo.again);
        for (id, was_paused) in waiting {
            let Some(index) = self.index(id) else {
                continue;
            };
            if self.retry(index) {
                if was_paused {
                    self.pause(index);
                }
            } else if matches!(self.rows[index].state, RowState::Started(_)) {
                self.undo.again.push((id, was_paused));
            }
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
        self.undo.again.clear();
    }

    fn make_final(&mut self, step: Step) {
        let What::Removed(rows) = step.what else {
            return;
        };
        for removed in rows {
            if let Some(job) = removed.row.job() {
                self.by_job.remove(&job.id());
                job.cancel();
            }
        }
    }
}

/// What was taken off the list ends with it.
impl Drop for Deck {
    fn drop(&mut self) {
        self.forget_undo();
    }
}
