//! What a writer is asked for.

use std::sync::mpsc::SyncSender;

use crate::deck::Change;

use super::desk::Desk;
use super::open_error::StoreError;
use super::operation::Operation;
use super::prune::Pruning;

/// Work that is done between two batches.
pub(super) type Task = Box<dyn FnOnce(std::result::Result<&mut Desk, StoreError>) + Send>;

/// What the writer is asked for, in order.
pub(super) enum Command {
    /// Writes changes of a deck.
    Batch { number: u64, changes: Vec<Change> },
    /// Writes one thing.
    Write(Operation),
    /// Does something once all before it is written.
    Task(Task),
    /// Removes old rows, by and by.
    Prune(Pruning),
    /// Replaces the database, which is damaged, unless that was done since.
    Replace { seen: u64, reply: SyncSender<()> },
    /// Writes what waits, and ends.
    Close,
}
