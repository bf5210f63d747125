//! What decides whether a command can be run.

use crate::status::{Abilities, Counts, RowId, RowSource};

/// What the selection, the list and the undo log allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandContext {
    /// One of the selected rows can be paused.
    pub pause: bool,
    /// One of the selected rows can be resumed.
    pub resume: bool,
    /// One of the selected rows can be cancelled.
    pub cancel: bool,
    /// One of the selected rows can be begun again.
    pub retry: bool,
    /// One of the selected rows is waiting for something that can be skipped.
    pub skip: bool,
    /// One of the selected rows has a file that can be kept in spite of a doubt.
    pub keep: bool,
    /// One of the selected rows can be moved in the queue.
    pub move_rows: bool,
    /// The selected row, a single one, can go on from another link.
    pub change_url: bool,
    /// The selected row, a single one, has a folder.
    pub open_folder: bool,
    /// True in a browser's page, which has neither folders nor a window of its own.
    pub in_page: bool,
    /// How many rows are selected.
    pub selected: usize,
    /// Something was done that can be undone.
    pub undo: bool,
    /// What ends is kept, and can be read.
    pub history: bool,
    /// There is a demo to try.
    pub demo: bool,
    /// How many rows there are.
    pub counts: Counts,
}

impl CommandContext {
    /// Reads the abilities of the selected rows, until all abilities that any row has are found.
    #[must_use]
    pub fn new(
        source: &dyn RowSource,
        counts: Counts,
        selected: impl ExactSizeIterator<Item = RowId>,
    ) -> Self {
        let count = selected.len();
        let of_any = source.abilities_of_any();
        let mut abilities = Abilities::NONE;
        for id in selected {
            abilities = abilities.with(source.abilities(id));
            if abilities.contains(of_any) {
                break;
            }
        }
        let mut context = Self {
            pause: abilities.contains(Abilities::PAUSE),
            resume: abilities.contains(Abilities::RESUME),
            cancel: abilities.contains(Abilities::CANCEL),
            retry: abilities.contains(Abilities::RETRY),
            skip: abilities.contains(Abilities::SKIP),
            keep: abilities.contains(Abilities::KEEP),
            move_rows: abilities.contains(Abilities::MOVE),
            selected: count,
            counts,
            ..Self::default()
        };
        // A list of rows knows no more; the window refines these two.
        let is_single = context.selected == 1;
        context.change_url = is_single && context.retry;
        context.open_folder = is_single;
        context
    }
}
