//! What a runtime asks of whoever drives it.

use std::time::Duration;

/// What a runtime asks of whoever drives it.
///
/// A window requests a repaint, a parked thread is unparked, a test records the call. At most one [`Host::wake`] is
/// made between two ticks, however many wakes there were.
pub trait Host: Send + Sync {
    /// Something is ready: tick soon. Called from any thread but never from within a tick; must not block, and must
    /// not call back into the runtime.
    fn wake(&self);

    /// Something woke on the runtime's own thread, outside a tick: see to it that a tick, or
    /// [`Runtime::flush_wakes`](crate::runtime::Runtime::flush_wakes), follows when whatever is on the stack now is over.
    ///
    /// Natively this comes from within a frame, whose end flushes, so that there is nothing to do. In a browser there
    /// is only one thread, and a promise may be kept between two frames. The rules are those of [`Host::wake`].
    fn wake_later(&self) {}

    /// Nothing is ready before `delay` of real time is over: tick then. Called at the end of a tick on the runtime's own
    /// thread.
    fn wake_after(&self, delay: Duration);
}
