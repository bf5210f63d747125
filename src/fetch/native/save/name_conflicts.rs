//! Names that are taken, and what may be replaced.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::fetch::client::resume::{is_replaceable, lock, open_own, path_of};
use crate::fetch::part_names::PART_SUFFIX;
use crate::fetch::{ErrorClass, FetchError, IfExists, Phase, Save};

/// Fails if the name is taken, and what is there must not be replaced.
pub(super) fn expect_free(save: &Save, name: &str) -> Result<(), FetchError> {
    // The other rules need no check, which would cost a system call for each of many small files.
    if matches!(save.if_exists, IfExists::Rename | IfExists::Skip) {
        return Ok(());
    }
    let path = save.folder.join(name);
    match path.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(there)
            if save.if_exists == IfExists::Overwrite
                && is_replaceable(&path, there.file_type()) =>
        {
            Ok(())
        }
        Ok(_) => Err(name_is_taken(&path)),
    }
}

/// Fails if the rule is to fail, and another download that will likely get the name is running.
pub(super) fn expect_no_other(save: &Save, name: &str) -> Result<(), FetchError> {
    if save.if_exists != IfExists::Fail {
        return Ok(());
    }
    let part = path_of(&save.folder, name, 0, PART_SUFFIX);
    match open_own(&part, 2) {
        Ok(file) if lock(&file).is_err() => Err(FetchError::new(
            ErrorClass::FileExists,
            "Another download is saving a file of that name",
        )
        .with_hint("Give another name or another folder.")
        .with_detail(part.display().to_string())
        .in_phase(Phase::Save)),
        _ => Ok(()),
    }
}

/// A file system takes the time of a creation from a clock that is behind by up to this: a tick of
/// the kernel's timer at its slowest.
const COARSE_CLOCK: Duration = Duration::from_millis(10);

/// Whether what is there appeared after a moment, and so may be the file of another download.
/// `by_creation` is for files whose last change may have the time of a server: the time of their
/// creation counts too. A time in the future says nothing.
pub(crate) fn is_newer_than(path: &Path, moment: SystemTime, by_creation: bool) -> bool {
    let Ok(there) = fs::symlink_metadata(path) else {
        return false;
    };
    let now = SystemTime::now();
    let changed = there.modified();
    let created = there.created().ok().filter(|_| by_creation);
    changed.is_ok_and(|time| moment < time && time <= now)
        || created.is_some_and(|time| moment < time + COARSE_CLOCK && time <= now)
}

/// The error for a name that is taken.
pub(super) fn name_is_taken(path: &Path) -> FetchError {
    let there = path.symlink_metadata().map(|there| there.file_type());
    let (message, hint) = match there {
        Ok(there) if there.is_dir() => (
            "There is a folder of that name",
            "Give another name or another folder; a folder is never replaced.",
        ),
        Ok(there) if !there.is_file() && !there.is_symlink() => (
            "There is something of that name that is no file",
            "Give another name or another folder; a pipe, a socket or a device is never replaced.",
        ),
        Ok(there) if !is_replaceable(path, there) => (
            "There is the part of a download of that name",
            "Give another name or another folder; a part is never replaced.",
        ),
        _ => (
            "A file of that name is there already",
            "Give another name or another folder, or replace the file with --if-exists overwrite.",
        ),
    };
    FetchError::new(ErrorClass::FileExists, message)
        .with_hint(hint)
        .with_detail(path.display().to_string())
        .in_phase(Phase::Save)
}
