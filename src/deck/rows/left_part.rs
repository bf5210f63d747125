//! What of a file an earlier job left.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::fetch::is_default;

/// A part that an earlier job left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::deck) struct LeftPart {
    pub(in crate::deck) path: PathBuf,
    /// How many bytes of the file were there.
    pub(in crate::deck) received: u64,
    /// The length of the whole file, where it was announced.
    pub(in crate::deck) total: Option<u64>,
    /// Whether its job came to an end in this list. A killed process may have left it without what
    /// proves its bytes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(in crate::deck) has_ended: bool,
}
