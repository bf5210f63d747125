//! The token of a worker thread: it shows a blocking call whether its job is paused or cancelled,
//! and takes its reports.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use crate::runtime::job::record::{JobQueue, JobRuntime};
use crate::runtime::job::report::Report;
use crate::runtime::worker::control::WorkerControl;
use crate::runtime::worker::message::Message;
use crate::runtime::{
    Cancelled, ChannelClosed, Clock, JobError, JobId, Progress, Sender, Step, TrySendError,
};

/// Given to every blocking closure. Cheap to clone, and may be handed on to other threads.
#[derive(Clone)]
pub struct Token {
    pub(crate) job: JobId,
    pub(crate) control: Arc<WorkerControl>,
    pub(crate) report: Arc<Report>,
    pub(crate) clock: Clock,
    pub(crate) queue: Arc<JobQueue>,
}

impl Token {
    /// Whether the job, or this task of it, was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.control.is_cancelled()
    }

    /// Whether the job is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.control.is_paused()
    }

    /// Fails when cancelled; does not stop for a pause.
    ///
    /// # Errors
    /// [`Cancelled`], to be returned with `?`.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// A point where this thread may stop: blocks while the job is paused.
    ///
    /// # Errors
    /// [`Cancelled`], to be returned with `?`.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.spawn("count", async |cx| {
    ///     cx.blocking("counting", |token| {
    ///         for _ in 0..1000 {
    ///             token.checkpoint()?; // blocks here while the job is paused
    ///         }
    ///         Ok(1000)
    ///     })
    ///     .await
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, 1000);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn checkpoint(&self) -> Result<(), Cancelled> {
        self.control.checkpoint(|| {
            self.tell(Message::WorkerStopped(self.job));
        })
    }

    /// Leaves a message for the runtime, if there still is one.
    fn tell(&self, message: Message<JobRuntime>) {
        drop(self.queue.send(message));
    }

    /// Sleeps for this much real time, pauses not counted. Returns at once when cancelled.
    ///
    /// # Errors
    /// [`Cancelled`], to be returned with `?`.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.spawn("nap", async |cx| {
    ///     let nap = cx.blocking("nap", |token| Ok(token.sleep(Duration::from_secs(3600))?));
    ///     nap.cancel();
    ///     Ok(nap.await.is_err())
    /// });
    /// assert!(host.block_on(&runtime, job)?, "at once");
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn sleep(&self, duration: Duration) -> Result<(), Cancelled> {
        let mut left = duration;
        loop {
            self.checkpoint()?;
            let began = Instant::now();
            if self.control.wait_for_change(left) {
                return Ok(());
            }
            left = left.saturating_sub(began.elapsed());
        }
    }

    /// Sends a message to the job that has the receiver of this
    /// [`channel`](crate::runtime::channel); blocks while the channel is full, and while this job
    /// is paused. A worker that waits for room counts as stopped, and a virtual clock may move.
    ///
    /// # Errors
    /// Of kind [`Cancelled`](crate::runtime::ErrorKind::Cancelled) when this task was cancelled, or
    /// from a [`ChannelClosed`] when the receiver is gone.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime, channel};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.spawn("first of many", async |cx| {
    ///     let (sender, mut numbers) = channel(4);
    ///     let counting = cx.blocking("counting", move |token| {
    ///         for number in 1_u64.. {
    ///             token.send(&sender, number)?;
    ///         }
    ///         Ok(())
    ///     });
    ///     let first = cx.wait_for("a number", numbers.recv()).await?;
    ///     drop(counting); // cancels it
    ///     Ok(first)
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, Some(1));
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn send<T>(&self, channel: &Sender<T>, message: T) -> Result<(), JobError> {
        self.checkpoint()?;
        // Nearly always there is room, and no future and no waker are needed.
        match channel.try_send(message) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(_)) => Err(ChannelClosed.into()),
            Err(TrySendError::Full(message)) => Ok(self.wait_for_job(channel.send(message))??),
        }
    }

    /// Blocks until this future, which a job must bring on, is ready.
    fn wait_for_job<F: Future>(&self, task: F) -> Result<F::Output, Cancelled> {
        let waker = Waker::from(Arc::new(WorkerWaker(self.control.clone())));
        let mut task = pin!(task);
        loop {
            self.checkpoint()?;
            if let Poll::Ready(value) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Ok(value);
            }
            self.control.wait_for_job(|| {
                // What drives a virtual clock may be waiting for this thread before it moves on.
                if self.clock.is_virtual() {
                    self.tell(Message::WorkerStopped(self.job));
                }
            });
        }
    }

    /// Calls what stands still by itself while the job is paused, such as the wait for a process
    /// that a [watcher](Self::on_change) stops and continues: during the call this thread counts as
    /// stopped, so that the job is shown as paused at once. Returns after the pause, if one is in
    /// force at the end.
    ///
    /// A cancel does not end the call. A [hook](Self::on_cancel) may, by killing the process.
    ///
    /// # Errors
    /// [`Cancelled`] when this task was cancelled before the call, during it or in a pause after
    /// it; what the call returned is dropped then.
    ///
    /// ```
    /// use jobdeck::testing::{JobState, TestRuntime};
    /// use std::sync::mpsc::channel;
    ///
    /// let test = TestRuntime::new();
    /// let (exit, exited) = channel();
    /// let (tell, told) = channel();
    /// let job = test.spawn("compiler", async move |cx| {
    ///     cx.blocking("compiling", move |token| {
    ///         // Stands for a process; here the watcher would send it SIGSTOP or SIGCONT.
    ///         let _watcher = token.on_change(|| ());
    ///         tell.send(())?;
    ///         Ok(token.standing_still(|| exited.recv())??)
    ///     })
    ///     .await
    /// });
    /// test.frame();
    /// told.recv()?;
    /// job.pause();
    /// test.settle();
    /// test.assert_state(&job, JobState::Paused); // and not `Pausing`
    /// job.resume();
    /// exit.send(0)?;
    /// test.settle();
    /// assert_eq!(job.take_value(), Some(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn standing_still<R>(&self, call: impl FnOnce() -> R) -> Result<R, Cancelled> {
        self.checkpoint()?;
        self.control.set_stands_still(true);
        // A pause since the checkpoint has not seen it stop.
        if self.is_paused() {
            self.tell(Message::WorkerStopped(self.job));
        }
        let guard = RunsAgain(&self.control);
        let result = call();
        std::mem::forget(guard);
        self.control.begin()?;
        Ok(result)
    }

    /// Runs `hook` when this task is cancelled: on the thread that cancels, or within this call if
    /// it is cancelled already. Keep the returned value: dropping it removes the hook.
    ///
    /// The thread that cancels is usually that of the window, so the hook **must not block**. It
    /// must take no lock that the closure holds while it waits: the window would stand still for as
    /// long as that wait. Here a hook kills a process. The closure shares the process with it, and
    /// holds the lock only to look whether the process has ended; between two looks it sleeps by
    /// the token:
    ///
    /// ```
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// # #[cfg(unix)]
    /// # fn main() {
    /// use jobdeck::{runtime::JobError, testing::TestRuntime};
    /// use std::sync::{Arc, Mutex};
    /// use std::{process::Command, time::Duration};
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("sleep", async |cx| {
    ///     cx.blocking("sleep", |token| {
    ///         let child = Arc::new(Mutex::new(Command::new("sleep").arg("3600").spawn()?));
    ///         let killed = child.clone();
    ///         let _hook = token.on_cancel(move || drop(killed.lock().unwrap().kill()));
    ///         loop {
    ///             // A statement of its own: `match child.lock()…` would keep the lock in its arms.
    ///             let status = child.lock().unwrap().try_wait()?;
    ///             if let Some(status) = status {
    ///                 return Ok(status.success());
    ///             }
    ///             if token.sleep(Duration::from_millis(10)).is_err() {
    ///                 // Killed by the hook: without a wait the system would keep its entry.
    ///                 child.lock().unwrap().wait()?;
    ///                 return Err(JobError::new("killed"));
    ///             }
    ///         }
    ///     })
    ///     .await
    /// });
    /// test.frame();
    /// job.cancel();
    /// test.settle();
    /// test.assert_all_ended();
    /// # }
    /// ```
    ///
    /// A process whose output is read needs more, since the wait for a line ends only when every
    /// process that has the pipe is gone: see [An external
    /// process](crate::guide#an-external-process).
    pub fn on_cancel(&self, hook: impl FnOnce() + Send + 'static) -> CancelHook {
        let number = match self.control.add_hook(Box::new(hook)) {
            Ok(number) => number,
            Err(hook) => {
                hook();
                0
            }
        };
        CancelHook {
            control: self.control.clone(),
            number,
        }
    }

    /// Calls `watcher` at every pause, resume and cancel of this task, on the thread that does it:
    /// to end a wait that this token does not know of, such as one for a socket. Call it before the
    /// first check of the token, and check again after every wait. Keep the returned value:
    /// dropping it removes the watcher.
    ///
    /// Like a [hook](Self::on_cancel), a watcher must not block.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::sync::mpsc::channel;
    ///
    /// let test = TestRuntime::new();
    /// let (message, messages) = channel();
    /// let job = test.spawn("listen", async move |cx| {
    ///     cx.blocking("listen", move |token| {
    ///         // An empty message ends the wait below, which knows nothing of the token.
    ///         let wake = message.clone();
    ///         let _watcher = token.on_change(move || drop(wake.send(None)));
    ///         loop {
    ///             token.checkpoint()?; // a pause is spent here
    ///             if let Some(text) = messages.recv()? {
    ///                 return Ok::<&str, _>(text);
    ///             }
    ///         }
    ///     })
    ///     .await
    /// });
    /// test.frame();
    /// job.pause();
    /// test.settle(); // the thread has stopped at its checkpoint
    /// job.cancel();
    /// test.settle();
    /// test.assert_all_ended();
    /// ```
    pub fn on_change(&self, watcher: impl Fn() + Send + Sync + 'static) -> ChangeWatcher {
        ChangeWatcher {
            number: self.control.add_watcher(Arc::new(watcher)),
            control: self.control.clone(),
        }
    }

    /// The real time this task has spent paused so far, for time-outs that should not count it.
    #[must_use]
    pub fn paused_time(&self) -> Duration {
        self.control.paused_time()
    }

    /// Says what the job does now; the window shows it at once.
    pub fn step(&self, step: Step) {
        self.begin_step(step);
        self.tell_step();
    }

    /// Begins a step without waking the runtime's thread: a step that is over in a moment is not
    /// worth a wake. Call [`Token::tell_step`] when it lasts.
    pub(crate) fn begin_step(&self, step: Step) {
        let number = self.report.begin_step(step, self.clock.now());
        self.control.last_step.store(number, Ordering::Relaxed);
    }

    /// Wakes the runtime's thread for the step under way.
    pub(crate) fn tell_step(&self) {
        self.tell(Message::StepChanged(self.job));
    }

    /// The job's numbers. Writing them wakes no thread.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.report.progress
    }

    /// Adds a line to the job's log.
    pub fn log(&self, text: impl Into<std::borrow::Cow<'static, str>>) {
        self.report.log(text.into(), self.clock.now());
    }
}

/// Wakes a worker thread that waits for a job.
struct WorkerWaker(Arc<WorkerControl>);

impl Wake for WorkerWaker {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

/// Ends the standing still of a call that panics.
struct RunsAgain<'a>(&'a WorkerControl);

impl Drop for RunsAgain<'_> {
    fn drop(&mut self) {
        self.0.set_stands_still(false);
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("job", &self.job)
            .field("cancelled", &self.is_cancelled())
            .field("paused", &self.is_paused())
            .finish_non_exhaustive()
    }
}

/// A hook of [`Token::on_cancel`]; dropping this removes it.
#[must_use = "dropping this removes the hook"]
pub struct CancelHook {
    control: Arc<WorkerControl>,
    number: u64,
}

impl Drop for CancelHook {
    fn drop(&mut self) {
        self.control.remove_hook(self.number);
    }
}

/// A watcher of [`Token::on_change`]; dropping this removes it.
#[must_use = "dropping this removes the watcher"]
pub struct ChangeWatcher {
    control: Arc<WorkerControl>,
    number: u64,
}

impl Drop for ChangeWatcher {
    fn drop(&mut self) {
        self.control.remove_hook(self.number);
    }
}

impl std::fmt::Debug for ChangeWatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChangeWatcher")
    }
}
