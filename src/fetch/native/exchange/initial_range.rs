//! What an answer to a request for all of a file begins with.

use super::content_range::ContentRange;
use super::response_head::Answer;

/// The first part of a file, or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// The length of its body, in bytes.
    pub(crate) body_bytes: Option<u64>,
    /// The length of the file, in bytes.
    pub(crate) total: Option<u64>,
}

impl Beginning {
    /// What the answer begins with (RFC 9110, section 14.4; some servers send a part with the status 200). None when it
    /// begins elsewhere.
    pub(crate) fn of(answer: &Answer) -> Option<Self> {
        let beginning = |body_bytes, total| Some(Self { body_bytes, total });
        match (answer.http_status, answer.range) {
            // The body is as long as the file: the range is wrong, or of no use.
            (200, Some(ContentRange::Part { total, .. }))
                if total.is_some() && answer.length == total =>
            {
                beginning(total, total)
            }
            (200 | 206, Some(ContentRange::Part { first, last, total })) => {
                let body_bytes = last - first + 1;
                let is_consistent = answer.length.is_none_or(|length| length == body_bytes);
                (first == 0 && is_consistent)
                    .then_some(())
                    .and_then(|()| beginning(Some(body_bytes), total))
            }
            (206, _) => None,
            _ => beginning(answer.length, answer.length),
        }
    }

    /// Whether this is all of the file.
    pub(crate) fn is_whole(&self, answer: &Answer) -> bool {
        match self.total {
            Some(total) => self.body_bytes == Some(total),
            None => answer.range.is_none(),
        }
    }
}
