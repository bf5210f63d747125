//! What is done with rows that the model cannot do by itself: links, folders, copies, files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::Context;

use super::App;
use crate::command::RowAction;
use crate::deck::{Action, Ended, MoveTo, RowFile};
use crate::fetch::Request;
use crate::format;
use crate::programs::{Destination, Spec};
use crate::status::{RowId, RowSource as _, Status};
use crate::view::{ChangeUrlState, DeleteQuestion, ToastKind};

impl App {
    /// Does something with these rows.
    pub(super) fn act(&mut self, ctx: &Context, action: RowAction, ids: Vec<RowId>) {
        let of = ids.len();
        let (word, action) = match action {
            RowAction::Pause => ("Paused", Action::Pause(ids)),
            RowAction::Resume => ("Resumed", Action::Resume(ids)),
            RowAction::Cancel => ("Cancelled", Action::Cancel(ids)),
            RowAction::Retry => ("Begun again", Action::Retry(ids)),
            RowAction::Skip => ("Sent on", Action::Skip(ids)),
            RowAction::Keep => ("Kept", Action::Keep(ids)),
            RowAction::ChangeUrl => return self.ask_for_url(&ids),
            RowAction::OpenFolder => return self.open_folder(ctx, &ids),
        };
        self.carry_out_action(word, action, of);
    }

    /// Does something with `of` rows, and says how many it fitted if those are not all: now, or when the last of very
    /// many had its turn.
    fn carry_out_action(&mut self, word: &'static str, action: Action, of: usize) {
        let can_be_undone = matches!(action, Action::Cancel(_) | Action::Keep(_));
        let carried = self.deck.carry_out(action);
        if carried.rows > 0 && can_be_undone {
            // The message that offers to take it back says it.
            return;
        }
        match carried.under_way {
            Some(number) => self.under_way.push((number, word)),
            None => self.say_part(word, carried.rows, of),
        }
    }

    /// Looks whether what was begun with very many rows is complete, and whether other rows are shown than were selected
    /// from.
    pub(super) fn keep_under_way(&mut self) {
        let completed = self.deck.take_completed();
        let listings = self.deck.listings();
        if listings != self.listings || !completed.is_empty() {
            self.listings = listings;
            self.main.table.selection.keep_shown(&self.deck);
        }
        for completed in completed {
            if self.cancelling_for_files == Some(completed.number) {
                self.cancelling_for_files = None;
            }
            let is_it = |(number, _): &(u64, &str)| *number == completed.number;
            if let Some(index) = self.under_way.iter().position(is_it) {
                let (_, word) = self.under_way.swap_remove(index);
                self.say_part(word, completed.done, completed.of);
            }
        }
    }

    /// Whether a row is a download that can go on from another link.
    pub(super) fn can_change_url(&self, id: RowId) -> bool {
        let is_stopped = self
            .deck
            .status(id)
            .is_some_and(|status| status.can_retry());
        is_stopped && matches!(self.deck.spec(id), Some(Spec::Fetch(_)))
    }

    /// Asks for another link for the first of these rows that can have one.
    fn ask_for_url(&mut self, ids: &[RowId]) {
        let Some(id) = ids.iter().copied().find(|id| self.can_change_url(*id)) else {
            return;
        };
        let (Some(row), Some(spec)) = (self.deck.view(id), self.deck.spec(id)) else {
            return;
        };
        let has_part = |ended: &&Ended| ended.part.is_some();
        let kept_bytes = self
            .deck
            .ended(id)
            .filter(has_part)
            .map_or(0, |ended| ended.received);
        let (name, url) = (row.name.to_string(), spec.url());
        self.change_url = Some(ChangeUrlState::new(id, name, url, kept_bytes));
    }

    /// Gives a row another link and lets it go on.
    pub(super) fn go_on_from(&mut self, id: RowId, request: Box<Request>) {
        if self.deck.apply(Action::ChangeUrl(id, request)) == 0 {
            let text = "It has gone on meanwhile, and keeps its link";
            self.say(ToastKind::Note, text.to_owned());
        }
    }

    /// Shows the file of the first of these rows that has one in its folder, or else the folder.
    fn open_folder(&self, ctx: &Context, ids: &[RowId]) {
        if let Some(path) = ids.iter().find_map(|id| self.path_of(*id)) {
            self.errands.show(ctx, path);
        }
    }

    /// Where a row's bytes are, or where they are to come.
    pub(super) fn path_of(&self, id: RowId) -> Option<PathBuf> {
        let file = self.deck.file(id).map(|file| file.path().to_owned());
        // What was there before and was left alone is what one wants to see too.
        let fetched = self.deck.ended(id).and_then(|ended| ended.fetched.as_ref());
        file.or_else(|| fetched.and_then(|fetched| fetched.path.clone()))
            .or_else(|| self.deck.folder(id).map(Into::into))
    }

