//! The manifest of a part: two lines of JSON of one fixed length, which are written in turns and in
//! place. A write that is torn by a crash spoils one of them at most, and a full disk always has
//! space for the next one.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::own_files::{create_private, keep_private, lock, open_own, open_to_read, remove_if_at};
use super::part_manifest::{LINE_BYTES, PartManifest, has_valid_mark, parse_line};
use super::user_key::UserKey;

/// The contents of a manifest.
#[derive(Debug)]
pub(crate) struct StoredManifest {
    /// The valid lines, newest first.
    pub(crate) lines: Vec<PartManifest>,
    /// Whether they have valid marks.
    pub(crate) is_ours: bool,
}

impl StoredManifest {
    /// Reads a manifest, which may be another user's.
    pub(crate) fn read(path: &Path, key: &UserKey) -> io::Result<Self> {
        let file = open_to_read(path)?;
        Ok(Self::parse(&start_of(&file)?, key))
    }

    /// Whether there are lines, all of them of this URL.
    pub(crate) fn is_for(&self, url: &str) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|manifest| manifest.is_for(url))
    }

    fn parse(bytes: &[u8], key: &UserKey) -> Self {
        let mut ours = Vec::new();
        let mut others = Vec::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii_end();
            let Some(manifest) = parse_line(line) else {
                continue;
            };
            if has_valid_mark(line, key) {
                ours.push(manifest);
            } else {
                others.push(PartManifest {
                    // It could name any file.
                    aside: None,
                    ..manifest
                });
            }
        }
        let is_ours = !ours.is_empty();
        let mut lines = if is_ours { ours } else { others };
        lines.sort_by_key(|manifest| std::cmp::Reverse(manifest.serial));
        Self { lines, is_ours }
    }
}

