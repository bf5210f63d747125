//! What decides whether a command can be run.

use crate::status::{Counts, RowId, RowSource};

/// What the selection, the list and the past allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Possible {
    /// One of the selected rows can be paused.
    pub pause: bool,
    /// One of the selected rows can be resumed.
    pub resume: bool,
    /// One of the selected rows can be cancelled.
    pub cancel: bool,
    /// One of the selected rows can be begun again.
    pub retry: bool,
    /// One of the selected rows waits for something that can be skipped.
    pub skip: bool,
    /// One of the selected rows has a file that can be kept in spite of a doubt.
    pub keep: bool,
    /// The selected row, a single one, can go on from another link.
    pub change_url: bool,
    /// The selected row, a single one, has a folder.
    pub open_folder: bool,
    /// It runs in a browser's page, which has neither folders nor a window of its own.
    pub in_page: bool,
    /// How many rows are selected.
    pub selected: usize,
    /// Something was done that can be undone.
    pub undo: bool,
    /// There is a demo to try.
    pub demo: bool,
    /// How many rows there are.
    pub counts: Counts,
}

/// Of a larger selection only this many rows are looked at each frame; the rest is taken to allow everything.
const SELECTION_LOOKED_AT: usize = 64;

impl Possible {
    /// Looks at the selected rows.
    #[must_use]
    pub fn new(
        source: &dyn RowSource,
        counts: Counts,
        selected: impl ExactSizeIterator<Item = RowId>,
    ) -> Self {
        let mut possible = Self {
            counts,
            selected: selected.len(),
            ..Self::default()
        };
        if selected.len() > SELECTION_LOOKED_AT {
            return Self {
                pause: true,
                resume: true,
                cancel: true,
                retry: true,
                skip: true,
                keep: true,
                ..possible
            };
        }
        for status in selected.filter_map(|id| source.status(id)) {
            possible.pause |= status.can_pause();
            possible.resume |= status.can_resume();
            possible.cancel |= status.can_cancel();
            possible.retry |= status.can_retry();
            possible.skip |= status.can_skip();
            possible.keep |= status.can_keep();
        }
        // As far as a list of rows can say; the model knows more.
        let is_single = possible.selected == 1;
        possible.change_url = is_single && possible.retry;
        possible.open_folder = is_single;
        possible
    }
}
