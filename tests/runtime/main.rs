//! The runtime's promises, on virtual time wherever time matters.

mod cancel;
mod children;
mod panics;
mod pause;
mod regressions;
mod sleep;
mod states;
mod support;
mod wakes;
mod workers;
