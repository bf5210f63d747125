//! Bodies in memory, within a limit, and previews of text.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::response_head::ResponseHead;
use crate::fetch::limits::PREVIEW_MAX_BYTES;
use crate::fetch::media_type::media_type;
use crate::fetch::{ErrorClass, FetchError, Phase};

/// Decodes a body by the coding of its response, to at most `limit_bytes`.
///
/// # Errors
/// Class `too_large` for more bytes, since a small body may decode to gigabytes. Class `protocol`
/// for another coding than announced.
pub(crate) fn decoded(
    body: Vec<u8>,
    head: &ResponseHead,
    limit_bytes: u64,
) -> Result<Vec<u8>, FetchError> {
    let coding = match head.content_encoding.as_deref() {
        None => return Ok(body),
        Some("gzip" | "x-gzip") => "gzip",
        Some(other) => {
            return Err(FetchError::new(
                ErrorClass::Protocol,
                "The server codes the body in a way that was not asked for",
            )
            .with_hint("Save it to a file instead.")
            .with_detail(format!("Content-Encoding: {other}"))
            .in_phase(Phase::Body));
        }
    };
    let mut decoded = Vec::new();
    let mut decoder = MultiGzDecoder::new(body.as_slice()).take(limit_bytes.saturating_add(1));
    decoder.read_to_end(&mut decoded).map_err(|error| {
        FetchError::new(
            ErrorClass::Protocol,
            format!("The body is not what its server says: {coding}"),
        )
        .with_hint("Try again.")
        .with_detail(error.to_string())
        .in_phase(Phase::Body)
    })?;
    if decoded.len() as u64 > limit_bytes {
        return Err(too_large(limit_bytes));
    }
    Ok(decoded)
}

/// The error of a body that exceeds the limit.
pub(crate) fn too_large(limit_bytes: u64) -> FetchError {
    FetchError::new(
        ErrorClass::TooLarge,
        format!(
            "The file is larger than {}",
            crate::format::bytes(limit_bytes)
        ),
    )
    .with_hint("Save it to a file instead, or raise the limit.")
    .in_phase(Phase::Body)
}

/// The text of a body that is saved or counted, kept while it is small.
#[derive(Debug, Default)]
pub(crate) struct Preview(Option<Vec<u8>>);

impl Preview {
    /// Keeps nothing if the body is large or no text, or no preview is wanted.
    pub(crate) fn of(head: &ResponseHead, is_wanted: bool) -> Self {
        let is_small = head
            .length
            .is_none_or(|length| length <= PREVIEW_MAX_BYTES as u64);
        let is_text = head.content_type.as_deref().is_some_and(is_text);
        Self((is_wanted && is_small && is_text).then(Vec::new))
    }

    pub(crate) fn take(&mut self, block: &[u8]) {
        if let Some(bytes) = &mut self.0 {
            if bytes.len() + block.len() > PREVIEW_MAX_BYTES {
                self.0 = None;
            } else {
                bytes.extend_from_slice(block);
            }
        }
    }

    /// The text, if the body stayed small.
    pub(crate) fn text(self, head: &ResponseHead) -> Option<String> {
        let bytes = decoded(self.0?, head, PREVIEW_MAX_BYTES as u64).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Whether a media type is one of text.
fn is_text(content_type: &str) -> bool {
    let media = media_type(content_type);
    media.starts_with("text/")
        || media.ends_with("+json")
        || media.ends_with("+xml")
        || matches!(
            media.as_str(),
            "application/json"
                | "application/xml"
                | "application/javascript"
                | "application/x-ndjson"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn coded(coding: &str) -> ResponseHead {
        ResponseHead {
            content_encoding: Some(coding.to_owned()),
            content_type: Some("text/plain".to_owned()),
            ..ResponseHead::default()
        }
    }

    #[test]
    fn a_text_is_decoded_up_to_its_bound_and_a_bomb_is_an_error() {
        let bomb = gzip(&vec![0; 50_000_000]);
        assert!(bomb.len() < 100_000);
        let error = decoded(bomb, &coded("gzip"), 1000).unwrap_err();
        assert_eq!(error.class, ErrorClass::TooLarge);
        let decode = |bytes: &[u8], limit| decoded(gzip(bytes), &coded("gzip"), limit);
        assert_eq!(decode(b"hello", 5).unwrap(), b"hello");
        assert!(decode(b"hello!", 5).is_err());
        let two = [gzip(b"a"), gzip(b"b")].concat();
        assert_eq!(decoded(two, &coded("gzip"), 5).unwrap(), b"ab");
    }

    #[test]
    fn a_text_that_is_not_coded_as_it_says_is_an_error() {
        let mut wrong = gzip(b"hello");
        let crc = wrong.len() - 8;
        wrong[crc] ^= 1;
        let cut = gzip(b"hello")[..12].to_vec();
        for (bytes, coding) in [
            (wrong, "gzip"),
            (cut, "gzip"),
            (b"plain".to_vec(), "gzip"),
            (b"plain".to_vec(), "br"),
        ] {
            let error = decoded(bytes, &coded(coding), 1000).unwrap_err();
            assert_eq!(error.class, ErrorClass::Protocol, "{error:?}");
        }
    }

    #[test]
    fn only_a_small_text_has_a_preview() {
        let preview_if =
            |is_wanted: bool, content_type: &str, length: Option<u64>, bytes: usize| {
                let head = ResponseHead {
                    length,
                    content_type: Some(content_type.to_owned()),
                    ..ResponseHead::default()
                };
                let mut preview = Preview::of(&head, is_wanted);
                preview.take(&vec![b'x'; bytes]);
                preview.text(&head).map(|text| text.len())
            };
        let preview =
            |content_type: &str, length, bytes| preview_if(true, content_type, length, bytes);
        assert_eq!(preview_if(false, "text/plain", Some(3), 3), None);
        assert_eq!(preview("text/plain; charset=utf-8", Some(3), 3), Some(3));
        assert_eq!(preview("application/problem+json", None, 9), Some(9));
        assert_eq!(preview("image/png", Some(3), 3), None);
        assert_eq!(preview("text/html", Some(1 << 20), 3), None);
        assert_eq!(preview("text/html", None, PREVIEW_MAX_BYTES + 1), None);
    }
}
