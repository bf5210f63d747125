//! Days and times of day for people.

use web_time::SystemTime;

/// When something was, on the user's clock: `14:03` today, `2026-11-24 14:03` on another day; `None` for a time no
/// calendar has.
#[must_use]
pub fn date_and_time(time: SystemTime, now: SystemTime) -> Option<String> {
    date_and_time_in(time, now, &jiff::tz::TimeZone::system())
}

fn date_and_time_in(
    time: SystemTime,
    now: SystemTime,
    zone: &jiff::tz::TimeZone,
) -> Option<String> {
    let local = |time: SystemTime| {
        let since_epoch = time.duration_since(web_time::UNIX_EPOCH).ok()?;
        let seconds = i64::try_from(since_epoch.as_secs()).ok()?;
        Some(zone.to_datetime(jiff::Timestamp::from_second(seconds).ok()?))
    };
    let at = local(time)?;
    let time_of_day = super::time_of_day_in(time, zone)?;
    if local(now).is_some_and(|now| now.date() == at.date()) {
        Some(time_of_day.to_string())
    } else {
        Some(format!("{} {time_of_day}", at.date()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn another_day_is_named() {
        let at = |secs| web_time::UNIX_EPOCH + Duration::from_secs(secs);
        let zone = jiff::tz::TimeZone::UTC;
        let shown = |time, now| date_and_time_in(at(time), at(now), &zone);
        assert_eq!(shown(3600, 7200).as_deref(), Some("01:00"));
        assert_eq!(shown(3600, 90_000).as_deref(), Some("1970-01-01 01:00"));
        assert_eq!(shown(u64::MAX / 4, 0), None);
    }
}
