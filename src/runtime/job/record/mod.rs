//! One job's record: all that is known of it. Its transitions stand in the files below.
//!
//! Rule of these files: no cell is borrowed while anybody else's code runs (a waker, a hook, the drop of a future), for
//! that code may come back here.

mod acting;
mod costs;
mod ending;

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell, RefCell},
    future::Future,
    pin::Pin,
    rc::{Rc, Weak},
    sync::Arc,
    task::Waker,
    time::Duration,
};

use crate::runtime::{
    AwaitView, JobContext, JobError, JobId, Lifecycle, Moment, Outcome, PausedBy, Priority, Step,
    executor::runtime::RuntimeInner,
    job::children::Children,
    job::panics::Kept,
    job::poll_state::{Phase, PollState},
    job::report::Report,
    job::statistics::PollTimes,
    sync::queue::Queue,
    sync::waker::Wakes,
    time::timers::TimerKey,
    wait::awaits::Awaits,
    worker::Workers,
};

/// How long a cancelled job waits for its worker threads before it gives them up.
pub const CANCEL_GRACE: Duration = Duration::from_secs(5);

/// A job's own code; the value goes to the record, the rest comes back here.
pub(crate) type Body = Pin<Box<dyn Future<Output = Result<(), JobError>>>>;

/// What a job wants to be done when it is cancelled.
pub(crate) type Cleanup =
    Box<dyn FnOnce(JobContext) -> Pin<Box<dyn Future<Output = Result<(), JobError>>>>>;

/// How a job is to be.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) name: Cow<'static, str>,
    pub(crate) priority: Priority,
    pub(crate) time_limit: Option<Duration>,
    /// Its failure is no concern of its siblings and its parent.
    pub(crate) supervised: bool,
    /// It is a cleanup: nobody pauses or cancels it.
    pub(crate) shielded: bool,
}

pub(crate) struct JobRecord {
    poll_state: PollState,
    /// From the second poll on: what the first took is all that there is in `poll_state`.
    poll_times: OnceCell<Box<PollTimes>>,
    wakes: Wakes,

    id: JobId,
    name: Cow<'static, str>,
    runtime: Weak<RuntimeInner>,
    parent: Option<Weak<JobRecord>>,
    supervised: bool,
    shielded: bool,

    /// Somebody was told of its failure.
    failure_told: Cell<bool>,
    /// It is cancelling its children, and not at its end when the last of them is.
    begins_to_end: Cell<bool>,
    pub(crate) changed: Cell<bool>,
    /// Whether the job's clock runs, and since when that is so: its last start, its pause, or its end.
    clock_runs: Cell<bool>,
    since: Cell<Moment>,
    /// What it had run before.
    active_before: Cell<Moment>,
    spawned_at: Moment,

    /// How the body ended, while the job waits for what it started.
    ended: Cell<Option<Outcome>>,
    outcome: OnceCell<Outcome>,
    /// What its code returned, until somebody takes it.
    value: Cell<Kept<Box<dyn std::any::Any>>>,
    /// An error on its way to whatever the job awaits.
    thrown: Cell<Option<JobError>>,
    pub(crate) awaits: Awaits,

    report: OnceCell<Arc<Report>>,
    bonds: OnceCell<Box<Bonds>>,
}

/// What ties a job to others; most idle jobs have none of it.
#[derive(Default)]
struct Bonds {
    children: Children,
    /// The children that failed, in this order.
    failed_children: RefCell<Vec<Rc<JobRecord>>>,
    /// It is cancelling its children because one of them failed.
    cancels_siblings: Cell<bool>,
    /// Who awaits the end of this job.
    watchers: RefCell<Vec<Waker>>,
    /// What is to be told its end.
    end_hooks: RefCell<Vec<Box<dyn FnOnce()>>>,
    workers: Workers,
    grace: Cell<Option<TimerKey>>,
    abandoned: Cell<usize>,
    cleanups: RefCell<Vec<(u64, Kept<Cleanup>)>>,
    last_cleanup: Cell<u64>,
    time_limit: Cell<Option<Duration>>,
    timed_out: Cell<bool>,
    /// Whose failure cancelled it.
    cancelled_by: RefCell<Option<JobError>>,
}

impl JobRecord {
    pub(crate) fn new(
        id: JobId,
        plan: Plan,
        runtime: &Rc<RuntimeInner>,
        parent: Option<&Rc<JobRecord>>,
    ) -> Rc<Self> {
        let now = runtime.now();
        let time_limit = plan.time_limit;
        let wakes = Wakes::new(runtime.queue.clone(), id, plan.priority);
        let record = Self::with(id, plan, wakes, Rc::downgrade(runtime), parent, now);
        if let Some(limit) = time_limit {
            record.set_time_limit(limit);
        }
        record
    }

