//! The runtime's promises, on virtual time wherever time matters.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as the test itself may"
)]

mod aborts;
mod awaits;
mod cancel;
mod children;
mod cleanup;
mod driving;
mod edges;
mod errors;
mod families;
mod interval;
mod limits;
mod misuse;
mod options;
mod order;
mod panics;
mod pause;
mod regressions;
mod remote;
mod retry;
mod scope;
mod semaphore;
mod sleep;
mod states;
mod statistics;
mod stepping;
mod storm;
mod streams;
mod support;
mod task;
mod throw;
mod values;
mod wakes;
mod workers;
