//! Files that an earlier fetch of the same job saved, and that this one may replace.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::fetch::client::resume::own_files::{is_at, open_to_read, remove_if_at};

/// A file as it was when the fetch began. It is open until the end, so that no other file gets its number meanwhile.
#[derive(Debug)]
pub(crate) struct OwnEarlier {
    path: PathBuf,
    file: File,
    length: u64,
    modified: Option<SystemTime>,
}

impl OwnEarlier {
    /// Looks at a file. None if there is no regular file; a link is not followed.
    pub(crate) fn look(path: &Path) -> Option<Self> {
        let file = open_to_read(path).ok()?;
        let there = file.metadata().ok()?;
        Some(Self {
            path: path.to_owned(),
            file,
            length: there.len(),
            modified: there.modified().ok(),
        })
    }

    /// Whether a path is that of the file, and still leads to it, unchanged.
    pub(crate) fn is_still_at(&self, path: &Path) -> bool {
        self.path == path && self.is_unchanged()
    }

    fn is_unchanged(&self) -> bool {
        let is_same = |there: fs::Metadata| {
            there.len() == self.length && there.modified().ok() == self.modified
        };
        is_at(&self.file, &self.path).unwrap_or(false) && self.file.metadata().is_ok_and(is_same)
    }

    /// Removes the file, if it is still there and unchanged.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match self.is_unchanged() {
            true => remove_if_at(&self.file, &self.path),
            false => Ok(()),
        }
    }
}
