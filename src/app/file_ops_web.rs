//! A page has no files and folders of its own.

use std::path::PathBuf;

use crate::deck::RowFile;
use crate::fetch::{ExtraCertificates, FetchError};
use crate::runtime::{JobContext, JobError, Runtime};

/// Whether there are files and folders that a user may name.
pub(super) const HAS_FILES: bool = false;

/// Cannot be: a page has no files.
#[expect(clippy::unused_async, reason = "a file is written in a thread")]
pub(super) async fn save_list(
    _: &JobContext,
    _: PathBuf,
    _: String,
    _: bool,
) -> Result<Result<PathBuf, String>, JobError> {
    Ok(Err("A page cannot save files".to_owned()))
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
