//! How numbers become text, and text becomes numbers: the only place that decides it.
//!
//! A leaf: it knows nothing else of this crate. Sizes are decimal (1 kB is 1000 bytes) with three significant digits,
//! pairs share the unit of the larger number, durations get coarser as they get longer, and what is unknown is `–`,
//! never zero. Reading is the other way round and refuses what it cannot represent exactly enough: see [`parse_bytes`],
//! [`parse_duration`] and [`parse_duration_range`].

#[cfg(any(feature = "ui", feature = "deck"))]
mod dates;
mod escape;
mod parse;
mod typed;

use std::fmt;
use std::time::Duration;

#[cfg(any(feature = "ui", feature = "deck"))]
pub use dates::date_and_time;
pub use escape::{cell, escaped, escaped_json, escaped_lines, escaped_markup};
pub use parse::{
    MAX_DURATION, ParseAmountError, parse_bytes, parse_duration, parse_duration_range, parse_rate,
};
pub use typed::{typed_duration, typed_duration_range, typed_rate};

/// What stands where a value is unknown or over.
pub const UNKNOWN: &str = "–";

const BYTE_UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
const SECS_PER_DAY: u128 = 86_400;

/// A size: `999 B`, `14.0 kB`, `2.70 GB`.
///
/// ```
/// assert_eq!(jobdeck::format::bytes(14_000), "14.0 kB");
/// ```
#[must_use]
pub fn bytes(count: u64) -> String {
    let scale = Scale::for_bytes(count, &[2, 1, 0]);
    format!("{} {}", scale.number(count), scale.unit)
}

/// Received of a total, sharing the unit: `2.7 / 3.8 GB`, `118 MB / –`, `– / 12.1 GB`, or `–` if both are unknown.
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
        format!("{}/s", bytes(round_to_u64(bytes_per_second)))
    } else {
        UNKNOWN.to_owned()
    }
}

/// A measured time: `1.42 s` below 10 s, `27 s` below a minute, then `3:05`, `1:02:33` and `1 d 3 h`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let hundredths = rounded(duration, 10_000_000);
    if hundredths < 1000 {
        return format!("{}.{:02} s", hundredths / 100, hundredths % 100);
    }
    whole_seconds(rounded(duration, 1_000_000_000))
}

/// The time left of something that runs out: like [`duration()`] with one decimal below 10 s, and rounded up, so that
/// it never says 0 while there is still something left.
#[must_use]
pub fn countdown(left: Duration) -> String {
    let tenths = left.as_nanos().div_ceil(100_000_000);
    if tenths < 100 {
        return format!("{}.{} s", tenths / 10, tenths % 10);
    }
    whole_seconds(left.as_nanos().div_ceil(1_000_000_000))
}

/// A length of time in whole seconds, rounded down: `25 s`, `12 min 5 s`. For numbers that are read beside each other,
/// it stays in seconds for ten minutes.
#[must_use]
pub fn whole_secs(duration: Duration) -> String {
    match duration.as_secs() {
        secs @ ..600 => format!("{secs} s"),
        secs => whole_seconds(u128::from(secs)),
    }
}

/// The same of what is left of a time: rounded up, so that it never says 0 while there is still something left.
#[must_use]
pub fn whole_secs_left(left: Duration) -> String {
    let secs = left.as_nanos().div_ceil(1_000_000_000);
    if secs < 60 {
        return format!("{secs} s");
    }
    whole_seconds(secs)
}

/// How much of a limit has gone by, in whole seconds: `25 of 120 s`.
#[must_use]
pub fn whole_secs_of(gone: Duration, limit: Duration) -> String {
    match limit.as_secs() {
        limit @ ..600 => format!("{} of {limit} s", gone.as_secs()),
        _ => format!("{} of {}", whole_secs(gone), whole_secs(limit)),
    }
}

/// Elapsed of a total, sharing the unit: `0.7 / 2.0 s`, `4 / 27 s`, `0:42 / 3:05`.
#[must_use]
pub fn duration_pair(elapsed: Duration, total: Duration) -> String {
    let longest = elapsed.max(total);
    if rounded(longest, 100_000_000) < 100 {
        let [elapsed, total] = [elapsed, total].map(|duration| rounded(duration, 100_000_000));
        return format!(
            "{}.{} / {}.{} s",
            elapsed / 10,
            elapsed % 10,
            total / 10,
            total % 10
        );
    }
    let [elapsed_secs, total_secs] =
        [elapsed, total].map(|duration| rounded(duration, 1_000_000_000));
    if elapsed_secs.max(total_secs) < 60 {
        return format!("{elapsed_secs} / {total_secs} s");
    }
    format!("{} / {}", clock_secs(elapsed_secs), clock_secs(total_secs))
}

/// A time on a clock, whatever its length: `0:27`, `3:05`, `1:02:33`, `1 d 3 h`.
#[must_use]
pub fn clock(duration: Duration) -> String {
    clock_secs(rounded(duration, 1_000_000_000))
}

