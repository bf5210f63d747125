//! The local executor: the table of jobs, and the tick that polls what is ready within a budget.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::HashMap,
    fmt,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use web_time::Instant;

use crate::runtime::{
    Clock, Host, Job, JobBuilder, JobContext, JobError, JobHandle, JobId, Moment,
    executor::ready::Ready,
    executor::running,
    executor::table::Table,
    job::panics,
    job::record::{CANCEL_GRACE, JobRecord},
    stopwatch::Stopwatch,
    sync::queue::{Queue, Woken},
    time::timers::{Target, TimerKey, Timers},
    worker::{self, Abandoned, Threads},
};

/// How much of a frame a tick takes by default, before it leaves the rest to the next frame.
pub const TICK_BUDGET: Duration = Duration::from_millis(4);
/// For how long the stopwatch stands in for the clock: in this time it goes wrong by less than a few microseconds.
const CLOCK_KEPT_NANOS: u64 = 20_000_000;

/// A local executor that owns jobs and polls them when it is ticked. Cheap to clone; stays on its thread. When the last
/// clone is dropped, every job is cancelled; a clone that one of its own jobs holds keeps both alive until that job ends.
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
pub struct Runtime(pub(crate) Rc<RuntimeInner>);

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

pub(crate) struct RuntimeInner {
    pub(crate) clock: Clock,
    pub(crate) queue: Arc<Queue>,
    pub(crate) threads: Rc<Threads>,
    pub(crate) jobs: RefCell<Table>,
    timers: RefCell<Timers>,
    /// The jobs whose workers are to let go, and until when in real time: threads run in no other.
    graces: RefCell<Vec<(Instant, JobId)>>,
    ready: RefCell<Ready>,
    stopwatch: Stopwatch,
    /// A moment of the clock, and what the stopwatch said then.
    read_at: Cell<(Moment, u64)>,
    /// The latest moment that anybody was told, and what the stopwatch said then.
    told: Cell<(Moment, u64)>,
    ticking: Cell<bool>,
    /// When the poll under way began, on the stopwatch.
    poll_began: Cell<u64>,
    polled: Cell<Option<JobId>>,
    stopping: Cell<bool>,
    changes: RefCell<Option<Vec<JobId>>>,
    extensions: RefCell<HashMap<TypeId, Rc<dyn Any>>>,
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
        panics::install_hook();
        let stopwatch = Stopwatch::start();
        let runtime = Self(Rc::new(RuntimeInner {
            clock,
            queue: Queue::new(host, stopwatch.clone()),
            threads: Rc::default(),
            jobs: RefCell::default(),
            timers: RefCell::default(),
            graces: RefCell::default(),
            ready: RefCell::default(),
            stopwatch,
            read_at: Cell::default(),
            told: Cell::default(),
            ticking: Cell::new(false),
            poll_began: Cell::default(),
            polled: Cell::default(),
            stopping: Cell::default(),
            changes: RefCell::default(),
            extensions: RefCell::default(),
        }));
        running::register(&runtime.0);
        runtime
    }

    /// Starts a job. Its code runs at the next tick, not before.
    ///
    /// The job goes on when the handle is dropped. An error, or a panic, in its code ends this job and nothing else.
    /// [`Runtime::builder`] has more to choose.
    pub fn spawn<T: 'static, F>(&self, name: impl Into<Cow<'static, str>>, code: F) -> JobHandle<T>
    where
        F: AsyncFnOnce(JobContext) -> Result<T, JobError> + 'static,
    {
        self.builder(name).spawn(code)
    }

    /// Begins to describe a job with more than a name: its priority, its limit of time.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, Outcome, ParkHost, Priority, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime
    ///     .builder("an hour")
    ///     .priority(Priority::Low)
    ///     .time_limit(Duration::from_secs(60))
    ///     .spawn(async |cx| cx.sleep(Duration::from_secs(3600)).await);
    /// host.run_until_idle(&runtime);
    /// assert!(matches!(job.outcome(), Some(Outcome::TimedOut)));
    /// ```
    pub fn builder(&self, name: impl Into<Cow<'static, str>>) -> JobBuilder<'_> {
        JobBuilder::of_runtime(&self.0, name.into())
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

    /// Makes whatever drives this runtime return after the tick under way: [`ParkHost::run`](crate::runtime::ParkHost::run) and
    /// its like. Nothing when nothing drives it. The jobs stay as they are, and go on when the runtime is driven again.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let stopper = runtime.clone();
    /// runtime.call_later(Duration::from_millis(5), move || stopper.stop());
    /// host.run(&runtime); // until then
    /// ```
    pub fn stop(&self) {
        self.0.stopping.set(true);
        self.0.queue.request_tick();
    }

    pub(crate) fn take_stop(&self) -> bool {
        self.0.stopping.take()
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

    /// Polls what is ready in random order, the same for the same seed; `None` is first come, first served again. A test
    /// that passes with every seed does not count on an order.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    ///
    /// let test = TestRuntime::new();
    /// test.shuffle(Some(7));
    /// let jobs: Vec<_> = (0..3).map(|number| test.spawn("any order", async move |_cx| Ok(number))).collect();
    /// test.settle();
    /// assert!(jobs.iter().all(|job| job.is_finished()));
    /// ```
    pub fn shuffle(&self, seed: Option<u64>) {
        self.0.ready.borrow_mut().set_shuffle(seed);
    }

    /// The clock it runs on.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The present moment on its clock.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.now()
    }

    /// The jobs in its table: those that have not ended, then the latest that have, newest first.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        let table = self.0.jobs.borrow();
        let all = table.all_live().chain(table.all_finished());
        all.cloned().map(Job).collect()
    }

    /// The job with this id, if its table still has it.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<Job> {
        self.0.jobs.borrow().any(id).cloned().map(Job)
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
        self.0.threads.busy()
    }

    /// Whether a worker thread may still go on by itself: not one that stands still because its job is paused.
    #[must_use]
    pub fn has_moving_workers(&self) -> bool {
        let table = self.0.jobs.borrow();
        self.busy_workers() > 0 && table.all_live().any(|job| job.has_moving_workers())
    }

    /// How much real time the first of the workers has that are to let go.
    pub(crate) fn until_grace_ends(&self) -> Option<Duration> {
        let graces = self.0.graces.borrow();
        let first = graces.iter().map(|(until, _)| *until).min()?;
        Some(first.saturating_duration_since(Instant::now()))
    }

    /// How many worker threads were given up and still have not ended.
    #[must_use]
    pub fn abandoned_workers(&self) -> usize {
        self.0.threads.abandoned()
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

    /// Keeps something for all jobs of this runtime, found by its type with [`JobContext::extension`]: a client, a
    /// cache, a limit that they share. What was there of the same type is given back.
    pub fn set_extension<E: 'static>(&self, extension: Rc<E>) -> Option<Rc<E>> {
        let before = self
            .0
            .extensions
            .borrow_mut()
            .insert(TypeId::of::<E>(), extension);
        before?.downcast().ok()
    }

    /// What is kept of this type for all jobs of this runtime; `None` if there is nothing.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::rc::Rc;
    ///
    /// let test = TestRuntime::new();
    /// test.set_extension(Rc::new(7_u32));
    /// assert_eq!(test.extension::<u32>().as_deref(), Some(&7));
    /// assert_eq!(test.extension::<String>(), None);
    /// ```
    #[must_use]
    pub fn extension<E: 'static>(&self) -> Option<Rc<E>> {
        self.0.extension()
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
    fn tick(self: &Rc<Self>, budget: Duration, most_polls: u64) -> Tick {
        if self.ticking.replace(true) {
            // From inside a job: the tick under way goes on when the job lets it.
            return Tick {
                polls: 0,
                more_ready: false,
                next_deadline: None,
            };
        }
        let began = self.stopwatch.read();
        let outer = self.queue.begin_tick(began);
        self.read_messages();
        self.fire_timers();
        // What messages and deadlines did is no job's poll.
        let polls = self.poll_rounds(began, self.stopwatch.read(), budget, most_polls);
        self.read_messages();
        self.take_woken();
        self.ticking.set(false);
        let left = !self.ready.borrow().is_empty();
        let next_deadline = self.timers.borrow().next_deadline();
        if let Some(deadline) = next_deadline.filter(|_| !left && !self.clock.is_virtual()) {
            let delay = deadline.since(self.now());
            self.queue.wake_after(self.clock.real_duration(delay));
        }
        self.queue.end_tick(outer, left);
        Tick {
            polls,
            more_ready: left || !self.queue.is_empty(),
            next_deadline,
        }
    }

    /// The present moment. The clock is read once in a while, and the cheaper stopwatch in between.
    pub(crate) fn now(&self) -> Moment {
        let ticks = self.stopwatch.read();
        if self.clock.is_virtual() {
            let now = self.clock.now();
            self.told.set((now, ticks));
            return now;
        }
        let (moment, read) = self.read_at.get();
        let nanos = self.stopwatch.nanos_between(read, ticks);
        // A counter that went back was set anew, by a sleep of the machine.
        let now = if read != 0 && ticks >= read && nanos < CLOCK_KEPT_NANOS {
            moment + self.clock.of_real(Duration::from_nanos(nanos))
        } else {
            let now = self.clock.now();
            self.read_at.set((now, ticks));
            now
        };
        // The two differ by some millionths: time must not go back for that.
        let now = now.max(self.told.get().0);
        self.told.set((now, ticks));
        now
    }

    /// What the stopwatch said when somebody last asked for the time.
    pub(crate) fn ticks_of_last_look(&self) -> u64 {
        self.told.get().1
    }

    fn poll_rounds(&self, began: u64, mut now: u64, budget: Duration, most_polls: u64) -> u64 {
        let budget_nanos = u64::try_from(budget.as_nanos()).unwrap_or(u64::MAX);
        let mut polls = 0;
        self.queue.set_now(now);
        loop {
            self.take_woken();
            let round = self.ready.borrow().len();
            if round == 0 {
                return polls;
            }
            for _ in 0..round {
                let Some(woken) = self.ready.borrow_mut().pop(now, &self.stopwatch) else {
                    break;
                };
                // A job that is over leaves its last wake behind.
                let job = self.jobs.borrow().live(woken.job).cloned();
                let Some(job) = job else { continue };
                if job.withholds() {
                    job.withhold();
                    continue;
                }
                self.polled.set(Some(woken.job));
                self.poll_began.set(now);
                let steps_before = job.steps_begun();
                let was_polled = job.poll();
                self.polled.set(None);
                if !was_polled {
                    continue;
                }
                polls += 1;
                let ended = if job.outcome().is_some() {
                    self.ticks_of_last_look() // its end was just now, and told the time
                } else {
                    self.stopwatch.read()
                };
                let before = std::mem::replace(&mut now, ended);
                self.queue.set_now(now);
                job.count_poll(
                    self.stopwatch.nanos_between(woken.at, before),
                    self.stopwatch.nanos_between(before, now),
                    steps_before,
                );
                if polls >= most_polls || self.stopwatch.nanos_between(began, now) >= budget_nanos {
                    return polls;
                }
            }
        }
    }

    /// Queues a job for its first poll. Between two ticks there is no need for the lock of the inbox: a job is spawned on
    /// the runtime's own thread.
    pub(crate) fn make_ready(&self, woken: Woken) {
        if self.ticking.get() {
            self.queue.push_at(woken);
        } else {
            self.ready.borrow_mut().push(woken);
            self.queue.notify();
        }
    }

    fn take_woken(&self) {
        let mut ready = self.ready.borrow_mut();
        self.queue.take_woken(|woken| ready.push(woken));
    }

    fn fire_timers(&self) {
        let now = self.now();
        loop {
            let target = self.timers.borrow_mut().pop_due(now);
            match target {
                Some(Target::Await { job, number }) => {
                    if let Some(job) = self.live(job)
                        && job.awaits.fire(number)
                    {
                        job.time_is_over();
                    }
                }
                Some(Target::Grace(job)) => self.grace_is_over(job),
                None => break,
            }
        }
        // On a virtual clock that stands still the threads' own time goes on.
        if !self.graces.borrow().is_empty() {
            let now = Instant::now();
            let is_over = |grace: &mut (Instant, JobId)| grace.0 <= now;
            let over: Vec<_> = self.graces.borrow_mut().extract_if(.., is_over).collect();
            over.into_iter()
                .for_each(|(_, job)| self.grace_is_over(job));
        }
    }

    pub(crate) fn remove_grace(&self, job: JobId) {
        self.graces.borrow_mut().retain(|(_, other)| *other != job);
    }

    fn grace_is_over(&self, job: JobId) {
        self.remove_grace(job);
        if let Some(job) = self.live(job) {
            job.give_up_workers();
        }
    }

    /// The workers of this job are to let go from now on.
    pub(crate) fn add_grace(&self, job: JobId) {
        let until = Instant::now() + CANCEL_GRACE;
        self.graces.borrow_mut().push((until, job));
    }

    fn read_messages(self: &Rc<Self>) {
        for message in self.queue.take_messages() {
            worker::carry_out(self, message);
        }
    }

    pub(crate) fn live(&self, id: JobId) -> Option<Rc<JobRecord>> {
        self.jobs.borrow().live(id).cloned()
    }

    /// The job whose poll is under way.
    pub(crate) fn polled(&self) -> Option<Rc<JobRecord>> {
        self.live(self.polled.get()?)
    }

    /// The path of the job whose poll is under way; also for a panic hook, which may be called from anywhere.
    pub(crate) fn polled_path(&self) -> Option<String> {
        let id = self.polled.get()?;
        let job = self.jobs.try_borrow().ok()?.live(id).cloned()?;
        Some(job.path())
    }

    /// For how long the poll under way has gone on.
    pub(crate) fn poll_took(&self) -> Duration {
        let (began, now) = (self.poll_began.get(), self.stopwatch.read());
        Duration::from_nanos(self.stopwatch.nanos_between(began, now))
    }

    pub(crate) fn add_timer(&self, deadline: Moment, target: Target) -> TimerKey {
        self.timers.borrow_mut().insert(deadline, target)
    }

    pub(crate) fn remove_timer(&self, key: TimerKey) {
        self.timers.borrow_mut().remove(key);
    }

    pub(crate) fn note_change(&self, job: &JobRecord) {
        if let Some(changes) = self.changes.borrow_mut().as_mut()
            && !job.changed.replace(true)
        {
            changes.push(job.id());
        }
    }

    pub(crate) fn job_finished(&self, job: &JobRecord) {
        self.note_change(job);
        let leaves = self.jobs.borrow_mut().finish(job.id());
        drop(leaves);
    }

    pub(crate) fn workers_abandoned(&self, abandoned: &Abandoned) {
        self.threads.abandon(abandoned);
    }

    pub(crate) fn extension<E: 'static>(&self) -> Option<Rc<E>> {
        let found = self.extensions.borrow().get(&TypeId::of::<E>()).cloned()?;
        found.downcast().ok()
    }
}

impl Drop for RuntimeInner {
    /// Cancels every job; whoever still holds a waker or a handle finds it at its end.
    fn drop(&mut self) {
        let jobs: Vec<_> = self.jobs.borrow().all_live().cloned().collect();
        for job in jobs.iter().rev() {
            job.cancel_for_good();
        }
        // Nobody will be told when the threads that are left let go: their jobs end here.
        for job in jobs.iter().rev() {
            job.give_up_workers();
        }
        self.queue.close();
        self.ready.borrow_mut().clear();
    }
}
