//! The worker threads of a runtime, counted: how many are busy, given up, and wait for their turn.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use super::{Abandoned, WorkerControl};
use crate::runtime::{job::panics::Kept, wait::awaits::Line};

/// How many threads [`JobContext::blocking`](crate::runtime::JobContext::blocking) uses at once; further calls wait
/// their turn, visibly.
pub const BLOCKING_THREADS: usize = 64;

/// What begins a call; anybody's code, which may panic in its drop when it never begins.
type Start = Kept<Box<dyn FnOnce()>>;

/// The counts of one runtime, and the gate of its limited threads.
#[derive(Default)]
pub(crate) struct Threads {
    busy: Cell<usize>,
    abandoned: Cell<usize>,
    last_number: Cell<u64>,
    gate: RefCell<Gate>,
}

/// How many limited threads are busy, and whose turn is next.
#[derive(Default)]
struct Gate {
    busy: usize,
    waiting: VecDeque<(u64, Start)>,
}

impl Threads {
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

    /// A worker has let go; one that is not known any more was abandoned.
    pub(crate) fn ended(&self, was_known: bool) {
        let count = if was_known {
            &self.busy
        } else {
            &self.abandoned
        };
        count.set(count.get().saturating_sub(1));
    }

    pub(crate) fn abandon(&self, what: &Abandoned) {
        self.busy.set(self.busy.get().saturating_sub(what.count));
        self.abandoned.set(self.abandoned.get() + what.count);
        (0..what.slots).for_each(|_| self.release());
    }

    /// Begins a call on a limited thread now, or false: as soon as one is free.
    pub(crate) fn enter(&self, number: u64, start: Box<dyn FnOnce()>) -> bool {
        let mut gate = self.gate.borrow_mut();
        if gate.busy < BLOCKING_THREADS {
            gate.busy += 1;
            drop(gate);
            start();
            true
        } else {
            gate.waiting.push_back((number, Kept::new(start)));
            false
        }
    }

    /// Takes back a call that has not begun. Its resolver is dropped with it and says that it has ended.
    pub(crate) fn leave_queue(&self, number: u64) {
        let mut gate = self.gate.borrow_mut();
        let place = gate
            .waiting
            .binary_search_by_key(&number, |entry| entry.0)
            .ok();
        let entry = place.and_then(|place| gate.waiting.remove(place));
        drop(gate);
        drop(entry);
    }

    /// Gives back the limited thread of a worker, if it has one.
    pub(crate) fn give_back(&self, worker: &WorkerControl) {
        if worker.gives_back_slot() {
            self.release();
        }
    }

    /// A limited thread is free again: the next call begins.
    fn release(&self) {
        let mut gate = self.gate.borrow_mut();
        let next = gate.waiting.pop_front();
        if next.is_none() {
            gate.busy -= 1;
        }
        drop(gate);
        if let Some(start) = next.and_then(|(_, mut start)| start.take()) {
            start();
        }
    }
}

impl Line for Threads {
    fn position(&self, number: u64) -> Option<usize> {
        let gate = self.gate.borrow();
        let place = gate.waiting.binary_search_by_key(&number, |entry| entry.0);
        place.ok().map(|place| place + 1)
    }

    /// A paused call keeps its turn: its thread begins, and stands still at once.
    fn notify(&self) {}
}
