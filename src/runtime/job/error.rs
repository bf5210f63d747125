//! The error type of jobs.

use std::backtrace::Backtrace;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::runtime::PanicReport;
use crate::runtime::job::panics::CatchDrop;

/// Why a job, or something it awaited, did not end well. `?` makes one from any error; texts,
/// boxed errors and those of anyhow need [`OrFail`](crate::runtime::OrFail) before it.
///
/// Like other error types that carry any error, it does not implement [`Error`] itself, but `?`
/// makes a boxed error of it, and with the feature `anyhow` one of that crate. It shows its whole
/// chain with `{:#}`. Clones share their data.
///
/// ```
/// use jobdeck::runtime::JobError;
///
/// fn read() -> Result<u32, JobError> {
///     Ok("twelve".parse::<u32>()?)
/// }
/// let error = read().unwrap_err();
/// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
/// assert_eq!(error.to_string(), "invalid digit found in string");
/// ```
#[derive(Clone)]
pub struct JobError(Arc<ErrorDetails>);

struct ErrorDetails {
    kind: ErrorKind,
    message: Option<Cow<'static, str>>,
    /// A clone of the error may be dropped anywhere in the runtime, and the drop of this may panic.
    source: CatchDrop<Box<dyn Error + Send + Sync>>,
    step: Option<Cow<'static, str>>,
    job: Option<Cow<'static, str>>,
    backtrace: Backtrace,
}

impl ErrorDetails {
    fn boxed_source(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.source.get().map(AsRef::as_ref)
    }
}

/// What kind of failure a [`JobError`] is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An error that the job's code, or what it called, returned.
    Failed,
    /// The job, or the task it awaited, was cancelled.
    Cancelled,
    /// What it awaited panicked.
    Panicked(PanicReport),
    /// A worker thread ended without a result.
    Lost,
    /// The operating system refused a worker thread.
    ThreadRefused,
    /// The time was over: the job's own, or that of a
    /// [`timeout`](crate::runtime::JobContext::timeout).
    TimedOut,
    /// An argument makes no sense, such as a sleep of NaN seconds; nothing was begun.
    InvalidInput,
    /// It awaited a job of another runtime, whose clock and pauses are not its own.
    OtherRuntime,
}

