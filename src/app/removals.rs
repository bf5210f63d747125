//! Rows that are removed: they come back with what was selected of them, or go with their files.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;

use super::file_ops::FileOps;
use crate::deck::limits::UNDO_STEPS;
use crate::deck::{Action, Completed, RowFile, UndoKind, WindowDeck};
use crate::status::{RowId, Status, Verb};
use crate::view::Selection;

/// What is remembered of removals.
#[derive(Debug, Default)]
pub(super) struct Removals {
    /// What was selected of the removed rows, by the number of the undo step; the latest first.
    selected: VecDeque<(u64, Vec<RowId>)>,
    /// Rows that go with their files as soon as they have ended.
    with_files: BTreeSet<RowId>,
    /// The number of the bulk action that cancels them, until it is complete.
    cancelling: Option<u64>,
}

impl Removals {
    /// Takes rows off the list.
    pub(super) fn remove(
        &mut self,
        deck: &mut dyn WindowDeck,
        selection: &mut Selection,
        ids: Vec<RowId>,
    ) {
        let selected = ids.iter().copied().filter(|id| selection.contains(*id));
        let selected: Vec<RowId> = selected.collect();
        if deck.apply(Action::new(Verb::Remove, ids)).rows > 0
            && let Some(undoable) = deck.undoable()
        {
            self.selected.truncate(UNDO_STEPS - 1);
            self.selected.push_front((undoable.number, selected));
        }
        selection.keep_shown(deck);
    }

    /// Undoes the last step; rows that come back are selected again as they were.
    pub(super) fn undo(&mut self, deck: &mut dyn WindowDeck, selection: &mut Selection) {
        let undoable = deck.undoable();
        deck.undo();
        let Some(undoable) = undoable.filter(|undoable| undoable.kind == UndoKind::Removed) else {
            return;
        };
        let is_it = |(number, _): &(u64, Vec<RowId>)| *number == undoable.number;
        let place = self.selected.iter().position(is_it);
        let removed = place.and_then(|place| self.selected.remove(place));
        let Some((_, ids)) = removed.filter(|(_, ids)| !ids.is_empty()) else {
            return;
        };
        selection.clear();
        for id in ids {
            if let Some(index) = deck.position(id) {
                selection.toggle(deck, index);
            }
        }
    }

    /// Removes rows and deletes their files: of a running row, once it has ended.
    pub(super) fn remove_with_files(&mut self, deck: &mut dyn WindowDeck, ids: Vec<RowId>) {
        let has_ended = |id| deck.detail(id).is_some_and(|row| row.ended().is_some());
        let unfinished = ids.iter().copied().filter(|id| !has_ended(*id)).collect();
        let cancel = Action::new(Verb::Cancel, unfinished);
        self.cancelling = deck.apply(cancel).under_way;
        self.with_files.extend(ids);
    }

    /// A bulk action is complete.
    pub(super) fn note_completed(&mut self, completed: &Completed) {
        if self.cancelling == Some(completed.number) {
            self.cancelling = None;
        }
    }

    /// Removes the rows that go with their files and have ended by now, and deletes the files.
    /// Gives one that stays because another row has it too.
    pub(super) fn delete_ended(
        &mut self,
        deck: &mut dyn WindowDeck,
        selection: &mut Selection,
        file_ops: &mut FileOps,
    ) -> Option<PathBuf> {
        if self.with_files.is_empty() {
            return None;
        }
        let mut ended = BTreeSet::new();
        let is_cancelling = self.cancelling.is_some();
        self.with_files.retain(|id| match deck.status(*id) {
            Some(status) if status.is_ended() => {
                ended.insert(*id);
                false
            }
            // A row whose cancel was undone stays, with all it has.
            status => is_cancelling || matches!(status, Some(Status::Cancelling)),
        });
        if ended.is_empty() {
            return None;
        }
        let others = deck.paths_of_others(&ended);
        let files = ended
            .iter()
            .flat_map(|id| deck.detail(*id).map_or_else(Vec::new, |row| row.files()));
        let (shared, files): (Vec<RowFile>, Vec<_>) =
            files.partition(|file| others.contains(file.path()));
        file_ops.delete(files);
        self.remove(deck, selection, ended.into_iter().collect());
        shared.first().map(|file| file.path().to_owned())
    }
}
