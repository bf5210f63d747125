//! Saving a body: a `.part` file while it comes, its final name when it is complete.
//!
//! A file under its final name is always complete, and never one that was there before. A part
//! file is removed when its fetch fails or is cancelled.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::failure::from_disk;
use crate::fetch::FetchError;
use crate::fetch::names::{floor_char_boundary, split_extension};
use crate::settings::{MAX_FILE_NAME_BYTES, MAX_NAME_ATTEMPTS};

/// What is added to the name of a file that is not complete.
const PART_SUFFIX: &str = ".part";

/// A file that is being written. Dropping it before [`PartFile::finish`] removes it.
#[derive(Debug)]
pub(super) struct PartFile {
    file: Option<File>,
    folder: PathBuf,
    /// What the file is to be called, unless that is taken.
    name: String,
    part_path: PathBuf,
    /// Whether the part file is still there, and ours: another fetch may take its name at once.
    is_there: bool,
}

impl PartFile {
    /// Creates the part file of `name` in `folder`, and the folder itself where it is missing.
    pub(super) fn create(folder: &Path, name: &str) -> Result<Self, FetchError> {
        fs::create_dir_all(folder).map_err(|error| {
            // A file where the folder should be is not the file that is to be saved.
            let error = match error.kind() {
                io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
                _ => error,
            };
            from_disk(&error, "creating the folder")
        })?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let (part_path, file) = first_free(folder, name, PART_SUFFIX, |path| options.open(path))
            .map_err(|error| from_disk(&error, "creating the file"))?;
        Ok(Self {
            file: Some(file),
            folder: folder.to_owned(),
            name: name.to_owned(),
            part_path,
            is_there: true,
        })
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        file.write_all(bytes)
            .map_err(|error| from_disk(&error, "writing the file"))
    }

    /// Makes what was written durable and gives it its final name, or the next free one of
    /// `name (1)`, `name (2)` … The file must be `length` bytes long, and `may_go_on` is asked
    /// last: making a file durable can take seconds, in which the job may have been cancelled.
    pub(super) fn finish(
        mut self,
        length: u64,
        may_go_on: impl FnOnce() -> Result<(), FetchError>,
    ) -> Result<PathBuf, FetchError> {
        let written = match self.file.take() {
            Some(file) => file
                .sync_all()
                .and_then(|()| file.metadata())
                .map_err(|error| from_disk(&error, "flushing the file"))?
                .len(),
            None => 0,
        };
        if written != length {
            let error = io::Error::other(format!("{written} bytes on disk, {length} received"));
            return Err(from_disk(&error, "checking the file"));
        }
        may_go_on()?;
        let (path, ()) = first_free(&self.folder, &self.name, "", |path| {
            rename_no_replace(&self.part_path, path)
        })
        .map_err(|error| from_disk(&error, "giving the file its name"))?;
        self.is_there = false;
        sync_folder(&self.folder);
        Ok(path)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // Closed first: some systems do not remove an open file.
        drop(self.file.take());
        if self.is_there {
            let _ = fs::remove_file(&self.part_path);
        }
    }
}

