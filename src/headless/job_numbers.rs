//! The numbers of the rows of one run: the ids of stored rows go on from run to run.

use std::collections::HashMap;

use crate::status::RowId;

/// Counts the rows from 1, in the order in which they were added to this run.
#[derive(Debug, Default)]
pub(super) struct JobNumbers(HashMap<RowId, u64>);

impl JobNumbers {
    /// A row was added.
    pub(super) fn add(&mut self, id: RowId) {
        let next = self.0.len() as u64 + 1;
        self.0.entry(id).or_insert(next);
    }

    /// Whether a row was added.
    pub(super) fn has(&self, id: RowId) -> bool {
        self.0.contains_key(&id)
    }

    /// The number of a row; 0 for one that was not added.
    pub(super) fn of(&self, id: RowId) -> u64 {
        self.0.get(&id).copied().unwrap_or_default()
    }
}
