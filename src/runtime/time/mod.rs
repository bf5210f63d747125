//! Moments, deadlines and rates.

pub(crate) mod clock;
pub(crate) mod rate;
pub(crate) mod timers;
