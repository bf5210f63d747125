//! The free space of a disk.

use std::path::Path;

use super::disk::Disk;
use crate::fetch::{ErrorClass, FetchError, Phase};

/// Checks that the disk of a folder has space for this number of bytes more.
///
/// # Errors
/// Class `disk_full`.
pub(super) fn check_free_space(
    disk: &dyn Disk,
    folder: &Path,
    more_bytes: u64,
) -> Result<(), FetchError> {
    match disk.free_bytes(folder) {
        Ok(free) if free < more_bytes => Err(FetchError::new(
            ErrorClass::DiskFull,
            "There is not enough room on the disk",
        )
        .with_hint("Make room, or save to another folder.")
        .with_detail(format!(
            "{} are needed, {} are free",
            crate::format::bytes(more_bytes),
            crate::format::bytes(free)
        ))
        .in_phase(Phase::Save)),
        // If the system cannot tell, try.
        _ => Ok(()),
    }
}
