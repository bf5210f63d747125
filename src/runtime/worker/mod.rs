//! Worker threads and their tokens, and the access to a runtime from other threads. There is none
//! of it in a browser.

pub(crate) mod blocking;
pub(crate) mod blocking_pool;
pub(crate) mod control;
mod deliver;
pub(crate) mod message;
pub(crate) mod remote;
pub(crate) mod remote_job;
pub(crate) mod scope;
pub(crate) mod thread_pool;
pub(crate) mod token;

pub use self::blocking::Worker;
pub use self::blocking_pool::BLOCKING_THREADS;
pub(crate) use self::blocking_pool::BlockingPool;
pub(crate) use self::deliver::deliver;
pub(crate) use self::message::Message;
pub use self::remote::{RemoteHandle, RemoteRuntime};
pub use self::remote_job::RemoteJob;
pub(crate) use self::scope::Workers;
pub use self::token::{CancelHook, ChangeWatcher, Token};
