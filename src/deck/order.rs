//! Which rows are shown, in which order: a list that follows what changes row by row. Another filter, search or sorting
//! makes a new one beside it, a part in each tick; what was shown before stays until it is complete.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    time::Duration,
};

use crate::{
    deck::limits::ROWS_ADDED_PER_TICK,
    runtime::Moment,
    status::{Chip, Filter, RowId, SortKey, Sorting},
};

use super::{
    Deck,
    list::Rows,
    row::{Row, RowState},
    search::{Search, Searched},
    sequence::{Entry, Sequence},
};

/// Rows sorted by what moves change places this often.
const RESORT_EVERY: Duration = Duration::from_secs(1);

/// So many rows that changed are put in their places in a tick.
const CHANGES_PER_TICK: usize = 500;
/// Of rows that changed while the order is held, so many are looked at to tell whether any would move.
const CHANGES_LOOKED_AT: usize = 64;

/// How much of a new list is made in a tick: a look at a row is one, its search and its values more.
const WORK_PER_TICK: usize = 24_000;
const WORK_OF_SEARCH: usize = 5;
const WORK_OF_VALUES: usize = 8;
const WORK_OF_MERGE: usize = 3;

/// The list, and what is behind it.
#[derive(Default)]
pub(super) struct Order {
    filter: Filter,
    search: Search,
    sorting: Sorting,
    shown: Sequence,
    /// What was shown before.
    fading: Vec<Sequence>,
    /// Rows that came, and rows that went while a new list was made.
    arrived: VecDeque<RowId>,
    /// Rows that changed; each has its mark.
    changed: VecDeque<RowId>,
    build: Option<Build>,
    resorted_at: Option<Moment>,
    /// Counts the lists that were made anew.
    number: u64,
}

/// A new list in the making.
struct Build {
    /// The rows after this one are still to be looked at; all without one.
    after: Option<RowId>,
    /// What was found, in order within each.
    runs: Vec<Vec<Entry>>,
    /// The newest run of each group.
    last_runs: HashMap<usize, usize>,
    /// The next of each run, once all rows were looked at.
    merge: Option<Merge>,
}

struct Merge {
    next: BinaryHeap<Reverse<(Entry, usize)>>,
    runs: Vec<std::vec::IntoIter<Entry>>,
    sequence: Sequence,
}

impl Build {
    /// Takes in a sorted run: the rest of that of its group, where it goes on from its end.
    fn add_run(&mut self, group: usize, run: Vec<Entry>) {
        let Some(first) = run.first() else { return };
        let of_group = self.last_runs.entry(group).or_insert(self.runs.len());
        match self.runs.get_mut(*of_group) {
            Some(before) if before.last().is_some_and(|last| last < first) => before.extend(run),
            _ => {
                *of_group = self.runs.len();
                self.runs.push(run);
            }
        }
    }
}

impl Order {
    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    pub(super) fn set_filter(&mut self, filter: Filter) {
        if filter != self.filter {
            self.search = Search::parse(&filter.search);
            self.filter = filter;
            self.begin_build();
        }
    }

    pub(super) fn sorting(&self) -> Sorting {
        self.sorting
    }

    pub(super) fn set_sorting(&mut self, sorting: Sorting) {
        if sorting != self.sorting {
            self.sorting = sorting;
            self.begin_build();
        }
    }

    fn begin_build(&mut self) {
        self.build = Some(Build {
            after: None,
            runs: Vec::new(),
            last_runs: HashMap::new(),
            merge: None,
        });
    }

    pub(super) fn shown(&self) -> &Sequence {
        &self.shown
    }

    /// Whether more of a row than its group decides whether it is shown.
    pub(super) fn looks_closely(&self) -> bool {
        !self.search.is_empty()
    }

    /// Whether rows are sorted by their names.
    pub(super) fn is_by_name(&self) -> bool {
        let keys = [self.sorting.first, self.sorting.second];
        keys.iter().flatten().any(|(key, _)| *key == SortKey::Job)
    }

    /// Whether the search or the chip leaves a row out.
    pub(super) fn leaves_out(&self, row: &Row) -> bool {
        self.filter != Filter::default() && !self.fits(row)
    }

    /// A row came.
    pub(super) fn arrives(&mut self, id: RowId) {
        self.arrived.push_back(id);
    }

    /// A row changed.
    pub(super) fn changes(&mut self, row: &mut Row) {
        if !std::mem::replace(&mut row.is_reordered, true) {
            self.changed.push_back(row.id);
        }
    }

