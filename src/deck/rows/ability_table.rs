//! What can be done with each row, contiguous in memory: each frame asks what a selection of any
//! size allows.

use crate::status::{Abilities, RowId};

/// Abilities by id. Ids begin near zero and only grow.
#[derive(Default)]
pub(in crate::deck) struct AbilityTable {
    of_rows: Vec<Abilities>,
    /// How many rows have each ability, in the order of [`Abilities::EACH`].
    counts: [usize; Abilities::EACH.len()],
}

impl AbilityTable {
    pub(in crate::deck) fn set(&mut self, id: RowId, abilities: Abilities) {
        let Ok(at) = usize::try_from(id.0) else {
            return;
        };
        if self.of_rows.len() <= at {
            self.of_rows.resize(at + 1, Abilities::NONE);
        }
        let before = std::mem::replace(&mut self.of_rows[at], abilities);
        if before == abilities {
            return;
        }
        for (count, ability) in self.counts.iter_mut().zip(Abilities::EACH) {
            *count += usize::from(abilities.contains(ability));
            *count -= usize::from(before.contains(ability));
        }
    }

    /// What can be done with any row at all: a look at a long selection ends when all of that was
    /// found.
    pub(in crate::deck) fn of_any(&self) -> Abilities {
        let counts = self.counts.iter().zip(Abilities::EACH);
        let of_some = counts.filter(|(count, _)| **count > 0);
        of_some.fold(Abilities::NONE, |all, (_, ability)| all.with(ability))
    }

    /// What can be done with a row; nothing without one.
    pub(in crate::deck) fn get(&self, id: RowId) -> Abilities {
        let at = usize::try_from(id.0).ok();
        let abilities = at.and_then(|at| self.of_rows.get(at));
        abilities.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_any_row_can_is_what_all_of_them_can_together() {
        let mut table = AbilityTable::default();
        assert_eq!(table.of_any(), Abilities::NONE);
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..2_000 {
            let abilities = Abilities::EACH
                .into_iter()
                .filter(|_| random.u8(0..20) == 0)
                .fold(Abilities::NONE, Abilities::with);
            table.set(RowId(random.u64(1..6)), abilities);
            let all = (1..6).map(|id| table.get(RowId(id)));
            assert_eq!(table.of_any(), all.fold(Abilities::NONE, Abilities::with));
        }
    }
}
