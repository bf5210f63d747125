//! A page has no files of its own to delete.

use std::path::PathBuf;

use egui::Context;

/// Nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Deleting {}

impl Deleting {
    /// Does nothing.
    pub(super) fn delete(&self, _ctx: &Context, _paths: Vec<PathBuf>) {}

    /// Nothing.
    pub(super) fn take_errors(&self) -> Vec<String> {
        Vec::new()
    }
}
