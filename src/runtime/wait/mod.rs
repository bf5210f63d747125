//! What a job waits for.

pub(crate) mod awaits;
pub(crate) mod channel;
pub(crate) mod combine;
pub(crate) mod interval;
pub(crate) mod node;
pub(crate) mod retry;
pub(crate) mod semaphore;
pub(crate) mod sleep;
pub(crate) mod stream;
pub(crate) mod view;
pub(crate) mod wait_queue;