    /// The selected rows that are shown.
    pub(super) fn selected(&self) -> Vec<RowId> {
        self.main.table.selection.shown(&self.deck)
    }

    /// Puts the links of the selected rows on the clipboard, one in a line: as they are fetched, not as they are shown.
    pub(super) fn copy_links(&mut self, ctx: &Context) {
        let ids = self.selected();
        let links = ids.iter().filter_map(|id| match self.deck.spec(*id)? {
            Spec::Fetch(spec) => Some(spec.request.url().to_string()),
            Spec::Timed(_) => None,
        });
        let links: Vec<_> = links.collect();
        let text = if links.is_empty() {
            "There is no link to copy".to_owned()
        } else {
            let count = format::count(links.len() as u64, "link", "links");
            ctx.copy_text(links.join("\n"));
            format!("Copied {count}")
        };
        self.say(ToastKind::Note, text);
    }

    /// Adds the selected rows once more.
    pub(super) fn duplicate(&mut self) {
        let ids = self.selected();
        let specs = ids.iter().filter_map(|id| self.deck.spec(*id).cloned());
        let specs: Vec<_> = specs.map(from_the_beginning).collect();
        if !specs.is_empty() {
            self.deck.apply(Action::Add {
                specs,
                paused: false,
            });
        }
    }

    /// Selects the row under the keyboard in addition, or no longer.
    pub(super) fn select_row(&mut self) {
        self.main.table.toggle_cursor_row(&self.deck);
    }

    /// Moves the selected rows in the queue, and keeps the one with the keyboard in view.
    pub(super) fn move_selected(&mut self, to: MoveTo) {
        let ids = self.selected();
        let of = ids.len();
        let done = self.deck.apply(Action::Move(ids, to));
        self.say_part("Moved", done, of);
        let table = &mut self.main.table;
        if done > 0
            && let Some(index) = table.selection.cursor(&self.deck)
        {
            table.scroll_to(index);
        }
    }

    /// Asks whether the selected rows go with their files.
    pub(super) fn ask_to_delete(&mut self) {
        let ids = self.selected();
        if ids.is_empty() {
            return;
        }
        let deck = &self.deck;
        let (mut files, mut bytes) = (0, 0);
        for id in &ids {
            for file in deck.files(*id) {
                files += 1;
                bytes += deck.file_bytes(*id, &file).unwrap_or(0);
            }
        }
        let unfinished = ids.iter().filter(|id| self.deck.ended(**id).is_none());
        self.delete_question = Some(DeleteQuestion {
            files,
            bytes,
            unfinished: unfinished.count(),
            deletes: false,
            ids,
        });
    }

    /// Removes rows, and deletes their files if that was asked for: of what still runs once it has let go of its file.
    pub(super) fn remove_with_files(&mut self, question: &DeleteQuestion) {
        let ids = &question.ids;
        if question.deletes {
            let runs = |id: &&RowId| self.deck.ended(**id).is_none();
            let unfinished: Vec<_> = ids.iter().filter(runs).copied().collect();
            self.cancelling_for_files = self.deck.carry_out(Action::Cancel(unfinished)).under_way;
            self.going_with_files.extend(ids);
        } else {
            self.remove(ids.clone());
        }
    }

    /// Deletes the files of rows that were to go with them and have ended by now, and removes these.
    pub(super) fn delete_ended(&mut self, ctx: &Context) {
        if self.going_with_files.is_empty() {
            return;
        }
        let mut ended = BTreeSet::new();
        let deck = &self.deck;
        let is_cancelling = self.cancelling_for_files.is_some();
        self.going_with_files.retain(|id| match deck.status(*id) {
            Some(status) if status.is_ended() => {
                ended.insert(*id);
                false
            }
            // A row whose cancel was taken back stays, with all it has.
            status => is_cancelling || matches!(status, Some(Status::Cancelling)),
        });
        if ended.is_empty() {
            return;
        }
        let others = deck.paths_of_others(&ended);
        let files = ended.iter().flat_map(|id| deck.files(*id));
        let (shared, files): (Vec<RowFile>, Vec<_>) =
            files.partition(|file| others.contains(file.path()));
        self.errands.delete(ctx, deck.runtime(), files);
        self.remove(ended.into_iter().collect());
        if let Some(file) = shared.first() {
            let path = file.path().display();
            self.say(ToastKind::Note, format!("{path} stays: another job has it"));
        }
    }
}

/// What a copy of a row is to do: not to go on with the bytes of the other.
fn from_the_beginning(mut spec: Spec) -> Spec {
    if let Spec::Fetch(spec) = &mut spec
        && let Destination::Save(save) = &mut spec.destination
    {
        *save = save.clone().starting_over();
    }
    spec
}
