//! Stands in for the run queue: what it does for a wake from another thread, and in a tick. Its
//! host counts.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::inbox::Inbox;
use crate::runtime::{JobId, Priority};

/// A job that was woken.
#[expect(dead_code, reason = "the models look at no order")]
pub(crate) struct Woken {
    pub(crate) job: JobId,
    pub(crate) priority: Priority,
    pub(crate) at: u64,
}

pub(crate) struct RunQueue<M> {
    pub(crate) inbox: Inbox<JobId, M>,
    /// Of the standard library, for the host is no place where threads wait for each other.
    host_calls: AtomicUsize,
}

impl<M> RunQueue<M> {
    pub(crate) fn new() -> Self {
        Self {
            inbox: Inbox::new(),
            host_calls: AtomicUsize::new(0),
        }
    }

    pub(crate) fn push(&self, job: JobId, priority: Priority) {
        self.push_at(Woken {
            job,
            priority,
            at: 0,
        });
    }

    pub(crate) fn push_at(&self, woken: Woken) {
        self.inbox.push(woken.job);
        if self.inbox.arm() {
            self.call_host();
        }
    }

    /// One tick, which hands out what was woken before it.
    pub(crate) fn tick(&self, poll: impl FnMut(JobId)) {
        self.inbox.begin_tick();
        let mut woken = Vec::new();
        self.inbox.take_woken(|job| woken.push(job));
        woken.into_iter().for_each(poll);
        if self.inbox.end_tick(false) {
            self.call_host();
        }
    }

    fn call_host(&self) {
        self.host_calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn host_calls(&self) -> usize {
        self.host_calls.load(Ordering::Relaxed)
    }
}
