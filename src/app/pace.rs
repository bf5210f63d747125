//! When a frame shows what changed by itself. The user's input does not wait for it.

use std::time::Duration;

use web_time::Instant;

/// How often numbers change on the screen, and the heartbeat moves.
pub(super) const BEAT: Duration = Duration::from_millis(100);
/// How often a window that shows nothing has a frame: eframe sleeps 10 ms in each one of a minimised window.
const HIDDEN_BEAT: Duration = Duration::from_secs(1);
/// Painting takes one part in this many of the time, while only numbers move: without a GPU it takes the cores that the
/// jobs need.
const PAINTED_SHARE: u32 = 10;
/// However slow the painter is: what happens is still to be followed.
const SLOWEST_BEAT: Duration = Duration::from_millis(500);

/// Spreads the frames that show what changed by itself.
#[derive(Debug, Default)]
pub(super) struct RepaintPace {
    /// When the last frame began.
    last: Option<Instant>,
    /// How long the latest frames took on average, with all that painted them, where that is known.
    cost: Duration,
    /// Whether a frame has been requested since the last one.
    is_requested: bool,
}

impl RepaintPace {
    /// A frame begins.
    pub(super) fn frame_begins(&mut self, now: Instant) {
        self.last = Some(now);
        self.is_requested = false;
    }

    /// A frame is painted, and took this long.
    pub(super) fn frame_took(&mut self, cost: Duration) {
        self.cost = (self.cost * 3 + cost) / 4;
    }

    /// How far apart frames are.
    pub(super) fn interval(&self, is_hidden: bool) -> Duration {
        if is_hidden {
            return HIDDEN_BEAT;
        }
        (self.cost * PAINTED_SHARE).clamp(BEAT, SLOWEST_BEAT)
    }

    /// How long it is until the next beat, where `elapsed` has passed since the clock began; or until the next frame, where
    /// those are further apart.
    pub(super) fn until_next_beat(&self, elapsed: Duration, is_hidden: bool) -> Duration {
        let interval = self.interval(is_hidden);
        if interval > BEAT {
            return interval;
        }
        let into_beat = elapsed.as_nanos() % BEAT.as_nanos();
        BEAT.saturating_sub(Duration::from_nanos(u64::try_from(into_beat).unwrap_or(0)))
    }

    /// Something changed that a frame shows: after how long there is to be one; `None` if it is requested already.
    pub(super) fn request(&mut self, now: Instant, is_hidden: bool) -> Option<Duration> {
        if std::mem::replace(&mut self.is_requested, true) {
            return None;
        }
        let elapsed = self.last.map(|last| now.duration_since(last));
        let wait = elapsed.map(|elapsed| self.interval(is_hidden).saturating_sub(elapsed));
        // Of a request without any delay egui makes two frames.
        Some(wait.unwrap_or_default().max(Duration::from_millis(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn changes_are_shown_a_beat_after_the_last_frame_and_asked_for_once() {
        let start = Instant::now();
        let mut pace = RepaintPace::default();
        pace.frame_begins(start);
        assert_eq!(pace.request(start + ms(30), false), Some(ms(70)));
        assert_eq!(pace.request(start + ms(40), false), None);
        pace.frame_begins(start + ms(100));
        assert_eq!(pace.request(start + ms(100), false), Some(BEAT));
    }

    #[test]
    fn what_changes_after_a_rest_is_shown_at_once() {
        let start = Instant::now();
        let mut pace = RepaintPace::default();
        assert_eq!(pace.request(start, false), Some(ms(1)));
        pace.frame_begins(start);
        assert_eq!(pace.request(start + ms(5000), false), Some(ms(1)));
    }

    #[test]
    fn a_hidden_window_has_a_frame_a_second() {
        let start = Instant::now();
        let mut pace = RepaintPace::default();
        pace.frame_begins(start);
        assert_eq!(pace.request(start + ms(250), true), Some(ms(750)));
    }

    #[test]
    fn a_slow_painter_has_a_tenth_of_the_time() {
        let start = Instant::now();
        let mut pace = RepaintPace::default();
        pace.frame_begins(start);
        let mut interval_of = |cost| {
            (0..50).for_each(|_| pace.frame_took(cost));
            pace.interval(false).as_millis()
        };
        assert_eq!(interval_of(ms(3)), 100);
        assert!((199..=200).contains(&interval_of(ms(20))));
        assert_eq!(interval_of(ms(80)), 500, "and is still followed");
        assert_eq!(pace.request(start + ms(80), false), Some(ms(420)));
    }

    #[test]
    fn one_slow_frame_does_not_make_a_slow_painter() {
        let mut pace = RepaintPace::default();
        pace.frame_took(ms(36));
        assert_eq!(pace.interval(false), BEAT);
    }
}
