//! The user's time zone.

use std::cell::RefCell;
use std::time::Duration;

use jiff::tz::TimeZone;
use web_time::SystemTime;

/// How long it is taken to be the same.
const KEPT_FOR: Duration = Duration::from_secs(60);

thread_local! {
    /// When it was read, and what it was.
    static LAST: RefCell<Option<(SystemTime, TimeZone)>> = const { RefCell::new(None) };
}

/// The user's time zone. jiff asks the browser again each time, which takes longer than all else
/// that is done to restore a row.
pub(super) fn system_zone() -> TimeZone {
    let now = SystemTime::now();
    LAST.with_borrow_mut(|last| {
        if let Some((read_at, zone)) = last
            && now.duration_since(*read_at).is_ok_and(|age| age < KEPT_FOR)
        {
            return zone.clone();
        }
        let zone = TimeZone::system();
        *last = Some((now, zone.clone()));
        zone
    })
}
