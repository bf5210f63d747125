//! Which rows are selected, and which has the keyboard.

use std::collections::HashSet;

use crate::status::{RowId, RowSource};
use crate::widgets::CheckState;

/// The selected rows, by identity, so that they stay selected when the order changes.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    ids: HashSet<RowId>,
    /// Where a range begins.
    anchor: Option<Place>,
    /// The row the arrow keys stand on.
    cursor: Option<Place>,
}

/// A row, and where it was last seen.
#[derive(Clone, Copy, Debug)]
struct Place {
    id: RowId,
    index: usize,
}

impl Place {
    /// Where the row is now; looks where it was before it looks everywhere.
    fn find(self, source: &dyn RowSource) -> Option<usize> {
        if source.id(self.index) == Some(self.id) {
            return Some(self.index);
        }
        source.position(self.id)
    }
}

impl Selection {
    /// How many rows are selected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Whether this row is.
    #[must_use]
    pub fn contains(&self, id: RowId) -> bool {
        self.ids.contains(&id)
    }

    /// The selected rows, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RowId> {
        self.ids.iter().copied()
    }

    /// The only selected row.
    #[must_use]
    pub fn single(&self) -> Option<RowId> {
        if self.ids.len() == 1 {
            self.ids.iter().copied().next()
        } else {
            None
        }
    }

    /// The selected rows that are shown, in the order they are shown: those that a command may act on.
    #[must_use]
    pub fn shown(&self, source: &dyn RowSource) -> Vec<RowId> {
        if self.is_empty() {
            return Vec::new();
        }
        (0..source.len())
            .filter_map(|index| source.id(index))
            .filter(|id| self.contains(*id))
            .collect()
    }

    /// Drops what is no longer shown, so that nothing hidden can be acted on.
    pub fn keep_shown(&mut self, source: &dyn RowSource) {
        self.ids = self.shown(source).into_iter().collect();
    }

    /// Selects nothing.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.anchor = None;
    }

    /// Selects every row that is shown.
    pub fn select_all(&mut self, source: &dyn RowSource) {
        self.ids = (0..source.len())
            .filter_map(|index| source.id(index))
            .collect();
    }

    /// Selects only the row at a place.
    pub fn select(&mut self, source: &dyn RowSource, index: usize) {
        let Some(id) = source.id(index) else { return };
        self.ids.clear();
        self.ids.insert(id);
        self.anchor = Some(Place { id, index });
        self.cursor = self.anchor;
    }

    /// Selects the row at a place in addition, or no longer.
    pub fn toggle(&mut self, source: &dyn RowSource, index: usize) {
        let Some(id) = source.id(index) else { return };
        if !self.ids.remove(&id) {
            self.ids.insert(id);
        }
        self.anchor = Some(Place { id, index });
        self.cursor = self.anchor;
    }

    /// Selects the rows from where the range begins to this place, and nothing else.
    pub fn extend_to(&mut self, source: &dyn RowSource, index: usize) {
        let Some(id) = source.id(index) else { return };
        let Some(from) = self.anchor.and_then(|anchor| anchor.find(source)) else {
            self.select(source, index);
            return;
        };
        let range = from.min(index)..=from.max(index);
        self.ids = range.filter_map(|index| source.id(index)).collect();
        self.cursor = Some(Place { id, index });
    }

    /// Whether the arrow keys stand on this row.
    #[must_use]
    pub fn has_cursor(&self, id: RowId) -> bool {
        self.cursor.is_some_and(|place| place.id == id)
    }

    /// Where the arrow keys stand, if that row is still shown.
    #[must_use]
    pub fn cursor(&self, source: &dyn RowSource) -> Option<usize> {
        self.cursor?.find(source)
    }

    /// What the box above all rows shows.
    #[must_use]
    pub fn check_state(&self, source: &dyn RowSource) -> CheckState {
        match self.len() {
            0 => CheckState::Off,
            count if count >= source.len() => CheckState::On,
            _ => CheckState::Some,
        }
    }
}
