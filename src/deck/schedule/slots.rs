//! The slots: how many rows run, and how many more may.

use std::collections::BTreeSet;

use crate::status::RowId;

use super::lending::Lending;

/// Who has a slot.
#[derive(Default)]
pub(in crate::deck) struct Slots {
    /// Rows that hold a slot, those that lend it included.
    pub(in crate::deck) running: BTreeSet<RowId>,
    pub(super) lending: Lending,
    pub(in crate::deck) at_once: usize,
}

impl Slots {
    /// How many slots are in use: one that is lent counts once, with the row that has it now.
    pub(in crate::deck) fn in_use(&self) -> usize {
        let beyond = self.running.len().saturating_sub(self.at_once);
        let lent = self.lending.lent_to_proven(self.at_once);
        self.running.len() - lent.min(beyond)
    }

    /// Whether a row may begin, whatever its host.
    pub(super) fn has_free(&self) -> bool {
        self.running.len() < self.at_once + self.lending.lent_to_all(self.at_once)
    }

    /// Whether a row may begin whose host answers.
    pub(super) fn has_free_for_proven(&self) -> bool {
        self.running.len() < self.at_once + self.lending.lent_to_proven(self.at_once)
    }
}
