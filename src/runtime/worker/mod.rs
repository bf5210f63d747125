//! Worker threads and their tokens, and the access to a runtime from other threads. There is none of it in a browser.

pub(crate) mod blocking;
pub(crate) mod blocking_pool;
pub(crate) mod control;
mod deliver;
pub(crate) mod message;
pub(crate) mod remote;
pub(crate) mod scope;
pub(crate) mod thread_pool;
pub(crate) mod token;

pub use self::{
    blocking::Worker,
    blocking_pool::BLOCKING_THREADS,
    remote::{RemoteHandle, RemoteRuntime},
    token::{CancelHook, ChangeWatcher, Token},
};
pub(crate) use self::{
    blocking_pool::BlockingPool, deliver::deliver, message::Message, scope::Workers,
};
