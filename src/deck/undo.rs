//! What can be taken back: rows that were removed, rows that were cancelled, and files that were
//! kept.

use std::collections::VecDeque;

use crate::deck::limits::{ROWS_DONE_PER_TICK, UNDO_AFTER_HOLD, UNDO_FOR, UNDO_STEPS};
use crate::runtime::Moment;
use crate::status::RowId;

use super::activity::ActivityKind;
use super::context::Context;
use super::rows::row::RowState;
use super::schedule::Schedule;
use super::verbs;
use super::verbs::RemovedRow;

/// What was done last and can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undoable {
    /// What was done.
    pub kind: UndoKind,
    /// To how many rows.
    pub rows: usize,
    /// For how many it was asked.
    pub of: usize,
    /// Until when it can be taken back, on the clock of the jobs.
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

/// What can be taken back, and what is being brought back.
#[derive(Default)]
pub struct UndoLog {
    steps: Vec<UndoStep>,
    last_number: u64,
    /// Whether no step expires, since the pointer is over the offer to take it back.
    is_held: bool,
    /// Rows whose cancel was taken back: they begin again when their threads have ended; and
    /// whether they are paused then.
    restarting: VecDeque<(RowId, bool)>,
    /// Rows that were removed and come back.
    returning: VecDeque<RemovedRow>,
    /// Rows that were removed and do not come back.
    forgotten: VecDeque<RemovedRow>,
}

pub(super) struct UndoStep {
    pub(super) number: u64,
    rows: UndoRows,
    of: usize,
    until: Moment,
}

/// Which rows can be taken back, and from what.
pub(super) enum UndoRows {
    Removed(Vec<RemovedRow>),
    /// Which rows, and whether each was paused.
    Cancelled(Vec<(RowId, bool)>),
    Kept(Vec<RowId>),
}

impl UndoRows {
    fn kind(&self) -> UndoKind {
        match self {
            Self::Removed(_) => UndoKind::Removed,
            Self::Cancelled(_) => UndoKind::Cancelled,
            Self::Kept(_) => UndoKind::Kept,
        }
    }

