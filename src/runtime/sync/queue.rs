//! The run queue: it takes wakes and messages from any thread, and calls the host at most once per
//! batch of them.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::ThreadId;

use crate::runtime::stopwatch::Stopwatch;
use crate::runtime::sync::inbox::Inbox;
use crate::runtime::{Host, JobId, Priority};

/// A job that was woken and waits for its poll.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Woken {
    pub(crate) job: JobId,
    pub(crate) priority: Priority,
    /// When, on the stopwatch.
    pub(crate) at: u64,
}

/// The tick under way on this thread. Thread-local, so that a wake within the tick needs no lock.
struct Ticking {
    /// The number of its queue; zero for none.
    queue: Cell<u64>,
    /// The latest reading of the stopwatch.
    now: Cell<u64>,
    /// What was woken on this thread within it: the hottest path. `ManuallyDrop`, because a
    /// thread-local with a destructor costs a check of the thread's state per access; outside of a
    /// tick it is empty and owns nothing.
    woken: ManuallyDrop<RefCell<Vec<Woken>>>,
}

thread_local! {
    static TICKING: Ticking = const {
        Ticking {
            queue: Cell::new(0),
            now: Cell::new(0),
            woken: ManuallyDrop::new(RefCell::new(Vec::new())),
        }
    };
    /// The queue that was made last on this thread; zero for none. Spares a spawn between two ticks
    /// the lookup of the thread's id.
    static MADE_HERE: Cell<u64> = const { Cell::new(0) };
}

static NEXT_QUEUE: AtomicU64 = AtomicU64::new(1);

/// Shared with every waker and worker thread. It outlives the runtime, so that a late wake finds
/// it.
pub(crate) struct RunQueue<M> {
    number: u64,
    inbox: Inbox<Woken, M>,
    /// Something woke on the runtime's own thread between two ticks, and the host has not been
    /// called for it; [`RunQueue::flush`] does. Only that thread uses it, so `Relaxed` is enough.
    local_wake: AtomicBool,
    own_thread: ThreadId,
    stopwatch: Stopwatch,
    host: Arc<dyn Host>,
}

/// What [`RunQueue::begin_tick`] found, and [`RunQueue::end_tick`] puts back: a job may tick
/// another runtime.
pub(crate) struct OuterTick {
    queue: u64,
    now: u64,
    woken: Vec<Woken>,
}

impl<M> RunQueue<M> {
    pub(crate) fn new(host: Arc<dyn Host>, stopwatch: Stopwatch) -> Arc<Self> {
        let number = NEXT_QUEUE.fetch_add(1, Ordering::Relaxed);
        MADE_HERE.set(number);
        Arc::new(Self {
            number,
            inbox: Inbox::new(),
            local_wake: AtomicBool::new(false),
            own_thread: std::thread::current().id(),
            stopwatch,
            host,
        })
    }

    /// Queues a job that was woken, from any thread.
    pub(crate) fn push(&self, job: JobId, priority: Priority) {
        let is_local = TICKING.try_with(|ticking| {
            let is_mine = ticking.queue.get() == self.number;
            if is_mine {
                let at = ticking.now.get();
                ticking.woken.borrow_mut().push(Woken { job, priority, at });
            }
            is_mine
        });
        // On a thread that is ending the list may be gone.
        if !is_local.unwrap_or(false) {
            let at = self.stopwatch.read();
            self.push_at(Woken { job, priority, at });
        }
    }

    /// Queues a job that was woken earlier.
    pub(crate) fn push_at(&self, woken: Woken) {
        self.inbox.push(woken);
        self.notify();
    }

    /// Leaves a message for the next tick, from any thread; gives it back when there will be none.
    pub(crate) fn send(&self, message: M) -> Result<(), M> {
        self.inbox.send(message)?;
        self.notify();
        Ok(())
    }

    /// Makes sure that a tick follows.
    pub(crate) fn notify(&self) {
        if self.is_ticking_here() {
            return; // the end of the tick looks at the queue
        }
        if self.is_own_thread() {
            // This may be in the middle of a frame, where calling the host could deadlock in the
            // GUI's own locks.
            if !self.local_wake.swap(true, Ordering::Relaxed) {
                self.host.wake_later();
            }
        } else if self.inbox.arm() {
            self.host.wake();
        }
    }

    /// Makes sure that a tick follows, also when one is under way and will find nothing to do.
    pub(crate) fn request_tick(&self) {
        if self.is_ticking_here() {
            self.local_wake.store(true, Ordering::Relaxed);
        } else {
            self.notify();
        }
    }

    /// Passes on what woke on the runtime's own thread since the last tick.
    pub(crate) fn flush(&self) {
        if self.local_wake.swap(false, Ordering::Relaxed) && self.inbox.arm() {
            self.host.wake();
        }
    }

