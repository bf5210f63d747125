//! What an earlier fetch left: found, locked, and verified, before a fetch continues it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk_error::disk_error;
use super::manifest_file::{ManifestFile, StoredManifest};
use super::own_files::{is_at, keep_private, links, lock, open_own, remove_if_at};
use super::part_hasher::{HashKind, PartHasher};
use super::part_listing::{contains, part_names_in};
use super::part_manifest::PartManifest;
use super::part_paths::{manifest_of, path_of};
use super::user_key::UserKey;
use crate::fetch::FetchError;
use crate::fetch::limits::{MAX_NAME_ATTEMPTS, PARTS_MISSING_AT_MOST, WRITE_BLOCK_BYTES};
use crate::fetch::part_names::PART_SUFFIX;

/// A part of an earlier fetch, whose bytes may have changed since.
#[derive(Debug)]
pub(crate) struct Unverified {
    path: PathBuf,
    file: File,
    manifest_file: ManifestFile,
    /// What the manifest says; at least one line.
    stored: StoredManifest,
    /// The final name of the file, if it has that too.
    finished_as: Option<PathBuf>,
}

/// A part of an earlier fetch, whose bytes are those of its manifest.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    pub(crate) manifest: PartManifest,
    pub(crate) manifest_file: ManifestFile,
    pub(crate) hasher: PartHasher,
    /// The final name of the file, if it has that too: a crash came before the name of the part was
    /// removed.
    pub(crate) finished_as: Option<PathBuf>,
}

/// The result of a search for a part of a URL.
#[derive(Debug, Default)]
pub(crate) struct FoundPart {
    /// One that can be continued.
    pub(crate) part: Option<Unverified>,
    /// One of this URL without a valid mark: of an earlier version, or of a program with another
    /// key.
    pub(crate) unmarked: Option<PathBuf>,
}

