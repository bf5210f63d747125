//! Results whose errors are no [`Error`](std::error::Error), so that `?` takes none of them.

use std::error::Error;

use crate::runtime::job::error::job_error_in;
use crate::runtime::{Cancelled, JobError};

/// Makes a [`JobError`] of what `?` cannot: a text, a boxed error, and, with the feature `anyhow`,
/// the error of that crate. None of them implements [`Error`], and a conversion of each would
/// collide with the one of all errors.
///
/// ```
/// use jobdeck::runtime::{JobError, OrFail};
///
/// fn parse(line: &str) -> Result<u32, String> {
///     line.parse().map_err(|_| format!("«{line}» is no number"))
/// }
///
/// fn read(line: &str) -> Result<u32, JobError> {
///     Ok(parse(line).or_fail()? * 2)
/// }
/// assert_eq!(read("twelve").unwrap_err().to_string(), "«twelve» is no number");
/// ```
pub trait OrFail<T> {
    /// The value, or a [`JobError`] made of the error.
    ///
    /// # Errors
    /// That of the result.
    fn or_fail(self) -> Result<T, JobError>;
}

impl<T> OrFail<T> for Result<T, String> {
    fn or_fail(self) -> Result<T, JobError> {
        self.map_err(JobError::new)
    }
}

impl<T> OrFail<T> for Result<T, &'static str> {
    fn or_fail(self) -> Result<T, JobError> {
        self.map_err(JobError::new)
    }
}

impl<T> OrFail<T> for Result<T, Box<dyn Error + Send + Sync>> {
    fn or_fail(self) -> Result<T, JobError> {
        self.map_err(JobError::from_boxed)
    }
}

/// A [`JobError`] that `?` boxed comes out as it was, with the texts of what it is a source of as
/// contexts. Of any other error, the texts of it and of its sources are kept, but not the errors:
/// they may belong to one thread.
impl<T> OrFail<T> for Result<T, Box<dyn Error>> {
    fn or_fail(self) -> Result<T, JobError> {
        self.map_err(|error| {
            if error.is::<Cancelled>() {
                return Cancelled.into();
            }
            let mut texts = Vec::new();
            let mut innermost = None;
            let mut cause: Option<&(dyn Error + 'static)> = Some(&*error);
            while let Some(error) = cause {
                innermost = job_error_in(error).cloned();
                if innermost.is_some() {
                    break;
                }
                texts.push(error.to_string());
                cause = error.source();
            }
            // The innermost first: each is the source of the one before it.
            let mut texts = texts.into_iter().rev();
            let innermost =
                innermost.unwrap_or_else(|| JobError::new(texts.next().unwrap_or_default()));
            texts.fold(innermost, JobError::context)
        })
    }
}

/// Keeps the chain of sources; the backtrace is the one of the conversion. A [`JobError`] that `?`
/// made an error of anyhow comes out as it was; below a context, the new error has that text, and
/// the kind, the job and the step of the old one.
#[cfg(feature = "anyhow")]
impl<T> OrFail<T> for Result<T, anyhow::Error> {
    fn or_fail(self) -> Result<T, JobError> {
        // The other conversion into a box would keep `downcast_ref` from finding the error itself.
        self.map_err(|error| {
            JobError::from_boxed(error.reallocate_into_boxed_dyn_error_without_backtrace())
        })
    }
}
