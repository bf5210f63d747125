//! What drives a runtime.

use std::time::Duration;

/// What drives a runtime: it is asked for ticks.
///
/// A window requests a repaint, a parked thread is unparked, a test records the call.
/// [`Host::wake`] is called at most once between two ticks, for any number of wakes.
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
