//! The parts of the runtime that several threads use.

mod job;
mod sync;
mod worker;

/// Stands in for the number of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct JobId(u32);

impl JobId {
    const NONE: Self = Self(0);
}

/// Stands in for the priorities: a wake only passes one on.
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
