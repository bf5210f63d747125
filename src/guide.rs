//! From a callback to a job, in five steps.
//!
//! # 1. A callback
//!
//! A button counts the words of a text: it waits a little, as for a server, and then counts.
//!
//! ```
//! use std::{thread::sleep, time::Duration};
//!
//! fn on_click(label: &mut String) {
//!     sleep(Duration::from_millis(5)); // the window stands still
//!     let words = "one two three".split(' ').count(); // so it does here, if the text is long
//!     *label = format!("{words} words");
//! }
//! # let mut label = String::new();
//! # on_click(&mut label);
//! # assert_eq!(label, "3 words");
//! ```
//!
//! No frame is drawn before it returns. The usual remedy is a thread, a channel for its result, a flag to end it, and a
//! check in every frame:
//!
//! ```
//! use std::sync::{Arc, atomic::{AtomicBool, Ordering}, mpsc};
//! use std::{thread, time::Duration};
//!
//! #[derive(Default)]
//! struct Counter {
//!     result: Option<mpsc::Receiver<usize>>,
//!     cancelled: Arc<AtomicBool>,
//!     label: String,
//! }
//!
//! impl Counter {
//!     fn on_click(&mut self) {
//!         let (sender, receiver) = mpsc::channel();
//!         let cancelled = self.cancelled.clone();
//!         self.result = Some(receiver);
//!         thread::spawn(move || {
//!             thread::sleep(Duration::from_millis(5)); // a cancel does not end this
//!             if !cancelled.load(Ordering::Relaxed) {
//!                 let _nobody_listens = sender.send("one two three".split(' ').count());
//!             }
//!         });
//!     }
//!
//!     fn on_frame(&mut self) {
//!         if let Some(words) = self.result.as_ref().and_then(|result| result.try_recv().ok()) {
//!             self.label = format!("{words} words");
//!             self.result = None;
//!         }
//!     }
//! }
//! # let mut counter = Counter::default();
//! # counter.on_click();
//! # while counter.result.is_some() {
//! #     counter.on_frame();
//! # }
//! # assert_eq!(counter.label, "3 words");
//! ```
//!
//! One sequence of steps is now spread over three places. A pause is another flag, an error another type in the
//! channel, a second step another thread; a panic is lost.
//!
//! # 2. The same as a job
//!
//! A job is an async function. The window goes on while it awaits; code that blocks or computes runs in a worker
//! thread.
//!
//! ```
//! use jobdeck::runtime::{JobContext, JobError, ParkHost, Runtime};
//! use std::time::Duration;
//!
//! async fn count(cx: JobContext, text: &'static str) -> Result<usize, JobError> {
//!     cx.sleep(Duration::from_millis(5)).await?;
//!     let words = cx.blocking("counting", move |_token| Ok(text.split(' ').count())).await?;
//!     cx.log(format!("{words} words"));
//!     Ok(words)
//! }
//!
//! let host = ParkHost::new();
//! let runtime = Runtime::new(host.clone());
//! let job = runtime.spawn("count", async |cx| count(cx, "one two three").await);
//! assert_eq!(host.block_on(&runtime, job)?, 3);
//! # Ok::<(), JobError>(())
//! ```
//!
//! In a window the frame is the host instead of a parked thread: call [`Runtime::tick`] in place of
//! [`ParkHost::block_on`], and take a finished job's value with [`JobHandle::take_value`]. `examples/embed.rs` does
//! this.
//!
//! # 3. A button for each act
//!
//! Any holder of a [`Job`] can act on it; the job needs no code for that. Each act takes effect within the call and
//! returns whether it changed anything.
//!
//! ```
//! use jobdeck::runtime::{Lifecycle, ParkHost, Runtime, TICK_BUDGET};
//! use std::time::Duration;
//!
//! let host = ParkHost::new();
//! let runtime = Runtime::new(host.clone());
//! let nap = runtime.spawn("nap", async |cx| cx.sleep(Duration::from_secs(3600)).await);
//! let other = runtime.spawn("other", async |cx| cx.sleep(Duration::from_secs(3600)).await);
//! runtime.tick(TICK_BUDGET); // a frame
//!
//! assert!(nap.pause()); // its clock stands still
//! assert!(matches!(nap.lifecycle(), Lifecycle::Paused { .. }));
//! assert!(nap.resume());
//! assert!(nap.skip()); // the sleep ends, and the job goes on
//! assert!(host.block_on(&runtime, nap)?.skipped);
//!
//! assert!(other.cancel()); // its future is gone
//! assert!(!other.cancel());
//! # Ok::<(), jobdeck::runtime::JobError>(())
//! ```
//!
//! A worker thread reacts where its code asks its token: at [`Token::checkpoint`] or in [`Token::sleep`].
//!
//! # 4. When it goes wrong
//!
//! `?` ends the job with any error. The job keeps the error with its type, the job and the step it came from. A panic
//! ends its own job only. [`JobContext::retry`] repeats after a temporary failure, [`JobContext::timeout`] bounds what
//! may hang, and [`JobContext::on_cancel`] cleans up after a cancel.
//!
//! ```
//! use jobdeck::runtime::{BackOff, ErrorKind, JobContext, JobError, Outcome, ParkHost, Runtime};
//! use std::time::Duration;
//!
//! async fn save(cx: JobContext) -> Result<u32, JobError> {
//!     cx.on_cancel(async |cx| {
//!         cx.log("the unfinished file is removed");
//!         Ok(())
//!     });
//!     let back_off = BackOff { first: Duration::from_millis(2), ..BackOff::default() };
//!     let attempts = cx
//!         .retry(back_off, async |attempt| match attempt.number {
//!             1 => Err(JobError::new("the disk is busy")),
//!             number => Ok(number),
//!         })
//!         .await?;
//!     let answer = cx.timeout(Duration::from_millis(2), cx.sleep(Duration::from_secs(3600))).await;
//!     if answer.is_err_and(|error| matches!(error.kind(), ErrorKind::TimedOut)) {
//!         cx.log("no answer");
//!     }
//!     let copies: u32 = "two".parse()?; // ends the job
//!     Ok(attempts * copies)
//! }
//!
//! let host = ParkHost::new();
//! let runtime = Runtime::new(host.clone());
//! let job = runtime.spawn("save", save);
//! host.run_until_idle(&runtime);
//! let Some(Outcome::Failed(error)) = job.outcome() else { panic!("{job:?}") };
//! assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
//! assert_eq!(error.job(), Some("save"));
//! assert_eq!(job.log_lines()[0].text, "no answer");
//! ```
//!
//! # 5. A test that does not wait
//!
//! A job has no other time than its runtime's clock. On [`Clock::virtual_time`] an hour passes as soon as nothing else
//! is left to do, and a test controls exactly what happens when.
//!
//! ```
//! use jobdeck::runtime::{Clock, Outcome, ParkHost, Runtime};
//! use std::time::Duration;
//!
//! let host = ParkHost::new();
//! let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
//! let job = runtime.spawn("an hour", async |cx| cx.sleep(Duration::from_secs(3600)).await);
//!
//! host.run_for(&runtime, Duration::from_secs(3599));
//! job.pause();
//! host.run_for(&runtime, Duration::from_secs(86_400)); // a day's pause does not count
//! assert!(!job.is_finished());
//! job.resume();
//! host.run_until_idle(&runtime);
//! assert!(matches!(job.outcome(), Some(Outcome::Done)));
//! assert_eq!(job.active(), Duration::from_secs(3600));
//! ```
//!
//! [`Clock::virtual_time`]: crate::runtime::Clock::virtual_time
//! [`Job`]: crate::runtime::Job
//! [`JobContext::on_cancel`]: crate::runtime::JobContext::on_cancel
//! [`JobContext::retry`]: crate::runtime::JobContext::retry
//! [`JobContext::timeout`]: crate::runtime::JobContext::timeout
//! [`JobHandle::take_value`]: crate::runtime::JobHandle::take_value
//! [`ParkHost::block_on`]: crate::runtime::ParkHost::block_on
//! [`Runtime::tick`]: crate::runtime::Runtime::tick
//! [`Token::checkpoint`]: crate::runtime::Token::checkpoint
//! [`Token::sleep`]: crate::runtime::Token::sleep
