//! What a user can wish for, and how it is done.

use std::collections::BTreeSet;

use crate::{
    fetch::Request,
    format,
    programs::{SharedFacts, Spec},
    status::RowId,
};

use super::{
    Deck, Event, MoveTo,
    activity::Happened,
    row::{Ended, Row, RowState},
};

/// What a user can wish for. Rows that the wish does not fit are left alone.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Add rows, to begin when there is a slot, or paused.
    Add {
        /// What they do, in this order.
        specs: Vec<Spec>,
        /// Whether they wait for a resume first.
        paused: bool,
    },
    /// Pause these rows.
    Pause(Vec<RowId>),
    /// Resume these rows.
    Resume(Vec<RowId>),
    /// Cancel these rows.
    Cancel(Vec<RowId>),
    /// End the waits of these rows: skip the sleep, retry now.
    Skip(Vec<RowId>),
    /// Begin these rows again, which ended without success.
    Retry(Vec<RowId>),
    /// Begin a download again that ended without success, from another link, and go on with the bytes that are there.
    ChangeUrl(RowId, Box<Request>),
    /// Take these rows off the list. Those that have not ended are paused, and cancelled when that cannot be taken back
    /// any more.
    Remove(Vec<RowId>),
    /// Move these rows among those that have not begun.
    Move(Vec<RowId>, MoveTo),
    /// Take back the last removal or cancel.
    Undo,
    /// Stop everything, because the process is about to end: what has not ended becomes interrupted.
    Interrupt,
}

impl Deck {
    /// Does what a user wished for, and says how many rows it fitted.
    pub fn apply(&mut self, action: Action) -> usize {
        let done = match action {
            Action::Add { specs, paused } => self.add(specs, paused),
            Action::Pause(ids) => self.each(&ids, Self::pause),
            Action::Resume(ids) => self.each(&ids, Self::resume),
            Action::Cancel(ids) => self.cancel_rows(&ids),
            Action::Undo => self.take_back(),
            Action::Move(ids, to) => self.move_rows(&ids, to),
            Action::Skip(ids) => self.each(&ids, |deck, index| {
                deck.rows[index].job().is_some_and(|job| job.skip())
            }),
            Action::Retry(ids) => self.retry_rows(&ids),
            Action::ChangeUrl(id, request) => {
                let fits = |deck: &mut Self, index: usize| {
                    deck.rows[index].change_url(&request) && deck.retry(index)
                };
                let done = self.each(&[id], fits);
                self.began_again(id, done, "from another link");
                done
            }
            Action::Remove(ids) => self.remove(&ids),
            Action::Interrupt => self.interrupt(),
        };
        self.take_changes();
        // After the whole wish: it may have freed slots, or taken them.
        self.start_queued();
        self.rebuild_order();
        self.runtime.flush_wakes();
        done
    }

    fn add(&mut self, specs: Vec<Spec>, paused: bool) -> usize {
        let count = specs.len();
        let now = self.runtime.now();
        self.wall.note(now, web_time::SystemTime::now());
        for spec in specs {
            self.last_id += 1;
            let mut row = Row::new(RowId(self.last_id), spec, paused, now);
            if paused {
                row.paused_since = format::time_of_day(web_time::SystemTime::now());
            } else {
                self.queue.enter(row.id, &row.host);
            }
            self.counts.add(row.chip);
            self.note(Event::Added(row.id));
            self.rows.push(row);
        }
        if count > 0 {
            let last = self.rows.last().map(|row| (row.id, row.name.clone()));
            let (id, name) = last.unzip();
            self.happened(Happened::Added, id, name.unwrap_or_default(), count);
            self.order.mark_dirty();
            self.order_held = false;
        }
        count
    }

    pub(super) fn pause(&mut self, index: usize) -> bool {
        let row = &mut self.rows[index];
        let fits = match &mut row.state {
            RowState::Queued { paused: true } | RowState::Ended(_) => false,
            RowState::Queued { paused } => {
                *paused = true;
                true
            }
            // It stays paused, and does not go on when there is a slot.
            RowState::Started(_) if row.wants_slot => true,
            RowState::Started(job) => job.pause(),
        };
        row.wants_slot &= !fits;
        if fits {
            row.paused_since = format::time_of_day(web_time::SystemTime::now());
            self.leave_queue(index);
            self.refresh(index);
        }
        fits
    }

