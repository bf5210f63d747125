//! What is done with rows that the model cannot do by itself: links, folders, copies.

use egui::Context;

use super::App;
use crate::command::RowAction;
use crate::deck::{Action, MoveTo};
use crate::programs::Spec;
use crate::status::{RowId, RowSource as _};
use crate::view::{ChangeUrlState, DeleteQuestion};

impl App {
    /// Does something with these rows.
    pub(super) fn act(&mut self, action: RowAction, ids: Vec<RowId>) {
        let of = ids.len();
        let (word, action) = match action {
            RowAction::Pause => ("Paused", Action::Pause(ids)),
            RowAction::Resume => ("Resumed", Action::Resume(ids)),
            RowAction::Cancel => ("Cancelled", Action::Cancel(ids)),
            RowAction::Retry => ("Begun again", Action::Retry(ids)),
            RowAction::Skip => ("Sent on", Action::Skip(ids)),
            RowAction::ChangeUrl => return self.ask_for_url(&ids),
            RowAction::OpenFolder => return self.open_folder(&ids),
        };
        let done = self.deck.apply(action);
        self.say_part(word, done, of);
    }

    /// Asks for another link for the first of these rows that can have one.
    fn ask_for_url(&mut self, ids: &[RowId]) {
        let row = ids.iter().find_map(|id| {
            let row = self.deck.view(*id)?;
            matches!(self.deck.spec(*id)?, Spec::Fetch(_)).then_some(row)
        });
        let Some(row) = row.filter(|row| row.status.can_retry()) else {
            return;
        };
        let url = self.deck.spec(row.id).map(Spec::url).unwrap_or_default();
        let ended = self.deck.ended(row.id);
        let kept_bytes = ended
            .filter(|ended| ended.part.is_some())
            .map_or(0, |ended| ended.received);
        let name = row.name.to_string();
        self.change_url = Some(ChangeUrlState::new(row.id, name, url, kept_bytes));
    }

    /// Shows the files of these rows in their folder.
    fn open_folder(&self, ids: &[RowId]) {
        let path = ids.iter().find_map(|id| self.path_of(*id));
        if let Some(path) = path {
            super::folders::show(path);
        }
    }

    /// Where a row's bytes are, or where they are to come.
    pub(super) fn path_of(&self, id: RowId) -> Option<std::path::PathBuf> {
        let ended = self.deck.ended(id);
        let saved = ended.and_then(|ended| {
            let fetched = ended.fetched.as_ref();
            fetched
                .and_then(|fetched| fetched.path.clone())
                .or_else(|| ended.part.clone())
        });
        saved.or_else(|| match self.deck.spec(id)? {
            Spec::Fetch(spec) => spec.destination.folder().map(Into::into),
            Spec::Timed(_) => None,
        })
    }

    /// The selected rows that are shown.
    pub(super) fn selected(&self) -> Vec<RowId> {
        self.main.table.selection.shown(&self.deck)
    }

    /// Puts the links of the selected rows on the clipboard, one in a line.
    pub(super) fn copy_links(&self, ctx: &Context) {
        let ids = self.selected();
        let links = ids.iter().filter_map(|id| match self.deck.spec(*id)? {
            Spec::Fetch(spec) => Some(spec.request.url().to_string()),
            Spec::Timed(_) => None,
        });
        let links: Vec<_> = links.collect();
        if !links.is_empty() {
            ctx.copy_text(links.join("\n"));
        }
    }

    /// Adds the selected rows once more.
    pub(super) fn duplicate(&mut self) {
        let ids = self.selected();
        let specs = ids.iter().filter_map(|id| self.deck.spec(*id).cloned());
        let specs: Vec<_> = specs.collect();
        if !specs.is_empty() {
            self.deck.apply(Action::Add {
                specs,
                paused: false,
            });
        }
    }

    /// Selects the row under the keyboard in addition, or no longer.
    pub(super) fn select_row(&mut self) {
        let selection = &mut self.main.table.selection;
        if let Some(index) = selection.cursor(&self.deck) {
            selection.toggle(&self.deck, index);
        } else if self.deck.len() > 0 {
            selection.select(&self.deck, 0);
        }
    }

    /// Moves the selected rows in the queue.
    pub(super) fn move_selected(&mut self, to: MoveTo) {
        let ids = self.selected();
        let of = ids.len();
        let done = self.deck.apply(Action::Move(ids, to));
        self.say_part("Moved", done, of);
    }

    /// Asks whether the selected rows go with their files.
    pub(super) fn ask_to_delete(&mut self) {
        let ids = self.selected();
        if ids.is_empty() {
            return;
        }
        let with_files = ids.iter().filter(|id| self.file_of(**id).is_some());
        let sizes = with_files.filter_map(|id| Some(self.deck.ended(*id)?.received));
        let (files, bytes) = sizes.fold((0, 0), |(files, bytes), size| (files + 1, bytes + size));
        self.delete_question = Some(DeleteQuestion {
            ids,
            files,
            bytes,
            deletes: false,
        });
    }

    /// The file of a row that has ended: what it saved, or what came of it. Not one that was there before.
    fn file_of(&self, id: RowId) -> Option<std::path::PathBuf> {
        let ended = self.deck.ended(id)?;
        let saved = ended.fetched.as_ref().filter(|fetched| !fetched.skipped);
        saved
            .and_then(|fetched| fetched.path.clone())
            .or_else(|| ended.part.clone())
    }

    /// Removes rows, and deletes their files if that was asked for.
    pub(super) fn remove_with_files(&mut self, ctx: &Context, question: &DeleteQuestion) {
        if question.deletes {
            let paths = question.ids.iter().filter_map(|id| self.file_of(*id));
            self.deleting.delete(ctx, paths.collect());
        }
        self.deck.apply(Action::Remove(question.ids.clone()));
        self.main.table.selection.keep_shown(&self.deck);
    }
}
