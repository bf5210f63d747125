//! Parses amounts as people type them on a command line or in a field.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The longest duration that [`parse_duration`] accepts: a hundred years. An instant plus this
/// cannot overflow.
pub const MAX_DURATION: Duration = Duration::from_secs(36_525 * 86_400);

/// The reason why a text is not an amount. The message says what is wrong, [`Self::hint`] what to
/// write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseAmountError {
    /// The text is empty or blank.
    #[error("nothing is given")]
    Empty,
    /// The text does not begin with a plain decimal number. `NaN`, `inf`, exponents and digit
    /// groups are not numbers.
    #[error("“{text}” is not a number")]
    NotANumber {
        /// The text as typed.
        text: String,
    },
    /// The number is below zero.
    #[error("“{text}” is negative")]
    Negative {
        /// The text as typed.
        text: String,
    },
    /// An unknown unit follows the number.
    #[error("“{unit}” is not a unit of {of}")]
    UnknownUnit {
        /// The text after the number.
        unit: String,
        /// `bytes` or `time`.
        of: &'static str,
    },
    /// The amount is larger than its type or its bound.
    #[error("“{text}” is too large")]
    TooLarge {
        /// The text as typed.
        text: String,
    },
    /// The number of bytes is not whole.
    #[error("“{text}” is not a whole number of bytes")]
    PartOfAByte {
        /// The text as typed.
        text: String,
    },
    /// The units do not go from larger to smaller as in `1h30m`, or the text is not a time of a
    /// clock.
    #[error("“{text}” is not a length of time")]
    MixedUp {
        /// The text as typed.
        text: String,
    },
    /// The first end of a range is above the second.
    #[error("“{text}” ends before it begins")]
    BackwardRange {
        /// The text as typed.
        text: String,
    },
}

impl ParseAmountError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotANumber { .. } => "write a number such as 3, 1.5 or 2M",
            Self::Negative { .. } => "write 0 or more",
            Self::UnknownUnit { of: "time", .. } => {
                "use ms, s, m, h or d; a bare number is seconds"
            }
            Self::UnknownUnit { .. } => {
                "use k, M, G, T (powers of 1000) or Ki, Mi, Gi, Ti (powers of 1024)"
            }
            Self::TooLarge { .. } => "write a smaller number",
            Self::PartOfAByte { .. } => "write a whole number, or use a unit: 1.5k",
            Self::MixedUp { .. } => "write the larger unit first: 1h30m, 1m30 or 1:30",
            Self::BackwardRange { .. } => "write the smaller number first: 0..3",
        }
    }
}

/// Parses a number of bytes: `512`, `2M` (2,000,000), `2Mi` (2,097,152), `1.5 GB`. Units are not
/// case-sensitive and may end in `B`; a fraction of a byte that a unit leaves is dropped.
///
/// # Errors
/// If the text is not a number of bytes, is negative, or is above `u64::MAX`.
///
/// ```
/// assert_eq!(jobdeck::format::parse_bytes("2Mi"), Ok(2_097_152));
/// ```
pub fn parse_bytes(text: &str) -> Result<u64, ParseAmountError> {
    let amount = NumberWithUnit::parse(text)?;
    let lower = amount.unit.to_ascii_lowercase();
    let prefix = lower.strip_suffix('b').unwrap_or(&lower);
    let (base, power) = match prefix {
        "" => (1_u128, 0),
        "k" => (1000, 1),
        "m" => (1000, 2),
        "g" => (1000, 3),
        "t" => (1000, 4),
        "p" => (1000, 5),
        "e" => (1000, 6),
        "ki" => (1024, 1),
        "mi" => (1024, 2),
        "gi" => (1024, 3),
        "ti" => (1024, 4),
        "pi" => (1024, 5),
        "ei" => (1024, 6),
        _ => {
            return Err(ParseAmountError::UnknownUnit {
                unit: amount.unit.to_owned(),
                of: "bytes",
            });
        }
    };
    if power == 0 && amount.has_fraction {
        return Err(ParseAmountError::PartOfAByte {
            text: text.trim().to_owned(),
        });
    }
    let count = amount
        .times(base.pow(power))
        .and_then(|count| u64::try_from(count).ok());
    count.ok_or_else(|| ParseAmountError::TooLarge {
        text: text.trim().to_owned(),
    })
}

