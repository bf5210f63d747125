//! The incomplete downloads in a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::manifest_file::StoredManifest;
use super::part_manifest::PartManifest;
use super::part_paths::manifest_of;
use super::user_key::UserKey;
use crate::fetch::part_names::PART_SUFFIX;

/// How many entries of a folder are looked at.
const ENTRIES_AT_MOST: usize = 100_000;

/// An incomplete download of this user, as its manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnfinishedPart {
    /// Where its bytes are.
    pub part: PathBuf,
    /// What its file is to be called.
    pub name: String,
    /// The URL that was requested, as it may be written to files.
    pub url: String,
    /// Whether that is all of the URL; else it is without its secrets.
    pub is_url_whole: bool,
    /// How many of its bytes are proved.
    pub received: u64,
    /// The length of the whole file, where it was announced.
    pub total: Option<u64>,
}

/// The incomplete downloads of this user in a folder, by their names.
pub(crate) fn unfinished_in(folder: &Path, key: &UserKey) -> io::Result<Vec<UnfinishedPart>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)?.take(ENTRIES_AT_MOST) {
        let part = entry?.path();
        let name = part.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.ends_with(PART_SUFFIX)) {
            found.extend(unfinished(part, key));
        }
    }
    found.sort_by(|one, other| one.part.cmp(&other.part));
    Ok(found)
}

fn unfinished(part: PathBuf, key: &UserKey) -> Option<UnfinishedPart> {
    let stored = StoredManifest::read(&manifest_of(&part), key).ok()?;
    if !stored.is_ours || !fs::symlink_metadata(&part).ok()?.is_file() {
        return None;
    }
    let newest: PartManifest = stored.lines.into_iter().next()?;
    Some(UnfinishedPart {
        is_url_whole: newest.is_for(&newest.url),
        part,
        name: newest.name,
        url: newest.url,
        received: newest.good_bytes,
        total: newest.total,
    })
}
