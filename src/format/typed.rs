//! Amounts as a user would type them: parsing gives back exactly the same value.

use std::ops::RangeInclusive;
use std::time::Duration;

/// A rate in bytes per second, exactly: `2 MB/s`, `1.5 MB/s`, `2097152 B/s`. The inverse of
/// [`parse_rate`](super::parse_rate).
///
/// ```
/// assert_eq!(jobdeck::format::typed_rate(1_500_000), "1.5 MB/s");
/// ```
#[must_use]
pub fn typed_rate(bytes_per_sec: u64) -> String {
    const UNITS: [(&str, u64); 4] = [
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("kB", 1_000),
    ];
    for (unit, bytes_per_unit) in UNITS {
        let thousandths = bytes_per_unit / 1_000;
        if bytes_per_sec >= bytes_per_unit && bytes_per_sec.is_multiple_of(thousandths) {
            let whole = bytes_per_sec / bytes_per_unit;
            let decimals = bytes_per_sec % bytes_per_unit / thousandths;
            return format!("{} {unit}/s", decimal(whole, decimals, 3));
        }
    }
    format!("{bytes_per_sec} B/s")
}

/// A duration, exactly: `500 ms`, `1.5 s`, `30 s`, `1 m 30 s`, `1 d 3 h`. The inverse of
/// [`parse_duration`](super::parse_duration).
///
/// ```
/// # use std::time::Duration;
/// assert_eq!(jobdeck::format::typed_duration(Duration::from_secs(90)), "1 m 30 s");
/// ```
#[must_use]
pub fn typed_duration(duration: Duration) -> String {
    let nanos = duration.subsec_nanos();
    let secs = duration.as_secs();
    if secs == 0 && nanos > 0 && nanos.is_multiple_of(1_000_000) {
        return format!("{} ms", nanos / 1_000_000);
    }
    if secs < 60 || nanos > 0 {
        return format!("{} s", decimal(secs, u64::from(nanos), 9));
    }
    let parts = [
        (secs / 86_400, "d"),
        (secs / 3_600 % 24, "h"),
        (secs / 60 % 60, "m"),
        (secs % 60, "s"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    parts.join(" ")
}

/// A range of durations, exactly: `2 s`, `500 ms..3 s`. The inverse of
/// [`parse_duration_range`](super::parse_duration_range).
#[must_use]
pub fn typed_duration_range(range: &RangeInclusive<Duration>) -> String {
    let (from, to) = (*range.start(), *range.end());
    if from == to {
        typed_duration(from)
    } else {
        format!("{}..{}", typed_duration(from), typed_duration(to))
    }
}

/// A number with up to `places` decimals, without trailing zeros.
fn decimal(whole: u64, decimals: u64, places: usize) -> String {
    let text = format!("{whole}.{decimals:0places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{parse_duration, parse_duration_range, parse_rate};

    #[test]
    fn what_is_written_is_read_the_same() {
        for (rate, text) in [
            (1, "1 B/s"),
            (999, "999 B/s"),
            (1_000, "1 kB/s"),
            (1_050, "1.05 kB/s"),
            (2_000_000, "2 MB/s"),
            (2_097_152, "2097.152 kB/s"),
            (1_500_000, "1.5 MB/s"),
            (1_000_001, "1000.001 kB/s"),
            (1 << 50, "1125899906842.624 kB/s"),
        ] {
            assert_eq!(typed_rate(rate), text);
            assert_eq!(parse_rate(text), Ok(rate));
        }
        let ms = Duration::from_millis;
        for (duration, text) in [
            (Duration::ZERO, "0 s"),
            (Duration::from_nanos(1), "0.000000001 s"),
            (ms(1), "1 ms"),
            (ms(500), "500 ms"),
            (ms(1_500), "1.5 s"),
            (ms(30_000), "30 s"),
            (ms(90_000), "1 m 30 s"),
            (ms(90_500), "90.5 s"),
            (ms(3_600_000), "1 h"),
            (Duration::from_secs(97_201), "1 d 3 h 1 s"),
        ] {
            assert_eq!(typed_duration(duration), text);
            assert_eq!(parse_duration(text), Ok(duration));
        }
        for (range, text) in [
            (ms(2_000)..=ms(2_000), "2 s"),
            (ms(0)..=ms(3_000), "0 s..3 s"),
            (ms(500)..=ms(90_000), "500 ms..1 m 30 s"),
        ] {
            assert_eq!(typed_duration_range(&range), text);
            assert_eq!(parse_duration_range(text), Ok(range));
        }
    }

    #[test]
    fn any_amount_is_read_as_it_was_written() {
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..2_000 {
            let rate = random.u64(..) >> random.u32(0..64);
            assert_eq!(parse_rate(&typed_rate(rate)), Ok(rate));
            let seconds = random.u64(0..1 << 31) >> random.u32(0..31);
            let nanos = random.u32(0..1_000_000_000) * random.u32(0..2);
            let duration = Duration::new(seconds, nanos);
            assert_eq!(parse_duration(&typed_duration(duration)), Ok(duration));
        }
    }
}
