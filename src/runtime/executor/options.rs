//! What can be chosen for a whole runtime.

use std::time::Duration;

use crate::runtime::Clock;
use crate::runtime::executor::grace::CANCEL_GRACE;
use crate::runtime::executor::table::FINISHED_KEPT;
use crate::runtime::job::report::LOG_LINES_KEPT;

/// The options of a runtime, which
/// [`Runtime::with_options`](crate::runtime::Runtime::with_options) makes.
///
/// ```
/// use jobdeck::runtime::{Clock, ParkHost, Runtime, RuntimeOptions};
/// use std::time::Duration;
///
/// let options = RuntimeOptions::new()
///     .blocking_threads(8)
///     .finished_kept(100)
///     .log_lines_kept(50)
///     .cancel_grace(Duration::from_secs(1));
/// let runtime = Runtime::with_options(ParkHost::new(), options);
/// ```
#[derive(Clone, Debug)]
#[must_use = "options change nothing before a runtime has them"]
pub struct RuntimeOptions {
    pub(crate) clock: Clock,
    /// None is the default of the platform.
    pub(crate) blocking_threads: Option<usize>,
    pub(crate) finished_kept: usize,
    pub(crate) log_lines_kept: usize,
    pub(crate) cancel_grace: Duration,
    pub(crate) seed: Option<u64>,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl RuntimeOptions {
    /// The options of [`Runtime::new`](crate::runtime::Runtime::new).
    pub fn new() -> Self {
        Self {
            clock: Clock::real(),
            blocking_threads: None,
            finished_kept: FINISHED_KEPT,
            log_lines_kept: LOG_LINES_KEPT,
            cancel_grace: CANCEL_GRACE,
            seed: None,
        }
    }

    /// The clock; by default the machine's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How many threads the jobs' blocking calls use at once, at least one; 64 by default. In a
    /// browser there are none.
    pub fn blocking_threads(mut self, threads: usize) -> Self {
        self.blocking_threads = Some(threads.max(1));
        self
    }

    /// How many finished jobs are kept in the table, by default [`FINISHED_KEPT`]; the oldest leave
    /// first.
    pub fn finished_kept(mut self, jobs: usize) -> Self {
        self.finished_kept = jobs;
        self
    }

    /// How many log lines of one job are kept, by default [`LOG_LINES_KEPT`]; the oldest leave
    /// first.
    pub fn log_lines_kept(mut self, lines: usize) -> Self {
        self.log_lines_kept = lines;
        self
    }

    /// How long a cancelled job waits for its worker threads before it gives them up, in real time;
    /// by default [`CANCEL_GRACE`], 5 s.
    pub fn cancel_grace(mut self, grace: Duration) -> Self {
        self.cancel_grace = grace;
        self
    }

    /// The seed of what is random in the runtime: how much chance takes off the waits of a
    /// [`retry`](crate::runtime::JobContext::retry). With the same seed, the same jobs on a virtual
    /// clock wait equally long every time, as long as no worker thread is among them: each retry
    /// takes its random numbers when it begins, and threads end in any order. By default it is
    /// another one every time.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The random numbers of one runtime.
    pub(crate) fn random(&self) -> fastrand::Rng {
        self.seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)
    }
}
