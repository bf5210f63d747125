//! What the threads of a store share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::status::RowId;

/// What the threads of a store share.
pub(super) struct Shared {
    /// Every batch up to this number is on the disk, or given up for now.
    settled: AtomicU64,
    /// How often a damaged database was replaced.
    replaced: AtomicU64,
    /// The largest id of a row that is on the disk: rows are stored in the order of their ids.
    last_row: AtomicU64,
    words: Mutex<Words>,
    /// Notified when the last row is another, or there is a problem.
    news: Condvar,
    wake: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Words {
    problem: Option<String>,
    notes: Vec<String>,
}

impl Shared {
    pub(super) fn new(
        notes: Vec<String>,
        last_row: u64,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        Self {
            settled: AtomicU64::new(0),
            replaced: AtomicU64::new(0),
            last_row: AtomicU64::new(last_row),
            news: Condvar::new(),
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

    /// Rows up to this id are on the disk.
    pub(super) fn note_last_row(&self, id: u64) {
        if self.last_row.fetch_max(id, Ordering::AcqRel) < id {
            // Whoever waits looks again: under the lock, so that it misses nothing.
            drop(self.words());
            self.news.notify_all();
        }
    }

    /// Waits until a row is on the disk. False if it is not: there is a problem, or it takes longer
    /// than this.
    pub(super) fn wait_for_row(&self, id: RowId, patience: Duration) -> bool {
        let is_there = || self.last_row.load(Ordering::Acquire) >= id.0;
        if !is_there() {
            let goes_on = |words: &mut Words| !is_there() && words.problem.is_none();
            let waited = self
                .news
                .wait_timeout_while(self.words(), patience, goes_on);
            drop(waited);
        }
        is_there()
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
        self.news.notify_all();
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
