//! Why a store cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::deck::HostKind;

use super::damage::is_damage;
use super::lock::Holder;

/// Why a store cannot be opened: what happened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes it.
    #[error("The list in {} is in use by {}. Close that first, or use another --state-dir.", folder.display(), holder_text(by.as_ref()))]
    Held {
        /// The folder.
        folder: PathBuf,
        /// That process, where it is known.
        by: Option<Holder>,
    },
    /// A later version of the program wrote it.
    #[error(
        "The list was written by a newer jobdeck (version {found} of the list, this one knows {known}): use that one, or another --state-dir."
    )]
    Newer {
        /// The version of the list.
        found: u32,
        /// The latest version that this program knows.
        known: u32,
    },
    /// The disk or folder cannot be written.
    #[error("{} cannot be written: it is read-only. Use another --state-dir.", path.display())]
    ReadOnly {
        /// The folder or file.
        path: PathBuf,
    },
    /// Its user may not write there.
    #[error("{} cannot be written: permission denied. Change its owner or mode, or use another --state-dir.", path.display())]
    Permission {
        /// The folder or file.
        path: PathBuf,
    },
    /// There is no room.
    #[error("There is no room for the list in {}: the disk is full. Make room, or use another --state-dir.", path.display())]
    DiskFull {
        /// The folder or file.
        path: PathBuf,
    },
    /// The folder is something else.
    #[error("{} is not a folder. Use another --state-dir.", path.display())]
    NotAFolder {
        /// What there is.
        path: PathBuf,
    },
    /// The database belongs to another program.
    #[error("{} belongs to another program. Move it away, or use another --state-dir.", path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// Something else.
    #[error("The list in {} cannot be opened: {reason}", path.display())]
    Other {
        /// The folder or file.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
}

fn holder_text(holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => {
            let kind = match holder.kind {
                HostKind::Window => "a jobdeck window",
                HostKind::Run => "a jobdeck run",
            };
            format!("{kind} (process {})", holder.pid)
        }
        None => "another jobdeck".to_owned(),
    }
}

impl OpenError {
    pub(super) fn of_io(error: &io::Error, path: &Path) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Permission { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                Self::NotAFolder { path }
            }
            _ => Self::Other {
                path,
                reason: error.to_string(),
            },
        }
    }

    pub(super) fn of_sqlite(error: &rusqlite::Error, path: &Path) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Self::Permission { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            _ => Self::Other {
                path,
                reason: reason(error),
            },
        }
    }
}

/// What happened, in the words of SQLite where there are no better ones.
fn reason(error: &rusqlite::Error) -> String {
    if is_damage(error) {
        "it is damaged. The next window or run sets it aside and reads what it can.".to_owned()
    } else {
        error.to_string()
    }
}

/// Why something was not done with an open store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store was closed.
    #[error("The list is closed.")]
    Closed,
    /// The database says no.
    #[error("The list cannot be used: {0}")]
    Failed(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(reason(&error))
    }
}
