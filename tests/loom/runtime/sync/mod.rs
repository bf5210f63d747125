//! The queue and the wakers.

#[path = "../../../../src/runtime/sync/inbox.rs"]
mod inbox;
#[path = "../../../../src/runtime/sync/primitives.rs"]
pub(crate) mod primitives;
mod queue;
#[path = "../../../../src/runtime/sync/waker.rs"]
#[expect(dead_code, reason = "the models poll one job and never end it")]
mod waker;

mod inbox_models;
