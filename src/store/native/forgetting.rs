//! Forgetting rows from a worker thread.

use std::sync::mpsc;

use super::command::Command;
use super::desk::Desk;
use super::forget::{self, Selection};
use super::open_error::StoreError;

/// What forgets rows for a thread that may wait.
#[derive(Clone)]
pub struct Forgetting(mpsc::Sender<Command>);

impl Forgetting {
    pub(super) fn new(commands: mpsc::Sender<Command>) -> Self {
        Self(commands)
    }

    /// Forgets rows as [`Store::forget`](super::Store::forget) does, and waits for it.
    ///
    /// # Errors
    /// The database cannot be written, another process reads it, or the store is closed.
    pub fn forget(&self, selection: Selection) -> Result<u64, StoreError> {
        let (reply, result) = mpsc::sync_channel(1);
        let task = Box::new(move |desk: Result<&mut Desk, StoreError>| {
            // The caller waits.
            let _ = reply.send(desk.and_then(|desk| forget::forget(desk, &selection)));
        });
        let sent = self.0.send(Command::Task(task));
        sent.map_err(|_| StoreError::Closed)?;
        result.recv().map_err(|_| StoreError::Closed)?
    }
}
