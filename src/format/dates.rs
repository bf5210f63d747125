//! Moments on the user's clock and calendar.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use web_time::{SystemTime, UNIX_EPOCH};

use super::time_of_day::TimeOfDay;
use super::time_zone::system_zone;

/// The local time of day of a moment; `None` if no calendar has it.
#[must_use]
pub fn time_of_day(time: SystemTime) -> Option<TimeOfDay> {
    time_of_day_of(local(time, &system_zone())?)
}

/// A moment on the user's clock: `14:03` today, `2026-11-24 14:03` on another day; `None` if no
/// calendar has it.
#[must_use]
pub fn date_and_time(time: SystemTime, now: SystemTime) -> Option<String> {
    date_and_time_in(time, now, &system_zone())
}

fn date_and_time_in(time: SystemTime, now: SystemTime, zone: &TimeZone) -> Option<String> {
    let at = local(time, zone)?;
    let time_of_day = time_of_day_of(at)?;
    if local(now, zone).is_some_and(|now| now.date() == at.date()) {
        Some(time_of_day.to_string())
    } else {
        Some(format!("{} {time_of_day}", at.date()))
    }
}

/// A time since 1970 as scripts read it: `2026-11-24T14:03:07.250Z`; `None` if no calendar has it.
#[must_use]
pub fn timestamp(since_1970: Duration) -> Option<String> {
    let milliseconds = i64::try_from(since_1970.as_millis()).ok()?;
    let timestamp = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    Some(format!("{timestamp:.3}"))
}

fn local(time: SystemTime, zone: &TimeZone) -> Option<DateTime> {
    let since_epoch = time.duration_since(UNIX_EPOCH).ok()?;
    let seconds = i64::try_from(since_epoch.as_secs()).ok()?;
    Some(zone.to_datetime(jiff::Timestamp::from_second(seconds).ok()?))
}

fn time_of_day_of(local: DateTime) -> Option<TimeOfDay> {
    Some(TimeOfDay {
        hour: u8::try_from(local.hour()).ok()?,
        minute: u8::try_from(local.minute()).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_read_milliseconds() {
        let shown = timestamp(Duration::from_millis(90_000_250));
        assert_eq!(shown.as_deref(), Some("1970-01-02T01:00:00.250Z"));
    }

    #[test]
    fn another_day_is_named() {
        let at = |secs| UNIX_EPOCH + Duration::from_secs(secs);
        let shown = |time, now| date_and_time_in(at(time), at(now), &TimeZone::UTC);
        assert_eq!(shown(3600, 7200).as_deref(), Some("01:00"));
        assert_eq!(shown(3600, 90_000).as_deref(), Some("1970-01-01 01:00"));
        assert_eq!(shown(u64::MAX / 4, 0), None);
    }

    #[test]
    fn times_of_day_are_local() {
        let time = UNIX_EPOCH + Duration::from_secs(1_795_215_780); // 2026-11-20 23:03:00 UTC
        let shown = |zone| {
            let time_of_day = local(time, &zone).and_then(time_of_day_of);
            time_of_day.map(|time| time.to_string())
        };
        assert_eq!(shown(TimeZone::UTC).as_deref(), Some("23:03"));
        let east = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(shown(east).as_deref(), Some("00:03"));
        let no_date = UNIX_EPOCH + Duration::from_secs(u64::MAX / 4);
        assert_eq!(time_of_day(no_date), None);
    }
}
