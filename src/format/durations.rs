//! Lengths of time.

use std::time::Duration;

pub(super) const SECS_PER_DAY: u128 = 86_400;

/// A measured time: `1.42 s` below 10 s, `27 s` below a minute, then `3:05`, `1:02:33` and `1 d 3
/// h`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let hundredths = rounded(duration, 10_000_000);
    if hundredths < 1000 {
        return format!("{}.{:02} s", hundredths / 100, hundredths % 100);
    }
    whole_seconds(rounded(duration, 1_000_000_000))
}

/// A duration in steps of `nanos_per_step`, rounded half up.
pub(super) fn rounded(duration: Duration, nanos_per_step: u128) -> u128 {
    (duration.as_nanos() + nanos_per_step / 2) / nanos_per_step
}

pub(super) fn whole_seconds(seconds: u128) -> String {
    if seconds < 60 {
        format!("{seconds} s")
    } else {
        clock_secs(seconds)
    }
}

pub(super) fn clock_secs(seconds: u128) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::check::check;

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
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
}
