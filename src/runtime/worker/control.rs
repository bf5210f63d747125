//! The state that a worker thread and the runtime share: whether it may run, and whether it does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::runtime::Cancelled;
use crate::runtime::job::panics;
use crate::runtime::sync::primitives::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use crate::runtime::sync::primitives::{Condvar, Mutex, MutexGuard, lock, wait};

type Hook = Box<dyn FnOnce() + Send>;
type Watcher = Arc<dyn Fn() + Send + Sync>;

const RUNNING: u8 = 0;
const STOPPED: u8 = 1;
const ENDED: u8 = 2;

/// What the runtime signals to one worker thread, and what the thread is doing.
pub(crate) struct WorkerControl {
    pub(crate) number: u64,
    /// Running, stopped at a checkpoint, or ended. An atomic, because the state of a paused job is
    /// read in every frame.
    phase: AtomicU8,
    /// Whether it has one of the limited threads, which is given back once.
    holds_slot: AtomicBool,
    /// Whether its job has given it up: its thread is not reused then.
    is_abandoned: AtomicBool,
    /// The number of the last step that it began; zero for none.
    pub(crate) last_step: AtomicU64,
    signals: Mutex<Signals>,
    changed: Condvar,
}

#[derive(Default)]
struct Signals {
    cancelled: bool,
    /// The thread waits for what only a job can give it, such as room in a channel.
    waits_for_job: bool,
    /// What it waits for may be there.
    woken: bool,
    paused_since: Option<Instant>,
    paused_before: Duration,
    hooks: BTreeMap<u64, Hook>,
    watchers: BTreeMap<u64, Watcher>,
    last_hook: u64,
}

impl Signals {
    fn holds_up(&self) -> bool {
        self.paused_since.is_some() && !self.cancelled
    }
}

impl WorkerControl {
    pub(crate) fn new(number: u64) -> Arc<Self> {
        Arc::new(Self {
            number,
            phase: AtomicU8::new(STOPPED),
            holds_slot: AtomicBool::new(false),
            is_abandoned: AtomicBool::new(false),
            last_step: AtomicU64::new(0),
            signals: Mutex::new(Signals::default()),
            changed: Condvar::new(),
        })
    }

    // ---- called by the runtime's thread, cancel also by others ----

    pub(crate) fn pause(&self) {
        self.lock().paused_since.get_or_insert_with(Instant::now);
        self.notify_change();
    }

    /// Ends the waits of the worker's thread: on the condition variable here, and those that it
    /// ends itself by watchers.
    fn notify_change(&self) {
        self.changed.notify_all();
        let watchers: Vec<_> = self.lock().watchers.values().cloned().collect();
        for watcher in watchers {
            if let Err(report) = panics::catch("in a watcher of a worker", || watcher()) {
                log::error!("{report}");
            }
        }
    }

    pub(crate) fn resume(&self) {
        let mut signals = self.lock();
        if let Some(since) = signals.paused_since.take() {
            signals.paused_before += since.elapsed();
        }
        drop(signals);
        self.notify_change();
    }

    /// Fires the token. Hooks run here and now, outside the lock.
    pub(crate) fn cancel(&self) {
        let mut signals = self.lock();
        if signals.cancelled {
            return;
        }
        signals.cancelled = true;
        // A paused worker continues, to its end.
        if let Some(since) = signals.paused_since.take() {
            signals.paused_before += since.elapsed();
        }
        let hooks = std::mem::take(&mut signals.hooks);
        drop(signals);
        self.notify_change();
        for hook in hooks.into_values() {
            // A panic in the hook of one worker must not stop its job or the caller.
            if let Err(report) = panics::catch("in a cancel hook", hook) {
                log::error!("{report}");
            }
        }
    }

    /// Whether a limited thread has to be given back; true only once.
    pub(crate) fn gives_back_slot(&self) -> bool {
        self.holds_slot.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn set_holds_slot(&self, holds: bool) {
        self.holds_slot.store(holds, Ordering::Release);
    }

    /// Its job has given it up.
    pub(crate) fn abandon(&self) {
        self.is_abandoned.store(true, Ordering::Release);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Acquire)
    }

    /// Whether it waits at a checkpoint, has not begun, or has ended.
    pub(crate) fn is_stopped(&self) -> bool {
        self.phase.load(Ordering::Acquire) != RUNNING
    }

