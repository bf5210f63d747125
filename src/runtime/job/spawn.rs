//! How a job begins: its record, its code in a box, its place in the table.

use std::rc::Rc;

use futures_util::FutureExt as _;

use crate::runtime::{
    JobContext, JobError, JobHandle,
    executor::runtime::RuntimeInner,
    job::record::{JobRecord, Plan},
};

pub(crate) fn spawn_child<T: 'static, F>(
    parent: &Rc<JobRecord>,
    plan: Plan,
    code: F,
) -> JobHandle<T>
where
    F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
{
    match parent.runtime() {
        Some(runtime) if parent.accepts_work() => spawn_in(&runtime, plan, Some(parent), code),
        _ => JobHandle::new(JobRecord::never_started(plan, parent)),
    }
}

pub(crate) fn spawn_in<T: 'static, F>(
    runtime: &Rc<RuntimeInner>,
    plan: Plan,
    parent: Option<&Rc<JobRecord>>,
    code: F,
) -> JobHandle<T>
where
    F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
{
    let id = runtime.jobs.borrow_mut().reserve();
    let record = JobRecord::new(id, plan, runtime, parent);
    let cx = JobContext::new(record.clone());
    let keeper = record.clone();
    // `flatten` holds the closure first, and then its future in the same place: an async block would keep room for
    // both.
    let future = futures_util::future::lazy(move |_| code(cx)).flatten();
    record.set_body(Box::pin(future.map(move |result| {
        keeper.set_value(Box::new(result?));
        Ok(())
    })));
    runtime.jobs.borrow_mut().put(record.clone());
    if let Some(parent) = parent {
        parent.add_child(&record);
    }
    runtime.note_change(&record);
    record.begin(runtime, runtime.ticks_of_last_look());
    JobHandle::new(record)
}
