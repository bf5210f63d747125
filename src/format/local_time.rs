//! A minute on the user's calendar.

use std::fmt;

#[cfg(feature = "deck")]
use jiff::tz::TimeZone;
#[cfg(feature = "deck")]
use web_time::{SystemTime, UNIX_EPOCH};

#[cfg(feature = "deck")]
use super::time_zone::system_zone;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "deck", derive(serde::Serialize, serde::Deserialize))]
pub struct LocalDate {
    /// By the Gregorian calendar.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl fmt::Display for LocalDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

/// A local time to the minute. It is shown as `14:03` on its own day, and on another one as
/// `2026-11-24 14:03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "deck", derive(serde::Serialize, serde::Deserialize))]
pub struct LocalTime {
    /// Its day; none where that is not known, as in lists of earlier versions.
    #[cfg_attr(
        feature = "deck",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub date: Option<LocalDate>,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl LocalTime {
    /// The local time of a moment; `None` if no calendar has it.
    #[cfg(feature = "deck")]
    #[must_use]
    pub fn of(time: SystemTime) -> Option<Self> {
        Self::in_zone(time, &system_zone())
    }

    #[cfg(feature = "deck")]
    pub(super) fn in_zone(time: SystemTime, zone: &TimeZone) -> Option<Self> {
        let since_epoch = time.duration_since(UNIX_EPOCH).ok()?;
        let seconds = i64::try_from(since_epoch.as_secs()).ok()?;
        let local = zone.to_datetime(jiff::Timestamp::from_second(seconds).ok()?);
        Some(Self {
            date: Some(LocalDate {
                year: local.year(),
                month: u8::try_from(local.month()).ok()?,
                day: u8::try_from(local.day()).ok()?,
            }),
            hour: u8::try_from(local.hour()).ok()?,
            minute: u8::try_from(local.minute()).ok()?,
        })
    }

    /// The time on its own day, and on another one the day alone: where there is little room.
    #[must_use]
    pub fn time_or_day(self) -> String {
        match self.date.filter(|date| Some(*date) != today()) {
            Some(date) => date.to_string(),
            None => self.shown_on(self.date),
        }
    }

    /// As it is shown on this day.
    pub(super) fn shown_on(self, today: Option<LocalDate>) -> String {
        let Self { date, hour, minute } = self;
        match date.filter(|_| date != today) {
            Some(date) => format!("{date} {hour:02}:{minute:02}"),
            None => format!("{hour:02}:{minute:02}"),
        }
    }
}

#[cfg(feature = "deck")]
fn today() -> Option<LocalDate> {
    LocalTime::of(SystemTime::now())?.date
}

/// Nothing tells it here.
#[cfg(not(feature = "deck"))]
fn today() -> Option<LocalDate> {
    None
}

impl fmt::Display for LocalTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown_on(today()))
    }
}

#[cfg(all(test, feature = "deck"))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_local() {
        let time = UNIX_EPOCH + Duration::from_secs(1_795_215_780); // 2026-11-20 23:03:00 UTC
        let shown = |zone| LocalTime::in_zone(time, &zone).map(|time| time.shown_on(None));
        assert_eq!(shown(TimeZone::UTC).as_deref(), Some("2026-11-20 23:03"));
        let east = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(shown(east).as_deref(), Some("2026-11-21 00:03"));
        let no_date = UNIX_EPOCH + Duration::from_secs(u64::MAX / 4);
        assert_eq!(LocalTime::of(no_date), None);
    }

    #[test]
    fn the_day_is_shown_on_other_days_and_where_it_is_known() {
        let before = SystemTime::now() - Duration::from_secs(3 * 86_400);
        let before = LocalTime::of(before).unwrap();
        let time = format!("{:02}:{:02}", before.hour, before.minute);
        let date = before.date.unwrap();
        assert_eq!(before.to_string(), format!("{date} {time}"));
        assert_eq!(before.time_or_day(), date.to_string());
        assert_eq!(before.shown_on(before.date), time);
        let undated = LocalTime {
            date: None,
            ..before
        };
        assert_eq!(undated.to_string(), time);
    }
}
