//! Messages from other threads to a runtime.

use std::rc::Rc;
use std::sync::Arc;

use futures_util::task::AtomicWaker;

use crate::runtime::JobId;
use crate::runtime::worker::control::WorkerControl;

/// A message that another thread leaves for the next tick of a runtime. `R` is what the runtime's
/// clones share: a parameter, so that a runtime can own a queue of these and this file need not
/// name it.
pub(crate) enum Message<R> {
    /// A worker of this job stopped at a checkpoint, because the job is paused.
    WorkerStopped(JobId),
    /// The thread of this worker has returned.
    WorkerEnded {
        job: JobId,
        worker: Arc<WorkerControl>,
        /// The waker of the job that awaits the result. Woken when this message is read: were it
        /// woken by the thread, there would be a moment in which the worker has ended and its job
        /// is not ready yet, and a virtual clock could jump.
        waker: Arc<AtomicWaker>,
    },
    /// A worker began another step of this job.
    StepChanged(JobId),
    /// Something to do on the runtime's thread.
    Run(RemoteCall<R>),
}

/// A closure that runs on the runtime's thread.
pub(crate) type RemoteCall<R> = Box<dyn FnOnce(&Rc<R>) + Send>;
