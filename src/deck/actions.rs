//! What a deck does with rows, and how.

use crate::{
    fetch::Request,
    format,
    jobs::{SlotState, Spec},
    status::{Abilities, RowId, Verb},
};

use super::{
    ActionResult, Deck, Event,
    ended::Ended,
    row::{Row, RowState},
};

/// What a deck does with rows. Rows that the verb does not fit are left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What is done.
    pub verb: Verb,
    /// With which rows, in this order.
    pub rows: Vec<RowId>,
}

impl Action {
    /// This, with these rows.
    #[must_use]
    pub fn new(verb: Verb, rows: Vec<RowId>) -> Self {
        Self { verb, rows }
    }
}

impl Deck {
    /// Adds rows, to begin when there is a slot or paused, in this order. Returns how many.
    pub fn add(&mut self, specs: Vec<Spec>, paused: bool) -> usize {
        self.add_from(specs.into_iter(), paused)
    }

    /// Does something with rows: with more than some hundred a part at once and the rest in the next ticks. What single
    /// rows are asked for meanwhile is done at once, and the rest then leaves those alone.
    pub fn apply(&mut self, action: Action) -> ActionResult {
        let result = match action.verb {
            Verb::Move(to) => ActionResult {
                rows: self.move_rows(&action.rows, to),
                under_way: None,
            },
            verb => self.begin_acting(verb, action.rows),
        };
        self.after_wish();
        result
    }

    /// Begins a download again that ended without success, from another link, and goes on with the bytes that are there.
    /// False if it is no such download.
    pub fn change_url(&mut self, id: RowId, request: &Request) -> bool {
        let number = self.next_wish();
        let fits = self.index(id).is_some_and(|index| {
            self.links.leave(&self.rows[index].spec);
            let fits = self.rows[index].change_url(request);
            self.links.enter(&self.rows[index].spec);
            fits && self.retry(index)
        });
        if fits {
            self.touch(id, number);
            self.began_again(id, 1, "from another link");
        }
        self.after_wish();
        fits
    }

    /// Takes back the last removal, cancel or keep. Returns how many rows it brought back, of very many those that it
    /// brought back at once.
    pub fn undo(&mut self) -> usize {
        let rows = self.take_back();
        self.after_wish();
        rows
    }

    /// Stops everything, because the process is about to end: what has not ended becomes interrupted. Returns how many
    /// rows that were.
    pub fn interrupt(&mut self) -> usize {
        let rows = self.interrupt_all();
        self.after_wish();
        rows
    }

    /// What a wish leads to, whatever it was.
    pub(super) fn after_wish(&mut self) {
        self.take_changes();
        // After the whole wish: it may have freed slots, or taken them.
        self.start_queued();
        self.set_alarm();
        self.keep_order();
        if self.backlog.is_under_way() {
            self.runtime.request_tick();
        }
        self.runtime.flush_wakes();
    }

    /// Adds rows.
    pub(super) fn add_rows(&mut self, specs: impl Iterator<Item = Spec>, paused: bool) {
        let now = self.runtime.now();
        let wall = web_time::SystemTime::now();
        self.wall.note(now, wall);
        let added_at = format::time_of_day(wall);
        for spec in specs {
            self.last_id += 1;
            self.links.enter(&spec);
            let mut row = Box::new(Row::new(RowId(self.last_id), spec, paused, now, added_at));
            row.rank = self.ranks.add(row.id);
            if paused {
                row.paused_since = added_at;
            } else if row.spec.sleep().is_zero() {
                self.queue.enter(RowId(row.rank), true, &row.host);
            } else {
                self.sleepers.push_back(row.id);
            }
            self.counts.add(row.chip);
            self.abilities.set(row.id, Abilities::of(&row.status(None)));
            self.note(Event::Added(row.id));
            self.order.arrives(row.id);
            self.rows.put(row);
        }
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
            RowState::Started(job) if row.wants_slot => {
                job.pause();
                true
            }
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
        let asked = row.facts.borrow().slot.state() == SlotState::Asked;
        let waits_for_slot = asked || (row.needs_slot() && !has_room);
        let fits = match &mut row.state {
            RowState::Queued { paused: true } => {
                row.state = RowState::Queued { paused: false };
                self.enter_queue(index);
                true
            }
            RowState::Queued { .. } | RowState::Ended(_) => false,
            RowState::Started(_) if row.wants_slot => false,
            RowState::Started(job) if !waits_for_slot || !job.is_paused() => job.resume(),
            RowState::Started(_) => {
                // It gave its slot to another, or has yet to get one.
                row.wants_slot = true;
                self.enter_queue(index);
                true
            }
        };
        if fits {
            self.rows[index].paused_since = None;
            self.try_host_now(index);
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

    fn interrupt_all(&mut self) -> usize {
        self.finish_backlog();
        self.forget_undo();
        let mut done = 0;
        for index in self.rows.places() {
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
        // A file that is complete stays as it is until there is another one.
        let is_complete = row.status(None).can_keep();
        row.replace_doubtful_file();
        row.state = RowState::Queued { paused: false };
        row.end_number = 0;
        row.history.begin_again(now);
        row.forget_job();
        if is_complete && row.forget_file_name() {
            let id = row.id;
            self.order.changes(row);
            self.note(Event::Renamed(id));
        }
        self.enter_queue(index);
        self.try_host_now(index);
        self.refresh(index);
        true
    }

    /// Ends the waits of a row; true if there was one.
    pub(super) fn skip(&mut self, index: usize) -> bool {
        let row = &self.rows[index];
        if row.is_queued() && !row.is_kept_paused() {
            return self.try_host_now(index);
        }
        row.job().is_some_and(|job| job.skip())
    }

    /// Keeps the file of a row in spite of a doubt, or takes that back.
    pub(super) fn keep(&mut self, index: usize, is_kept: bool) -> bool {
        let fits = self.rows[index].keep(is_kept);
        if fits {
            self.refresh(index);
        }
        fits
    }

    /// Lets go of rows that have ended, for good.
    pub(super) fn forget(&mut self, ids: &[RowId]) -> usize {
        let mut forgotten = 0;
        for id in ids {
            let ended = self.rows.get(*id);
            let ended = ended.filter(|row| matches!(row.state, RowState::Ended(_)));
            if ended.is_some()
                && let Some(row) = self.rows.take(*id)
            {
                self.counts.remove(row.chip);
                self.links.leave(&row.spec);
                self.ranks.free(row.rank);
                self.abilities.set(*id, Abilities::NONE);
                self.order.leaves(*id);
                forgotten += 1;
            }
        }
        forgotten
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
