//! The token of a worker thread: how a blocking call learns that its job is paused or cancelled, and says what it does.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use crate::runtime::{
    Clock, JobId, Progress, Step,
    queue::{Message, Queue},
    report::Report,
};

/// The job, or this one task of it, was cancelled: return as soon as you can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

type Hook = Box<dyn FnOnce() + Send>;

const RUNNING: u8 = 0;
const STOPPED: u8 = 1;
const ENDED: u8 = 2;

/// The state that a worker thread and the runtime share.
pub(crate) struct WorkerControl {
    pub(super) number: u64,
    /// Running, stopped at a checkpoint, or ended; read on every look at a paused job's state.
    phase: AtomicU8,
    /// Whether it has one of the limited threads, to be given back once.
    holds_slot: AtomicBool,
    gate: Mutex<Gate>,
    changed: Condvar,
}

#[derive(Default)]
struct Gate {
    cancelled: bool,
    paused_since: Option<Instant>,
    paused_before: Duration,
    hooks: BTreeMap<u64, Hook>,
    last_hook: u64,
}

impl WorkerControl {
    pub(super) fn new(number: u64) -> Arc<Self> {
        Arc::new(Self {
            number,
            phase: AtomicU8::new(STOPPED),
            holds_slot: AtomicBool::new(false),
            gate: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    pub(super) fn pause(&self) {
        self.lock().paused_since.get_or_insert_with(Instant::now);
        self.changed.notify_all();
    }

    pub(super) fn resume(&self) {
        let mut gate = self.lock();
        if let Some(since) = gate.paused_since.take() {
            gate.paused_before += since.elapsed();
        }
        drop(gate);
        self.changed.notify_all();
    }

    /// Fires the token. Hooks run here and now, outside the lock.
    pub(super) fn cancel(&self) {
        let mut gate = self.lock();
        if gate.cancelled {
            return;
        }
        gate.cancelled = true;
        let hooks = std::mem::take(&mut gate.hooks);
        drop(gate);
        self.changed.notify_all();
        for hook in hooks.into_values() {
            // The hook of one worker must not keep its job, or the caller, from going on.
            if catch_unwind(AssertUnwindSafe(hook)).is_err() {
                log::error!("a cancel hook panicked");
            }
        }
    }

    pub(super) fn set_ended(&self) {
        self.phase.store(ENDED, Ordering::Release);
    }

    pub(super) fn set_holds_slot(&self, holds: bool) {
        self.holds_slot.store(holds, Ordering::Release);
    }

    /// Whether a limited thread is to be given back; true only once.
    pub(crate) fn gives_back_slot(&self) -> bool {
        self.holds_slot.swap(false, Ordering::AcqRel)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.phase.load(Ordering::Acquire) != RUNNING
    }

    fn lock(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Given to every blocking closure. Cheap to clone, and may be handed on to other threads.
#[derive(Clone)]
pub struct Token {
    pub(super) job: JobId,
    pub(super) control: Arc<WorkerControl>,
    pub(super) report: Arc<Report>,
    pub(super) clock: Clock,
    pub(super) queue: Arc<Queue>,
}

impl Token {
    /// Whether the job, or this task of it, was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.control.lock().cancelled
    }

    /// Whether the job is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.control.lock().paused_since.is_some()
    }

    /// Goes on unless cancelled; does not stop for a pause.
    ///
    /// # Errors
    /// [`Cancelled`], to be returned with `?`.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// A place where this thread may stop: blocks while the job is paused.
    ///
    /// # Errors
    /// [`Cancelled`], to be returned with `?`.
    pub fn checkpoint(&self) -> Result<(), Cancelled> {
        let gate = self.control.lock();
        if gate.paused_since.is_some() && !gate.cancelled {
            self.control.phase.store(STOPPED, Ordering::Release);
            drop(gate);
            self.queue.send(Message::WorkerStopped(self.job));
            self.begin()
        } else if gate.cancelled {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// Begins, or goes on, as soon as no pause is in force. Until then the thread counts as stopped.
    pub(super) fn begin(&self) -> Result<(), Cancelled> {
        let gate = self
            .control
            .changed
            .wait_while(self.control.lock(), |gate| {
                gate.paused_since.is_some() && !gate.cancelled
            })
            .unwrap_or_else(PoisonError::into_inner);
        if gate.cancelled {
            return Err(Cancelled);
        }
        // Under the lock: a pause from now on finds it running.
        self.control.phase.store(RUNNING, Ordering::Release);
        Ok(())
    }

    /// Sleeps for this long of real time, in which a pause does not count. Wakes at once when cancelled.
    ///
    /// # Errors
    /// [`Cancelled`], to be returned with `?`.
    pub fn sleep(&self, duration: Duration) -> Result<(), Cancelled> {
        let mut left = duration;
        loop {
            self.checkpoint()?;
            let began = Instant::now();
            let (gate, wait) = self
                .control
                .changed
                .wait_timeout_while(self.control.lock(), left, |gate| {
                    !gate.cancelled && gate.paused_since.is_none()
                })
                .unwrap_or_else(PoisonError::into_inner);
            let cancelled = gate.cancelled;
            drop(gate);
            if cancelled {
                return Err(Cancelled);
            }
            if wait.timed_out() {
                return Ok(());
            }
            left = left.saturating_sub(began.elapsed());
        }
    }

    /// Runs `hook` when this task is cancelled: on the thread that cancels, or here and now if that has happened
    /// already. Keep what is returned; dropping it takes the hook back.
    pub fn on_cancel(&self, hook: impl FnOnce() + Send + 'static) -> CancelHook {
        let mut gate = self.control.lock();
        gate.last_hook += 1;
        let number = gate.last_hook;
        if gate.cancelled {
            drop(gate);
            hook();
        } else {
            gate.hooks.insert(number, Box::new(hook));
        }
        CancelHook {
            control: self.control.clone(),
            number,
        }
    }

    /// The real time this task has spent paused so far, for time-outs that should not count it.
    #[must_use]
    pub fn paused_time(&self) -> Duration {
        let gate = self.control.lock();
        gate.paused_before
            + gate
                .paused_since
                .map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Says what the job does now; the window shows it at once.
    pub fn step(&self, step: Step) {
        self.report.begin_step(step, self.clock.now());
        self.queue.send(Message::StepChanged(self.job));
    }

    /// The job's numbers; writing them wakes nobody.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.report.progress
    }

    /// Adds a line to the job's log.
    pub fn log(&self, text: impl Into<std::borrow::Cow<'static, str>>) {
        self.report.log(text.into(), self.clock.now());
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("job", &self.job)
            .field("cancelled", &self.is_cancelled())
            .field("paused", &self.is_paused())
            .finish_non_exhaustive()
    }
}

/// Keeps a hook of [`Token::on_cancel`] in place; dropping it takes the hook back.
#[must_use = "dropping this takes the hook back"]
pub struct CancelHook {
    control: Arc<WorkerControl>,
    number: u64,
}

impl Drop for CancelHook {
    fn drop(&mut self) {
        // The hook itself is dropped outside the lock: it may own anything.
        let hook = self.control.lock().hooks.remove(&self.number);
        drop(hook);
    }
}
