//! Where threads meet: the run queue and the wakers. tests/loom tries the interleavings of what is
//! in `inbox` and `waker`.

pub(crate) mod inbox;
pub(crate) mod primitives;
pub(crate) mod queue;
pub(crate) mod waker;
