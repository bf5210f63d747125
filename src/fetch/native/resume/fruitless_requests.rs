//! An end to asking a server whose answers contradict each other.

use crate::fetch::{ErrorClass, FetchError, Phase};

/// How many requests in a row may bring no new byte.
const ASKS_WITHOUT_A_BYTE: u32 = 8;

/// Counts requests that brought nothing.
#[derive(Debug, Default)]
pub(crate) struct AskLimit {
    in_vain: u32,
}

impl AskLimit {
    /// Counts one request.
    ///
    /// # Errors
    /// Class `not_resumable` after too many in a row without a new byte.
    pub(crate) fn count(&mut self, has_brought_bytes: bool) -> Result<(), FetchError> {
        self.in_vain = if has_brought_bytes {
            0
        } else {
            self.in_vain + 1
        };
        if self.in_vain < ASKS_WITHOUT_A_BYTE {
            return Ok(());
        }
        Err(FetchError::new(
            ErrorClass::NotResumable,
            "The server's answers about parts of the file contradict each other",
        )
        .with_hint("Try again later, or look for another link; the bytes that came are kept.")
        .in_phase(Phase::FirstByte))
    }
}

/// The failure of a server that has nothing beyond the bytes that are there, though there should be more.
pub(crate) fn nothing_follows() -> FetchError {
    FetchError::new(
        ErrorClass::NotResumable,
        "The server sends nothing beyond what is there",
    )
    .with_hint("Try again later; the bytes that came are kept.")
    .in_phase(Phase::Body)
}
