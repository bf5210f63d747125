//! The open database of a writer.

use std::io;
use std::sync::Arc;

use rusqlite::{Connection, Result, Transaction, TransactionBehavior};

use super::database;
use super::finishing_log::FinishingLog;
use super::operation::Maxima;
use super::row_text::integer;
use super::secret_files::SecretFiles;

/// The open database, and what is known of it.
pub(super) struct Desk {
    pub(super) connection: Connection,
    pub(super) files: SecretFiles,
    pub(super) maxima: Maxima,
    pub(super) finishing: Arc<FinishingLog>,
}

impl Desk {
    /// Keeps of the files that are about to get their names those of rows that have not ended, or
    /// are still to be written.
    pub(super) fn forget_finished_files(&self) -> io::Result<()> {
        self.finishing.keep_only(|row| {
            let sql = "SELECT 1 FROM rows WHERE id = ?1 AND end_number = 0";
            let found = self.connection.prepare_cached(sql);
            let found = found.and_then(|mut statement| statement.exists([integer(row.0)]));
            row.0 > self.maxima.last_id || found.unwrap_or(true)
        })
    }

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
