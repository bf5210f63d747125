//! The job runtime: async functions on the UI thread that sleep, wait for worker threads, pause and
//! cancel.
//!
//! A **job** is an async function that reads from top to bottom and never blocks the thread it runs
//! on. It awaits **tasks**: a sleep, a blocking call in a worker thread, a child job. A [`Runtime`]
//! owns all jobs and is ticked once a frame; what drives it (a window, a parked thread, a test) is
//! its [`Host`]. Nothing here knows of windows, HTTP or disks. The [guide](crate::guide) leads here
//! from a callback, in five steps.
//!
//! ```
//! use jobdeck::runtime::{ParkHost, Runtime};
//! use std::time::Duration;
//!
//! let host = ParkHost::new();
//! let runtime = Runtime::new(host.clone());
//! let job = runtime.spawn("count words", async |cx| {
//!     let slept = cx.sleep(Duration::from_millis(3)).await?;
//!     let words = cx.blocking("count words", |_token| Ok("one two three".split(' ').count())).await?;
//!     cx.log(format!("slept {:?}, {words} words", slept.active));
//!     Ok(words)
//! });
//! assert_eq!(host.block_on(&runtime, job)?, 3);
//! # Ok::<(), jobdeck::runtime::JobError>(())
//! ```
//!
//! # What a job can do
//! - Wait: [`sleep`](JobContext::sleep), [`interval`](JobContext::interval),
//!   [`timeout`](JobContext::timeout), [`retry`](JobContext::retry),
//!   [`acquire`](JobContext::acquire) a permit of a [`Semaphore`],
//!   [`wait_for`](JobContext::wait_for) any future, or [`either`](JobContext::either) of two.
//! - Receive: [`for_each`](JobContext::for_each) message of a [`channel`], or item of any stream.
//! - Work: `blocking` in a worker thread (natively), or [`stepped`](JobContext::stepped) and
//!   [`checkpoint`](JobContext::checkpoint) in slices of the UI thread, which stay pausable
//!   everywhere.
//! - Start other jobs: [`spawn`](JobContext::spawn) a child, or let some of them
//!   [race](JobContext::race), which cancels those that lose.
//! - Await several tasks of one type, by functions that need no context: all of them with
//!   [`join_all`], the first one with [`race`]. That `race` drops the tasks that lose, and child
//!   jobs run on without their handle: for those there is the method of the same name.
//! - Say what it does: [`step`](JobContext::step), [`progress`](JobContext::progress),
//!   [`log`](JobContext::log), and what to do when it is cancelled:
//!   [`on_cancel`](JobContext::on_cancel).
//!
//! # Words
//! - **Active time** of a job: what has passed since its spawn, pauses not counted, until its end.
//!   Its sleeps, time-outs, intervals and the waits between its retries are in active time.
//! - A job is **at its end** once its code has returned or it was cancelled, and has **ended**, or
//!   is finished, once its children, its cleanup and its worker threads have too. Nothing new
//!   begins in a job at its end: what is awaited by its context fails as cancelled. Code that
//!   awaits by it then is that of another job, which was given a clone of the context.
//! - **Step**: what a job says that it does, as a [`Step`], until it says something else.
//!   [`Runtime::step`] is another thing: one poll, for a debugger.
//! - **Row**: a line of a table of jobs, such as that of the feature `ui`, or of one's own. "The
//!   row shows it" means that it can be read from the [`Job`].
//! - **Permit**: what a [`Semaphore`] gives to a limited number of jobs at once. **Slot** is the
//!   word of the row for it: the job waits for one of the slots, and its
//!   [place in the queue](Job::queue_position) is known.
//!
//! # What can be done with it
//! A [`Job`] can be [paused](Job::pause), [resumed](Job::resume), [cancelled](Job::cancel), made to
//! [skip](Job::skip) a wait, and [thrown](Job::throw) an error at. It shows its [`Lifecycle`], its
//! steps, the [tree of what it awaits](Job::await_tree), its [`JobStatistics`] and [`Warning`]s. A
//! [`Task`] keeps one with its result in a field of a screen.
//!
//! # Promises
//! - A pause stops every clock of a job and of its children; nothing of it is polled until it is
//!   resumed.
//! - A cancel drops the job's future within the call, or at the end of the job's own poll if that
//!   is where it was called, and fires the tokens of its worker threads.
//!   Until they have returned the job is shown as cancelling; after [`CANCEL_GRACE`], 5 s, it ends
//!   without them.
//! - A panic in a job, in its drop, in its cleanup or in its worker ends that job and nothing else,
//!   and is reported with its message, its location and its backtrace.
//! - Nothing is polled, and the host is not called, while nothing is ready.
//! - An error is never lost: one of a child that is not awaited becomes its parent's.

