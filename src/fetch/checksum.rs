//! The expected checksum of a body, and its text form.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// A SHA-256 to compare a complete body with.
///
/// ```
/// use jobdeck::fetch::Checksum;
///
/// let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// let checksum: Checksum = text.parse()?;
/// assert_eq!(checksum.to_string(), text);
/// assert!("md5:00".parse::<Checksum>().is_err());
/// # Ok::<(), jobdeck::fetch::BadChecksum>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checksum([u8; 32]);

/// Why a text is no checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadChecksum {
    /// Another algorithm, or none.
    #[error("only SHA-256 is known: write sha256: and 64 hexadecimal digits")]
    Algorithm,
    /// Another number of digits, or other characters.
    #[error("a SHA-256 has 64 hexadecimal digits")]
    Digits,
}

impl Checksum {
    /// The checksum of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 64 digits alone.
    #[must_use]
    pub fn hex(&self) -> String {
        use fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            // A string takes everything.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// Parses 64 hexadecimal digits, in either case.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        if text.len() != 64 {
            return None;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
        }
        Some(Self(bytes))
    }
}

impl FromStr for Checksum {
    type Err = BadChecksum;

    fn from_str(text: &str) -> Result<Self, BadChecksum> {
        let (algorithm, digits) = text.trim().split_once(':').ok_or(BadChecksum::Algorithm)?;
        let algorithm = algorithm.to_ascii_lowercase();
        if algorithm != "sha256" && algorithm != "sha-256" {
            return Err(BadChecksum::Algorithm);
        }
        Self::from_hex(digits.trim()).ok_or(BadChecksum::Digits)
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An incremental SHA-256.
#[derive(Clone, Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of the bytes so far; more may follow.
    pub(crate) fn so_far(&self) -> Checksum {
        Checksum(self.0.clone().finalize().into())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sixty_four_digits_of_a_known_algorithm_are_taken() {
        let digits = Checksum::of(b"abc").hex();
        // The first example of FIPS 180-4.
        assert_eq!(&digits[..16], "ba7816bf8f01cfea");
        let parse = |text: &str| text.parse::<Checksum>();
        assert_eq!(parse(&format!("sha256:{digits}")), Ok(Checksum::of(b"abc")));
        let shouted = format!(" SHA-256:{} ", digits.to_uppercase());
        assert_eq!(parse(&shouted), Ok(Checksum::of(b"abc")));
        assert_eq!(parse(&digits), Err(BadChecksum::Algorithm));
        assert_eq!(
            parse(&format!("sha512:{digits}")),
            Err(BadChecksum::Algorithm)
        );
        assert_eq!(parse("sha256:"), Err(BadChecksum::Digits));
        assert_eq!(
            parse(&format!("sha256:{digits}0")),
            Err(BadChecksum::Digits)
        );
        let letter = format!("sha256:g{}", &digits[1..]);
        assert_eq!(parse(&letter), Err(BadChecksum::Digits));
        let wide = format!("sha256:{}ä", &digits[..62]);
        assert_eq!(parse(&wide), Err(BadChecksum::Digits));
    }

    #[test]
    fn a_checksum_can_be_read_while_more_goes_in() {
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        assert_eq!(hasher.so_far(), Checksum::of(b"a"));
        hasher.update(b"bc");
        assert_eq!(hasher.so_far(), Checksum::of(b"abc"));
    }
}
