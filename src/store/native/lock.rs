//! Which process may write.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::deck::HostKind;

use super::folder::Folder;

/// Who holds a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// A window, or a run without one.
    pub kind: HostKind,
    /// Since when, as seconds since 1970.
    pub since: u64,
}

/// The right to write: until it is dropped, or its process ends.
#[derive(Debug)]
pub(super) struct FolderLock(File);

/// Why a lock was not taken.
pub(super) enum LockError {
    /// Another process holds it; who, where that can be read.
    Held(Option<Holder>),
    Io(io::Error),
}

impl FolderLock {
    pub(super) fn take(folder: &Folder, kind: HostKind) -> Result<Self, LockError> {
        let path = folder.lock();
        let mut file = Folder::open_or_create(&path).map_err(LockError::Io)?;
        let mut locked = file.try_lock();
        if matches!(locked, Err(TryLockError::WouldBlock)) {
            // `is_held` holds it for a moment; who locked it just now says next who it is.
            std::thread::sleep(Duration::from_millis(20));
            locked = file.try_lock();
        }
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read(&path).ok();
                let holder = holder.and_then(|text| serde_json::from_slice(&text).ok());
                return Err(LockError::Held(holder));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        let since_1970 = web_time::SystemTime::UNIX_EPOCH.elapsed();
        let holder = Holder {
            pid: std::process::id(),
            kind,
            since: since_1970.unwrap_or_default().as_secs(),
        };
        let mut write = || {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(serde_json::to_string(&holder)?.as_bytes())
        };
        // On a full disk the lock holds all the same.
        let _ = write();
        Ok(Self(file))
    }
}

/// Whether a process writes the list of a folder now; false also where that cannot be seen.
#[must_use]
pub fn is_held(folder: &Path) -> bool {
    let Ok(file) = File::open(Folder::at(folder).lock()) else {
        return false;
    };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // The file stays: removed, two processes could each hold a lock of that name.
        let _ = self.0.set_len(0);
        let _ = self.0.unlock();
    }
}
