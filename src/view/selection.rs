//! Which rows are selected, and which is the cursor row.

use crate::status::{RowId, RowSource};
use crate::widgets::CheckState;

/// The selected rows, by id, so that they stay selected when the order changes.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Sorted, for binary search; a long list is inserted in one go.
    ids: Vec<RowId>,
    /// Where a range begins.
    anchor: Option<RowPlace>,
    /// The cursor row, which the arrow keys move from.
    cursor: Option<RowPlace>,
}

/// A row, and its last known place.
#[derive(Clone, Copy, Debug)]
struct RowPlace {
    id: RowId,
    index: usize,
}

impl RowPlace {
    /// Where the row is now: at its last known place, or else where the source finds it.
    fn find(self, source: &dyn RowSource) -> Option<usize> {
        if source.id(self.index) == Some(self.id) {
            return Some(self.index);
        }
        source.position(self.id)
    }
}

/// From this many selected rows on, one pass over the list is cheaper than finding the place of
/// each.
const MANY: usize = 64;
/// How many rows are checked of a list that may be selected as a whole.
const ROWS_LOOKED_AT: usize = 64;

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
        let (Some(first), Some(last)) = (self.ids.first(), self.ids.last()) else {
            return false;
        };
        if !(*first..=*last).contains(&id) {
            return false;
        }
        // Ids without a gap, as after selecting all: no search is needed.
        last.0 - first.0 == self.ids.len() as u64 - 1 || self.ids.binary_search(&id).is_ok()
    }

    /// The selected rows, the oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RowId> {
        self.ids.iter().copied()
    }

    /// The only selected row.
    #[must_use]
    pub fn single(&self) -> Option<RowId> {
        match *self.ids {
            [id] => Some(id),
            _ => None,
        }
    }

    /// The selected rows that are shown, in the order they are shown: those that a command may act
    /// on.
    #[must_use]
    pub fn shown(&self, source: &dyn RowSource) -> Vec<RowId> {
        if self.len() < MANY {
            let mut placed: Vec<_> = self
                .iter()
                .filter_map(|id| Some((source.position(id)?, id)))
                .collect();
            placed.sort_unstable();
            return placed.into_iter().map(|(_, id)| id).collect();
        }
        (0..source.len())
            .filter_map(|index| source.id(index))
            .filter(|id| self.contains(*id))
            .collect()
    }

    /// Drops what is no longer shown, so that nothing hidden can be acted on.
    pub fn keep_shown(&mut self, source: &dyn RowSource) {
        let shown = self.shown(source);
        self.take(shown);
    }

    /// Selects nothing.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.anchor = None;
    }

    /// Selects every row that is shown.
    pub fn select_all(&mut self, source: &dyn RowSource) {
        let all = (0..source.len()).filter_map(|index| source.id(index));
        self.take(all.collect());
    }

    /// Selects only the row at a place.
    pub fn select(&mut self, source: &dyn RowSource, index: usize) {
        let Some(id) = source.id(index) else { return };
        self.ids.clear();
        self.ids.push(id);
        self.anchor = Some(RowPlace { id, index });
        self.cursor = self.anchor;
    }

    /// Selects the row at a place in addition, or no longer.
    pub fn toggle(&mut self, source: &dyn RowSource, index: usize) {
        let Some(id) = source.id(index) else { return };
        match self.ids.binary_search(&id) {
            Ok(place) => {
                self.ids.remove(place);
            }
            Err(place) => self.ids.insert(place, id),
        }
        self.anchor = Some(RowPlace { id, index });
        self.cursor = self.anchor;
    }

    /// Selects the rows from where the range begins to this place, and nothing else.
    pub fn extend_to(&mut self, source: &dyn RowSource, index: usize) {
        self.ids.clear();
        self.add_range_to(source, index);
    }

    /// Selects the rows from where the range begins to this place in addition.
    pub fn add_range_to(&mut self, source: &dyn RowSource, index: usize) {
        let Some(id) = source.id(index) else { return };
        let begins = self.anchor.or(self.cursor);
        let Some(from) = begins.and_then(|place| place.find(source)) else {
            self.toggle(source, index);
            return;
        };
        self.anchor = begins;
        let range = from.min(index)..=from.max(index);
        let mut ids = std::mem::take(&mut self.ids);
        ids.extend(range.filter_map(|index| source.id(index)));
        self.take(ids);
        self.cursor = Some(RowPlace { id, index });
    }

    /// Whether this is the cursor row.
    #[must_use]
    pub fn has_cursor(&self, id: RowId) -> bool {
        self.cursor.is_some_and(|place| place.id == id)
    }

    /// The place of the cursor row, if it is still shown.
    #[must_use]
    pub fn cursor(&self, source: &dyn RowSource) -> Option<usize> {
        self.cursor?.find(source)
    }

    /// The cursor row, whether or not it is shown.
    #[must_use]
    pub fn cursor_row(&self) -> Option<RowId> {
        self.cursor.map(|place| place.id)
    }

    /// The last known place of the cursor row, to go on from once it is gone.
    #[must_use]
    pub fn cursor_was_at(&self) -> Option<usize> {
        self.cursor.map(|place| place.index)
    }

    /// Makes the row at a place the cursor row, and selects nothing.
    pub fn move_cursor(&mut self, source: &dyn RowSource, index: usize) {
        let Some(id) = source.id(index) else { return };
        self.cursor = Some(RowPlace { id, index });
    }

    /// What the check box above all rows shows. Of a list that seems to be selected as a whole only
    /// some rows are checked, since this is called in every frame.
    #[must_use]
    pub(crate) fn check_state(&self, source: &dyn RowSource) -> CheckState {
        let step = (source.len() / ROWS_LOOKED_AT).max(1);
        let is_selected = |index: usize| source.id(index).is_some_and(|id| self.contains(id));
        if self.is_empty() {
            CheckState::Off
        } else if self.len() >= source.len() && (0..source.len()).step_by(step).all(is_selected) {
            CheckState::On
        } else {
            CheckState::Some
        }
    }

    fn take(&mut self, mut ids: Vec<RowId>) {
        // A list mostly consists of long runs, which this sort exploits.
        ids.sort();
        ids.dedup();
        self.ids = ids;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{RowView, Status};

    /// Rows by their identities.
    struct Ids(Vec<u64>);

    impl RowSource for Ids {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn row(&self, _index: usize) -> Option<RowView> {
            None
        }

        fn id(&self, index: usize) -> Option<RowId> {
            self.0.get(index).copied().map(RowId)
        }

        fn status(&self, _id: RowId) -> Option<Status> {
            None
        }
    }

    fn ids(selection: &Selection, source: &Ids) -> Vec<u64> {
        selection.shown(source).iter().map(|id| id.0).collect()
    }

    #[test]
    fn ranges_follow_their_rows() {
        let mut source = Ids(vec![9, 7, 5, 3, 1]);
        let mut selection = Selection::default();
        selection.select(&source, 1);
        selection.extend_to(&source, 3);
        assert_eq!(ids(&selection, &source), [7, 5, 3]);
        selection.extend_to(&source, 0);
        assert_eq!(ids(&selection, &source), [9, 7]);
        // The order changes: the range still begins at 7.
        source.0 = vec![1, 3, 5, 7, 9];
        selection.extend_to(&source, 0);
        assert_eq!(ids(&selection, &source), [1, 3, 5, 7]);
        assert_eq!(selection.cursor(&source), Some(0));
        selection.toggle(&source, 4);
        selection.toggle(&source, 2);
        selection.add_range_to(&source, 4);
        assert_eq!(ids(&selection, &source), [1, 3, 5, 7, 9]);
    }

    #[test]
    fn what_is_hidden_is_not_acted_on_and_can_be_dropped() {
        for count in [10_u64, 1000] {
            let mut source = Ids((0..count).collect());
            let mut selection = Selection::default();
            selection.select_all(&source);
            assert_eq!(selection.check_state(&source), CheckState::On);
            source.0.retain(|id| id % 2 == 0);
            source.0.push(5000);
            assert_eq!(selection.shown(&source).len() as u64, count / 2);
            assert_eq!(selection.len() as u64, count);
            selection.keep_shown(&source);
            assert_eq!(selection.len() as u64, count / 2);
            assert_eq!(selection.check_state(&source), CheckState::Some);
        }
    }

    #[test]
    fn what_is_selected_has_gaps_or_none() {
        let source = Ids(vec![3, 4, 5, 6, u64::MAX]);
        let mut selection = Selection::default();
        let selected = |selection: &Selection| {
            let all = [0, 2, 3, 4, 5, 6, 7, u64::MAX].into_iter();
            all.filter(|id| selection.contains(RowId(*id)))
                .collect::<Vec<_>>()
        };
        assert!(selected(&selection).is_empty());
        selection.select(&source, 0);
        selection.extend_to(&source, 3);
        assert_eq!(selected(&selection), [3, 4, 5, 6]);
        selection.toggle(&source, 1);
        assert_eq!(selected(&selection), [3, 5, 6]);
        selection.toggle(&source, 4);
        assert_eq!(selected(&selection), [3, 5, 6, u64::MAX]);
    }

    #[test]
    fn the_cursor_tells_where_it_was_once_its_row_is_gone() {
        let mut source = Ids(vec![4, 3, 2, 1]);
        let mut selection = Selection::default();
        selection.select(&source, 2);
        source.0.remove(2);
        assert_eq!(selection.cursor(&source), None);
        assert_eq!(selection.cursor_was_at(), Some(2));
        selection.move_cursor(&source, 0);
        assert_eq!(selection.cursor(&source), Some(0));
        assert!(!selection.contains(RowId(4)));
    }
}
