//! Opening, locking and removing files in folders to which other users may write: no symbolic link
//! is followed, no FIFO blocks, and files of others are left alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Creates a file that only this user may open. It must not exist.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    system::make_private(&mut options);
    options.open(path)
}

/// Creates a private file, or takes an empty one that a crash left, and locks it.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where another fetch has it, and the system's other errors. What
/// is at the path stays then: another one that found it empty, before it was locked here, uses it.
pub(crate) fn create_locked(path: &Path) -> io::Result<File> {
    create_locked_after(path, || ())
}

/// Calls `created` before it locks what it created.
fn create_locked_after(path: &Path, created: impl FnOnce()) -> io::Result<File> {
    match create_private(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => take_empty(path),
        file => {
            let file = file?;
            created();
            lock_new(&file, path)?;
            Ok(file)
        }
    }
}

/// Opens an empty private file of this user, as a crash leaves it.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] for any other file, one that is in use, and where files cannot
/// be locked.
fn take_empty(path: &Path) -> io::Result<File> {
    let taken = || io::Error::from(io::ErrorKind::AlreadyExists);
    let file = open_own(path, 1).map_err(|_| taken())?;
    file.try_lock().map_err(|_| taken())?;
    // Another download writes only under a lock, so the file stays empty.
    let is_empty = file.metadata()?.len() == 0 && is_private(&file)? && is_at(&file, path)?;
    is_empty.then_some(file).ok_or_else(taken)
}

