//! Errors of the file system, in words for people.

use std::io;

use crate::fetch::{ErrorClass, FetchError, Phase};

/// Converts an error of an operation on a file or folder. `doing` names the operation.
pub(crate) fn disk_error(error: &io::Error, doing: &str) -> FetchError {
    let (class, message, hint) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            ErrorClass::DiskFull,
            "The disk is full",
            "Make room, or save to another folder.",
        ),
        io::ErrorKind::FileTooLarge => (
            ErrorClass::TooLarge,
            "The disk takes no file of that size",
            "Save to another disk: FAT, for example, takes 4 GB at most.",
        ),
        io::ErrorKind::AlreadyExists => (
            ErrorClass::FileExists,
            "A file of that name is there already",
            "Give another name or another folder.",
        ),
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::InvalidFilename => (
            ErrorClass::Permission,
            "The file cannot be saved there",
            "Choose a folder that exists and that you may write to.",
        ),
        _ => (
            ErrorClass::Internal,
            "The file could not be written",
            "Check the disk, or save to another folder.",
        ),
    };
    FetchError::new(class, message)
        .with_hint(hint)
        .with_detail(format!("{doing}: {error}"))
        .in_phase(Phase::Save)
}
