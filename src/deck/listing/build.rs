//! A new list in the making: all rows are looked at and put in order, a part in each tick.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::deck::rows::group::Group;
use crate::deck::rows::row_list::RowList;
use crate::runtime::Moment;
use crate::status::RowId;

use super::criteria::Criteria;
use super::entry::ListEntry;
use super::sequence::Sequence;

/// How much is done in a tick: a look at a row is one, its search and its values more.
const WORK_PER_TICK: usize = 24_000;
const WORK_OF_SEARCH: usize = 5;
const WORK_OF_VALUES: usize = 8;
const WORK_OF_MERGE: usize = 3;

/// A new list in the making.
#[derive(Default)]
pub(super) struct Build {
    /// The rows after this one are still to be looked at; all without one.
    after: Option<RowId>,
    /// What was found, in order within each.
    runs: Vec<Vec<ListEntry>>,
    /// The newest run of each group.
    last_runs: HashMap<usize, usize>,
    /// The next of each run, once all rows were looked at.
    merge: Option<Merge>,
}

#[derive(Default)]
struct Merge {
    next: BinaryHeap<Reverse<(ListEntry, usize)>>,
    runs: Vec<std::vec::IntoIter<ListEntry>>,
    sequence: Sequence,
}

impl Build {
    /// Does a tick's part. Returns the list when it is complete.
    pub(super) fn advance(
        &mut self,
        criteria: &Criteria,
        rows: &RowList,
        now: Moment,
    ) -> Option<Sequence> {
        let mut left = WORK_PER_TICK;
        if self.merge.is_none() && self.collect(criteria, rows, now, &mut left) {
            self.merge = Some(Merge::of(std::mem::take(&mut self.runs)));
        }
        let merge = self.merge.as_mut()?;
        merge
            .advance(&mut left)
            .then(|| std::mem::take(&mut merge.sequence))
    }

    /// Looks at rows, the oldest first. True when all were looked at.
    fn collect(
        &mut self,
        criteria: &Criteria,
        rows: &RowList,
        now: Moment,
        left: &mut usize,
    ) -> bool {
        let is_sorted = criteria.is_sorted();
        let (mut search, mut values) = (1, 0);
        if criteria.has_search() {
            search += WORK_OF_SEARCH;
        }
        if is_sorted {
            values += WORK_OF_VALUES;
        }
        let mut found = vec![Vec::new(); if is_sorted { 1 } else { Group::COUNT }];
        let mut rows = rows.after(self.after);
        let is_over = loop {
            if *left == 0 {
                break false;
            }
            let Some(row) = rows.next() else { break true };
            self.after = Some(row.id);
            *left = left.saturating_sub(search);
            if !criteria.fits(row) {
                continue;
            }
            *left = left.saturating_sub(values);
            let entry = criteria.entry(row, now);
            let run = if is_sorted {
                0
            } else {
                row.listed.group as usize
            };
            found[run].push(entry);
        };
        for (group, mut run) in found.into_iter().enumerate() {
            // Most rows of a group are found in order, and this sort makes use of that.
            run.sort_unstable();
            self.add_run(group, run);
        }
        is_over
    }

    /// Takes in a sorted run: appends it to the last run of its group if it continues that.
    fn add_run(&mut self, group: usize, run: Vec<ListEntry>) {
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

impl Merge {
    fn of(runs: Vec<Vec<ListEntry>>) -> Self {
        let sequence = Sequence::with_room(runs.iter().map(Vec::len).sum());
        let mut runs: Vec<_> = runs.into_iter().map(Vec::into_iter).collect();
        let first = runs.iter_mut().enumerate();
        let first = first.filter_map(|(run, entries)| Some(Reverse((entries.next()?, run))));
        Self {
            next: first.collect(),
            runs,
            sequence,
        }
    }

    /// True when all entries are in the sequence.
    fn advance(&mut self, left: &mut usize) -> bool {
        while *left > 0 {
            let Some(Reverse((entry, run))) = self.next.pop() else {
                return true;
            };
            if let Some(next) = self.runs[run].next() {
                self.next.push(Reverse((next, run)));
            }
            self.sequence.push(entry);
            *left = left.saturating_sub(WORK_OF_MERGE);
        }
        self.next.is_empty()
    }
}
