//! Ticks and frames: what goes on between frames, and which frames are requested.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use egui::{Context, RawInput, ViewportId};

use crate::app::pace::BEAT;
use crate::app::persistence::Persistence;
use crate::app::{App, AppOptions};
use crate::jobs::{Spec, TimedSpec};
use crate::runtime::{Clock, Host, ParkHost};

/// An app whose jobs go on between its frames, and what it asked for of frames.
struct Between {
    app: App,
    ctx: Context,
    requested: Arc<Mutex<Vec<Duration>>>,
}

impl Between {
    /// With jobs that work for two seconds, one after the other.
    fn new(jobs: usize) -> Self {
        let specs = (0..jobs).map(|number| {
            Spec::Timed(TimedSpec {
                name: format!("job {number}"),
                sleep: Duration::ZERO,
                work: Duration::from_secs(2),
            })
        });
        let options = AppOptions {
            specs: specs.collect(),
            clock: Clock::virtual_time(),
            keeps_nothing: true,
            ..AppOptions::default()
        };
        let ctx = Context::default();
        let host: Arc<dyn Host> = ParkHost::new();
        let persistence = Persistence::open(None, &host);
        let mut app = App::over(&ctx, None, options, host, persistence);
        app.deck.set_limits(crate::deck::Limits {
            jobs_at_once: 1,
            ..app.deck.schedule.limits()
        });
        let requested = Arc::default();
        let observed: Arc<Mutex<Vec<Duration>>> = Arc::clone(&requested);
        ctx.set_request_repaint_callback(move |info| observed.lock().unwrap().push(info.delay));
        Self {
            app,
            ctx,
            requested,
        }
    }

    /// A frame, and what it requested.
    fn frame(&mut self, is_minimised: bool) -> Vec<Duration> {
        self.requested.lock().unwrap().clear();
        let mut input = RawInput::default();
        let viewport = input.viewports.entry(ViewportId::ROOT).or_default();
        viewport.minimized = Some(is_minimised);
        viewport.occluded = Some(false);
        let logic = self.ctx.run_logic(&input, |ctx| self.app.logic_phase(ctx));
        drop(logic);
        std::mem::take(&mut self.requested.lock().unwrap())
    }

    /// Ticks without frames for this many seconds. Returns the delays of the repaints requested.
    fn pass(&mut self, secs: u32) -> Vec<Duration> {
        for _ in 0..secs * 4 {
            self.app
                .deck
                .runtime()
                .clock()
                .advance(Duration::from_millis(250));
            self.app.tick_between_frames(&self.ctx);
        }
        std::mem::take(&mut self.requested.lock().unwrap())
    }
}

#[test]
fn what_ended_unseen_is_counted_and_the_message_stays_true_and_goes() {
    let mut between = Between::new(20);
    let says = |between: &Between| {
        let toast = between.app.notices.toasts.of(crate::view::ToastKind::Done);
        toast.map(|toast| toast.text.clone())
    };
    between.frame(false);
    between.pass(4);
    between.frame(false);
    assert_eq!(says(&between), None, "it was seen");
    between.pass(6);
    between.frame(true);
    assert_eq!(says(&between).as_deref(), Some("3 jobs done"));
    between.pass(4);
    between.frame(false);
    assert_eq!(says(&between).as_deref(), Some("5 jobs done"));
    between.pass(4);
    between.frame(false);
    assert_eq!(says(&between), None, "its time is over");
}

#[test]
fn jobs_go_on_between_frames_and_one_frame_shows_all_of_it() {
    let mut between = Between::new(20);
    between.frame(false);
    between.pass(1);
    between.frame(false);
    let requested = between.pass(38);
    assert!(between.app.deck.counts().of(crate::status::Chip::Done) >= 18);
    assert!(requested.len() <= 1, "{requested:?}");
    assert!(requested.iter().all(|delay| *delay <= BEAT));
}

#[test]
fn a_running_job_has_a_frame_for_each_beat_and_in_a_minimised_window_one_a_second() {
    let mut between = Between::new(1);
    between.frame(false);
    let shown = between.frame(false);
    assert!(shown.iter().any(|delay| *delay <= BEAT), "{shown:?}");
    let minimised = between.frame(true);
    let soonest = minimised.iter().min();
    assert_eq!(soonest, Some(&Duration::from_secs(1)), "{minimised:?}");
    let requested = between.pass(3);
    // The beat has been requested: what changes meanwhile is shown with it.
    assert!(
        requested
            .iter()
            .all(|delay| *delay > Duration::from_millis(900)),
        "{requested:?}"
    );
}

#[test]
fn at_rest_a_tick_asks_for_no_frame() {
    let mut between = Between::new(1);
    between.frame(false);
    between.pass(5);
    between.frame(false);
    assert!(between.app.deck.all_ended());
    let requested = between.pass(100);
    assert!(requested.is_empty(), "{requested:?}");
}
