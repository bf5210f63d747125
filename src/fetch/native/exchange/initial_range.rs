//! The part of a file that a response to a request for all of it contains.

use super::content_range::ContentRange;
use super::response_head::ResponseHead;

/// A range that begins with the first byte of a file: the first part of it, or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InitialRange {
    /// The length of its body, in bytes.
    pub(crate) body_bytes: Option<u64>,
    /// The length of the file, in bytes.
    pub(crate) total: Option<u64>,
}

impl InitialRange {
    /// The range of a response (RFC 9110, section 14.4; some servers send a part with the status
    /// 200). None when it begins elsewhere.
    pub(crate) fn of(head: &ResponseHead) -> Option<Self> {
        let range = |body_bytes, total| Some(Self { body_bytes, total });
        match (head.http_status, head.range) {
            // The body is as long as the file: the header field is wrong or redundant.
            (200, Some(ContentRange::Part { total, .. }))
                if total.is_some() && head.length == total =>
            {
                range(total, total)
            }
            (200 | 206, Some(ContentRange::Part { first, last, total })) => {
                let body_bytes = last - first + 1;
                let is_consistent = head.length.is_none_or(|length| length == body_bytes);
                (first == 0 && is_consistent)
                    .then_some(())
                    .and_then(|()| range(Some(body_bytes), total))
            }
            (206, _) => None,
            _ => range(head.length, head.length),
        }
    }

    /// Whether this is all of the file.
    pub(crate) fn is_whole(&self, head: &ResponseHead) -> bool {
        match self.total {
            Some(total) => self.body_bytes == Some(total),
            None => head.range.is_none(),
        }
    }
}
