//! Where the bytes go: parts, files under their final names, and streams.

pub(crate) mod background_writer;
pub(crate) mod block_thread;
pub(crate) mod completion;
pub(crate) mod disk;
pub(crate) mod disk_space;
#[cfg(test)]
mod disk_tests;
pub(crate) mod download;
pub(crate) mod durable;
pub(crate) mod final_name;
pub(crate) mod name_conflicts;
pub(crate) mod notes;
pub(crate) mod part;
pub(crate) mod part_env;
#[cfg(test)]
mod part_tests;
pub(crate) mod previous_file;
pub(crate) mod running_hash;
pub(crate) mod save_target;
pub(crate) mod stream;
pub(crate) mod stream_fetch;
pub(crate) mod stream_writer;
pub(crate) mod trace_part;
