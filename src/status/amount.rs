//! How much of something there is.

use crate::format::{self, UNKNOWN};
use crate::runtime::{Job, ProgressUnit};

/// How much of a row is done, of how much, and in what it is counted.
///
/// ```
/// use jobdeck::view::Amount;
///
/// assert_eq!(Amount::items(Some(38), Some(40)).text(), "38 of 40");
/// assert_eq!(Amount::bytes(Some(2_700_000), Some(3_800_000)).text(), "2.7 / 3.8 MB");
/// assert_eq!(Amount::bytes(None, None).text(), "–");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Amount {
    /// How much is done; `None` before anything is known of it.
    pub done: Option<u64>,
    /// How much there is in all; `None` if unknown.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: ProgressUnit,
}

impl Amount {
    /// An amount of things of any kind.
    #[must_use]
    pub const fn items(done: Option<u64>, total: Option<u64>) -> Self {
        Self {
            done,
            total,
            unit: ProgressUnit::Items,
        }
    }

    /// An amount of bytes.
    #[must_use]
    pub const fn bytes(done: Option<u64>, total: Option<u64>) -> Self {
        Self {
            done,
            total,
            unit: ProgressUnit::Bytes,
        }
    }

    /// The progress that a job reports; unknown before it reports any.
    #[must_use]
    pub fn of_job(job: &Job) -> Self {
        let (done, total) = job.progress();
        Self {
            done: Some(done).filter(|done| *done > 0 || total.is_some()),
            total,
            unit: job.progress_unit(),
        }
    }

    /// Whether anything is known of it.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.done.is_some() || self.total.is_some()
    }

    /// How much is done, from 0 to 1; `None` if one of the numbers is unknown or the total is 0.
    #[must_use]
    pub fn fraction(&self) -> Option<f32> {
        let (done, total) = (self.done?, self.total?);
        if total == 0 {
            return None;
        }
        // A bar is a few hundred pixels wide: the precision of `f32` is plenty.
        Some((done as f64 / total as f64).clamp(0.0, 1.0) as f32)
    }

    /// Whole percent: `71 %`; `None` if one of the numbers is unknown.
    #[must_use]
    pub fn percent(&self) -> Option<String> {
        Some(format::percent(self.done?, self.total?))
    }

    /// Done of the total, with the unit: `2.7 / 3.8 GB`, `38 of 40`; `–` if both are unknown.
    #[must_use]
    pub fn text(&self) -> String {
        let grouped = |number| format::grouped_u64(number);
        match (self.unit, self.done, self.total) {
            (ProgressUnit::Bytes, done, total) => format::bytes_pair(done, total),
            (ProgressUnit::Items, None, None) => UNKNOWN.to_owned(),
            (ProgressUnit::Items, Some(done), None) => grouped(done),
            (ProgressUnit::Items, None, Some(total)) => format!("{UNKNOWN} of {}", grouped(total)),
            (ProgressUnit::Items, Some(done), Some(total)) => {
                format!("{} of {}", grouped(done), grouped(total))
            }
        }
    }

    /// What was done once nothing follows: bytes without the total, which they have reached or
    /// replace.
    #[must_use]
    pub fn final_text(&self) -> String {
        match (self.unit, self.done) {
            (ProgressUnit::Bytes, Some(done)) => format::bytes(done),
            _ => self.text(),
        }
    }

    /// A rate in its unit: `41.2 MB/s`, `3.2 /s`.
    #[must_use]
    pub fn rate_text(&self, per_second: f64) -> String {
        match self.unit {
            ProgressUnit::Bytes => format::rate(per_second),
            ProgressUnit::Items => format::item_rate(per_second),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_counted_and_bytes_are_scaled() {
        let cases = [
            (Amount::items(Some(40), Some(40)), "40 of 40", "40 of 40"),
            (
                Amount::items(Some(0), Some(12_000)),
                "0 of 12,000",
                "0 of 12,000",
            ),
            (Amount::items(Some(7), None), "7", "7"),
            (Amount::items(None, Some(7)), "– of 7", "– of 7"),
            (Amount::default(), "–", "–"),
            (Amount::bytes(Some(40), Some(40)), "40 / 40 B", "40 B"),
            (Amount::bytes(None, Some(40)), "– / 40 B", "– / 40 B"),
        ];
        for (amount, text, final_text) in cases {
            assert_eq!(amount.text(), text);
            assert_eq!(amount.final_text(), final_text);
        }
        assert_eq!(Amount::items(Some(1), None).rate_text(0.25), "0.25 /s");
        assert_eq!(Amount::bytes(Some(1), None).rate_text(250.0), "250 B/s");
    }
}
