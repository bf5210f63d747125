//! The counts of a runtime's worker threads, and the queue for the limited ones.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::runtime::job::panics::CatchDrop;
use crate::runtime::wait::wait_queue::WaitQueue;
use crate::runtime::worker::control::WorkerControl;
use crate::runtime::worker::scope::Abandoned;

/// How many threads [`JobContext::blocking`](crate::runtime::JobContext::blocking) uses at once by
/// default; further calls wait in a visible queue.
pub const BLOCKING_THREADS: usize = 64;

/// Begins a call. It holds code of the user's, whose drop may panic when the call never begins.
type PendingCall = CatchDrop<Box<dyn FnOnce()>>;

/// The counts of one runtime, and its limited threads.
pub(crate) struct BlockingPool {
    threads: usize,
    busy: Cell<usize>,
    abandoned: Cell<usize>,
    last_number: Cell<u64>,
    limited: RefCell<Limited>,
}

/// How many limited threads are busy, and the calls that wait for one.
#[derive(Default)]
struct Limited {
    busy: usize,
    waiting: VecDeque<(u64, PendingCall)>,
}

impl BlockingPool {
    /// A pool of this many limited threads.
    pub(crate) fn new(threads: Option<usize>) -> Self {
        Self {
            threads: threads.unwrap_or(BLOCKING_THREADS),
            busy: Cell::default(),
            abandoned: Cell::default(),
            last_number: Cell::default(),
            limited: RefCell::default(),
        }
    }

    pub(crate) fn busy(&self) -> usize {
        self.busy.get()
    }

    pub(crate) fn abandoned(&self) -> usize {
        self.abandoned.get()
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.last_number.set(self.last_number.get() + 1);
        self.last_number.get()
    }

    pub(crate) fn began(&self) {
        self.busy.set(self.busy.get() + 1);
    }

    /// A worker has ended; one that is not known any more was abandoned.
    pub(crate) fn ended(&self, was_known: bool) {
        let count = if was_known {
            &self.busy
        } else {
            &self.abandoned
        };
        count.set(count.get().saturating_sub(1));
    }

    pub(crate) fn abandon(&self, abandoned: &Abandoned) {
        self.busy
            .set(self.busy.get().saturating_sub(abandoned.count));
        self.abandoned.set(self.abandoned.get() + abandoned.count);
        (0..abandoned.slots).for_each(|_| self.release());
    }

    /// Begins a call on a limited thread. If none is free, returns false, and begins it as soon as
    /// one is.
    pub(crate) fn enter(&self, number: u64, start: Box<dyn FnOnce()>) -> bool {
        let mut limited = self.limited.borrow_mut();
        if limited.busy < self.threads {
            limited.busy += 1;
            drop(limited);
            start();
            true
        } else {
            limited.waiting.push_back((number, CatchDrop::new(start)));
            false
        }
    }

    /// Drops a call that has not begun. Its resolver is dropped with it, and reports its end.
    pub(crate) fn leave_queue(&self, number: u64) {
        let mut limited = self.limited.borrow_mut();
        let place = limited
            .waiting
            .binary_search_by_key(&number, |entry| entry.0)
            .ok();
        let entry = place.and_then(|place| limited.waiting.remove(place));
        drop(limited);
        drop(entry);
    }

    /// Gives back the limited thread of a worker, if it has one.
    pub(crate) fn give_back(&self, worker: &WorkerControl) {
        if worker.gives_back_slot() {
            self.release();
        }
    }

    /// Frees a limited thread, and begins the next call on it.
    fn release(&self) {
        let mut limited = self.limited.borrow_mut();
        let next = limited.waiting.pop_front();
        if next.is_none() {
            limited.busy -= 1;
        }
        drop(limited);
        if let Some(start) = next.and_then(|(_, mut start)| start.take()) {
            start();
        }
    }
}

impl WaitQueue for BlockingPool {
    fn position(&self, number: u64) -> Option<usize> {
        let limited = self.limited.borrow();
        let place = limited
            .waiting
            .binary_search_by_key(&number, |entry| entry.0);
        place.ok().map(|place| place + 1)
    }

    /// A paused call keeps its turn: its thread begins, and waits at once.
    fn on_pause_changed(&self) {}

    /// The cancel of the job's workers has done this.
    fn leave(&self, _ticket: u64) {}
}
