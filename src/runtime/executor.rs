//! The local executor: the table of jobs, and the tick that polls what is ready within a budget.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use web_time::Instant;

use super::{
    Clock, Host, Job, JobContext, JobError, JobHandle, JobId, Moment,
    queue::{Queue, Runnable},
    record::JobRecord,
    timers::{Target, TimerKey, Timers},
};

/// How much of a frame a tick takes by default, before it leaves the rest to the next frame.
pub const TICK_BUDGET: Duration = Duration::from_millis(4);
/// How many finished jobs a runtime keeps in its table; the oldest leave first. A handle keeps its job beyond that.
pub const FINISHED_KEPT: usize = 1000;

/// A local executor that owns jobs and polls them when it is ticked. Cheap to clone; stays on its thread.
///
/// ```
/// use jobdeck::runtime::{Lifecycle, ParkHost, Runtime, TICK_BUDGET};
///
/// let runtime = Runtime::new(ParkHost::new());
/// let job = runtime.spawn("greet", async |cx| {
///     cx.log("hello");
///     Ok(1)
/// });
/// assert!(matches!(job.lifecycle(), Lifecycle::Queued));
/// runtime.tick(TICK_BUDGET); // once a frame
/// assert_eq!(job.take_value(), Some(1));
/// ```
#[derive(Clone)]
pub struct Runtime(Rc<RuntimeInner>);

/// What one tick did, and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// How many polls it made.
    pub polls: u64,
    /// Whether something is ready that the budget left over; the host has been woken for it.
    pub more_ready: bool,
    /// The next deadline, on the runtime's clock; the host has been told.
    pub next_deadline: Option<Moment>,
}

pub(super) struct RuntimeInner {
    pub(super) clock: Clock,
    pub(super) queue: Arc<Queue>,
    jobs: RefCell<Table>,
    timers: RefCell<Timers>,
    ready: RefCell<VecDeque<Runnable>>,
    ticking: Cell<bool>,
    /// The job whose poll is under way.
    polled: Cell<Option<JobId>>,
    /// When that job ended, if it did in this poll: saves the second look at the clock.
    ended_at: Cell<Option<Instant>>,
    changes: RefCell<Option<Vec<JobId>>>,
    busy_workers: Cell<usize>,
    abandoned_workers: Cell<usize>,
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) blocking: RefCell<super::platform::BlockingGate>,
    #[cfg(not(target_arch = "wasm32"))]
    last_worker: Cell<u64>,
}

/// The jobs that have not ended, by index, and the latest that have.
#[derive(Default)]
struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
    finished: VecDeque<Rc<JobRecord>>,
}

#[derive(Default)]
struct Slot {
    generation: u32,
    job: Option<Rc<JobRecord>>,
}

impl Table {
    fn reserve(&mut self) -> JobId {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        JobId {
            index,
            generation: self.slots[index as usize].generation,
        }
    }

    fn put(&mut self, job: Rc<JobRecord>) {
        let index = job.id().index as usize;
        self.slots[index].job = Some(job);
    }

    fn live(&self, id: JobId) -> Option<&Rc<JobRecord>> {
        self.slots
            .get(id.index as usize)
            .filter(|slot| slot.generation == id.generation)?
            .job
            .as_ref()
    }

    /// Moves a job to the finished ones, and gives back the one that had to leave for it.
    fn finish(&mut self, id: JobId) -> Option<Rc<JobRecord>> {
        let slot = self.slots.get_mut(id.index as usize)?;
        if slot.generation != id.generation {
            return None;
        }
        let job = slot.job.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.index);
        self.finished.push_back(job);
        if self.finished.len() > FINISHED_KEPT {
            self.finished.pop_front()
        } else {
            None
        }
    }
}

