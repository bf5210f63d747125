//! A job's relations: its parent, and what it started or is awaited by.
//!
//! `J` is the record of a job: a parameter, so that records can own this and this file need not
//! name them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::Waker;
use std::time::Duration;

use crate::runtime::JobError;
use crate::runtime::job::panics::CatchDrop;
use crate::runtime::time::timers::TimerKey;
use crate::runtime::worker::Workers;

/// What a job is to its parent. A job without a parent has the rest of it too.
pub(crate) struct ParentLink<J> {
    pub(crate) parent: Option<Weak<J>>,
    /// Its failure neither cancels its siblings nor becomes its parent's.
    pub(crate) supervised: bool,
    /// It is a cleanup: it can be neither paused nor cancelled.
    pub(crate) shielded: bool,
    /// Its result was taken or awaited, so a failure is no longer its parent's.
    pub(crate) failure_observed: Cell<bool>,
}

/// What ties a job to others. Most idle jobs have none of it, and then it is not allocated.
pub(crate) struct Relations<J> {
    pub(crate) children: Children<J>,
    /// The unsupervised children that failed, in this order.
    pub(crate) failed_children: RefCell<Vec<Rc<J>>>,
    /// It is cancelling its other children because one of them failed.
    pub(crate) is_cancelling_siblings: Cell<bool>,
    pub(crate) watchers: Watchers,
    pub(crate) cleanups: Cleanups<J>,
    pub(crate) workers: Workers,
    /// The timer of the grace period of its workers.
    pub(crate) grace: Cell<Option<TimerKey>>,
    pub(crate) abandoned_workers: Cell<usize>,
    pub(crate) time_limit: Cell<Option<Duration>>,
    pub(crate) has_timed_out: Cell<bool>,
    /// The error of the sibling whose failure cancelled it.
    pub(crate) cancelled_by: RefCell<Option<JobError>>,
    /// The reason of the pause by its owner that is in force.
    pub(crate) owner_pause: Cell<&'static str>,
}

impl<J> Default for Relations<J> {
    fn default() -> Self {
        Self {
            children: Children(RefCell::default()),
            failed_children: RefCell::default(),
            is_cancelling_siblings: Cell::default(),
            watchers: Watchers::default(),
            cleanups: Cleanups {
                list: RefCell::default(),
                last_number: Cell::default(),
            },
            workers: Workers::default(),
            grace: Cell::default(),
            abandoned_workers: Cell::default(),
            time_limit: Cell::default(),
            has_timed_out: Cell::default(),
            cancelled_by: RefCell::default(),
            owner_pause: Cell::default(),
        }
    }
}

/// The children that have not ended, oldest first.
pub(crate) struct Children<J>(RefCell<VecDeque<Rc<J>>>);

impl<J> Children<J> {
    pub(crate) fn push(&self, child: Rc<J>) {
        self.0.borrow_mut().push_back(child);
    }

    /// Looks from both ends at once: many children end oldest first, and are cancelled newest
    /// first.
    pub(crate) fn remove(&self, child: &Rc<J>) {
        let mut all = self.0.borrow_mut();
        let count = all.len();
        let mut from_both_ends = (0..count.div_ceil(2)).flat_map(|at| [at, count - 1 - at]);
        let place = from_both_ends.find(|at| Rc::ptr_eq(&all[*at], child));
        let gone = place.and_then(|place| all.remove(place));
        drop(all);
        drop(gone);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn all(&self) -> Vec<Rc<J>> {
        self.0.borrow().iter().cloned().collect()
    }
}

/// What is notified of the end of a job.
#[derive(Default)]
pub(crate) struct Watchers {
    wakers: RefCell<Vec<Waker>>,
    hooks: RefCell<Vec<Box<dyn FnOnce()>>>,
}

impl Watchers {
    pub(crate) fn add_waker(&self, waker: &Waker) {
        let mut wakers = self.wakers.borrow_mut();
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }

    pub(crate) fn remove_waker(&self, waker: &Waker) {
        let mut wakers = self.wakers.borrow_mut();
        let place = wakers.iter().position(|known| known.will_wake(waker));
        let gone = place.map(|place| wakers.swap_remove(place));
        drop(wakers);
        drop(gone);
    }

    pub(crate) fn add_hook(&self, hook: impl FnOnce() + 'static) {
        self.hooks.borrow_mut().push(Box::new(hook));
    }

    pub(crate) fn notify(&self) {
        self.wakers.take().into_iter().for_each(Waker::wake);
        self.hooks.take().into_iter().for_each(|hook| hook());
    }
}

/// A cleanup of a cancelled job, given the record of the job that runs it.
pub(crate) type Cleanup<J> =
    Box<dyn FnOnce(&Rc<J>) -> Pin<Box<dyn Future<Output = Result<(), JobError>>>>>;

/// The cleanups of one job, oldest first, each with its number.
pub(crate) struct Cleanups<J> {
    list: RefCell<Vec<(u64, CatchDrop<Cleanup<J>>)>>,
    last_number: Cell<u64>,
}

impl<J> Cleanups<J> {
    /// The number by which the next cleanup can be removed.
    pub(crate) fn next_number(&self) -> u64 {
        self.last_number.set(self.last_number.get() + 1);
        self.last_number.get()
    }

    pub(crate) fn add(&self, number: u64, cleanup: Cleanup<J>) {
        let cleanup = CatchDrop::new(cleanup);
        self.list.borrow_mut().push((number, cleanup));
    }

    /// Removes one; false if it runs or ran already.
    pub(crate) fn remove(&self, number: u64) -> bool {
        let mut list = self.list.borrow_mut();
        let place = list.iter().position(|(known, _)| *known == number);
        let gone = place.map(|place| list.remove(place));
        drop(list);
        gone.is_some()
    }

    pub(crate) fn take(&self) -> Vec<CatchDrop<Cleanup<J>>> {
        let list = self.list.take();
        list.into_iter().map(|(_, cleanup)| cleanup).collect()
    }
}
