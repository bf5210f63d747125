//! Every setting with its default and its bounds. What a fetch is bounded by where nobody sets anything is in
//! [`fetch::limits`](crate::fetch::limits).
//!
//! The command line, the Add sheet and the store read the same numbers from here, so that a value
//! which one of them accepts is never refused by another.

mod setting;

use std::fmt;
use std::time::Duration;

use crate::fetch::limits;
pub use crate::fetch::limits::{BACK_OFF_FACTOR, BACK_OFF_FIRST, BACK_OFF_MAX};
pub use setting::Setting;

/// How many jobs run at once; the others wait in the queue.
pub const JOBS_AT_ONCE: Bounded<u32> = Bounded::new("jobs at once", 6, 1, 1_000);

/// How many jobs run at once against one host; the others wait while those of other hosts begin.
pub const JOBS_PER_HOST: Bounded<u32> = Bounded::new("jobs per host", 6, 1, 1_000);

/// How often a failed download is tried again before the job fails.
pub const RETRIES: Bounded<u32> = Bounded::new("retries", limits::DEFAULT_RETRIES, 0, 1_000);

/// How many redirects of one request are followed.
pub const MAX_REDIRECTS: Bounded<u32> =
    Bounded::new("redirects", limits::DEFAULT_MAX_REDIRECTS, 0, 50);

/// How long the lookup of a host's name may take.
pub const RESOLVE_TIMEOUT: Bounded<Duration> = Bounded::new(
    "resolve time-out",
    limits::DEFAULT_RESOLVE_TIMEOUT,
    Duration::from_millis(1),
    Duration::from_secs(24 * 3600),
);

/// How long a connection may take until it can carry a request, the TLS handshake included.
pub const CONNECT_TIMEOUT: Bounded<Duration> = Bounded::new(
    "connect time-out",
    limits::DEFAULT_CONNECT_TIMEOUT,
    Duration::from_millis(1),
    Duration::from_secs(24 * 3600),
);

/// How long a server may take from the request to the end of its response header.
pub const FIRST_BYTE_TIMEOUT: Bounded<Duration> = Bounded::new(
    "first-byte time-out",
    limits::DEFAULT_FIRST_BYTE_TIMEOUT,
    Duration::from_millis(1),
    Duration::from_secs(24 * 3600),
);

/// How long a body may stand still between two reads.
pub const IDLE_TIMEOUT: Bounded<Duration> = Bounded::new(
    "idle time-out",
    limits::DEFAULT_IDLE_TIMEOUT,
    Duration::from_millis(1),
    Duration::from_secs(24 * 3600),
);

/// How long the rows of a host that does not answer wait for it, in the window, before they fail.
pub const HOST_PATIENCE: Bounded<Duration> = Bounded::new(
    "host patience",
    Duration::from_secs(10 * 60),
    Duration::from_secs(1),
    Duration::from_secs(366 * 24 * 3600),
);

/// The same without a window, where somebody may wait for the end.
pub const HOST_PATIENCE_OF_RUN: Duration = Duration::from_secs(2 * 60);

/// How long at most they wait for a host whose name has no address.
pub const UNKNOWN_HOST_PATIENCE: Duration = Duration::from_secs(60);

/// The longest wait between two tries at a host that does not answer.
pub const HOST_BACK_OFF_MAX: Duration = Duration::from_secs(60);

/// A single failure does not make a host dead while a connection to it was opened within this time.
pub const HOST_CONNECTED_LATELY: Duration = Duration::from_secs(30);

/// A row without a first byte lends its slot after this time.
pub const LENDS_AFTER: Duration = Duration::from_secs(3);

/// A row without a first byte at a host that has not answered yet lends its slot to rows of hosts that do after this
/// time: as long as one address has before the next is tried beside it (RFC 8305, section 5).
pub const LENDS_TO_PROVEN_AFTER: Duration = Duration::from_millis(250);

/// Where there is no network, the wait before the first try; each further one waits twice as long.
pub const NETWORK_BACK_OFF_FIRST: Duration = Duration::from_secs(5);

/// The longest of these waits.
pub const NETWORK_BACK_OFF_MAX: Duration = Duration::from_secs(60);

