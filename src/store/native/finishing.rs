//! Files that are about to get their final name.

use std::path::Path;
use std::sync::mpsc;

use crate::fetch::{CompletePart, RenameNotice};
use crate::status::RowId;

use super::command::Command;
use super::finishing_file::FinishingFile;
use super::operation::Operation;

/// Where worker threads record a file before it gets its final name: a process that is killed
/// between that and the end of the row would otherwise download it again.
#[derive(Clone)]
pub struct Finishing(mpsc::Sender<Command>);

impl Finishing {
    pub(super) fn new(commands: mpsc::Sender<Command>) -> Self {
        Self(commands)
    }

    /// What the download of a row calls before its file gets its name.
    #[must_use]
    pub fn notice(&self, row: RowId) -> RenameNotice {
        let finishing = self.clone();
        RenameNotice::new(move |file: &CompletePart<'_>| {
            // If it cannot be recorded, the store has a problem, and says so.
            let _ = finishing.record(row, file.part, file.path, file.length, file.hash);
        })
    }

    /// Records a file, and waits until that is on the disk. False if it is not: there is a
    /// [`problem`](super::Store::problem), or the store is closed. The entry goes when the row's
    /// end is stored.
    pub fn record(&self, row: RowId, part: &Path, path: &Path, length: u64, hash: &str) -> bool {
        let file = FinishingFile {
            row,
            part: part.to_owned(),
            path: path.to_owned(),
            length,
            hash: hash.to_owned(),
        };
        let (reply, result) = mpsc::sync_channel(1);
        let command = Command::Record(Operation::Finishing(file), reply);
        // A writer that ends drops what it has not answered, which ends the wait.
        self.0.send(command).is_ok() && result.recv().unwrap_or(false)
    }
}