/// Parses a rate in bytes per second: the text of [`parse_bytes`] with an optional `/s`: `500k`,
/// `2M`, `2 MB/s`.
///
/// # Errors
/// As [`parse_bytes`].
///
/// ```
/// assert_eq!(jobdeck::format::parse_rate("2M"), jobdeck::format::parse_rate("2 MB/s"));
/// ```
pub fn parse_rate(text: &str) -> Result<u64, ParseAmountError> {
    let text = text.trim();
    parse_bytes(text.strip_suffix("/s").unwrap_or(text))
}

/// Parses a duration: `3s`, `500ms`, `2m`, `1.5h`, `1d`, or bare seconds such as `0.25`; several
/// units, the larger first and the last one optional: `1h30m`, `1m30`; or a time of a clock:
/// `3:05`, `1:02:33`.
///
/// # Errors
/// If the text is not a duration, is negative, or is above [`MAX_DURATION`].
///
/// ```
/// # use std::time::Duration;
/// # use jobdeck::format::parse_duration;
/// assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
/// assert_eq!(parse_duration("1m30"), Ok(Duration::from_secs(90)));
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, ParseAmountError> {
    let text = text.trim();
    let too_large = || ParseAmountError::TooLarge {
        text: text.to_owned(),
    };
    let mixed_up = || ParseAmountError::MixedUp {
        text: text.to_owned(),
    };
    let parts = if text.contains(':') {
        clock_parts(text).ok_or_else(mixed_up)?
    } else {
        unit_parts(text)
    };
    let mut sum: u128 = 0;
    let mut unit_before: Option<usize> = None;
    for (amount, of_clock) in parts {
        let amount = NumberWithUnit::parse(amount)?;
        let unit = match (of_clock, amount.unit) {
            (Some(unit), _) => unit,
            (None, "") => match unit_before {
                // A bare number after a unit counts the next smaller one: 1m30 is 90 s, 1h30 is 90
                // min.
                Some(before) if before < SECONDS => before + 1,
                Some(_) => return Err(mixed_up()),
                None => SECONDS,
            },
            (None, unit) => time_unit(unit)?,
        };
        if unit_before.is_some_and(|before| unit <= before) {
            return Err(mixed_up());
        }
        unit_before = Some(unit);
        let nanos = amount.times(NANOS_PER_UNIT[unit]).ok_or_else(too_large)?;
        sum = sum.checked_add(nanos).ok_or_else(too_large)?;
    }
    if sum > MAX_DURATION.as_nanos() {
        return Err(too_large());
    }
    let seconds = u64::try_from(sum / 1_000_000_000).unwrap_or(u64::MAX);
    let subsec_nanos = u32::try_from(sum % 1_000_000_000).unwrap_or(0);
    Ok(Duration::new(seconds, subsec_nanos))
}

/// Days, hours, minutes, seconds, milliseconds.
const NANOS_PER_UNIT: [u128; 5] = [
    86_400_000_000_000,
    3_600_000_000_000,
    60_000_000_000,
    1_000_000_000,
    1_000_000,
];
const HOURS: usize = 1;
const MINUTES: usize = 2;
const SECONDS: usize = 3;

fn time_unit(unit: &str) -> Result<usize, ParseAmountError> {
    Ok(match unit.to_ascii_lowercase().as_str() {
        "d" => 0,
        "h" => HOURS,
        "m" | "min" => MINUTES,
        "s" | "sec" => SECONDS,
        "ms" => 4,
        _ => {
            return Err(ParseAmountError::UnknownUnit {
                unit: unit.to_owned(),
                of: "time",
            });
        }
    })
}

/// Splits a text before each number that follows a unit. A text that does not begin with a number
/// stays whole; the caller then refuses it.
fn unit_parts(text: &str) -> Vec<(&str, Option<usize>)> {
    let is_of_number = |letter: char| letter.is_ascii_digit() || letter == '.';
    let mut parts = Vec::new();
    let mut rest = text;
    if text.starts_with(is_of_number) {
        while let Some(unit_at) = rest.find(|letter| !is_of_number(letter))
            && let Some(length) = rest[unit_at..].find(is_of_number)
        {
            let (part, further) = rest.split_at(unit_at + length);
            parts.push((part, None));
            rest = further;
        }
    }
    parts.push((rest, None));
    parts
}

