//! Reading a body to its end.

use std::io::Read as _;
use std::time::{Duration, Instant};

use ureq::Body;

use super::client_error::from_read;
use super::pace::BodyPace;
use super::session::Session;
use crate::fetch::limits::{RECORD_EVERY, WRITE_BLOCK_BYTES};
use crate::fetch::{ErrorClass, FetchError, Phase};
use crate::runtime::Token;

/// The size of the first block, in bytes.
const FIRST_BLOCK_BYTES: usize = 16 * 1024;

/// Where a body belongs in its file, for the progress that is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BodyOffset {
    /// The position of the body's first byte in the file.
    pub(crate) first: u64,
    /// How many bytes of the file were received before: the progress never falls below.
    pub(crate) received_before: u64,
}

/// When bytes last came, and how long the job had been paused by then: a connection that is lost in
/// a pause is no failure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastRead {
    paused: Duration,
    pub(crate) at: Instant,
}

impl LastRead {
    pub(crate) fn now(token: &Token) -> Self {
        Self {
            paused: token.paused_time(),
            at: Instant::now(),
        }
    }

    /// Whether an error is the loss of a connection while the job was paused: the fetch continues
    /// on another one.
    pub(crate) fn is_lost_in_pause(self, error: &FetchError, token: &Token) -> bool {
        matches!(error.class, ErrorClass::Truncated | ErrorClass::Connect)
            && token.paused_time() > self.paused
    }
}

/// Reads a body, and gives its bytes to `take` block by block. `expected` is its announced length.
///
/// # Errors
/// Those of the connection and of `take`, and class `truncated` for another length than `expected`.
/// All bytes that came before the error were given to `take`.
pub(crate) fn read(
    session: Session<'_>,
    body: Body,
    expected: Option<u64>,
    offset: BodyOffset,
    last_read: &mut LastRead,
    mut take: impl FnMut(&[u8]) -> Result<(), FetchError>,
) -> Result<u64, FetchError> {
    let Session {
        context, request, ..
    } = session;
    let token = session.token();
    context.begin(Phase::Body);
    let mut body = body.into_reader();
    let mut pace = BodyPace::new(session);
    let mut block = vec![0; first_block_bytes(expected)];
    let mut filled = 0;
    let mut given_at = Instant::now();
    let mut received: u64 = 0;
    let end = loop {
        // The transport blocks in a pause too, but it is not asked while its buffer has bytes.
        if let Err(error) = session.checkpoint() {
            break Err(error);
        }
        let space = (block.len() - filled).min(pace.chunk_bytes());
        let count = match body.read(&mut block[filled..filled + space]) {
            Ok(0) => break Ok(()),
            Ok(count) => count,
            Err(error) => break Err(from_read(context, error)),
        };
        context.received_body();
        filled += count;
        received += count as u64;
        *last_read = LastRead::now(token);
        request.update_trace(|trace| trace.add_wire_bytes(count as u64));
        token
            .progress()
            .set_done((offset.first + received).max(offset.received_before));
        if let Err(error) = pace.count(count) {
            break Err(error);
        }
        if filled == block.len() && filled < WRITE_BLOCK_BYTES {
            // Grown on demand: most bodies are small, and a large block costs its allocation and
            // clearing.
            block.resize((filled * 4).min(WRITE_BLOCK_BYTES), 0);
        }
        if filled == block.len() || given_at.elapsed() >= RECORD_EVERY {
            take(&block[..filled])?;
            // Time that the disk took is no silence of the server.
            context.restart_clock();
            filled = 0;
            given_at = Instant::now();
        }
    };
    take(&block[..filled])?;
    end?;
    if expected.is_some_and(|expected| expected != received) {
        return Err(FetchError::new(
            ErrorClass::Truncated,
            "The file is not as long as the server announced",
        )
        .with_hint("Try again.")
        .in_phase(Phase::Body));
    }
    Ok(received)
}

/// The size of the first block: one byte more than a small body, so that it need not grow to see
/// the end.
fn first_block_bytes(expected: Option<u64>) -> usize {
    expected
        .and_then(|expected| usize::try_from(expected).ok())
        .map_or(FIRST_BLOCK_BYTES, |expected| {
            expected.saturating_add(1).min(FIRST_BLOCK_BYTES)
        })
}
