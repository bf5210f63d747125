//! Names in a folder: the first one that is free, moving a file to it without ever replacing another, and whether a file
//! is still where it was.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fetch::names::{floor_char_boundary, split_extension};
use crate::settings::{MAX_FILE_NAME_BYTES, MAX_NAME_ATTEMPTS};

/// What is added to the name of a file that is not complete.
pub(super) const PART_SUFFIX: &str = ".part";
/// What is added to that for the record of it.
pub(super) const RECORD_SUFFIX: &str = ".json";
/// What is added to the name of a part that a fresh one takes the place of, until that is complete.
const OLD_SUFFIX: &str = ".old";
/// Room for all of them.
const SUFFIX_BYTES: usize = PART_SUFFIX.len() + RECORD_SUFFIX.len();

/// Does `attempt` with `name`, `name (1)`, `name (2)` … until the name is not taken.
pub(super) fn first_free<T>(
    folder: &Path,
    name: &str,
    suffix: &str,
    mut attempt: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    for number in 0..MAX_NAME_ATTEMPTS {
        let path = path_of(folder, name, number, suffix);
        match attempt(&path) {
            Ok(value) => return Ok((path, value)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The path of the `number`-th file that wants to be called `name`, with a suffix.
pub(super) fn path_of(folder: &Path, name: &str, number: u32, suffix: &str) -> PathBuf {
    let room = match suffix {
        "" => MAX_FILE_NAME_BYTES,
        _ => MAX_FILE_NAME_BYTES - SUFFIX_BYTES,
    };
    folder.join(format!("{}{suffix}", numbered(name, number, room)))
}

/// The name of the `number`-th file that wants to be called `name`, in as many bytes: `name (1).ext`.
fn numbered(name: &str, number: u32, max_bytes: usize) -> String {
    if number == 0 {
        return name[..floor_char_boundary(name, max_bytes)].to_owned();
    }
    let (stem, extension) = split_extension(name);
    let suffix = format!(" ({number}){extension}");
    let room = max_bytes.saturating_sub(suffix.len());
    format!("{}{suffix}", &stem[..floor_char_boundary(stem, room)])
}

/// Where a file is moved that is to stay aside: the first name of its own that is free.
pub(super) fn aside_of(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => with_suffix(path, OLD_SUFFIX),
        _ => with_suffix(path, &format!("{OLD_SUFFIX}{number}")),
    }
}

/// A path with a suffix after its whole name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// What stands beside a file and has to go before its name is free, since another file may have the name at once.
#[derive(Debug)]
pub(super) struct Companion {
    path: Option<PathBuf>,
    is_gone: bool,
}

impl Companion {
    /// The file of this path, if there is one.
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            is_gone: false,
        }
    }

    /// Removes it.
    pub(super) fn remove(&mut self) {
        if let Some(path) = self.path.take() {
            self.is_gone = true;
            let _ = fs::remove_file(path);
        }
    }

    /// Whether there was one, and it is gone.
    pub(super) fn is_gone(&self) -> bool {
        self.is_gone
    }
}

/// Renames a file to a name that must be free. Its companion goes when the file has its new name beside the old one;
/// where the system gives no file two names, just before it loses the old one.
pub(super) fn rename_no_replace(
    from: &Path,
    to: &Path,
    companion: &mut Companion,
) -> io::Result<()> {
    if companion.path.is_some() {
        return link_and_remove(from, to, companion);
    }
    // Nothing has to be done between two steps: one is enough.
    match rename_if_free(from, to) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            link_and_remove(from, to, companion)
        }
        result => result,
    }
}

/// Renames a file to a name that must be free, in two steps where the system can do that.
fn link_and_remove(from: &Path, to: &Path, companion: &mut Companion) -> io::Result<()> {
    match fs::hard_link(from, to) {
        // Both names are the same file now, and complete; the old one may as well stay behind.
        Ok(()) => {
            companion.remove();
            let _ = fs::remove_file(from);
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no hard links.
        Err(_) => {
            if fs::symlink_metadata(to).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            companion.remove();
            match rename_if_free(from, to) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
                result => return result,
            }
            // There, an empty file of our own takes the name, and is then replaced.
            OpenOptions::new().write(true).create_new(true).open(to)?;
            fs::rename(from, to).inspect_err(|_| {
                let _ = fs::remove_file(to);
            })
        }
    }
}

/// Renames in one step that fails when the name is taken.
///
/// # Errors
/// [`io::ErrorKind::Unsupported`] where there is no such step.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_if_free(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Err(io::ErrorKind::Unsupported.into()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_if_free(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Renames a file to a name whose file it replaces; a link there is replaced and not followed, a folder never.
pub(super) fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    if fs::symlink_metadata(to).is_ok_and(|there| there.is_dir()) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

/// Locks a file that was just made. Another fetch may be looking at it at this moment, for a record that it goes on
/// with; that takes microseconds.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when another one keeps it.
pub(super) fn lock_new(file: &File, path: &Path) -> io::Result<()> {
    for _ in 0..100 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
            // Some file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) if is_at(file, path)? => return Ok(()),
            Ok(()) | Err(TryLockError::Error(_)) => break,
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Whether a path leads to this file.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let opened = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a path leads to this file.
#[cfg(not(unix))]
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let opened = same_file::Handle::from_file(file.try_clone()?)?;
    match same_file::Handle::from_path(path) {
        Ok(there) => Ok(there == opened),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes a new name durable, where the system can do that.
pub(super) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder)
        && let Err(error) = folder.sync_all()
    {
        log::debug!("the folder was not synced: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_has_room_for_its_number_and_its_suffixes() {
        let name = format!("{}.tar.gz", "é".repeat(124));
        assert_eq!(name.len(), MAX_FILE_NAME_BYTES);
        for number in [0, 1, 9_999] {
            let part = path_of(Path::new("/d"), &name, number, PART_SUFFIX);
            let record = with_suffix(&part, RECORD_SUFFIX);
            let length = record.file_name().unwrap().len();
            assert!(length <= MAX_FILE_NAME_BYTES, "{length}");
        }
        let second = path_of(Path::new("/d"), &name, 1, "");
        let second = second.file_name().unwrap().to_str().unwrap();
        assert!(second.ends_with(" (1).tar.gz"), "{second}");
        assert!(second.len() <= MAX_FILE_NAME_BYTES);
    }

    #[test]
    fn what_is_there_is_replaced_only_on_request_and_a_folder_never() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str| fs::write(path(name), name).unwrap();
        write("new");
        write("old");
        let error =
            rename_no_replace(&path("new"), &path("old"), &mut Companion::new(None)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        let error = rename_if_free(&path("new"), &path("old")).unwrap_err();
        assert!(matches!(
            error.kind(),
            io::ErrorKind::AlreadyExists | io::ErrorKind::Unsupported
        ));
        let error =
            link_and_remove(&path("new"), &path("old"), &mut Companion::new(None)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        link_and_remove(&path("new"), &path("moved"), &mut Companion::new(None)).unwrap();
        rename_no_replace(&path("moved"), &path("new"), &mut Companion::new(None)).unwrap();
        assert!(!path("moved").exists());
        rename_over(&path("new"), &path("old")).unwrap();
        assert_eq!(fs::read(path("old")).unwrap(), b"new");
        fs::create_dir(path("folder")).unwrap();
        assert!(rename_over(&path("old"), &path("folder")).is_err());
        assert!(path("old").exists() && path("folder").is_dir());
    }
}
