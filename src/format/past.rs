//! Moments in the past, as people type them.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::time_zone::system_zone;

/// A moment in the past as a user types it, as the time since 1970: how long ago it was (`90m`,
/// `2h`, `3d`), a date (`2026-11-01`) or a date and a time (`2026-11-01 14:00`), both of the user's
/// clock.
///
/// # Errors
/// A sentence says what to write instead.
pub fn parse_past(text: &str, now: Duration) -> Result<Duration, String> {
    parse_past_in(text, now, &system_zone())
}

fn parse_past_in(text: &str, now: Duration, zone: &TimeZone) -> Result<Duration, String> {
    let text = text.trim();
    let is_bare = text.bytes().all(|byte| byte.is_ascii_digit());
    if let Ok(ago) = super::parse_duration(text)
        && !is_bare
    {
        return Ok(now.saturating_sub(ago));
    }
    // A date alone is the midnight that it begins with.
    let date = text.parse::<DateTime>();
    let at = date.ok().and_then(|date| zone.to_timestamp(date).ok());
    let since_1970 = at.and_then(|at| u64::try_from(at.as_millisecond()).ok());
    since_1970.map(Duration::from_millis).ok_or_else(|| {
        "write how long ago (90m, 2h, 3d), a date (2026-11-01) or a date and a time (\"2026-11-01 14:00\")"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_typed_as_an_age_or_a_date() {
        let now = Duration::from_secs(1_000_000);
        let parsed = |text| parse_past_in(text, now, &TimeZone::UTC).map(|time| time.as_secs());
        assert_eq!(parsed("2h"), Ok(1_000_000 - 7_200));
        assert_eq!(parsed("1d"), Ok(1_000_000 - 86_400));
        assert_eq!(parsed("99999d"), Err(parsed("x").unwrap_err()));
        assert_eq!(parsed("1970-01-02"), Ok(86_400));
        assert_eq!(parsed("1970-01-02T01:00"), Ok(90_000));
        assert_eq!(parsed("1970-01-02 01:00"), Ok(90_000));
        for text in ["", "5", "yesterday", "2026-13-01", "1969-01-01"] {
            assert!(parsed(text).unwrap_err().contains("2026-11-01"), "{text}");
        }
    }
}
