//! Rows that are removed, and come back: with what was selected of them.

use super::App;
use crate::deck::limits::UNDO_STEPS;
use crate::deck::{Action, UndoKind};
use crate::status::{RowId, RowSource as _};

impl App {
    /// Takes rows off the list.
    pub(super) fn remove(&mut self, ids: Vec<RowId>) {
        let selection = &self.main.table.selection;
        let selected = ids.iter().copied().filter(|id| selection.contains(*id));
        let selected: Vec<RowId> = selected.collect();
        if self.deck.apply(Action::Remove(ids)) > 0
            && let Some(undoable) = self.deck.undoable()
        {
            self.removed_selection.truncate(UNDO_STEPS - 1);
            self.removed_selection
                .push_front((undoable.number, selected));
        }
        self.main.table.selection.keep_shown(&self.deck);
    }

    /// Takes back what was done last; what was selected then is selected again.
    pub(super) fn undo(&mut self) {
        let undoable = self.deck.undoable();
        self.deck.apply(Action::Undo);
        let Some(undoable) = undoable.filter(|undoable| undoable.kind == UndoKind::Removed) else {
            return;
        };
        let is_it = |(number, _): &(u64, Vec<RowId>)| *number == undoable.number;
        let place = self.removed_selection.iter().position(is_it);
        let removed = place.and_then(|place| self.removed_selection.remove(place));
        let Some((_, ids)) = removed.filter(|(_, ids)| !ids.is_empty()) else {
            return;
        };
        let selection = &mut self.main.table.selection;
        selection.clear();
        for id in ids {
            if let Some(index) = self.deck.position(id) {
                selection.toggle(&self.deck, index);
            }
        }
    }
}