/// The bytes of two lines, or fewer.
fn start_of(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(2 * LINE_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A manifest that is open for writing. It is locked, so that no other fetch removes it or creates
/// another in its place.
#[derive(Debug)]
pub(crate) struct ManifestFile {
    file: File,
    path: PathBuf,
    key: Arc<UserKey>,
    /// The serial number of the newest line.
    serial: u64,
}

/// Unlocks it. Closing it would do so too, unless a process that is being started just now has a
/// copy of it.
impl Drop for ManifestFile {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
impl ManifestFile {
    pub(crate) fn copy(&self) -> File {
        self.file.try_clone().unwrap()
    }
}

impl ManifestFile {
    /// A new file.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when the path is taken, and those of the disk.
    pub(crate) fn create(
        path: &Path,
        manifest: &PartManifest,
        key: &Arc<UserKey>,
    ) -> io::Result<Self> {
        let file = create_private(path)?;
        lock(&file)?;
        let mut new = Self {
            file,
            path: path.to_owned(),
            key: key.clone(),
            serial: 0,
        };
        // Both lines, so that no later write makes the file longer.
        let written = new.write(manifest).and_then(|()| new.write(manifest));
        // A manifest with one line is not left behind.
        written.inspect_err(|_| {
            let _ = remove_if_at(&new.file, path);
        })?;
        Ok(new)
    }

    /// Removes a manifest without a part, as a crash leaves it, and returns it: it may name a part
    /// that is set aside, which the `fresh` manifest takes over.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when the manifest is not ours, is in use, or is of another
    /// URL and names a part that is set aside, and those of the disk.
    pub(crate) fn remove_left_over(
        path: &Path,
        fresh: &PartManifest,
        key: &Arc<UserKey>,
    ) -> io::Result<Option<PartManifest>> {
        let (left_over, mut stored) = match Self::open(path, key) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        };
        if stored.lines.is_empty() && left_over.file.metadata()?.len() == 0 {
            // A crash came before the first line was written.
            left_over.remove()?;
            return Ok(None);
        }
        let is_needed = |manifest: &PartManifest| {
            manifest.aside.is_some() && manifest.url_hash != fresh.url_hash
        };
        if !stored.is_ours || stored.lines.iter().any(is_needed) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        left_over.remove()?;
        Ok(Some(stored.lines.swap_remove(0)))
    }

    /// Opens a manifest, and reads it.
    ///
    /// # Errors
    /// [`io::ErrorKind::ResourceBusy`] when it is in use, and those of [`open_own`].
    pub(crate) fn open(path: &Path, key: &Arc<UserKey>) -> io::Result<(Self, StoredManifest)> {
        let file = open_own(path, 1)?;
        lock(&file)?;
        let stored = StoredManifest::parse(&start_of(&file)?, key);
        let serial = stored.lines.first().map_or(0, |manifest| manifest.serial);
        let opened = Self {
            file,
            path: path.to_owned(),
            key: key.clone(),
            serial,
        };
        Ok((opened, stored))
    }

    /// Writes a new line over the older one.
    pub(crate) fn write(&mut self, manifest: &PartManifest) -> io::Result<()> {
        let serial = self.serial.wrapping_add(1);
        let line = PartManifest {
            serial,
            ..manifest.clone()
        }
        .line(&self.key)?;
        self.file
            .seek(SeekFrom::Start(serial % 2 * LINE_BYTES as u64))?;
        self.file.write_all(&line)?;
        self.serial = serial;
        Ok(())
    }

    /// Replaces both lines, which had no valid marks, by lines with marks.
    pub(crate) fn make_ours(&mut self, manifest: &PartManifest) -> io::Result<()> {
        keep_private(&self.file);
        self.write(manifest)?;
        self.write(manifest)
    }

    /// Removes the file, unless another one has taken its path.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn remove(self) -> io::Result<()> {
        remove_if_at(&self.file, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::super::part_hasher::hash_of;
    use super::super::part_manifest::{Aside, MAX_TEXT_BYTES};
    use super::*;
    use crate::fetch::Checksum;

    fn key() -> Arc<UserKey> {
        Arc::new(UserKey::kept_in(None))
    }

    fn manifest(good_bytes: u64) -> PartManifest {
        PartManifest {
            good_bytes,
            good_hash: Checksum::of(b"x").to_string(),
            etag: Some("\"a\"".to_owned()),
            total: Some(u64::MAX),
            ..PartManifest::new("http://h/a".to_owned(), hash_of("http://h/a"))
        }
    }

    fn good(path: &Path) -> Vec<u64> {
        let stored = StoredManifest::read(path, &key()).unwrap();
        assert!(stored.is_ours);
        stored
            .lines
            .iter()
            .map(|manifest| manifest.good_bytes)
            .collect()
    }

    #[test]
    fn the_newest_line_comes_first_and_the_one_before_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part.json");
        let mut file = ManifestFile::create(&path, &manifest(0), &key()).unwrap();
        for bytes in 1..=5 {
            file.write(&manifest(bytes)).unwrap();
            assert_eq!(good(&path), [bytes, bytes - 1]);
        }
        let in_use = ManifestFile::open(&path, &key()).unwrap_err();
        assert_eq!(in_use.kind(), io::ErrorKind::ResourceBusy);
        drop(file);
        let (mut file, stored) = ManifestFile::open(&path, &key()).unwrap();
        assert_eq!(stored.lines[0].etag.as_deref(), Some("\"a\""));
        file.write(&manifest(6)).unwrap();
        assert_eq!(good(&path), [6, 5], "the older one was replaced");
        assert_eq!(path.metadata().unwrap().len(), 2 * LINE_BYTES as u64);
    }

    #[test]
    fn a_torn_line_leaves_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part.json");
        let mut file = ManifestFile::create(&path, &manifest(7), &key()).unwrap();
        file.write(&manifest(8)).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for line in [0, LINE_BYTES] {
            let mut torn = bytes.clone();
            torn[line..line + 30].fill(0);
            std::fs::write(&path, torn).unwrap();
            assert_eq!(good(&path), [if line == 0 { 8 } else { 7 }]);
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_record_and_do_no_harm() {
        let mut random = fastrand::Rng::with_seed(3);
        let line = manifest(9).line(&key()).unwrap();
        for _ in 0..3_000 {
            let mut bytes = line.clone();
            for _ in 0..random.usize(1..40) {
                let place = random.usize(..400);
                bytes[place] = random.u8(..);
            }
            bytes.truncate(random.usize(..bytes.len()));
            let stored = StoredManifest::parse(&bytes, &key());
            // What was changed anywhere has no valid mark.
            assert!(!stored.is_ours || bytes.starts_with(line.trim_ascii_end()));
            let noise: Vec<u8> = (0..random.usize(..300)).map(|_| random.u8(..)).collect();
            assert!(StoredManifest::parse(&noise, &key()).lines.is_empty());
        }
        let text = String::from_utf8(line).unwrap();
        let later = text.replace("\"version\":2", "\"version\":3");
        assert!(
            StoredManifest::parse(later.as_bytes(), &key())
                .lines
                .is_empty()
        );
    }

    /// The line that holds, changed in one place.
    #[test]
    fn without_a_valid_mark_a_line_is_nobodys_and_names_nothing() {
        let aside = Some(Aside {
            name: "a.part.old".to_owned(),
            bytes: 3,
        });
        let good = PartManifest {
            aside: aside.clone(),
            ..manifest(9)
        };
        let line = good.line(&key()).unwrap();
        let parse = |line: &[u8], key: &UserKey| {
            let mut stored = StoredManifest::parse(line, key);
            assert_eq!(stored.lines.len(), 1);
            (stored.is_ours, stored.lines.remove(0).aside)
        };
        assert_eq!(parse(&line, &key()), (true, aside));
        let root = tempfile::tempdir().unwrap();
        let other_key = UserKey::kept_in(Some(root.path().to_owned()));
        assert_eq!(parse(&line, &other_key), (false, None));
        let text = String::from_utf8(line).unwrap();
        for (from, to) in [
            ("[[0,9]]", "[[0,8]]"),
            ("\"mark\":\"", "\"mork\":\""),
            (",\"mark\"", ", \"mark\""),
            ("http://h/a", "http://h/b"),
        ] {
            let changed = text.replace(from, to);
            assert_ne!(changed, text);
            assert_eq!(parse(changed.as_bytes(), &key()), (false, None), "{to}");
        }
        // Beside a marked line, an unmarked one does not count, however new it is.
        let forged = text.replace("\"serial\":0", "\"serial\":77");
        let both = [forged.as_bytes(), text.as_bytes()].concat();
        let stored = StoredManifest::parse(&both, &key());
        assert!(stored.is_ours);
        assert_eq!(stored.lines, [good]);
    }

    #[test]
    fn only_one_range_from_the_first_byte_is_known() {
        let text = String::from_utf8(manifest(9).line(&key()).unwrap()).unwrap();
        let known = |ranges: &str| {
            let text = text.replace("[[0,9]]", ranges);
            !StoredManifest::parse(text.as_bytes(), &key())
                .lines
                .is_empty()
        };
        assert!(known("[[0,9]]") && known("[[0,10]]") && known("[]"));
        for other in ["[[1,9]]", "[[0,4],[5,9]]", "[[0,0]]", "9", "[[0]]"] {
            assert!(!known(other), "{other}");
        }
    }

    #[test]
    fn half_a_record_is_not_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part.json");
        let too_long = PartManifest {
            name: "n".repeat(LINE_BYTES),
            ..manifest(0)
        };
        ManifestFile::create(&path, &too_long, &key()).unwrap_err();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_too_long_is_left_out() {
        let long = PartManifest {
            url: "u".repeat(30_000),
            etag: Some("\0".repeat(60_000)),
            ..manifest(1)
        };
        let kept = &StoredManifest::parse(&long.line(&key()).unwrap(), &key()).lines[0];
        assert_eq!((kept.url.as_str(), &kept.etag), ("", &None));
        assert_eq!(kept.good_bytes, 1);
        let controls = PartManifest {
            url: "\0".repeat(MAX_TEXT_BYTES),
            ..manifest(1)
        };
        assert!(controls.line(&key()).is_ok());
    }
}
