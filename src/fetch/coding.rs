//! Small codings that more than one file of a fetch needs: percent codes, base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Percent-decoding by the URL standard: anything but `%XX` stays.
pub(crate) fn percent_decoded_bytes(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3);
        match (byte, digits.and_then(hex_pair)) {
            (b'%', Some(value)) => {
                decoded.push(value);
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

/// Percent-decoding of UTF-8; invalid bytes become U+FFFD.
pub(crate) fn percent_decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_decoded_bytes(text)).into_owned()
}

/// Percent-decoding of UTF-8; codes of invalid bytes stay.
pub(crate) fn percent_decoded_text(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('%') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        // A character may have several codes: they are decoded together.
        let codes = rest.as_bytes().chunks_exact(3);
        let bytes: Vec<u8> = codes
            .map_while(|code| hex_pair(code.strip_prefix(b"%")?))
            .collect();
        if bytes.is_empty() {
            decoded.push('%');
            rest = &rest[1..];
            continue;
        }
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            decoded.push_str(chunk.valid());
            at += chunk.valid().len();
            let end = at + chunk.invalid().len();
            decoded.push_str(&rest[3 * at..3 * end]);
            at = end;
        }
        rest = &rest[3 * bytes.len()..];
    }
    decoded.push_str(rest);
    decoded
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| (*byte as char).to_digit(16);
    let (high, low) = (digit(digits.first()?)?, digit(digits.get(1)?)?);
    u8::try_from(high * 16 + low).ok()
}

/// Base64 with padding (RFC 4648), for the one header that needs it.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn percent_decoding_leaves_what_is_not_a_code() {
        assert_eq!(percent_decoded("a%20b%"), "a b%");
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
        assert_eq!(percent_decoded("%C3%BC%ff"), "ü\u{fffd}");
        for (text, expected) in [
            ("a%20b%", "a b%"),
            ("%zz%4", "%zz%4"),
            ("%C3%BC%ff%41é%d6", "ü%ffAé%d6"),
            ("%D6%D0.txt", "%D6%D0.txt"),
            ("%C3", "%C3"),
        ] {
            assert_eq!(percent_decoded_text(text), expected, "{text}");
        }
    }
}
