//! Who drives a runtime: the small trait a host implements, and the host that is a parked thread.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{JobError, JobHandle, Runtime};

/// How long one round of [`ParkHost`]'s loop may poll before it looks at its condition again.
const PARKED_TICK_BUDGET: Duration = Duration::from_millis(20);

/// What a runtime asks of whoever drives it.
///
/// A window requests a repaint, a parked thread is unparked, a test records the call. At most one [`Host::wake`] is
/// made between two ticks, however many wakes there were.
pub trait Host: Send + Sync {
    /// Something is ready: tick soon. Called from any thread but never from within a tick; must not block, and must
    /// not call back into the runtime.
    fn wake(&self);

    /// Something woke on the runtime's own thread, outside a tick: see to it that a tick, or
    /// [`Runtime::flush_wakes`], follows when whatever is on the stack now is over.
    ///
    /// Natively this comes from within a frame, whose end flushes, so that there is nothing to do. In a browser there
    /// is only one thread, and a promise may be kept between two frames. The rules are those of [`Host::wake`].
    fn wake_later(&self) {}

    /// Nothing is ready before `delay` is over: tick then. Called at the end of a tick on the runtime's own thread.
    fn wake_after(&self, delay: Duration);
}

/// The host of a program without a window: the thread sleeps until a job can go on.
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

    /// Sleeps until the runtime has something to do, or `at_most` is over. Returns at once when it already has.
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

    /// Drives `runtime` until `done` says so, sleeping while nothing is ready.
    ///
    /// On a virtual clock, time jumps to the next deadline whenever nothing is ready and no worker thread is busy, one
    /// that a pause stopped aside;
    /// when there is no deadline either, it returns although `done` is still false: nothing could ever change.
    ///
    /// Called from inside one of the runtime's own jobs it returns at once, for nothing could go on before that job
    /// does: await instead.
    pub fn run_until(&self, runtime: &Runtime, mut done: impl FnMut() -> bool) {
        if runtime.is_ticking() {
            log::error!("a runtime cannot be driven from inside one of its own jobs");
            return;
        }
        while !done() {
            let tick = runtime.tick(PARKED_TICK_BUDGET);
            if tick.more_ready || done() {
                continue;
            }
            if runtime.clock().is_virtual() && !runtime.has_moving_workers() && !runtime.has_ready()
            {
                match tick.next_deadline {
                    Some(deadline) => {
                        runtime.clock().advance_to(deadline);
                    }
                    None => return,
                }
            } else {
                self.park(None);
            }
        }
    }

    /// Drives `runtime` until no job can go on any more: all are finished, or paused, or wait for nothing.
    pub fn run_until_idle(&self, runtime: &Runtime) {
        self.run_until(runtime, || {
            !runtime.has_ready()
                && !runtime.has_moving_workers()
                && runtime.next_deadline().is_none()
        });
    }

    /// Drives `runtime` until this job is finished, and gives its value.
    ///
    /// # Errors
    /// The job's own error, or one that says that it was cancelled or crashed; or that this was called from inside a
    /// job of the same runtime, where only awaiting can help.
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
        self.run_until(runtime, || job.is_finished());
        job.into_value()
    }

    fn lock(&self) -> MutexGuard<'_, Parked> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
