//! The last bytes of a part, which an answer has to repeat before it may go on.

use crate::fetch::{ErrorClass, FetchError};

/// What is left of them to compare.
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

    /// The bytes of a block that are new, once those before them are compared.
    ///
    /// # Errors
    /// Class `changed` when they differ: the block is another file's.
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

    /// Whether a block was another file's.
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
