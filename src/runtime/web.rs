//! What stands in for threads where there are none: nothing ever runs beside the page.

use std::rc::Rc;

use super::executor::RuntimeInner;

/// What other threads have to say: nothing.
#[derive(Clone, Copy)]
pub(super) enum Message {}

pub(super) fn carry_out(_runtime: &Rc<RuntimeInner>, message: Message) {
    match message {}
}

/// The worker threads of one job: none.
#[derive(Default)]
pub(super) struct Workers(());

/// What was given up: nothing.
pub(super) struct Abandoned {
    pub(super) count: usize,
}

impl Workers {
    pub(super) fn pause(&self) {}

    pub(super) fn resume(&self) {}

    pub(super) fn cancel(&self) {}

    pub(super) fn abandon(&self) -> Abandoned {
        Abandoned { count: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        true
    }

    pub(super) fn all_stopped(&self) -> bool {
        true
    }
}

/// The worker threads of a runtime: none.
#[derive(Default)]
pub(super) struct Threads(());

impl Threads {
    pub(super) fn busy(&self) -> usize {
        0
    }

    pub(super) fn abandoned(&self) -> usize {
        0
    }

    pub(super) fn abandon(&self, _what: &Abandoned) {}
}

/// Reads the page's clock, in nanoseconds since it began.
#[derive(Clone, Debug)]
pub(super) struct Stopwatch(web_time::Instant);

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self(web_time::Instant::now())
    }

    pub(super) fn read(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(super) fn nanos_between(&self, earlier: u64, later: u64) -> u64 {
        later.saturating_sub(earlier)
    }
}
