//! What changed of a deck that outlives its process: handed over as data, so that nothing of a deck
//! waits for a disk.

use std::collections::{BTreeSet, VecDeque};

use crate::runtime::{Moment, Runtime};
use crate::status::RowId;

use super::activity::{ActivityEntry, ActivityLog};
use super::row_record::{HostKind, RowRecord, StoredState};
use super::row_slice::RowSlice;
use super::rows::RowStore;
use super::rows::row::Row;
use super::wall_clock::WallClock;
use crate::deck::limits::{CHECKPOINT_EVERY, PARTS_STORED_AFTER, ROWS_STORED_PER_TICK};

/// One change, in the order in which they happened.
#[derive(Clone, Debug)]
pub enum Change {
    /// A row is as this says, whatever it was.
    Row(Box<RowRecord>),
    /// A row was taken off the list by its user, and may come back.
    Hidden(RowId),
    /// It came back.
    Shown(RowId),
    /// A row does not come back.
    Removed(RowId),
    /// An ended row is off the list because that is full: it stays in the history.
    Retired(RowId),
    /// An ended row was removed by its user, and does not come back: it stays in the history, where
    /// there is one that can be seen.
    Dismissed(RowId),
    /// Something happened, in words.
    Activity(ActivityEntry),
    /// The activity was cleared.
    ActivityCleared,
}

/// The changes since they were last taken: none before [`begin`](Journal::begin).
#[derive(Debug, Default)]
pub struct Journal(Option<OpenJournal>);

#[derive(Debug)]
struct OpenJournal {
    host: HostKind,
    /// Rows that are to be stored; each is marked.
    rows: VecDeque<RowId>,
    /// Rows that were added and are not on the list yet, in their order in `rows`.
    unlisted: VecDeque<RowId>,
    /// Those of them that were handed over.
    listable: Vec<RowId>,
    /// Rows that a run left, and that nothing resumed here: they stay those of a run.
    left_by_runs: BTreeSet<RowId>,
    changes: Vec<Change>,
    activity_number: u64,
    activity_clears: u64,
    checkpoint_at: Moment,
    parts_at: Moment,
    most_taken: usize,
}

impl Journal {
    /// Begins to note changes of a deck that is driven by this host.
    pub fn begin(&mut self, host: HostKind) {
        self.0.get_or_insert(OpenJournal {
            host,
            rows: VecDeque::new(),
            unlisted: VecDeque::new(),
            listable: Vec::new(),
            left_by_runs: BTreeSet::new(),
            changes: Vec::new(),
            activity_number: 0,
            activity_clears: 0,
            checkpoint_at: Moment::ZERO,
            parts_at: Moment::ZERO,
            most_taken: 0,
        });
    }

    /// A row is restored that a run left: until something resumes it here, another run may.
    pub(super) fn keep_for_runs(&mut self, id: RowId) {
        if let Some(open) = &mut self.0 {
            open.left_by_runs.insert(id);
        }
    }

    /// Notes nothing from now on: what is still to change is the end of the process.
    pub fn end(&mut self) {
        self.0 = None;
    }

    /// Whether changes are noted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Whether rows were added that are not on the list yet.
    #[must_use]
    pub fn has_unlisted(&self) -> bool {
        let open = self.0.as_ref();
        open.is_some_and(|open| !(open.unlisted.is_empty() && open.listable.is_empty()))
    }

    /// How many rows were handed over at once at most.
    #[must_use]
    pub fn most_taken(&self) -> usize {
        self.0.as_ref().map_or(0, |open| open.most_taken)
    }

    /// A row is another one than before.
    pub(super) fn note(&mut self, row: &mut Row) {
        if let Some(open) = &mut self.0 {
            open.note(row);
        }
    }

    /// A row was added. True if it is on the list only when its host says so: a window shows what
    /// is stored.
    pub(super) fn add(&mut self, row: &mut Row) -> bool {
        self.note(row);
        match &mut self.0 {
            Some(open) if open.host == HostKind::Window && row.reported.is_in_journal => {
                open.unlisted.push_back(row.id);
                true
            }
            _ => false,
        }
    }

