//! Counts, queue positions and percentages.

use super::bytes::UNKNOWN;

/// Whole percent of a total, rounded down so that 100 means complete; never above 100. A total of 0
/// is complete.
#[must_use]
pub fn percent_value(done: u64, total: u64) -> u8 {
    if done >= total {
        return 100;
    }
    let percent = u128::from(done) * 100 / u128::from(total);
    u8::try_from(percent).unwrap_or(100)
}

/// The text of [`percent_value`]: `71 %`.
#[must_use]
pub fn percent(done: u64, total: u64) -> String {
    format!("{} %", percent_value(done, total))
}

/// A position in a queue: `1st`, `2nd`, `3rd`, `11th`, `1,000th`.
#[must_use]
pub fn ordinal(place: u64) -> String {
    let suffix = match (place % 10, place % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{}{suffix}", group_digits(&place.to_string()))
}

/// A count with its noun: `1 file`, `3 files`, `10,000 files`.
#[must_use]
pub fn count(number: u64, singular: &str, plural: &str) -> String {
    let noun = if number == 1 { singular } else { plural };
    format!("{} {noun}", group_digits(&number.to_string()))
}

/// A number with commas between its thousands: `999`, `1,000,000`.
#[must_use]
pub fn grouped(number: usize) -> String {
    grouped_u64(number as u64)
}

/// [`grouped`] for a number of 64 bits on every platform.
#[must_use]
pub fn grouped_u64(number: u64) -> String {
    group_digits(&number.to_string())
}

/// How many a second: `0.25 /s`, `3.2 /s`, `1,200 /s`; `–` if it is not a finite number of at least
/// 0.
#[must_use]
pub fn item_rate(per_second: f64) -> String {
    if !per_second.is_finite() || per_second < 0.0 {
        return UNKNOWN.to_owned();
    }
    match per_second {
        ..0.995 => format!("{per_second:.2} /s"),
        ..9.95 => format!("{per_second:.1} /s"),
        // The cast saturates.
        _ => format!("{} /s", grouped_u64(per_second.round() as u64)),
    }
}

fn group_digits(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::check::check;

    #[test]
    fn large_numbers_have_their_thousands_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn percent_is_100_only_when_complete() {
        check(
            |(done, total)| percent(done, total),
            [
                ((0, 100), "0 %"),
                ((71, 100), "71 %"),
                ((999, 1000), "99 %"),
                ((1000, 1000), "100 %"),
                ((2000, 1000), "100 %"),
                ((0, 0), "100 %"),
                ((u64::MAX - 1, u64::MAX), "99 %"),
            ],
        );
    }

    #[test]
    fn slow_rates_have_decimals() {
        check(
            item_rate,
            [
                (0.0, "0.00 /s"),
                (0.25, "0.25 /s"),
                (0.996, "1.0 /s"),
                (3.21, "3.2 /s"),
                (9.96, "10 /s"),
                (1234.5, "1,235 /s"),
                (f64::NAN, "–"),
                (-1.0, "–"),
            ],
        );
    }

    #[test]
    fn places_and_counts() {
        check(
            ordinal,
            [
                (1, "1st"),
                (2, "2nd"),
                (3, "3rd"),
                (4, "4th"),
                (11, "11th"),
                (12, "12th"),
                (13, "13th"),
                (21, "21st"),
                (111, "111th"),
                (10_000, "10,000th"),
            ],
        );
        assert_eq!(count(1, "job", "jobs"), "1 job");
        assert_eq!(count(0, "job", "jobs"), "0 jobs");
    }
}
