//! The beat of bars of unknown length.

use std::time::Duration;

const BEAT: Duration = Duration::from_millis(100);

/// Counts up ten times a second in the time that rows move in.
pub(super) fn beat_at(now: Duration) -> u64 {
    u64::try_from(now.as_millis() / BEAT.as_millis()).unwrap_or(u64::MAX)
}
