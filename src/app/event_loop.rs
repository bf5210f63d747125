//! The window's event loop: eframe's, with ticks of the jobs between its frames.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use eframe::{EframeWinitApplication, UserEvent};
use egui::{Context, ViewportId};
use winit::application::ApplicationHandler;
use winit::event::{DeviceEvent, DeviceId, StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoopProxy};
use winit::window::WindowId;

use super::shared::WeakApp;
use crate::runtime::Host;

/// Drives a runtime from an event loop: a wake ends the loop's sleep, without a frame.
#[derive(Debug)]
pub(super) struct LoopHost {
    proxy: Mutex<EventLoopProxy<UserEvent>>,
    own_thread: ThreadId,
    due: Mutex<Due>,
}

impl LoopHost {
    /// A host for the loop of the calling thread.
    pub(super) fn new(proxy: EventLoopProxy<UserEvent>) -> Arc<Self> {
        Arc::new(Self {
            proxy: Mutex::new(proxy),
            own_thread: std::thread::current().id(),
            due: Mutex::default(),
        })
    }

    fn due(&self) -> MutexGuard<'_, Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for LoopHost {
    fn wake(&self) {
        self.due().is_woken = true;
        if std::thread::current().id() == self.own_thread {
            // The loop is awake, and checks what is due before it sleeps.
            return;
        }
        let proxy = self.proxy.lock().unwrap_or_else(PoisonError::into_inner);
        // The loop may have ended.
        let _ended = proxy.send_event(UserEvent::RequestRepaint {
            viewport_id: work_id(),
            when: Instant::now(),
            cumulative_pass_nr: 0,
        });
    }

    fn wake_after(&self, delay: Duration) {
        self.due().at = Instant::now().checked_add(delay);
    }
}

/// A viewport that does not exist: eframe's events have no other place for an event of ours.
fn work_id() -> ViewportId {
    ViewportId::from_hash_of("jobdeck: jobs")
}

/// When the runtime is to be ticked.
#[derive(Debug, Default)]
struct Due {
    is_woken: bool,
    at: Option<Instant>,
}

impl Due {
    /// True if a tick is due now; it is then no longer due.
    fn take(&mut self, now: Instant) -> bool {
        let is_due = self.is_woken || self.at.is_some_and(|at| at <= now);
        if is_due {
            *self = Self::default();
        }
        is_due
    }

    /// The sooner of eframe's own wake-up and ours.
    fn sooner(&self, sleep: ControlFlow, now: Instant) -> ControlFlow {
        let at = if self.is_woken { Some(now) } else { self.at };
        match (sleep, at) {
            (ControlFlow::Poll, _) => ControlFlow::Poll,
            (ControlFlow::WaitUntil(other), Some(at)) => ControlFlow::WaitUntil(other.min(at)),
            (ControlFlow::Wait, Some(at)) => ControlFlow::WaitUntil(at),
            (sleep, None) => sleep,
        }
    }
}

/// `None`: a frame does not know what painting it cost. [`WindowLoop`] measures that from outside.
pub(super) fn cost_of_last(_frame: &eframe::Frame) -> Option<Duration> {
    None
}

/// The app and its context, once the window is open.
pub(super) type Opened = Rc<OnceCell<(WeakApp, Context)>>;

/// Passes every event to eframe, and ticks the jobs before each sleep.
pub(super) struct WindowLoop<'a> {
    eframe: EframeWinitApplication<'a>,
    host: Arc<LoopHost>,
    opened: Opened,
}

impl<'a> WindowLoop<'a> {
    pub(super) fn new(
        eframe: EframeWinitApplication<'a>,
        host: Arc<LoopHost>,
        opened: Opened,
    ) -> Self {
        Self {
            eframe,
            host,
            opened,
        }
    }
}

impl ApplicationHandler<UserEvent> for WindowLoop<'_> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        self.eframe.resumed(event_loop);
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, id: WindowId, event: WindowEvent) {
        let paints = matches!(event, WindowEvent::RedrawRequested);
        let begun = Instant::now();
        self.eframe.window_event(event_loop, id, event);
        if paints && let Some((app, _)) = self.opened.get() {
            // The app is gone if this event closed the window.
            let _gone = app.with(|app| app.frame_took(begun.elapsed()));
        }
    }

    fn new_events(&mut self, event_loop: &ActiveEventLoop, cause: StartCause) {
        self.eframe.new_events(event_loop, cause);
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, event: UserEvent) {
        match event {
            // Its only purpose was to end the sleep.
            UserEvent::RequestRepaint { viewport_id, .. } if viewport_id == work_id() => {}
            event => self.eframe.user_event(event_loop, event),
        }
    }

    fn device_event(&mut self, event_loop: &ActiveEventLoop, id: DeviceId, event: DeviceEvent) {
        self.eframe.device_event(event_loop, id, event);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        self.eframe.about_to_wait(event_loop);
        let Some((app, ctx)) = self.opened.get() else {
            return;
        };
        let is_due = self.host.due().take(Instant::now());
        if is_due {
            let _gone = app.with(|app| app.tick_between_frames(ctx));
        }
        // After eframe, which sets its own control flow in every iteration.
        let sleep = event_loop.control_flow();
        let sleep = self.host.due().sooner(sleep, Instant::now());
        event_loop.set_control_flow(sleep);
    }

    fn suspended(&mut self, event_loop: &ActiveEventLoop) {
        self.eframe.suspended(event_loop);
    }

    fn exiting(&mut self, event_loop: &ActiveEventLoop) {
        self.eframe.exiting(event_loop);
    }

    fn memory_warning(&mut self, event_loop: &ActiveEventLoop) {
        self.eframe.memory_warning(event_loop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_is_due_at_once_and_a_deadline_when_it_has_come() {
        let now = Instant::now();
        let later = now + Duration::from_millis(5);
        let mut due = Due::default();
        assert!(!due.take(now));
        due.is_woken = true;
        assert!(due.take(now));
        assert!(!due.take(now), "once");
        due.at = Some(later);
        assert!(!due.take(now));
        assert!(due.take(later));
        assert!(!due.take(later), "once");
    }

    #[test]
    fn a_wake_takes_the_place_of_the_deadline_before_it() {
        let now = Instant::now();
        let mut due = Due {
            is_woken: true,
            at: Some(now + Duration::from_secs(1)),
        };
        assert!(due.take(now));
        // Every tick sets the next deadline.
        assert!(due.at.is_none());
    }

    #[test]
    fn the_loop_sleeps_until_the_first_of_two_deadlines() {
        let now = Instant::now();
        let at = |millis| now + Duration::from_millis(millis);
        let due = |is_woken, at| Due { is_woken, at };
        let (wait, until) = (ControlFlow::Wait, ControlFlow::WaitUntil);
        for (ours, eframes, both) in [
            (due(false, None), wait, wait),
            (due(false, None), until(at(3)), until(at(3))),
            (due(false, Some(at(5))), wait, until(at(5))),
            (due(false, Some(at(5))), until(at(3)), until(at(3))),
            (due(false, Some(at(5))), until(at(8)), until(at(5))),
            (due(true, None), until(at(3)), until(now)),
            (due(true, Some(at(5))), wait, until(now)),
            (due(true, None), ControlFlow::Poll, ControlFlow::Poll),
        ] {
            assert_eq!(ours.sooner(eframes, now), both, "{ours:?}, {eframes:?}");
        }
    }
}
