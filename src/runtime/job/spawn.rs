//! How a job begins: its record, its code in a box, its place in the table.

use std::rc::Rc;

use futures_util::FutureExt as _;

use crate::runtime::job::context::JobContext;
use crate::runtime::job::pausing;
use crate::runtime::job::record::{JobRecord, JobRuntime};
use crate::runtime::job::spawn_options::SpawnOptions;
use crate::runtime::{JobError, PausedBy};

pub(crate) fn spawn_in<T: 'static, F>(
    runtime: &Rc<JobRuntime>,
    options: SpawnOptions,
    parent: Option<&Rc<JobRecord>>,
    code: F,
) -> Rc<JobRecord>
where
    F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
{
    let id = runtime.jobs.borrow_mut().reserve();
    let job = JobRecord::new(id, options, runtime, parent);
    let cx = JobContext::new(job.clone());
    let keeper = job.clone();
    // `flatten` holds first the closure and then its future in the same memory; an async block
    // would hold both.
    let future = futures_util::future::lazy(move |_| code(cx)).flatten();
    let future = future.map(move |result| {
        keeper.value.set(result?);
        Ok(())
    });
    *job.poll.future.borrow_mut() = Some(Box::pin(future));
    runtime.jobs.borrow_mut().put(id, job.clone());
    if let Some(parent) = parent {
        parent.relations().children.push(job.clone());
        if parent.poll.is_paused() {
            pausing::pause(&job, PausedBy::Parent);
        }
    }
    runtime.changes.note(id, &job.poll.is_listed_as_changed);
    if let Some(woken) = job.wakes.wake_at(runtime.time.ticks_of_latest()) {
        runtime.make_ready(woken);
    }
    job
}