/// So many hosts that fail within [`NETWORK_LOST_WITHIN`] mean that there is no network.
pub const NETWORK_LOST_HOSTS: usize = 3;

/// See [`NETWORK_LOST_HOSTS`].
pub const NETWORK_LOST_WITHIN: Duration = Duration::from_secs(10);

/// The total time of a job, its sleep and its retries included. There is none unless one is given.
pub const TIME_LIMIT: Bounded<Duration> = Bounded::new(
    "time-out of a job",
    Duration::from_secs(366 * 24 * 3600),
    Duration::from_millis(1),
    Duration::from_secs(366 * 24 * 3600),
);

/// The bytes a second of one job, or of all together. There is no limit unless one is given.
pub const RATE_LIMIT: Bounded<u64> = Bounded::new("rate limit", 1 << 50, 1, 1 << 50);

/// The bytes a second below which a body counts as stalled, on the average over the idle time-out. It is off unless it
/// is given: any byte is then a sign of life.
pub const LOW_SPEED: Bounded<u64> = Bounded::new("low speed", 1, 1, 1 << 50);

/// The longest sleep a job may be given before its download.
pub const SLEEP: Bounded<Duration> = Bounded::new(
    "sleep",
    Duration::ZERO,
    Duration::ZERO,
    Duration::from_secs(366 * 24 * 3600),
);

/// How many ended rows stay in the list of the window; beyond it the oldest go.
pub const HISTORY_ROWS: Bounded<u32> =
    Bounded::new("ended jobs in the list", 10_000, 10, 1_000_000);

/// How large everything in the window is, in percent.
pub const SCALE_PERCENT: Bounded<u32> = Bounded::new("scale", 100, 75, 200);

/// By how much the scale grows or shrinks at once, in percent.
pub const SCALE_STEP_PERCENT: u32 = 10;

/// Changed settings are written down at most this often; what was changed since is lost when the process is killed.
pub const SETTINGS_SAVED_EVERY: Duration = Duration::from_secs(1);

/// How many attempts of a row are remembered; the latest are.
pub const ATTEMPTS_KEPT: usize = 50;

/// How many times a row's waits for a slot and its pauses are remembered; the latest are.
pub const PAUSES_KEPT: usize = 64;

/// How many points the rate of a row over its life has while it runs; then neighbours are merged.
pub const RATE_POINTS: usize = 256;

/// The same once it has ended.
pub const RATE_POINTS_AFTER_END: usize = 64;

/// How many of a row's steps are remembered once it has ended; the latest are.
pub const STEPS_AFTER_END: usize = 64;

/// How many of a row's log lines are remembered once it has ended; the latest are.
pub const LOG_LINES_AFTER_END: usize = 40;

/// How many bytes of a log line are remembered once its row has ended.
pub const LOG_LINE_BYTES_AFTER_END: usize = 400;

/// How many bytes of a body's text are remembered once its row has ended.
pub const PREVIEW_BYTES_AFTER_END: usize = 4 * 1024;

/// How many ended rows keep the text of their body; the latest do.
pub const PREVIEWS_KEPT: usize = 1000;

/// For how long a removal or a cancel can be taken back.
pub const UNDO_FOR: Duration = Duration::from_secs(10);

/// For how long at least it can still be taken back once nobody aims at it any more.
pub const UNDO_AFTER_HOLD: Duration = Duration::from_secs(2);

/// How many removals and cancels can be taken back, the last one first.
pub const UNDO_STEPS: usize = 8;

/// How many things that happened are kept.
pub const ACTIVITY_KEPT: usize = 1_000;

/// The longest list of URLs, in lines, that is taken at once from a file, a pipe or the clipboard.
pub const MAX_INPUT_LINES: usize = 1_000_000;

/// The longest list of URLs, in bytes, that ranges and lists in it may stand for.
pub const MAX_EXPANDED_BYTES: usize = 256 * 1024 * 1024;

/// The longest line, or `curl` command over several, that is read as what it says, in bytes: room for a URL and for
/// headers, each of the longest.
pub const MAX_STATEMENT_BYTES: usize = 256 * 1024;

