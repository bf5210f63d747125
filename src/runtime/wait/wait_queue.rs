//! Queues whose members can see their position.

use std::rc::Rc;

/// Something that is given out in order: the permits of a semaphore, the limited threads of a
/// runtime.
pub(crate) trait WaitQueue {
    /// The position of a ticket, from 1; none once its turn has come.
    fn position(&self, ticket: u64) -> Option<usize>;

    /// A member was paused or resumed, so it may be the turn of another one.
    fn on_pause_changed(&self);

    /// Gives up the place of a ticket: the job of its member is at its end.
    fn leave(&self, ticket: u64);
}

/// A place in a queue.
pub(crate) struct QueueTicket {
    pub(crate) queue: Rc<dyn WaitQueue>,
    pub(crate) number: u64,
}

impl QueueTicket {
    pub(crate) fn position(&self) -> Option<usize> {
        self.queue.position(self.number)
    }
}
