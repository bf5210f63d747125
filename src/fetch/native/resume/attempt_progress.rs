//! How many bytes an attempt adds to those of all attempts before it.

use std::time::Duration;

use super::part_manifest::PartManifest;
use crate::fetch::limits::{RETRY_ANEW_AFTER, RETRY_ANEW_BYTES};

/// The high-water mark of a download, and what this attempt added to it.
#[derive(Debug, Default)]
pub(crate) struct AttemptProgress {
    high_water_mark: u64,
    /// The high-water mark when the attempt began.
    before: u64,
    /// How long bytes were received.
    receiving: Duration,
}

impl AttemptProgress {
    /// Counts from the high-water mark of an earlier attempt.
    pub(crate) fn start_from(&mut self, known: &PartManifest) {
        self.before = self.before.max(known.high_water_mark());
        self.high_water_mark = self.high_water_mark.max(self.before);
    }

    /// The part has this length, after bytes were received for this long.
    pub(crate) fn add(&mut self, length: u64, receiving: Duration) {
        self.high_water_mark = self.high_water_mark.max(length);
        self.receiving += receiving;
    }

    /// The most bytes that any attempt of the download had.
    pub(crate) fn high_water_mark(&self) -> u64 {
        self.high_water_mark
    }

    /// Whether this attempt added enough that the count of retries starts again. Receiving the same
    /// bytes once more is no progress.
    pub(crate) fn has_progressed(&self) -> bool {
        let new_bytes = self.high_water_mark.saturating_sub(self.before);
        new_bytes >= RETRY_ANEW_BYTES || (new_bytes > 0 && self.receiving >= RETRY_ANEW_AFTER)
    }
}
