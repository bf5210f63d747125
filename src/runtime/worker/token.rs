//! The token of a worker thread: it shows a blocking call whether its job is paused or cancelled,
//! and takes its reports.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::runtime::job::record::{JobQueue, JobRuntime};
use crate::runtime::job::report::Report;
use crate::runtime::worker::control::WorkerControl;
use crate::runtime::worker::message::Message;
use crate::runtime::{Cancelled, Clock, JobId, Progress, Step};

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

    /// Runs `hook` when this task is cancelled: on the thread that cancels, or within this call if
    /// it is cancelled already. Keep the returned value: dropping it removes the hook.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    /// use std::sync::mpsc::channel;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let (tell, told) = channel();
    /// let job = runtime.spawn("listen", async move |cx| {
    ///     let listener = cx.blocking("listen", move |token| {
    ///         let _hook = token.on_cancel(move || drop(tell.send("hung up")));
    ///         Ok(told.recv()?)
    ///     });
    ///     listener.cancel();
    ///     Ok(listener.await)
    /// });
    /// host.block_on(&runtime, job)?.ok();
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
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
        self.report.begin_step(step, self.clock.now());
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
        self.control.remove_watcher(self.number);
    }
}

impl std::fmt::Debug for ChangeWatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChangeWatcher")
    }
}
