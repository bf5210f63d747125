//! How fast a body may come, by its rate limits, and how fast it has to, by the low-speed limit.

use std::time::{Duration, Instant};

use super::client_error::{from_transport, too_slow};
use super::session::Session;
use crate::fetch::limits::{RATE_LIMIT_CHUNK, RATE_LIMIT_LOOK_AGAIN};
use crate::fetch::{FetchError, RateLimit};

/// The pace of one body.
pub(super) struct BodyPace<'a> {
    session: Session<'a>,
    /// When the window of the low-speed limit began.
    window_began: Instant,
    /// How long the job had been paused by then.
    paused_before: Duration,
    /// How long rate limits held the body back since then.
    held: Duration,
    window_bytes: u64,
}

impl<'a> BodyPace<'a> {
    pub(super) fn new(session: Session<'a>) -> Self {
        Self {
            session,
            window_began: Instant::now(),
            paused_before: session.token().paused_time(),
            held: Duration::ZERO,
            window_bytes: 0,
        }
    }

    /// How many bytes may be read at once.
    pub(super) fn chunk_bytes(&self) -> usize {
        let chunks = self.session.request.rate_limits.iter().map(chunk_bytes);
        chunks.min().unwrap_or(usize::MAX)
    }

    /// Counts bytes that were read, and waits until the rate limits allow more.
    ///
    /// # Errors
    /// Class `timeout` when the body is too slow, and those of a wait.
    pub(super) fn count(&mut self, bytes: usize) -> Result<(), FetchError> {
        self.hold(bytes)?;
        self.window_bytes += bytes as u64;
        let Some(least) = self.session.request.low_speed_bytes_per_sec else {
            return Ok(());
        };
        let window = self.session.request.timeouts.idle;
        let paused = (self.session.token().paused_time()).saturating_sub(self.paused_before);
        let active = (self.window_began.elapsed()).saturating_sub(paused + self.held);
        if active < window {
            return Ok(());
        }
        if (self.window_bytes as f64) < least as f64 * active.as_secs_f64() {
            return Err(too_slow(least, window));
        }
        *self = Self::new(self.session);
        Ok(())
    }

    fn hold(&mut self, bytes: usize) -> Result<(), FetchError> {
        let context = self.session.context;
        let limits = self.session.request.rate_limits.iter();
        let positions: Vec<_> = limits
            .map(|limit| (limit, take(limit, bytes, web_time::Instant::now())))
            .collect();
        for (limit, position) in positions {
            while let Some(wait) = wait_for(limit, position, web_time::Instant::now()) {
                // The fetch does not wait for the server here: no time-out of the server's runs.
                context.restart_clock();
                let began = Instant::now();
                let paused_before = context.token().paused_time();
                let waited = context.wait([], Some(wait));
                waited.map_err(|error| from_transport(context, error))?;
                let paused = (context.token().paused_time()).saturating_sub(paused_before);
                self.held += began.elapsed().saturating_sub(paused);
            }
            context.restart_clock();
        }
        Ok(())
    }
}

/// How many bytes may be read at once under this limit, so that it stays smooth.
fn chunk_bytes(limit: &RateLimit) -> usize {
    let rate = limit.lock().bytes_per_sec.unwrap_or(u64::MAX);
    let chunks_per_sec = Duration::from_secs(1).as_secs_f64() / RATE_LIMIT_CHUNK.as_secs_f64();
    usize::try_from((rate as f64 / chunks_per_sec) as u64)
        .unwrap_or(usize::MAX)
        .max(1)
}

/// Takes bytes of the limit's budget, and returns the position to wait for.
fn take(limit: &RateLimit, bytes: usize, now: web_time::Instant) -> f64 {
    let mut budget = limit.lock();
    budget.advance(now);
    // Budget that was not taken is not saved up.
    budget.taken = budget.taken.max(budget.allowed) + bytes as f64;
    budget.taken
}

/// How long to wait for a position: at most until it has to be asked again, since the limit may
/// change. None when the position was reached.
fn wait_for(limit: &RateLimit, position: f64, now: web_time::Instant) -> Option<Duration> {
    let mut budget = limit.lock();
    budget.advance(now);
    let left = position - budget.allowed;
    let rate = budget.bytes_per_sec?;
    (left > 0.0).then(|| {
        Duration::try_from_secs_f64(left / rate as f64)
            .unwrap_or(RATE_LIMIT_LOOK_AGAIN)
            .clamp(Duration::from_millis(1), RATE_LIMIT_LOOK_AGAIN)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use web_time::Instant;

    /// Reads for ten virtual seconds with this many readers; gives what each has read.
    fn read(limit: &RateLimit, readers: usize, from: Instant) -> Vec<usize> {
        let mut read = vec![0; readers];
        let mut waits: Vec<Option<f64>> = vec![None; readers];
        for millis in 0..10_000 {
            let now = from + Duration::from_millis(millis);
            for (read, wait) in read.iter_mut().zip(&mut waits) {
                if wait.is_none_or(|position| wait_for(limit, position, now).is_none()) {
                    let chunk = chunk_bytes(limit).min(65_536);
                    *wait = Some(take(limit, chunk, now));
                    *read += chunk;
                }
            }
        }
        read
    }

    #[test]
    fn readers_share_a_limit_evenly_and_keep_it() {
        let limit = RateLimit::new(Some(100_000));
        let read = read(&limit, 4, Instant::now());
        let sum: usize = read.iter().sum();
        assert!((980_000..=1_020_000).contains(&sum), "{read:?}");
        assert!(
            read.iter().all(|read| (230_000..270_000).contains(read)),
            "{read:?}"
        );
    }

    #[test]
    fn what_nobody_read_is_not_saved_up() {
        let limit = RateLimit::new(Some(1_000));
        let now = Instant::now();
        let position = take(&limit, 100, now + Duration::from_secs(3_600));
        let wait = wait_for(&limit, position, now + Duration::from_secs(3_600));
        assert_eq!(wait, Some(RATE_LIMIT_LOOK_AGAIN));
        assert!(wait_for(&limit, position, now + Duration::from_millis(3_600_101)).is_none());
    }

    #[test]
    fn a_change_counts_at_once() {
        let limit = RateLimit::new(Some(1));
        let now = Instant::now();
        let position = take(&limit, 1_000_000, now);
        assert!(wait_for(&limit, position, now).is_some());
        limit.set(None);
        assert!(wait_for(&limit, position, now).is_none());
        limit.set(Some(0));
        assert_eq!(limit.bytes_per_sec(), Some(1));
        assert_eq!(chunk_bytes(&limit), 1);
        assert_eq!(take(&RateLimit::new(Some(u64::MAX)), 1, now), 1.0);
    }
}