impl Runtime {
    /// A runtime on the machine's clock, driven by `host`. It belongs to the calling thread.
    #[must_use]
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self::with_clock(host, Clock::real())
    }

    /// A runtime on a clock of one's own: a virtual one in tests.
    #[must_use]
    pub fn with_clock(host: Arc<dyn Host>, clock: Clock) -> Self {
        Self(Rc::new(RuntimeInner {
            clock,
            queue: Queue::new(host),
            jobs: RefCell::default(),
            timers: RefCell::default(),
            ready: RefCell::default(),
            ticking: Cell::new(false),
            polled: Cell::default(),
            ended_at: Cell::default(),
            changes: RefCell::default(),
            busy_workers: Cell::default(),
            abandoned_workers: Cell::default(),
            #[cfg(not(target_arch = "wasm32"))]
            blocking: RefCell::default(),
            #[cfg(not(target_arch = "wasm32"))]
            last_worker: Cell::default(),
        }))
    }

    /// Starts a job. Its code runs at the next tick, not before.
    ///
    /// The job goes on when the handle is dropped. An error, or a panic, in its code ends this job and nothing else.
    pub fn spawn<T: 'static, F>(&self, name: impl Into<Cow<'static, str>>, code: F) -> JobHandle<T>
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
    {
        spawn_in(&self.0, name.into(), None, code)
    }

    /// One tick: takes what other threads left, fires what is due, and polls what is ready, each job at most once a
    /// round, until nothing is ready or `budget` is over. To be called once a frame, and when the host is woken.
    pub fn tick(&self, budget: Duration) -> Tick {
        self.0.tick(budget, u64::MAX)
    }

    /// One tick with one poll at most: what a debugger calls a step.
    pub fn step(&self) -> Tick {
        self.0.tick(TICK_BUDGET, 1)
    }

    /// Passes on the wakes that happened on this thread since the last tick, such as a button's resume. To be called at
    /// the end of a frame; [`Host::wake`] is called at most once.
    pub fn flush_wakes(&self) {
        self.0.queue.flush();
    }

    /// Makes sure that a tick follows soon, although nothing may be ready: for a host's own work that goes on then.
    pub fn request_tick(&self) {
        self.0.queue.request_tick();
    }

    /// The clock it runs on.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The present moment on its clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// The jobs in its table: those that have not ended, then the latest that have, newest first.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        let table = self.0.jobs.borrow();
        let live = table.slots.iter().filter_map(|slot| slot.job.clone());
        live.chain(table.finished.iter().rev().cloned())
            .map(Job)
            .collect()
    }

    /// The job with this id, if its table still has it.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<Job> {
        let table = self.0.jobs.borrow();
        table
            .live(id)
            .or_else(|| table.finished.iter().find(|job| job.id() == id))
            .cloned()
            .map(Job)
    }

    /// Whether this is called from inside a tick: from a job, or from what a job's end drops.
    #[must_use]
    pub fn is_ticking(&self) -> bool {
        self.0.ticking.get()
    }

    /// Whether anything is ready to be polled, or left by another thread.
    #[must_use]
    pub fn has_ready(&self) -> bool {
        !self.0.ready.borrow().is_empty() || !self.0.queue.is_empty()
    }

    /// The next deadline of any job that is not paused.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        self.0.timers.borrow().next_deadline()
    }

    /// How many worker threads have not let go, the abandoned ones not counted.
    #[must_use]
    pub fn busy_workers(&self) -> usize {
        self.0.busy_workers.get()
    }

    /// Whether a worker thread may still go on by itself: not one that stands still because its job is paused.
    pub(super) fn has_moving_workers(&self) -> bool {
        let table = self.0.jobs.borrow();
        self.busy_workers() > 0
            && table
                .slots
                .iter()
                .flat_map(|slot| &slot.job)
                .any(|job| job.has_moving_workers())
    }

    /// How many worker threads were given up and still have not ended.
    #[must_use]
    pub fn abandoned_workers(&self) -> usize {
        self.0.abandoned_workers.get()
    }

    /// Begins to note which jobs change; [`Runtime::take_changes`] gives them. Off by default, for a list that nobody
    /// takes would grow.
    pub fn watch_changes(&self) {
        self.0.changes.borrow_mut().get_or_insert_default();
    }

    /// The jobs whose state or step changed since the last call, each once. Numbers that only grow are not changes.
    #[must_use]
    pub fn take_changes(&self) -> Vec<JobId> {
        let changes = self
            .0
            .changes
            .borrow_mut()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        let table = self.0.jobs.borrow();
        for job in changes.iter().filter_map(|id| table.live(*id)) {
            job.changed.set(false);
        }
        drop(table);
        changes
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("now", &self.now())
            .field("busy_workers", &self.busy_workers())
            .finish_non_exhaustive()
    }
}

