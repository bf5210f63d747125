//! Receiving bodies into a part, with the figures of the attempt.

use std::time::Instant;

use ureq::Body;
use ureq::http::Response;

use super::part::Part;
use super::trace_part::trace_part;
use crate::fetch::FetchError;
use crate::fetch::client::exchange::{
    BodyDecoder, BodyOffset, LastRead, Preview, Session, read_body,
};
use crate::fetch::client::resume::AttemptProgress;

/// What one attempt received.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) wire_bytes: u64,
    pub(super) progress: AttemptProgress,
    pub(super) last_read: LastRead,
}

impl Transfer {
    /// Receives a body whose first byte is the file's byte `first`, and gives its blocks to `take`.
    ///
    /// # Errors
    /// Those of the body, of `take` and of the disk, with what the part has and the status of the
    /// response.
    pub(super) fn receive(
        &mut self,
        session: Session<'_>,
        part: &mut Part,
        response: Response<Body>,
        expected: Option<u64>,
        first: u64,
        mut take: impl FnMut(&mut Part, &[u8]) -> Result<(), FetchError>,
    ) -> Result<(), FetchError> {
        trace_part(session.request, Some(part.path()));
        let token = session.token();
        let offset = BodyOffset {
            first,
            received_before: part.length(),
        };
        let began = Instant::now();
        let paused_before = token.paused_time();
        let mut wire_bytes = 0;
        let http_status = response.status().as_u16();
        let result = read_body(
            session,
            response.into_body(),
            expected,
            offset,
            &mut self.last_read,
            |block| {
                wire_bytes += block.len() as u64;
                take(part, block)
            },
        );
        let result = part.settle().and(result);
        self.wire_bytes += wire_bytes;
        let paused = token.paused_time().saturating_sub(paused_before);
        // Silence after the last byte does not count as receiving.
        let until_last_byte = self.last_read.at.saturating_duration_since(began);
        self.progress
            .add(part.length(), until_last_byte.saturating_sub(paused));
        let received = part.length();
        result
            .map_err(|error| FetchError { received, ..error }.with_status(http_status))
            .map(|_| ())
    }

    /// Receives a body from the first byte of the file on, decoded and previewed where that is due.
    ///
    /// # Errors
    /// Those of [`Self::receive`] and of the decoder.
    pub(super) fn receive_all(
        &mut self,
        session: Session<'_>,
        part: &mut Part,
        response: Response<Body>,
        expected: Option<u64>,
        mut decoder: Option<BodyDecoder>,
        mut preview: Preview,
    ) -> Result<Preview, FetchError> {
        self.receive(session, part, response, expected, 0, |part, block| {
            preview.take(block);
            match &mut decoder {
                Some(decoder) => decoder.decode(block, |bytes| part.write_unannounced(bytes)),
                None => part.write(block),
            }
        })?;
        if let Some(decoder) = decoder {
            part.write_unannounced(&decoder.finish()?)?;
            session.token().progress().set_done(part.length());
        }
        Ok(preview)
    }
}