    fn with(
        id: JobId,
        plan: Plan,
        wakes: Wakes,
        runtime: Weak<RuntimeInner>,
        parent: Option<&Rc<JobRecord>>,
        now: Moment,
    ) -> Rc<Self> {
        Rc::new(Self {
            poll_state: PollState::new(),
            poll_times: OnceCell::new(),
            wakes,
            id,
            name: plan.name,
            runtime,
            parent: parent.map(Rc::downgrade),
            supervised: plan.supervised,
            shielded: plan.shielded,
            failure_told: Cell::default(),
            begins_to_end: Cell::default(),
            changed: Cell::default(),
            clock_runs: Cell::new(true),
            since: Cell::new(now),
            active_before: Cell::default(),
            spawned_at: now,
            ended: Cell::default(),
            outcome: OnceCell::new(),
            value: Cell::default(),
            thrown: Cell::default(),
            awaits: Awaits::default(),
            report: OnceCell::new(),
            bonds: OnceCell::new(),
        })
    }

    /// The record of a child that could not begin, because its parent was at its end.
    pub(crate) fn never_started(plan: Plan, parent: &Rc<JobRecord>) -> Rc<Self> {
        let now = parent.now();
        let wakes = parent.wakes.for_nobody();
        let record = Self::with(JobId::NONE, plan, wakes, Weak::new(), Some(parent), now);
        record.ended.set(Some(Outcome::Cancelled));
        record.poll_state.cancelling.set(true);
        record.finish();
        record
    }

    // ---- what others read ----

    pub(crate) fn id(&self) -> JobId {
        self.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name, to be kept elsewhere.
    pub(crate) fn shown_name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    /// The name with the parents' before it.
    pub(crate) fn path(&self) -> String {
        match self.parent() {
            Some(parent) => format!("{} / {}", parent.path(), self.name),
            None => self.name.to_string(),
        }
    }

    pub(crate) fn has_parent(&self) -> bool {
        self.parent.is_some()
    }

    pub(crate) fn is_shielded(&self) -> bool {
        self.shielded
    }

    pub(crate) fn parent(&self) -> Option<Rc<JobRecord>> {
        self.parent.as_ref().and_then(Weak::upgrade)
    }

    pub(crate) fn runtime(&self) -> Option<Rc<RuntimeInner>> {
        self.runtime.upgrade()
    }

    fn bonds(&self) -> &Bonds {
        self.bonds.get_or_init(Box::default)
    }

    /// Nothing is tied to it, or it is by these.
    fn tied(&self) -> Option<&Bonds> {
        self.bonds.get().map(AsRef::as_ref)
    }

    pub(crate) fn lifecycle(&self) -> Lifecycle {
        if let Some(outcome) = self.outcome.get() {
            return Lifecycle::Finished(outcome.clone());
        }
        if self.poll_state.cancelling.get() {
            return Lifecycle::Cancelling;
        }
        if let Some(by) = self.poll_state.pauses.get().first() {
            let all_stopped = |bonds: &Bonds| bonds.workers.all_stopped();
            return if self.tied().is_none_or(all_stopped) {
                Lifecycle::Paused {
                    by,
                    since: self.since.get(),
                }
            } else {
                Lifecycle::Pausing { by }
            };
        }
        match self.poll_state.phase.get() {
            Phase::Queued => Lifecycle::Queued,
            Phase::Running => Lifecycle::Running,
            Phase::Completing => Lifecycle::Completing {
                children: self.children_left(),
            },
        }
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.outcome.get()
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.poll_state.pauses.get().first().is_some()
    }

    /// Whether new waits, workers and children may begin: not once it is cancelled or its code has ended.
    pub(crate) fn accepts_work(&self) -> bool {
        !self.poll_state.cancelling.get()
            && self.outcome.get().is_none()
            && self.poll_state.phase.get() != Phase::Completing
    }

    /// Whether a wake has to wait, because the job is paused.
    pub(crate) fn withholds(&self) -> bool {
        self.is_paused() && !self.poll_state.cancelling.get()
    }

    pub(crate) fn abandoned(&self) -> usize {
        self.tied().map_or(0, |bonds| bonds.abandoned.get())
    }

    pub(crate) fn spawned_at(&self) -> Moment {
        self.spawned_at
    }

    pub(crate) fn finished_at(&self) -> Option<Moment> {
        self.outcome.get().map(|_| self.since.get())
    }

    /// The job's own time: what has passed since its spawn, pauses not counted.
    pub(crate) fn active(&self, now: Moment) -> Duration {
        let before = self.active_before.get().since_start();
        if self.clock_runs.get() {
            before + now.since(self.since.get())
        } else {
            before
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.runtime
            .upgrade()
            .map_or(self.since.get(), |runtime| runtime.now())
    }

    pub(crate) fn children(&self) -> Vec<Rc<JobRecord>> {
        self.tied()
            .map_or_else(Vec::new, |bonds| bonds.children.all())
    }

    /// Its children leave when they are finished.
    fn children_left(&self) -> usize {
        self.tied().map_or(0, |bonds| bonds.children.len())
    }

    fn has_workers(&self) -> bool {
        self.tied().is_some_and(|bonds| !bonds.workers.is_empty())
    }

    pub(crate) fn time_limit(&self) -> Option<Duration> {
        self.tied()?.time_limit.get()
    }

    pub(crate) fn priority(&self) -> Priority {
        self.wakes.priority()
    }

    pub(crate) fn set_priority(&self, priority: Priority) {
        self.wakes.set_priority(priority);
    }

    pub(crate) fn await_tree(&self) -> Vec<AwaitView> {
        self.await_tree_under(&mut Vec::new())
    }

    pub(crate) fn await_tree_under(&self, above: &mut Vec<*const Awaits>) -> Vec<AwaitView> {
        self.awaits.tree(self.active(self.now()), above)
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        self.wakes.queue()
    }

    // ---- reports ----

    /// What it is doing, or did last, in a word.
    fn label(&self) -> Option<Cow<'static, str>> {
        let step = self.report.get().and_then(|report| report.last_label());
        step.or_else(|| self.awaits.last_label())
    }

    pub(crate) fn report(&self) -> &Arc<Report> {
        self.report.get_or_init(Arc::default)
    }

    pub(crate) fn written_report(&self) -> Option<&Arc<Report>> {
        self.report.get()
    }

    /// Begins a step and gives its number; nothing, and zero, once the job is at its end.
    pub(crate) fn begin_step(&self, step: Step) -> u64 {
        if self.outcome.get().is_some() {
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
            runtime.note_change(self);
        }
    }

    // ---- the body and the value ----

    pub(crate) fn set_body(&self, body: Body) {
        *self.poll_state.body.borrow_mut() = Some(body);
    }

    pub(crate) fn set_value(&self, value: Box<dyn std::any::Any>) {
        self.value.set(Kept::new(value));
    }

    pub(crate) fn take_value<T: 'static>(&self) -> Option<T> {
        let value = self.value.take().take()?;
        value.downcast().ok().map(|value| *value)
    }

