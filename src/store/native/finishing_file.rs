//! A file that is about to get its final name.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::fetch::CompletePart;
use crate::status::RowId;

/// A file that is about to get its final name, or has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl FinishingFile {
    /// The same, to look for it on the disk.
    #[must_use]
    pub fn complete_part(&self) -> CompletePart<'_> {
        CompletePart {
            part: &self.part,
            path: &self.path,
            length: self.length,
            hash: &self.hash,
        }
    }
}
