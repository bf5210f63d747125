//! Which rows are shown, in which order: an index that is rebuilt when it is out of date, and never per frame.

use crate::status::{Filter, RowId};

use super::{Row, row::RowState};

/// The index. Marked dirty when a row comes, goes or changes its chip, and when the filter changes.
#[derive(Default)]
pub(super) struct Order {
    pub(super) filter: Filter,
    shown: Vec<RowId>,
    dirty: bool,
}

impl Order {
    pub(super) fn set_filter(&mut self, filter: Filter) {
        self.dirty |= filter != self.filter;
        self.filter = filter;
    }

    pub(super) fn mark_dirty(&mut self) {
        self.dirty = true;
    }

    pub(super) fn shown(&self) -> &[RowId] {
        &self.shown
    }

    /// Active rows first, then sleeping, queued, failed, paused, and what has ended; the newest first in each.
    pub(super) fn rebuild_if_dirty(&mut self, rows: &[Row]) {
        if !std::mem::take(&mut self.dirty) {
            return;
        }
        let search = self.filter.search.trim().to_lowercase();
        let mut groups: [Vec<RowId>; 6] = Default::default();
        for row in rows.iter().rev() {
            let chip_fits = self.filter.chip.is_none_or(|chip| chip == row.chip);
            if chip_fits && (search.is_empty() || matches(row, &search)) {
                groups[group(row)].push(row.id);
            }
        }
        self.shown.clear();
        for group in &groups {
            self.shown.extend_from_slice(group);
        }
    }
}

/// Which group a row stands in; what waits for its time comes before what waits for its turn.
pub(super) fn group(row: &Row) -> usize {
    use crate::status::Chip;
    match row.chip {
        Chip::Active => 0,
        Chip::Waiting if row.job().is_some() => 1,
        Chip::Waiting => 2,
        Chip::Failed => 3,
        Chip::Paused => 4,
        Chip::Done | Chip::Cancelled => 5,
    }
}

/// Whether the text, in lower case, stands in the row's name, URL or error.
fn matches(row: &Row, search: &str) -> bool {
    let contains = |text: &str| text.to_lowercase().contains(search);
    contains(&row.name)
        || contains(&row.spec.url())
        || match &row.state {
            RowState::Ended(ended) => ended
                .error()
                .is_some_and(|error| contains(&error.to_string())),
            _ => row
                .facts
                .borrow()
                .last_error
                .as_ref()
                .is_some_and(|error| contains(&error.message)),
        }
}