impl JobError {
    /// An error with a message of its own and no source.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self::with(ErrorKind::Failed, Some(message.into()), None)
    }

    /// An error made of a boxed one, which stays its source. A box that was made of a [`JobError`]
    /// becomes that error again, one that has it among its sources keeps its kind, its job and its
    /// step, and one of a [`Cancelled`] becomes an error of that kind.
    ///
    /// ```
    /// use jobdeck::runtime::JobError;
    ///
    /// let boxed: Box<dyn std::error::Error + Send + Sync> = "twelve".parse::<u32>().unwrap_err().into();
    /// let error = JobError::from_boxed(boxed);
    /// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
    /// ```
    #[must_use]
    pub fn from_boxed(error: Box<dyn Error + Send + Sync>) -> Self {
        match error.downcast::<ErrorSource>() {
            Ok(source) => source.0,
            Err(error) => {
                let kind = match first_in_chain(&*error) {
                    Some(inner) => inner.kind().clone(),
                    None if error.is::<Cancelled>() => ErrorKind::Cancelled,
                    None => ErrorKind::Failed,
                };
                Self::with(kind, None, Some(error))
            }
        }
    }

    /// The error of awaiting something that was cancelled.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::with(ErrorKind::Cancelled, Some("cancelled".into()), None)
    }

    pub(crate) fn panicked(report: PanicReport) -> Self {
        let message = report.to_string();
        Self::with(ErrorKind::Panicked(report), Some(message.into()), None)
    }

    pub(crate) fn timed_out(after: Option<std::time::Duration>) -> Self {
        let message = match after {
            Some(after) => format!("timed out after {after:?}").into(),
            None => "timed out".into(),
        };
        Self::with(ErrorKind::TimedOut, Some(message), None)
    }

    /// The error of awaiting something that was cancelled because a sibling failed.
    pub(crate) fn cancelled_by(cause: Self) -> Self {
        let message = match cause.job() {
            Some(job) => format!("cancelled because «{job}» failed"),
            None => "cancelled because a job beside it failed".to_owned(),
        };
        let cause = Box::new(ErrorSource(cause));
        Self::with(ErrorKind::Cancelled, Some(message.into()), Some(cause))
    }

    pub(crate) fn invalid_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::with(ErrorKind::InvalidInput, Some(message.into()), None)
    }

    pub(crate) fn other_runtime(job: &str) -> Self {
        let message = format!(
            "«{job}» belongs to another runtime: await only jobs of the same one, or hand its value over by a channel"
        );
        Self::with(ErrorKind::OtherRuntime, Some(message.into()), None)
    }

    /// Adds what was being done: the new error has this message, the same kind, and the old error
    /// as its source.
    ///
    /// ```
    /// use jobdeck::runtime::JobError;
    ///
    /// let error = JobError::new("no such file").context("reading the settings");
    /// assert_eq!(format!("{error:#}"), "reading the settings: no such file");
    /// ```
    #[must_use]
    pub fn context(self, message: impl Into<Cow<'static, str>>) -> Self {
        let kind = self.kind().clone();
        Self::with(
            kind,
            Some(message.into()),
            Some(Box::new(ErrorSource(self))),
        )
    }

    pub(crate) fn with(
        kind: ErrorKind,
        message: Option<Cow<'static, str>>,
        source: Option<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(ErrorDetails {
            kind,
            message,
            source: source.map(CatchDrop::new).unwrap_or_default(),
            step: None,
            job: None,
            backtrace: Backtrace::capture(),
        }))
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The first error of this type along the chain of sources.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        let mut cause: Option<&(dyn Error + 'static)> =
            self.0.boxed_source().map(|source| source as _);
        while let Some(error) = cause {
            if let Some(inner) = error.downcast_ref::<ErrorSource>() {
                return inner.0.downcast_ref();
            }
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            cause = error.source();
        }
        None
    }

    /// The error this one was made from.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.0.boxed_source()
    }

    /// The label of the step at which the job failed, if one was under way: a step that is over is
    /// not named. Known at once of what a worker thread returns and of what is
    /// [thrown](crate::runtime::Job::throw), and of the rest when the error leaves its job.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        let inner = self.inner().and_then(|inner| inner.step());
        inner.or(self.0.step.as_deref())
    }

    /// The name of the job that failed, with its parents' before it. Set when the error leaves a
    /// job, and not in an error that is caught before.
    #[must_use]
    pub fn job(&self) -> Option<&str> {
        let inner = self.inner().and_then(|inner| inner.job());
        inner.or(self.0.job.as_deref())
    }

    /// The [`JobError`] that this one adds to.
    fn inner(&self) -> Option<&Self> {
        first_in_chain(self.source()?)
    }

    /// Whether it is the cancel of something, and not what a failure elsewhere led to.
    pub(crate) fn is_cancel(&self) -> bool {
        matches!(self.kind(), ErrorKind::Cancelled) && self.inner().is_none_or(Self::is_cancel)
    }

    /// Where the error was made, if backtraces are switched on (`RUST_BACKTRACE=1`).
    pub fn backtrace(&self) -> &Backtrace {
        // The innermost is the original one.
        match self.inner() {
            Some(inner) => inner.backtrace(),
            None => &self.0.backtrace,
        }
    }

    /// Records the job where it happened, and the step unless that is known, if no inner job has.
    pub(crate) fn happened_in(self, job: String, step: Option<Cow<'static, str>>) -> Self {
        if self.job().is_some() {
            return self;
        }
        let step = step.filter(|_| self.step().is_none());
        self.amended(|details| {
            details.job = Some(job.into());
            if step.is_some() {
                details.step = step;
            }
        })
    }

    /// Records the step at which it happened, unless that is known.
    pub(crate) fn at_step(self, step: Option<Cow<'static, str>>) -> Self {
        if step.is_none() || self.step().is_some() || self.job().is_some() {
            return self;
        }
        self.amended(|details| details.step = step)
    }

    fn amended(mut self, amend: impl FnOnce(&mut ErrorDetails)) -> Self {
        if Arc::get_mut(&mut self.0).is_none() {
            // It is shared with a clone, and becomes the source of an error of our own.
            let kind = self.0.kind.clone();
            self = Self::with(kind, None, Some(Box::new(ErrorSource(self))));
        }
        if let Some(details) = Arc::get_mut(&mut self.0) {
            amend(details);
        }
        self
    }
}

