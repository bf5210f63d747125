//! Wishes over very many rows: a part of each is carried out at once and the rest in the ticks that follow, so that no
//! frame has to wait for all of it.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    vec,
};

use crate::{
    deck::limits::{ROWS_ADDED_PER_TICK, ROWS_DONE_PER_TICK},
    format,
    jobs::Spec,
    status::RowId,
};

use super::{
    Deck,
    activity::Happened,
    undo::{RemovedRow, What},
};

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// How many rows it fitted so far.
    pub rows: usize,
    /// Its number, if the rest follows in the next ticks; [`Deck::take_completed`] then gives its end.
    pub under_way: Option<u64>,
}

/// A wish that took several ticks and is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The number of the wish.
    pub number: u64,
    /// How many rows it fitted.
    pub done: usize,
    /// How many rows it was for.
    pub of: usize,
}

/// What is done with each of some rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Pause,
    Resume,
    Cancel,
    Skip,
    Retry,
    Keep,
    Remove,
}

/// What is still to be done.
#[derive(Default)]
pub(super) struct Backlog {
    adds: VecDeque<Adding>,
    /// How many rows there were to add when the first of those began that are still to come.
    all_adds: usize,
    acts: VecDeque<Acting>,
    /// Rows that were removed and are wanted back.
    pub(super) returning: VecDeque<RemovedRow>,
    /// Rows that were removed and are not wanted any more.
    pub(super) fading: VecDeque<RemovedRow>,
    /// The last wish that was carried out on a row by itself, while others wait: it was made later than they.
    touched: HashMap<RowId, u64>,
    last_number: u64,
    completed: Vec<Completed>,
}

struct Adding {
    specs: Box<dyn ExactSizeIterator<Item = Spec>>,
    paused: bool,
}

struct Acting {
    number: u64,
    wish: Wish,
    ids: vec::IntoIter<RowId>,
    of: usize,
    done: usize,
    /// The first row that it fitted.
    first: Option<(RowId, Arc<str>)>,
    /// The step that takes back what was done so far.
    undo: Option<u64>,
}

impl Backlog {
    pub(super) fn is_empty(&self) -> bool {
        self.adds.is_empty()
            && self.acts.is_empty()
            && self.returning.is_empty()
            && self.fading.is_empty()
    }

    /// Whether rows are still to come, or something is still to be done with some.
    pub(super) fn is_under_way(&self) -> bool {
        !(self.adds.is_empty() && self.acts.is_empty() && self.returning.is_empty())
    }

    /// Whether rows are being stopped of which some are still to come: none of those is to begin meanwhile.
    pub(super) fn is_stopping(&self) -> bool {
        let stops =
            |acting: &Acting| matches!(acting.wish, Wish::Pause | Wish::Cancel | Wish::Remove);
        self.acts.iter().any(stops)
    }

    /// How many rows are still to be added.
    pub(super) fn to_add(&self) -> usize {
        self.adds.iter().map(|adding| adding.specs.len()).sum()
    }

    /// The rest of a wish that was taken back is not wanted any more.
    pub(super) fn drop_of_undo(&mut self, number: u64) {
        for acting in &mut self.acts {
            if acting.undo == Some(number) {
                acting.ids = Vec::new().into_iter();
            }
        }
    }
}

impl Deck {
    /// Adds rows that are made one after the other, when it is their turn: a million of them are never there at once
    /// before they are rows. Says how many there will be.
    pub fn add_from(
        &mut self,
        specs: impl ExactSizeIterator<Item = Spec> + 'static,
        paused: bool,
    ) -> usize {
        let count = self.begin_adding(Box::new(specs), paused);
        self.after_wish();
        count
    }

    /// How many rows of those that are being added are there, and of how many; none while all are.
    #[must_use]
    pub fn adding(&self) -> Option<(usize, usize)> {
        let all = self.backlog.all_adds;
        let left = self.backlog.to_add();
        (left > 0).then_some((all.saturating_sub(left), all))
    }

    /// Adds no more of the rows that are still to come, and says as [`adding`](Self::adding) how far it got.
    pub fn stop_adding(&mut self) -> Option<(usize, usize)> {
        let adding = self.adding();
        self.backlog.adds.clear();
        if let Some((done, all)) = adding {
            let left = (all - done) as u64;
            let subject = format::count(left, "job", "jobs");
            self.tell(Happened::Stopped, None, subject.into(), "".into());
        }
        adding
    }

    pub(super) fn begin_adding(
        &mut self,
        mut specs: Box<dyn ExactSizeIterator<Item = Spec>>,
        paused: bool,
    ) -> usize {
        let count = specs.len();
        if count == 0 {
            return 0;
        }
        let before = self.last_id;
        // In their order: not before those of an earlier wish.
        if self.backlog.adds.is_empty() {
            self.add_rows(specs.by_ref().take(ROWS_ADDED_PER_TICK), paused);
        }
        let only = self.rows.get(RowId(before + 1)).filter(|_| count == 1);
        let name = only.map_or_else(|| "".into(), |row| row.name.clone());
        self.happened(Happened::Added, Some(RowId(before + 1)), name, count);
        if specs.len() > 0 {
            let before = self.backlog.to_add();
            self.backlog.all_adds = if before == 0 {
                count
            } else {
                self.backlog.all_adds + count
            };
            self.backlog.adds.push_back(Adding { specs, paused });
        }
        count
    }