    /// Whether rows changed that are still shown where they were.
    pub(super) fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Whether any of these would be shown elsewhere, or no longer.
    pub(super) fn would_move(&self, rows: &Rows, now: Moment) -> bool {
        let mut changed = self.changed.iter().take(CHANGES_LOOKED_AT);
        changed.any(|id| {
            let row = rows.get(*id).filter(|row| self.fits(row));
            let entry = row.map(|row| Entry::of(row, self.sorting, now));
            match entry {
                Some(entry) => self.shown.would_move(&entry),
                None => self.shown.place(*id).is_some(),
            }
        })
    }

    /// A row went.
    pub(super) fn leaves(&mut self, id: RowId) {
        self.shown.remove(id);
        if self.build.is_some() {
            // It may be in the new list, and goes from there even while the order is held.
            self.arrived.push_back(id);
        }
    }

    /// Puts a row where it belongs.
    fn place(&mut self, row: Option<&Row>, id: RowId, now: Moment) {
        match row.filter(|row| self.fits(row)) {
            Some(row) => self.shown.insert(Entry::of(row, self.sorting, now)),
            None => self.shown.remove(id),
        }
    }

    fn fits(&self, row: &Row) -> bool {
        self.filter.chip.is_none_or(|chip| chip == row.chip)
            && (self.search.is_empty() || found(row, &self.search))
    }

    /// Makes a part of the new list, and shows it when it is complete.
    fn build(&mut self, rows: &Rows, now: Moment) {
        let Some(mut build) = self.build.take() else {
            return;
        };
        let mut left = WORK_PER_TICK;
        self.collect(&mut build, rows, now, &mut left);
        let is_complete = build.merge.as_mut().is_some_and(|merge| {
            while left > 0 {
                let Some(Reverse((entry, run))) = merge.next.pop() else {
                    return true;
                };
                if let Some(next) = merge.runs[run].next() {
                    merge.next.push(Reverse((next, run)));
                }
                merge.sequence.push(entry);
                left = left.saturating_sub(WORK_OF_MERGE);
            }
            merge.next.is_empty()
        });
        match build.merge {
            Some(merge) if is_complete => {
                let before = std::mem::replace(&mut self.shown, merge.sequence);
                self.fading.push(before);
                self.number += 1;
            }
            merge => self.build = Some(Build { merge, ..build }),
        }
    }

    /// Looks at rows, the oldest first.
    fn collect(&self, build: &mut Build, rows: &Rows, now: Moment, left: &mut usize) {
        if build.merge.is_some() {
            return;
        }
        let is_sorted = self.sorting.first.is_some();
        let (mut search, mut values) = (1, 0);
        if !self.search.is_empty() {
            search += WORK_OF_SEARCH;
        }
        if is_sorted {
            values += WORK_OF_VALUES;
        }
        let mut found = vec![Vec::new(); if is_sorted { 1 } else { GROUPS }];
        let mut rows = rows.after(build.after);
        let is_over = loop {
            if *left == 0 {
                break false;
            }
            let Some(row) = rows.next() else { break true };
            build.after = Some(row.id);
            *left = left.saturating_sub(search);
            if !self.fits(row) {
                continue;
            }
            *left = left.saturating_sub(values);
            let entry = Entry::of(row, self.sorting, now);
            let run = if is_sorted { 0 } else { row.group };
            found[usize::from(run)].push(entry);
        };
        for (group, mut run) in found.into_iter().enumerate() {
            // Most rows of a group are found in order, and this sort makes use of that.
            run.sort_unstable();
            build.add_run(group, run);
        }
        if is_over {
            let runs = std::mem::take(&mut build.runs);
            let sequence = Sequence::with_room(runs.iter().map(Vec::len).sum());
            let mut runs: Vec<_> = runs.into_iter().map(Vec::into_iter).collect();
            let first = runs.iter_mut().enumerate();
            let first = first.filter_map(|(run, entries)| Some(Reverse((entries.next()?, run))));
            build.merge = Some(Merge {
                next: first.collect(),
                runs,
                sequence,
            });
        }
    }
}

