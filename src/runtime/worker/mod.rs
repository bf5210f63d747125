//! What only exists where there are threads: workers and their tokens, and the ways into a runtime from elsewhere.

mod blocking;
mod blocking_pool;
pub(crate) mod control;
mod message;
mod remote;
mod scope;
mod thread_pool;
mod token;

pub use blocking::Worker;
pub use blocking_pool::BLOCKING_THREADS;
pub(crate) use blocking_pool::Threads;
pub(crate) use control::WorkerControl;
pub(crate) use message::{Message, carry_out};
pub use remote::{RemoteHandle, RemoteRuntime};
pub(crate) use scope::{Abandoned, Workers};
pub use token::{CancelHook, ChangeWatcher, Token};
