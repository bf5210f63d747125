//! The rows, in the order they were added, and what is found by row, by job or by link.

mod ability_table;
pub(super) mod detail;
pub(super) mod earlier_files;
pub(super) mod ended;
pub(super) mod files;
pub(super) mod group;
pub(super) mod history;
pub(super) mod left_part;
mod link_index;
mod pause_clock;
pub(super) mod row;
pub(super) mod row_list;
mod row_name;
pub(super) mod row_view;
mod silence;
mod stored_outcome;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::{Index, IndexMut};
use std::path::PathBuf;

use crate::deck::limits::{PREVIEW_BYTES_AFTER_END, PREVIEWS_KEPT};
use crate::fetch::Request;
use crate::jobs::Spec;
use crate::options::Settings;
use crate::runtime::{Job, JobId};
use crate::status::{Abilities, Chip, Counts, RowId, Status};

use self::ability_table::AbilityTable;
use self::ended::Ended;
use self::link_index::LinkIndex;
use self::row::{Row, RowState};
use self::row_list::RowList;

/// The rows of a deck.
#[derive(Default)]
pub struct RowStore {
    list: RowList,
    last_id: u64,
    pub(super) by_job: HashMap<JobId, RowId>,
    links: LinkIndex,
    counts: Counts,
    abilities: AbilityTable,
    /// How many rows have ended: the number of the latest end.
    last_end: u64,
    /// The rows that keep the text of their body, oldest first.
    previews: VecDeque<RowId>,
}

