//! A job whose result a screen looks at in every frame.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use crate::runtime::{Job, JobContext, JobError, JobHandle, Runtime};

/// A job and its result as a field of a screen: nothing yet, a job under way, its value, or its
/// error.
///
/// Only one job is in it at a time: [`Task::restart`], whose code is the same each time, and
/// [`Task::start`] cancel the one before. Dropping the task cancels its job too, because a screen
/// that is gone needs no result; [`Task::detach`] lets it run on.
///
/// A screen with a button, a spinner with a stop, the value, and an error with a retry:
///
#[cfg_attr(feature = "ui", doc = "```")]
#[cfg_attr(not(feature = "ui"), doc = "```ignore")]
/// use jobdeck::runtime::{JobContext, JobError, Runtime, Task, TaskState};
///
/// struct Screen {
///     names: Task<Vec<String>>,
/// }
///
/// impl Screen {
///     fn new(runtime: &Runtime) -> Self {
///         Self { names: Task::with_code(runtime, "load names", load) }
///     }
///
///     fn ui(&mut self, ui: &mut egui::Ui) {
///         match self.names.state() {
///             TaskState::Idle => {
///                 if ui.button("Load").clicked() {
///                     self.names.restart();
///                 }
///             }
///             TaskState::Running(_) => {
///                 ui.spinner();
///                 if ui.button("Stop").clicked() {
///                     self.names.cancel(); // `Idle` again; after `job.cancel()` it is `Failed`
///                 }
///             }
///             TaskState::Done(names) => drop(ui.label(names.join(", "))),
///             TaskState::Failed(error) => {
///                 ui.label(error.to_string());
///                 if ui.button("Retry").clicked() {
///                     self.names.restart();
///                 }
///             }
///         }
///     }
/// }
///
/// async fn load(cx: JobContext) -> Result<Vec<String>, JobError> {
///     cx.blocking("reading", |_token| Ok(vec!["Ada".to_owned(), "Grace".to_owned()])).await
/// }
/// # use jobdeck::testing::TestRuntime;
/// # let test = TestRuntime::new();
/// # let mut screen = Screen::new(&test);
/// # let ctx = egui::Context::default();
/// # let frame = |screen: &mut Screen| {
/// #     ctx.run_ui(egui::RawInput::default(), |ui| screen.ui(ui)).textures_delta.clear();
/// # };
/// # frame(&mut screen);
/// # screen.names.restart();
/// # frame(&mut screen);
/// # test.settle();
/// # frame(&mut screen);
/// # assert!(matches!(screen.names.state(), TaskState::Done(names) if names.len() == 2));
/// ```
///
/// The state borrows the task only while its value or error is in use, so that a button within the
/// `match` may start the next job.
///
/// # A job that waits to retry
///
/// It is still `Running`. Which retry comes next, and when, is in the job's step. The time left
/// changes by itself: ask for another frame, with `ui.ctx().request_repaint_after(..)`, while it is
/// shown.
///
/// ```
/// use jobdeck::runtime::{BackOff, Job, JobError, StepKind, Task, TaskState, WaitReason};
/// use jobdeck::testing::TestRuntime;
/// use std::time::Duration;
///
/// fn retry_text(job: &Job) -> Option<String> {
///     match job.step()?.kind {
///         StepKind::Waiting { reason: WaitReason::Retry { retry, of }, until } => {
///             let left = until?.saturating_sub(job.active());
///             Some(format!("retry {retry} of {of} in {} s", left.as_secs()))
///         }
///         _ => None,
///     }
/// }
///
/// let test = TestRuntime::new();
/// let mut save = Task::<()>::new();
/// let rule = BackOff { first: Duration::from_secs(10), jitter: 0.0, ..BackOff::default() };
/// save.start(&test, "save", async move |cx| {
///     cx.retry(rule, async |_attempt| Err(JobError::new("the disk is busy"))).await
/// });
/// test.advance(Duration::from_secs(2));
/// let TaskState::Running(job) = save.state() else { panic!("{save:?}") };
/// assert_eq!(retry_text(job).as_deref(), Some("retry 1 of 5 in 8 s"));
/// ```
pub struct Task<T: 'static> {
    handle: Option<JobHandle<T>>,
    /// Taken from the handle when it is first looked at after the end.
    result: OnceCell<Result<T, JobError>>,
    /// Spawns the job of [`Task::restart`]; none of a runtime that is gone.
    spawn: Option<Box<dyn Fn() -> Option<JobHandle<T>>>>,
}