/// The parts of `3:05` and `1:02:33`; `None` for any other text.
fn clock_parts(text: &str) -> Option<Vec<(&str, Option<usize>)>> {
    let parts: Vec<_> = text.split(':').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_sixty = |part: &&str| part.len() == 2 && *part < "60";
    let first_unit = match parts.len() {
        2 => MINUTES,
        3 => HOURS,
        _ => return None,
    };
    let is_clock = parts.iter().all(is_number) && parts[1..].iter().all(is_sixty);
    let with_units = parts.into_iter().zip(first_unit..);
    is_clock.then(|| with_units.map(|(part, unit)| (part, Some(unit))).collect())
}

/// Parses a duration or a range of two: `2`, `0..3`, `500ms..2s`. A single duration is a range with
/// equal ends.
///
/// # Errors
/// As [`parse_duration`] for either end, and if the first end is larger than the second.
pub fn parse_duration_range(text: &str) -> Result<RangeInclusive<Duration>, ParseAmountError> {
    let Some((from, to)) = text.split_once("..") else {
        let duration = parse_duration(text)?;
        return Ok(duration..=duration);
    };
    let (from, to) = (parse_duration(from)?, parse_duration(to)?);
    if from > to {
        return Err(ParseAmountError::BackwardRange {
            text: text.trim().to_owned(),
        });
    }
    Ok(from..=to)
}

/// An exact decimal number and the text after it.
struct NumberWithUnit<'text> {
    /// All digits, without the decimal point.
    digits: u128,
    /// The number of digits after the decimal point.
    decimals: u32,
    has_fraction: bool,
    unit: &'text str,
}

/// More whole digits are refused, more decimals ignored. `u64::MAX` has 20 digits.
const MAX_WHOLE_DIGITS: usize = 20;
const MAX_DECIMALS: usize = 12;

impl<'text> NumberWithUnit<'text> {
    fn parse(text: &'text str) -> Result<Self, ParseAmountError> {
        let trimmed = text.trim();
        let not_a_number = || ParseAmountError::NotANumber {
            text: trimmed.to_owned(),
        };
        if trimmed.is_empty() {
            return Err(ParseAmountError::Empty);
        }
        if let Some(positive) = trimmed.strip_prefix(['-', '−']) {
            let starts_with_digit =
                positive.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
            return Err(if starts_with_digit {
                ParseAmountError::Negative {
                    text: trimmed.to_owned(),
                }
            } else {
                not_a_number()
            });
        }
        let number_length = trimmed
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(number_length);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(not_a_number());
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > MAX_WHOLE_DIGITS {
            return Err(ParseAmountError::TooLarge {
                text: trimmed.to_owned(),
            });
        }
        let fraction = fraction.trim_end_matches('0');
        let kept = fraction.get(..MAX_DECIMALS).unwrap_or(fraction);
        let digits = whole
            .bytes()
            .chain(kept.bytes())
            .fold(0, |sum, digit| sum * 10 + u128::from(digit - b'0'));
        let decimals = u32::try_from(kept.len()).unwrap_or(0);
        Ok(Self {
            digits,
            decimals,
            has_fraction: !fraction.is_empty(),
            unit: unit.trim(),
        })
    }

