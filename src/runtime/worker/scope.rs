//! The worker threads of one job, in a list that any thread may fire: a cancel from elsewhere
//! reaches them in its call.

use std::cell::OnceCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::runtime::worker::control::WorkerControl;

/// The workers of a job that have not ended, and those of its children. Shared with
/// [`RemoteHandle`]s.
///
/// [`RemoteHandle`]: super::RemoteHandle
#[derive(Default)]
pub(crate) struct Scope {
    cancelled: AtomicBool,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    workers: Vec<Arc<WorkerControl>>,
    children: Vec<Weak<Scope>>,
}

impl Scope {
    /// Fires every token below: the children's first, newest first. From any thread.
    pub(crate) fn cancel(&self) {
        // Before the list is read: a worker that is added after that finds this.
        self.cancelled.store(true, Ordering::SeqCst);
        let members = self.lock();
        // A hook is code of the user's and may come back here: no lock while it runs.
        let workers = members.workers.clone();
        let children: Vec<_> = members.children.iter().filter_map(Weak::upgrade).collect();
        drop(members);
        for child in children.iter().rev() {
            child.cancel();
        }
        workers.iter().for_each(|worker| worker.cancel());
    }

    pub(crate) fn add_worker(&self, worker: &Arc<WorkerControl>) {
        self.lock().workers.push(worker.clone());
        if self.cancelled.load(Ordering::SeqCst) {
            worker.cancel();
        }
    }

    fn add_child(&self, child: &Arc<Scope>) {
        let mut members = self.lock();
        members.children.retain(|known| known.strong_count() > 0);
        members.children.push(Arc::downgrade(child));
        drop(members);
        if self.cancelled.load(Ordering::SeqCst) {
            child.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The worker threads of one job that have not ended. Most jobs have none, and then there is no
/// list.
#[derive(Default)]
pub(crate) struct Workers(OnceCell<Arc<Scope>>);

/// The workers that were given up.
pub(crate) struct Abandoned {
    /// How many workers.
    pub(crate) count: usize,
    /// How many of them held one of the limited threads.
    pub(crate) slots: usize,
}

impl Workers {
    /// The list, which is part of the parent's from now on.
    pub(crate) fn scope(&self, parent: impl FnOnce() -> Option<Arc<Scope>>) -> Arc<Scope> {
        self.0
            .get_or_init(|| {
                let scope = Arc::<Scope>::default();
                if let Some(parent) = parent() {
                    parent.add_child(&scope);
                }
                scope
            })
            .clone()
    }

    /// Takes out a worker that has ended; false if it was abandoned before.
    pub(crate) fn remove(&self, ended: &Arc<WorkerControl>) -> bool {
        let Some(scope) = self.0.get() else {
            return false;
        };
        let mut members = scope.lock();
        let before = members.workers.len();
        members.workers.retain(|worker| !Arc::ptr_eq(worker, ended));
        members.workers.len() < before
    }

    fn list(&self) -> Vec<Arc<WorkerControl>> {
        self.0
            .get()
            .map_or_else(Vec::new, |scope| scope.lock().workers.clone())
    }

    pub(crate) fn pause(&self) {
        self.list().iter().for_each(|worker| worker.pause());
    }

    pub(crate) fn resume(&self) {
        self.list().iter().for_each(|worker| worker.resume());
    }

    /// Fires every token.
    pub(crate) fn cancel(&self) {
        self.list().iter().for_each(|worker| worker.cancel());
    }

    /// Gives up the workers that have not ended.
    pub(crate) fn abandon(&self) -> Abandoned {
        let workers = self
            .0
            .get()
            .map_or_else(Vec::new, |scope| std::mem::take(&mut scope.lock().workers));
        workers.iter().for_each(|worker| worker.abandon());
        let slots = workers.iter().filter(|worker| worker.gives_back_slot());
        Abandoned {
            slots: slots.count(),
            count: workers.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let is_empty = |scope: &Arc<Scope>| scope.lock().workers.is_empty();
        self.0.get().is_none_or(is_empty)
    }

    /// Whether every worker waits for what only a job can give it.
    pub(crate) fn all_wait_for_jobs(&self) -> bool {
        self.list().iter().all(|worker| worker.waits_for_job())
    }

    /// Whether every worker has stopped or ended.
    pub(crate) fn all_stopped(&self) -> bool {
        let all_stopped = |scope: &Arc<Scope>| {
            scope
                .lock()
                .workers
                .iter()
                .all(|worker| worker.is_stopped())
        };
        self.0.get().is_none_or(all_stopped)
    }
}
