//! Where the bytes of a body go: a part that becomes a file, or a stream.

mod background_writer;
mod block_thread;
mod completion;
mod disk;
mod disk_space;
#[cfg(test)]
mod disk_tests;
mod download;
mod durable;
mod final_name;
mod manifest_writer;
mod name_conflicts;
mod notes;
#[cfg(test)]
mod order_tests;
mod part;
mod part_env;
mod part_file;
#[cfg(test)]
mod part_tests;
mod previous_file;
mod running_hash;
mod save_target;
mod stream;
mod stream_fetch;
mod stream_writer;
mod trace_part;
mod transfer;

pub(super) use self::disk::SystemDisk;
pub(super) use self::download::Download;
pub use self::stream::Stream;
pub(super) use self::stream_fetch::fetch_into_stream;
