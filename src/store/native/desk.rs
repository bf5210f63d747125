//! The open database of a writer.

use rusqlite::{Connection, Result, Transaction, TransactionBehavior};

use super::database;
use super::operation::Maxima;
use super::secret_files::SecretFiles;

/// The open database, and what is known of it.
pub(super) struct Desk {
    pub(super) connection: Connection,
    pub(super) files: SecretFiles,
    pub(super) maxima: Maxima,
}

impl Desk {
    /// Writes what `work` does, or nothing.
    pub(super) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection, &mut SecretFiles, &mut Maxima) -> Result<T>,
    ) -> Result<T> {
        let mut maxima = self.maxima;
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        let written = work(&transaction, &mut self.files, &mut maxima).and_then(|result| {
            if maxima != self.maxima {
                database::write_maxima(&transaction, maxima)?;
            }
            transaction.commit()?;
            Ok(result)
        });
        match &written {
            Ok(_) => self.maxima = maxima,
            // Numbers of files that are not there after all.
            Err(_) => self.files.clear(),
        }
        written
    }
}
