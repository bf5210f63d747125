//! Names in a folder: the first one that is free, moving a file to it without ever replacing another, and whether a file
//! is still where it was.

use std::fs::{self, File, FileType, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::own_files::is_at;
use crate::fetch::limits::{MAX_FILE_NAME_BYTES, MAX_NAME_ATTEMPTS};
use crate::fetch::names::{floor_char_boundary, split_extension};
use crate::fetch::part_names::{
    MANIFEST_SUFFIX, OLD_SUFFIX, PART_SUFFIX, is_part_name, without_old,
};

/// Room for the suffixes of a part and its manifest.
const SUFFIX_BYTES: usize = PART_SUFFIX.len() + MANIFEST_SUFFIX.len();

/// Does `attempt` with `name`, `name (1)`, `name (2)` … until the name is not taken.
pub(crate) fn first_free<T>(
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
pub(crate) fn path_of(folder: &Path, name: &str, number: u32, suffix: &str) -> PathBuf {
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
pub(crate) fn aside_of(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => with_suffix(path, OLD_SUFFIX),
        _ => with_suffix(path, &format!("{OLD_SUFFIX}{number}")),
    }
}

/// True if this is where a part would be set aside: in its folder, under its name with `.old` and digits.
pub(crate) fn is_aside_of(path: &Path, part: &Path) -> bool {
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    let (Some(old), Some(part_name)) = (name(path), name(part)) else {
        return false;
    };
    path.parent() == part.parent() && without_old(&old) == Some(&*part_name)
}

/// The manifest of a part.
pub(crate) fn manifest_of(part: &Path) -> PathBuf {
    with_suffix(part, MANIFEST_SUFFIX)
}

/// A path with a suffix after its whole name.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Renames a file to a name that must be free.
pub(crate) fn rename_no_replace(from: &Path, to: &Path) -> io::Result<()> {
    match rename_if_free(from, to) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            link_and_remove(from, to, |path| fs::remove_file(path))
        }
        result => result,
    }
}

/// Renames a file to a name that must be free, in two steps where the system can do that. After a crash between the two
/// the file has both names; see [`Unproved`](super::unverified::Unproved).
fn link_and_remove(
    from: &Path,
    to: &Path,
    remove: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => remove(from).inspect_err(|_| {
            // A file that keeps its old name as well would be taken for one that is not complete.
            let _ = fs::remove_file(to);
        }),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no hard links. There, an empty file of our own takes the name, and is then replaced.
        Err(_) => {
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

/// Renames a file to a name whose file it replaces. A link there is replaced and not followed. What is neither a file nor
/// a link is never replaced, nor is a file with the name of a part: a download may be writing to it.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] for what is not replaced, and what the system says.
pub(crate) fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    if let Ok(there) = fs::symlink_metadata(to)
        && !is_replaceable(to, there.file_type())
    {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

/// Whether a file may be replaced that is there: it is a file or a link, and no part, which a download may be writing to.
pub(crate) fn is_replaceable(path: &Path, there: FileType) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let is_part = name.is_some_and(is_part_name);
    !is_part && (there.is_file() || there.is_symlink())
}

/// Locks a file that was just made. Another fetch may be looking at it at this moment, for a record that it goes on
/// with; that takes microseconds.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when another one keeps it, or the path leads elsewhere by now.
pub(crate) fn lock_new(file: &File, path: &Path) -> io::Result<()> {
    for _ in 0..100 {
        match lock(file) {
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
            Ok(()) if is_at(file, path)? => return Ok(()),
            Ok(()) => break,
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Locks a file for as long as it is open.
///
/// # Errors
/// [`io::ErrorKind::ResourceBusy`] when another one has the lock.
pub(crate) fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::ResourceBusy.into()),
        // Some file systems have no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Makes the names of a folder durable, where the system can do that.
///
/// # Errors
/// What the disk says. That a folder cannot be opened or flushed at all is no error: some systems cannot do that.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    let Ok(folder) = File::open(folder) else {
        return Ok(());
    };
    match folder.sync_all() {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::Unsupported
                    | io::ErrorKind::PermissionDenied
            ) =>
        {
            log::debug!("the folder was not flushed: {error}");
            Ok(())
        }
        result => result,
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
            let record = manifest_of(&part);
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
        let rename = |from: &str, to: &str| rename_no_replace(&path(from), &path(to));
        let link = |from: &str, to: &str| {
            link_and_remove(&path(from), &path(to), |path| fs::remove_file(path))
        };
        for error in [
            rename("new", "old").unwrap_err(),
            link("new", "old").unwrap_err(),
        ] {
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        }
        link("new", "moved").unwrap();
        rename("moved", "new").unwrap();
        assert!(!path("moved").exists());
        rename_over(&path("new"), &path("old")).unwrap();
        assert_eq!(fs::read(path("old")).unwrap(), b"new");
        fs::create_dir(path("folder")).unwrap();
        assert!(rename_over(&path("old"), &path("folder")).is_err());
        assert!(path("old").exists() && path("folder").is_dir());
    }

    #[test]
    fn an_old_name_that_cannot_be_removed_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("from"), "x").unwrap();
        let refused = |_: &Path| Err(io::ErrorKind::PermissionDenied.into());
        let error = link_and_remove(&path("from"), &path("to"), refused).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(path("from").exists() && !path("to").exists());
    }

    #[test]
    fn a_part_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["x.part", "x.part.json", "x.part.old3"] {
            fs::write(path("new"), "new").unwrap();
            fs::write(path(name), "in use").unwrap();
            let error = rename_over(&path("new"), &path(name)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(path(name)).unwrap(), b"in use");
        }
    }

    #[test]
    fn what_is_aside_has_the_name_of_its_part() {
        let part = Path::new("/d/x.part");
        for number in [0, 1, 12] {
            assert!(is_aside_of(&aside_of(part, number), part));
        }
        for other in [
            "/d/x.part",
            "/d/y.part.old",
            "/e/x.part.old",
            "/d/x.part.old/y",
            "/d/x.part.old.json",
            "/d/x.part.old1a",
        ] {
            assert!(!is_aside_of(Path::new(other), part), "{other}");
        }
        let escape = part.with_file_name("../x.part.old");
        assert!(!is_aside_of(&escape, part));
    }
}
