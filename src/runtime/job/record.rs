//! One job's record: the parts of its life, and what can be read from several of them together.
//!
//! What changes a job is in files of its own: `polling`, `pausing` and `ending`. Rule of these
//! files: no cell is borrowed while code of others runs (a waker, a hook, the drop of a future),
//! because that code may come back here.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::fmt;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use crate::runtime::executor::inner::RuntimeInner;
use crate::runtime::job::end_state::EndState;
use crate::runtime::job::job_clock::JobClock;
use crate::runtime::job::poll_state::{CodePhase, PollState};
use crate::runtime::job::relations::{ParentLink, Relations};
use crate::runtime::job::report::{LOG_LINES_KEPT, Report};
use crate::runtime::job::spawn_options::SpawnOptions;
use crate::runtime::job::statistics::PollTimes;
use crate::runtime::job::value::JobValue;
use crate::runtime::sync::queue::RunQueue;
use crate::runtime::sync::waker::Wakes;
use crate::runtime::time::timers::TimerTarget;
use crate::runtime::wait::awaits::{Awaited, Awaits};
use crate::runtime::wait::view::AwaitView;
use crate::runtime::worker::Message;
use crate::runtime::{JobError, JobId, Lifecycle, Moment, PausedBy, Step};

/// The runtime of these records.
pub(crate) type JobRuntime = RuntimeInner<JobRecord>;
/// The run queue of these records.
pub(crate) type JobQueue = RunQueue<Message<JobRuntime>>;

pub(crate) struct JobRecord {
    pub(crate) poll: PollState,
    /// From the second poll on; the first is all that `poll` holds.
    pub(crate) poll_times: OnceCell<Box<PollTimes>>,
    pub(crate) wakes: Wakes<Message<JobRuntime>>,
    pub(crate) id: JobId,
    pub(crate) name: Cow<'static, str>,
    runtime: Weak<JobRuntime>,
    pub(crate) link: ParentLink<JobRecord>,
    pub(crate) clock: JobClock,
    pub(crate) end: EndState,
    pub(crate) value: JobValue,
    /// An error on its way to what the job awaits.
    pub(crate) thrown: Cell<Option<JobError>>,
    pub(crate) awaits: Awaits<JobRecord>,
    pub(crate) report: OnceCell<Arc<Report>>,
    relations: OnceCell<Box<Relations<JobRecord>>>,
}

impl JobRecord {
    pub(crate) fn new(
        id: JobId,
        options: SpawnOptions,
        runtime: &Rc<JobRuntime>,
        parent: Option<&Rc<JobRecord>>,
    ) -> Rc<Self> {
        let now = runtime.now();
        let time_limit = options.time_limit;
        let wakes = Wakes::new(runtime.queue.clone(), id, options.priority);
        let record = Self::with(id, options, wakes, Rc::downgrade(runtime), parent, now);
        if let Some(limit) = time_limit {
            record.relations().time_limit.set(Some(limit));
            let number =
                record
                    .awaits
                    .begin(Awaited::TimeLimit, "".into(), Duration::ZERO, Some(limit));
            record.set_timer(number);
        }
        record
    }

    /// The record of a child that cannot begin, because its parent is at its end. It belongs to no
    /// runtime.
    pub(crate) fn without_runtime(options: SpawnOptions, parent: &Rc<JobRecord>) -> Rc<Self> {
        let wakes = parent.wakes.for_no_job();
        let now = parent.now();
        let record = Self::with(JobId::NONE, options, wakes, Weak::new(), Some(parent), now);
        record.clock.stop(now);
        record
    }

    fn with(
        id: JobId,
        options: SpawnOptions,
        wakes: Wakes<Message<JobRuntime>>,
        runtime: Weak<JobRuntime>,
        parent: Option<&Rc<JobRecord>>,
        now: Moment,
    ) -> Rc<Self> {
        Rc::new(Self {
            poll: PollState::new(),
            poll_times: OnceCell::new(),
            wakes,
            id,
            name: options.name,
            runtime,
            link: ParentLink {
                parent: parent.map(Rc::downgrade),
                supervised: options.supervised,
                shielded: options.shielded,
                failure_observed: Cell::default(),
            },
            clock: JobClock::new(now),
            end: EndState::default(),
            value: JobValue::default(),
            thrown: Cell::default(),
            awaits: Awaits::default(),
            report: OnceCell::new(),
            relations: OnceCell::new(),
        })
    }

    pub(crate) fn runtime(&self) -> Option<Rc<JobRuntime>> {
        self.runtime.upgrade()
    }

    /// Whether both are of the same runtime, also after its end.
    #[cfg(feature = "ui")]
    pub(crate) fn is_of_runtime_of(&self, other: &Self) -> bool {
        Weak::ptr_eq(&self.runtime, &other.runtime)
    }

    pub(crate) fn parent(&self) -> Option<Rc<JobRecord>> {
        self.link.parent.as_ref().and_then(Weak::upgrade)
    }

    /// The name with the parents' before it.
    pub(crate) fn path(&self) -> String {
        match self.parent() {
            Some(parent) => format!("{} / {}", parent.path(), self.name),
            None => self.name.to_string(),
        }
    }

    /// The present moment of its runtime's clock; after the runtime's end, that of the job's end.
    pub(crate) fn now(&self) -> Moment {
        match self.runtime.upgrade() {
            Some(runtime) => runtime.now(),
            None => self
                .clock
                .stopped_at()
                .unwrap_or_else(|| self.clock.spawned_at()),
        }
    }

