//! How long our own share of a frame takes: from the input to the shapes, and from shapes to
//! triangles.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use egui::{Context, FullOutput, Plugin, RawInput};
use web_time::Instant;

use crate::view::FrameTimes;

/// The first frames do not count: fonts and shaders are made in them.
const FRAMES_LEFT_OUT: u64 = 5;
/// The painter makes the triangles, after us: to find their cost they are made once more in one
/// of this many frames.
const TESSELLATE_EVERY: u64 = 16;
/// How many frames the mean is over.
const FRAMES_IN_MEAN: usize = 30;
/// How long a shown mean stays, so that it can be read.
const SHOWN_FOR: Duration = Duration::from_millis(500);

/// Reads what the plugin measures.
#[derive(Clone, Debug)]
pub(super) struct FrameTimer(Arc<Mutex<Measured>>);

impl FrameTimer {
    /// Measures every frame of this context from now on.
    pub(super) fn install(ctx: &Context) -> Self {
        let timer = Self(Arc::default());
        ctx.add_plugin(FrameTimerPlugin {
            measured: Arc::clone(&timer.0),
            begun: None,
        });
        timer
    }

    /// `None` before the first frame that counts.
    pub(super) fn times(&self) -> Option<FrameTimes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).shown
    }
}

#[derive(Debug, Default)]
struct Measured {
    frames: u64,
    recent: VecDeque<Duration>,
    tessellation: Duration,
    longest: Duration,
    shown: Option<FrameTimes>,
    shown_since: Option<Instant>,
}

impl Measured {
    /// Counts one frame. `tessellation` is its cost, if it was measured in this frame.
    fn add(
        &mut self,
        now: Instant,
        without_tessellation: Duration,
        tessellation: Option<Duration>,
    ) {
        self.frames += 1;
        if let Some(tessellation) = tessellation {
            self.tessellation = tessellation;
        }
        if self.frames <= FRAMES_LEFT_OUT {
            return;
        }
        let frame = without_tessellation + self.tessellation;
        self.longest = self.longest.max(frame);
        if self.recent.len() == FRAMES_IN_MEAN {
            self.recent.pop_front();
        }
        self.recent.push_back(frame);
        if self
            .shown_since
            .is_none_or(|since| now.duration_since(since) >= SHOWN_FOR)
        {
            let count = u32::try_from(self.recent.len()).unwrap_or(1).max(1);
            let mean = self.recent.iter().sum::<Duration>() / count;
            self.shown = Some(FrameTimes {
                mean,
                longest: self.longest,
            });
            self.shown_since = Some(now);
        }
    }

    fn wants_tessellation(&self) -> bool {
        // The last frame that does not count, and then every sixteenth.
        self.frames % TESSELLATE_EVERY == FRAMES_LEFT_OUT - 1
    }
}

struct FrameTimerPlugin {
    measured: Arc<Mutex<Measured>>,
    begun: Option<Instant>,
}

impl Plugin for FrameTimerPlugin {
    fn debug_name(&self) -> &'static str {
        "frame timer"
    }

    fn input_hook(&mut self, _ctx: &Context, _input: &mut RawInput) {
        self.begun = Some(Instant::now());
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        let Some(begun) = self.begun.take() else {
            return;
        };
        let now = Instant::now();
        let without_tessellation = now.duration_since(begun);
        let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let tessellation = measured.wants_tessellation().then(|| {
            let triangles = ctx.tessellate(output.shapes.clone(), output.pixels_per_point);
            let elapsed = now.elapsed();
            drop(triangles);
            elapsed
        });
        measured.add(now, without_tessellation, tessellation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frames_do_not_count_and_the_longest_does() {
        let mut measured = Measured::default();
        let start = Instant::now();
        let ms = Duration::from_millis;
        for frame in 0..5 {
            measured.add(start, ms(500), (frame == 4).then_some(ms(2)));
            assert_eq!(measured.shown, None);
        }
        measured.add(start, ms(3), None);
        assert_eq!(
            measured.shown,
            Some(FrameTimes {
                mean: ms(5),
                longest: ms(5)
            })
        );
        measured.add(start, ms(9), None);
        assert_eq!(
            measured.shown.map(|times| times.longest),
            Some(ms(5)),
            "not yet shown"
        );
        measured.add(start + SHOWN_FOR, ms(3), Some(ms(3)));
        let shown = measured.shown.unwrap();
        assert_eq!(shown.longest, ms(11));
        assert_eq!(shown.mean, (ms(5) + ms(11) + ms(6)) / 3);
    }

    #[test]
    fn tessellation_is_found_in_the_last_frame_that_does_not_count_and_then_now_and_again() {
        let mut measured = Measured::default();
        let mut found = Vec::new();
        for frame in 1..=40 {
            if measured.wants_tessellation() {
                found.push(frame);
            }
            measured.add(Instant::now(), Duration::ZERO, None);
        }
        assert_eq!(found, [5, 21, 37]);
    }
}