/// The estimated time left: `0:27`, `1:02:33`, and `more than a day` beyond what an estimate is good for.
#[must_use]
pub fn eta(left: Duration) -> String {
    if rounded(left, 1_000_000_000) > SECS_PER_DAY {
        "more than a day".to_owned()
    } else {
        clock(left)
    }
}

/// The same as [`eta`] for a narrow column: `> 1 day` instead of `more than a day`.
#[must_use]
pub fn eta_short(left: Duration) -> String {
    if rounded(left, 1_000_000_000) > SECS_PER_DAY {
        "> 1 day".to_owned()
    } else {
        clock(left)
    }
}

/// A rough estimate, in words: `less than a minute`, `about 3 min`, `about 2 h`, `more than a day`. Coarse, so that it
/// does not promise what nobody knows.
#[must_use]
pub fn about(left: Duration) -> String {
    let secs = rounded(left, 1_000_000_000);
    match secs {
        0..60 => "less than a minute".to_owned(),
        // The rounding of minutes must not say 60 of them.
        60..3570 => format!("about {} min", (secs + 30) / 60),
        3570..=SECS_PER_DAY => format!("about {} h", (secs + 1800) / 3600),
        _ => "more than a day".to_owned(),
    }
}

/// A very short time: `0.7 ms`, `38 ms`, and like [`duration()`] from a second.
#[must_use]
pub fn milliseconds(duration: Duration) -> String {
    let tenths = rounded(duration, 100_000);
    if tenths < 100 {
        return format!("{}.{} ms", tenths / 10, tenths % 10);
    }
    let milliseconds = rounded(duration, 1_000_000);
    if milliseconds < 1000 {
        format!("{milliseconds} ms")
    } else {
        self::duration(duration)
    }
}

/// How much of a total is there, in whole percent, rounded down so that 100 means complete; never above 100. A total
/// of 0 is complete.
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

/// A place in a queue: `1st`, `2nd`, `3rd`, `11th`, `1,000th`.
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

/// A number of things: `1 file`, `3 files`, `10,000 files`.
#[must_use]
pub fn count(number: u64, singular: &str, plural: &str) -> String {
    let noun = if number == 1 { singular } else { plural };
    format!("{} {noun}", group_digits(&number.to_string()))
}

