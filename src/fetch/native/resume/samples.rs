//! Comparing samples of the bytes of an earlier try with the server's, where no validator proves that they are of the
//! same file.

use super::resume_decision::is_sample_of;
use crate::fetch::client::connect::agent_pool::Network;
use crate::fetch::client::exchange::body::{self, LastBytes, Place};
use crate::fetch::client::exchange::redirect_chain::{Exchange, exchange};
use crate::fetch::client::exchange::response_head::Answer;
use crate::fetch::client::exchange::send::Ask;
use crate::fetch::client::save::part::Part;
use crate::fetch::client::status_error;
use crate::fetch::limits::RESUME_OVERLAP_BYTES;
use crate::fetch::{FetchError, Request};
use crate::runtime::Token;

/// How many samples are compared beside the overlap, each as long as that.
const SAMPLES: usize = 3;
const SAMPLE_STEP: usize = RESUME_OVERLAP_BYTES as usize;
/// Parts of up to this length are compared whole, in bytes.
const COMPARE_ALL_BYTES: u64 = 256 * 1024;

/// Asks a server for samples.
pub(crate) struct Samples<'a> {
    pub(crate) token: &'a Token,
    pub(crate) network: &'a Network,
    pub(crate) request: &'a Request,
    pub(crate) last_bytes: &'a mut LastBytes,
    /// How many bytes of samples came.
    pub(crate) wire_bytes: u64,
}

impl Samples<'_> {
    /// Compares what is before the overlap, which is compared with what follows it. Yields what was compared, for people;
    /// none when the server has other bytes. Three samples are evidence and no proof; a short part is compared whole.
    pub(crate) fn compare(
        &mut self,
        part: &mut Part,
        overlap_bytes: u64,
    ) -> Result<Option<&'static str>, FetchError> {
        let prefix_bytes = part.length().saturating_sub(overlap_bytes);
        let is_short = part.length() <= COMPARE_ALL_BYTES;
        let firsts: Vec<u64> = if is_short {
            (0..prefix_bytes).step_by(SAMPLE_STEP).collect()
        } else {
            let mut random = fastrand::Rng::new();
            let last = prefix_bytes - RESUME_OVERLAP_BYTES;
            (0..SAMPLES).map(|_| random.u64(..=last)).collect()
        };
        for first in firsts {
            let sample_bytes = RESUME_OVERLAP_BYTES.min(prefix_bytes - first);
            if !self.is_same(part, first, sample_bytes)? {
                return Ok(None);
            }
        }
        Ok(Some(if is_short {
            "compared from the first byte on: no ETag or date proves that it is the same file"
        } else {
            "compared at four places only: no ETag or date proves that the rest is of the same file"
        }))
    }

    /// Whether the server has the same bytes at this place.
    fn is_same(
        &mut self,
        part: &mut Part,
        first: u64,
        sample_bytes: u64,
    ) -> Result<bool, FetchError> {
        let expected = part.read_at(first, sample_bytes)?;
        let ask = Ask::Range {
            first,
            last: first + sample_bytes - 1,
        };
        let Exchange { response, .. } = exchange(self.network, self.request, &ask)?;
        let answer = Answer::of(&response);
        if answer.http_status >= 400 {
            return Err(status_error(&response));
        }
        if !is_sample_of(part.record(), (first, sample_bytes), &answer) {
            return Ok(false);
        }
        let mut got = Vec::new();
        let place = Place {
            first,
            there: part.length(),
        };
        let read = body::read(
            self.token,
            self.request,
            response.into_body(),
            Some(sample_bytes),
            place,
            self.last_bytes,
            |block| {
                got.extend_from_slice(block);
                Ok(())
            },
        );
        self.wire_bytes += got.len() as u64;
        read?;
        Ok(got == expected)
    }
}
