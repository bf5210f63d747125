//! A limit for requests to a server whose responses contradict each other.

use crate::fetch::{ErrorClass, FetchError, Phase};

/// How many requests in a row may bring no new byte.
const MAX_IN_A_ROW: u32 = 8;

/// Counts requests that brought no byte.
#[derive(Debug, Default)]
pub(crate) struct FruitlessRequests {
    in_a_row: u32,
}

impl FruitlessRequests {
    /// Counts one request.
    ///
    /// # Errors
    /// Class `not_resumable` after too many in a row without a new byte.
    pub(crate) fn count(&mut self, has_brought_bytes: bool) -> Result<(), FetchError> {
        self.in_a_row = if has_brought_bytes {
            0
        } else {
            self.in_a_row + 1
        };
        if self.in_a_row < MAX_IN_A_ROW {
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

/// The error of a server that has no bytes beyond those of the part, though there should be more.
pub(crate) fn nothing_follows() -> FetchError {
    FetchError::new(
        ErrorClass::NotResumable,
        "The server sends nothing beyond what is there",
    )
    .with_hint("Try again later; the bytes that came are kept.")
    .in_phase(Phase::Body)
}
