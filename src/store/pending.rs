//! What changed and is not stored yet: of each row only what it is now.

use std::collections::{HashMap, VecDeque};

use crate::deck::limits::ACTIVITY_KEPT;
use crate::deck::{ActivityEntry, Change, RowRecord};
use crate::status::RowId;

use super::listed::Listed;

/// What happened to a row since it was stored.
#[derive(Debug, Default)]
pub(super) struct RowChange {
    /// The batch of its first change.
    batch: u64,
    pub(super) record: Option<Box<RowRecord>>,
    /// Where it is now, if that changed.
    pub(super) listed: Option<Listed>,
    pub(super) is_removed: bool,
}

/// What happened to the activity.
#[derive(Debug, Default)]
pub(super) struct ActivityChange {
    /// It was cleared before the entries.
    pub(super) is_cleared: bool,
    pub(super) entries: VecDeque<ActivityEntry>,
}

/// Changes that wait. They do not grow with time, only with the number of rows.
#[derive(Debug, Default)]
pub(super) struct Pending {
    rows: HashMap<RowId, RowChange>,
    /// The rows in the order of their first change: so their batches ascend.
    order: VecDeque<RowId>,
    activity: ActivityChange,
    /// The number of the last batch.
    submitted: u64,
}

impl Pending {
    /// Takes changes over, and returns the number of their batch.
    pub(super) fn submit(&mut self, changes: Vec<Change>) -> u64 {
        self.submitted += 1;
        for change in changes {
            match change {
                Change::Row(record) => {
                    let id = record.id;
                    self.row(id).record = Some(record);
                }
                Change::Hidden(id) => self.row(id).listed = Some(Listed::Removed),
                Change::Shown(id) => self.row(id).listed = Some(Listed::Shown),
                Change::Retired(id) => self.row(id).listed = Some(Listed::History),
                // A page shows no history, and keeps nothing that nobody can see and forget.
                Change::Removed(id) | Change::Dismissed(id) => {
                    let row = self.row(id);
                    row.record = None;
                    row.is_removed = true;
                }
                Change::Activity(entry) => {
                    let entries = &mut self.activity.entries;
                    if entries.len() == ACTIVITY_KEPT {
                        entries.pop_front();
                    }
                    entries.push_back(entry);
                }
                Change::ActivityCleared => {
                    self.activity = ActivityChange {
                        is_cleared: true,
                        entries: VecDeque::new(),
                    };
                }
            }
        }
        self.submitted
    }

    fn row(&mut self, id: RowId) -> &mut RowChange {
        self.rows.entry(id).or_insert_with(|| {
            self.order.push_back(id);
            RowChange {
                batch: self.submitted,
                ..RowChange::default()
            }
        })
    }

    /// The row that has waited longest.
    pub(super) fn next_row(&mut self) -> Option<(RowId, RowChange)> {
        let id = self.order.pop_front()?;
        let change = self.rows.remove(&id)?;
        Some((id, change))
    }

    /// What happened to the activity.
    pub(super) fn take_activity(&mut self) -> ActivityChange {
        std::mem::take(&mut self.activity)
    }

    /// How many rows wait.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty() && self.activity.entries.is_empty() && !self.activity.is_cleared
    }

    /// No row of this batch or an earlier one waits.
    pub(super) fn taken(&self) -> u64 {
        let first = self.order.front().and_then(|id| self.rows.get(id));
        first.map_or(self.submitted, |row| row.batch - 1)
    }

    /// The number of the last batch.
    pub(super) fn submitted(&self) -> u64 {
        self.submitted
    }

    /// Moves all rows behind those of a list, which has used ids and ends up to these.
    pub(super) fn renumber(&mut self, last_id: u64, last_end: u64) {
        let moved = |id: RowId| RowId(id.0 + last_id);
        for id in &mut self.order {
            *id = moved(*id);
        }
        let rows = std::mem::take(&mut self.rows);
        self.rows = rows
            .into_iter()
            .map(|(id, mut row)| {
                if let Some(record) = &mut row.record {
                    record.id = moved(record.id);
                    record.rank += last_id;
                    if record.end_number > 0 {
                        record.end_number += last_end;
                    }
                }
                (moved(id), row)
            })
            .collect();
        for entry in &mut self.activity.entries {
            entry.row = entry.row.map(moved);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::deck::{Deck, HostKind};
    use crate::jobs::{Spec, TimedSpec};
    use crate::runtime::{ParkHost, Runtime};

    fn timed() -> Spec {
        let spec = TimedSpec {
            name: "row".to_owned(),
            sleep: Duration::ZERO,
            work: Duration::from_secs(60),
        };
        Spec::Timed(spec)
    }

    /// A deck with this many rows, and what it stores of them.
    fn deck(rows: usize) -> (Deck, Vec<Change>) {
        let mut deck = Deck::new(Runtime::new(ParkHost::new()));
        deck.journal.begin(HostKind::Window);
        deck.add(vec![timed(); rows], true);
        let changes = deck.take_journal();
        (deck, changes)
    }

    #[test]
    fn several_changes_of_a_row_are_one() {
        let (_deck, changes) = deck(2);
        let mut pending = Pending::default();
        assert_eq!(pending.submit(changes.clone()), 1);
        assert_eq!(pending.submit(changes), 2);
        pending.submit(vec![Change::Hidden(RowId(1)), Change::Removed(RowId(2))]);
        assert_eq!((pending.len(), pending.taken()), (2, 0));
        let (id, first) = pending.next_row().unwrap();
        assert_eq!((id, first.listed), (RowId(1), Some(Listed::Removed)));
        assert!(first.record.is_some());
        let (id, second) = pending.next_row().unwrap();
        assert_eq!((id, second.is_removed), (RowId(2), true));
        assert!(second.record.is_none() && pending.next_row().is_none());
        assert_eq!(pending.taken(), 3);
    }

    #[test]
    fn a_batch_is_taken_once_all_its_rows_are() {
        let (_deck, mut changes) = deck(3);
        changes.retain(|change| matches!(change, Change::Row(_)));
        let mut pending = Pending::default();
        let third = changes.split_off(2);
        pending.submit(changes);
        pending.submit(third);
        let taken: Vec<_> = std::iter::from_fn(|| {
            pending.next_row()?;
            Some(pending.taken())
        })
        .collect();
        assert_eq!(taken, [0, 1, 2]);
    }

    #[test]
    fn rows_of_a_list_of_its_own_come_behind_those_of_another_one() {
        let (_deck, changes) = deck(2);
        let mut pending = Pending::default();
        pending.submit(changes);
        pending.renumber(100, 50);
        // Room for rows that are moved to the top.
        let ranks_before = 1 << 16;
        for expected in [101, 102] {
            let (id, row) = pending.next_row().unwrap();
            let record = row.record.unwrap();
            assert_eq!(
                (id.0, record.id.0, record.rank),
                (expected, expected, ranks_before + expected)
            );
            assert_eq!(record.end_number, 0);
        }
    }
}