impl Deck {
    /// Brings the order up to date, as far as a tick goes. What does not fit in it follows in the next.
    pub(super) fn keep_order(&mut self) {
        let now = self.runtime.now();
        self.order.build(&self.rows, now);
        if self.order.build.is_none() {
            self.resort(now);
            let mut left = ROWS_ADDED_PER_TICK;
            while left > 0
                && let Some(id) = self.order.arrived.pop_front()
            {
                self.order.place(self.rows.get(id), id, now);
                left -= 1;
            }
            let mut left = CHANGES_PER_TICK;
            while left > 0
                && !self.order_held
                && let Some(id) = self.order.changed.pop_front()
            {
                if let Some(index) = self.rows.find(id) {
                    self.rows[index].is_reordered = false;
                }
                self.order.place(self.rows.get(id), id, now);
                left -= 1;
            }
        }
        if self.order.fading.last_mut().is_some_and(Sequence::fade) {
            self.order.fading.pop();
        }
        let is_left = self.order.build.is_some()
            || !self.order.fading.is_empty()
            || !self.order.arrived.is_empty()
            || !(self.order_held || self.order.changed.is_empty());
        if is_left {
            self.runtime.request_tick();
        }
    }

    /// Shows rows at their places that were moved: at once, even while the order is held, since it was asked for.
    pub(super) fn show_moved(&mut self, indices: impl ExactSizeIterator<Item = usize>) {
        let now = self.runtime.now();
        let is_at_once = indices.len() <= CHANGES_PER_TICK && self.order.build.is_none();
        for index in indices {
            if is_at_once {
                let row = &self.rows[index];
                self.order.place(Some(row), row.id, now);
            } else {
                self.order.changes(&mut self.rows[index]);
            }
        }
        self.order_held &= is_at_once;
    }

    /// Once a second, what is sorted by what moves is put in order again while something does.
    fn resort(&mut self, now: Moment) {
        let keys = [self.order.sorting.first, self.order.sorting.second];
        let moves = keys.iter().flatten().any(|(key, _)| key.moves());
        let is_due = self
            .order
            .resorted_at
            .is_none_or(|before| now.since(before) >= RESORT_EVERY);
        if !moves || !is_due || self.awake.is_empty() {
            return;
        }
        self.order.resorted_at = Some(now);
        for id in self.by_job.values() {
            if let Some(index) = self.rows.find(*id) {
                self.order.changes(&mut self.rows[index]);
            }
        }
    }

    /// Counts up whenever another filter or sorting has come into effect: with a long list, some frames after it was
    /// asked for.
    #[must_use]
    pub fn listings(&self) -> u64 {
        self.order.number
    }

    /// The rows under these chips, oldest first, whatever the filter.
    #[must_use]
    pub fn ids_under(&self, chips: &[Chip]) -> Vec<RowId> {
        let rows = self.rows.iter();
        rows.filter(|row| chips.contains(&row.chip))
            .map(|row| row.id)
            .collect()
    }
}

const ACTIVE: u8 = 0;
const WAITS_FOR_TURN: u8 = 2;
const PAUSED: u8 = 5;
const ENDED: u8 = 6;
const GROUPS: usize = 7;

/// Which group a row stands in; what waits for its time comes before what waits for its turn.
pub(super) fn group(row: &Row) -> u8 {
    match row.chip {
        Chip::Active => ACTIVE,
        Chip::Waiting if row.job().is_some() && !row.wants_slot => 1,
        Chip::Waiting => WAITS_FOR_TURN,
        Chip::Failed => 3,
        Chip::Check => 4,
        Chip::Paused => PAUSED,
        Chip::Done | Chip::Cancelled => ENDED,
    }
}

/// Whether moving a row changes what comes before it.
pub(super) fn can_move(row: &Row) -> bool {
    matches!(row.group, WAITS_FOR_TURN | PAUSED)
}

/// The place of a row in the usual order, as a number to compare: by group; within it active rows as they were given, rows
/// that have ended with the latest first, and all others in the order in which they begin.
pub(super) fn place_of(row: &Row) -> u64 {
    const BITS_OF_GROUP: u32 = 8;
    const WITHIN: u64 = u64::MAX >> BITS_OF_GROUP;
    let within = match row.group {
        // Not by rank: one that was moved to the top would begin above those that are under way.
        ACTIVE => row.id.0.min(WITHIN),
        ENDED => WITHIN - row.end_number.min(WITHIN),
        _ => row.rank.min(WITHIN),
    };
    (u64::from(row.group) << (u64::BITS - BITS_OF_GROUP)) | within
}

pub(super) fn found(row: &Row, search: &Search) -> bool {
    let texts = row.searched();
    search.fits(&Searched {
        name: &texts.name,
        host: &row.host,
        url: &texts.url,
        error: &|| match &row.state {
            RowState::Ended(ended) => {
                let doubt = || ended.doubt().map(|note| note.text.to_string());
                ended.error().map(ToString::to_string).or_else(doubt)
            }
            _ => {
                let facts = row.facts.borrow();
                facts.last_error.as_ref().map(|error| error.message.clone())
            }
        },
        status: &|| row.status(None),
    })
}
