//! The key that marks manifests as written by this user: another user, or a server that chooses
//! file names, cannot forge a mark.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::own_files::{
    create_private, create_private_folder, is_own_folder, is_private, open_to_read,
};
use super::rename::rename_no_replace;

/// The length of the key, in bytes.
const KEY_BYTES: usize = 32;
/// The name of its file.
const FILE_NAME: &str = "part-key";

type Key = [u8; KEY_BYTES];

/// The user's key, which is read or created when it is first needed.
#[derive(Debug)]
pub(crate) struct UserKey {
    /// The folder of its file. None: the key is one of this process.
    folder: Option<PathBuf>,
    /// None inside: the system has no random numbers.
    key: OnceLock<Option<Secret>>,
}

/// A key without a `Debug` form.
#[derive(Clone, Copy)]
struct Secret(Key);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl UserKey {
    /// The key in the platform's data folder.
    pub(crate) fn of_the_user() -> Self {
        Self::kept_in(dirs::data_local_dir().map(|folder| folder.join("jobdeck")))
    }

    /// The key in this folder, which is created when it is needed.
    pub(crate) fn kept_in(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            key: OnceLock::new(),
        }
    }

    /// The mark of these bytes, in hexadecimal digits. None if there is no key.
    pub(crate) fn mark(&self, bytes: &[u8]) -> Option<String> {
        let key = self.key()?;
        Some(blake3::keyed_hash(&key.0, bytes).to_hex().to_string())
    }

    /// Whether this is the mark of these bytes.
    pub(crate) fn has_made(&self, mark: &str, bytes: &[u8]) -> bool {
        // Hashes are compared in constant time.
        match (self.key(), blake3::Hash::from_hex(mark)) {
            (Some(key), Ok(mark)) => blake3::keyed_hash(&key.0, bytes) == mark,
            _ => false,
        }
    }

    fn key(&self) -> Option<Secret> {
        *self.key.get_or_init(|| {
            let Some(folder) = &self.folder else {
                return of_the_process();
            };
            match load_or_create(folder) {
                Ok(key) => Some(Secret(key)),
                Err(error) => {
                    let folder = folder.display();
                    log::warn!(
                        "no key can be kept in {folder} ({error}): the next run will not go on with parts by itself"
                    );
                    of_the_process()
                }
            }
        })
    }
}

/// The key of this process, if none can be stored.
fn of_the_process() -> Option<Secret> {
    static KEY: OnceLock<Option<Secret>> = OnceLock::new();
    *KEY.get_or_init(|| random().ok().map(Secret))
}

fn random() -> io::Result<Key> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    Ok(key)
}

/// Reads the key in this folder, or creates it. Concurrent processes end with the same key: it
/// appears under its name complete, and only once.
fn load_or_create(folder: &Path) -> io::Result<Key> {
    let path = folder.join(FILE_NAME);
    match load(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        result => return result,
    }
    // `sudo` may leave the home folder of another user, who could not use a key that is created
    // here.
    let above = folder.ancestors().find(|folder| folder.exists());
    if !above.map_or(Ok(false), is_own_folder)? {
        return Err(io::Error::other("the folder belongs to another user"));
    }
    create_private_folder(folder)?;
    let temporary = folder.join(format!("{FILE_NAME}.{:016x}", fastrand::u64(..)));
    let written = create_private(&temporary).and_then(|mut file| {
        file.write_all(&random()?)?;
        file.sync_all()
    });
    let named = written.and_then(|()| rename_no_replace(&temporary, &path));
    if let Err(error) = named {
        let _ = fs::remove_file(&temporary);
        if error.kind() != io::ErrorKind::AlreadyExists {
            return Err(error);
        }
    }
    load(&path)
}

/// Reads the key, if no other user can have written or read it.
fn load(path: &Path) -> io::Result<Key> {
    let mut file = open_to_read(path)?;
    if !is_private(&file)? {
        return Err(io::Error::other(
            "part-key can be opened by other users, or belongs to one",
        ));
    }
    let mut key = [0; KEY_BYTES];
    file.read_exact(&mut key)?;
    match file.read(&mut [0])? {
        0 => Ok(key),
        _ => Err(io::Error::other("part-key is too long")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark_in(folder: &Path) -> String {
        UserKey::kept_in(Some(folder.to_owned()))
            .mark(b"x")
            .unwrap()
    }

    #[test]
    fn a_key_is_made_once_and_found_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("data/jobdeck");
        let mark = mark_in(&folder);
        assert_eq!(mark_in(&folder), mark);
        assert_ne!(mark_in(&root.path().join("other")), mark);
        let key = UserKey::kept_in(Some(folder.clone()));
        assert!(key.has_made(&mark, b"x"));
        assert!(!key.has_made(&mark, b"y"));
        assert!(!key.has_made("", b"x") && !key.has_made(&"0".repeat(64), b"x"));
        let names: Vec<_> = fs::read_dir(&folder).unwrap().collect();
        assert_eq!(names.len(), 1, "{names:?}");
        assert_eq!(fs::metadata(folder.join(FILE_NAME)).unwrap().len(), 32);
    }

    #[test]
    fn threads_that_begin_at_once_have_the_same_key() {
        for _ in 0..20 {
            let root = tempfile::tempdir().unwrap();
            let folder = root.path().join("jobdeck");
            let marks: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| mark_in(&folder))).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap())
                    .collect()
            });
            assert_eq!(marks.len(), 1);
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        }
    }

    #[test]
    fn without_a_folder_the_key_is_one_of_this_process() {
        let mark = |folder| UserKey::kept_in(folder).mark(b"x").unwrap();
        assert_eq!(mark(None), mark(None));
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(mark(Some(file)), mark(None));
    }

    #[test]
    fn a_key_of_another_length_is_not_used() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(FILE_NAME);
        for bytes in [0, 31, 33] {
            let mut file = create_private(&path).unwrap();
            file.write_all(&vec![7; bytes]).unwrap();
            let unkept = UserKey::kept_in(None).mark(b"x").unwrap();
            assert_eq!(mark_in(root.path()), unkept, "{bytes}");
            fs::remove_file(&path).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_have_seen_or_put_there_is_not_used() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let unkept = UserKey::kept_in(None).mark(b"x").unwrap();
        let root = tempfile::tempdir().unwrap();
        let kept = mark_in(root.path());
        let path = root.path().join(FILE_NAME);
        for mode in [0o644, 0o660, 0o602] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(mark_in(root.path()), unkept, "{mode:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(mark_in(root.path()), kept);
        let elsewhere = root.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert_eq!(mark_in(root.path()), unkept);
    }
}
