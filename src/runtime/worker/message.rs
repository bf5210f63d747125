//! What other threads have to tell the runtime, and what it does about it.

use std::{rc::Rc, sync::Arc};

use futures_util::task::AtomicWaker;

use super::WorkerControl;
use crate::runtime::{JobId, executor::runtime::RuntimeInner};

/// What another thread leaves for the next tick.
pub(crate) enum Message {
    /// A worker of this job stopped at a checkpoint, because the job is paused.
    WorkerStopped(JobId),
    /// This worker's thread has let go of everything.
    WorkerEnded {
        job: JobId,
        worker: Arc<WorkerControl>,
        /// Who awaits the result. Woken when this message is read: were it woken from the thread, there would be a
        /// moment in which the worker has ended, its job is not ready yet, and a virtual clock could jump.
        waker: Arc<AtomicWaker>,
    },
    /// A worker began another step of this job.
    StepChanged(JobId),
    /// Another thread wants something done on this one.
    Do(Act),
}

/// Something to be done on the runtime's thread.
pub(crate) type Act = Box<dyn FnOnce(&Rc<RuntimeInner>) + Send>;

/// Does what a message says, on the runtime's thread.
pub(crate) fn carry_out(runtime: &Rc<RuntimeInner>, message: Message) {
    match message {
        Message::WorkerEnded { job, worker, waker } => {
            runtime.threads.give_back(&worker);
            let job = runtime.live(job);
            let was_known = job
                .as_ref()
                .is_some_and(|job| job.workers().remove(&worker));
            runtime.threads.ended(was_known);
            if let Some(job) = job.filter(|_| was_known) {
                job.look_again();
            }
            waker.wake();
        }
        Message::WorkerStopped(job) | Message::StepChanged(job) => {
            if let Some(job) = runtime.live(job) {
                runtime.note_change(&job);
            }
        }
        Message::Do(act) => act(runtime),
    }
}
