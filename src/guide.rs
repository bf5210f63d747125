//! From a callback to a job, in five steps; then jobs in a window, which type is for what,
//! external processes, channels, and other runtimes.
//!
//! # 1. A callback
//!
//! A button counts the words of a text: it waits a little first, and then it counts.
//!
//! ```
//! use std::{thread::sleep, time::Duration};
//!
//! fn on_click(label: &mut String) {
//!     sleep(Duration::from_millis(5)); // the window is frozen
//!     let words = "one two three".split(' ').count(); // here too, if the text is long
//!     *label = format!("{words} words");
//! }
//! # let mut label = String::new();
//! # on_click(&mut label);
//! # assert_eq!(label, "3 words");
//! ```
//!
//! No frame is drawn before it returns. The usual solution is a thread, a channel for its result, a
//! flag to cancel it, and a check in every frame:
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
//!                 let _is_received = sender.send("one two three".split(' ').count());
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
//! The steps of one task are now in three places. A pause needs another flag, an error another type
//! in the channel, a second step another thread; a panic is silent.
//!
//! # 2. The same as a job
//!
//! A job is an async function. While it awaits, the window runs; what blocks or computes is done by
//! a worker thread.
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
//! In a window the host is not a parked thread but the frame: it calls [`Runtime::tick`] instead of
//! [`ParkHost::block_on`], and shows the job and its value by a [`Task`]: see
//! [In a window](#in-a-window).
//!
//! # 3. A button for each act
//!
//! Code that holds a [`Job`] can pause, resume, skip and cancel it, and the job's own code needs
//! nothing for that. Each of these takes effect within the call, and returns whether it changed
//! anything.
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
//! assert!(nap.skip()); // the sleep ends, and the job continues
//! assert!(host.block_on(&runtime, nap)?.skipped);
//!
//! assert!(other.cancel()); // its future is gone
//! assert!(!other.cancel());
//! # Ok::<(), jobdeck::runtime::JobError>(())
//! ```
//!
//! A worker thread stops where its code asks its token: at [`Token::checkpoint`] or in
//! [`Token::sleep`].
//!
//! # 4. When it goes wrong
//!
//! `?` ends the job with any error, and the job keeps it, with the job's name and step. A panic
//! ends its job and nothing else. [`JobContext::retry`] repeats what may fail for a while,
//! [`JobContext::timeout`] limits what may hang, and [`JobContext::on_cancel`] cleans up what a
//! cancel must not leave behind.
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
//! Jobs take the time from their runtime's clock only. On [`Clock::virtual_time`] an hour is over
//! as soon as nothing is left to do before its end, and a test is exact about when something
//! happens.
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
//! # In a window
//!
//! This needs the feature `ui`, or a [`Host`] of your own for another toolkit than egui. The
//! application owns one [`Runtime`]. Its host, `EguiHost`, asks egui for a frame when a job can
//! continue, from any thread, and for none otherwise. Each frame ticks the runtime once: in eframe
//! in `App::logic`, which is called also while the window is hidden. [`TICK_BUDGET`] is the time
//! that a tick may take of the frame; jobs that are still ready go on in the next one.
//!
//! There are three ways to get data to the screen:
//!
//! 1. A **[`Task`]** is a field of the screen that holds one job and its result. [`Task::state`]
//!    says in each frame what to show: nothing yet, a job under way, its value, or its error.
//! 2. **State that is shared**, as `Rc<RefCell<State>>`: the job changes it while it runs, and the
//!    window reads it in the next frame. See
//!    [below](#state-that-the-window-and-jobs-share) for its one rule.
//! 3. **The job itself.** [`Job::progress`], [`Job::step`] and [`Job::lifecycle`] are plain values
//!    to read in any frame, and `JobsTable` shows them for many jobs, with buttons to pause and
//!    cancel. In a worker thread the progress is counted by [`Token::progress`].
//!
//! The first two come with a frame of their own, since the job was woken to change them. Progress
//! that a worker thread counts wakes nothing: the table asks for the frames that it needs, and a
//! progress bar of your own calls `ui.ctx().request_repaint_after(..)` while its job runs.
//!
//! Here is a window with all three. The methods are named as those of `eframe::App`, which calls
//! them:
//!
#![cfg_attr(feature = "ui", doc = "```")]
#![cfg_attr(not(feature = "ui"), doc = "```ignore")]
//! use jobdeck::egui;
//! use jobdeck::runtime::{JobContext, JobError, Runtime, TICK_BUDGET, Task, TaskState};
//! use jobdeck::view::{EguiHost, JobsTable, JobsTableState, RuntimeRows};
//! use std::{cell::RefCell, rc::Rc, time::Duration};
//!
//! struct App {
//!     runtime: Runtime,
//!     sum: Task<u64>,
//!     names: Rc<RefCell<Vec<String>>>,
//!     table: JobsTableState,
//! }
//!
//! impl App {
//!     fn new(ctx: &egui::Context) -> Self {
//!         Self {
//!             runtime: Runtime::new(EguiHost::new(ctx)),
//!             sum: Task::new(),
//!             names: Rc::default(),
//!             table: JobsTableState::default(),
//!         }
//!     }
//!
//!     fn logic(&mut self) {
//!         self.runtime.tick(TICK_BUDGET);
//!     }
//!
//!     fn ui(&mut self, ui: &mut egui::Ui) {
//!         match self.sum.state() {
//!             TaskState::Idle => drop(ui.label("no sum yet")),
//!             TaskState::Running(job) => {
//!                 if ui.button("Pause").clicked() {
//!                     job.pause();
//!                 }
//!                 if ui.button("Resume").clicked() {
//!                     job.resume();
//!                 }
//!             }
//!             TaskState::Done(sum) => drop(ui.label(format!("the sum is {sum}"))),
//!             TaskState::Failed(error) => drop(ui.label(error.to_string())),
//!         }
//!         if ui.button("Add up").clicked() {
//!             self.sum.start(&self.runtime, "add up", add_up);
//!         }
//!
//!         if ui.button("Find names").clicked() {
//!             let names = self.names.clone();
//!             self.runtime.spawn("find names", async move |cx| {
//!                 for name in ["Ada", "Grace"] {
//!                     cx.sleep(Duration::from_secs(1)).await?;
//!                     names.borrow_mut().push(name.to_owned());
//!                 }
//!                 Ok(())
//!             });
//!         }
//!         ui.label(self.names.borrow().join(", "));
//!
//!         let rows = RuntimeRows::top_level(&self.runtime); // jobs as they are in this frame
//!         let response = JobsTable::new(&rows).show(ui, &mut self.table);
//!         rows.apply(&response.intents); // the clicks on its buttons
//!     }
//! }
//!
//! async fn add_up(cx: JobContext) -> Result<u64, JobError> {
//!     let sum = cx.blocking("adding", |token| {
//!         token.progress().set_total(Some(1_000));
//!         let mut sum = 0;
//!         for number in 1..=1_000 {
//!             token.checkpoint()?; // a pause waits here, a cancel ends it
//!             sum += number;
//!             token.progress().set_done(number);
//!         }
//!         Ok(sum)
//!     });
//!     sum.await
//! }
//! # let ctx = egui::Context::default();
//! # let mut app = App::new(&ctx);
//! # app.sum.start(&app.runtime, "add up", add_up);
//! # while !matches!(app.sum.state(), TaskState::Done(500_500)) {
//! #     app.logic();
//! #     ctx.run_ui(egui::RawInput::default(), |ui| app.ui(ui)).drop_without_applying_deltas();
//! # }
//! ```
//!
//! The table is in the fonts and colours of the application. `examples/embed.rs` is a program with
//! a `main`, `examples/own_style.rs` one with a column of its own and the inspector of a job. The
//! page of the module `view` has a test of a window without a display.
//!
//! # Which type for what
//!
//! | what | type |
//! |---|---|
//! | a result that a screen shows, with a spinner, an error and a retry | [`Task`] |
//! | a result that another job awaits | [`JobHandle`], from [`JobContext::spawn`] |
//! | a result that is taken or looked at once | [`JobHandle::take_value`], [`JobHandle::with_value`] |
//! | a row with buttons, whatever the value | [`Job`], from [`JobHandle::job`] or [`Runtime::jobs`] |
//! | the result in another thread | `RemoteHandle`, from `JobHandle::into_remote` |
//! | another thread that cancels or pauses a job | `RemoteJob`, from `Job::remote` |
//! | jobs that other threads start | `RemoteRuntime`, from `Runtime::remote` |
//! | many messages, from a thread or another job | [`channel`] with [`JobContext::for_each`] |
//! | state that jobs and the window share | `Rc<RefCell<State>>`, see below |
//! | something all jobs need: a client, a cache | [`Runtime::set_extension`] |
//! | a limit of what runs at once | [`Semaphore`] |
//!
//! The value of a job is dropped with its [`JobHandle`], now or when there is one. A handle that is
//! dropped lets the job run on; a [`Task`] that is dropped cancels it.
//!
//! # State that the window and jobs share
//!
//! Jobs run on the thread of the window, between two frames or at the begin of one, and never
//! inside a borrow of the window's. So an `Rc<RefCell<State>>` needs no lock:
//!
//! ```
//! use jobdeck::testing::TestRuntime;
//! use std::{cell::RefCell, rc::Rc, time::Duration};
//!
//! let test = TestRuntime::new();
//! let names = Rc::new(RefCell::new(vec!["Ada"]));
//! let shared = names.clone();
//! test.spawn("more names", async move |cx| {
//!     cx.sleep(Duration::from_secs(1)).await?;
//!     shared.borrow_mut().push("Grace"); // the borrow ends with the statement
//!     Ok(())
//! });
//! test.advance(Duration::from_secs(1));
//! assert_eq!(names.borrow().len(), 2);
//! ```
//!
//! Two things go wrong. A borrow that is **held across an await** is still there when the window
//! draws, and the next borrow panics; clippy's `await_holding_refcell_ref` finds it. And a cancel
//! drops the job's future within the call: when the window calls [`Job::cancel`] while it has
//! borrowed the state, a **`Drop` that borrows** the same state panics. The runtime catches that
//! panic and the job ends as panicked. Take out of the state what you need, end the borrow, and
//! cancel then.
//!
//! What a worker thread and the window share needs a lock, and then a **lock that is held during a
//! wait** is the trap. The hook of [`Token::on_cancel`] usually runs on the window's thread, within
//! [`Job::cancel`]: a lock that the thread holds while it waits for a process or a socket stops the
//! window for just as long. Take it for a look, release it, and wait by [`Token::sleep`].
//!
//! # An external process
//!
//! Four things belong together. A process is started at the head of a **group** of its own, and the
//! whole group is killed or stopped: a process that it has started holds the pipe too, and while one
//! of them does, the wait for the next line does not end. The **hook** of a cancel kills, and waits
//! for nothing. The process is **waited for on every way out**, also when `?` leaves the closure
//! because of a cancel: the system keeps an entry of a process that has ended until then. And no
//! signal is sent **after** that, since the number may belong to another process by then.
//!
//! Signals are a matter of the system. Here they are those of Unix, by the crate `rustix` with its
//! feature `process`:
//!
//! ```
//! # #[cfg(not(unix))]
//! # fn main() {}
//! # #[cfg(unix)]
//! # fn main() {
//! use jobdeck::runtime::{JobContext, JobError, Sender, Token};
//! use rustix::process::{Pid, Signal, kill_process_group};
//! use std::io::{BufRead, BufReader};
//! use std::os::unix::process::CommandExt;
//! use std::process::{Child, Command, Stdio};
//! use std::sync::{Arc, Mutex};
//! use std::time::Duration;
//!
//! /// The number of the group; none once its first process was waited for. The lock is never held
//! /// during a wait.
//! type Group = Arc<Mutex<Option<Pid>>>;
//!
//! fn signal(group: &Group, signal: Signal) {
//!     if let Some(group) = *group.lock().unwrap() {
//!         let _is_sent = kill_process_group(group, signal); // fails if all of them have ended
//!     }
//! }
//!
//! struct Process {
//!     child: Child,
//!     group: Group,
//! }
//!
//! impl Drop for Process {
//!     fn drop(&mut self) {
//!         signal(&self.group, Signal::KILL);
//!         *self.group.lock().unwrap() = None;
//!         let _status = self.child.wait();
//!     }
//! }
//!
//! fn lines(token: &Token, command: &mut Command, to: &Sender<String>) -> Result<(), JobError> {
//!     let child = command.process_group(0).stdout(Stdio::piped()).spawn()?;
//!     let group = Group::new(Mutex::new(Some(Pid::from_child(&child))));
//!     let mut process = Process { child, group };
//!
//!     let group = process.group.clone();
//!     let _hook = token.on_cancel(move || signal(&group, Signal::KILL));
//!     let (group, shared) = (process.group.clone(), token.clone());
//!     let _watcher = token.on_change(move || {
//!         signal(&group, if shared.is_paused() { Signal::STOP } else { Signal::CONT });
//!     });
//!
//!     let output = process.child.stdout.take().ok_or_else(|| JobError::new("no output"))?;
//!     let mut lines = BufReader::new(output).lines();
//!     // A process that a pause has stopped writes nothing: its thread counts as stopped too.
//!     while let Some(line) = token.standing_still(|| lines.next())? {
//!         token.send(to, line?)?; // a cancel may leave here, and `process` is dropped
//!     }
//!     loop {
//!         let mut group = process.group.lock().unwrap();
//!         if let Some(status) = process.child.try_wait()? {
//!             *group = None;
//!             return match status.success() {
//!                 true => Ok(()),
//!                 false => Err(JobError::new(format!("it ended with {status}"))),
//!             };
//!         }
//!         drop(group);
//!         token.sleep(Duration::from_millis(10))?;
//!     }
//! }
//!
//! async fn count_lines(cx: JobContext, script: &'static str) -> Result<usize, JobError> {
//!     let (sender, mut receiver) = jobdeck::runtime::channel(64);
//!     let reading = cx.blocking("reading", move |token| {
//!         lines(&token, Command::new("sh").args(["-c", script]), &sender)
//!     });
//!     let mut number = 0;
//!     while cx.wait_for("a line", receiver.recv()).await?.is_some() {
//!         number += 1;
//!     }
//!     reading.await?;
//!     Ok(number)
//! }
//! # use jobdeck::testing::TestRuntime;
//! # let test = TestRuntime::new();
//! # let job = test.spawn("lines", async |cx| count_lines(cx, "echo one; echo two").await);
//! # test.settle();
//! # assert_eq!(job.take_value(), Some(2));
//! # let job = test.spawn("lines", async |cx| count_lines(cx, "sleep 60 & echo one; wait").await);
//! # test.frame();
//! # job.cancel();
//! # test.settle();
//! # test.assert_all_ended();
//! # assert_eq!(job.abandoned_workers(), 0);
//! # }
//! ```
//!
//! A process that leaves its group, such as a daemon, is beyond the reach of this. If it keeps the
//! pipe, the thread that reads it is given up [`CANCEL_GRACE`] after the cancel, which is 5 s.
//!
//! # Messages
//!
//! A [`channel`] takes a bounded number of messages. In a worker thread `Token::send` waits for
//! room, and a pause and a cancel of its job end that wait. Messages may come as fast as they like:
//! a job in a loop of [`JobContext::for_each`] or [`JobContext::wait_for`] leaves the frame its
//! time, however many are ready. A loop that awaits a receiver directly, without the context, does
//! not.
//!
//! [`JobContext::for_each`] takes any [`Stream`][stream], such as the receiver of
//! `async-channel`, and [`JobContext::wait_for`] any future. What blocks stays in threads: a
//! receiver of the standard library belongs into `cx.blocking`.
//!
//! # Futures of tokio
//!
//! A job may await what tokio makes, if tokio runs in threads of its own and is entered around the
//! tick. Its timers do not stop in a pause: use [`JobContext::sleep`] and [`JobContext::timeout`].
//!
//! ```
//! use jobdeck::runtime::{ParkHost, Runtime, TICK_BUDGET};
//!
//! let tokio = tokio::runtime::Builder::new_current_thread().build()?;
//! let handle = tokio.handle().clone();
//! std::thread::spawn(move || tokio.block_on(std::future::pending::<()>()));
//!
//! let host = ParkHost::new();
//! let runtime = Runtime::new(host.clone());
//! let job = runtime.spawn("ask tokio", async |cx| {
//!     let answer = tokio::spawn(async { 6 * 7 });
//!     Ok(cx.wait_for("the answer", answer).await??)
//! });
//! loop {
//!     let entered = handle.enter(); // in a window: around `tick` in each frame
//!     runtime.tick(TICK_BUDGET);
//!     drop(entered);
//!     if job.is_finished() {
//!         break;
//!     }
//!     host.park(None);
//! }
//! assert_eq!(job.into_value()?, 42);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Two errors of the compiler that say little
//!
//! The code of a job that never returns has no type of its value, and the compiler asks for type
//! annotations at `spawn`. Say that there is none: `spawn::<(), _>`, or end the code with an error
//! instead of a value.
//!
//! ```
//! use jobdeck::{runtime::MissedTicks, testing::TestRuntime};
//! use std::time::Duration;
//!
//! let test = TestRuntime::new();
//! let clock = test.spawn::<(), _>("clock", async |cx| {
//!     let mut seconds = cx.interval(Duration::from_secs(1), MissedTicks::Skip)?;
//!     loop {
//!         seconds.tick().await?;
//!         cx.progress().add_done(1);
//!     }
//! });
//! test.advance(Duration::from_secs(60));
//! assert_eq!(clock.progress().0, 60);
//! ```
//!
//! [`race`] and [`join_all`] take tasks of one type, and of two different ones the compiler says
//! "mismatched types". [`JobContext::either`] takes two of different types. Three or more are boxed
//! (`Box::pin`), or are jobs: [`JobContext::race`].
//!
//! [stream]: https://docs.rs/futures-core/latest/futures_core/stream/trait.Stream.html
//! [`CANCEL_GRACE`]: crate::runtime::CANCEL_GRACE
//! [`Token::on_cancel`]: crate::runtime::Token::on_cancel
//! [`Clock::virtual_time`]: crate::runtime::Clock::virtual_time
//! [`Job`]: crate::runtime::Job
//! [`JobContext::on_cancel`]: crate::runtime::JobContext::on_cancel
//! [`JobContext::retry`]: crate::runtime::JobContext::retry
//! [`JobContext::timeout`]: crate::runtime::JobContext::timeout
//! [`JobHandle::take_value`]: crate::runtime::JobHandle::take_value
//! [`ParkHost::block_on`]: crate::runtime::ParkHost::block_on
//! [`JobContext::either`]: crate::runtime::JobContext::either
//! [`JobContext::for_each`]: crate::runtime::JobContext::for_each
//! [`JobContext::race`]: crate::runtime::JobContext::race
//! [`JobContext::sleep`]: crate::runtime::JobContext::sleep
//! [`JobContext::spawn`]: crate::runtime::JobContext::spawn
//! [`JobContext::wait_for`]: crate::runtime::JobContext::wait_for
//! [`JobHandle`]: crate::runtime::JobHandle
//! [`JobHandle::job`]: crate::runtime::JobHandle::job
//! [`JobHandle::with_value`]: crate::runtime::JobHandle::with_value
//! [`Job::cancel`]: crate::runtime::Job::cancel
//! [`Runtime::jobs`]: crate::runtime::Runtime::jobs
//! [`Runtime::set_extension`]: crate::runtime::Runtime::set_extension
//! [`Semaphore`]: crate::runtime::Semaphore
//! [`Task`]: crate::runtime::Task
//! [`channel`]: crate::runtime::channel
//! [`join_all`]: crate::runtime::join_all
//! [`race`]: crate::runtime::race
//! [`Runtime::tick`]: crate::runtime::Runtime::tick
//! [`Token::checkpoint`]: crate::runtime::Token::checkpoint
//! [`Token::sleep`]: crate::runtime::Token::sleep
//! [`Host`]: crate::runtime::Host
//! [`Job::lifecycle`]: crate::runtime::Job::lifecycle
//! [`Job::progress`]: crate::runtime::Job::progress
//! [`Job::step`]: crate::runtime::Job::step
//! [`TICK_BUDGET`]: crate::runtime::TICK_BUDGET
//! [`Task::state`]: crate::runtime::Task::state
//! [`Runtime`]: crate::runtime::Runtime
//! [`Token::progress`]: crate::runtime::Token::progress
