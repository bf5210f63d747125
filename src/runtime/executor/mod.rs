//! The local executor: the runtime, its tick, and what drives it.

pub(crate) mod calls;
pub(crate) mod changes;
pub(crate) mod extensions;
pub(crate) mod grace;
pub(crate) mod host;
pub(crate) mod inner;
pub(crate) mod options;
pub(crate) mod park;
pub(crate) mod ready;
pub(crate) mod running;
pub(crate) mod runtime;
pub(crate) mod table;
pub(crate) mod tick;
