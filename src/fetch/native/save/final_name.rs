//! The final name of a file, and what it may replace.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::name_conflicts::is_newer_than;
use super::notes;
use super::previous_file::PreviousFile;
use crate::fetch::client::resume::{first_free, moment, rename_no_replace, rename_over};
use crate::fetch::{Checksum, CompletePart, Fetched, IfExists, RenameNotice};

/// Held while a file is checked and replaced.
static REPLACING: Mutex<()> = Mutex::new(());

/// The final name of a complete part.
#[derive(Clone, Copy, Debug)]
pub(super) struct FinalName<'a> {
    pub(super) folder: &'a Path,
    pub(super) name: &'a str,
    pub(super) if_exists: IfExists,
    pub(super) checksum: Option<Checksum>,
    /// Files of the same job that it may replace.
    pub(super) previous_files: &'a [PreviousFile],
    /// The file may not be the intended one: it replaces none of those.
    pub(super) is_doubtful: bool,
    /// Files that appeared after this moment are not replaced.
    pub(super) replaces_before: SystemTime,
    /// Whether the time of its last change is to be the server's.
    pub(crate) has_remote_time: bool,
    /// What the fetch yields, as far as that is known before the file has its name.
    pub(super) fetched: &'a Fetched,
    /// Is called before each try to give the file a name.
    pub(super) notice: Option<&'a RenameNotice>,
}

/// What is in a complete part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contents<'a> {
    pub(super) length: u64,
    /// The hash of its bytes, as `algorithm:digits`; empty if there is no notice.
    pub(super) hash: &'a str,
    /// The SHA-256, where it was computed.
    pub(super) checksum: Option<Checksum>,
}

/// A complete file under its final name.
#[derive(Debug)]
pub(super) struct SavedFile {
    pub(super) path: PathBuf,
    /// The SHA-256, where it was computed.
    pub(super) checksum: Option<Checksum>,
    /// Why a crash of the system may undo the rename.
    pub(super) not_durable: Option<String>,
}

impl FinalName<'_> {
    /// Whether a file of the same job is at this path.
    fn is_previous(&self, path: &Path) -> bool {
        let mut files = self.previous_files.iter();
        files.any(|file| file.is_still_at(path))
    }

    /// The time that is to be the one of its last change; `None` leaves it as it is.
    pub(crate) fn time(&self, last_modified: Option<&str>) -> Option<SystemTime> {
        let of_server = last_modified
            .filter(|_| self.has_remote_time)
            .and_then(moment);
        // The time of the last write is by the system's coarse clock. Other downloads that replace
        // files compare the time with their own beginning, to tell whether this file was there
        // before them.
        let replaces = self.if_exists == IfExists::Overwrite;
        of_server.or_else(|| replaces.then(SystemTime::now))
    }

    /// What the fetch yields once the file has this name.
    fn fetched_as(&self, path: &Path, checksum: Option<Checksum>) -> Fetched {
        let mut fetched = self.fetched.clone();
        fetched.notes.extend(notes::renamed(self.name, path));
        fetched.path = Some(path.to_owned());
        fetched.sha256 = checksum;
        fetched.with_notes_of_fields()
    }

    /// Renames a part with these contents to its final name, or to the first free one.
    pub(super) fn rename(
        &self,
        part: &Path,
        folder: &Path,
        contents: Contents<'_>,
    ) -> io::Result<PathBuf> {
        let path = folder.join(self.name);
        let tell = |path: &Path| {
            if let Some(notice) = self.notice {
                notice.call(&CompletePart {
                    part,
                    path,
                    length: contents.length,
                    hash: contents.hash,
                    fetched: &self.fetched_as(path, contents.checksum),
                });
            }
        };
        // Checking the file that is there and replacing it are two steps: no other download may
        // come between them.
        let may_replace = self.if_exists == IfExists::Overwrite || !self.previous_files.is_empty();
        let _one_at_a_time =
            may_replace.then(|| REPLACING.lock().unwrap_or_else(PoisonError::into_inner));
        let is_own = self.is_previous(&path);
        match self.if_exists {
            IfExists::Fail if !is_own => {
                tell(&path);
                return rename_no_replace(part, &path).map(|()| path);
            }
            IfExists::Overwrite
                if !is_own && !is_newer_than(&path, self.replaces_before, self.has_remote_time) =>
            {
                tell(&path);
                return rename_over(part, &path).map(|()| path);
            }
            _ => {}
        }
        // A file that appeared in the meantime is not replaced either.
        let moved = first_free(folder, self.name, "", |path| {
            tell(path);
            match !self.is_doubtful && self.is_previous(path) {
                true => rename_over(part, path),
                false => rename_no_replace(part, path),
            }
        });
        moved.map(|(path, ())| path)
    }

    /// Removes the files of the same job that the file at this path replaces.
    pub(super) fn remove_previous(&self, path: &Path) {
        if self.is_doubtful {
            return;
        }
        let others = self
            .previous_files
            .iter()
            .filter(|file| !file.is_still_at(path));
        for file in others {
            if let Err(error) = file.remove() {
                log::warn!("an earlier file of the job was not removed: {error}");
            }
        }
    }
}
