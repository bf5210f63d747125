//! Reading a body to its end, at the pace it may come, into whatever takes it.

use std::io::Read as _;
use std::time::{Duration, Instant};

use ureq::Body;

use super::client_error::{from_read, too_slow};
use crate::fetch::client::connect::fetch_context;
use crate::fetch::limits::{RECORD_EVERY, WRITE_BLOCK_BYTES};
use crate::fetch::{ErrorClass, FetchError, Phase, Request};
use crate::runtime::Token;

/// How much is read at first before it is given on, in bytes.
const FIRST_BLOCK_BYTES: usize = 16 * 1024;

/// Where the body belongs in the file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// The file's byte that the body begins with.
    pub(crate) first: u64,
    /// How many bytes of the file are there already: what is shown never falls below.
    pub(crate) there: u64,
}

/// When bytes last came, and what the pauses of the job were then: a connection that is lost in a pause is no failure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastBytes {
    paused: Duration,
    pub(crate) came_at: Instant,
}

impl LastBytes {
    pub(crate) fn now(token: &Token) -> Self {
        Self {
            paused: token.paused_time(),
            came_at: Instant::now(),
        }
    }

    /// Whether the job was paused since.
    pub(crate) fn has_paused(self, token: &Token) -> bool {
        token.paused_time() > self.paused
    }
}

/// Reads a body, and gives its bytes to `take` block by block. `expected` is its length, where that was announced.
///
/// # Errors
/// Whatever makes it other than what was announced, and what `take` says. All bytes that came before were given to
/// `take`.
pub(crate) fn read(
    token: &Token,
    request: &Request,
    body: Body,
    expected: Option<u64>,
    place: Place,
    last_bytes: &mut LastBytes,
    mut take: impl FnMut(&[u8]) -> Result<(), FetchError>,
) -> Result<u64, FetchError> {
    fetch_context::begin(Phase::Body);
    let mut body = body.into_reader();
    let mut pace = Pace::new(token, request);
    let mut block = vec![0; first_block_bytes(expected)];
    let mut filled = 0;
    let mut given_at = Instant::now();
    let mut received: u64 = 0;
    let end = loop {
        // The transport waits here too, but it is not asked while its buffer still has bytes.
        if let Err(error) = go_on(token) {
            break Err(error);
        }
        let room = (block.len() - filled).min(pace.chunk_bytes());
        let count = match body.read(&mut block[filled..filled + room]) {
            Ok(0) => break Ok(()),
            Ok(count) => count,
            Err(error) => break Err(from_read(error)),
        };
        fetch_context::took();
        filled += count;
        received += count as u64;
        *last_bytes = LastBytes::now(token);
        request.tell(|trace| trace.add_wire_bytes(count as u64));
        token
            .progress()
            .set_done((place.first + received).max(place.there));
        if let Err(error) = pace.came(count) {
            break Err(error);
        }
        if filled == block.len() && filled < WRITE_BLOCK_BYTES {
            // Many bodies never get here: what they need not have is neither taken nor cleared.
            block.resize((filled * 4).min(WRITE_BLOCK_BYTES), 0);
        }
        if filled == block.len() || given_at.elapsed() >= RECORD_EVERY {
            take(&block[..filled])?;
            // The time of our own disk is no silence of the server.
            fetch_context::restart_clock();
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

/// The size of the block that a body is read into at first. One byte more than the body, so that it never has to grow
/// only to see the end.
fn first_block_bytes(expected: Option<u64>) -> usize {
    expected
        .and_then(|expected| usize::try_from(expected).ok())
        .map_or(FIRST_BLOCK_BYTES, |expected| {
            expected.saturating_add(1).min(FIRST_BLOCK_BYTES)
        })
}

/// Goes on unless the job was cancelled; stops here while it is paused.
pub(crate) fn go_on(token: &Token) -> Result<(), FetchError> {
    token.checkpoint().map_err(|_| FetchError::cancelled())
}

/// How fast the body may come, and how fast it has to.
struct Pace<'a> {
    token: &'a Token,
    request: &'a Request,
    /// When the window of the low speed began.
    window_began: Instant,
    /// What does not count since then: pauses before it, and waits for a limit within it.
    paused_before: Duration,
    held: Duration,
    window_bytes: u64,
}

impl<'a> Pace<'a> {
    fn new(token: &'a Token, request: &'a Request) -> Self {
        Self {
            token,
            request,
            window_began: Instant::now(),
            paused_before: token.paused_time(),
            held: Duration::ZERO,
            window_bytes: 0,
        }
    }

    /// How many bytes may be read at once.
    fn chunk_bytes(&self) -> usize {
        let chunks = self
            .request
            .rate_limits
            .iter()
            .map(|limit| limit.chunk_bytes());
        chunks.min().unwrap_or(usize::MAX)
    }

    /// So many bytes came: waits until more may.
    fn came(&mut self, count: usize) -> Result<(), FetchError> {
        self.hold(count)?;
        self.window_bytes += count as u64;
        let Some(least) = self.request.low_speed_bytes_per_sec else {
            return Ok(());
        };
        let window = self.request.timeouts.idle;
        let paused = self.token.paused_time().saturating_sub(self.paused_before);
        let active = (self.window_began.elapsed()).saturating_sub(paused + self.held);
        if active < window {
            return Ok(());
        }
        if (self.window_bytes as f64) < least as f64 * active.as_secs_f64() {
            return Err(too_slow(least, window));
        }
        *self = Self::new(self.token, self.request);
        Ok(())
    }

    fn hold(&mut self, count: usize) -> Result<(), FetchError> {
        let limits = self.request.rate_limits.iter();
        let positions: Vec<_> = limits
            .map(|limit| (limit, limit.take(count, web_time::Instant::now())))
            .collect();
        for (limit, position) in positions {
            while let Some(wait) = limit.wait_for(position, web_time::Instant::now()) {
                // Nobody waits for the server here: its time-outs do not run.
                fetch_context::restart_clock();
                let began = Instant::now();
                let paused_before = self.token.paused_time();
                fetch_context::wait([], Some(wait)).map_err(super::client_error::from_stop)?;
                let paused = self.token.paused_time().saturating_sub(paused_before);
                self.held += began.elapsed().saturating_sub(paused);
            }
            fetch_context::restart_clock();
        }
        Ok(())
    }
}
