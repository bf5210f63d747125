//! The runtime's promises, on virtual time wherever time matters.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as the test itself may"
)]

mod aborts;
mod cancel;
mod children;
mod panics;
mod pause;
mod regressions;
mod sleep;
mod states;
mod storm;
mod support;
mod wakes;
mod workers;