    /// Does something with rows: with a few at once, with many a part at a time.
    pub(super) fn begin_acting(&mut self, wish: Wish, ids: Vec<RowId>) -> Carried {
        self.backlog.last_number += 1;
        let number = self.backlog.last_number;
        let is_short = ids.len() <= ROWS_DONE_PER_TICK;
        let mut acting = Acting {
            number,
            wish,
            of: ids.len(),
            ids: ids.into_iter(),
            done: 0,
            first: None,
            undo: None,
        };
        // A long one waits for those before it; a short one is done at once, whatever they will want.
        if is_short || self.backlog.acts.is_empty() {
            self.act_on_part(&mut acting);
        }
        let rows = acting.done;
        if acting.ids.len() == 0 {
            self.tell_acted(&acting);
            return Carried {
                rows,
                under_way: None,
            };
        }
        self.backlog.acts.push_back(acting);
        Carried {
            rows,
            under_way: Some(number),
        }
    }

    fn act_on_part(&mut self, acting: &mut Acting) {
        let mut cancelled = Vec::new();
        let mut kept = Vec::new();
        let mut removed = Vec::new();
        for id in acting.ids.by_ref().take(ROWS_DONE_PER_TICK) {
            let touched = self.backlog.touched.get(&id);
            if touched.is_some_and(|later| *later > acting.number) {
                continue;
            }
            let Some(index) = self.rows.find(id) else {
                continue;
            };
            let name = self.rows[index].name.clone();
            let fits = match acting.wish {
                Wish::Pause => self.pause(index),
                Wish::Resume => self.resume(index),
                Wish::Skip => self.skip(index),
                Wish::Retry => self.retry(index),
                Wish::Keep => {
                    let fits = self.keep(index, true);
                    kept.extend(fits.then_some(id));
                    fits
                }
                Wish::Cancel => {
                    let was_paused = self.rows[index].is_kept_paused();
                    let fits = self.cancel(index);
                    cancelled.extend(fits.then_some((id, was_paused)));
                    fits
                }
                Wish::Remove => {
                    removed.extend(self.take_off(index));
                    true
                }
            };
            if fits {
                acting.done += 1;
                acting.first.get_or_insert((id, name));
                self.touch(id, acting.number);
            }
        }
        let done = match acting.wish {
            Wish::Remove => What::Removed(removed),
            Wish::Keep => What::Kept(kept),
            _ => What::Cancelled(cancelled),
        };
        self.undo_covers(&mut acting.undo, acting.of, done);
    }

    /// A wish was carried out on a row by itself.
    pub(super) fn touch(&mut self, id: RowId, number: u64) {
        if !self.backlog.acts.is_empty() {
            self.backlog.touched.insert(id, number);
        }
    }

    /// A number for a wish over one row.
    pub(super) fn next_wish(&mut self) -> u64 {
        self.backlog.last_number += 1;
        self.backlog.last_number
    }

    fn tell_acted(&mut self, acting: &Acting) {
        let what = match acting.wish {
            Wish::Cancel => Happened::Cancelled,
            Wish::Keep => Happened::Kept,
            Wish::Retry => Happened::Retried,
            Wish::Remove => Happened::Removed,
            Wish::Pause | Wish::Resume | Wish::Skip => return,
        };
        let (id, name) = acting.first.clone().unzip();
        let id = id.filter(|_| what != Happened::Removed);
        self.happened(what, id, name.unwrap_or_default(), acting.done);
    }

    /// A tick's part of what is still to be done.
    pub(super) fn keep_backlog(&mut self) {
        if self.backlog.is_empty() {
            return;
        }
        if let Some(mut adding) = self.backlog.adds.pop_front() {
            self.add_rows(
                adding.specs.by_ref().take(ROWS_ADDED_PER_TICK),
                adding.paused,
            );
            if adding.specs.len() > 0 {
                self.backlog.adds.push_front(adding);
            }
        }
        if let Some(mut acting) = self.backlog.acts.pop_front() {
            self.act_on_part(&mut acting);
            if acting.ids.len() > 0 {
                self.backlog.acts.push_front(acting);
            } else {
                self.complete(&acting);
            }
        }
        self.keep_returning();
        for _ in 0..ROWS_DONE_PER_TICK {
            let Some(removed) = self.backlog.fading.pop_front() else {
                break;
            };
            self.let_go(&removed);
        }
        if !self.backlog.is_empty() {
            self.runtime.request_tick();
        }
    }

    /// Brings back a tick's part of the rows that are wanted back.
    pub(super) fn keep_returning(&mut self) {
        for _ in 0..ROWS_DONE_PER_TICK {
            let Some(removed) = self.backlog.returning.pop_front() else {
                break;
            };
            self.bring_back(removed);
        }
    }

    fn complete(&mut self, acting: &Acting) {
        self.tell_acted(acting);
        self.backlog.completed.push(Completed {
            number: acting.number,
            done: acting.done,
            of: acting.of,
        });
        if self.backlog.acts.is_empty() {
            self.backlog.touched.clear();
        }
    }

    /// The process is about to end: every row is there to be stopped, and nothing is begun any more.
    pub(super) fn finish_backlog(&mut self) {
        while let Some(adding) = self.backlog.adds.pop_front() {
            self.add_rows(adding.specs, adding.paused);
        }
        for mut acting in std::mem::take(&mut self.backlog.acts) {
            while acting.ids.len() > 0 && matches!(acting.wish, Wish::Cancel | Wish::Remove) {
                self.act_on_part(&mut acting);
            }
            self.complete(&acting);
        }
        while let Some(removed) = self.backlog.returning.pop_front() {
            self.bring_back(removed);
        }
        while let Some(removed) = self.backlog.fading.pop_front() {
            self.let_go(&removed);
        }
    }

    /// The wishes that took several ticks and are carried out since the last call.
    #[must_use]
    pub fn take_completed(&mut self) -> Vec<Completed> {
        std::mem::take(&mut self.backlog.completed)
    }
}