    /// It is ready for its first poll, since this reading of the stopwatch.
    pub(crate) fn begin(&self, runtime: &RuntimeInner, at: u64) {
        if let Some(woken) = self.wakes.wake_at(at) {
            runtime.make_ready(woken);
        }
    }

    // ---- bonds ----

    pub(crate) fn add_child(self: &Rc<Self>, child: &Rc<JobRecord>) {
        self.bonds().children.push(child.clone());
        if self.is_paused() && !child.shielded {
            child.pause(PausedBy::Parent);
        }
    }

    /// Adds somebody to wake at the end of this job.
    pub(crate) fn watch(&self, waker: &Waker) {
        let mut watchers = self.bonds().watchers.borrow_mut();
        if !watchers.iter().any(|known| known.will_wake(waker)) {
            watchers.push(waker.clone());
        }
    }

    /// Takes somebody's waker back.
    pub(crate) fn unwatch(&self, waker: &Waker) {
        let Some(bonds) = self.tied() else { return };
        let mut watchers = bonds.watchers.borrow_mut();
        let place = watchers.iter().position(|known| known.will_wake(waker));
        let gone = place.map(|place| watchers.swap_remove(place));
        drop(watchers);
        drop(gone);
    }

    /// Runs `hook` when this job is at its end; at once if it is.
    pub(crate) fn at_end(&self, hook: impl FnOnce() + 'static) {
        if self.outcome.get().is_some() {
            hook();
        } else {
            self.bonds().end_hooks.borrow_mut().push(Box::new(hook));
        }
    }

    /// Remembers what to do when the job is cancelled; the number takes it back.
    pub(crate) fn add_cleanup(&self, cleanup: Cleanup) -> u64 {
        let bonds = self.bonds();
        let number = bonds.last_cleanup.get() + 1;
        bonds.last_cleanup.set(number);
        let cleanup = Kept::new(cleanup);
        if self.outcome.get().is_some() {
            // Kept, it would keep this record for ever by the context that it may hold.
            return number;
        }
        bonds.cleanups.borrow_mut().push((number, cleanup));
        number
    }

    pub(crate) fn remove_cleanup(&self, number: u64) -> bool {
        let Some(bonds) = self.tied() else {
            return false;
        };
        let mut cleanups = bonds.cleanups.borrow_mut();
        let place = cleanups.iter().position(|(known, _)| *known == number);
        let gone = place.map(|place| cleanups.remove(place));
        drop(cleanups);
        gone.is_some()
    }

    /// The worker threads, to be looked at or added to.
    pub(crate) fn workers(&self) -> &Workers {
        &self.bonds().workers
    }

    /// Whether a worker may go on by itself: not those that stand still because of a pause.
    pub(crate) fn has_moving_workers(&self) -> bool {
        let stands_still =
            |bonds: &Bonds| self.is_paused() && self.accepts_work() && bonds.workers.all_stopped();
        self.tied()
            .is_some_and(|bonds| !bonds.workers.is_empty() && !stands_still(bonds))
    }

    /// Whose failure cancelled it.
    pub(crate) fn cancelled_by(&self) -> Option<JobError> {
        self.tied()?.cancelled_by.borrow().clone()
    }

    /// Somebody was told of its failure: it is no longer its parent's.
    pub(crate) fn failure_is_told(&self) {
        self.failure_told.set(true);
    }
}

impl std::fmt::Debug for JobRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
    fn the_record_of_a_job_without_bonds_is_small() {
        assert!(size_of::<JobRecord>() <= 304, "{}", size_of::<JobRecord>());
    }
}
