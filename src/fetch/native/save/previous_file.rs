//! Files that earlier fetches of the same job saved, which this one may replace.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::fetch::client::resume::{is_at, open_to_read, remove_if_at};

/// A file as it was when the fetch began. It stays open, so that no other file gets its inode
/// number in the meantime.
#[derive(Debug)]
pub(super) struct PreviousFile {
    path: PathBuf,
    file: File,
    length: u64,
    modified: Option<SystemTime>,
}

impl PreviousFile {
    /// Opens a file. None if there is no regular file; a symbolic link is not followed.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let file = open_to_read(path).ok()?;
        let there = file.metadata().ok()?;
        Some(Self {
            path: path.to_owned(),
            file,
            length: there.len(),
            modified: there.modified().ok(),
        })
    }

    /// Whether the path is that of the file, which is still there, unchanged.
    pub(super) fn is_still_at(&self, path: &Path) -> bool {
        self.path == path && self.is_unchanged()
    }

    fn is_unchanged(&self) -> bool {
        let is_same = |there: fs::Metadata| {
            there.len() == self.length && there.modified().ok() == self.modified
        };
        is_at(&self.file, &self.path).unwrap_or(false) && self.file.metadata().is_ok_and(is_same)
    }

    /// Removes the file, if it is still there and unchanged.
    pub(super) fn remove(&self) -> io::Result<()> {
        match self.is_unchanged() {
            true => remove_if_at(&self.file, &self.path),
            false => Ok(()),
        }
    }
}
