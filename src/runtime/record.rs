//! One job's record: its state machine, and every transition of it.
//!
//! Rule of this file: no cell is borrowed while anybody else's code runs (a waker, a hook, the drop of a future), for
//! that code may come back here.

use std::{
    any::Any,
    borrow::Cow,
    cell::{Cell, OnceCell, RefCell},
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::{Rc, Weak},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{
    JobError, JobId, Lifecycle, Moment, Outcome, PanicReport, PausedBy, Step,
    children::Children,
    executor::RuntimeInner,
    platform::Workers,
    poll_state::{Phase, PollState},
    queue::Runnable,
    report::Report,
    state::PauseSet,
    timers::{Target, TimerKey},
    wait::Waits,
};

/// How long a cancelled job waits for its worker threads before it gives them up.
pub const CANCEL_GRACE: Duration = Duration::from_secs(5);

/// A job's own code; the value goes to the handle's slot, the rest comes back here.
pub(super) type Body = Pin<Box<dyn Future<Output = Result<(), JobError>>>>;

pub(super) struct JobRecord {
    id: JobId,
    name: Cow<'static, str>,
    runtime: Weak<RuntimeInner>,
    parent: Option<Weak<JobRecord>>,
    children: Children,

    poll_state: PollState,
    paused_since: Cell<Moment>,
    /// How the body ended, while the job waits for what it started.
    ended: RefCell<Option<Outcome>>,
    outcome: OnceCell<Outcome>,

    /// Keeps the task from being freed on another thread; let go on this one at the job's end.
    task: RefCell<Option<async_task::Task<(), JobId>>>,
    /// The runnable of a paused job: withheld, so that no wake is lost and nothing is polled.
    parked: RefCell<Option<Runnable>>,
    /// Who awaits the end of this job.
    watchers: RefCell<Vec<Waker>>,

    spawned_at: Moment,
    finished_at: Cell<Option<Moment>>,
    active_before: Cell<Duration>,
    /// Since when the job's clock runs; none while it stands still.
    active_since: Cell<Option<Moment>>,
    pub(super) waits: Waits,

    workers: Workers,
    grace: Cell<Option<TimerKey>>,
    abandoned: Cell<usize>,

    report: OnceCell<Arc<Report>>,
    pub(super) changed: Cell<bool>,
}

impl JobRecord {
    pub(super) fn new(
        id: JobId,
        name: Cow<'static, str>,
        runtime: Weak<RuntimeInner>,
        parent: Option<Weak<JobRecord>>,
        now: Moment,
    ) -> Rc<Self> {
        Rc::new(Self {
            id,
            name,
            runtime,
            parent,
            children: Children::default(),
            poll_state: PollState::new(),
            paused_since: Cell::default(),
            ended: RefCell::default(),
            outcome: OnceCell::new(),
            task: RefCell::default(),
            parked: RefCell::default(),
            watchers: RefCell::default(),
            spawned_at: now,
            finished_at: Cell::default(),
            active_before: Cell::default(),
            active_since: Cell::new(Some(now)),
            waits: Waits::default(),
            workers: Workers::default(),
            grace: Cell::default(),
            abandoned: Cell::default(),
            report: OnceCell::new(),
            changed: Cell::default(),
        })
    }

    // ---- what others read ----

    pub(super) fn id(&self) -> JobId {
        self.id
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The name with the parents' before it.
    pub(super) fn path(&self) -> String {
        match self.parent.as_ref().and_then(Weak::upgrade) {
            Some(parent) => format!("{} / {}", parent.path(), self.name),
            None => self.name.to_string(),
        }
    }

    pub(super) fn runtime(&self) -> Option<Rc<RuntimeInner>> {
        self.runtime.upgrade()
    }

    pub(super) fn lifecycle(&self) -> Lifecycle {
        if let Some(outcome) = self.outcome.get() {
            return Lifecycle::Finished(outcome.clone());
        }
        if self.poll_state.cancelling.get() {
            return Lifecycle::Cancelling;
        }
        if let Some(by) = self.poll_state.pauses.get().first() {
            return if self.workers.all_stopped() {
                Lifecycle::Paused {
                    by,
                    since: self.paused_since.get(),
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

    pub(super) fn outcome(&self) -> Option<&Outcome> {
        self.outcome.get()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.poll_state.pauses.get().first().is_some()
    }

    /// Whether new waits, workers and children may begin: not once it is cancelled or its code has ended.
    pub(super) fn accepts_work(&self) -> bool {
        !self.poll_state.cancelling.get()
            && self.outcome.get().is_none()
            && self.poll_state.phase.get() != Phase::Completing
    }

    /// Whether a wake has to wait, because the job is paused.
    pub(super) fn withholds(&self) -> bool {
        self.is_paused() && !self.poll_state.cancelling.get()
    }

    pub(super) fn abandoned(&self) -> usize {
        self.abandoned.get()
    }

    pub(super) fn spawned_at(&self) -> Moment {
        self.spawned_at
    }

    pub(super) fn finished_at(&self) -> Option<Moment> {
        self.finished_at.get()
    }

    /// The job's own time: what has passed since its spawn, pauses not counted.
    pub(super) fn active(&self, now: Moment) -> Duration {
        self.active_before.get()
            + self
                .active_since
                .get()
                .map_or(Duration::ZERO, |since| now.since(since))
    }

    pub(super) fn now(&self) -> Moment {
        self.runtime
            .upgrade()
            .map_or(self.spawned_at, |runtime| runtime.clock.now())
    }

    pub(super) fn children(&self) -> Vec<Rc<JobRecord>> {
        self.children.all()
    }

    /// Its children leave when they are finished.
    fn children_left(&self) -> usize {
        self.children.len()
    }

    // ---- reports ----

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn report(&self) -> Arc<Report> {
        self.report.get_or_init(Arc::default).clone()
    }

    pub(super) fn written_report(&self) -> Option<&Arc<Report>> {
        self.report.get()
    }

    pub(super) fn report_ref(&self) -> &Report {
        self.report.get_or_init(Arc::default)
    }

    pub(super) fn begin_step(&self, step: Step) -> u64 {
        let number = self.report_ref().begin_step(step, self.now());
        self.mark_changed();
        number
    }

    pub(super) fn end_step(&self, number: u64) {
        if let Some(report) = self.report.get() {
            report.end_step(number, self.now());
            self.mark_changed();
        }
    }

    pub(super) fn poll_state(&self) -> &PollState {
        &self.poll_state
    }

    pub(super) fn mark_changed(&self) {
        if let Some(runtime) = self.runtime.upgrade() {
            runtime.note_change(self);
        }
    }

    // ---- the body ----

    /// The record of a child that could not begin, because its parent was at its end.
    pub(super) fn never_started(name: Cow<'static, str>, parent: &Rc<JobRecord>) -> Rc<Self> {
        let now = parent.now();
        let record = Self::new(
            parent.id,
            name,
            Weak::new(),
            Some(Rc::downgrade(parent)),
            now,
        );
        *record.ended.borrow_mut() = Some(Outcome::Cancelled);
        record.poll_state.cancelling.set(true);
        record.finish();
        record
    }

    pub(super) fn set_task(&self, task: async_task::Task<(), JobId>) {
        *self.task.borrow_mut() = Some(task);
    }

    pub(super) fn set_body(&self, body: Body) {
        *self.poll_state.body.borrow_mut() = Some(body);
    }

    pub(super) fn add_child(self: &Rc<Self>, child: &Rc<JobRecord>) {
        self.children.push(child.clone());
        if self.is_paused() {
            child.pause(PausedBy::Parent);
        }
    }

    /// Adds somebody to wake at the end of this job.
    pub(super) fn watch(&self, waker: &Waker) {
        let mut watchers = self.watchers.borrow_mut();
        if !watchers.iter().any(|known| known.will_wake(waker)) {
            watchers.push(waker.clone());
        }
    }

    /// One poll of the job's code. Ready when there is nothing left to poll, now or ever.
    pub(super) fn poll_body(self: &Rc<Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Taken out of its slot: a cancel that comes from inside this poll finds the slot empty and leaves a mark.
        let Some(mut body) = self.poll_state.body.borrow_mut().take() else {
            return Poll::Ready(());
        };
        if self.poll_state.phase.get() == Phase::Queued {
            self.poll_state.phase.set(Phase::Running);
            self.mark_changed();
        }
        self.poll_state.polling.set(true);
        let polled = catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(cx)));
        let outcome = match polled {
            Ok(Poll::Pending) if !self.poll_state.cancelling.get() => {
                self.poll_state.polling.set(false);
                *self.poll_state.body.borrow_mut() = Some(body);
                return Poll::Pending;
            }
            Ok(Poll::Pending) => Outcome::Cancelled,
            Ok(Poll::Ready(Ok(()))) => Outcome::Done,
            Ok(Poll::Ready(Err(error))) => self.failure(error),
            Err(payload) => self.panicked(&*payload, "in the job"),
        };
        let outcome = self.drop_future(body).unwrap_or(outcome);
        self.poll_state.polling.set(false);
        if let Some(task) = self.task.borrow_mut().take() {
            task.detach();
        }
        self.body_ended(outcome);
        Poll::Ready(())
    }

    fn failure(&self, error: JobError) -> Outcome {
        match error.kind() {
            super::ErrorKind::Panicked(report) => Outcome::Panicked(report.clone()),
            _ => {
                let step = self.report.get().and_then(|report| report.last_label());
                Outcome::Failed(error.happened_in(self.path(), step))
            }
        }
    }

    fn panicked(&self, payload: &(dyn Any + Send), place: &str) -> Outcome {
        Outcome::Panicked(PanicReport::new(payload, place))
    }

    /// Drops a future of the user's. A panic in its drop must not pass through the executor: it would end the process.
    fn drop_future(&self, body: Body) -> Option<Outcome> {
        catch_unwind(AssertUnwindSafe(|| drop(body)))
            .err()
            .map(|payload| self.panicked(&*payload, "while its code was dropped"))
    }

    /// The job's own code is over: what it started is cancelled or waited for.
    fn body_ended(self: &Rc<Self>, outcome: Outcome) {
        let outcome =
            if self.poll_state.cancelling.get() && !matches!(outcome, Outcome::Panicked(_)) {
                Outcome::Cancelled
            } else {
                outcome
            };
        let done = matches!(outcome, Outcome::Done);
        *self.ended.borrow_mut() = Some(outcome);
        self.poll_state.phase.set(Phase::Completing);
        self.workers.cancel();
        self.waits.close(self.runtime().as_deref());
        if !done {
            for child in self.children().iter().rev() {
                child.cancel();
            }
        }
        self.settle();
    }

    /// Finishes the job if nothing of it is left; else sees to it that this comes.
    fn settle(self: &Rc<Self>) {
        if self.outcome.get().is_some()
            || self.poll_state.polling.get()
            || self.ended.borrow().is_none()
        {
            return;
        }
        if self.children_left() == 0 && self.workers.is_empty() {
            self.finish();
            return;
        }
        if !self.workers.is_empty()
            && self.grace.get().is_none()
            && let Some(runtime) = self.runtime.upgrade()
        {
            let deadline = runtime.clock.now() + CANCEL_GRACE;
            let key = runtime.add_timer(deadline, Target::Grace(self.id));
            self.grace.set(Some(key));
        }
        self.mark_changed();
    }

    fn finish(self: &Rc<Self>) {
        let Some(outcome) = self.ended.borrow_mut().take() else {
            return;
        };
        let now = self
            .runtime
            .upgrade()
            .map_or(self.spawned_at, |runtime| runtime.end_of(self.id));
        self.stop_clock(now);
        self.finished_at.set(Some(now));
        if let Some(report) = self.report.get() {
            report.end_steps(now);
        }
        if self.outcome.set(outcome).is_err() {
            return;
        }
        if let Some(runtime) = self.runtime.upgrade() {
            if let Some(grace) = self.grace.take() {
                runtime.remove_timer(grace);
            }
            runtime.job_finished(self);
        }
        let watchers = std::mem::take(&mut *self.watchers.borrow_mut());
        watchers.into_iter().for_each(Waker::wake);
        if let Some(parent) = self.parent.as_ref().and_then(Weak::upgrade) {
            parent.children.remove(self);
            parent.settle();
        }
    }

    // ---- workers ----

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn worker_begins(&self, worker: Arc<super::platform::WorkerControl>) {
        self.workers.add(worker, self.is_paused());
        if let Some(runtime) = self.runtime.upgrade() {
            runtime.worker_began();
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn worker_ended(
        self: &Rc<Self>,
        worker: &Arc<super::platform::WorkerControl>,
    ) -> bool {
        let known = self.workers.remove(worker);
        if known {
            self.mark_changed();
            self.settle();
        }
        known
    }

    /// Whether a worker may go on by itself: not those that stand still because of a pause.
    pub(super) fn has_moving_workers(&self) -> bool {
        let stand_still = || self.is_paused() && self.accepts_work() && self.workers.all_stopped();
        !self.workers.is_empty() && !stand_still()
    }

    /// The workers had their time: the job ends without them.
    pub(super) fn give_up_workers(self: &Rc<Self>) {
        self.grace.set(None);
        if self.outcome.get().is_some() || self.workers.is_empty() {
            return;
        }
        let (count, slots) = self.workers.abandon();
        self.abandoned.set(self.abandoned.get() + count);
        if let Some(runtime) = self.runtime.upgrade() {
            runtime.workers_abandoned(count, slots);
        }
        self.report_ref().log(
            format!("{count} worker thread(s) did not let go and were abandoned").into(),
            self.now(),
        );
        self.settle();
    }

    // ---- pause ----

    pub(super) fn pause(self: &Rc<Self>, by: PausedBy) -> bool {
        if self.outcome.get().is_some() || self.poll_state.cancelling.get() {
            return false;
        }
        let before = self.poll_state.pauses.get();
        let after = before.with(by);
        if before == after {
            return false;
        }
        self.poll_state.pauses.set(after);
        if before.first().is_none() {
            let now = self.now();
            self.paused_since.set(now);
            self.stop_clock(now);
            if let Some(runtime) = self.runtime.upgrade() {
                self.waits.disarm(&runtime);
            }
            self.workers.pause();
            for child in self.children() {
                child.pause(PausedBy::Parent);
            }
        }
        self.mark_changed();
        true
    }

    /// Lifts every pause but a parent's.
    pub(super) fn resume(self: &Rc<Self>) -> bool {
        self.set_pauses(self.poll_state.pauses.get().only_parent())
    }

    fn set_pauses(self: &Rc<Self>, after: PauseSet) -> bool {
        let before = self.poll_state.pauses.get();
        if before == after || self.outcome.get().is_some() || self.poll_state.cancelling.get() {
            return false;
        }
        self.poll_state.pauses.set(after);
        self.mark_changed();
        if after.first().is_some() {
            return true;
        }
        let now = self.now();
        self.active_since.set(Some(now));
        if let Some(runtime) = self.runtime.upgrade() {
            self.waits.arm(&runtime, self.id, self.active(now), now);
            runtime.queue.notify();
        }
        self.workers.resume();
        let parked = self.parked.borrow_mut().take();
        if let Some(runnable) = parked {
            runnable.schedule();
        }
        for child in self.children() {
            child.set_pauses(child.poll_state.pauses.get().without(PausedBy::Parent));
        }
        true
    }

    /// Withholds a runnable until the job is resumed.
    pub(super) fn park(&self, runnable: Runnable) {
        *self.parked.borrow_mut() = Some(runnable);
    }

    fn stop_clock(&self, now: Moment) {
        if let Some(since) = self.active_since.take() {
            self.active_before
                .set(self.active_before.get() + now.since(since));
        }
    }

    // ---- cancel ----

    pub(super) fn cancel(self: &Rc<Self>) -> bool {
        if self.outcome.get().is_some() || self.poll_state.cancelling.get() {
            return false;
        }
        self.poll_state.cancelling.set(true);
        if self.poll_state.pauses.take().first().is_some() {
            self.active_since.set(Some(self.now()));
        }
        self.mark_changed();
        // Before the last child's end finishes it. A failure that was there first stays what it is.
        if let Some(outcome @ Outcome::Done) = self.ended.borrow_mut().as_mut() {
            *outcome = Outcome::Cancelled;
        }
        for child in self.children().iter().rev() {
            child.cancel();
        }
        self.workers.cancel();
        if self.poll_state.polling.get() {
            return true; // the end of this poll drops the future
        }
        let body = self.poll_state.body.borrow_mut().take();
        if let Some(body) = body {
            let outcome = self.drop_future(body).unwrap_or(Outcome::Cancelled);
            *self.ended.borrow_mut() = Some(outcome);
            self.waits.close(self.runtime().as_deref());
        }
        let parked = self.parked.borrow_mut().take();
        drop(parked);
        // Dropping the task queues it once more, to be freed in the next tick.
        let task = self.task.borrow_mut().take();
        drop(task);
        self.settle();
        if let Some(runtime) = self.runtime.upgrade() {
            runtime.queue.notify();
        }
        true
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
