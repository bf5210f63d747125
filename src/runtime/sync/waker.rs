//! The waker of one job: an `Arc` that any thread may hold for any time.
//!
//! It knows only the job's id. So a late wake, or a drop on another thread, touches nothing of the
//! job itself, which stays on the runtime's thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Wake, Waker};

use crate::runtime::sync::inbox::WakeFlag;
use crate::runtime::sync::queue::{RunQueue, Woken};
use crate::runtime::{JobId, Priority};

pub(crate) struct JobWaker<M> {
    queue: Arc<RunQueue<M>>,
    job: JobId,
    flag: WakeFlag,
    priority: AtomicU8,
}

impl<M: Send + 'static> Wake for JobWaker<M> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.flag.set() {
            let priority = Priority::from_level(self.priority.load(Ordering::Relaxed));
            self.queue.push(self.job, priority);
        }
    }
}

/// The runtime's side of a job's waker.
pub(crate) struct Wakes<M> {
    shared: Arc<JobWaker<M>>,
    /// The same as a `Waker`, made once, and borrowed by every poll.
    waker: Waker,
}

impl<M: Send + 'static> Wakes<M> {
    pub(crate) fn new(queue: Arc<RunQueue<M>>, job: JobId, priority: Priority) -> Self {
        let shared = Arc::new(JobWaker {
            queue,
            job,
            flag: WakeFlag::new(),
            priority: AtomicU8::new(priority.level()),
        });
        Self {
            waker: Waker::from(shared.clone()),
            shared,
        }
    }

    /// The wakes of a job that never begins.
    pub(crate) fn for_no_job(&self) -> Self {
        let wakes = Self::new(self.shared.queue.clone(), JobId::NONE, self.priority());
        wakes.retire();
        wakes
    }

    pub(crate) fn queue(&self) -> &Arc<RunQueue<M>> {
        &self.shared.queue
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Marks the job as ready since this reading of the stopwatch, as any waker does. The caller
    /// queues what is returned; none if the job is queued already.
    pub(crate) fn wake_at(&self, at: u64) -> Option<Woken> {
        self.shared.flag.set().then(|| Woken {
            job: self.shared.job,
            priority: self.priority(),
            at,
        })
    }

    /// Queues the job again: its flag is set, but its wake was deferred while it was paused.
    pub(crate) fn wake_again(&self) {
        self.shared.queue.push(self.shared.job, self.priority());
    }

    /// Clears the flag before a poll: a wake from now on queues the job again.
    pub(crate) fn begin_poll(&self) {
        self.shared.flag.take();
    }

    /// Whether it is ready, or was woken since its poll began.
    pub(crate) fn is_woken(&self) -> bool {
        self.shared.flag.is_set()
    }

    /// Sets the flag for good at the end of the job: no wake queues it again.
    pub(crate) fn retire(&self) {
        self.shared.flag.set();
    }

    /// True if a waker exists beyond the `own` ones in this job's awaits. If none does, the job can
    /// never wake.
    pub(crate) fn held_elsewhere(&self, own: usize) -> bool {
        let is_held = Arc::strong_count(&self.shared) > 2 + own;
        // Pairs with the release of a dropped `Arc`: what its waker did before is visible after
        // this.
        std::sync::atomic::fence(Ordering::Acquire);
        is_held
    }

    pub(crate) fn priority(&self) -> Priority {
        Priority::from_level(self.shared.priority.load(Ordering::Relaxed))
    }

    pub(crate) fn set_priority(&self, priority: Priority) {
        self.shared
            .priority
            .store(priority.level(), Ordering::Relaxed);
    }
}