    fn len(&self) -> usize {
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

impl UndoLog {
    /// What [`Deck::undo`](super::Deck::undo) would take back.
    #[must_use]
    pub fn last(&self) -> Option<Undoable> {
        let step = self.steps.last()?;
        Some(Undoable {
            kind: step.rows.kind(),
            rows: step.rows.len(),
            of: step.of,
            until: step.until,
            number: step.number,
        })
    }

    /// The rows of what [`Deck::undo`](super::Deck::undo) would take back.
    #[must_use]
    pub fn last_rows(&self) -> Vec<RowId> {
        match self.steps.last().map(|step| &step.rows) {
            Some(UndoRows::Removed(rows)) => rows.iter().map(RemovedRow::id).collect(),
            Some(UndoRows::Cancelled(rows)) => rows.iter().map(|(id, _)| *id).collect(),
            Some(UndoRows::Kept(rows)) => rows.clone(),
            None => Vec::new(),
        }
    }

    /// Holds all that can be taken back, or lets it expire again, a moment from now at the
    /// earliest.
    pub fn hold(&mut self, hold: bool, now: Moment) {
        if std::mem::replace(&mut self.is_held, hold) && !hold {
            let least = now + UNDO_AFTER_HOLD;
            for step in &mut self.steps {
                step.until = step.until.max(least);
            }
        }
    }

    /// What was done to these rows, of `of` that it was asked for, can be taken back; with what the
    /// step of this number takes back already, if there is one.
    pub(super) fn cover(
        &mut self,
        number: &mut Option<u64>,
        of: usize,
        done: UndoRows,
        now: Moment,
    ) {
        if done.len() == 0 {
            return;
        }
        let until = now + UNDO_FOR;
        let mut steps = self.steps.iter_mut();
        if let Some(step) = steps.find(|step| Some(step.number) == *number) {
            step.until = until;
            step.rows.extend(done);
            return;
        }
        if self.steps.len() == UNDO_STEPS {
            let oldest = self.steps.remove(0);
            self.make_final(oldest);
        }
        self.last_number += 1;
        *number = Some(self.last_number);
        self.steps.push(UndoStep {
            number: self.last_number,
            rows: done,
            of,
            until,
        });
    }

    /// Takes the last step out, to be [taken back](Self::take_back).
    pub(super) fn pop(&mut self) -> Option<UndoStep> {
        self.steps.pop()
    }

    /// Takes back what was done. Returns how many rows that were.
    pub(super) fn take_back(
        &mut self,
        step: UndoStep,
        schedule: &mut Schedule,
        cx: &mut Context<'_>,
    ) -> usize {
        let count = step.rows.len();
        match step.rows {
            UndoRows::Removed(rows) => {
                self.returning.extend(rows);
                self.bring_back(schedule, cx);
            }
            UndoRows::Cancelled(rows) => {
                self.restarting.extend(rows);
                self.restart(schedule, cx);
            }
            UndoRows::Kept(rows) => {
                for id in rows {
                    if let Some(index) = cx.rows.find(id) {
                        verbs::keep(schedule, cx, index, false);
                    }
                }
            }
        }
        let kind = ActivityKind::Undone;
        cx.activity.add_for_rows(kind, None, "".into(), count);
        count
    }

    /// Forgets what can no longer be taken back, and begins rows again whose threads have ended.
    pub(super) fn expire(&mut self, schedule: &mut Schedule, cx: &mut Context<'_>) {
        let now = cx.now();
        let is_over = |step: &UndoStep| step.until <= now;
        while !self.is_held && self.steps.first().is_some_and(is_over) {
            let step = self.steps.remove(0);
            self.make_final(step);
        }
        if !self.restarting.is_empty() {
            self.restart(schedule, cx);
        }
    }

    /// Brings back, and forgets, a tick's part of the rows that were removed.
    pub(super) fn advance(&mut self, schedule: &mut Schedule, cx: &mut Context<'_>) {
        self.bring_back(schedule, cx);
        let count = self.forgotten.len().min(ROWS_DONE_PER_TICK);
        for removed in self.forgotten.drain(..count) {
            verbs::forget_removed(schedule, cx, &removed);
        }
        if self.has_removed_rows_to_do() {
            cx.runtime.request_tick();
        }
    }

    /// Brings back all rows that are to come back: the process is about to end.
    pub(super) fn bring_back_all(&mut self, schedule: &mut Schedule, cx: &mut Context<'_>) {
        while let Some(removed) = self.returning.pop_front() {
            verbs::restore(schedule, cx, removed);
        }
    }

    /// Nothing can be taken back any more: the process is about to end.
    pub(super) fn forget_all(&mut self, schedule: &mut Schedule, cx: &mut Context<'_>) {
        for step in std::mem::take(&mut self.steps) {
            self.make_final(step);
        }
        while let Some(removed) = self.forgotten.pop_front() {
            verbs::forget_removed(schedule, cx, &removed);
        }
        self.restarting.clear();
    }

    /// Whether removed rows are to come back or to be forgotten.
    pub(super) fn has_removed_rows_to_do(&self) -> bool {
        !(self.returning.is_empty() && self.forgotten.is_empty())
    }

    /// Whether rows are still to come back, or to begin again.
    pub(super) fn is_under_way(&self) -> bool {
        !(self.returning.is_empty() && self.restarting.is_empty())
    }

    /// Whether rows that were removed may come back.
    pub(super) fn has_removed_rows(&self) -> bool {
        let removed = |step: &UndoStep| matches!(step.rows, UndoRows::Removed(_));
        !self.returning.is_empty() || self.steps.iter().any(removed)
    }

    /// Whether rows that were cancelled may begin again.
    pub(super) fn can_undo_cancel(&self) -> bool {
        let cancelled = |step: &UndoStep| matches!(step.rows, UndoRows::Cancelled(_));
        !self.restarting.is_empty() || self.steps.iter().any(cancelled)
    }

    fn bring_back(&mut self, schedule: &mut Schedule, cx: &mut Context<'_>) {
        let count = self.returning.len().min(ROWS_DONE_PER_TICK);
        for removed in self.returning.drain(..count) {
            verbs::restore(schedule, cx, removed);
        }
    }

    /// Begins rows again whose threads have ended, a tick's part of them.
    fn restart(&mut self, schedule: &mut Schedule, cx: &mut Context<'_>) {
        for _ in 0..self.restarting.len().min(ROWS_DONE_PER_TICK) {
            let Some((id, was_paused)) = self.restarting.pop_front() else {
                break;
            };
            let Some(index) = cx.rows.find(id) else {
                continue;
            };
            if verbs::retry(schedule, cx, index) {
                if was_paused {
                    verbs::pause(schedule, cx, index);
                }
            } else if matches!(cx.rows[index].state, RowState::Started(_)) {
                self.restarting.push_back((id, was_paused));
            }
        }
        if self.restarting.len() >= ROWS_DONE_PER_TICK {
            cx.runtime.request_tick();
        }
    }

    fn make_final(&mut self, step: UndoStep) {
        if let UndoRows::Removed(rows) = step.rows {
            self.forgotten.extend(rows);
        }
    }
}
