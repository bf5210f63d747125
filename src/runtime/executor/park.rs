//! The host that is a parked thread: how a program without a window, or a test, drives a runtime.

use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::runtime::{Host, Job, JobError, JobHandle, Moment, Runtime};

/// How long one round of [`ParkHost`]'s loop may poll before it checks its condition again.
const PARKED_TICK_BUDGET: Duration = Duration::from_millis(20);

/// The host of a program without a window: the thread sleeps until a job is ready.
///
/// ```
/// use jobdeck::runtime::{ParkHost, Runtime};
/// use std::time::Duration;
///
/// let host = ParkHost::new();
/// let runtime = Runtime::new(host.clone());
/// let job = runtime.spawn("nap", async |cx| Ok(cx.sleep(Duration::from_millis(5)).await?.active));
/// let slept = host.block_on(&runtime, job)?;
/// assert!(slept >= Duration::from_millis(5));
/// # Ok::<(), jobdeck::runtime::JobError>(())
/// ```
#[derive(Debug, Default)]
pub struct ParkHost {
    state: Mutex<Parked>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Parked {
    woken: bool,
    after: Option<Duration>,
}

impl Host for ParkHost {
    fn wake(&self) {
        self.lock().woken = true;
        self.changed.notify_all();
    }

    /// A wake between two ticks on this very thread must not let it fall asleep.
    fn wake_later(&self) {
        self.lock().woken = true;
    }

    fn wake_after(&self, delay: Duration) {
        self.lock().after = Some(delay);
    }
}

impl ParkHost {
    /// A host for the calling thread.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Sleeps until the runtime has something to do, or `at_most` is over. Returns at once when it
    /// already has.
    pub fn park(&self, at_most: Option<Duration>) {
        let mut state = self.lock();
        let limit = match (state.after.take(), at_most) {
            (Some(after), Some(limit)) => Some(after.min(limit)),
            (after, limit) => after.or(limit),
        };
        if !state.woken {
            state = match limit {
                Some(limit) => {
                    self.changed
                        .wait_timeout_while(state, limit, |parked| !parked.woken)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .changed
                    .wait_while(state, |parked| !parked.woken)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
        state.woken = false;
    }

    /// Drives `runtime` until `done` returns true or it is [stopped](Runtime::stop); sleeps while
    /// nothing is ready.
    ///
    /// `done` is called after each tick, and only then: a thread that changes what it reads has to
    /// wake the runtime too.
    ///
    /// On a virtual clock, time jumps to the next deadline whenever nothing is ready and no worker
    /// thread is running (one that a pause stopped does not count). If there is no deadline either,
    /// it returns although `done` is still false: nothing could ever change.
    ///
    /// Called from inside one of the runtime's own jobs it returns at once, since nothing could run
    /// before that job returns: await instead.
    pub fn run_until(&self, runtime: &Runtime, done: impl FnMut() -> bool) {
        self.drive(runtime, Moment::END, done);
    }

    /// Drives `runtime` until it is [stopped](Runtime::stop). On a virtual clock it also returns
    /// when nothing could ever change.
    pub fn run(&self, runtime: &Runtime) {
        self.run_until(runtime, || false);
    }

    /// Drives `runtime` for this long on its clock, or until it is [stopped](Runtime::stop).
    /// Unfinished jobs continue when it is driven again. A virtual clock has moved by exactly this
    /// much at the end.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, MissedTicks, ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.spawn("clock", async |cx| {
    ///     let mut seconds = cx.interval(Duration::from_secs(1), MissedTicks::Burst)?;
    ///     while seconds.tick().await?.number < 100 {
    ///         cx.progress().add_done(1);
    ///     }
    ///     Ok(())
    /// });
    /// host.run_for(&runtime, Duration::from_secs(5));
    /// host.run_for(&runtime, Duration::from_secs(5));
    /// assert_eq!(job.progress().0, 10);
    /// ```
    pub fn run_for(&self, runtime: &Runtime, duration: Duration) {
        self.drive(runtime, runtime.now() + duration, || false);
    }

    /// Drives `runtime` until no job can continue: all are finished, or paused, or wait for
    /// nothing.
    pub fn run_until_idle(&self, runtime: &Runtime) {
        self.run_until(runtime, || {
            !runtime.has_ready()
                && !runtime.has_moving_workers()
                && runtime.next_deadline().is_none()
        });
    }

    /// Cancels every job, and drives `runtime` until all have ended: their cleanups run, and their
    /// worker threads return or are given up after their grace period. The orderly end of a
    /// program.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.spawn("for ever", async |cx| cx.sleep(Duration::MAX).await);
    /// host.shut_down(&runtime);
    /// assert!(job.is_finished());
    /// ```
    pub fn shut_down(&self, runtime: &Runtime) {
        for job in runtime.jobs().iter().rev() {
            job.cancel();
        }
        self.run_until(runtime, || {
            let mut left = runtime.jobs();
            left.retain(|job| !job.is_finished());
            // Also what a drop or a cleanup has started; children are cancelled with their parents.
            for job in left.iter().filter(|job| job.0.link.parent.is_none()) {
                job.cancel();
            }
            left.is_empty()
        });
    }

    fn drive(&self, runtime: &Runtime, until: Moment, mut done: impl FnMut() -> bool) {
        if runtime.is_ticking() {
            log::error!("a runtime cannot be driven from inside one of its own jobs");
            return;
        }
        // A stop from before this call is obsolete.
        runtime.take_stop();
        while !done() {
            let tick = runtime.tick(PARKED_TICK_BUDGET);
            if runtime.take_stop() || done() {
                return;
            }
            let clock = runtime.clock();
            // What is due at the very end of a virtual time still runs.
            let is_over = runtime.now() >= until;
            if is_over && !(tick.more_ready && clock.is_virtual()) {
                return;
            }
            if tick.more_ready {
                continue;
            }
            if !clock.is_virtual() {
                let left = until.since(runtime.now());
                self.park((until < Moment::END).then(|| clock.real_duration(left)));
            } else if runtime.has_moving_workers() {
                // Threads run in real time, and so do their grace periods.
                self.park(runtime.until_grace_ends());
            } else if !runtime.has_ready() {
                let next = tick.next_deadline.unwrap_or(Moment::END).min(until);
                if next == Moment::END {
                    return;
                }
                clock.advance_to(next);
            }
        }
    }

    /// Drives `runtime` until this job is finished, and returns its value.
    ///
    /// # Errors
    /// The job's own error, or one that says that it was cancelled or crashed; or that this was
    /// called from inside a job of the same runtime, where only awaiting can help; or that the job
    /// belongs to another runtime.
    pub fn block_on<T: 'static>(
        &self,
        runtime: &Runtime,
        job: JobHandle<T>,
    ) -> Result<T, JobError> {
        if runtime.is_ticking() && !job.is_finished() {
            return Err(JobError::new(
                "a job cannot block on another one of its runtime: await it instead",
            ));
        }
        if !job.is_finished() && !belongs_to(&job, runtime) {
            return Err(JobError::other_runtime(job.name()));
        }
        self.run_until(runtime, || job.is_finished());
        job.into_value()
    }

    fn lock(&self) -> MutexGuard<'_, Parked> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn belongs_to(job: &Job, runtime: &Runtime) -> bool {
    let own = job.0.runtime();
    own.is_some_and(|own| Rc::ptr_eq(&own, &runtime.0))
}