impl RuntimeInner {
    fn tick(&self, budget: Duration, most_polls: u64) -> Tick {
        if self.ticking.replace(true) {
            // From inside a job: the tick under way goes on when the job lets it.
            return Tick {
                polls: 0,
                more_ready: false,
                next_deadline: None,
            };
        }
        let outer = self.queue.begin_tick();
        let began = Instant::now();
        self.read_messages();
        self.fire_timers();
        let polls = self.poll_rounds(began, budget, most_polls);
        self.read_messages();
        self.ticking.set(false);
        let left = !self.ready.borrow().is_empty();
        let next_deadline = self.timers.borrow().next_deadline();
        if let Some(deadline) = next_deadline.filter(|_| !left && !self.clock.is_virtual()) {
            self.queue.wake_after(deadline.since(self.clock.now()));
        }
        self.queue.end_tick(outer, left);
        Tick {
            polls,
            more_ready: left || !self.queue.is_empty(),
            next_deadline,
        }
    }

    fn poll_rounds(&self, began: Instant, budget: Duration, most_polls: u64) -> u64 {
        let mut polls = 0;
        let mut before = began;
        loop {
            self.queue.take_ready(&mut self.ready.borrow_mut());
            let round = self.ready.borrow().len();
            if round == 0 {
                return polls;
            }
            for _ in 0..round {
                let Some(runnable) = self.ready.borrow_mut().pop_front() else {
                    break;
                };
                let job = self.jobs.borrow().live(*runnable.metadata()).cloned();
                let Some(job) = job else {
                    runnable.run(); // its job is over: this only frees it
                    continue;
                };
                if job.withholds() {
                    job.park(runnable);
                    continue;
                }
                self.polled.set(Some(job.id()));
                runnable.run();
                self.polled.set(None);
                polls += 1;
                let now = self.ended_at.take().unwrap_or_else(Instant::now);
                job.poll_state()
                    .count_poll(now.saturating_duration_since(before));
                before = now;
                if now.saturating_duration_since(began) >= budget || polls >= most_polls {
                    return polls;
                }
            }
        }
    }

