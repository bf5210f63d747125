//! A page has no files and folders that settings could name.

use std::path::{Path, PathBuf};

use crate::fetch::{ExtraCertificates, FetchError};
use crate::options::Setting;
use crate::runtime::Runtime;

/// Whether there are files and folders that a user may name.
pub(super) const HAS_FILES: bool = false;

/// What files and dialogs came to.
#[derive(Debug)]
#[expect(dead_code, reason = "nothing comes of files in a page")]
pub(super) enum FileEvent {
    /// Somebody chose this path.
    Chosen(Setting, PathBuf),
    /// No dialog came up.
    NoDialog,
    /// The file at this path was read.
    Read(PathBuf, Result<ExtraCertificates, FetchError>),
}

/// Neither dialogs nor files.
#[derive(Debug, Default)]
pub(super) struct Files {}

impl Files {
    /// Asks for nothing.
    pub(super) fn choose(&mut self, _runtime: &Runtime, _setting: Setting, _folder: Option<&Path>) {
    }

    /// Reads nothing.
    pub(super) fn read_certificates(&mut self, _runtime: &Runtime, _path: PathBuf) {}

    /// There is nothing to forget.
    pub(super) fn forget_certificates(&mut self) {}

    /// Nothing is being read.
    pub(super) fn is_reading(&self) -> bool {
        false
    }

    /// Nothing comes.
    pub(super) fn take_events(&mut self) -> Vec<FileEvent> {
        Vec::new()
    }
}
