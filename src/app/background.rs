//! The window's own background work: jobs of the runtime that the rows' jobs run in. They are no
//! rows and count nowhere.

use std::fmt;

use crate::runtime::{JobContext, JobError, JobHandle, Runtime};

/// Jobs whose values wait here until the window takes them.
pub(super) struct BackgroundJobs<T> {
    pub(super) runtime: Runtime,
    jobs: Vec<JobHandle<T>>,
}

impl<T: 'static> BackgroundJobs<T> {
    pub(super) fn new(runtime: &Runtime) -> Self {
        Self {
            runtime: runtime.clone(),
            jobs: Vec::new(),
        }
    }

    /// Starts a job; it may be called from within a frame as well as between two.
    pub(super) fn spawn<F>(&mut self, name: &'static str, code: F)
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
    {
        self.jobs.push(self.runtime.spawn(name, code));
        self.runtime.flush_wakes();
    }

    /// Whether no job is running and no value waits.
    pub(super) fn is_idle(&self) -> bool {
        self.jobs.is_empty()
    }

    /// The values of the jobs that have ended since the last call, in the order in which the jobs
    /// were started.
    pub(super) fn take_finished(&mut self) -> Vec<Result<T, JobError>> {
        let finished = self.jobs.extract_if(.., |job| job.is_finished());
        finished.map(JobHandle::into_value).collect()
    }
}

impl<T> fmt::Debug for BackgroundJobs<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackgroundJobs({})", self.jobs.len())
    }
}
