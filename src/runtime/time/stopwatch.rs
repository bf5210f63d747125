//! The stopwatch that measures polls.

/// Cheap enough to be read after every poll: the processor's own counter, where it is steady, costs
/// a third of the system's clock. For measuring only; jobs wait on the runtime's clock.
#[derive(Clone, Debug)]
pub(crate) struct Stopwatch(quanta::Clock);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(quanta::Clock::new())
    }

    /// The present moment, in its own unit.
    pub(crate) fn read(&self) -> u64 {
        self.0.raw()
    }

    /// The nanoseconds between two readings; zero when they are in the wrong order.
    pub(crate) fn nanos_between(&self, earlier: u64, later: u64) -> u64 {
        self.0.delta_as_nanos(earlier, later)
    }
}
