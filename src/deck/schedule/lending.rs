//! Rows that have a slot and no first byte yet: after a while they lend it, and another row may
//! begin.

use std::collections::BTreeSet;

use crate::deck::limits::{LENDS_AFTER, LENDS_TO_PROVEN_AFTER};
use crate::runtime::Moment;
use crate::status::RowId;

/// The rows whose servers have not answered.
#[derive(Default)]
pub(super) struct Lending {
    deadlines: BTreeSet<(Moment, RowId, LentTo)>,
    /// Rows that lend their slots only to those of hosts that answer: their own hosts never did.
    to_proven: BTreeSet<RowId>,
    /// Rows that lend their slots to any other.
    to_all: BTreeSet<RowId>,
}

/// To whom a slot is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LentTo {
    /// To rows of hosts that answer.
    Proven,
    /// To any.
    All,
}

impl Lending {
    /// A row began an attempt, at a host that answers or at another one. It lends its slot after a
    /// while, unless a byte comes before.
    pub(super) fn begins(&mut self, row: RowId, now: Moment, is_proven: bool) {
        self.deadlines.insert((now + LENDS_AFTER, row, LentTo::All));
        if !is_proven {
            let early = now + LENDS_TO_PROVEN_AFTER;
            self.deadlines.insert((early, row, LentTo::Proven));
        }
    }

    /// The attempt that a row began at `began` got its first byte, or is over.
    pub(super) fn ends(&mut self, row: RowId, began: Moment) {
        self.deadlines
            .remove(&(began + LENDS_AFTER, row, LentTo::All));
        self.deadlines
            .remove(&(began + LENDS_TO_PROVEN_AFTER, row, LentTo::Proven));
        self.to_all.remove(&row);
        self.to_proven.remove(&row);
    }

    /// When the next row lends its slot.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.deadlines.first().map(|(at, ..)| *at)
    }

    /// The rows that lend their slots from now on, and to whom.
    pub(super) fn take_due(&mut self, now: Moment) -> Vec<(RowId, LentTo)> {
        let mut due = Vec::new();
        while let Some((at, row, to)) = self.deadlines.first().copied()
            && at <= now
        {
            self.deadlines.remove(&(at, row, to));
            match to {
                LentTo::Proven => self.to_proven.insert(row),
                LentTo::All => {
                    self.to_proven.remove(&row);
                    self.to_all.insert(row)
                }
            };
            due.push((row, to));
        }
        due
    }

    /// How many slots are lent to any row, `at_most` of them.
    pub(super) fn lent_to_all(&self, at_most: usize) -> usize {
        self.to_all.len().min(at_most)
    }

    /// How many slots are lent to rows of hosts that answer, `at_most` of them: those that are lent
    /// to all included.
    pub(super) fn lent_to_proven(&self, at_most: usize) -> usize {
        (self.to_all.len() + self.to_proven.len()).min(at_most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_answers_in_time_lends_nothing() {
        let at = |secs| Moment::from_start(Duration::from_secs(secs));
        let mut lending = Lending::default();
        lending.begins(RowId(1), at(0), true);
        lending.begins(RowId(2), at(1), false);
        lending.begins(RowId(3), at(1), true);
        assert_eq!(lending.next_due(), Some(at(1) + LENDS_TO_PROVEN_AFTER));
        lending.ends(RowId(1), at(0));
        assert_eq!(lending.take_due(at(3)), [(RowId(2), LentTo::Proven)]);
        assert_eq!((lending.lent_to_all(6), lending.lent_to_proven(6)), (0, 1));
        assert_eq!(lending.take_due(at(9)).len(), 2);
        assert_eq!((lending.lent_to_all(6), lending.lent_to_proven(6)), (2, 2));
        assert_eq!((lending.lent_to_all(1), lending.lent_to_proven(1)), (1, 1));
        lending.ends(RowId(2), at(1));
        lending.ends(RowId(3), at(1));
        assert_eq!((lending.lent_to_proven(6), lending.next_due()), (0, None));
    }
}
