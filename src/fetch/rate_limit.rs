//! How many bytes a second may come: a limit that downloads share, smooth, and changeable while they run.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use web_time::Instant;

use crate::settings::{RATE_LIMIT_CHUNK, RATE_LIMIT_LOOK_AGAIN};

/// A limit for the bytes a second of one download, or of all that share it. Clones are the same limit.
///
/// It is smooth: a download reads no more at once than the limit gives in a twentieth of a second, waits its turn
/// among the others, and nothing is saved up while nobody reads. A change is felt by all within a tenth of a second.
///
/// ```
/// use jobdeck::fetch::{RateLimit, Request};
///
/// let limit = RateLimit::new(Some(2_000_000));
/// let request = Request::get("https://example.com/a.iso")?.with_rate_limit(limit.clone());
/// // While it runs:
/// limit.set(None);
/// assert_eq!(limit.bytes_per_sec(), None);
/// # Ok::<(), jobdeck::fetch::FetchError>(())
/// ```
#[derive(Clone)]
pub struct RateLimit(Arc<Mutex<Pace>>);

/// Where a limit stands. Positions are bytes since the limit began: a reader takes the next ones, and waits until time
/// has come to them.
struct Pace {
    bytes_per_sec: Option<u64>,
    /// What time has come to, at `looked_at`.
    allowed: f64,
    /// What readers have taken.
    taken: f64,
    looked_at: Instant,
}

impl RateLimit {
    /// A limit of so many bytes a second; none lets everything through. Zero counts as one.
    #[must_use]
    pub fn new(bytes_per_sec: Option<u64>) -> Self {
        Self(Arc::new(Mutex::new(Pace {
            bytes_per_sec: bytes_per_sec.map(|rate| rate.max(1)),
            allowed: 0.0,
            taken: 0.0,
            looked_at: Instant::now(),
        })))
    }

    /// Changes it, also for downloads under way.
    pub fn set(&self, bytes_per_sec: Option<u64>) {
        let mut pace = self.lock();
        pace.look(Instant::now());
        pace.bytes_per_sec = bytes_per_sec.map(|rate| rate.max(1));
    }

    /// The bytes a second it allows.
    #[must_use]
    pub fn bytes_per_sec(&self) -> Option<u64> {
        self.lock().bytes_per_sec
    }

    /// How many bytes may be read at once, so that it stays smooth.
    pub(crate) fn chunk_bytes(&self) -> usize {
        let rate = self.lock().bytes_per_sec.unwrap_or(u64::MAX);
        let chunk = Duration::from_secs(1).as_secs_f64() / RATE_LIMIT_CHUNK.as_secs_f64();
        usize::try_from((rate as f64 / chunk) as u64)
            .unwrap_or(usize::MAX)
            .max(1)
    }

    /// So many bytes came; gives the position to wait for.
    pub(crate) fn take(&self, bytes: usize, now: Instant) -> f64 {
        let mut pace = self.lock();
        pace.look(now);
        // What nobody took is not saved up.
        pace.taken = pace.taken.max(pace.allowed) + bytes as f64;
        pace.taken
    }

    /// How long to wait for a position, at most until it should be asked again, since the limit may change; none when
    /// it has come.
    pub(crate) fn wait_for(&self, position: f64, now: Instant) -> Option<Duration> {
        let mut pace = self.lock();
        pace.look(now);
        let left = position - pace.allowed;
        let rate = pace.bytes_per_sec?;
        (left > 0.0).then(|| {
            Duration::try_from_secs_f64(left / rate as f64)
                .unwrap_or(RATE_LIMIT_LOOK_AGAIN)
                .clamp(Duration::from_millis(1), RATE_LIMIT_LOOK_AGAIN)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Pace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace {
    fn look(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.looked_at);
        self.looked_at = self.looked_at.max(now);
        self.allowed = match self.bytes_per_sec {
            // Never beyond what was taken: an idle second gives nothing to a later one.
            Some(rate) => (self.allowed + passed.as_secs_f64() * rate as f64).min(self.taken),
            None => self.taken,
        };
    }
}

impl Default for RateLimit {
    /// No limit yet.
    fn default() -> Self {
        Self::new(None)
    }
}

impl PartialEq for RateLimit {
    /// Whether they are the same limit, not whether they allow the same.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for RateLimit {}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RateLimit")
            .field(&self.bytes_per_sec())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads for ten virtual seconds with this many readers; gives what each has read.
    fn read(limit: &RateLimit, readers: usize, from: Instant) -> Vec<usize> {
        let mut read = vec![0; readers];
        let mut waits: Vec<Option<f64>> = vec![None; readers];
        for millis in 0..10_000 {
            let now = from + Duration::from_millis(millis);
            for (read, wait) in read.iter_mut().zip(&mut waits) {
                if wait.is_none_or(|position| limit.wait_for(position, now).is_none()) {
                    let chunk = limit.chunk_bytes().min(65_536);
                    *wait = Some(limit.take(chunk, now));
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
        let position = limit.take(100, now + Duration::from_secs(3_600));
        let wait = limit.wait_for(position, now + Duration::from_secs(3_600));
        assert_eq!(wait, Some(RATE_LIMIT_LOOK_AGAIN));
        assert!(
            limit
                .wait_for(position, now + Duration::from_millis(3_600_101))
                .is_none()
        );
    }

    #[test]
    fn a_change_counts_at_once() {
        let limit = RateLimit::new(Some(1));
        let now = Instant::now();
        let position = limit.take(1_000_000, now);
        assert!(limit.wait_for(position, now).is_some());
        limit.set(None);
        assert!(limit.wait_for(position, now).is_none());
        limit.set(Some(0));
        assert_eq!(limit.bytes_per_sec(), Some(1));
        assert_eq!(limit.chunk_bytes(), 1);
        assert_eq!(RateLimit::new(Some(u64::MAX)).take(1, now), 1.0);
    }
}
