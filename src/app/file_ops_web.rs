//! A page has no files and folders of its own.

use std::path::PathBuf;

use egui::Context;

use crate::deck::RowFile;
use crate::runtime::Runtime;

/// Nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Errands {}

impl Errands {
    /// Does nothing: the browser lists its downloads itself.
    pub(super) fn show(&self, _ctx: &Context, _path: PathBuf) {}

    /// Does nothing.
    pub(super) fn delete(&self, _ctx: &Context, _runtime: &Runtime, _files: Vec<RowFile>) {}

    /// Nothing.
    pub(super) fn take_errors(&self) -> Vec<String> {
        Vec::new()
    }
}
