//! Sizes and rates.

/// Shown for a value that is unknown or no longer applies.
pub const UNKNOWN: &str = "–";

const BYTE_UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// A size: `999 B`, `14.0 kB`, `2.70 GB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    let scale = Scale::for_bytes(count, &[2, 1, 0]);
    format!("{} {}", scale.number(count), scale.unit)
}

/// Received of a total, sharing the unit: `2.7 / 3.8 GB`, `118 MB / –`, `– / 12.1 GB`, or `–` if
/// both are unknown.
#[cfg(any(feature = "ui", feature = "deck"))]
#[must_use]
pub fn bytes_pair(received: Option<u64>, total: Option<u64>) -> String {
    match (received, total) {
        (None, None) => UNKNOWN.to_owned(),
        (Some(received), None) => format!("{} / {UNKNOWN}", bytes(received)),
        (None, Some(total)) => format!("{UNKNOWN} / {}", bytes(total)),
        (Some(received), Some(total)) => {
            let scale = Scale::for_bytes(received.max(total), &[1, 0]);
            format!(
                "{} / {} {}",
                scale.number(received),
                scale.number(total),
                scale.unit
            )
        }
    }
}

/// A rate in bytes per second: `41.2 MB/s`; `–` if it is not a finite number of at least 0.
#[must_use]
pub fn rate(bytes_per_second: f64) -> String {
    if bytes_per_second.is_finite() && bytes_per_second >= 0.0 {
        // The cast saturates: a rate above `u64::MAX` is shown as 18.4 EB/s.
        format!("{}/s", bytes(bytes_per_second.round() as u64))
    } else {
        UNKNOWN.to_owned()
    }
}

/// A byte unit, and the decimals of numbers in it.
struct Scale {
    unit: &'static str,
    bytes_per_unit: u128,
    decimals: u32,
}

impl Scale {
    /// The smallest unit, with the first of `decimals`, in which the rounded number has at most
    /// three digits.
    fn for_bytes(count: u64, decimals: &[u32]) -> Self {
        let mut bytes_per_unit = 1;
        for (index, unit) in BYTE_UNITS.into_iter().enumerate() {
            let decimals = if index == 0 { &[0] } else { decimals };
            for &decimals in decimals {
                let scale = Self {
                    unit,
                    bytes_per_unit,
                    decimals,
                };
                if scale.digits(count) < 1000 {
                    return scale;
                }
            }
            bytes_per_unit *= 1000;
        }
        // Not reached: the largest `u64` is 18.4 EB.
        Self {
            unit: "B",
            bytes_per_unit: 1,
            decimals: 0,
        }
    }

    fn digits(&self, count: u64) -> u128 {
        (u128::from(count) * 10_u128.pow(self.decimals) + self.bytes_per_unit / 2)
            / self.bytes_per_unit
    }

    fn number(&self, count: u64) -> String {
        let power = 10_u128.pow(self.decimals);
        let digits = self.digits(count);
        match self.decimals {
            0 => digits.to_string(),
            decimals => format!(
                "{}.{:0width$}",
                digits / power,
                digits % power,
                width = decimals as usize
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::check::check;

    #[test]
    fn sizes_have_three_significant_digits() {
        check(
            bytes,
            [
                (0, "0 B"),
                (1, "1 B"),
                (999, "999 B"),
                (1000, "1.00 kB"),
                (1004, "1.00 kB"),
                (1005, "1.01 kB"),
                (9994, "9.99 kB"),
                (9995, "10.0 kB"),
                (14_000, "14.0 kB"),
                (99_949, "99.9 kB"),
                (99_950, "100 kB"),
                (999_499, "999 kB"),
                (999_500, "1.00 MB"),
                (2_700_000_000, "2.70 GB"),
                (999_499_999_999, "999 GB"),
                (999_500_000_000, "1.00 TB"),
                (u64::MAX, "18.4 EB"),
            ],
        );
    }

    #[cfg(any(feature = "ui", feature = "deck"))]
    #[test]
    fn pairs_share_the_unit() {
        check(
            |(received, total)| bytes_pair(received, total),
            [
                ((None, None), "–"),
                ((Some(0), None), "0 B / –"),
                ((Some(118_000_000), None), "118 MB / –"),
                ((None, Some(12_100_000_000)), "– / 12.1 GB"),
                ((Some(0), Some(0)), "0 / 0 B"),
                ((Some(7), Some(999)), "7 / 999 B"),
                ((Some(2_700_000_000), Some(3_800_000_000)), "2.7 / 3.8 GB"),
                ((Some(6_500_000_000), Some(12_000_000_000)), "6.5 / 12.0 GB"),
                ((Some(38_000_000), Some(100_000_000)), "38 / 100 MB"),
                ((Some(14_000), Some(3_800_000_000)), "0.0 / 3.8 GB"),
                ((Some(1), Some(99_949)), "0.0 / 99.9 kB"),
                ((Some(1), Some(99_950)), "0 / 100 kB"),
                ((Some(1), Some(999_500)), "0.0 / 1.0 MB"),
                // A server that sends more than it announced.
                ((Some(2_000_000), Some(1000)), "2.0 / 0.0 MB"),
                ((Some(u64::MAX), Some(u64::MAX)), "18.4 / 18.4 EB"),
            ],
        );
    }

    #[test]
    fn rates() {
        check(
            rate,
            [
                (0.0, "0 B/s"),
                (999.4, "999 B/s"),
                (999.5, "1.00 kB/s"),
                (41_234_567.0, "41.2 MB/s"),
                (f64::MAX, "18.4 EB/s"),
                (f64::NAN, "–"),
                (f64::INFINITY, "–"),
                (-1.0, "–"),
            ],
        );
    }
}
