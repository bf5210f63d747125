//! Deleting an incomplete download: its part, what is known of it, and the part that it set aside, and nothing else.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::own_files::{open_own, remove_if_at};
use super::part_manifest::{RecordFile, Records};
use super::rename::{lock, manifest_of};
use super::user_key::UserKey;
use crate::fetch::part_names::{is_part_name, without_old};

/// Deletes a part with its manifest, and the part that the manifest says is aside. What is not there counts as deleted.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for what is no part of this user, [`io::ErrorKind::ResourceBusy`] while a download has
/// it, and what the disk says.
pub(crate) fn remove_part(part: &Path, key: &Arc<UserKey>) -> io::Result<()> {
    let name = part.file_name().and_then(|name| name.to_str());
    if !name.is_some_and(is_part_name) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    if let Some(own) = part_that_set_aside(part, key) {
        return remove_part(&own, key);
    }
    // Its lock is held to the end, so that no download begins to go on with it meanwhile.
    let file = match open_own(part, 1) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        opened => Some(opened?),
    };
    if let Some(file) = &file {
        lock(file)?;
    }
    // What cannot be read as a manifest may be anybody's.
    if let Ok((manifest, records)) = RecordFile::open(&manifest_of(part), key)
        && let Some(newest) = records.lines.first()
    {
        if let Some(aside) = newest.aside.as_ref().and_then(|aside| aside.beside(part)) {
            not_found_is_fine(remove_file_of_ours(&aside))?;
        }
        not_found_is_fine(manifest.remove())?;
    }
    match &file {
        Some(file) => not_found_is_fine(remove_if_at(file, part)),
        None => Ok(()),
    }
}

/// The part whose manifest says that this one is aside for it.
fn part_that_set_aside(old: &Path, key: &UserKey) -> Option<PathBuf> {
    let own = old.with_file_name(without_old(old.file_name()?.to_str()?)?);
    let records = Records::read(&manifest_of(&own), key).ok()?;
    let aside = records.lines.first()?.aside.as_ref()?;
    (aside.beside(&own)? == old).then_some(own)
}

/// Deletes a file that this user has, with one name, and that is not locked.
///
/// # Errors
/// Those of [`open_own`], [`io::ErrorKind::ResourceBusy`] when it is in use, and what the disk says.
pub(crate) fn remove_file_of_ours(path: &Path) -> io::Result<()> {
    let file = open_own(path, 1)?;
    lock(&file)?;
    remove_if_at(&file, path)
}

fn not_found_is_fine(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}