/// A large number, with commas between its thousands: `999`, `1,000,000`.
#[must_use]
pub fn grouped(number: usize) -> String {
    group_digits(&number.to_string())
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

/// A local time of day to the minute, shown as `14:03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// When something was on the user's clock, in the time zone of the system; `None` for a time no calendar has.
#[cfg(any(feature = "ui", feature = "deck"))]
#[must_use]
pub fn time_of_day(time: web_time::SystemTime) -> Option<TimeOfDay> {
    time_of_day_in(time, &jiff::tz::TimeZone::system())
}

#[cfg(any(feature = "ui", feature = "deck"))]
fn time_of_day_in(time: web_time::SystemTime, zone: &jiff::tz::TimeZone) -> Option<TimeOfDay> {
    let since_epoch = time.duration_since(web_time::UNIX_EPOCH).ok()?;
    let seconds = i64::try_from(since_epoch.as_secs()).ok()?;
    let local = zone.to_datetime(jiff::Timestamp::from_second(seconds).ok()?);
    Some(TimeOfDay {
        hour: u8::try_from(local.hour()).ok()?,
        minute: u8::try_from(local.minute()).ok()?,
    })
}

/// A byte unit and how many decimals numbers in it get.
struct Scale {
    unit: &'static str,
    bytes_per_unit: u128,
    decimals: u32,
}

impl Scale {
    /// The smallest unit, and in it the first of `decimals`, in which the rounded number has at most three digits.
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

/// A duration in steps of `nanos_per_step`, rounded half up.
fn rounded(duration: Duration, nanos_per_step: u128) -> u128 {
    (duration.as_nanos() + nanos_per_step / 2) / nanos_per_step
}

fn whole_seconds(seconds: u128) -> String {
    if seconds < 60 {
        format!("{seconds} s")
    } else {
        clock_secs(seconds)
    }
}

fn clock_secs(seconds: u128) -> String {
    let (days, hours, minutes) = (
        seconds / SECS_PER_DAY,
        seconds / 3600 % 24,
        seconds / 60 % 60,
    );
    match (days, hours) {
        (0, 0) => format!("{minutes}:{:02}", seconds % 60),
        (0, _) => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
        _ => format!("{days} d {hours} h"),
    }
}

/// Rounds a finite number of at least 0; what does not fit becomes the largest `u64`.
fn round_to_u64(number: f64) -> u64 {
    // The cast of a float saturates, which is what is wanted here.
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_in_whole_seconds() {
        let millis = Duration::from_millis;
        let secs = Duration::from_secs;
        assert_eq!(whole_secs(millis(25_999)), "25 s");
        assert_eq!(whole_secs(secs(599)), "599 s");
        assert_eq!(whole_secs(secs(725)), duration(secs(725)));
        assert_eq!(whole_secs_left(millis(7_001)), "8 s");
        assert_eq!(whole_secs_left(Duration::ZERO), "0 s");
        assert_eq!(whole_secs_left(secs(90)), countdown(secs(90)));
        assert_eq!(whole_secs_of(millis(25_900), secs(120)), "25 of 120 s");
        assert_eq!(
            whole_secs_of(secs(25), secs(3_600)),
            format!("25 s of {}", duration(secs(3_600)))
        );
    }

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

    #[track_caller]
    fn check<T>(show: impl Fn(T) -> String, cases: impl IntoIterator<Item = (T, &'static str)>) {
        for (value, expected) in cases {
            assert_eq!(show(value), expected);
        }
    }

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn estimates_are_coarse() {
        check(
            |left| about(secs(left)),
            [
                (0.0, "less than a minute"),
                (59.4, "less than a minute"),
                (60.0, "about 1 min"),
                (200.0, "about 3 min"),
                (3569.0, "about 59 min"),
                (3570.0, "about 1 h"),
                (9000.0, "about 3 h"),
                (86_400.0, "about 24 h"),
                (86_401.0, "more than a day"),
            ],
        );
    }

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

    #[test]
    fn durations_get_coarser() {
        check(
            duration,
            [
                (Duration::ZERO, "0.00 s"),
                (Duration::from_nanos(1), "0.00 s"),
                (secs(0.005), "0.01 s"),
                (secs(1.42), "1.42 s"),
                (secs(9.994), "9.99 s"),
                (secs(9.996), "10 s"),
                (secs(27.4), "27 s"),
                (secs(59.4), "59 s"),
                (secs(59.96), "1:00"),
                (secs(185.0), "3:05"),
                (secs(3599.6), "1:00:00"),
                (secs(3753.0), "1:02:33"),
                (secs(86_399.4), "23:59:59"),
                (secs(86_399.6), "1 d 0 h"),
                (secs(97_200.0), "1 d 3 h"),
                (Duration::MAX, "213503982334601 d 7 h"),
            ],
        );
    }

    #[test]
    fn countdowns_round_up() {
        check(
            countdown,
            [
                (Duration::ZERO, "0.0 s"),
                (Duration::from_nanos(1), "0.1 s"),
                (secs(1.3), "1.3 s"),
                (secs(1.31), "1.4 s"),
                (secs(9.9), "9.9 s"),
                (secs(9.95), "10 s"),
                (secs(27.1), "28 s"),
                (secs(59.01), "1:00"),
                (secs(184.2), "3:05"),
                (Duration::MAX, "213503982334601 d 7 h"),
            ],
        );
    }

    #[test]
    fn pairs_of_durations_share_the_unit() {
        check(
            |(elapsed, total)| duration_pair(secs(elapsed), secs(total)),
            [
                ((0.7, 2.0), "0.7 / 2.0 s"),
                ((0.0, 9.94), "0.0 / 9.9 s"),
                ((0.0, 9.96), "0 / 10 s"),
                ((4.0, 27.0), "4 / 27 s"),
                ((42.0, 59.9), "0:42 / 1:00"),
                ((42.0, 185.0), "0:42 / 3:05"),
            ],
        );
    }

    #[test]
    fn clocks_and_estimates() {
        check(
            clock,
            [
                (secs(27.0), "0:27"),
                (secs(0.4), "0:00"),
                (secs(59.96), "1:00"),
                (secs(3753.0), "1:02:33"),
            ],
        );
        check(
            eta,
            [
                (secs(8.0), "0:08"),
                (secs(86_399.0), "23:59:59"),
                (secs(86_401.0), "more than a day"),
                (Duration::MAX, "more than a day"),
            ],
        );
        check(eta_short, [(secs(8.0), "0:08"), (Duration::MAX, "> 1 day")]);
    }

    #[test]
    fn short_times() {
        check(
            milliseconds,
            [
                (secs(0.0007), "0.7 ms"),
                (secs(0.009_96), "10 ms"),
                (secs(0.038), "38 ms"),
                (secs(0.9996), "1.00 s"),
                (secs(75.0), "1:15"),
            ],
        );
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

    #[cfg(any(feature = "ui", feature = "deck"))]
    #[test]
    fn times_of_day_are_local() {
        let time = web_time::UNIX_EPOCH + Duration::from_secs(1_795_215_780); // 2026-11-20 23:03:00 UTC
        let utc = time_of_day_in(time, &jiff::tz::TimeZone::UTC);
        assert_eq!(utc.map(|time| time.to_string()).as_deref(), Some("23:03"));
        let east = time_of_day_in(time, &jiff::tz::TimeZone::fixed(jiff::tz::offset(1)));
        assert_eq!(east.map(|time| time.to_string()).as_deref(), Some("00:03"));
        assert_eq!(
            time_of_day(web_time::UNIX_EPOCH + Duration::from_secs(u64::MAX / 4)),
            None
        );
    }
}
