//! Encoded words (RFC 2047) in file names, as some servers send them and browsers decode them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::Encoding;

/// With or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `text` with its encoded words decoded, or `None` if it has none that can be decoded. A word that
/// cannot be decoded stays.
///
/// Blanks between two encoded words are removed. The bytes of neighbours in one charset are joined
/// before they are decoded: some servers cut words within a character.
pub(super) fn decode_words(text: &str) -> Option<String> {
    let mut decoded = String::new();
    let mut pending: Option<Word> = None;
    let mut found = false;
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        let (before, from_start) = rest.split_at(start);
        let Some((word, after)) = Word::read(from_start) else {
            flush(&mut pending, &mut decoded);
            decoded.push_str(before);
            decoded.push_str("=?");
            rest = &from_start[2..];
            continue;
        };
        found = true;
        let is_next = before.chars().all(char::is_whitespace);
        if !is_next {
            flush(&mut pending, &mut decoded);
            decoded.push_str(before);
        } else if pending.is_none() {
            decoded.push_str(before);
        }
        match &mut pending {
            Some(last) if last.alphabet == word.alphabet => last.bytes.extend(word.bytes),
            _ => {
                flush(&mut pending, &mut decoded);
                pending = Some(word);
            }
        }
        rest = after;
    }
    flush(&mut pending, &mut decoded);
    decoded.push_str(rest);
    found.then_some(decoded)
}

fn flush(pending: &mut Option<Word>, decoded: &mut String) {
    if let Some(word) = pending.take() {
        let (text, _) = word.alphabet.decode_without_bom_handling(&word.bytes);
        decoded.push_str(&text);
    }
}

/// The bytes of an encoded word, and their charset.
struct Word {
    alphabet: &'static Encoding,
    bytes: Vec<u8>,
}

impl Word {
    /// Parses `=?charset?B|Q?text?=` at the beginning of `text`; the second value is the rest.
    fn read(text: &str) -> Option<(Self, &str)> {
        let (label, rest) = text.strip_prefix("=?")?.split_once('?')?;
        let (coding, rest) = rest.split_once('?')?;
        let (coded, rest) = rest.split_once("?=")?;
        // RFC 2231 lets a language follow the alphabet.
        let label = label.split('*').next().unwrap_or_default();
        let alphabet = Encoding::for_label(label.as_bytes())?;
        let bytes = match coding {
            "B" | "b" => BASE64.decode(coded).ok()?,
            "Q" | "q" => quoted_printable(coded),
            _ => return None,
        };
        Some((Self { alphabet, bytes }, rest))
    }
}

/// The Q encoding: `_` is a space, `=XX` a byte.
fn quoted_printable(coded: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(coded.len());
    let mut rest = coded.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (*first, after) {
            (b'_', _) => bytes.push(b' '),
            (b'=', [high, low, after @ ..]) => match hex_pair(*high, *low) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = after;
                }
                None => bytes.push(b'='),
            },
            (byte, _) => bytes.push(byte),
        }
    }
    bytes
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_as_browsers_do() {
        for (text, expected) in [
            ("=?UTF-8?B?Z3LDvMOfZS5wZGY=?=", "grüße.pdf"),
            ("=?utf-8?b?Z3LDvMOfZS5wZGY?=", "grüße.pdf"),
            ("=?UTF-8?Q?gr=C3=BC=C3=9Fe_2.pdf?=", "grüße 2.pdf"),
            ("=?ISO-8859-1?Q?gr=FC=DFe?=.pdf", "grüße.pdf"),
            ("=?UTF-8*de?Q?a?=", "a"),
            ("=?gb2312?B?1tDOxA==?=.txt", "中文.txt"),
            ("=?UTF-8?Q?a_?= \t=?UTF-8?Q?b?=", "a b"),
            ("a =?UTF-8?Q?b?= c", "a b c"),
            // A character cut in two, and neighbours in two alphabets.
            ("=?UTF-8?Q?=C3?= =?UTF-8?Q?=BC?=", "ü"),
            ("=?UTF-8?Q?=C3=BC?= =?iso-8859-1?Q?=FC?=", "üü"),
            ("=?UTF-8?Q?100=?=", "100="),
            ("=?x?= =?UTF-8?Q?b?=", "=?x?= b"),
        ] {
            assert_eq!(decode_words(text).as_deref(), Some(expected), "{text}");
        }
        for plain in [
            "",
            "a=?b",
            "=?UTF-8?B?Z3L",
            "=?klingon?Q?a?=",
            "=?UTF-8?X?a?=",
            "=?UTF-8?B?*?=",
        ] {
            assert_eq!(decode_words(plain), None, "{plain}");
        }
    }
}
