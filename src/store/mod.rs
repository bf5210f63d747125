//! What outlives the process: rows, their secrets, the activity and the settings.
//!
//! Natively it is an SQLite database in a folder, which also keeps the settings; in a page the same
//! records are in the browser's IndexedDB. Either way one process writes, and the deck hands over
//! what changed without waiting.
//!
//! Secrets stand in a table of their own: a record has the URL as it may be written to files.

mod listed;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(any(test, target_arch = "wasm32"))]
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(dead_code, reason = "natively only its tests use it")
)]
mod pending;
#[cfg(target_arch = "wasm32")]
mod web;

pub use listed::Listed;
#[cfg(not(target_arch = "wasm32"))]
pub use native::{
    EndPlace, Finishing, FinishingFile, Folder, Forgetting, Holder, KEEP_DAYS, KEEP_ROWS,
    OpenError, Order, Query, Reader, RestoredRow, Restoring, RestoringItem, RowLine, Selection,
    Store, StoreError, StoredRow, Which, is_held,
};
#[cfg(target_arch = "wasm32")]
pub use web::{Elsewhere, NotOpened, Restoring, RestoringItem, Store, StoreFigures};
