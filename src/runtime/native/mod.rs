//! What only exists where there are threads: workers and their tokens, and the ways into a runtime from elsewhere.

mod control;
mod message;
mod remote;
mod stopwatch;
mod thread_pool;
mod threads;
mod token;
mod worker;
mod workers;

pub(super) use control::WorkerControl;
pub(super) use message::{Message, carry_out};
pub use remote::{RemoteHandle, RemoteRuntime};
pub(super) use stopwatch::Stopwatch;
pub use threads::BLOCKING_THREADS;
pub(super) use threads::Threads;
pub use token::{CancelHook, ChangeWatcher, Token};
pub use worker::Worker;
pub(super) use workers::{Abandoned, Workers};
