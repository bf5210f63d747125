//! One job: its record, its life, and what its code and the outside hold of it.

pub(crate) mod builder;
pub(crate) mod children;
pub(crate) mod context;
pub(crate) mod error;
pub(crate) mod handle;
pub(crate) mod panics;
pub(crate) mod poll_state;
pub(crate) mod record;
pub(crate) mod report;
pub(crate) mod spawn;
pub(crate) mod state;
pub(crate) mod statistics;
pub(crate) mod view;
