//! A job as other threads act on it.

use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::runtime::job::record::{JobQueue, JobRuntime};
use crate::runtime::worker::blocking::scope_of;
use crate::runtime::worker::message::Message;
use crate::runtime::worker::scope::Scope;
use crate::runtime::{Job, JobId};

/// A job as other threads act on it: they can cancel, pause and resume it, and skip its wait. All
/// else of a [`Job`], its state included, is for the runtime's thread only. Each call takes effect
/// in the next tick, except that a cancel reaches the job's worker threads at once. Cheap to clone;
/// it does not keep the job running, and does nothing once that has ended.
///
/// ```
/// use jobdeck::runtime::{ParkHost, Runtime};
/// use std::time::Duration;
///
/// let host = ParkHost::new();
/// let runtime = Runtime::new(host.clone());
/// let handle = runtime.spawn("wait", async |cx| {
///     cx.sleep(Duration::from_secs(3600)).await?;
///     Ok(())
/// });
/// // This thread keeps the handle, and another one cancels.
/// let remote = handle.job().remote();
/// std::thread::spawn(move || remote.cancel());
/// host.run_until(&runtime, || handle.is_finished());
/// assert!(handle.into_value().is_err());
/// ```
#[derive(Clone)]
pub struct RemoteJob(Arc<Target>);

/// What all clones of a [`RemoteJob`] act on.
struct Target {
    queue: Arc<JobQueue>,
    bound: Mutex<BoundJob>,
}

/// The job's worker threads, once it has been spawned; whether it was cancelled before that.
#[derive(Default)]
struct BoundJob {
    scope: Option<Arc<Scope>>,
    job: Option<JobId>,
    cancelled: bool,
}

impl Job {
    /// This job, for other threads.
    #[must_use]
    pub fn remote(&self) -> RemoteJob {
        // A job of a runtime that is gone has ended; there is nothing to act on.
        let remote = RemoteJob::unbound(self.0.wakes.queue().clone());
        remote.bind(self);
        remote
    }
}

impl RemoteJob {
    /// For a job that is to be spawned.
    pub(super) fn unbound(queue: Arc<JobQueue>) -> Self {
        Self(Arc::new(Target {
            queue,
            bound: Mutex::default(),
        }))
    }

    pub(super) fn bind(&self, job: &Job) {
        let scope = scope_of(&job.0);
        let mut bound = self.lock();
        bound.scope = Some(scope);
        bound.job = Some(job.id());
        let cancelled = bound.cancelled;
        drop(bound);
        if cancelled {
            job.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BoundJob> {
        self.0.bound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a closure with the job, on the runtime's thread.
    fn act(&self, act: impl FnOnce(&Job) + Send + 'static) {
        let remote = self.clone();
        let act = move |runtime: &Rc<JobRuntime>| {
            let id = remote.lock().job;
            if let Some(job) = id.and_then(|id| runtime.live(id)) {
                act(&Job(job));
            }
        };
        // If the runtime is gone, the job has ended.
        drop(self.0.queue.send(Message::Run(Box::new(act))));
    }

    /// Whether this is the thread of the job's runtime.
    pub(super) fn is_own_thread(&self) -> bool {
        self.0.queue.is_own_thread()
    }

    /// Cancels the job: its worker threads' tokens fire within this call, and its future is dropped
    /// in the next tick, on the thread it belongs to.
    pub fn cancel(&self) {
        let mut bound = self.lock();
        bound.cancelled = true;
        let scope = bound.scope.clone();
        drop(bound);
        // The message first: a tick that sees the results of the cancelled workers has seen the
        // cancel before.
        self.act(|job| {
            job.cancel();
        });
        if let Some(scope) = scope {
            scope.cancel();
        }
    }

    /// Pauses the job in the next tick.
    pub fn pause(&self) {
        self.act(|job| {
            job.pause();
        });
    }

    /// Resumes the job in the next tick.
    pub fn resume(&self) {
        self.act(|job| {
            job.resume();
        });
    }

    /// Ends its waits in the next tick, as [`Job::skip`] does.
    pub fn skip(&self) {
        self.act(|job| {
            job.skip();
        });
    }
}

impl fmt::Debug for RemoteJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemoteJob").field(&self.lock().job).finish()
    }
}
