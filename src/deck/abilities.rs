//! What can be done with each row, side by side in memory: what a selection of any size allows is told in each frame.

use crate::status::{Abilities, RowId};

/// Abilities by id. Ids begin near zero and only grow.
#[derive(Default)]
pub(super) struct AbilityTable(Vec<Abilities>);

impl AbilityTable {
    pub(super) fn set(&mut self, id: RowId, abilities: Abilities) {
        let Ok(at) = usize::try_from(id.0) else {
            return;
        };
        if self.0.len() <= at {
            self.0.resize(at + 1, Abilities::NONE);
        }
        self.0[at] = abilities;
    }

    /// What can be done with a row; nothing without one.
    pub(super) fn get(&self, id: RowId) -> Abilities {
        let at = usize::try_from(id.0).ok();
        let abilities = at.and_then(|at| self.0.get(at));
        abilities.copied().unwrap_or_default()
    }
}