impl Unverified {
    /// Searches a part of `name` in `folder` that was begun from the same URL, and that no other
    /// fetch uses.
    pub(crate) fn find(key: &Arc<UserKey>, folder: &Path, name: &str, url: &str) -> FoundPart {
        let mut found = FoundPart::default();
        let mut missing = 0;
        let names = part_names_in(folder);
        let is_known_missing =
            |path: &Path| names.as_ref().is_some_and(|names| !contains(names, path));
        for number in 0..MAX_NAME_ATTEMPTS {
            let path = path_of(folder, name, number, PART_SUFFIX);
            let look = match is_known_missing(&path) {
                true => Err(io::ErrorKind::NotFound.into()),
                false => Self::look(key, &path, Some(url)),
            };
            match look {
                Ok(PartCheck::Usable(part)) => {
                    found.part = Some(*part);
                    break;
                }
                Ok(PartCheck::Unmarked) => {
                    found.unmarked.get_or_insert(path);
                    missing = 0;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => missing += 1,
                Err(_) => missing = 0,
            }
            // Earlier numbers may be complete by now, but not this many in a row.
            if missing == PARTS_MISSING_AT_MOST {
                break;
            }
        }
        found
    }

    /// Opens a part that no other fetch uses. If a URL is given, it must have been begun from that,
    /// and its manifest must have a valid mark.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none, and others when it is in use, not of this
    /// user, of another URL, or has no manifest.
    pub(crate) fn open(key: &Arc<UserKey>, path: &Path, url: Option<&str>) -> io::Result<Self> {
        match Self::look(key, path, url)? {
            PartCheck::Usable(part) => Ok(*part),
            PartCheck::Unmarked => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn look(key: &Arc<UserKey>, path: &Path, url: Option<&str>) -> io::Result<PartCheck> {
        // Two names: the second one may be the final one; see below.
        let file = open_own(path, 2)?;
        // Read before the lock is taken: a fetch that owns the part must not find it locked by one
        // that does not.
        let manifest = manifest_of(path);
        let stored = StoredManifest::read(&manifest, key).map_err(no_manifest)?;
        if let Some(refused) = refusal(&stored, url)? {
            return Ok(refused);
        }
        lock(&file)?;
        // Another fetch may just have finished it: then it has its final name, and must not be
        // changed.
        if !is_at(&file, path)? {
            return Err(io::ErrorKind::NotFound.into());
        }
        let (manifest_file, stored) = ManifestFile::open(&manifest, key).map_err(no_manifest)?;
        if let Some(refused) = refusal(&stored, url)? {
            return Ok(refused);
        }
        let finished_as = match links(&file)? {
            1 => None,
            _ => Some(final_name(&file, path, &stored)?),
        };
        Ok(PartCheck::Usable(Box::new(Self {
            path: path.to_owned(),
            file,
            manifest_file,
            stored,
            finished_as,
        })))
    }

    /// Whether this user began it, by the mark of its manifest.
    pub(crate) fn is_ours(&self) -> bool {
        self.stored.is_ours
    }

    /// Reads its bytes and compares their hash with the manifest; `hash` is the kind to continue
    /// with. None when they are not the bytes that were written: then no fetch continues them. They
    /// stay, except what a crash of the system left shorter than the manifest says: nothing of that
    /// can be verified.
    ///
    /// # Errors
    /// Those of the disk, and of `checkpoint`, which is called between two blocks.
    pub(crate) fn verify(
        mut self,
        hash: HashKind,
        mut checkpoint: impl FnMut() -> Result<(), FetchError>,
    ) -> Result<Option<Verified>, FetchError> {
        let on_disk = |error: &io::Error| disk_error(error, "reading what is there");
        let length = self.file.metadata().map_err(|error| on_disk(&error))?.len();
        let mut lines = std::mem::take(&mut self.stored.lines);
        let latest = lines.first().cloned();
        // Ascending, so that the file is read once for both lines; if both match, the newer one
        // counts.
        lines.sort_by_key(PartManifest::by_bytes_and_age);
        let newest_bytes = lines.last().map_or(0, |line| line.good_bytes);
        let mut hashed = HashedFile::new(&self.file, &lines, hash);
        let mut matching: Option<(PartManifest, PartHasher)> = None;
        for line in lines {
            if line.good_bytes > length {
                break;
            }
            hashed.read_to(line.good_bytes, &mut checkpoint)?;
            if line.good_bytes == 0 || hashed.matches(&line) {
                matching = Some((line, hashed.hasher()));
            }
        }
        // A line of the empty file proves nothing about bytes that came later.
        let had_bytes = newest_bytes > 0;
        let matching = matching.filter(|(line, _)| line.good_bytes > 0 || !had_bytes);
        let Some((mut manifest, mut hasher)) = matching else {
            return self.reject(hash, latest, length < newest_bytes);
        };
        if self.finished_as.is_some() {
            if manifest.total.is_some_and(|total| total != length) {
                return Ok(None);
            }
            // It got its final name when all bytes were on the disk, which is not in its manifest
            // any more.
            hashed.read_to(length, &mut checkpoint)?;
            hasher = hashed.hasher();
            manifest.good_bytes = length;
        } else {
            // What follows is not in the manifest.
            self.file
                .set_len(manifest.good_bytes)
                .and_then(|()| self.file.seek(SeekFrom::Start(manifest.good_bytes)))
                .map_err(|error| on_disk(&error))?;
        }
        manifest.good_hash = hasher.so_far();
        if !self.stored.is_ours {
            keep_private(&self.file);
            self.manifest_file
                .make_ours(&manifest)
                .map_err(|error| disk_error(&error, "writing down what is known of the file"))?;
        }
        Ok(Some(self.into_verified(manifest, hasher)))
    }

    fn into_verified(self, manifest: PartManifest, hasher: PartHasher) -> Verified {
        Verified {
            path: self.path,
            file: self.file,
            manifest,
            manifest_file: self.manifest_file,
            hasher,
            finished_as: self.finished_as,
        }
    }

    /// Makes sure that no later fetch reads it again in vain, unless it is not of this user, or
    /// complete.
    fn reject(
        mut self,
        hash: HashKind,
        latest: Option<PartManifest>,
        is_cut: bool,
    ) -> Result<Option<Verified>, FetchError> {
        if !self.stored.is_ours || self.finished_as.is_some() {
            return Ok(None);
        }
        // A crash came after its bytes were set aside, and before the manifest of the fresh part
        // was written.
        if let Some(latest) = latest.filter(|latest| is_cut && latest.aside.is_some()) {
            let manifest = latest.restarted();
            self.file
                .set_len(0)
                .and_then(|()| self.manifest_file.write(&manifest))
                .map_err(|error| disk_error(&error, "beginning again"))?;
            return Ok(Some(self.into_verified(manifest, PartHasher::new(hash))));
        }
        let _ = self.manifest_file.remove();
        if is_cut {
            let _ = remove_if_at(&self.file, &self.path);
        }
        Ok(None)
    }
}

/// What is at a path.
#[derive(Debug)]
enum PartCheck {
    Usable(Box<Unverified>),
    /// A part of the URL whose manifest has no valid mark.
    Unmarked,
}

/// A part without a manifest is none of this program.
fn no_manifest(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound => io::ErrorKind::InvalidData.into(),
        _ => error,
    }
}

/// Why a fetch of this URL may not continue the part of a manifest.
fn refusal(stored: &StoredManifest, url: Option<&str>) -> io::Result<Option<PartCheck>> {
    let is_usable = match url {
        Some(url) => stored.is_for(url),
        None => !stored.lines.is_empty(),
    };
    match (is_usable, url) {
        (false, _) => Err(io::ErrorKind::InvalidData.into()),
        (true, Some(_)) if !stored.is_ours => Ok(Some(PartCheck::Unmarked)),
        (true, _) => Ok(None),
    }
}

/// The final name of a part that has two names: a crash came before the part's own was removed.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] when the other name is none that the part would get: then the
/// file is shared with something else, and is left alone.
fn final_name(file: &File, part: &Path, stored: &StoredManifest) -> io::Result<PathBuf> {
    let not_ours = || io::Error::from(io::ErrorKind::InvalidInput);
    let (Some(folder), Some(newest)) = (part.parent(), stored.lines.first()) else {
        return Err(not_ours());
    };
    let own = part.file_name().and_then(|name| name.to_str());
    let own = own.and_then(|name| name.strip_suffix(PART_SUFFIX));
    let names = [own, Some(&newest.name)].into_iter().flatten();
    for name in names.filter(|name| stored.is_ours && is_plain(name)) {
        for number in 0..MAX_NAME_ATTEMPTS {
            let path = path_of(folder, name, number, "");
            if is_at(file, &path)? {
                return Ok(path);
            }
            if path.symlink_metadata().is_err() {
                break;
            }
        }
    }
    Err(not_ours())
}

/// True for a name that is one component of a path.
fn is_plain(name: &str) -> bool {
    Path::new(name).file_name().is_some_and(|last| last == name)
}

/// Reads a file once, for the kinds of hash in its manifest and for the kind to continue with.
struct HashedFile<'a> {
    file: &'a File,
    hashers: Vec<PartHasher>,
    kind: HashKind,
    read_bytes: u64,
    block: Vec<u8>,
}

impl<'a> HashedFile<'a> {
    fn new(file: &'a File, lines: &[PartManifest], kind: HashKind) -> Self {
        let known = lines.iter().filter_map(PartManifest::good_hash_kind);
        let mut kinds: Vec<_> = known.chain([kind]).collect();
        kinds.sort();
        kinds.dedup();
        Self {
            file,
            hashers: kinds.into_iter().map(PartHasher::new).collect(),
            kind,
            read_bytes: 0,
            block: vec![0; WRITE_BLOCK_BYTES],
        }
    }

    /// Continues to this byte, or to the end of the file.
    fn read_to(
        &mut self,
        end: u64,
        checkpoint: &mut impl FnMut() -> Result<(), FetchError>,
    ) -> Result<(), FetchError> {
        while self.read_bytes < end {
            checkpoint()?;
            let space = usize::try_from(end - self.read_bytes)
                .unwrap_or(usize::MAX)
                .min(self.block.len());
            match (&mut self.file).read(&mut self.block[..space]) {
                Ok(0) => break,
                Ok(count) => {
                    for hasher in &mut self.hashers {
                        hasher.update(&self.block[..count]);
                    }
                    self.read_bytes += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(disk_error(&error, "reading what is there")),
            }
        }
        Ok(())
    }

    /// Whether the bytes so far are the good ones of this line.
    fn matches(&self, line: &PartManifest) -> bool {
        self.read_bytes == line.good_bytes && self.hashers.iter().any(|hasher| line.matches(hasher))
    }

    /// The hash to continue with.
    fn hasher(&self) -> PartHasher {
        let hasher = self
            .hashers
            .iter()
            .find(|hasher| hasher.kind() == self.kind);
        hasher
            .cloned()
            .unwrap_or_else(|| PartHasher::new(self.kind))
    }
}
