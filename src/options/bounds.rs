//! What options are by default, and what they may be.

use std::time::Duration;

use crate::fetch::limits;

/// What an option is by default, and what it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded<T> {
    /// Its value when nothing else is said.
    pub default: T,
    /// The smallest value it may have.
    pub min: T,
    /// The largest value it may have.
    pub max: T,
}

impl<T> Bounded<T> {
    const fn new(default: T, min: T, max: T) -> Self {
        Self { default, min, max }
    }
}

impl Bounded<Duration> {
    /// The time-out of one phase of a fetch.
    const fn phase(default: Duration) -> Self {
        Self::new(
            default,
            Duration::from_millis(1),
            Duration::from_secs(24 * 3600),
        )
    }
}

impl<T: PartialOrd + Copy> Bounded<T> {
    /// Whether the value is within the bounds.
    pub fn holds(self, value: T) -> bool {
        value >= self.min && value <= self.max
    }

    /// The value, or the nearest one within the bounds.
    pub fn clamp(self, value: T) -> T {
        if value > self.max {
            self.max
        } else if value >= self.min {
            value
        } else {
            // Also what is not a number at all, which compares with nothing.
            self.min
        }
    }
}

/// How often a failed download is tried again before the job fails.
pub const RETRIES: Bounded<u32> = Bounded::new(limits::DEFAULT_RETRIES, 0, 1_000);

/// How many redirects of one request are followed.
pub const MAX_REDIRECTS: Bounded<u32> = Bounded::new(limits::DEFAULT_MAX_REDIRECTS, 0, 50);

/// How long the lookup of a host's name may take.
pub(super) const RESOLVE_TIMEOUT: Bounded<Duration> =
    Bounded::phase(limits::DEFAULT_RESOLVE_TIMEOUT);

/// How long opening a connection may take, the TLS handshake included.
pub const CONNECT_TIMEOUT: Bounded<Duration> = Bounded::phase(limits::DEFAULT_CONNECT_TIMEOUT);

/// How long a server may take from the request to the end of its response header.
pub(super) const FIRST_BYTE_TIMEOUT: Bounded<Duration> =
    Bounded::phase(limits::DEFAULT_FIRST_BYTE_TIMEOUT);

/// How long a body may stand still between two reads.
pub(super) const IDLE_TIMEOUT: Bounded<Duration> = Bounded::phase(limits::DEFAULT_IDLE_TIMEOUT);

/// How many jobs run at once; the others wait in the queue.
pub const JOBS_AT_ONCE: Bounded<u32> = Bounded::new(6, 1, 1_000);

/// How many jobs run at once against one host; the others wait while those of other hosts begin.
pub const JOBS_PER_HOST: Bounded<u32> = Bounded::new(6, 1, 1_000);

/// How long the rows of a host that does not answer wait for it, in the window, before they fail.
pub const HOST_PATIENCE: Bounded<Duration> = Bounded::new(
    Duration::from_secs(10 * 60),
    Duration::from_secs(1),
    Duration::from_secs(366 * 24 * 3600),
);

/// The same without a window, where somebody may wait for the end.
pub const HOST_PATIENCE_OF_RUN: Duration = Duration::from_secs(2 * 60);

/// The total time of a job, its sleep and its retries included. There is none unless one is given.
pub const TIME_LIMIT: Bounded<Duration> = Bounded::new(
    Duration::from_secs(366 * 24 * 3600),
    Duration::from_millis(1),
    Duration::from_secs(366 * 24 * 3600),
);

/// The bytes a second of one job, or of all together. There is no limit unless one is given.
pub const RATE_LIMIT: Bounded<u64> = Bounded::new(1 << 50, 1, 1 << 50);

/// The bytes a second below which a body counts as stalled, on the average over the idle time-out.
/// It is off unless it is given: any byte is then a sign of life.
pub(super) const LOW_SPEED: Bounded<u64> = Bounded::new(1, 1, 1 << 50);

/// The longest sleep a job may be given before its download.
pub(super) const SLEEP: Bounded<Duration> = Bounded::new(
    Duration::ZERO,
    Duration::ZERO,
    Duration::from_secs(366 * 24 * 3600),
);

/// How many ended rows stay in the list of the window; beyond it the oldest go.
pub const HISTORY_ROWS: Bounded<u32> = Bounded::new(10_000, 10, 1_000_000);

/// How many ended rows are remembered.
pub const KEPT_ROWS: Bounded<u32> = Bounded::new(100_000, 10, 10_000_000);

/// For how many days ended rows are remembered.
pub const KEPT_DAYS: Bounded<u32> = Bounded::new(90, 1, 36_500);

/// How large everything in the window is, in percent.
pub const SCALE_PERCENT: Bounded<u32> = Bounded::new(100, 75, 200);

/// By how much the scale grows or shrinks at once, in percent.
pub const SCALE_STEP_PERCENT: u32 = 10;

/// The least time between two starts at one host.
pub(super) const HOST_WAIT: Bounded<Duration> = Bounded::new(
    Duration::ZERO,
    Duration::ZERO,
    Duration::from_secs(24 * 3600),
);
