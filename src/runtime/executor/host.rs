//! What drives a runtime.

use std::time::Duration;

/// What drives a runtime: it is asked for ticks.
///
/// A window requests a repaint, a parked thread is unparked, a test records the call.
/// [`Host::wake`] is called at most once between two ticks, for any number of wakes.
///
/// There are hosts for egui (`EguiHost`, with the feature `ui`), for a thread that does nothing
/// else ([`ParkHost`](crate::runtime::ParkHost)) and for tests. One for another toolkit sends an
/// event to its loop, here a channel, and the loop ticks when it gets that event:
///
/// ```
/// use jobdeck::runtime::{Host, Runtime, TICK_BUDGET};
/// use std::sync::{Arc, mpsc};
/// use std::{thread, time::Duration};
///
/// enum Event {
///     Tick,
///     // Keys, clicks …
/// }
///
/// struct EventLoopHost(mpsc::Sender<Event>);
///
/// impl Host for EventLoopHost {
///     fn wake(&self) {
///         let _is_open = self.0.send(Event::Tick);
///     }
///
///     fn wake_later(&self) {
///         self.wake(); // an event is handled after the one that is handled now
///     }
///
///     fn wake_after(&self, delay: Duration) {
///         let events = self.0.clone();
///         // Toolkits have a timer for this.
///         thread::spawn(move || {
///             thread::sleep(delay);
///             let _is_open = events.send(Event::Tick);
///         });
///     }
/// }
///
/// let (sender, events) = mpsc::channel();
/// let runtime = Runtime::new(Arc::new(EventLoopHost(sender)));
/// let job = runtime.spawn("answer", async |cx| {
///     cx.sleep(Duration::from_millis(2)).await?;
///     cx.blocking("thinking", |_token| Ok(6 * 7)).await
/// });
/// while !job.is_finished() {
///     match events.recv()? {
///         Event::Tick => drop(runtime.tick(TICK_BUDGET)),
///     }
/// }
/// assert_eq!(job.into_value()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Host: Send + Sync {
    /// Something is ready: tick soon. Called from any thread but never from within a tick; must not
    /// block, and must not call back into the runtime.
    fn wake(&self);

    /// Something woke on the runtime's own thread, outside a tick: make sure that a tick, or
    /// [`Runtime::flush_wakes`](crate::runtime::Runtime::flush_wakes), follows once the present
    /// call stack has returned.
    ///
    /// Natively this is called within a frame: a host that learns of the end of a frame asks for
    /// another one then, and for any other host that end flushes. In a browser there is only one
    /// thread, and a promise may resolve between two frames. The rules are those of [`Host::wake`].
    fn wake_later(&self) {}

    /// Nothing is ready before `delay` of real time has passed: tick then. Called at the end of a
    /// tick, on the runtime's own thread.
    fn wake_after(&self, delay: Duration);
}