#![cfg_attr(
    target_arch = "wasm32",
    expect(dead_code, reason = "only worker threads need some of it")
)]

mod executor;
mod job;
#[cfg(not(target_arch = "wasm32"))]
#[path = "time/stopwatch.rs"]
mod stopwatch;
#[cfg(target_arch = "wasm32")]
#[path = "time/stopwatch_web.rs"]
mod stopwatch;
mod sync;
mod time;
mod wait;
#[cfg(not(target_arch = "wasm32"))]
mod worker;
#[cfg(target_arch = "wasm32")]
#[path = "worker/web.rs"]
mod worker;

#[doc(no_inline)]
pub use futures_util::future::Either;

pub use executor::calls::Callback;
pub use executor::grace::CANCEL_GRACE;
pub use executor::host::Host;
pub use executor::options::RuntimeOptions;
pub use executor::park::ParkHost;
pub use executor::ready::PRIORITY_AGEING;
pub use executor::running::running_job;
pub use executor::runtime::{Runtime, TICK_BUDGET};
pub use executor::table::FINISHED_KEPT;
pub use executor::tick::Tick;
pub use job::builder::JobBuilder;
pub use job::context::{CLEANUP_DEADLINE, CancelCleanup, JobContext};
pub use job::error::{Cancelled, ErrorKind, JobError};
pub use job::handle::{CancelOnDrop, JobHandle};
pub use job::or_fail::OrFail;
pub use job::panics::PanicReport;
pub use job::poll_state::CHECKPOINT_SLICE;
pub use job::report::{LOG_LINES_KEPT, LogLine, Progress, ProgressUnit, STEPS_KEPT, StepRecord};
pub use job::state::{JobId, Lifecycle, Outcome, PausedBy, Priority, Step, StepKind, WaitReason};
pub use job::statistics::{
    BLOCKED_UI_FROM, HISTOGRAM_CLASSES, JobStatistics, PollHistogram, Warning,
};
pub use job::task::{Task, TaskState};
pub use job::view::Job;
pub use time::clock::{Clock, Moment};
pub use time::rate::Rate;
pub use wait::channel::{ChannelClosed, Receiver, Sender, TrySendError, channel};
pub use wait::combine::{join_all, race};
pub use wait::interval::{Interval, IntervalTick, MissedTicks};
pub use wait::retry::{BackOff, ReadyWait, RetryAttempt, RetryRule};
pub use wait::semaphore::{Acquire, Permit, Semaphore};
pub use wait::sleep::{Sleep, Slept};
pub use wait::view::{AwaitKind, AwaitView, SleepView};
#[cfg(not(target_arch = "wasm32"))]
pub use worker::{
    BLOCKING_THREADS, CancelHook, ChangeWatcher, RemoteHandle, RemoteJob, RemoteRuntime, Token,
    Worker,
};

// The rest is for the program and its tests only, and hidden from the documentation.

#[doc(hidden)]
pub use job::statistics::SELF_WAKING_FROM_POLLS;
#[doc(hidden)]
pub use time::slice::TimeSlice;
