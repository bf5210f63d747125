//! Lengths of time as rows show them: left, of a limit, as a clock, roughly, and very short ones.

use std::time::Duration;

use super::durations::{SECS_PER_DAY, clock_secs, rounded, whole_seconds};

/// A time left: like [`duration()`](super::duration()), with one decimal below 10 s, and rounded
/// up, so that it is 0 only at the end.
#[must_use]
pub fn countdown(left: Duration) -> String {
    let tenths = left.as_nanos().div_ceil(100_000_000);
    if tenths < 100 {
        return format!("{}.{} s", tenths / 10, tenths % 10);
    }
    whole_seconds(left.as_nanos().div_ceil(1_000_000_000))
}

/// A duration in whole seconds, rounded down: `25 s`, `599 s`, and like
/// [`duration()`](super::duration()) from ten minutes.
#[must_use]
pub fn whole_secs(duration: Duration) -> String {
    match duration.as_secs() {
        secs @ ..600 => format!("{secs} s"),
        secs => whole_seconds(u128::from(secs)),
    }
}

/// A time left in whole seconds, rounded up, so that it is 0 only at the end.
#[must_use]
pub fn whole_secs_left(left: Duration) -> String {
    let secs = left.as_nanos().div_ceil(1_000_000_000);
    if secs < 60 {
        return format!("{secs} s");
    }
    whole_seconds(secs)
}

/// The elapsed part of a limit in whole seconds: `25 of 120 s`.
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

/// A duration as a clock shows it: `0:27`, `3:05`, `1:02:33`, `1 d 3 h`.
#[must_use]
pub fn clock(duration: Duration) -> String {
    clock_secs(rounded(duration, 1_000_000_000))
}

/// An estimated time left: `0:27`, `1:02:33`, and `more than a day` beyond that.
#[must_use]
pub fn eta(left: Duration) -> String {
    if rounded(left, 1_000_000_000) > SECS_PER_DAY {
        "more than a day".to_owned()
    } else {
        clock(left)
    }
}

/// [`eta`] for a narrow column: `> 1 day` instead of `more than a day`.
#[must_use]
pub fn eta_short(left: Duration) -> String {
    if rounded(left, 1_000_000_000) > SECS_PER_DAY {
        "> 1 day".to_owned()
    } else {
        clock(left)
    }
}

/// A rough estimate in words: `less than a minute`, `about 3 min`, `about 2 h`, `more than a day`.
#[must_use]
pub fn about(left: Duration) -> String {
    let secs = rounded(left, 1_000_000_000);
    match secs {
        0..60 => "less than a minute".to_owned(),
        // 59 min 30 s would round to "about 60 min".
        60..3570 => format!("about {} min", (secs + 30) / 60),
        3570..=SECS_PER_DAY => format!("about {} h", (secs + 1800) / 3600),
        _ => "more than a day".to_owned(),
    }
}

/// A short duration: `0.7 ms`, `38 ms`, and like [`duration()`](super::duration()) from a second.
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
        super::duration(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::check::check;
    use crate::format::duration;

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

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
}