    /// The job's active time so far.
    pub(crate) fn active(&self) -> Duration {
        self.clock.active(self.now())
    }

    /// Its relations, which are allocated if it had none.
    pub(crate) fn relations(&self) -> &Relations<JobRecord> {
        self.relations.get_or_init(Box::default)
    }

    pub(crate) fn relations_if_any(&self) -> Option<&Relations<JobRecord>> {
        self.relations.get().map(AsRef::as_ref)
    }

    pub(crate) fn children(&self) -> Vec<Rc<JobRecord>> {
        self.relations_if_any()
            .map_or_else(Vec::new, |relations| relations.children.all())
    }

    // ---- its state ----

    pub(crate) fn lifecycle(&self) -> Lifecycle {
        if let Some(outcome) = self.end.outcome() {
            return Lifecycle::Finished(outcome.clone());
        }
        if self.poll.is_cancelling.get() {
            return Lifecycle::Cancelling;
        }
        let relations = self.relations_if_any();
        let owners_reason = || relations.map_or("", |relations| relations.owner_pause.get());
        if let Some(by) = self.poll.pauses.get().first(owners_reason) {
            return self.paused(by);
        }
        match self.poll.phase.get() {
            CodePhase::Queued => Lifecycle::Queued,
            CodePhase::Running => Lifecycle::Running,
            CodePhase::Completing => Lifecycle::Completing {
                children: relations.map_or(0, |relations| relations.children.len()),
            },
        }
    }

    fn paused(&self, by: PausedBy) -> Lifecycle {
        let relations = self.relations_if_any();
        match self.clock.stopped_at() {
            Some(since) if relations.is_none_or(|relations| relations.workers.all_stopped()) => {
                Lifecycle::Paused { by, since }
            }
            _ => Lifecycle::Pausing { by },
        }
    }

    /// Whether new waits, workers and children may begin: not once it is cancelled or its code has
    /// ended.
    pub(crate) fn accepts_work(&self) -> bool {
        !self.is_ending() && self.poll.phase.get() != CodePhase::Completing
    }

    /// Whether it is cancelled or finished.
    pub(crate) fn is_ending(&self) -> bool {
        self.poll.is_cancelling.get() || self.end.is_finished()
    }

    /// Asks whether the job may continue with what it awaits.
    ///
    /// # Errors
    /// The error that was thrown at it, or that it is at its end.
    pub(crate) fn check_interrupt(&self) -> Result<(), JobError> {
        if let Some(error) = self.thrown.take() {
            return Err(error);
        }
        if self.accepts_work() {
            Ok(())
        } else {
            Err(JobError::cancelled())
        }
    }

    // ---- its awaits ----

    /// Yields before another wait that may be over at once. Only a real clock counts the time, so
    /// that a virtual one gives the same order every time.
    pub(crate) fn yields_after_waits(&self, cx: &Context<'_>) -> bool {
        self.poll.yields_before_wait(cx, || {
            let runtime = self.runtime()?;
            (!runtime.time.clock.is_virtual()).then(|| runtime.poll_took())
        })
    }

    /// Puts the deadline of an await among the timers, unless the job is paused: then the resume
    /// does.
    pub(crate) fn set_timer(&self, number: u64) {
        let Some(runtime) = self.runtime() else {
            return;
        };
        let is_paused = self.poll.is_paused();
        self.awaits.set_timer(number, is_paused, |deadline| {
            let now = runtime.now();
            let left = deadline.since(Moment::from_start(self.clock.active(now)));
            let target = TimerTarget::Await {
                job: self.id,
                number,
            };
            runtime.timers.borrow_mut().insert(now + left, target)
        });
    }

    /// What it awaits. `above` are the trees that this one is part of: jobs may await each other in
    /// a circle.
    pub(crate) fn await_tree(&self, above: &mut Vec<*const Awaits<JobRecord>>) -> Vec<AwaitView> {
        let subtree = |job: &Rc<JobRecord>, above: &mut _| job.await_tree(above);
        self.awaits.tree(self.active(), above, &subtree)
    }

    // ---- its report ----

    /// The label of the step under way.
    pub(crate) fn label(&self) -> Option<Cow<'static, str>> {
        let step = self.report.get()?.step()?;
        Some(step.label)
    }

    pub(crate) fn report(&self) -> &Arc<Report> {
        self.report.get_or_init(|| {
            let runtime = self.runtime();
            let kept = runtime.map_or(LOG_LINES_KEPT, |runtime| runtime.options.log_lines_kept);
            Arc::new(Report::new(kept))
        })
    }

    /// Begins a step and returns its number; once the job is finished, does nothing and returns
    /// zero.
    pub(crate) fn begin_step(&self, step: Step) -> u64 {
        if self.end.is_finished() {
            return 0;
        }
        let number = self.report().begin_step(step, self.now());
        self.mark_changed();
        number
    }

    pub(crate) fn end_step(&self, number: u64) {
        if let Some(report) = self.report.get() {
            report.end_step(number, self.now());
            self.mark_changed();
        }
    }

    pub(crate) fn mark_changed(&self) {
        if let Some(runtime) = self.runtime.upgrade() {
            runtime
                .changes
                .note(self.id, &self.poll.is_listed_as_changed);
        }
    }
}

impl fmt::Debug for JobRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("lifecycle", &self.lifecycle())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_a_job_without_relations_is_small() {
        assert!(size_of::<JobRecord>() <= 304, "{}", size_of::<JobRecord>());
    }
}
