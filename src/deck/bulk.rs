//! Actions over very many rows: a part of each is done at once and the rest in the ticks that
//! follow, so that no frame has to wait for all of it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::{iter, vec};

use crate::deck::limits::{ROWS_ADDED_PER_TICK, ROWS_DONE_PER_TICK};
use crate::format;
use crate::jobs::Spec;
use crate::status::{RowId, Verb};

use super::action::{Action, ActionResult, Completed};
use super::activity::{ActivityKind, ActivityLog};
use super::context::Context;
use super::row_slice::RowSlice;
use super::schedule::Schedule;
use super::undo::{UndoLog, UndoRows};
use super::verbs;

/// What is still to be done.
#[derive(Default)]
pub struct BulkQueue {
    adds: VecDeque<BulkAdd>,
    /// How many rows there were to add when the first of those began that are still to come.
    all_adds: usize,
    most_added: usize,
    actions: VecDeque<BulkAction>,
    /// For rows of single actions that were done while others wait: the number of the last. Those
    /// that wait were asked for earlier, and leave such a row alone.
    touched: HashMap<RowId, u64>,
    last_number: u64,
    completed: Vec<Completed>,
}

struct BulkAdd {
    specs: Box<dyn ExactSizeIterator<Item = Spec>>,
    paused: bool,
}

struct BulkAction {
    number: u64,
    verb: Verb,
    ids: vec::IntoIter<RowId>,
    of: usize,
    done: usize,
    /// The first row that it fitted.
    first: Option<(RowId, Arc<str>)>,
    /// The step that takes back what was done so far.
    undo: Option<u64>,
}

impl BulkQueue {
    /// How many rows of those that are being added are there, and of how many; none while all are.
    #[must_use]
    pub fn adding(&self) -> Option<(usize, usize)> {
        let left = self.to_add();
        (left > 0).then_some((self.all_adds.saturating_sub(left), self.all_adds))
    }

