//! When to paint what changed by itself. Frames for the user's input do not wait for this.

use std::time::Duration;

use web_time::Instant;

use super::frame_times::FrameTimer;

/// The time between two changes of numbers on the screen, and between two moves of the heartbeat.
pub(super) const BEAT: Duration = Duration::from_millis(100);
/// The time between two frames of a window that shows nothing: eframe sleeps 10 ms in each of them.
const HIDDEN_BEAT: Duration = Duration::from_secs(1);
/// While only numbers move, painting may take one part in this many of the time: without a GPU it
/// takes the cores that the jobs need.
const PAINTED_SHARE: u32 = 10;
/// The longest time between two frames, however slow the painter is.
const SLOWEST_BEAT: Duration = Duration::from_millis(500);

/// Spaces the frames that show what changed by itself.
#[derive(Debug, Default)]
pub(super) struct RepaintPace {
    /// How long our own share of a frame takes, once it is measured.
    pub(super) timer: Option<FrameTimer>,
    /// When the last frame began.
    last: Option<Instant>,
    /// The mean cost of the latest frames, painting included where that is known.
    cost: Duration,
    /// Whether a frame has been requested since the last one.
    is_requested: bool,
}

impl RepaintPace {
    /// For the frames of this context, whose cost is measured from now on.
    pub(super) fn install(ctx: &egui::Context) -> Self {
        Self {
            timer: Some(FrameTimer::install(ctx)),
            ..Self::default()
        }
    }

    /// A frame begins.
    pub(super) fn frame_begins(&mut self, now: Instant) {
        self.last = Some(now);
        self.is_requested = false;
    }

    /// A frame was painted, and took this long.
    pub(super) fn frame_took(&mut self, cost: Duration) {
        self.cost = (self.cost * 3 + cost) / 4;
    }

    /// The time between two frames.
    pub(super) fn interval(&self, is_hidden: bool) -> Duration {
        if is_hidden {
            return HIDDEN_BEAT;
        }
        (self.cost * PAINTED_SHARE).clamp(BEAT, SLOWEST_BEAT)
    }

    /// The time until the next beat, `elapsed` after the clock began; or until the next frame, if
    /// frames are further apart.
    pub(super) fn until_next_beat(&self, elapsed: Duration, is_hidden: bool) -> Duration {
        let interval = self.interval(is_hidden);
        if interval > BEAT {
            return interval;
        }
        let into_beat = elapsed.as_nanos() % BEAT.as_nanos();
        BEAT.saturating_sub(Duration::from_nanos(u64::try_from(into_beat).unwrap_or(0)))
    }

    /// Something changed: the delay after which a frame is to show it, or `None` if one has been
    /// requested already.
    pub(super) fn request(&mut self, now: Instant, is_hidden: bool) -> Option<Duration> {
        if std::mem::replace(&mut self.is_requested, true) {
            return None;
        }
        let elapsed = self.last.map(|last| now.duration_since(last));
        let wait = elapsed.map(|elapsed| self.interval(is_hidden).saturating_sub(elapsed));
        // egui paints two frames for a request without a delay.
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