    fn fire_timers(&self) {
        let now = self.clock.now();
        loop {
            let target = self.timers.borrow_mut().pop_due(now);
            match target {
                Some(Target::Wait { job, wait }) => {
                    if let Some(job) = self.live(job) {
                        job.waits.fire(wait);
                    }
                }
                Some(Target::Grace(job)) => {
                    if let Some(job) = self.live(job) {
                        job.give_up_workers();
                    }
                }
                None => return,
            }
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn read_messages(&self) {
        use super::{platform::BlockingGate, queue::Message};
        for message in self.queue.take_messages() {
            match message {
                Message::WorkerEnded { job, worker, waker } => {
                    if worker.gives_back_slot() {
                        BlockingGate::release(&self.blocking);
                    }
                    if self.live(job).is_some_and(|job| job.worker_ended(&worker)) {
                        self.busy_workers.set(self.busy_workers.get() - 1);
                    } else {
                        self.abandoned_workers
                            .set(self.abandoned_workers.get().saturating_sub(1));
                    }
                    waker.wake();
                }
                Message::WorkerStopped(job) | Message::StepChanged(job) => {
                    if let Some(job) = self.live(job) {
                        self.note_change(&job);
                    }
                }
            }
        }
    }

    #[cfg(target_arch = "wasm32")]
    fn read_messages(&self) {}

    fn live(&self, id: JobId) -> Option<Rc<JobRecord>> {
        self.jobs.borrow().live(id).cloned()
    }

    pub(super) fn add_timer(&self, deadline: Moment, target: Target) -> TimerKey {
        self.timers.borrow_mut().insert(deadline, target)
    }

    pub(super) fn remove_timer(&self, key: TimerKey) {
        self.timers.borrow_mut().remove(key);
    }

    pub(super) fn note_change(&self, job: &JobRecord) {
        if let Some(changes) = self.changes.borrow_mut().as_mut()
            && !job.changed.replace(true)
        {
            changes.push(job.id());
        }
    }

    /// The moment at which this job ends.
    pub(super) fn end_of(&self, job: JobId) -> Moment {
        let (moment, instant) = self.clock.read();
        if self.polled.get() == Some(job) {
            self.ended_at.set(Some(instant));
        }
        moment
    }

    pub(super) fn job_finished(&self, job: &JobRecord) {
        self.note_change(job);
        let leaves = self.jobs.borrow_mut().finish(job.id());
        drop(leaves);
    }

    pub(super) fn workers_abandoned(&self, count: usize, slots: usize) {
        self.busy_workers.set(self.busy_workers.get() - count);
        self.abandoned_workers
            .set(self.abandoned_workers.get() + count);
        #[cfg(not(target_arch = "wasm32"))]
        for _ in 0..slots {
            super::platform::BlockingGate::release(&self.blocking);
        }
        #[cfg(target_arch = "wasm32")]
        let _ = slots;
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn worker_began(&self) {
        self.busy_workers.set(self.busy_workers.get() + 1);
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn next_worker_number(&self) -> u64 {
        self.last_worker.set(self.last_worker.get() + 1);
        self.last_worker.get()
    }
}

impl Drop for RuntimeInner {
    /// Cancels every job, and frees their tasks here: freed on another thread by a late wake, a local task would end
    /// the process.
    fn drop(&mut self) {
        let jobs: Vec<_> = self
            .jobs
            .borrow()
            .slots
            .iter()
            .filter_map(|slot| slot.job.clone())
            .collect();
        for job in jobs.iter().rev() {
            job.cancel();
        }
        self.queue.close();
        loop {
            let mut ready = std::mem::take(&mut *self.ready.borrow_mut());
            self.queue.take_ready(&mut ready);
            if ready.is_empty() {
                break;
            }
            ready.into_iter().for_each(|runnable| {
                runnable.run();
            });
        }
    }
}

/// The task that the run queue knows: polls the job's code, which lives in the record, so that a cancel can drop it in
/// the same call.
struct Stub(Rc<JobRecord>);

impl Future for Stub {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_body(cx)
    }
}

pub(super) fn spawn_child<T: 'static, F>(
    parent: &Rc<JobRecord>,
    name: Cow<'static, str>,
    code: F,
) -> JobHandle<T>
where
    F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
{
    match parent.runtime() {
        Some(runtime) if parent.accepts_work() => spawn_in(&runtime, name, Some(parent), code),
        _ => {
            let record = JobRecord::never_started(name, parent);
            JobHandle::new(record, Rc::default())
        }
    }
}

fn spawn_in<T: 'static, F>(
    runtime: &Rc<RuntimeInner>,
    name: Cow<'static, str>,
    parent: Option<&Rc<JobRecord>>,
    code: F,
) -> JobHandle<T>
where
    F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
{
    let id = runtime.jobs.borrow_mut().reserve();
    let record = JobRecord::new(
        id,
        name,
        Rc::downgrade(runtime),
        parent.map(Rc::downgrade),
        runtime.clock.now(),
    );
    let value = Rc::new(RefCell::new(None));
    record.set_body(Box::pin({
        let value = value.clone();
        let cx = JobContext::new(record.clone());
        async move {
            let result = code(cx).await?;
            *value.borrow_mut() = Some(result);
            Ok(())
        }
    }));
    let queue = runtime.queue.clone();
    let stub = Stub(record.clone());
    let (runnable, task) = async_task::Builder::new()
        .metadata(id)
        .spawn_local(|_| stub, move |runnable| queue.push(runnable));
    record.set_task(task);
    runtime.jobs.borrow_mut().put(record.clone());
    if let Some(parent) = parent {
        parent.add_child(&record);
    }
    runtime.note_change(&record);
    runnable.schedule();
    JobHandle::new(record, value)
}
