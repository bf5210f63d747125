//! Access to a runtime from other threads: jobs that are spawned, paused, cancelled and joined
//! there.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use crate::runtime::job::panics;
use crate::runtime::job::record::{JobQueue, JobRuntime};
use crate::runtime::worker::message::Message;
use crate::runtime::worker::remote_job::RemoteJob;
use crate::runtime::{Callback, ErrorKind, Job, JobContext, JobError, JobHandle, Runtime};

/// A handle of a runtime for other threads. Cheap to clone; it does not keep the runtime alive.
///
/// ```
/// use jobdeck::runtime::{ParkHost, Runtime};
///
/// let host = ParkHost::new();
/// let runtime = Runtime::new(host.clone());
/// let remote = runtime.remote();
/// let thread = std::thread::spawn(move || {
///     let job = remote.spawn("from a thread", async |_cx| Ok(6 * 7));
///     job.join()
/// });
/// host.run_until(&runtime, || runtime.jobs().iter().any(|job| job.is_finished()));
/// assert_eq!(thread.join().unwrap()?, 42);
/// # Ok::<(), jobdeck::runtime::JobError>(())
/// ```
#[derive(Clone)]
pub struct RemoteRuntime(Arc<JobQueue>);

impl Runtime {
    /// This runtime, for other threads.
    #[must_use]
    pub fn remote(&self) -> RemoteRuntime {
        RemoteRuntime(self.0.queue.clone())
    }
}

impl RemoteRuntime {
    /// Starts a job from any thread; it is spawned in the next tick. Only the closure has to be
    /// `Send`: its future stays on the runtime's thread.
    pub fn spawn<T: Send + 'static, F>(
        &self,
        name: impl Into<Cow<'static, str>>,
        code: F,
    ) -> RemoteHandle<T>
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + Send + 'static,
    {
        let name = name.into();
        let remote = RemoteJob::unbound(self.0.clone());
        let (sender, result) = sync_channel(1);
        let its_remote = remote.clone();
        let spawn = move |runtime: &Rc<JobRuntime>| {
            let handle = Runtime(runtime.clone()).spawn(name, code);
            let job = handle.job().clone();
            its_remote.bind(&job);
            at_end(&job, move || send_value(&sender, handle));
        };
        // If the runtime is gone the sender is dropped, and the handle returns an error.
        drop(self.0.send(Message::Run(Box::new(spawn))));
        RemoteHandle {
            job: remote,
            result,
        }
    }

    /// Calls a closure on the runtime's thread at its next tick, as [`Runtime::call_soon`] does.
    pub fn call_soon(&self, callback: impl Callback + Send + 'static) -> RemoteHandle<()> {
        self.spawn("call", async move |_cx| {
            callback.call();
            Ok(())
        })
    }
}

impl fmt::Debug for RemoteRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteRuntime")
    }
}

/// A handle of a job for another thread: of one that was started from there by
/// [`RemoteRuntime::spawn`], or that was handed over by [`JobHandle::into_remote`]. It can do what
/// a [`RemoteJob`] can, and only it gets the value. Dropping it does not cancel the job.
///
/// Where another thread is to cancel a job whose value stays in the window, keep the [`JobHandle`]
/// there, and give the thread a [`Job::remote`].
#[must_use = "the job continues without it, but its value is lost"]
pub struct RemoteHandle<T> {
    job: RemoteJob,
    result: Receiver<Result<T, JobError>>,
}

impl<T: 'static> JobHandle<T> {
    /// A handle of the job for another thread, which gets the value. A clone of its
    /// [`job`](Self::job) stays here, to show it and to pause and cancel it.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let handle = runtime.spawn("answer", async |cx| {
    ///     cx.blocking("thinking", |_token| Ok(6 * 7)).await
    /// });
    /// let job = handle.job().clone();
    /// let remote = handle.into_remote();
    /// let thread = std::thread::spawn(move || remote.join());
    /// host.run_until(&runtime, || job.is_finished());
    /// assert_eq!(thread.join().unwrap()?, 42);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn into_remote(self) -> RemoteHandle<T>
    where
        T: Send,
    {
        let (sender, result) = sync_channel(1);
        let job = self.job().clone();
        let remote = job.remote();
        at_end(&job, move || send_value(&sender, self));
        RemoteHandle {
            job: remote,
            result,
        }
    }
}

impl<T> RemoteHandle<T> {
    /// The job, to act on it from any number of threads.
    #[must_use]
    pub fn job(&self) -> &RemoteJob {
        &self.job
    }

    /// Blocks this thread until the job has ended, and returns its value.
    ///
    /// # Errors
    /// Why there is no value; of kind [`Lost`](ErrorKind::Lost) when the runtime is gone, and of
    /// kind [`InvalidInput`](ErrorKind::InvalidInput) on the runtime's own thread, where the job
    /// could not run in the meantime.
    pub fn join(self) -> Result<T, JobError> {
        match self.result.try_recv() {
            Ok(result) => return result,
            Err(TryRecvError::Disconnected) => return Err(runtime_gone()),
            Err(TryRecvError::Empty) => {}
        }
        if self.job.is_own_thread() {
            return Err(JobError::invalid_input(
                "a job cannot be joined on its own thread, where nothing could go on meanwhile: await its handle",
            ));
        }
        self.result.recv().unwrap_or_else(|_| Err(runtime_gone()))
    }

    /// Like [`RemoteHandle::join`] for at most this long; returns itself when the job has not ended
    /// by then.
    ///
    /// # Errors
    /// Itself, to wait again.
    pub fn join_timeout(self, at_most: Duration) -> Result<Result<T, JobError>, Self> {
        match self.result.recv_timeout(at_most) {
            Ok(result) => Ok(result),
            Err(RecvTimeoutError::Disconnected) => Ok(Err(runtime_gone())),
            Err(RecvTimeoutError::Timeout) => Err(self),
        }
    }
}

impl<T> Deref for RemoteHandle<T> {
    type Target = RemoteJob;

    fn deref(&self) -> &RemoteJob {
        &self.job
    }
}

impl<T> fmt::Debug for RemoteHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteHandle")
            .field("job", &self.job)
            .finish_non_exhaustive()
    }
}

/// Runs `hook` when this job is at its end; at once if it is.
fn at_end(job: &Job, hook: impl FnOnce() + 'static) {
    if job.is_finished() {
        hook();
    } else {
        job.0.relations().watchers.add_hook(hook);
    }
}

/// Sends the value of a job that has ended. Without a receiver the value is dropped here, which may
/// run any code.
fn send_value<T: 'static>(sender: &SyncSender<Result<T, JobError>>, handle: JobHandle<T>) {
    let sent = panics::catch("in the drop of a value that nobody took", || {
        drop(sender.try_send(handle.into_value()));
    });
    if let Err(report) = sent {
        log::error!("{report}");
    }
}

fn runtime_gone() -> JobError {
    let message = "the runtime is gone, and the job's result with it";
    JobError::with(ErrorKind::Lost, Some(message.into()), None)
}