    pub(super) fn resume(&mut self, index: usize) -> bool {
        let has_room = self.has_room_for(index);
        let row = &mut self.rows[index];
        let fits = match &mut row.state {
            RowState::Queued { paused: true } => {
                row.state = RowState::Queued { paused: false };
                self.enter_queue(index);
                true
            }
            RowState::Queued { .. } | RowState::Ended(_) => false,
            RowState::Started(_) if row.wants_slot => false,
            RowState::Started(job) if has_room || !job.is_paused() => job.resume(),
            RowState::Started(_) => {
                // It gave its slot to another, and has to wait for one like everybody else.
                row.wants_slot = true;
                self.enter_queue(index);
                true
            }
        };
        if fits {
            self.rows[index].paused_since = None;
            self.refresh(index);
        }
        fits
    }

    pub(super) fn cancel(&mut self, index: usize) -> bool {
        let row = &mut self.rows[index];
        let id = row.id;
        let fits = match &row.state {
            RowState::Ended(_) => false,
            RowState::Queued { .. } => {
                let outcome = row.cancelled_outcome();
                row.state = RowState::Ended(Box::new(Ended::before_it_began(outcome)));
                true
            }
            RowState::Started(job) => job.cancel(),
        };
        if fits {
            if matches!(self.rows[index].state, RowState::Ended(_)) {
                self.note(Event::Ended(id));
            }
            self.leave_queue(index);
            self.refresh(index);
        }
        fits
    }

    fn interrupt(&mut self) -> usize {
        self.forget_undo();
        let mut done = 0;
        for index in 0..self.rows.len() {
            // What a user cancelled before stays that.
            let before = std::mem::replace(&mut self.rows[index].interrupted, true);
            let fits = self.cancel(index);
            self.rows[index].interrupted = before || fits;
            done += usize::from(fits);
        }
        done
    }

    pub(super) fn retry(&mut self, index: usize) -> bool {
        let now = self.runtime.now();
        let row = &mut self.rows[index];
        if !row.status(None).can_retry() {
            return false;
        }
        row.state = RowState::Queued { paused: false };
        row.history.begin_again(now);
        row.facts = SharedFacts::default();
        row.retry_told = 0;
        row.steps_told = 0;
        row.interrupted = false;
        row.paused_since = None;
        self.enter_queue(index);
        self.refresh(index);
        true
    }

    fn retry_rows(&mut self, ids: &[RowId]) -> usize {
        let mut first = None;
        let mut done = 0;
        for id in ids {
            if self.index(*id).is_some_and(|index| self.retry(index)) {
                first.get_or_insert(*id);
                done += 1;
            }
        }
        if let Some(first) = first {
            self.began_again(first, done, "");
        }
        done
    }

    /// Lets go of rows that have ended, for good.
    pub(super) fn forget(&mut self, ids: &[RowId]) -> usize {
        let ids: BTreeSet<RowId> = ids.iter().copied().collect();
        let before = self.rows.len();
        let counts = &mut self.counts;
        self.rows.retain(|row| {
            let goes = matches!(row.state, RowState::Ended(_)) && ids.contains(&row.id);
            if goes {
                counts.remove(row.chip);
            }
            !goes
        });
        let removed = before - self.rows.len();
        if removed > 0 {
            self.order.mark_dirty();
            self.order_held = false;
        }
        removed
    }

    /// Does something to each of these rows, and counts where it fitted.
    pub(super) fn each(&mut self, ids: &[RowId], act: impl Fn(&mut Self, usize) -> bool) -> usize {
        let mut done = 0;
        for id in ids {
            if let Some(index) = self.index(*id)
                && act(self, index)
            {
                done += 1;
            }
        }
        done
    }
}
