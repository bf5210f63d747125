//! What threads leave for a runtime between two ticks, and the flags that make 100,000 wakes one
//! call of the host. It knows no job and no host, so that loom can test all of it.

use crate::runtime::job::panics::CatchDrop;
use crate::runtime::sync::primitives::atomic::{AtomicBool, Ordering};
use crate::runtime::sync::primitives::{Mutex, lock};

/// Set while a job is queued, so that it is not queued twice.
pub(crate) struct WakeFlag(AtomicBool);

impl WakeFlag {
    pub(crate) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Sets it; true for the one caller that has to queue the job.
    pub(crate) fn set(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Clears it, right before the poll: a wake from now on queues the job again. A swap and not a
    /// store: a waker that found the flag set queued nothing, and what it wrote before must be
    /// visible to this poll.
    pub(crate) fn take(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }

    /// Whether it is set.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Two lists that any thread adds to and the runtime's thread empties.
pub(crate) struct Inbox<W, M> {
    lists: Mutex<InboxLists<W, M>>,
    /// Set when the host has been called, or a tick is under way: no other call is needed.
    armed: AtomicBool,
}

struct InboxLists<W, M> {
    woken: Vec<W>,
    messages: Vec<M>,
    /// The runtime is gone: the lists are not emptied any more.
    closed: bool,
}

impl<W, M> Inbox<W, M> {
    pub(crate) fn new() -> Self {
        Self {
            lists: Mutex::new(InboxLists {
                woken: Vec::new(),
                messages: Vec::new(),
                closed: false,
            }),
            armed: AtomicBool::new(false),
        }
    }

    /// Adds a wake, unless the runtime is gone.
    pub(crate) fn push(&self, woken: W) {
        let mut lists = lock(&self.lists);
        if !lists.closed {
            lists.woken.push(woken);
        }
    }

    /// Adds a message, or returns it once the runtime is gone: a message in the list may own this
    /// inbox, which would never be freed.
    pub(crate) fn send(&self, message: M) -> Result<(), M> {
        let mut lists = lock(&self.lists);
        if lists.closed {
            drop(lists);
            return Err(message);
        }
        lists.messages.push(message);
        Ok(())
    }

    /// True for the one caller in a batch that has to call the host.
    pub(crate) fn arm(&self) -> bool {
        !self.armed.swap(true, Ordering::AcqRel)
    }

    /// Begins a tick: until its end no wake needs to call the host.
    pub(crate) fn begin_tick(&self) {
        self.armed.store(true, Ordering::Release);
    }

    /// Ends a tick; true if the host has to be called, because something arrived in the meantime or
    /// `more` is left.
    pub(crate) fn end_tick(&self, more: bool) -> bool {
        // Disarm first, then check: what is added in between is either seen here, or its caller
        // finds this disarmed and calls the host.
        self.armed.swap(false, Ordering::AcqRel);
        (more || !self.is_empty()) && self.arm()
    }

    /// Takes out every wake, in the order of arrival.
    pub(crate) fn take_woken(&self, mut each: impl FnMut(W)) {
        let mut lists = lock(&self.lists);
        lists.woken.drain(..).for_each(&mut each);
    }

    pub(crate) fn take_messages(&self) -> Vec<M> {
        std::mem::take(&mut lock(&self.lists).messages)
    }

    /// Closes it, at the end of the runtime.
    pub(crate) fn close(&self) {
        let mut lists = lock(&self.lists);
        lists.closed = true;
        lists.woken = Vec::new();
        let messages = std::mem::take(&mut lists.messages);
        drop(lists);
        for message in messages {
            // It may hold code of the user's, whose drop may panic.
            drop(CatchDrop::new(message));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let lists = lock(&self.lists);
        lists.woken.is_empty() && lists.messages.is_empty()
    }
}
