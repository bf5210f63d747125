//! What threads leave for a runtime between two ticks, and the flags that keep a hundred thousand wakes one call of the
//! host. Knows no job and no host: loom tries it whole.

use crate::runtime::job::panics::CatchDrop;
use crate::runtime::sync::primitives::{
    Mutex,
    atomic::{AtomicBool, Ordering},
    lock,
};

/// Whether a job is ready, or about to be polled: what keeps it from being queued twice.
pub(crate) struct WakeFlag(AtomicBool);

impl WakeFlag {
    pub(crate) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Sets it; true for the one caller who has to queue the job.
    pub(crate) fn set(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Takes it back, right before the poll: what anybody wrote before a wake is seen by that poll, and a wake from now
    /// on queues the job again. A plain store would not see what the wakers wrote who found the flag set.
    pub(crate) fn take(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }

    /// Whether it is set.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Two lists that any thread may add to and the runtime's thread empties.
pub(crate) struct Inbox<W, M> {
    lists: Mutex<InboxLists<W, M>>,
    /// The host has been called, or a tick is under way: no further call is needed.
    armed: AtomicBool,
}

struct InboxLists<W, M> {
    woken: Vec<W>,
    messages: Vec<M>,
    /// The runtime is gone: nobody empties them any more.
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

    /// Adds a wake. Nothing is kept once the runtime is gone.
    pub(crate) fn push(&self, woken: W) {
        let mut lists = lock(&self.lists);
        if !lists.closed {
            lists.woken.push(woken);
        }
    }

    /// Adds a message, or gives it back once the runtime is gone: kept, what it holds could keep this inbox for ever.
    pub(crate) fn send(&self, message: M) -> Result<(), M> {
        let mut lists = lock(&self.lists);
        if lists.closed {
            drop(lists);
            return Err(message);
        }
        lists.messages.push(message);
        Ok(())
    }

    /// True for the one caller in a batch who has to call the host.
    pub(crate) fn arm(&self) -> bool {
        !self.armed.swap(true, Ordering::AcqRel)
    }

    /// A tick begins: until its end nobody needs to call the host.
    pub(crate) fn begin_tick(&self) {
        self.armed.store(true, Ordering::Release);
    }

    /// A tick ends; true if something came meanwhile, or `more` says so, and the host is to be called.
    pub(crate) fn end_tick(&self, more: bool) -> bool {
        // First this, then the look: who adds in between either is seen, or finds it unarmed and calls the host.
        self.armed.swap(false, Ordering::AcqRel);
        (more || !self.is_empty()) && self.arm()
    }

    /// Hands out every wake, in the order in which they came.
    pub(crate) fn take_woken(&self, mut each: impl FnMut(W)) {
        let mut lists = lock(&self.lists);
        lists.woken.drain(..).for_each(&mut each);
    }

    pub(crate) fn take_messages(&self) -> Vec<M> {
        std::mem::take(&mut lock(&self.lists).messages)
    }

    /// The runtime is gone.
    pub(crate) fn close(&self) {
        let mut lists = lock(&self.lists);
        lists.closed = true;
        lists.woken = Vec::new();
        let messages = std::mem::take(&mut lists.messages);
        drop(lists);
        for message in messages {
            // It may hold anybody's code, which was never run.
            drop(CatchDrop::new(message));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let lists = lock(&self.lists);
        lists.woken.is_empty() && lists.messages.is_empty()
    }
}