/// A [`JobError`] as the source of another one.
struct ErrorSource(JobError);

/// The first [`JobError`] among an error and its sources.
fn first_in_chain<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a JobError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = job_error_in(error) {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// The [`JobError`] that an error was made of by `?`.
pub(crate) fn job_error_in<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a JobError> {
    error.downcast_ref::<ErrorSource>().map(|source| &source.0)
}

impl fmt::Display for ErrorSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ErrorSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for ErrorSource {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source: &(dyn Error + 'static) = self.0.source()?;
        match self.0.0.message {
            Some(_) => Some(source),
            // Its own text was already that of its source.
            None => source.source(),
        }
    }
}

/// The job, or this task of it, was cancelled: return as soon as possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled")
    }
}

impl Error for Cancelled {}

/// A [`Cancelled`] becomes an error of that kind, everything else a failure.
impl<E: Error + Send + Sync + 'static> From<E> for JobError {
    fn from(error: E) -> Self {
        let kind = if (&error as &dyn std::any::Any).is::<Cancelled>() {
            ErrorKind::Cancelled
        } else {
            ErrorKind::Failed
        };
        Self::with(kind, None, Some(Box::new(error)))
    }
}

/// For functions that return any error, such as a `main`. [`JobError::from_boxed`] takes it out
/// again.
impl From<JobError> for Box<dyn Error + Send + Sync> {
    fn from(error: JobError) -> Self {
        Box::new(ErrorSource(error))
    }
}

/// For functions that return any error, such as a `main`.
///
/// ```
/// use jobdeck::runtime::JobError;
///
/// fn main_of_some_program() -> Result<(), Box<dyn std::error::Error>> {
///     Err(JobError::new("no network"))?
/// }
/// assert_eq!(main_of_some_program().unwrap_err().to_string(), "no network");
/// ```
impl From<JobError> for Box<dyn Error> {
    fn from(error: JobError) -> Self {
        Box::new(ErrorSource(error))
    }
}

/// For functions that return the errors of anyhow. [`OrFail`](crate::runtime::OrFail) takes it out
/// again, also below a context.
///
/// ```
/// use jobdeck::runtime::{JobError, OrFail};
///
/// fn save() -> anyhow::Result<()> {
///     Err(JobError::cancelled())?
/// }
/// let error = save().or_fail().unwrap_err();
/// assert!(matches!(error.kind(), jobdeck::runtime::ErrorKind::Cancelled));
/// ```
#[cfg(feature = "anyhow")]
impl From<JobError> for anyhow::Error {
    fn from(error: JobError) -> Self {
        Self::new(ErrorSource(error))
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.message, self.0.boxed_source()) {
            (Some(message), _) => f.write_str(message)?,
            (None, Some(source)) => write!(f, "{source}")?,
            (None, None) => f.write_str("failed")?,
        }
        if f.alternate() {
            let mut cause: Option<&(dyn Error + 'static)> =
                self.0.boxed_source().map(|source| source as _);
            if self.0.message.is_none() {
                cause = cause.and_then(Error::source);
            }
            while let Some(error) = cause {
                write!(f, ": {error}")?;
                cause = error.source();
            }
        }
        Ok(())
    }
}

impl fmt::Debug for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")?;
        if let Some(job) = self.job() {
            write!(f, "\nin job {job}")?;
        }
        if let Some(step) = self.step() {
            write!(f, "\nat step «{step}»")?;
        }
        if self.backtrace().status() == std::backtrace::BacktraceStatus::Captured {
            write!(f, "\n{}", self.backtrace())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Outer(std::io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the file could not be read")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn the_chain_is_told_once_and_in_order() {
        let error = JobError::from(Outer(std::io::Error::other("no such device")));
        assert_eq!(error.to_string(), "the file could not be read");
        assert_eq!(
            format!("{error:#}"),
            "the file could not be read: no such device"
        );
    }

    #[test]
    fn the_innermost_job_keeps_its_place_in_the_story() {
        let error = JobError::new("broken")
            .happened_in("outer / inner".to_owned(), Some("Saving".into()))
            .happened_in("outer".to_owned(), None);
        assert_eq!(error.job(), Some("outer / inner"));
        assert_eq!(error.step(), Some("Saving"));
    }
}
