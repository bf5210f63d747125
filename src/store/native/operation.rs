//! The single things that are written, as texts: made once, and kept until they are on the disk.

use std::collections::HashMap;

use rusqlite::{Connection, Result, params};

use crate::deck::limits::ACTIVITY_KEPT;
use crate::deck::{ActivityEntry, Change};
use crate::status::RowId;

use super::row_text::{NoText, RowText, integer};
use super::secret_files::SecretFiles;
use crate::store::listed::Listed;

/// After how many lines of activity the oldest ones are removed: of many short jobs, each would
/// write a page for it.
const ACTIVITY_REMOVED_EVERY: i64 = 100;

/// One thing that is written.
pub(super) enum Operation {
    Row(Box<RowText>),
    Listed(RowId, Listed),
    Removed(RowId),
    Activity(Box<ActivityText>),
    ActivityCleared,
    Setting { key: String, value: Option<String> },
}

/// A line of the activity.
pub(super) struct ActivityText {
    row: Option<RowId>,
    entry: String,
}

/// The largest numbers that were ever used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Maxima {
    pub(super) last_id: u64,
    pub(super) last_end: u64,
}

impl Operation {
    /// What a change of the deck writes; the name of a row that cannot be written, and why.
    pub(super) fn of(change: Change) -> std::result::Result<Self, (String, NoText)> {
        Ok(match change {
            Change::Row(record) => {
                let name = record.name.clone();
                let text = RowText::of(*record).map_err(|error| (name, error))?;
                Self::Row(Box::new(text))
            }
            Change::Hidden(id) => Self::Listed(id, Listed::Removed),
            Change::Shown(id) => Self::Listed(id, Listed::Shown),
            Change::Retired(id) | Change::Dismissed(id) => Self::Listed(id, Listed::History),
            Change::Removed(id) => Self::Removed(id),
            Change::Activity(entry) => Self::of_activity(&entry)
                .map_err(|error| (entry.subject.to_string(), error.into()))?,
            Change::ActivityCleared => Self::ActivityCleared,
        })
    }

    fn of_activity(entry: &ActivityEntry) -> std::result::Result<Self, serde_json::Error> {
        Ok(Self::Activity(Box::new(ActivityText {
            row: entry.row,
            entry: serde_json::to_string(entry)?,
        })))
    }

    /// The row that has its last state with this, or is no row any more.
    pub(super) fn settled_row(&self) -> Option<RowId> {
        match self {
            Self::Row(row) if row.end_number > 0 => Some(row.id),
            Self::Removed(id) => Some(*id),
            _ => None,
        }
    }

    /// Writes it.
    pub(super) fn apply(
        &self,
        connection: &Connection,
        files: &mut SecretFiles,
        maxima: &mut Maxima,
    ) -> Result<()> {
        match self {
            Self::Row(row) => {
                let is_new = row.id.0 > maxima.last_id;
                maxima.last_id = maxima.last_id.max(row.id.0);
                maxima.last_end = maxima
                    .last_end
                    .max(super::row_text::natural(row.end_number));
                write_row(connection, row)?;
                // Most rows have none, and a new one has none yet.
                if row.secrets.is_some() || !is_new {
                    write_secrets(connection, row, files)?;
                }
            }
            Self::Listed(id, listed) => {
                connection
                    .prepare_cached("UPDATE rows SET listed = ?2 WHERE id = ?1")?
                    .execute(params![integer(id.0), listed.number()])?;
            }
            Self::Removed(id) => remove_row(connection, *id)?,
            Self::Activity(line) => {
                connection
                    .prepare_cached("INSERT INTO activity (row, entry) VALUES (?1, ?2)")?
                    .execute(params![line.row.map(|row| integer(row.0)), line.entry])?;
                let last = connection.last_insert_rowid();
                if last % ACTIVITY_REMOVED_EVERY == 0 {
                    connection
                        .prepare_cached("DELETE FROM activity WHERE number <= ?1")?
                        .execute([last - ACTIVITY_KEPT as i64])?;
                }
            }
            Self::ActivityCleared => {
                connection
                    .prepare_cached("DELETE FROM activity")?
                    .execute([])?;
            }
            Self::Setting { key, value } => {
                match value {
                    Some(value) => connection
                        .prepare_cached("INSERT OR REPLACE INTO settings VALUES (?1, ?2)")?
                        .execute(params![key, value])?,
                    None => connection
                        .prepare_cached("DELETE FROM settings WHERE key = ?1")?
                        .execute([key])?,
                };
            }
        }
        Ok(())
    }
}

/// Removes a row with all that is known of it but its line in the activity.
pub(super) fn remove_row(connection: &Connection, id: RowId) -> Result<()> {
    for sql in [
        "DELETE FROM rows WHERE id = ?1",
        "DELETE FROM secrets WHERE row = ?1",
    ] {
        execute_for_row(connection, sql, id)?;
    }
    Ok(())
}

fn write_row(connection: &Connection, row: &RowText) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO rows (id, host, rank, end_number, state, has_secrets, added_ms, ended_ms, name, url, record)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (id) DO UPDATE SET
                 host = excluded.host, rank = excluded.rank, end_number = excluded.end_number,
                 state = excluded.state, has_secrets = excluded.has_secrets,
                 added_ms = excluded.added_ms, ended_ms = excluded.ended_ms,
                 name = excluded.name, url = excluded.url, record = excluded.record",
        )?
        .execute(params![
            integer(row.id.0),
            row.host,
            row.rank,
            row.end_number,
            row.state,
            row.secrets.is_some(),
            row.added_ms,
            row.ended_ms,
            row.name,
            row.url,
            row.record,
        ])?;
    Ok(())
}

fn write_secrets(connection: &Connection, row: &RowText, files: &mut SecretFiles) -> Result<()> {
    let Some(text) = &row.secrets else {
        return execute_for_row(connection, "DELETE FROM secrets WHERE row = ?1", row.id);
    };
    let cookies = files.number_of_cookies(connection, text.secrets.cookies.as_ref())?;
    let netrc = files.number_of_netrc(connection, text.secrets.netrc.as_ref())?;
    // Mostly they are those that are there: nothing is written then.
    connection
        .prepare_cached(
            "INSERT INTO secrets VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (row) DO UPDATE SET
                 request = excluded.request, cookies = excluded.cookies, netrc = excluded.netrc
             WHERE request IS NOT excluded.request OR cookies IS NOT excluded.cookies
                 OR netrc IS NOT excluded.netrc",
        )?
        .execute(params![integer(row.id.0), text.request, cookies, netrc])?;
    Ok(())
}

fn execute_for_row(connection: &Connection, sql: &str, id: RowId) -> Result<()> {
    connection.prepare_cached(sql)?.execute([integer(id.0)])?;
    Ok(())
}

/// Keeps of each row only what it is now: what waits for a disk must not grow with time.
pub(super) fn keep_newest(operations: &mut Vec<Operation>) {
    // The newest state stands where the first one stood: what happened to the row came after it.
    let mut newest: HashMap<RowId, Box<RowText>> = HashMap::new();
    let mut kept = Vec::with_capacity(operations.len());
    for operation in operations.drain(..).rev() {
        match operation {
            Operation::Row(row) => {
                newest.entry(row.id).or_insert(row);
            }
            operation => kept.push(operation),
        }
    }
    let mut rows: Vec<_> = newest.into_values().collect();
    rows.sort_unstable_by_key(|row| row.id);
    operations.extend(rows.into_iter().map(Operation::Row));
    operations.extend(kept.into_iter().rev());
}
