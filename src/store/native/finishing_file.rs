//! A file that is about to get its final name.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::fetch::{CompletePart, Fetched};
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
    /// What the fetch yields with it. Earlier versions did not record it.
    #[serde(default)]
    pub fetched: Fetched,
}

impl FinishingFile {
    pub(super) fn new(row: RowId, file: &CompletePart<'_>) -> Self {
        Self {
            row,
            part: file.part.to_owned(),
            path: file.path.to_owned(),
            length: file.length,
            hash: file.hash.to_owned(),
            fetched: file.fetched.clone(),
        }
    }

    /// The same, to look for it on the disk.
    #[must_use]
    pub fn complete_part(&self) -> CompletePart<'_> {
        CompletePart {
            part: &self.part,
            path: &self.path,
            length: self.length,
            hash: &self.hash,
            fetched: &self.fetched,
        }
    }

    /// What its fetch yielded: of an earlier version, the file itself.
    #[must_use]
    pub fn into_fetched(self) -> Fetched {
        if self.fetched.path.is_some() {
            return self.fetched;
        }
        Fetched {
            received: self.length,
            wire_bytes: self.length,
            total: Some(self.length),
            length_announced: true,
            sha256: self.hash.parse().ok(),
            path: Some(self.path),
            ..Fetched::default()
        }
    }
}