    /// Whether it waits for what only a job can give it, and has not been woken for it.
    pub(crate) fn waits_for_job(&self) -> bool {
        let signals = self.lock();
        signals.waits_for_job && !signals.woken && !signals.cancelled
    }

    /// Ends a wait for a job, also one that is about to begin. From any thread.
    pub(crate) fn wake(&self) {
        self.lock().woken = true;
        self.changed.notify_all();
    }

    // ---- called by the worker's own thread ----

    pub(crate) fn set_ended(&self) {
        self.phase.store(ENDED, Ordering::Release);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.lock().paused_since.is_some()
    }

    /// Returns at once, or blocks while a pause is in force; `stopped` is called once it counts as
    /// stopped.
    pub(crate) fn checkpoint(&self, stopped: impl FnOnce()) -> Result<(), Cancelled> {
        let signals = self.lock();
        if signals.cancelled {
            return Err(Cancelled);
        }
        if !signals.holds_up() {
            return Ok(());
        }
        self.phase.store(STOPPED, Ordering::Release);
        drop(signals);
        stopped();
        self.begin()
    }

    /// Blocks until no pause is in force. Until then the thread counts as stopped, and as running
    /// after that.
    pub(crate) fn begin(&self) -> Result<(), Cancelled> {
        let mut signals = self.lock();
        while signals.holds_up() {
            signals = wait(&self.changed, signals);
        }
        if signals.cancelled {
            return Err(Cancelled);
        }
        // Under the lock: a pause after this sees it running, and waits for its next checkpoint.
        self.phase.store(RUNNING, Ordering::Release);
        Ok(())
    }

    /// Blocks until [`WorkerControl::wake`] or a cancel. Until then the thread counts as stopped.
    /// If a pause is in force then, it still does: the next checkpoint must follow at once.
    /// `stopped` is called once it counts as stopped.
    pub(crate) fn wait_for_job(&self, stopped: impl FnOnce()) {
        let mut signals = self.lock();
        signals.waits_for_job = true;
        self.phase.store(STOPPED, Ordering::Release);
        drop(signals);
        stopped();
        signals = self.lock();
        while !signals.woken && !signals.cancelled {
            signals = wait(&self.changed, signals);
        }
        signals.waits_for_job = false;
        signals.woken = false;
        if !signals.holds_up() {
            self.phase.store(RUNNING, Ordering::Release);
        }
    }

    /// Says whether the thread counts as stopped from now on, until [`WorkerControl::begin`],
    /// although it runs: what it calls stands still by itself.
    pub(crate) fn set_stands_still(&self, stands_still: bool) {
        let phase = if stands_still { STOPPED } else { RUNNING };
        self.phase.store(phase, Ordering::Release);
    }

    /// Blocks until the time is over, which returns true, or until a pause or a cancel.
    pub(crate) fn wait_for_change(&self, at_most: Duration) -> bool {
        let began = Instant::now();
        let mut signals = self.lock();
        while !signals.cancelled && signals.paused_since.is_none() {
            let Some(left) = at_most
                .checked_sub(began.elapsed())
                .filter(|left| !left.is_zero())
            else {
                return true;
            };
            signals = match self.changed.wait_timeout(signals, left) {
                Ok((signals, _)) => signals,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        false
    }

    /// Adds a hook; returns it as the error when the token has fired already.
    pub(crate) fn add_hook(&self, hook: Hook) -> Result<u64, Hook> {
        let mut signals = self.lock();
        if signals.cancelled {
            return Err(hook);
        }
        signals.last_hook += 1;
        let number = signals.last_hook;
        signals.hooks.insert(number, hook);
        Ok(number)
    }

    /// Removes a hook or a watcher.
    pub(crate) fn remove_hook(&self, number: u64) {
        // Dropped outside the lock: the drop may run any code.
        let mut signals = self.lock();
        let gone = (
            signals.hooks.remove(&number),
            signals.watchers.remove(&number),
        );
        drop(signals);
        drop(gone);
    }

    /// Adds a closure that is called at every pause, resume and cancel from now on.
    pub(crate) fn add_watcher(&self, watcher: Watcher) -> u64 {
        let mut signals = self.lock();
        signals.last_hook += 1;
        let number = signals.last_hook;
        signals.watchers.insert(number, watcher);
        number
    }

    /// The real time spent paused so far.
    pub(crate) fn paused_time(&self) -> Duration {
        let signals = self.lock();
        signals.paused_before
            + signals
                .paused_since
                .map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Signals> {
        lock(&self.signals)
    }
}
