//! How far an attempt gets beyond all attempts before it.

use std::time::Duration;

use super::part_manifest::Record;
use crate::fetch::limits::{RETRY_ANEW_AFTER, RETRY_ANEW_BYTES};

/// The high-water mark of a download, and what this attempt added to it.
#[derive(Debug, Default)]
pub(crate) struct AttemptProgress {
    high_water_mark: u64,
    /// The mark when the attempt began.
    before: u64,
    /// For how long bytes came.
    receiving: Duration,
}

impl AttemptProgress {
    /// Counts from what is known of a part of an earlier attempt.
    pub(crate) fn start_from(&mut self, known: &Record) {
        self.before = self.before.max(known.farthest());
        self.high_water_mark = self.high_water_mark.max(self.before);
    }

    /// The part has this length, after bytes came for this long.
    pub(crate) fn add(&mut self, length: u64, receiving: Duration) {
        self.high_water_mark = self.high_water_mark.max(length);
        self.receiving += receiving;
    }

    /// How far the download has ever come, in bytes.
    pub(crate) fn high_water_mark(&self) -> u64 {
        self.high_water_mark
    }

    /// Whether this attempt got so much farther than those before it that they do not count any more. The same bytes once
    /// more are no progress.
    pub(crate) fn has_progressed(&self) -> bool {
        let new_bytes = self.high_water_mark.saturating_sub(self.before);
        new_bytes >= RETRY_ANEW_BYTES || (new_bytes > 0 && self.receiving >= RETRY_ANEW_AFTER)
    }
}
