//! Comparing samples of an incomplete file with the server's, where no validator proves that both
//! are of one version.

use super::part_manifest::PartManifest;
use super::resume_decision::is_sample_of;
use crate::fetch::FetchError;
use crate::fetch::client::exchange::{
    BodyOffset, Exchange, LastRead, RequestKind, ResponseHead, Session, exchange, read_body,
    status_error,
};
use crate::fetch::limits::RESUME_OVERLAP_BYTES;

/// How many samples are compared beside the overlap, each of the same length.
const SAMPLES: usize = 3;
const SAMPLE_STEP: usize = RESUME_OVERLAP_BYTES as usize;
/// Parts of up to this length are compared whole, in bytes.
const COMPARE_ALL_BYTES: u64 = 256 * 1024;

/// A comparison of samples with a server.
pub(crate) struct Samples<'a, R> {
    pub(crate) session: Session<'a>,
    pub(crate) manifest: &'a PartManifest,
    /// Reads that many bytes of the part, from this position on.
    pub(crate) read_part: R,
    pub(crate) last_read: &'a mut LastRead,
    /// How many bytes of samples were received.
    pub(crate) wire_bytes: u64,
}

impl<R: Fn(u64, u64) -> Result<Vec<u8>, FetchError>> Samples<'_, R> {
    /// Compares the bytes before the overlap; the overlap itself is compared when the fetch
    /// continues. Returns what was compared, for people; none if the server has other bytes. Three
    /// samples are evidence and no proof; a short part is compared whole.
    ///
    /// # Errors
    /// Those of the requests, and of reading the part.
    pub(crate) fn compare(
        &mut self,
        overlap_bytes: u64,
    ) -> Result<Option<&'static str>, FetchError> {
        let length = self.manifest.good_bytes;
        let prefix_bytes = length.saturating_sub(overlap_bytes);
        let is_short = length <= COMPARE_ALL_BYTES;
        let firsts: Vec<u64> = if is_short {
            (0..prefix_bytes).step_by(SAMPLE_STEP).collect()
        } else {
            let mut random = fastrand::Rng::new();
            let last = prefix_bytes - RESUME_OVERLAP_BYTES;
            (0..SAMPLES).map(|_| random.u64(..=last)).collect()
        };
        for first in firsts {
            let sample_bytes = RESUME_OVERLAP_BYTES.min(prefix_bytes - first);
            if !self.is_same(first, sample_bytes)? {
                return Ok(None);
            }
        }
        Ok(Some(if is_short {
            "compared from the first byte on: no ETag or date proves that it is the same file"
        } else {
            "compared at four places only: no ETag or date proves that the rest is of the same file"
        }))
    }

    /// Whether the server has the same bytes at this position.
    fn is_same(&mut self, first: u64, sample_bytes: u64) -> Result<bool, FetchError> {
        let expected = (self.read_part)(first, sample_bytes)?;
        let kind = RequestKind::Range {
            first,
            last: first + sample_bytes - 1,
        };
        let Exchange { response, .. } = exchange(self.session, &kind)?;
        let head = ResponseHead::of(&response);
        if head.http_status >= 400 {
            return Err(status_error(self.session.context, &response));
        }
        if !is_sample_of(self.manifest, (first, sample_bytes), &head) {
            return Ok(false);
        }
        let mut received = Vec::new();
        let offset = BodyOffset {
            first,
            received_before: self.manifest.good_bytes,
        };
        let read = read_body(
            self.session,
            response.into_body(),
            Some(sample_bytes),
            offset,
            self.last_read,
            |block| {
                received.extend_from_slice(block);
                Ok(())
            },
        );
        self.wire_bytes += received.len() as u64;
        read?;
        Ok(received == expected)
    }
}