    /// The amount in steps, of which its unit has `steps_per_unit`, rounded down; `None` on
    /// overflow.
    fn times(&self, steps_per_unit: u128) -> Option<u128> {
        Some(self.digits.checked_mul(steps_per_unit)? / 10_u128.pow(self.decimals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_bytes() {
        for (text, expected) in [
            ("0", 0),
            ("512", 512),
            (" 512 B ", 512),
            ("2k", 2000),
            ("2K", 2000),
            ("2M", 2_000_000),
            ("2 MB", 2_000_000),
            ("2Mi", 2_097_152),
            ("2mib", 2_097_152),
            ("1.5G", 1_500_000_000),
            (".5k", 500),
            ("1.k", 1000),
            ("1.0", 1),
            ("1.00049k", 1000),
            ("0.1Ki", 102),
            ("18446744073709551615", u64::MAX),
            ("15Ei", 15 << 60),
            ("00000000000000000000000007", 7),
        ] {
            assert_eq!(parse_bytes(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_amount_of_bytes() {
        for (text, expected) in [
            ("", "nothing is given"),
            ("  ", "nothing is given"),
            ("M", "“M” is not a number"),
            (".", "“.” is not a number"),
            ("NaN", "“NaN” is not a number"),
            ("-inf", "“-inf” is not a number"),
            ("1.2.3", "“1.2.3” is not a number"),
            ("+5", "“+5” is not a number"),
            ("-5", "“-5” is negative"),
            ("−5", "“−5” is negative"),
            ("5X", "“X” is not a unit of bytes"),
            ("1e6", "“e6” is not a unit of bytes"),
            ("5 kBps", "“kBps” is not a unit of bytes"),
            ("0.5", "“0.5” is not a whole number of bytes"),
            (
                "18446744073709551616",
                "“18446744073709551616” is too large",
            ),
            ("16Ei", "“16Ei” is too large"),
            (
                "99999999999999999999E",
                "“99999999999999999999E” is too large",
            ),
            (
                "1000000000000000000000",
                "“1000000000000000000000” is too large",
            ),
        ] {
            let error = parse_bytes(text).expect_err(text);
            assert_eq!(error.to_string(), expected);
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn rates() {
        for (text, expected) in [("512", 512), ("500k", 500_000), (" 2 MB/s ", 2_000_000)] {
            assert_eq!(parse_rate(text), Ok(expected), "{text}");
        }
        for text in ["", "/s", "2/s/s", "fast"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, expected_ms) in [
            ("0", 0),
            ("3", 3000),
            ("0.25", 250),
            ("3s", 3000),
            ("500ms", 500),
            ("2m", 120_000),
            ("2 min", 120_000),
            ("1.5h", 5_400_000),
            ("1d", 86_400_000),
            ("0.0015s", 1),
            ("1m30", 90_000),
            ("1m30s", 90_000),
            ("1 m 30 s", 90_000),
            ("1h30", 5_400_000),
            ("1 d 3 h", 97_200_000),
            ("1s500ms", 1_500),
            ("1d1", 90_000_000),
            ("3:05", 185_000),
            ("0:27", 27_000),
            ("1:02:33", 3_753_000),
            ("90:00", 5_400_000),
        ] {
            let parsed = parse_duration(text).map(|duration| duration.as_millis());
            assert_eq!(parsed, Ok(expected_ms), "{text}");
        }
        assert_eq!(parse_duration("36525d"), Ok(MAX_DURATION));
    }

    #[test]
    fn what_is_not_a_duration() {
        for (text, expected) in [
            ("", "nothing is given"),
            ("nan", "“nan” is not a number"),
            ("soon", "“soon” is not a number"),
            ("-1s", "“-1s” is negative"),
            ("1w", "“w” is not a unit of time"),
            ("1w2", "“w” is not a unit of time"),
            ("30s1m", "“30s1m” is not a length of time"),
            ("1m1m", "“1m1m” is not a length of time"),
            ("1s30", "“1s30” is not a length of time"),
            ("1:5", "“1:5” is not a length of time"),
            ("1:60", "“1:60” is not a length of time"),
            (":05", "“:05” is not a length of time"),
            ("1:02:03:04", "“1:02:03:04” is not a length of time"),
            ("1m 30 x", "“x” is not a unit of time"),
            ("1.2.3m", "“1.2.3m” is not a number"),
            ("36525d1s", "“36525d1s” is too large"),
            ("36526d", "“36526d” is too large"),
            (
                "99999999999999999999",
                "“99999999999999999999” is too large",
            ),
        ] {
            let error = parse_duration(text).expect_err(text);
            assert_eq!(error.to_string(), expected);
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn ranges_of_durations() {
        let secs = |from, to| Ok(Duration::from_millis(from)..=Duration::from_millis(to));
        assert_eq!(parse_duration_range("2"), secs(2000, 2000));
        assert_eq!(parse_duration_range("0..3"), secs(0, 3000));
        assert_eq!(parse_duration_range("500ms .. 2s"), secs(500, 2000));
        assert_eq!(parse_duration_range("1.5..1.75"), secs(1500, 1750));
        assert_eq!(parse_duration_range("..3"), Err(ParseAmountError::Empty));
        let backward = parse_duration_range("3..0").map_err(|error| error.to_string());
        assert_eq!(backward, Err("“3..0” ends before it begins".to_owned()));
    }
}
