//! One job: its record, its life, and what its code and the outside hold of it.

pub(crate) mod builder;
pub(crate) mod context;
pub(crate) mod costs;
pub(crate) mod end_state;
pub(crate) mod ending;
pub(crate) mod error;
pub(crate) mod handle;
pub(crate) mod job_clock;
pub(crate) mod or_fail;
pub(crate) mod panics;
pub(crate) mod pausing;
pub(crate) mod poll_state;
pub(crate) mod polling;
pub(crate) mod record;
pub(crate) mod relations;
pub(crate) mod report;
pub(crate) mod spawn;
pub(crate) mod spawn_options;
pub(crate) mod state;
pub(crate) mod statistics;
pub(crate) mod task;
pub(crate) mod value;
pub(crate) mod view;
