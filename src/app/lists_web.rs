//! A page is given links by pasting them: it opens no files.

use std::path::PathBuf;

use crate::runtime::Runtime;

/// No lists.
#[derive(Debug, Default)]
pub(super) struct Lists {}

impl Lists {
    /// Asks for nothing.
    pub(super) fn choose(&mut self, _runtime: &Runtime) {}

    /// Reads nothing.
    pub(super) fn read(&mut self, _runtime: &Runtime, _path: PathBuf) {}

    /// Nothing comes.
    pub(super) fn take(&mut self) -> Vec<Result<String, String>> {
        Vec::new()
    }
}
