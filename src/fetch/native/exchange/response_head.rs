//! The header of a response, as far as a fetch needs it.

use ureq::Body;
use ureq::http::{Response, header};

use super::content_range::ContentRange;
use super::transfer_coding;

/// The status and the header fields that a fetch needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResponseHead {
    pub(crate) http_status: u16,
    /// The announced length of the body, where that is valid.
    pub(crate) length: Option<u64>,
    pub(crate) range: Option<ContentRange>,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_disposition: Option<String>,
}

impl ResponseHead {
    pub(crate) fn of(response: &Response<Body>) -> Self {
        let text = |name| header_text(response, name);
        Self {
            http_status: response.status().as_u16(),
            length: announced_length(response),
            range: text(header::CONTENT_RANGE)
                .as_deref()
                .and_then(ContentRange::parse),
            etag: text(header::ETAG),
            last_modified: text(header::LAST_MODIFIED),
            content_type: text(header::CONTENT_TYPE),
            // `identity` is the only coding that does not change the bytes.
            content_encoding: text(header::CONTENT_ENCODING)
                .map(|coding| coding.to_ascii_lowercase())
                .filter(|coding| !coding.is_empty() && coding != "identity"),
            content_disposition: text(header::CONTENT_DISPOSITION),
        }
    }

    /// Whether it describes a file, or a part of one.
    pub(crate) fn is_success(&self) -> bool {
        matches!(self.http_status, 200..=299)
    }
}

/// The announced length of a body, where that is valid.
fn announced_length(response: &Response<Body>) -> Option<u64> {
    response.body().content_length().or_else(|| {
        // The client reports no length for an empty body.
        header_text(response, header::CONTENT_LENGTH)
            .is_some_and(|length| length == "0" && !transfer_coding::is_chunked(response))
            .then_some(0)
    })
}

/// A header as text: UTF-8, or else the alphabet that HTTP once was written in (ISO 8859-1).
/// Servers that escape nothing send either.
pub(crate) fn header_text(response: &Response<Body>, name: header::HeaderName) -> Option<String> {
    let value = response.headers().get(name)?.as_bytes();
    let text = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().copied().map(char::from).collect(),
    };
    Some(text.trim().to_owned())
}