/// The longest text, in bytes, that is put into a field to be changed there; a longer one stays a list beside it.
pub const MAX_TYPED_BYTES: usize = 64 * 1024;

/// How many lines or links of a text are read within one frame.
pub const LINKS_READ_PER_FRAME: usize = 4_000;

/// How many rows are added within one tick. Counted and not timed, so that a virtual clock gives the same every time.
pub const ROWS_ADDED_PER_TICK: usize = 1_000;

/// With how many rows something is done within one tick.
pub const ROWS_DONE_PER_TICK: usize = 500;

/// A setting: what it is called, what it is by default, and what it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded<T> {
    /// What the setting is called in messages.
    pub name: &'static str,
    /// Its value when nobody says otherwise.
    pub default: T,
    /// The smallest value it may have.
    pub min: T,
    /// The largest value it may have.
    pub max: T,
}

impl<T> Bounded<T> {
    const fn new(name: &'static str, default: T, min: T, max: T) -> Self {
        Self {
            name,
            default,
            min,
            max,
        }
    }
}

impl<T: PartialOrd + Copy> Bounded<T> {
    /// The value itself when it is within the bounds.
    ///
    /// # Errors
    /// [`OutOfBounds`] names the setting and what it may be.
    ///
    /// ```
    /// use jobdeck::settings::JOBS_AT_ONCE;
    ///
    /// assert_eq!(JOBS_AT_ONCE.check(3), Ok(3));
    /// let error = JOBS_AT_ONCE.check(0).unwrap_err();
    /// assert_eq!(error.to_string(), "jobs at once must be between 1 and 1000, not 0");
    /// ```
    pub fn check(self, value: T) -> Result<T, OutOfBounds<T>> {
        if value >= self.min && value <= self.max {
            Ok(value)
        } else {
            Err(OutOfBounds {
                setting: self,
                value,
            })
        }
    }

    /// The value, or the nearest one within the bounds: for what a damaged store says.
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

/// A value that a setting may not have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutOfBounds<T> {
    /// The setting and its bounds.
    pub setting: Bounded<T>,
    /// What it was given.
    pub value: T,
}

/// How a setting's value is written in a message.
trait InMessage {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl InMessage for u32 {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl InMessage for u64 {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl InMessage for Duration {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl<T: InMessage> fmt::Display for OutOfBounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be between ", self.setting.name)?;
        self.setting.min.write(f)?;
        f.write_str(" and ")?;
        self.setting.max.write(f)?;
        f.write_str(", not ")?;
        self.value.write(f)
    }
}

impl<T: InMessage + fmt::Debug> std::error::Error for OutOfBounds<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_within_its_own_bounds() {
        for setting in [
            JOBS_AT_ONCE,
            JOBS_PER_HOST,
            RETRIES,
            MAX_REDIRECTS,
            HISTORY_ROWS,
            SCALE_PERCENT,
        ] {
            assert_eq!(setting.check(setting.default), Ok(setting.default));
        }
        for setting in [
            RESOLVE_TIMEOUT,
            CONNECT_TIMEOUT,
            FIRST_BYTE_TIMEOUT,
            IDLE_TIMEOUT,
            HOST_PATIENCE,
            SLEEP,
            TIME_LIMIT,
        ] {
            assert_eq!(setting.check(setting.default), Ok(setting.default));
        }
        for setting in [RATE_LIMIT, LOW_SPEED] {
            assert_eq!(setting.check(setting.default), Ok(setting.default));
        }
    }

    #[test]
    fn what_is_outside_is_refused_by_name_and_clamped_to_the_nearest() {
        let error = IDLE_TIMEOUT.check(Duration::ZERO).unwrap_err();
        assert_eq!(
            error.to_string(),
            "idle time-out must be between 1ms and 86400s, not 0ns"
        );
        assert_eq!(IDLE_TIMEOUT.clamp(Duration::ZERO), IDLE_TIMEOUT.min);
        assert_eq!(JOBS_AT_ONCE.clamp(5_000), 1_000);
        assert_eq!(JOBS_AT_ONCE.clamp(7), 7);
    }
}
