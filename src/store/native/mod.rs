//! The store of a folder: an SQLite database.
//!
//! A [`Store`] holds the lock of its folder and has one thread that writes. The deck hands over
//! what changed and never waits; [`Store::settled`] says what is on the disk. A [`Restoring`] reads
//! the rows of an earlier process in a thread of its own. A [`Reader`] reads at any time, also
//! while another process writes.
//!
//! A damaged database is set aside, and what can be read of it is taken over row by row.

mod command;
mod damage;
mod database;
mod desk;
mod finishing;
mod finishing_file;
mod finishing_log;
mod first_page;
mod folder;
mod forget;
mod forgetting;
mod lock;
mod open_error;
mod operation;
mod prune;
mod query;
mod reader;
mod restoring;
mod row_text;
mod salvage;
mod schema;
mod secret_files;
mod shared;
mod store;
mod stored_row;
#[cfg(test)]
mod tests;
mod waiting_activity;
mod wal;
mod writer;

pub use finishing::Finishing;
pub use finishing_file::FinishingFile;
pub use folder::Folder;
pub use forget::Selection;
pub use forgetting::Forgetting;
pub use lock::{Holder, is_held};
pub use open_error::{OpenError, StoreError};
pub use query::{Order, Query};
pub use reader::{EndPlace, Reader, RowLine};
pub use restoring::{RestoredRow, Restoring, RestoringItem, Which};
pub use store::{KEEP_DAYS, KEEP_ROWS, Store};
pub use stored_row::StoredRow;
