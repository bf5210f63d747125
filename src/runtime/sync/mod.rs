//! Where threads meet: the run queue and the wakers. loom tries these files in every order.

pub(crate) mod inbox;
pub(crate) mod primitives;
pub(crate) mod queue;
pub(crate) mod waker;
