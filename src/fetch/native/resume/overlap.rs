//! The overlap: the last bytes of a part, which a response has to repeat.

use crate::fetch::{ErrorClass, FetchError};

/// The bytes that are still to be compared.
pub(crate) struct Overlap<'a> {
    left: &'a [u8],
    has_differed: bool,
}

impl<'a> Overlap<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self {
            left: bytes,
            has_differed: false,
        }
    }

    /// Compares the beginning of a block, and returns the new bytes behind the overlap.
    ///
    /// # Errors
    /// Class `changed` when the bytes differ: the block is of another file.
    pub(crate) fn behind<'b>(&mut self, block: &'b [u8]) -> Result<&'b [u8], FetchError> {
        let (again, new) = block.split_at(block.len().min(self.left.len()));
        let (expected, rest) = self.left.split_at(again.len());
        if again != expected {
            self.has_differed = true;
            return Err(FetchError::new(
                ErrorClass::Changed,
                "The last bytes that are there differ from the server's",
            ));
        }
        self.left = rest;
        Ok(new)
    }

    /// Whether a block was of another file.
    pub(crate) fn has_differed(&self) -> bool {
        self.has_differed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_bytes_follow_only_the_same_ones() {
        let mut overlap = Overlap::of(b"abcd");
        assert_eq!(overlap.behind(b"ab").unwrap(), b"");
        assert_eq!(overlap.behind(b"cdef").unwrap(), b"ef");
        assert_eq!(overlap.behind(b"gh").unwrap(), b"gh");
        assert!(!overlap.has_differed());
        let mut overlap = Overlap::of(b"abcd");
        assert!(overlap.behind(b"abxd").is_err());
        assert!(overlap.has_differed());
    }
}