    /// The rows that were added since the last call, to be listed when they are stored. Right after
    /// [`Deck::take_journal`](super::Deck::take_journal), which has them or had them.
    #[must_use]
    pub fn take_unlisted(&mut self) -> Vec<RowId> {
        let open = self.0.as_mut();
        open.map(|open| std::mem::take(&mut open.listable))
            .unwrap_or_default()
    }

    /// A row leaves the list, as this change says. What it is by then is stored before.
    pub(super) fn leave(
        &mut self,
        row: &mut Row,
        how: Change,
        wall_clock: &WallClock,
        now: Moment,
    ) {
        let Some(open) = &mut self.0 else { return };
        if std::mem::take(&mut row.reported.is_in_journal) {
            open.put(row, wall_clock, now);
        }
        open.changes.push(how);
    }

    /// Something else happened to a row, or to the activity.
    pub(super) fn push(&mut self, change: Change) {
        if let Some(open) = &mut self.0 {
            open.changes.push(change);
        }
    }

    /// The changes since the last call, as the rows are now: of very many rows a part, and the rest
    /// in the next ticks, which are requested. Rows that run are stored every second, so that a
    /// crash loses nothing of them but that.
    pub(super) fn take(
        &mut self,
        rows: &mut RowStore,
        running: &BTreeSet<RowId>,
        activity: &ActivityLog,
        wall_clock: &WallClock,
        runtime: &Runtime,
    ) -> Vec<Change> {
        let now = runtime.now();
        let Some(open) = &mut self.0 else {
            return Vec::new();
        };
        if now >= open.checkpoint_at {
            open.checkpoint_at = now + CHECKPOINT_EVERY;
            for id in running {
                if let Some(index) = rows.find(*id) {
                    open.note(&mut rows[index]);
                }
            }
        } else if now >= open.parts_at {
            open.parts_at = now + PARTS_STORED_AFTER;
            for id in running {
                let Some(index) = rows.find(*id) else {
                    continue;
                };
                let row = &mut rows[index];
                let is_young = now.since(row.slot_use.since) < PARTS_STORED_AFTER;
                let has_part = || row.facts.borrow().trace.part().is_some();
                if !is_young && !row.reported.is_part_stored && has_part() {
                    row.reported.is_part_stored = true;
                    open.note(row);
                }
            }
        }
        open.take_activity(activity);
        let mut slice = RowSlice::begin(runtime.clock(), ROWS_STORED_PER_TICK);
        while let Some(id) = open.rows.pop_front_if(|_| slice.take_one()) {
            if let Some(new) = open.unlisted.pop_front_if(|new| *new == id) {
                open.listable.push(new);
            }
            // A row that was removed is in the changes already.
            if let Some(index) = rows.find(id) {
                let row = &mut rows[index];
                row.reported.is_in_journal = false;
                open.put(row, wall_clock, now);
            }
        }
        open.most_taken = open.most_taken.max(slice.done());
        if !open.rows.is_empty() {
            runtime.request_tick();
        }
        std::mem::take(&mut open.changes)
    }
}

impl OpenJournal {
    /// What is given on as it arrives ends with its process.
    fn note(&mut self, row: &mut Row) {
        if !row.reported.is_in_journal && row.spec.check_storable().is_ok() {
            row.reported.is_in_journal = true;
            self.rows.push_back(row.id);
        }
    }

    fn put(&mut self, row: &Row, wall_clock: &WallClock, now: Moment) {
        let mut record = RowRecord::of(row, self.host, wall_clock, now);
        if record.state != StoredState::Interrupted {
            self.left_by_runs.remove(&row.id);
        } else if self.left_by_runs.contains(&row.id) {
            record.host = HostKind::Run;
        }
        self.changes.push(Change::Row(Box::new(record)));
    }

    fn take_activity(&mut self, activity: &ActivityLog) {
        // Before the new entries: those from before it was cleared are not in the log any more.
        if self.activity_clears != activity.clears() {
            self.activity_clears = activity.clears();
            self.changes.push(Change::ActivityCleared);
        }
        let newest_first = activity.since(self.activity_number);
        let new: Vec<_> = newest_first.cloned().collect();
        self.changes
            .extend(new.into_iter().rev().map(Change::Activity));
        self.activity_number = activity.last_number();
    }
}