    /// The actions that took several ticks and are done since the last call.
    #[must_use]
    pub fn take_completed(&mut self) -> Vec<Completed> {
        std::mem::take(&mut self.completed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.adds.is_empty() && self.actions.is_empty()
    }

    /// Whether rows are being stopped of which some are still to come: none of those is to begin
    /// meanwhile.
    pub(super) fn is_stopping(&self) -> bool {
        let stops =
            |action: &BulkAction| matches!(action.verb, Verb::Pause | Verb::Cancel | Verb::Remove);
        self.actions.iter().any(stops)
    }

    /// How many rows are still to be added.
    pub(super) fn to_add(&self) -> usize {
        self.adds.iter().map(|add| add.specs.len()).sum()
    }

    /// Adds no more of the rows that are still to come, and returns how far it got, as
    /// [`adding`](Self::adding).
    pub(super) fn stop_adding(&mut self, activity: &mut ActivityLog) -> Option<(usize, usize)> {
        let adding = self.adding();
        self.adds.clear();
        if let Some((done, all)) = adding {
            let subject = format::count((all - done) as u64, "job", "jobs");
            activity.add(ActivityKind::Stopped, None, subject.into(), "".into());
        }
        adding
    }

    /// Adds rows. Returns how many there will be.
    pub(super) fn add(
        &mut self,
        schedule: &mut Schedule,
        cx: &mut Context<'_>,
        mut specs: Box<dyn ExactSizeIterator<Item = Spec>>,
        paused: bool,
    ) -> usize {
        let count = specs.len();
        if count == 0 {
            return 0;
        }
        let first = cx.rows.next_id();
        // In their order: not before those that were asked for earlier.
        if self.adds.is_empty() {
            self.add_part(schedule, cx, &mut specs, paused);
        }
        let only = cx.rows.get(first).filter(|_| count == 1);
        let name = only.map_or_else(|| "".into(), |row| row.name.shown().clone());
        let kind = ActivityKind::Added;
        cx.activity.add_for_rows(kind, Some(first), name, count);
        if specs.len() > 0 {
            self.all_adds = match self.adds.len() {
                0 => count,
                _ => self.all_adds + count,
            };
            self.adds.push_back(BulkAdd { specs, paused });
        }
        count
    }

    /// Adds a tick's part of the rows.
    fn add_part(
        &mut self,
        schedule: &mut Schedule,
        cx: &mut Context<'_>,
        specs: &mut dyn ExactSizeIterator<Item = Spec>,
        paused: bool,
    ) {
        let mut slice = RowSlice::begin(cx.runtime.clock(), ROWS_ADDED_PER_TICK);
        let part = iter::from_fn(|| {
            let is_next = specs.len() > 0 && slice.take_one();
            is_next.then(|| specs.next()).flatten()
        });
        verbs::add(schedule, cx, part, paused);
        self.most_added = self.most_added.max(slice.done());
    }

    /// How many rows a single tick added at most.
    #[must_use]
    pub fn most_added(&self) -> usize {
        self.most_added
    }

    /// Does something with rows: with a few at once, with many a part at a time.
    pub(super) fn act(
        &mut self,
        undo: &mut UndoLog,
        schedule: &mut Schedule,
        cx: &mut Context<'_>,
        action: Action,
    ) -> ActionResult {
        let is_short = action.rows.len() <= ROWS_DONE_PER_TICK;
        let mut action = BulkAction {
            number: self.next_number(),
            verb: action.verb,
            of: action.rows.len(),
            ids: action.rows.into_iter(),
            done: 0,
            first: None,
            undo: None,
        };
        // A long one waits for those before it; a short one is done at once, whatever they will do.
        if is_short || self.actions.is_empty() {
            self.do_part(&mut action, undo, schedule, cx);
        }
        let (rows, number) = (action.done, action.number);
        let is_done = action.ids.len() == 0;
        if is_done {
            report(&action, cx.activity);
        } else {
            self.actions.push_back(action);
        }
        ActionResult {
            rows,
            under_way: (!is_done).then_some(number),
        }
    }

    fn do_part(
        &mut self,
        action: &mut BulkAction,
        undo: &mut UndoLog,
        schedule: &mut Schedule,
        cx: &mut Context<'_>,
    ) {
        let mut cancelled = Vec::new();
        let mut kept = Vec::new();
        let mut removed = Vec::new();
        for id in action.ids.by_ref().take(ROWS_DONE_PER_TICK) {
            let touched = self.touched.get(&id);
            if touched.is_some_and(|later| *later > action.number) {
                continue;
            }
            let Some(index) = cx.rows.find(id) else {
                continue;
            };
            let name = cx.rows[index].name.shown().clone();
            let fits = match action.verb {
                Verb::Pause => verbs::pause(schedule, cx, index),
                Verb::Resume => verbs::resume(schedule, cx, index),
                Verb::Skip => verbs::skip(schedule, cx, index),
                Verb::Retry => verbs::retry(schedule, cx, index),
                Verb::Keep => {
                    let fits = verbs::keep(schedule, cx, index, true);
                    kept.extend(fits.then_some(id));
                    fits
                }
                Verb::Cancel => {
                    let was_paused = cx.rows[index].is_kept_paused();
                    let fits = verbs::cancel(schedule, cx, index);
                    cancelled.extend(fits.then_some((id, was_paused)));
                    fits
                }
                Verb::Remove => {
                    removed.extend(verbs::remove(schedule, cx, index));
                    true
                }
                Verb::Move(to) => verbs::move_rows(schedule, cx, &[id], to) > 0,
            };
            if fits {
                action.done += 1;
                action.first.get_or_insert((id, name));
                self.touch(id, action.number);
            }
        }
        let done = match action.verb {
            Verb::Remove => UndoRows::Removed(removed),
            Verb::Keep => UndoRows::Kept(kept),
            _ => UndoRows::Cancelled(cancelled),
        };
        undo.cover(&mut action.undo, action.of, done, cx.now());
    }

    /// A single action was done with a row.
    pub(super) fn touch(&mut self, id: RowId, number: u64) {
        if !self.actions.is_empty() {
            self.touched.insert(id, number);
        }
    }

    /// A number for an action.
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// The rest of an action is not done: what was done so far is taken back.
    pub(super) fn drop_of_undo(&mut self, number: u64) {
        for action in &mut self.actions {
            if action.undo == Some(number) {
                action.ids = Vec::new().into_iter();
            }
        }
    }

    /// A tick's part of what is still to be done.
    pub(super) fn advance(
        &mut self,
        undo: &mut UndoLog,
        schedule: &mut Schedule,
        cx: &mut Context<'_>,
    ) {
        if let Some(mut add) = self.adds.pop_front() {
            self.add_part(schedule, cx, &mut add.specs, add.paused);
            if add.specs.len() > 0 {
                self.adds.push_front(add);
            }
        }
        if let Some(mut action) = self.actions.pop_front() {
            self.do_part(&mut action, undo, schedule, cx);
            if action.ids.len() > 0 {
                self.actions.push_front(action);
            } else {
                self.complete(&action, cx.activity);
            }
        }
        if !self.is_empty() {
            cx.runtime.request_tick();
        }
    }

    /// The process is about to end: every row is there to be stopped, and nothing is begun any
    /// more.
    pub(super) fn finish(
        &mut self,
        undo: &mut UndoLog,
        schedule: &mut Schedule,
        cx: &mut Context<'_>,
    ) {
        while let Some(add) = self.adds.pop_front() {
            verbs::add(schedule, cx, add.specs, add.paused);
        }
        for mut action in std::mem::take(&mut self.actions) {
            while action.ids.len() > 0 && matches!(action.verb, Verb::Cancel | Verb::Remove) {
                self.do_part(&mut action, undo, schedule, cx);
            }
            self.complete(&action, cx.activity);
        }
    }

    fn complete(&mut self, action: &BulkAction, activity: &mut ActivityLog) {
        report(action, activity);
        self.completed.push(Completed {
            number: action.number,
            done: action.done,
            of: action.of,
        });
        if self.actions.is_empty() {
            self.touched.clear();
        }
    }
}

fn report(action: &BulkAction, activity: &mut ActivityLog) {
    let kind = match action.verb {
        Verb::Cancel => ActivityKind::Cancelled,
        Verb::Keep => ActivityKind::Kept,
        Verb::Retry => ActivityKind::Retried,
        Verb::Remove => ActivityKind::Removed,
        Verb::Pause | Verb::Resume | Verb::Skip | Verb::Move(_) => return,
    };
    let (id, name) = action.first.clone().unzip();
    let id = id.filter(|_| kind != ActivityKind::Removed);
    activity.add_for_rows(kind, id, name.unwrap_or_default(), action.done);
}
