//! What only exists where there are threads: workers and their tokens.

mod thread;
mod token;

use std::{cell::RefCell, sync::Arc};

pub(super) use thread::BlockingGate;
pub use thread::{BLOCKING_THREADS, Worker};
pub(super) use token::WorkerControl;
pub use token::{CancelHook, Cancelled, Token};

/// The worker threads of one job that have not let go yet.
#[derive(Default)]
pub(super) struct Workers(RefCell<Vec<Arc<WorkerControl>>>);

impl Workers {
    pub(super) fn add(&self, worker: Arc<WorkerControl>, paused: bool) {
        if paused {
            worker.pause();
        }
        self.0.borrow_mut().push(worker);
    }

    /// A worker has let go; false when it was abandoned before.
    pub(super) fn remove(&self, ended: &Arc<WorkerControl>) -> bool {
        let mut workers = self.0.borrow_mut();
        let before = workers.len();
        workers.retain(|worker| !Arc::ptr_eq(worker, ended));
        workers.len() < before
    }

    pub(super) fn pause(&self) {
        self.0.borrow().iter().for_each(|worker| worker.pause());
    }

    pub(super) fn resume(&self) {
        self.0.borrow().iter().for_each(|worker| worker.resume());
    }

    /// Fires every token.
    pub(super) fn cancel(&self) {
        // A hook is the user's code and may come back here: no borrow while it runs.
        let workers = self.0.borrow().clone();
        workers.iter().for_each(|worker| worker.cancel());
    }

    /// Gives up on the workers that have not let go: how many they were, and how many limited threads they held.
    pub(super) fn abandon(&self) -> (usize, usize) {
        let workers = std::mem::take(&mut *self.0.borrow_mut());
        let slots = workers.iter().filter(|worker| worker.gives_back_slot());
        (workers.len(), slots.count())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Whether every worker has stopped or ended.
    pub(super) fn all_stopped(&self) -> bool {
        self.0.borrow().iter().all(|worker| worker.is_stopped())
    }
}