/// Opens an existing file of this user for reading and writing: a regular file with at most
/// `max_links` names.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] if there is none, [`io::ErrorKind::InvalidInput`] if it is another
/// kind of file, has more names or belongs to another user, and the system's other errors.
pub(crate) fn open_own(path: &Path, max_links: u64) -> io::Result<File> {
    check_regular(&fs::symlink_metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    let file = system::open_in_place(&mut options, path)?;
    // Another file may have taken the path since.
    let opened = file.metadata()?;
    check_regular(&opened)?;
    if system::links(&opened) > max_links || !system::is_own(&opened, path)? {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(file)
}

/// Opens an existing regular file for reading.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if it is another kind of file, and the system's other errors.
pub(crate) fn open_to_read(path: &Path) -> io::Result<File> {
    check_regular(&fs::symlink_metadata(path)?)?;
    let mut options = OpenOptions::new();
    let file = system::open_in_place(options.read(true), path)?;
    check_regular(&file.metadata()?)?;
    Ok(file)
}

/// Checks the kind before opening: that of a FIFO or a device can have side effects.
fn check_regular(there: &fs::Metadata) -> io::Result<()> {
    match there.is_file() {
        true => Ok(()),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Whether a path leads to this file itself, and not to a symbolic link to it.
pub(crate) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_file() => system::is_same(file, &there, path),
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the path of an open file, unless it leads to another file by now.
///
/// # Errors
/// Those of the system, and [`io::ErrorKind::NotFound`].
pub(crate) fn remove_if_at(file: &File, path: &Path) -> io::Result<()> {
    match is_at(file, path)? {
        true => fs::remove_file(path),
        false => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Locks a file that was just created. Another fetch that searches a part may hold the lock for
/// some microseconds.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when another fetch keeps the lock, or the path leads to another
/// file by now.
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
/// [`io::ErrorKind::ResourceBusy`] when it is locked.
pub(crate) fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::ResourceBusy.into()),
        // Some file systems have no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// The number of hard links to a file; 1 where the system does not say.
pub(crate) fn links(file: &File) -> io::Result<u64> {
    Ok(system::links(&file.metadata()?))
}

/// Gives a private file the mode that new files have: 0666 without the bits of the umask.
pub(crate) fn open_to_others(file: &File) {
    system::set_mode(file, 0o666 & !system::umask());
}

/// Removes all rights of other users.
pub(crate) fn keep_private(file: &File) {
    system::set_mode(file, 0o600);
}

/// Whether an open file is a regular one of this user, to which no other user has any right.
pub(crate) fn is_private(file: &File) -> io::Result<bool> {
    let there = file.metadata()?;
    Ok(there.is_file() && system::is_private(&there))
}

/// Whether a folder belongs to this user.
pub(crate) fn is_own_folder(path: &Path) -> io::Result<bool> {
    Ok(system::is_of_this_user(&fs::metadata(path)?))
}

/// Creates a folder, and those above it, that only this user may enter. Folders that exist stay as
/// they are.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    system::make_folder_private(&mut builder);
    builder.create(path)
}

#[cfg(unix)]
mod system {
    use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
    };
    use std::path::Path;
    use std::sync::OnceLock;

    use rustix::fs::OFlags;

    pub(super) fn make_private(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    pub(super) fn make_folder_private(builder: &mut DirBuilder) {
        builder.mode(0o700);
    }

    /// Neither follows a link nor waits for the other end of a FIFO.
    pub(super) fn open_in_place(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        options.custom_flags(flags.cast_signed()).open(path)
    }

    pub(super) fn links(there: &Metadata) -> u64 {
        there.nlink()
    }

    pub(super) fn is_of_this_user(there: &Metadata) -> bool {
        there.uid() == rustix::process::geteuid().as_raw()
    }

    pub(super) fn is_private(there: &Metadata) -> bool {
        is_of_this_user(there) && there.mode() & 0o077 == 0
    }

    /// On some network file systems all files belong to one other user, also those that this user
    /// creates. A probe file tells.
    pub(super) fn is_own(there: &Metadata, path: &Path) -> io::Result<bool> {
        if is_of_this_user(there) {
            return Ok(true);
        }
        let name = format!(".jobdeck-{:016x}", fastrand::u64(..));
        let probe = path.with_file_name(name);
        let made = super::create_private(&probe)?.metadata();
        fs::remove_file(&probe)?;
        let made = made?;
        Ok(!is_of_this_user(&made) && made.uid() == there.uid())
    }

    pub(super) fn is_same(file: &File, there: &Metadata, _: &Path) -> io::Result<bool> {
        let opened = file.metadata()?;
        Ok((there.dev(), there.ino()) == (opened.dev(), opened.ino()))
    }

    pub(super) fn set_mode(file: &File, mode: u32) {
        if let Err(error) = file.set_permissions(Permissions::from_mode(mode)) {
            // Some file systems have no modes.
            log::debug!("the mode of a file was not set: {error}");
        }
    }

    /// The umask, read once. Reading it by `umask(2)` would change it for a moment in which other
    /// threads may create files.
    pub(super) fn umask() -> u32 {
        static UMASK: OnceLock<u32> = OnceLock::new();
        *UMASK.get_or_init(|| {
            from_proc()
                .or_else(|| by_probe().ok())
                // If unknown, no rights for others are the safe choice.
                .unwrap_or(0o077)
        })
    }

    /// On Linux.
    fn from_proc() -> Option<u32> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let mut lines = status.lines();
        let text = lines.find_map(|line| line.strip_prefix("Umask:"))?;
        u32::from_str_radix(text.trim(), 8).ok()
    }

    /// Elsewhere, by the mode of a probe file.
    fn by_probe() -> io::Result<u32> {
        let name = format!("jobdeck-{:016x}", fastrand::u64(..));
        let path = std::env::temp_dir().join(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        let there = file.metadata();
        fs::remove_file(&path)?;
        Ok(!there?.mode() & 0o777)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn both_ways_to_the_umask_agree() {
            let probed = by_probe().unwrap() & 0o666;
            if let Some(told) = from_proc() {
                assert_eq!(told & 0o666, probed);
            }
            assert_eq!(umask() & 0o666, probed);
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{DirBuilder, File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    // The access list of the folder protects the files here.
    pub(super) fn make_private(_: &mut OpenOptions) {}

    pub(super) fn make_folder_private(_: &mut DirBuilder) {}

    pub(super) fn open_in_place(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
        options.open(path)
    }

    pub(super) fn links(_: &Metadata) -> u64 {
        1
    }

    pub(super) fn is_of_this_user(_: &Metadata) -> bool {
        true
    }

    pub(super) fn is_private(_: &Metadata) -> bool {
        true
    }

    pub(super) fn is_own(_: &Metadata, _: &Path) -> io::Result<bool> {
        Ok(true)
    }

    pub(super) fn is_same(file: &File, _: &Metadata, path: &Path) -> io::Result<bool> {
        let opened = same_file::Handle::from_file(file.try_clone()?)?;
        match same_file::Handle::from_path(path) {
            Ok(there) => Ok(there == opened),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn set_mode(_: &File, _: u32) {}

    pub(super) fn umask() -> u32 {
        0
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_that_another_took_before_it_was_locked_is_the_other_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.part");
        let mut other = None;
        let created = create_locked_after(&path, || other = Some(take_empty(&path).unwrap()));
        assert_eq!(created.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(is_at(&other.unwrap(), &path).unwrap());
    }

    #[test]
    fn only_regular_files_of_this_user_with_one_name_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let kind = |name: &str| open_own(&at(name), 1).map_err(|error| error.kind());
        create_private(&at("own")).unwrap();
        assert!(kind("own").is_ok());
        assert_eq!(
            fs::metadata(at("own")).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            create_private(&at("own")).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        symlink(at("own"), at("link")).unwrap();
        symlink(at("gone"), at("dangling")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        // Nothing opens the other end: an open that waits would never end.
        let mut mkfifo = std::process::Command::new("mkfifo");
        assert!(mkfifo.arg(at("fifo")).status().unwrap().success());
        let invalid = io::ErrorKind::InvalidInput;
        for name in ["link", "dangling", "folder", "fifo"] {
            assert_eq!(kind(name).unwrap_err(), invalid, "{name}");
            assert!(open_to_read(&at(name)).is_err(), "{name}");
        }
        assert_eq!(kind("gone").unwrap_err(), io::ErrorKind::NotFound);
        fs::hard_link(at("own"), at("second")).unwrap();
        assert_eq!(kind("own").unwrap_err(), invalid);
        assert!(open_own(&at("own"), 2).is_ok());
    }

    #[test]
    fn a_link_to_a_file_is_not_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let file = create_private(&at("file")).unwrap();
        symlink(at("file"), at("link")).unwrap();
        create_private(&at("other")).unwrap();
        assert!(is_at(&file, &at("file")).unwrap());
        for name in ["link", "other", "gone"] {
            assert!(!is_at(&file, &at(name)).unwrap(), "{name}");
            remove_if_at(&file, &at(name)).unwrap_err();
        }
        assert!(at("link").symlink_metadata().is_ok() && at("other").exists());
        remove_if_at(&file, &at("file")).unwrap();
        assert!(!at("file").exists());
    }

    #[test]
    fn a_private_file_can_be_opened_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let file = create_private(&path).unwrap();
        assert!(is_private(&file).unwrap());
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        open_to_others(&file);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions(),
            fs::metadata(&plain).unwrap().permissions()
        );
        keep_private(&file);
        assert!(is_private(&file).unwrap());
    }
}
