//! The place of a row in a sorted list.

use std::rc::Rc;

use crate::deck::rows::group::Group;
use crate::deck::rows::row::Row;
use crate::runtime::Moment;
use crate::status::{RowId, SortValue, Sorting};

use super::sort_value::sort_values;

/// What decides the place of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ListEntry {
    /// What it is sorted by; none in the usual order.
    pub(super) values: Option<Rc<[SortValue; 2]>>,
    /// Its place in the usual order; see [`usual_place`].
    pub(super) place: u64,
    pub(super) id: RowId,
}

impl ListEntry {
    /// The place of a row as it is now.
    pub(super) fn of(row: &Row, sorting: Sorting, now: Moment) -> Self {
        Self {
            values: sort_values(row, sorting, now).map(Rc::new),
            place: usual_place(row),
            id: row.id,
        }
    }
}

/// The place of a row in the usual order, as a number to compare: by group; within it active rows
/// as they were given, rows that have ended with the latest first, and all others in the order in
/// which they begin.
fn usual_place(row: &Row) -> u64 {
    const BITS_OF_GROUP: u32 = 8;
    const WITHIN: u64 = u64::MAX >> BITS_OF_GROUP;
    let within = match row.listed.group {
        // Not by rank: one that was moved to the top would begin above those that are under way.
        Group::Active => row.id.0.min(WITHIN),
        Group::Ended => WITHIN - row.listed.end_number.min(WITHIN),
        _ => row.listed.rank.0.min(WITHIN),
    };
    ((row.listed.group as u64) << (u64::BITS - BITS_OF_GROUP)) | within
}
