//! What is done to a disk, named, so that a test can let each of it fail.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One thing that is done to a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Making the folder.
    CreateFolder,
    /// Creating or opening a file.
    Open,
    /// Writing bytes of the body.
    Write,
    /// Writing down what is known of them.
    Record,
    /// Making what was written durable.
    Flush,
    /// Giving the file its final name.
    Rename,
    /// Making that name durable.
    FlushFolder,
}

/// Asked before each act. The system's says yes to all, and then the act itself may fail.
pub(crate) trait Disk: Debug + Send + Sync {
    /// # Errors
    /// What the act is to fail with.
    fn before(&self, act: Act) -> io::Result<()>;

    /// The bytes that may still be written to the file system of this folder.
    ///
    /// # Errors
    /// When the system does not know.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64>;
}

/// The disks of the system.
#[derive(Debug)]
pub(crate) struct SystemDisk;

impl Disk for SystemDisk {
    fn before(&self, _: Act) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        let mut latest = LATEST_ROOM.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = &*latest
            && room.folder == folder
            && room.free_bytes >= AMPLE_BYTES
            && room.seen_at.elapsed() < ROOM_COUNTS_FOR
        {
            return Ok(room.free_bytes);
        }
        let free_bytes = fs4::available_space(folder)?;
        *latest = Some(Room {
            folder: folder.to_owned(),
            free_bytes,
            seen_at: Instant::now(),
        });
        Ok(free_bytes)
    }
}

/// The room of the folder that was looked at last: many small files are saved in one.
static LATEST_ROOM: Mutex<Option<Room>> = Mutex::new(None);
/// More than any line fills in the time for which a look counts, in bytes.
const AMPLE_BYTES: u64 = 16 * 1024 * 1024 * 1024;
const ROOM_COUNTS_FOR: Duration = Duration::from_secs(1);

struct Room {
    folder: PathBuf,
    free_bytes: u64,
    seen_at: Instant,
}

/// Asks the system to begin to write these bytes of a file to the disk. Whatever it says to that: they are made durable
/// at the end.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn write_back(file: &File, first: u64, length: u64) {
    // That they are not needed any more makes Linux begin at once, and wait for nothing.
    let length = std::num::NonZeroU64::new(length);
    let _hint = rustix::fs::fadvise(file, first, length, rustix::fs::Advice::DontNeed);
}

/// Other systems have no such hint.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn write_back(_: &File, _: u64, _: u64) {}
