//! Moments on the user's clock and calendar.

use std::time::Duration;

use jiff::tz::TimeZone;
use web_time::SystemTime;

use super::local_time::LocalTime;
use super::time_zone::system_zone;

/// A moment on the user's clock: `14:03` today, `2026-11-24 14:03` on another day; `None` if no
/// calendar has it.
#[must_use]
pub fn date_and_time(time: SystemTime, now: SystemTime) -> Option<String> {
    date_and_time_in(time, now, &system_zone())
}

fn date_and_time_in(time: SystemTime, now: SystemTime, zone: &TimeZone) -> Option<String> {
    let at = LocalTime::in_zone(time, zone)?;
    let now = LocalTime::in_zone(now, zone);
    Some(at.shown_on(now.and_then(|now| now.date)))
}

/// A time since 1970 as scripts read it: `2026-11-24T14:03:07.250Z`; `None` if no calendar has it.
#[must_use]
pub fn timestamp(since_1970: Duration) -> Option<String> {
    let milliseconds = i64::try_from(since_1970.as_millis()).ok()?;
    let timestamp = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    Some(format!("{timestamp:.3}"))
}

#[cfg(test)]
mod tests {
    use web_time::UNIX_EPOCH;

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
}