    /// Begins a tick. Until its end no wake calls the host.
    pub(crate) fn begin_tick(&self, now: u64) -> OuterTick {
        self.inbox.begin_tick();
        self.local_wake.store(false, Ordering::Relaxed);
        TICKING.with(|ticking| OuterTick {
            queue: ticking.queue.replace(self.number),
            now: ticking.now.replace(now),
            woken: ticking.woken.take(),
        })
    }

    /// Sets the time of the wakes from now on.
    pub(crate) fn set_now(&self, now: u64) {
        TICKING.with(|ticking| ticking.now.set(now));
    }

    /// Ends a tick, whose wakes have all been taken. The host is called at once if `more` work is
    /// left, or if another thread has left any since.
    pub(crate) fn end_tick(&self, outer: OuterTick, more: bool) {
        TICKING.with(|ticking| {
            ticking.queue.set(outer.queue);
            ticking.now.set(outer.now);
            ticking.woken.replace(outer.woken);
        });
        let asked_for = self.local_wake.swap(false, Ordering::Relaxed);
        if self.inbox.end_tick(more || asked_for) {
            self.host.wake();
        }
    }

    /// Asks the host for a tick after `delay`.
    pub(crate) fn wake_after(&self, delay: std::time::Duration) {
        self.host.wake_after(delay);
    }

    /// Takes out what was woken within the tick under way, then what other threads woke.
    pub(crate) fn take_woken(&self, mut each: impl FnMut(Woken)) {
        TICKING.with(|ticking| ticking.woken.borrow_mut().drain(..).for_each(&mut each));
        self.inbox.take_woken(each);
    }

    pub(crate) fn take_messages(&self) -> Vec<M> {
        self.inbox.take_messages()
    }

    /// The runtime is gone: wakes and messages are dropped from now on.
    pub(crate) fn close(&self) {
        self.inbox.close();
    }

    /// Whether other threads have left nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.inbox.is_empty()
    }

    /// Whether the tick under way on this thread, if any, is this queue's.
    fn is_ticking_here(&self) -> bool {
        ticking_queue() == self.number
    }

    pub(crate) fn is_own_thread(&self) -> bool {
        MADE_HERE.try_with(Cell::get) == Ok(self.number)
            || std::thread::current().id() == self.own_thread
    }

    /// Whether another runtime is inside a tick on this thread.
    pub(crate) fn is_foreign_here(&self) -> bool {
        let ticking = ticking_queue();
        ticking != 0 && ticking != self.number
    }
}

fn ticking_queue() -> u64 {
    TICKING
        .try_with(|ticking| ticking.queue.get())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    #[derive(Default)]
    struct Recorder(AtomicUsize);

    impl Host for Recorder {
        fn wake(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }

        fn wake_after(&self, _delay: Duration) {}
    }

    fn queue() -> (Arc<Recorder>, Arc<RunQueue<()>>) {
        let host = Arc::new(Recorder::default());
        (host.clone(), RunQueue::new(host, Stopwatch::start()))
    }

    #[test]
    fn a_batch_of_wakes_from_threads_calls_the_host_once() {
        let (host, queue) = queue();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| queue.notify()));
            }
        });
        assert_eq!(host.0.load(Ordering::SeqCst), 1);
        let outer = queue.begin_tick(0);
        queue.end_tick(outer, false);
        std::thread::scope(|scope| {
            scope.spawn(|| queue.notify());
        });
        assert_eq!(host.0.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_wake_on_the_own_thread_waits_for_the_flush() {
        let (host, queue) = queue();
        queue.notify();
        assert_eq!(host.0.load(Ordering::SeqCst), 0);
        queue.flush();
        queue.flush();
        assert_eq!(host.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_is_left_at_the_end_of_a_tick_asks_for_another() {
        let (host, queue) = queue();
        let outer = queue.begin_tick(0);
        queue.end_tick(outer, true);
        assert_eq!(host.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_tick_inside_a_tick_leaves_the_outer_ones_wakes_alone() {
        let (_, outer_queue) = queue();
        let (_, inner_queue) = queue();
        let job = JobId {
            index: 7,
            generation: 0,
        };
        let outer = outer_queue.begin_tick(0);
        outer_queue.push(job, Priority::Normal);
        let inner = inner_queue.begin_tick(0);
        inner_queue.take_woken(|_| panic!("that is the outer one's"));
        inner_queue.end_tick(inner, false);
        let mut woken = Vec::new();
        outer_queue.take_woken(|one| woken.push(one.job));
        assert_eq!(woken, [job]);
        outer_queue.end_tick(outer, false);
    }
}
