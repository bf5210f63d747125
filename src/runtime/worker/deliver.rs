//! What the runtime's thread does about a message.

use std::rc::Rc;

use crate::runtime::job::ending;
use crate::runtime::job::record::JobRuntime;
use crate::runtime::worker::message::Message;

pub(crate) fn deliver(runtime: &Rc<JobRuntime>, message: Message<JobRuntime>) {
    match message {
        Message::WorkerEnded { job, worker, waker } => {
            runtime.blocking.give_back(&worker);
            let job = runtime.live(job);
            let relations = job.as_ref().and_then(|job| job.relations_if_any());
            let was_known = relations.is_some_and(|relations| relations.workers.remove(&worker));
            runtime.blocking.ended(was_known);
            if let Some(job) = job.filter(|_| was_known) {
                ending::on_worker_end(&job);
            }
            waker.wake();
        }
        Message::WorkerStopped(job) | Message::StepChanged(job) => {
            if let Some(job) = runtime.live(job) {
                job.mark_changed();
            }
        }
        Message::Run(call) => call(runtime),
    }
}
