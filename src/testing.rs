//! For tests of jobs: a runtime on a virtual clock, a host that records its calls, and assertions
//! that print everything known of a job when they fail.
//!
//! An hour's sleep takes no time, and every run of a test without worker threads has the same
//! result: the threads are real, and end in any order. With the feature `fetch`, a
//! `fetch::FetchScript` answers the fetches.
//!
//! ```
//! use jobdeck::testing::{JobState, TestRuntime};
//! use std::time::Duration;
//!
//! let test = TestRuntime::new();
//! let job = test.spawn("tea", async |cx| {
//!     cx.sleep(Duration::from_secs(180)).await?;
//!     Ok("ready")
//! });
//! test.settle();
//! test.assert_state(&job, JobState::Running);
//! job.pause();
//! test.advance(Duration::from_secs(3600));
//! test.assert_state(&job, JobState::Paused);
//! job.resume();
//! test.advance(Duration::from_secs(180));
//! assert_eq!(job.take_value(), Some("ready"));
//! ```
//!
//! # Worker threads
//!
//! They run in real time. While one runs, the clock stands still, and [`TestRuntime::settle`] and
//! [`TestRuntime::advance`] wait for it, [`WORKER_PATIENCE`] at most, which is 20 s of real time.
//! One that is paused, waits for room in `Token::send`, or is in `Token::standing_still` in a pause
//! does not hold the clock up. So a time limit over what a thread does, such as a process that runs
//! too long, cannot be tested on the virtual clock: it never moves meanwhile. Give such a test a
//! [`ParkHost`](crate::runtime::ParkHost) and a limit of milliseconds.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::runtime::{
    AwaitView, Clock, Host, Job, Lifecycle, Outcome, Runtime, RuntimeOptions, TICK_BUDGET, Tick,
};

/// Real time that a test waits for a worker thread, or for a job that keeps waking itself, before
/// it fails: 20 s.
pub const WORKER_PATIENCE: Duration = Duration::from_secs(20);

/// A runtime on a virtual clock, with the same random numbers every time. Derefs to [`Runtime`].
/// For round waits between retries, give their [`BackOff`](crate::runtime::BackOff) a `jitter` of
/// 0.0.
#[derive(Debug)]
pub struct TestRuntime {
    runtime: Runtime,
    host: Arc<HostRecorder>,
}

/// The name of a job's lifecycle or, once it has ended, of its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobState {
    /// Not polled yet.
    Queued,
    /// Polled and not finished.
    Running,
    /// Paused, but a worker thread has not stopped yet.
    Pausing,
    /// Paused.
    Paused,
    /// Waits for its children.
    Completing,
    /// Cancelled, or its time is over, but a child, a cleanup or a worker thread has not ended yet.
    Cancelling,
    /// Ended with a value.
    Done,
    /// Ended with an error.
    Failed,
    /// Ended with a panic.
    Panicked,
    /// Ended by its time limit.
    TimedOut,
    /// Ended by a cancel.
    Cancelled,
}

impl JobState {
    /// The state of a job.
    #[must_use]
    pub fn of(job: &Job) -> Self {
        match job.lifecycle() {
            Lifecycle::Queued => Self::Queued,
            Lifecycle::Running => Self::Running,
            Lifecycle::Pausing { .. } => Self::Pausing,
            Lifecycle::Paused { .. } => Self::Paused,
            Lifecycle::Completing { .. } => Self::Completing,
            Lifecycle::Cancelling => Self::Cancelling,
            Lifecycle::Finished(outcome) => match outcome {
                Outcome::Done => Self::Done,
                Outcome::Failed(_) => Self::Failed,
                Outcome::Panicked(_) => Self::Panicked,
                Outcome::TimedOut => Self::TimedOut,
                Outcome::Cancelled => Self::Cancelled,
            },
        }
    }

    /// The state as text, such as "running" or "timed out".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Completing => "completing",
            Self::Cancelling => "cancelling",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::TimedOut => "timed out",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Default for TestRuntime {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for TestRuntime {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        &self.runtime
    }
}

impl TestRuntime {
    /// An empty runtime at time zero.
    #[must_use]
    pub fn new() -> Self {
        Self::with_options(RuntimeOptions::new())
    }

    /// An empty runtime at time zero with these options, but on a virtual clock and, if they have
    /// no seed, with the usual one.
    ///
    /// ```
    /// use jobdeck::{runtime::{BackOff, JobError, RuntimeOptions}, testing::TestRuntime};
    ///
    /// let waited = |seed| {
    ///     let test = TestRuntime::with_options(RuntimeOptions::new().seed(seed));
    ///     let job = test.spawn("stubborn", async |cx| {
    ///         cx.retry(BackOff::default(), async |_| Err::<(), _>(JobError::new("no"))).await
    ///     });
    ///     test.run_until_idle();
    ///     job.active()
    /// };
    /// assert_eq!(waited(1), waited(1));
    /// assert_ne!(waited(1), waited(2));
    /// ```
    #[must_use]
    pub fn with_options(options: RuntimeOptions) -> Self {
        let host = Arc::new(HostRecorder::default());
        let seed = options.seed.unwrap_or_default();
        let options = options.clock(Clock::virtual_time()).seed(seed);
        let runtime = Runtime::with_options(host.clone(), options);
        Self { runtime, host }
    }

    /// The host, which records the runtime's calls.
    #[must_use]
    pub fn host(&self) -> &HostRecorder {
        &self.host
    }

    /// One frame: a tick with the budget of a window.
    pub fn frame(&self) -> Tick {
        self.runtime.tick(TICK_BUDGET)
    }

