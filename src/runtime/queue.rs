//! The run queue: wakes and messages from any thread, and at most one call of the host for a whole batch of them.

use std::{
    cell::Cell,
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::ThreadId,
};

use super::{Host, JobId};

/// A task that is ready to be polled; its metadata says whose it is.
pub(super) type Runnable = async_task::Runnable<JobId>;

/// What other threads have to tell the runtime.
pub(super) enum Message {
    /// A worker of this job stopped at a checkpoint, because the job is paused.
    #[cfg(not(target_arch = "wasm32"))]
    WorkerStopped(JobId),
    /// This worker's thread has let go of everything.
    #[cfg(not(target_arch = "wasm32"))]
    WorkerEnded {
        job: JobId,
        worker: Arc<super::platform::WorkerControl>,
        /// Who awaits the result. Woken when this message is read: were it woken from the thread, there would be a
        /// moment in which the worker has ended, its job is not ready yet, and a virtual clock could jump.
        waker: Arc<futures_util::task::AtomicWaker>,
    },
    /// A worker began another step of this job.
    #[cfg(not(target_arch = "wasm32"))]
    StepChanged(JobId),
}

thread_local! {
    /// The queue whose runtime is inside a tick on this thread; zero for none. Saves the look at the thread's id on the
    /// hottest path, a wake from within a poll.
    static TICKING: Cell<u64> = const { Cell::new(0) };
    /// The queue that was made last on this thread; zero for none. Saves the same look for a spawn between two ticks.
    static MADE_HERE: Cell<u64> = const { Cell::new(0) };
}

static NEXT_QUEUE: AtomicU64 = AtomicU64::new(1);

/// Shared with every waker and worker thread; outlives the runtime, so that a late wake finds it.
pub(super) struct Queue {
    number: u64,
    inner: Mutex<Inner>,
    /// The host has been called, or a tick is under way: no further call is needed.
    armed: AtomicBool,
    /// Something woke on the runtime's own thread between two ticks; [`Queue::flush`] passes it on.
    local_wake: AtomicBool,
    own_thread: ThreadId,
    host: Arc<dyn Host>,
}

#[derive(Default)]
struct Inner {
    ready: Vec<Runnable>,
    messages: Vec<Message>,
    /// The runtime is gone: nobody reads messages any more.
    closed: bool,
}

impl Queue {
    pub(super) fn new(host: Arc<dyn Host>) -> Arc<Self> {
        let number = NEXT_QUEUE.fetch_add(1, Ordering::Relaxed);
        MADE_HERE.set(number);
        Arc::new(Self {
            number,
            inner: Mutex::default(),
            armed: AtomicBool::new(false),
            local_wake: AtomicBool::new(false),
            own_thread: std::thread::current().id(),
            host,
        })
    }

    /// Queues a task that was woken, from any thread.
    pub(super) fn push(&self, runnable: Runnable) {
        self.lock().ready.push(runnable);
        self.notify();
    }

    /// Leaves a message for the next tick, from any thread.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn send(&self, message: Message) {
        let mut inner = self.lock();
        if inner.closed {
            drop(inner);
            return; // and the message with it: kept, its waker would keep this queue alive for ever
        }
        inner.messages.push(message);
        drop(inner);
        self.notify();
    }

    /// Makes sure that a tick follows.
    pub(super) fn notify(&self) {
        if TICKING.get() == self.number {
            return; // the end of the tick looks at the queue
        }
        if MADE_HERE.get() == self.number || std::thread::current().id() == self.own_thread {
            // Calling the host from the middle of a frame could deadlock inside the GUI's own locks.
            if !self.local_wake.swap(true, Ordering::Relaxed) {
                self.host.wake_later();
            }
        } else if !self.armed.swap(true, Ordering::AcqRel) {
            self.host.wake();
        }
    }

    /// Makes sure that a tick follows, also when one is under way and will find nothing to do.
    pub(super) fn request_tick(&self) {
        if TICKING.get() == self.number {
            self.local_wake.store(true, Ordering::Relaxed);
        } else {
            self.notify();
        }
    }

    /// Passes on what woke on the runtime's own thread since the last tick.
    pub(super) fn flush(&self) {
        if self.local_wake.swap(false, Ordering::Relaxed)
            && !self.armed.swap(true, Ordering::AcqRel)
        {
            self.host.wake();
        }
    }

    /// Begins a tick: until its end nobody needs to call the host. Returns what [`Queue::end_tick`] puts back.
    pub(super) fn begin_tick(&self) -> u64 {
        self.armed.store(true, Ordering::Release);
        self.local_wake.store(false, Ordering::Relaxed);
        TICKING.replace(self.number)
    }

    /// Ends a tick. `more` says that work is left; the host is then called at once, as it is for what came meanwhile.
    pub(super) fn end_tick(&self, outer: u64, more: bool) {
        TICKING.set(outer);
        self.armed.store(false, Ordering::Release);
        let asked_for = self.local_wake.swap(false, Ordering::Relaxed);
        if (more || asked_for || !self.is_empty()) && !self.armed.swap(true, Ordering::AcqRel) {
            self.host.wake();
        }
    }

    /// Asks the host for a tick after `delay`.
    pub(super) fn wake_after(&self, delay: std::time::Duration) {
        self.host.wake_after(delay);
    }

    /// Moves everything ready to the end of `to`, in the order in which it was woken.
    pub(super) fn take_ready(&self, to: &mut VecDeque<Runnable>) {
        to.extend(self.lock().ready.drain(..));
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn take_messages(&self) -> Vec<Message> {
        std::mem::take(&mut self.lock().messages)
    }

    /// The runtime is gone: messages are dropped from now on.
    pub(super) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let messages = std::mem::take(&mut inner.messages);
        drop(inner);
        drop(messages);
    }

    pub(super) fn is_empty(&self) -> bool {
        let inner = self.lock();
        inner.ready.is_empty() && inner.messages.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::atomic::AtomicUsize, time::Duration};

    #[derive(Default)]
    struct Recorder(AtomicUsize);

    impl Host for Recorder {
        fn wake(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }

        fn wake_after(&self, _delay: Duration) {}
    }

    #[test]
    fn a_batch_of_wakes_from_threads_calls_the_host_once() {
        let host = Arc::new(Recorder::default());
        let queue = Queue::new(host.clone());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| queue.notify()));
            }
        });
        assert_eq!(host.0.load(Ordering::SeqCst), 1);
        let outer = queue.begin_tick();
        queue.end_tick(outer, false);
        std::thread::scope(|scope| {
            scope.spawn(|| queue.notify());
        });
        assert_eq!(host.0.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_wake_on_the_own_thread_waits_for_the_flush() {
        let host = Arc::new(Recorder::default());
        let queue = Queue::new(host.clone());
        queue.notify();
        assert_eq!(host.0.load(Ordering::SeqCst), 0);
        queue.flush();
        queue.flush();
        assert_eq!(host.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_is_left_at_the_end_of_a_tick_asks_for_another() {
        let host = Arc::new(Recorder::default());
        let queue = Queue::new(host.clone());
        let outer = queue.begin_tick();
        queue.end_tick(outer, true);
        assert_eq!(host.0.load(Ordering::SeqCst), 1);
    }
}
