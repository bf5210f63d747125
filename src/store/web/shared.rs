//! What the store, its writer and its reader share.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use super::figures::StoreFigures;
use crate::store::pending::Pending;

/// How far the list is this tab's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is.
    #[default]
    Held,
    /// It is, and another tab wants it.
    Wanted,
    /// It is given up once all is written.
    Closing,
    /// Another tab has it, or it was given up.
    Lost,
}

/// What the store, its writer and its reader share.
pub(super) struct Shared {
    pub(super) pending: RefCell<Pending>,
    pub(super) hold: Cell<Hold>,
    /// How many ended rows are to be kept, and which ended too long ago: in ms since 1970.
    pub(super) prune: Cell<Option<(u32, f64)>>,
    pub(super) figures: Cell<StoreFigures>,
    settled: Cell<u64>,
    problem: RefCell<Option<String>>,
    notes: RefCell<Vec<String>>,
    writer: RefCell<Option<Waker>>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Shared {
    pub(super) fn new(wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            pending: RefCell::default(),
            hold: Cell::default(),
            prune: Cell::default(),
            figures: Cell::default(),
            settled: Cell::default(),
            problem: RefCell::default(),
            notes: RefCell::default(),
            writer: RefCell::default(),
            wake,
        }
    }

    /// Wakes the host: there is something new to ask for.
    pub(super) fn wake(&self) {
        (self.wake)();
    }

    pub(super) fn wake_fn(&self) -> Arc<dyn Fn() + Send + Sync> {
        self.wake.clone()
    }

    pub(super) fn settled(&self) -> u64 {
        self.settled.get()
    }

    /// Every batch up to this one is stored, or given up for now.
    pub(super) fn settle(&self, number: u64) {
        if self.settled.get() < number {
            self.settled.set(number);
            self.wake();
        }
    }

    pub(super) fn problem(&self) -> Option<String> {
        self.problem.borrow().clone()
    }

    pub(super) fn set_problem(&self, problem: Option<String>) {
        if *self.problem.borrow() != problem {
            *self.problem.borrow_mut() = problem;
            self.wake();
        }
    }

    pub(super) fn notes(&self) -> Vec<String> {
        self.notes.borrow().clone()
    }

    pub(super) fn add_note(&self, note: String) {
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    pub(super) fn set_hold(&self, hold: Hold) {
        if self.hold.get() != Hold::Lost {
            self.hold.set(hold);
        }
        self.wake_writer();
        self.wake();
    }

    pub(super) fn wake_writer(&self) {
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }

    /// Waits until the writer has something to do.
    pub(super) async fn work(&self) {
        std::future::poll_fn(|task| {
            let is_due = !self.pending.borrow().is_empty()
                || self.prune.get().is_some()
                || matches!(self.hold.get(), Hold::Closing | Hold::Lost);
            if is_due {
                return Poll::Ready(());
            }
            self.writer.replace(Some(task.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// So long the page was busy with the list, without a break.
    pub(super) fn note_busy(&self, busy: Duration) {
        let mut figures = self.figures.get();
        figures.longest_busy = figures.longest_busy.max(busy);
        self.figures.set(figures);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("hold", &self.hold.get())
            .finish_non_exhaustive()
    }
}
