//! Removing old rows of the history, in slices between batches.

use std::sync::mpsc::SyncSender;

use rusqlite::{Connection, Result, params};

use crate::status::RowId;

use super::desk::Desk;
use super::operation::remove_row;
use super::row_text::{integer, natural};
use crate::store::listed::Listed;

/// How many rows are removed in one transaction.
const SLICE: usize = 500;

/// What is still to be removed.
pub(super) struct Pruning {
    keep_rows: u32,
    /// Rows that ended before this moment go, in milliseconds since 1970.
    ended_before_ms: i64,
    removed: u64,
    reply: SyncSender<u64>,
}

impl Pruning {
    pub(super) fn new(keep_rows: u32, ended_before_ms: i64, reply: SyncSender<u64>) -> Self {
        Self {
            keep_rows,
            ended_before_ms,
            removed: 0,
            reply,
        }
    }

    /// Removes a slice. False if there is nothing more to remove.
    pub(super) fn advance(&mut self, desk: &mut Desk) -> bool {
        let removed = desk.transaction(|connection, _, _| self.remove_slice(connection));
        // What fails now is tried again with the next call of the whole.
        let removed = removed.unwrap_or_default();
        self.removed += removed as u64;
        if removed == SLICE {
            return true;
        }
        if self.removed > 0 {
            desk.files.clear();
            let _ = remove_unused_files(&desk.connection);
        }
        // Who asked may not wait for it.
        let _ = self.reply.send(self.removed);
        false
    }

    fn remove_slice(&self, connection: &Connection) -> Result<usize> {
        let ended: i64 = connection
            .prepare_cached("SELECT count(*) FROM rows INDEXED BY rows_ended WHERE end_number > 0")?
            .query_row([], |row| row.get(0))?;
        let excess = ended.saturating_sub(self.keep_rows.into()).max(0);
        let oldest: Vec<(i64, Option<i64>)> = connection
            .prepare_cached(
                "SELECT id, ended_ms FROM rows INDEXED BY rows_ended
                 WHERE listed = ?1 AND end_number > 0 ORDER BY end_number LIMIT ?2",
            )?
            .query_map(
                params![Listed::History.number(), integer(SLICE as u64)],
                |row| row.try_into(),
            )?
            .collect::<Result<_>>()?;
        let mut removed = 0;
        for (index, (id, ended_ms)) in oldest.into_iter().enumerate() {
            let is_old = ended_ms.is_some_and(|at| at < self.ended_before_ms);
            if is_old || (index as i64) < excess {
                remove_row(connection, RowId(natural(id)))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// Removes the files of cookies and logins that no row uses any more.
pub(super) fn remove_unused_files(connection: &Connection) -> Result<()> {
    connection.execute(
        "DELETE FROM secret_files WHERE number NOT IN (
             SELECT cookies FROM secrets WHERE cookies IS NOT NULL
             UNION SELECT netrc FROM secrets WHERE netrc IS NOT NULL)",
        [],
    )?;
    Ok(())
}