    /// Runs everything that needs no time: polls until no job is ready and every worker thread has
    /// ended, but for those that are paused or wait for room in a channel.
    ///
    /// # Panics
    /// If a worker thread, or a job that keeps waking itself, takes longer than [`WORKER_PATIENCE`]
    /// of real time.
    #[track_caller]
    pub fn settle(&self) {
        // Fires the timers that are due now.
        self.drive(Duration::ZERO);
    }

    /// Moves the clock from deadline to deadline and runs everything that is due on the way.
    ///
    /// # Panics
    /// If a worker thread, or a job that keeps waking itself, takes longer than [`WORKER_PATIENCE`]
    /// of real time.
    #[track_caller]
    pub fn advance(&self, time: Duration) {
        self.drive(time);
    }

    /// Moves the clock in one step, as on a computer that was asleep, and then runs everything that
    /// is due.
    ///
    /// # Panics
    /// If a worker thread, or a job that keeps waking itself, takes longer than [`WORKER_PATIENCE`]
    /// of real time.
    #[track_caller]
    pub fn leap(&self, time: Duration) {
        self.runtime.clock().advance(time);
        self.settle();
    }

    /// Moves the clock from deadline to deadline until none is left and no job is ready.
    ///
    /// # Panics
    /// If a worker thread, or a job that keeps waking itself, takes longer than [`WORKER_PATIENCE`]
    /// of real time.
    #[track_caller]
    pub fn run_until_idle(&self) {
        loop {
            self.settle();
            let Some(next) = self.runtime.next_deadline() else {
                return;
            };
            self.runtime.clock().advance_to(next);
        }
    }

    #[track_caller]
    fn drive(&self, time: Duration) {
        let until = self.runtime.now() + time;
        let began = web_time::Instant::now();
        loop {
            let tick = self.frame();
            assert!(
                began.elapsed() < WORKER_PATIENCE,
                "this goes on for more than {WORKER_PATIENCE:?}: {}",
                self.unfinished()
            );
            if tick.more_ready || self.runtime.has_ready() {
                continue;
            }
            if self.runtime.has_moving_workers() {
                std::thread::yield_now();
                continue;
            }
            match tick.next_deadline.filter(|next| *next <= until) {
                Some(next) => self.runtime.clock().advance_to(next),
                None => break,
            };
        }
        self.runtime.clock().advance_to(until);
    }

    /// The labels of a job's steps so far.
    #[must_use]
    pub fn steps(&self, job: &Job) -> Vec<String> {
        job.steps_from(0)
            .into_iter()
            .map(|record| record.step.label.into_owned())
            .collect()
    }

    /// Asserts the state of a job.
    ///
    /// # Panics
    /// If the job is in another state. The message is everything known of the job.
    #[track_caller]
    pub fn assert_state(&self, job: &Job, expected: JobState) {
        let found = JobState::of(job);
        assert!(
            found == expected,
            "expected {}, found {}\n{}",
            expected.name(),
            found.name(),
            describe(job)
        );
    }

    /// Asserts that every job is finished and has left no deadline and no worker thread.
    ///
    /// # Panics
    /// If anything is left. The message is everything known of it.
    #[track_caller]
    pub fn assert_all_ended(&self) {
        let all_ended = self.runtime.jobs().iter().all(Job::is_finished);
        assert!(
            all_ended && self.runtime.next_deadline().is_none() && self.runtime.busy_workers() == 0,
            "not all is over: {}",
            self.unfinished()
        );
    }

    fn unfinished(&self) -> String {
        let left = self.runtime.jobs().into_iter();
        let left: Vec<_> = left
            .filter(|job| !job.is_finished())
            .map(|job| describe(&job))
            .collect();
        format!(
            "{} worker thread(s) busy\n{}",
            self.runtime.busy_workers(),
            left.join("\n")
        )
    }
}

/// Everything known of a job, in lines.
fn describe(job: &Job) -> String {
    let mut text = format!(
        "job {} at {}: {:?}",
        job.path(),
        job.active().as_secs_f64(),
        job.lifecycle()
    );
    describe_awaits(&mut text, &job.await_tree(), 1);
    for warning in job.warnings() {
        text.push_str(&format!("\n  warning: {warning}"));
    }
    for line in job.log_lines() {
        text.push_str(&format!("\n  {}: {}", line.at, line.text));
    }
    text
}

fn describe_awaits(text: &mut String, awaits: &[AwaitView], depth: usize) {
    for node in awaits {
        let indent = "  ".repeat(depth);
        text.push_str(&format!("\n{indent}awaits «{}»", node.label));
        if let Some(remaining) = node.remaining {
            text.push_str(&format!(", {} s left", remaining.as_secs_f64()));
        }
        describe_awaits(text, &node.children, depth + 1);
    }
}

/// A host that only records its calls.
#[derive(Debug, Default)]
pub struct HostRecorder {
    wakes: AtomicUsize,
    delay: Mutex<Option<Duration>>,
}

impl HostRecorder {
    /// Number of wakes so far.
    #[must_use]
    pub fn wakes(&self) -> usize {
        self.wakes.load(Ordering::SeqCst)
    }

    /// Takes the delay of the last [`Host::wake_after`]. A runtime on a virtual clock asks for
    /// none.
    pub fn take_delay(&self) -> Option<Duration> {
        self.delay
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Host for HostRecorder {
    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }

    fn wake_after(&self, delay: Duration) {
        *self.delay.lock().unwrap_or_else(PoisonError::into_inner) = Some(delay);
    }
}
