//! Moments, deadlines and rates.

pub(crate) mod clock;
pub(crate) mod rate;
pub(crate) mod runtime_clock;
pub(crate) mod slice;
pub(crate) mod timers;
