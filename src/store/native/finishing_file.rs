//! A file that is about to get its final name.

use std::path::PathBuf;

use crate::status::RowId;

/// A file that is about to get its final name, or has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishingFile {
    /// The row that it is of.
    pub row: RowId,
    /// The complete part.
    pub part: PathBuf,
    /// The final name.
    pub path: PathBuf,
    /// Its length in bytes.
    pub length: u64,
    /// The hash of its content.
    pub hash: String,
}
