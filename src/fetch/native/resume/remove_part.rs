//! Deleting an incomplete download: its part, its manifest, and the part that it set aside.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest_file::{ManifestFile, StoredManifest};
use super::own_files::{lock, open_own, remove_if_at};
use super::part_paths::manifest_of;
use super::user_key::UserKey;
use crate::fetch::part_names::{is_part_name, without_old};

/// Deletes a part with its manifest, and the part that the manifest names as set aside. What is not
/// there counts as deleted.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for what is no part of this user,
/// [`io::ErrorKind::ResourceBusy`] while a download has it, and what the disk says.
pub(crate) fn remove_part(part: &Path, key: &Arc<UserKey>) -> io::Result<()> {
    let name = part.file_name().and_then(|name| name.to_str());
    if !name.is_some_and(is_part_name) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    if let Some(own) = part_that_set_aside(part, key) {
        return remove_part(&own, key);
    }
    // Locked to the end, so that no download resumes it in the meantime.
    let file = match open_own(part, 1) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        opened => Some(opened?),
    };
    if let Some(file) = &file {
        lock(file)?;
    }
    // What cannot be read as a manifest is not deleted: it may belong to something else.
    if let Ok((manifest, stored)) = ManifestFile::open(&manifest_of(part), key)
        && let Some(newest) = stored.lines.first()
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

/// Deletes a part of a process that was killed before it wrote a manifest: nothing proves its
/// bytes, and no later download would take it over.
pub(crate) fn remove_unproved(part: &Path) {
    let has_manifest = || match fs::symlink_metadata(manifest_of(part)) {
        Ok(_) => true,
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    let name = part.file_name().and_then(|name| name.to_str());
    if !name.is_some_and(is_part_name) || has_manifest() {
        return;
    }
    let removed = open_own(part, 1).and_then(|file| {
        lock(&file)?;
        // A download that began meanwhile may have written one.
        if has_manifest() {
            return Ok(());
        }
        remove_if_at(&file, part)
    });
    if let Err(error) = not_found_is_fine(removed) {
        log::debug!("a part without a manifest was not removed: {error}");
    }
}

/// The part whose manifest names this one as set aside.
fn part_that_set_aside(old: &Path, key: &UserKey) -> Option<PathBuf> {
    let own = old.with_file_name(without_old(old.file_name()?.to_str()?)?);
    let stored = StoredManifest::read(&manifest_of(&own), key).ok()?;
    let aside = stored.lines.first()?.aside.as_ref()?;
    (aside.beside(&own)? == old).then_some(own)
}

/// Deletes a file of this user that has one name and is not locked.
///
/// # Errors
/// Those of [`open_own`], [`io::ErrorKind::ResourceBusy`] when it is in use, and what the disk
/// says.
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