/// Does `attempt` with `name`, `name (1)`, `name (2)` … until the name is not taken.
fn first_free<T>(
    folder: &Path,
    name: &str,
    suffix: &str,
    mut attempt: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    for number in 0..MAX_NAME_ATTEMPTS {
        let path = folder.join(with_suffix(&numbered(name, number), suffix));
        match attempt(&path) {
            Ok(value) => return Ok((path, value)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The name of the `number`-th file that wants to be called `name`: `name (1).ext`.
fn numbered(name: &str, number: u32) -> String {
    if number == 0 {
        return name.to_owned();
    }
    let (stem, extension) = split_extension(name);
    let suffix = format!(" ({number}){extension}");
    let room = MAX_FILE_NAME_BYTES.saturating_sub(suffix.len());
    format!("{}{suffix}", &stem[..floor_char_boundary(stem, room)])
}

/// A name with a suffix, in as many bytes as a name may have.
fn with_suffix(name: &str, suffix: &str) -> String {
    let end = floor_char_boundary(name, MAX_FILE_NAME_BYTES - suffix.len());
    format!("{}{suffix}", &name[..end])
}

/// Renames a file to a name that must be free.
fn rename_no_replace(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        // Both names are the same file now, and complete; the old one may as well stay behind.
        Ok(()) => {
            let _ = fs::remove_file(from);
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no hard links. There, an empty file of our own takes the name,
        // and is then replaced.
        Err(_) => {
            OpenOptions::new().write(true).create_new(true).open(to)?;
            fs::rename(from, to).inspect_err(|_| {
                let _ = fs::remove_file(to);
            })
        }
    }
}

/// Makes a new name durable, where the system can do that.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder)
        && let Err(error) = folder.sync_all()
    {
        log::debug!("the folder was not synced: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::ErrorClass;

    fn names_in(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn save(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
        let mut part = PartFile::create(folder, name).unwrap();
        part.write(bytes).unwrap();
        part.finish(bytes.len() as u64, || Ok(())).unwrap()
    }

    #[test]
    fn nothing_that_exists_is_ever_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.txt"), "mine").unwrap();
        fs::create_dir(folder.path().join("a (1).txt")).unwrap();
        assert_eq!(
            save(folder.path(), "a.txt", b"one"),
            folder.path().join("a (2).txt")
        );
        assert_eq!(
            save(folder.path(), "a.txt", b"two"),
            folder.path().join("a (3).txt")
        );
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"mine");
        assert_eq!(fs::read(folder.path().join("a (2).txt")).unwrap(), b"one");
        assert_eq!(
            names_in(folder.path()),
            ["a (1).txt", "a (2).txt", "a (3).txt", "a.txt"]
        );
    }

    #[test]
    fn a_number_goes_before_the_extension() {
        assert_eq!(numbered("a.txt", 0), "a.txt");
        assert_eq!(numbered("a.txt", 1), "a (1).txt");
        assert_eq!(numbered("a.tar.gz", 2), "a (2).tar.gz");
        assert_eq!(numbered("noextension", 3), "noextension (3)");
        let long = numbered(&"y".repeat(255), 12);
        assert!(long.len() == 255 && long.ends_with(" (12)"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_outside_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let target = outside.path().join("victim");
        std::os::unix::fs::symlink(&target, folder.path().join("a")).unwrap();
        std::os::unix::fs::symlink(&target, folder.path().join("a.part")).unwrap();
        assert_eq!(save(folder.path(), "a", b"x"), folder.path().join("a (1)"));
        assert!(!target.exists());
    }

    #[test]
    fn two_that_want_one_name_at_once_both_get_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = PartFile::create(folder.path(), "a").unwrap();
        let mut second = PartFile::create(folder.path(), "a").unwrap();
        second.write(b"second").unwrap();
        first.write(b"first").unwrap();
        let second = second.finish(6, || Ok(())).unwrap();
        let first = first.finish(5, || Ok(())).unwrap();
        assert_eq!(fs::read(second).unwrap(), b"second");
        assert_eq!(fs::read(first).unwrap(), b"first");
        assert_eq!(names_in(folder.path()), ["a", "a (1)"]);
    }

    #[test]
    fn what_is_not_finished_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = PartFile::create(folder.path(), "a").unwrap();
        part.write(b"x").unwrap();
        assert_eq!(names_in(folder.path()), ["a.part"]);
        drop(part);
        let mut part = PartFile::create(folder.path(), "a").unwrap();
        part.write(b"x").unwrap();
        let error = part.finish(2, || Ok(())).unwrap_err();
        assert_eq!(error.class, ErrorClass::Internal);
        assert!(names_in(folder.path()).is_empty());
        let mut part = PartFile::create(folder.path(), "a").unwrap();
        part.write(b"x").unwrap();
        let error = part.finish(1, || Err(FetchError::cancelled())).unwrap_err();
        assert_eq!(error.class, ErrorClass::Cancelled);
        assert!(names_in(folder.path()).is_empty());
    }

    #[test]
    fn a_folder_that_cannot_be_is_a_clear_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = PartFile::create(&file.join("sub"), "a").unwrap_err();
        assert_eq!(error.class, ErrorClass::Permission);
        assert!(!error.hint.is_empty());
    }

    #[test]
    fn the_longest_name_still_has_room_for_its_suffix() {
        let folder = tempfile::tempdir().unwrap();
        let name = "é".repeat(127);
        assert_eq!(save(folder.path(), &name, b"x"), folder.path().join(&name));
    }
}
