//! What a complete part is to become, and what it may replace.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::own_earlier::OwnEarlier;
use super::place::{first_free, rename_no_replace, rename_over};
use super::taken::is_newer_than;
use super::validators::moment;
use crate::fetch::{Checksum, IfExists};

/// Held while a file is looked at and replaced.
static REPLACING: Mutex<()> = Mutex::new(());

/// What a complete part is to become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) folder: &'a Path,
    pub(super) name: &'a str,
    pub(super) if_exists: IfExists,
    pub(super) checksum: Option<Checksum>,
    /// Files of the same job that it may replace.
    pub(super) own_earlier: &'a [OwnEarlier],
    /// That it may not be the file that was wanted: then it replaces none of those.
    pub(super) is_doubtful: bool,
    /// What appeared after this moment is not replaced.
    pub(super) replaces_before: SystemTime,
    /// Whether the time of its last change is to be the server's.
    pub(super) has_remote_time: bool,
}

/// A complete file under its final name.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) path: PathBuf,
    /// The SHA-256, where it was computed.
    pub(super) checksum: Option<Checksum>,
    /// Why a crash of the system may take the name back.
    pub(super) not_durable: Option<String>,
}

impl Wanted<'_> {
    /// The file of the same job at this path.
    fn own_earlier_at(&self, path: &Path) -> bool {
        let mut files = self.own_earlier.iter();
        files.any(|file| file.is_still_at(path))
    }

    /// The time that is to be the one of its last change; `None` leaves it as it is.
    pub(super) fn time(&self, last_modified: Option<&str>) -> Option<SystemTime> {
        let of_server = last_modified
            .filter(|_| self.has_remote_time)
            .and_then(moment);
        // By this, other downloads that replace files tell that it was not there before them: the time of its last write
        // is one of the system's coarse clock.
        let replaces = self.if_exists == IfExists::Overwrite;
        of_server.or_else(|| replaces.then(SystemTime::now))
    }

    /// Gives a part its final name, or the first one that is free.
    pub(super) fn rename(&self, part: &Path, folder: &Path) -> io::Result<PathBuf> {
        let path = folder.join(self.name);
        // Looking at the file that is there and replacing it are two steps: no other download comes between them.
        let may_replace = self.if_exists == IfExists::Overwrite || !self.own_earlier.is_empty();
        let _one_at_a_time =
            may_replace.then(|| REPLACING.lock().unwrap_or_else(PoisonError::into_inner));
        let is_own = self.own_earlier_at(&path);
        match self.if_exists {
            IfExists::Fail if !is_own => {
                return rename_no_replace(part, &path).map(|()| path);
            }
            IfExists::Overwrite
                if !is_own && !is_newer_than(&path, self.replaces_before, self.has_remote_time) =>
            {
                return rename_over(part, &path).map(|()| path);
            }
            _ => {}
        }
        // A file that appeared meanwhile is not replaced either.
        let moved = first_free(folder, self.name, "", |path| {
            match !self.is_doubtful && self.own_earlier_at(path) {
                true => rename_over(part, path),
                false => rename_no_replace(part, path),
            }
        });
        moved.map(|(path, ())| path)
    }

    /// Removes the files of the same job whose place a file takes, which is at this path.
    pub(super) fn remove_own_earlier(&self, path: &Path) {
        if self.is_doubtful {
            return;
        }
        let others = self
            .own_earlier
            .iter()
            .filter(|file| !file.is_still_at(path));
        for file in others {
            if let Err(error) = file.remove() {
                log::warn!("an earlier file of the job was not removed: {error}");
            }
        }
    }
}