impl RowStore {
    /// All rows, oldest first.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = RowId> + '_ {
        self.list.iter().map(|row| row.id)
    }

    /// The rows under these chips, oldest first.
    #[must_use]
    pub fn ids_under(&self, chips: &[Chip]) -> Vec<RowId> {
        let rows = self.list.iter();
        rows.filter(|row| chips.contains(&row.listed.chip))
            .map(|row| row.id)
            .collect()
    }

    /// What a row's job does.
    #[must_use]
    pub fn spec(&self, id: RowId) -> Option<&Spec> {
        Some(&self.get(id)?.spec)
    }

    /// The job of a row, while it is under way.
    #[must_use]
    pub fn job(&self, id: RowId) -> Option<&Job> {
        self.get(id)?.job().map(|job| job.job())
    }

    /// How a row ended, with its numbers; none while it has not.
    #[must_use]
    pub fn ended(&self, id: RowId) -> Option<&Ended> {
        self.get(id)?.ended()
    }

    /// How many rows there are under each chip.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether a row has this link, whatever became of it.
    #[must_use]
    pub fn has_link(&self, request: &Request) -> bool {
        self.links.has(request)
    }

    /// Where the files of all other rows are: two rows may have saved to the same place, or go on
    /// with the same part.
    #[must_use]
    pub fn paths_of_others(&self, ids: &BTreeSet<RowId>) -> BTreeSet<PathBuf> {
        let others = self.list.iter().filter(|row| !ids.contains(&row.id));
        let paths = others.flat_map(|row| {
            let files = files::files_of(row).map(|file| file.path().to_owned());
            files.chain(files::parts_to_go_on_with(row))
        });
        paths.collect()
    }

    /// The index of a row: it stays the same until [`RowStore::tidy`].
    pub(super) fn find(&self, id: RowId) -> Option<usize> {
        self.list.find(id)
    }

    pub(super) fn get(&self, id: RowId) -> Option<&Row> {
        self.list.get(id)
    }

    pub(super) fn list(&self) -> &RowList {
        &self.list
    }

    /// Makes room for rows of an earlier process, ascending by id, of which none is there yet;
    /// without any, no more rows are expected. Other rows have ids and ends after these.
    pub(super) fn expect(&mut self, last: RowId, last_end: u64, ids: Option<&[RowId]>) {
        self.last_id = self.last_id.max(last.0);
        self.last_end = self.last_end.max(last_end);
        self.list.expect(ids);
    }

    /// The id of the next row that is added: ids are never used again.
    pub(super) fn next_id(&self) -> RowId {
        RowId(self.last_id + 1)
    }

    /// Takes in a row that is not in the list.
    pub(super) fn put(&mut self, row: Box<Row>) {
        self.counts.add(row.listed.chip);
        self.abilities.set(row.id, Abilities::of(&row.status(None)));
        self.links.enter(&row.spec);
        self.last_id = self.last_id.max(row.id.0);
        self.list.put(row);
    }

    pub(super) fn take(&mut self, id: RowId) -> Option<Box<Row>> {
        let row = self.list.take(id)?;
        self.counts.remove(row.listed.chip);
        self.abilities.set(id, Abilities::NONE);
        self.links.leave(&row.spec);
        Some(row)
    }

    /// Forgets the rows that were taken out, when they are most of all: other rows then have other
    /// indices.
    pub(super) fn tidy(&mut self) {
        self.list.tidy();
    }

    /// The row of this job is that of this id.
    pub(super) fn bind_job(&mut self, job: JobId, id: RowId) {
        self.by_job.insert(job, id);
    }

    pub(super) fn release_job(&mut self, job: JobId) {
        self.by_job.remove(&job);
    }

    /// The index of the row of a job.
    pub(super) fn find_job(&self, job: JobId) -> Option<usize> {
        self.find(*self.by_job.get(&job)?)
    }

    /// Calls `act` with each row that has a job.
    pub(super) fn for_each_with_job(&mut self, mut act: impl FnMut(&mut Row)) {
        for id in self.by_job.values() {
            if let Some(index) = self.list.find(*id) {
                act(&mut self.list[index]);
            }
        }
    }

    /// Counts a row under the chip of its status. True if its chip or its group is another one than
    /// before.
    pub(super) fn note_status(&mut self, index: usize, status: &Status) -> bool {
        let row = &mut self.list[index];
        if row.listed.end_number == 0 && row.ended().is_some() {
            self.last_end += 1;
            row.listed.end_number = self.last_end;
        }
        self.abilities.set(row.id, Abilities::of(status));
        let chip = std::mem::replace(&mut row.listed.chip, status.chip());
        let new_group = row.group();
        let group = std::mem::replace(&mut row.listed.group, new_group);
        if chip != row.listed.chip {
            self.counts.remove(chip);
            self.counts.add(row.listed.chip);
        }
        chip != row.listed.chip || group != new_group
    }

    /// What can be done with a row, as far as that does not depend on its host.
    pub(super) fn abilities(&self) -> &AbilityTable {
        &self.abilities
    }

    /// Shortens the text of a body that arrived, and drops that of the oldest row that has one:
    /// only the latest keep it.
    pub(super) fn keep_preview(&mut self, index: usize) {
        let Some(Some(text)) = preview_mut(&mut self.list[index]) else {
            return;
        };
        if text.len() > PREVIEW_BYTES_AFTER_END {
            text.truncate(text.floor_char_boundary(PREVIEW_BYTES_AFTER_END));
            text.push('…');
            text.shrink_to_fit();
        }
        self.previews.push_back(self.list[index].id);
        if self.previews.len() > PREVIEWS_KEPT
            && let Some(oldest) = self.previews.pop_front()
            && let Some(index) = self.find(oldest)
            && let Some(preview) = preview_mut(&mut self.list[index])
        {
            *preview = None;
        }
    }

    /// Gives a row another link; false if that does not fit.
    pub(super) fn change_url(&mut self, index: usize, request: &Request) -> bool {
        let row = &mut self.list[index];
        self.links.leave(&row.spec);
        let fits = row.change_url(request);
        self.links.enter(&row.spec);
        fits
    }

    /// Lets rows follow from `before` to `after`: patience, proxy, certificates and redirects from
    /// their next start on, their own rate limit at once. What was said for one row alone stays: a
    /// row follows only where it has what `before` says. What has ended follows too, for when it is
    /// begun again.
    pub(super) fn follow(
        &mut self,
        before: &Settings,
        after: &Settings,
        mut changed: impl FnMut(&mut Row),
    ) {
        for index in self.list.indices() {
            let row = &mut self.list[index];
            let Spec::Fetch(spec) = &mut row.spec else {
                continue;
            };
            let limit_before = spec.rate_limit_bytes_per_sec;
            if !spec.follow(before, after) {
                continue;
            }
            let limit = spec.rate_limit_bytes_per_sec;
            if limit != limit_before
                && let Some(of_job) = &row.traffic.own_limit
            {
                of_job.set(limit);
            }
            changed(row);
        }
    }
}

fn preview_mut(row: &mut Row) -> Option<&mut Option<String>> {
    match &mut row.state {
        RowState::Ended(ended) => Some(&mut ended.fetched.as_mut()?.preview),
        _ => None,
    }
}

impl Index<usize> for RowStore {
    type Output = Row;

    fn index(&self, index: usize) -> &Row {
        &self.list[index]
    }
}

impl IndexMut<usize> for RowStore {
    fn index_mut(&mut self, index: usize) -> &mut Row {
        &mut self.list[index]
    }
}
