//! The runtime as its owner holds it.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::runtime::executor::inner::RuntimeInner;
use crate::runtime::executor::tick::Tick;
use crate::runtime::executor::{running, tick};
use crate::runtime::job::record::{JobRecord, JobRuntime};
use crate::runtime::job::{ending, panics};
use crate::runtime::{Clock, Host, Job, JobId, Moment, RuntimeOptions};

/// How much of a frame a tick takes by default, before it leaves the rest to the next frame: 4 ms.
pub const TICK_BUDGET: Duration = Duration::from_millis(4);

/// A local executor that owns jobs and polls them when it is ticked. Cheap to clone; stays on its
/// thread. When the last clone is dropped, every job is cancelled; a clone that one of its own jobs
/// holds keeps both alive until that job ends.
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
pub struct Runtime(pub(crate) Rc<JobRuntime>);

impl Runtime {
    /// A runtime on the machine's clock, driven by `host`. It belongs to the calling thread.
    #[must_use]
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self::with_clock(host, Clock::real())
    }

    /// A runtime on another clock: a virtual one in tests.
    #[must_use]
    pub fn with_clock(host: Arc<dyn Host>, clock: Clock) -> Self {
        Self::with_options(host, RuntimeOptions::new().clock(clock))
    }

    /// A runtime with other options than a clock.
    #[must_use]
    pub fn with_options(host: Arc<dyn Host>, options: RuntimeOptions) -> Self {
        panics::install_hook();
        let runtime = Self(RuntimeInner::new(host, options, ending::end_all));
        running::register(&runtime.0);
        runtime
    }

    /// One tick: takes what other threads left, fires what is due, and polls what is ready, each
    /// job at most once per round, until nothing is ready or `budget` is used up. Call it once per
    /// frame, and when the host is woken.
    pub fn tick(&self, budget: Duration) -> Tick {
        tick::tick(&self.0, budget, u64::MAX)
    }

    /// One tick with at most one poll, like the step of a debugger. It is not about the
    /// [`Step`](crate::runtime::Step)s of a job, which are what the job says that it does.
    pub fn step(&self) -> Tick {
        tick::tick(&self.0, TICK_BUDGET, 1)
    }

    /// Makes the loop that drives this runtime return after the tick under way:
    /// [`ParkHost::run`](crate::runtime::ParkHost::run) and the like. Does nothing when no loop
    /// drives it. The jobs continue when the runtime is driven again.
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
        self.0.tick.is_stopping.set(true);
        self.0.queue.request_tick();
    }

    pub(crate) fn take_stop(&self) -> bool {
        self.0.tick.is_stopping.take()
    }

    /// Passes on the wakes that happened on this thread since the last tick, such as a resume by a
    /// button. Call it at the end of a frame, unless the host does this by itself, as the one of
    /// egui does; [`Host::wake`] is called at most once.
    pub fn flush_wakes(&self) {
        self.0.queue.flush();
    }

    /// Makes sure that a tick follows soon, even if nothing is ready: for work of the host's own
    /// that needs one.
    pub fn request_tick(&self) {
        self.0.queue.request_tick();
    }

    /// Polls what is ready in random order, the same for the same seed; `None` is first come, first
    /// served again. A test that passes with every seed does not depend on an order.
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
        &self.0.time.clock
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

    /// Takes a finished job out of the table, so that its record is freed with its last handle.
    /// False when it has not ended, or the table has it no more.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    ///
    /// let test = TestRuntime::new();
    /// let id = test.spawn("greet", async |_cx| Ok(())).id();
    /// assert!(!test.forget(id), "it has not ended");
    /// test.settle();
    /// assert!(test.forget(id));
    /// assert!(test.job(id).is_none());
    /// ```
    pub fn forget(&self, id: JobId) -> bool {
        // Dropped after the borrow: its drop may run code of the user's.
        let gone = self.0.jobs.borrow_mut().forget(id);
        gone.is_some()
    }

    /// Takes every finished job out of the table, as [`Runtime::forget`] does with one, and returns
    /// how many they were.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    ///
    /// let test = TestRuntime::new();
    /// let nap = test.spawn("nap", async |cx| cx.sleep_secs(9.0)?.await);
    /// test.spawn("greet", async |_cx| Ok(()));
    /// test.settle();
    /// assert_eq!(test.forget_finished(), 1);
    /// assert_eq!(test.jobs().len(), 1);
    /// # drop(nap);
    /// ```
    pub fn forget_finished(&self) -> usize {
        let gone = self.0.jobs.borrow_mut().forget_finished();
        gone.len()
    }

    /// Whether this is called from inside a tick: from a job, or from what a job's end drops.
    #[must_use]
    pub fn is_ticking(&self) -> bool {
        self.0.tick.is_ticking.get()
    }

    /// Whether a job is ready to be polled, or another thread has left a message.
    #[must_use]
    pub fn has_ready(&self) -> bool {
        !self.0.ready.borrow().is_empty() || !self.0.queue.is_empty()
    }

    /// The next deadline of any job that is not paused.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        self.0.timers.borrow().next_deadline()
    }

    /// How many worker threads have not returned, the abandoned ones not counted.
    #[must_use]
    pub fn busy_workers(&self) -> usize {
        self.0.blocking.busy()
    }

    /// Whether a worker thread is running: not one that is stopped because its job is paused, or
    /// that waits for room in a [`channel`](crate::runtime::channel).
    #[must_use]
    pub fn has_moving_workers(&self) -> bool {
        let has_moving = |job: &Rc<JobRecord>| {
            let relations = job.relations_if_any();
            relations.is_some_and(|relations| {
                let all_stand_still =
                    job.poll.is_paused() && job.accepts_work() && relations.workers.all_stopped();
                !relations.workers.is_empty()
                    && !all_stand_still
                    && !relations.workers.all_wait_for_jobs()
            })
        };
        self.busy_workers() > 0 && self.0.jobs.borrow().all_live().any(has_moving)
    }

    /// The real time until the first grace period of a cancelled job's workers ends.
    pub(crate) fn until_grace_ends(&self) -> Option<Duration> {
        self.0.graces.next_end()
    }

    /// How many worker threads were given up and still have not ended.
    #[must_use]
    pub fn abandoned_workers(&self) -> usize {
        self.0.blocking.abandoned()
    }

    /// Begins to note which jobs change; [`Runtime::take_changes`] returns them. Off by default,
    /// because without a reader the list would grow.
    pub fn watch_changes(&self) {
        self.0.changes.watch();
    }

    /// The jobs whose state or step changed since the last call, each once. Numbers that only grow
    /// are not changes.
    #[must_use]
    pub fn take_changes(&self) -> Vec<JobId> {
        let changes = self.0.changes.take();
        let table = self.0.jobs.borrow();
        for job in changes.iter().filter_map(|id| table.live(*id)) {
            job.poll.is_listed_as_changed.set(false);
        }
        drop(table);
        changes
    }

    /// Keeps a value for all jobs of this runtime, found by its type with
    /// [`JobContext::extension`](crate::runtime::JobContext::extension): a client, a cache, a limit
    /// that they share. Returns the value of the same type that was there before.
    pub fn set_extension<E: 'static>(&self, extension: Rc<E>) -> Option<Rc<E>> {
        self.0.extensions.set(extension)
    }

    /// The value of this type that is kept for all jobs of this runtime.
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
        self.0.extensions.get()
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
