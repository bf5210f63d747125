//! What says that a database is damaged.

use rusqlite::{Error, ErrorCode};

/// Whether an error comes from what is in the file, and not from the disk or from other processes.
pub(super) fn is_damage(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}
