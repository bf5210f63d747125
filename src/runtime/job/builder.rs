//! What can be chosen of a job before it begins.

use std::{borrow::Cow, fmt, rc::Rc, time::Duration};

use crate::runtime::{
    JobContext, JobError, JobHandle, Priority,
    executor::runtime::RuntimeInner,
    job::record::{JobRecord, Plan},
    job::spawn,
};

/// A job that is being described; [`JobBuilder::spawn`] starts it. Made by [`Runtime::builder`](crate::runtime::Runtime::builder)
/// and, for a child, by [`JobContext::builder`].
#[must_use = "a job begins with `spawn`"]
pub struct JobBuilder<'a> {
    of: Of<'a>,
    plan: Plan,
}

enum Of<'a> {
    Runtime(&'a Rc<RuntimeInner>),
    Parent(&'a Rc<JobRecord>),
}

impl<'a> JobBuilder<'a> {
    pub(crate) fn of_runtime(runtime: &'a Rc<RuntimeInner>, name: Cow<'static, str>) -> Self {
        Self {
            of: Of::Runtime(runtime),
            plan: Plan {
                name,
                ..Plan::default()
            },
        }
    }

    pub(crate) fn of_parent(parent: &'a Rc<JobRecord>, name: Cow<'static, str>) -> Self {
        Self {
            of: Of::Parent(parent),
            plan: Plan {
                name,
                priority: parent.priority(),
                ..Plan::default()
            },
        }
    }

    /// Its turn when more is ready than a tick has time for. A child has its parent's unless it is told otherwise.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.plan.priority = priority;
        self
    }

    /// Its own total time, children included, in active time: a pause does not count. When it is over the job ends as
    /// timed out, in the way a cancel ends it.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.plan.time_limit = Some(limit);
        self
    }

    /// Of a child: its failure neither cancels its siblings nor becomes its parent's when nobody awaits it.
    pub fn supervised(mut self) -> Self {
        self.plan.supervised = true;
        self
    }

    /// Starts the job. Its code runs at the next tick, not before.
    pub fn spawn<T: 'static, F>(self, code: F) -> JobHandle<T>
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
    {
        match self.of {
            Of::Runtime(runtime) => spawn::spawn_in(runtime, self.plan, None, code),
            Of::Parent(parent) => spawn::spawn_child(parent, self.plan, code),
        }
    }
}

impl fmt::Debug for JobBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobBuilder")
            .field("name", &self.plan.name)
            .finish_non_exhaustive()
    }
}
