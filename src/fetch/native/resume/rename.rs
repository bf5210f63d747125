//! Renaming a file to a name that must be free, or over a file that may be replaced.

use std::fs::{self, FileType, OpenOptions};
use std::io;
use std::path::Path;

use crate::fetch::part_names::is_part_name;

/// Renames a file to a name that must be free.
pub(crate) fn rename_no_replace(from: &Path, to: &Path) -> io::Result<()> {
    match rename_if_free(from, to) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            link_and_remove(from, to, |path| fs::remove_file(path))
        }
        result => result,
    }
}

/// Renames a file to a name that must be free, in two steps: link, then unlink. After a crash
/// between the two the file has both names; `Unverified` recognizes that.
fn link_and_remove(
    from: &Path,
    to: &Path,
    remove: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => remove(from).inspect_err(|_| {
            // With its old name as well it would be taken for an incomplete file.
            let _ = fs::remove_file(to);
        }),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems have no hard links: reserve the name with an empty file, and replace
        // that.
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

/// Renames a file to a name that may be taken by a replaceable file. A symbolic link there is
/// replaced, not followed.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] for what is not [replaceable](is_replaceable), and those of the
/// system.
pub(crate) fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    if let Ok(there) = fs::symlink_metadata(to)
        && !is_replaceable(to, there.file_type())
    {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

/// Whether what is at a path may be replaced: a file or a symbolic link, and no part, which a
/// download may be writing to.
pub(crate) fn is_replaceable(path: &Path, there: FileType) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let is_part = name.is_some_and(is_part_name);
    !is_part && (there.is_file() || there.is_symlink())
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_old_name_that_cannot_be_removed_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("from"), "x").unwrap();
        let refused = |_: &Path| Err(io::ErrorKind::PermissionDenied.into());
        let error = link_and_remove(&path("from"), &path("to"), refused).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(path("from").exists() && !path("to").exists());
    }
}
