//! A page has no files and folders of its own.

use std::path::{Path, PathBuf};

use crate::deck::RowFile;
use crate::fetch::{ExtraCertificates, FetchError};
use crate::runtime::Runtime;

/// Whether there are files and folders that a user may name.
pub(super) const HAS_FILES: bool = false;

/// Cannot be: a page has no files.
pub(super) fn write_list(_: &Path, _: &str, _: bool) -> Result<(), String> {
    Err("A page cannot save files".to_owned())
}

/// Nothing.
#[derive(Debug)]
pub(super) struct FileOps {}

impl FileOps {
    pub(super) fn new(_runtime: &Runtime) -> Self {
        Self {}
    }

    /// Does nothing: the browser lists its downloads itself.
    pub(super) fn show(&mut self, _path: PathBuf) {}

    /// Does nothing.
    pub(super) fn delete(&mut self, _files: Vec<RowFile>) {}

    /// Does nothing.
    pub(super) fn read_certificates(&mut self, _path: PathBuf) {}

    /// Does nothing.
    pub(super) fn forget_certificates(&mut self) {}

    /// Never.
    pub(super) fn is_reading(&self) -> bool {
        false
    }

    /// None.
    pub(super) fn take_certificates(
        &mut self,
    ) -> Option<(PathBuf, Result<ExtraCertificates, FetchError>)> {
        None
    }

    /// None.
    pub(super) fn take_errors(&mut self) -> Vec<String> {
        Vec::new()
    }
}
