//! What the threads of a store share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the threads of a store share.
pub(super) struct Shared {
    /// Every batch up to this number is on the disk, or given up for now.
    settled: AtomicU64,
    /// How often a damaged database was replaced.
    replaced: AtomicU64,
    words: Mutex<Words>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Words {
    problem: Option<String>,
    notes: Vec<String>,
}

impl Shared {
    pub(super) fn new(notes: Vec<String>, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            settled: AtomicU64::new(0),
            replaced: AtomicU64::new(0),
            words: Mutex::new(Words {
                problem: None,
                notes,
            }),
            wake,
        }
    }

    pub(super) fn wake(&self) {
        (self.wake)();
    }

    pub(super) fn settled(&self) -> u64 {
        self.settled.load(Ordering::Acquire)
    }

    pub(super) fn settle(&self, number: u64) {
        self.settled.fetch_max(number, Ordering::AcqRel);
    }

    pub(super) fn replaced(&self) -> u64 {
        self.replaced.load(Ordering::Acquire)
    }

    pub(super) fn note_replaced(&self) {
        self.replaced.fetch_add(1, Ordering::AcqRel);
    }

    fn words(&self) -> MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn problem(&self) -> Option<String> {
        self.words().problem.clone()
    }

    pub(super) fn set_problem(&self, problem: Option<String>) {
        self.words().problem = problem;
    }

    pub(super) fn notes(&self) -> Vec<String> {
        self.words().notes.clone()
    }

    pub(super) fn add_note(&self, note: String) {
        let mut words = self.words();
        if !words.notes.contains(&note) {
            words.notes.push(note);
        }
    }
}