/// What a [`Task`] shows.
#[derive(Debug)]
pub enum TaskState<'a, T> {
    /// No job was started, or its result was taken.
    Idle,
    /// The job has not ended. It may be paused, and may be waiting for its children.
    Running(&'a Job),
    /// Its value.
    Done(&'a T),
    /// Why there is no value: the job's error, its panic, its time limit, or its cancel.
    Failed(&'a JobError),
}

impl<T> Clone for TaskState<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for TaskState<'_, T> {}

impl<T> Task<T> {
    /// A task without a job.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            handle: None,
            result: OnceCell::new(),
            spawn: None,
        }
    }

    /// A task without a job yet, but with the code of all its jobs, which [`Task::restart`] calls.
    ///
    /// ```
    /// use jobdeck::{runtime::{Task, TaskState}, testing::TestRuntime};
    /// use std::{cell::Cell, rc::Rc, time::Duration};
    ///
    /// let test = TestRuntime::new();
    /// let door = Rc::new(Cell::new("shut"));
    /// let seen = door.clone();
    /// let mut look = Task::with_code(&test, "look", async move |cx| {
    ///     cx.sleep(Duration::from_secs(1)).await?;
    ///     Ok(seen.get())
    /// });
    /// assert!(matches!(look.state(), TaskState::Idle));
    /// look.restart(); // a button
    /// test.run_until_idle();
    /// assert!(matches!(look.state(), TaskState::Done(&"shut")));
    /// door.set("open");
    /// look.restart(); // and again
    /// test.run_until_idle();
    /// assert!(matches!(look.state(), TaskState::Done(&"open")));
    /// ```
    #[must_use]
    pub fn with_code<F>(runtime: &Runtime, name: impl Into<Cow<'static, str>>, code: F) -> Self
    where
        F: AsyncFn(JobContext) -> Result<T, JobError> + 'static,
    {
        let (runtime, name, code) = (Rc::downgrade(&runtime.0), name.into(), Rc::new(code));
        let spawn = move || {
            let runtime = Runtime(runtime.upgrade()?);
            let code = code.clone();
            Some(runtime.spawn(name.clone(), async move |cx| code(cx).await))
        };
        Self {
            handle: None,
            result: OnceCell::new(),
            spawn: Some(Box::new(spawn)),
        }
    }

    /// Cancels the job before, drops its result, and starts the code of [`Task::with_code`], for
    /// the first time or again. False, and nothing starts, if the task has no code of its own or
    /// its runtime is gone.
    pub fn restart(&mut self) -> bool {
        let Some(spawn) = self.spawn.take() else {
            return false;
        };
        // First: the new job may need what the old one holds.
        self.cancel();
        self.handle = spawn();
        self.spawn = Some(spawn);
        self.handle.is_some()
    }

    /// Cancels the job before, drops its result, and starts another one. With
    /// [options](crate::runtime::JobBuilder): `task = Task::from(runtime.builder(…).spawn(…))`.
    ///
    /// ```
    /// use jobdeck::{runtime::{Task, TaskState}, testing::TestRuntime};
    ///
    /// let test = TestRuntime::new();
    /// let mut search = Task::new();
    /// for typed in ["j", "jo", "job"] {
    ///     search.start(&test, "search", async move |_cx| Ok(typed.len()));
    /// }
    /// test.settle();
    /// assert!(matches!(search.state(), TaskState::Done(3)));
    /// ```
    pub fn start<F>(&mut self, runtime: &Runtime, name: impl Into<Cow<'static, str>>, code: F)
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
    {
        // First: the new job may need what the old one holds.
        self.cancel();
        self.handle = Some(runtime.spawn(name, code));
    }

    /// What there is to show now.
    #[must_use]
    pub fn state(&self) -> TaskState<'_, T> {
        let Some(handle) = &self.handle else {
            return TaskState::Idle;
        };
        if self.result.get().is_none() {
            let Some(result) = handle.result() else {
                return TaskState::Running(handle.job());
            };
            self.result.get_or_init(|| result);
        }
        match self.result.get() {
            Some(Ok(value)) => TaskState::Done(value),
            Some(Err(error)) => TaskState::Failed(error),
            None => TaskState::Running(handle.job()),
        }
    }

    /// Whether its job has not ended.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.job().is_some_and(|job| !job.is_finished())
    }

    /// Its job, also after the end; none while it is idle.
    #[must_use]
    pub fn job(&self) -> Option<&Job> {
        self.handle.as_ref().map(JobHandle::job)
    }

    /// Takes the value of a job that is done, which leaves the task idle. None in every other
    /// state, which stays.
    ///
    /// ```
    /// use jobdeck::{runtime::Task, testing::TestRuntime};
    ///
    /// let test = TestRuntime::new();
    /// let mut task = Task::from(test.spawn("answer", async |_cx| Ok(42)));
    /// assert_eq!(task.take(), None, "not yet");
    /// test.settle();
    /// assert_eq!(task.take(), Some(42));
    /// assert!(task.job().is_none(), "idle");
    /// ```
    #[must_use]
    pub fn take(&mut self) -> Option<T> {
        if !matches!(self.state(), TaskState::Done(_)) {
            return None;
        }
        self.handle = None;
        self.result.take()?.ok()
    }

    /// Cancels the job if it has not ended, drops its value or its error, and leaves the task idle.
    /// True if a job was cancelled. A job that something else cancels is shown as
    /// [`TaskState::Failed`] instead.
    ///
    /// ```
    /// use jobdeck::{runtime::{Task, TaskState}, testing::TestRuntime};
    ///
    /// let test = TestRuntime::new();
    /// let mut task = Task::from(test.spawn("nap", async |cx| cx.sleep_secs(9.0)?.await));
    /// assert!(task.cancel());
    /// assert!(matches!(task.state(), TaskState::Idle));
    /// test.settle();
    /// test.assert_all_ended();
    /// ```
    pub fn cancel(&mut self) -> bool {
        // Out of their places before they are dropped, which may run code of the user's.
        let (handle, result) = (self.handle.take(), self.result.take());
        drop(result);
        handle.is_some_and(|handle| handle.cancel())
    }

    /// Takes the job out, which leaves the task idle and lets the job run on. None while it is
    /// idle, or once its result was looked at.
    pub fn detach(&mut self) -> Option<JobHandle<T>> {
        if self.result.get().is_some() {
            return None;
        }
        self.handle.take()
    }
}

impl<T> Default for Task<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// For a job with options, such as a priority or a limit of time.
impl<T> From<JobHandle<T>> for Task<T> {
    fn from(handle: JobHandle<T>) -> Self {
        Self {
            handle: Some(handle),
            result: OnceCell::new(),
            spawn: None,
        }
    }
}

/// Cancels the job if it has not ended.
impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Task").field(&self.job()).finish()
    }
}
