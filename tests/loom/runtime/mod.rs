//! The runtime, as far as threads meet in it.

#[path = "../../../src/runtime/inbox.rs"]
mod inbox;
#[path = "../../../src/runtime/panics.rs"]
#[expect(
    dead_code,
    reason = "a cancel hook's panic is all that is reported here"
)]
mod panics;
#[path = "native/mod.rs"]
mod platform;
mod queue;
#[path = "../../../src/runtime/sync.rs"]
mod sync;
#[path = "../../../src/runtime/waker.rs"]
#[expect(dead_code, reason = "the models poll one job and never end it")]
mod waker;

mod inbox_models;

/// Stands in for the number of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct JobId(u32);

impl JobId {
    const NONE: Self = Self(0);
}

/// Stands in for the priorities, of which a wake only passes on one.
#[derive(Clone, Copy)]
struct Priority(u8);

impl Priority {
    fn from_level(level: u8) -> Self {
        Self(level)
    }

    fn level(self) -> u8 {
        self.0
    }
}

/// Stands in for the error of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cancelled;
