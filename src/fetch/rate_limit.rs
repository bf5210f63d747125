//! Rate limits that downloads share, smooth, and changeable while they run.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use web_time::Instant;

/// A limit for the bytes a second of one download, or of all that share it. Clones are the same
/// limit.
///
/// It is smooth: a download reads no more at once than the limit allows in a twentieth of a second,
/// waits its turn among the others, and idle time is not saved up. A change takes effect within a
/// tenth of a second.
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
pub struct RateLimit(Arc<Mutex<Budget>>);

/// The budget of a limit. Positions are bytes since the limit was made: a reader takes the next
/// ones, and waits until they are allowed.
pub(super) struct Budget {
    pub(super) bytes_per_sec: Option<u64>,
    /// The position that is allowed, as of `advanced_at`.
    pub(super) allowed: f64,
    /// The position up to which readers have taken bytes.
    pub(super) taken: f64,
    advanced_at: Instant,
}

impl RateLimit {
    /// A limit of this many bytes a second; none is without a limit. Zero counts as one.
    #[must_use]
    pub fn new(bytes_per_sec: Option<u64>) -> Self {
        Self(Arc::new(Mutex::new(Budget {
            bytes_per_sec: bytes_per_sec.map(|rate| rate.max(1)),
            allowed: 0.0,
            taken: 0.0,
            advanced_at: Instant::now(),
        })))
    }

    /// Changes the limit, also for downloads that run.
    pub fn set(&self, bytes_per_sec: Option<u64>) {
        let mut budget = self.lock();
        budget.advance(Instant::now());
        budget.bytes_per_sec = bytes_per_sec.map(|rate| rate.max(1));
    }

    /// The bytes a second it allows.
    #[must_use]
    pub fn bytes_per_sec(&self) -> Option<u64> {
        self.lock().bytes_per_sec
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Budget> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Budget {
    /// Allows what the rate allows until `now`.
    pub(super) fn advance(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.advanced_at);
        self.advanced_at = self.advanced_at.max(now);
        self.allowed = match self.bytes_per_sec {
            // Not beyond what was taken: an idle second leaves nothing for a later one.
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
