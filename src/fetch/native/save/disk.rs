//! The operations on a disk, named so that tests can make each of them fail.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An operation on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiskOp {
    CreateFolder,
    /// Creating or opening the part.
    Open,
    /// Writing bytes of the body.
    Write,
    WriteManifest,
    Flush,
    Rename,
    FlushFolder,
}

/// Called before each operation. That of the system allows all of them, and the operation itself
/// may still fail.
pub(crate) trait Disk: Debug + Send + Sync {
    /// # Errors
    /// The error with which the operation is to fail.
    fn before(&self, op: DiskOp) -> io::Result<()>;

    /// The free space of the file system of this folder, in bytes.
    ///
    /// # Errors
    /// When the system cannot tell.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64>;
}

/// The disks of the system.
#[derive(Debug)]
pub(crate) struct SystemDisk;

impl Disk for SystemDisk {
    fn before(&self, _: DiskOp) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        let mut latest = LATEST_SPACE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(space) = &*latest
            && space.folder == folder
            && space.free_bytes >= AMPLE_BYTES
            && space.seen_at.elapsed() < SPACE_COUNTS_FOR
        {
            return Ok(space.free_bytes);
        }
        let free_bytes = fs4::available_space(folder)?;
        *latest = Some(FolderSpace {
            folder: folder.to_owned(),
            free_bytes,
            seen_at: Instant::now(),
        });
        Ok(free_bytes)
    }
}

/// The free space of the last folder: many small files are saved in one.
static LATEST_SPACE: Mutex<Option<FolderSpace>> = Mutex::new(None);
/// More than any connection fills while a cached value counts, in bytes.
const AMPLE_BYTES: u64 = 16 * 1024 * 1024 * 1024;
const SPACE_COUNTS_FOR: Duration = Duration::from_secs(1);

struct FolderSpace {
    folder: PathBuf,
    free_bytes: u64,
    seen_at: Instant,
}

/// Asks the system to begin to write these bytes of a file to the disk. Errors do not matter: the
/// flush at the end makes them durable.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn write_back(file: &File, first: u64, length: u64) {
    // For bytes that are not needed any more Linux starts to write at once, without blocking.
    let length = std::num::NonZeroU64::new(length);
    let _hint = rustix::fs::fadvise(file, first, length, rustix::fs::Advice::DontNeed);
}

/// Other systems have no such hint.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn write_back(_: &File, _: u64, _: u64) {}
