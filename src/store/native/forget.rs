//! Forgetting rows for good, and taking rows in.

use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use url::Url;

use crate::deck::RowRecord;
use crate::status::RowId;

use super::database;
use super::desk::Desk;
use super::open_error::StoreError;
use super::operation::{Maxima, Operation, remove_row};
use super::prune::remove_unused_files;
use super::query::Query;
use super::row_text::{RowText, integer, natural};
use crate::store::listed::Listed;

/// Which rows are forgotten.
#[derive(Clone, Debug)]
pub enum Selection {
    /// These.
    Ids(Vec<RowId>),
    /// Those that a query finds.
    Matching(Query),
}

/// Forgets rows, with all that is known of them, so that no byte of them stays in the files of the
/// list. Returns how many there were.
pub(super) fn forget(
    desk: &mut Desk,
    selection: &Selection,
) -> std::result::Result<u64, StoreError> {
    let count = desk.transaction(|connection, _, _| {
        let ids = match selection {
            Selection::Ids(ids) => ids.clone(),
            Selection::Matching(query) => {
                let sql = format!("SELECT id FROM rows{}", query.sql());
                let mut statement = connection.prepare(&sql)?;
                let ids = statement.query_map([], |row| row.get(0).map(natural))?;
                ids.map(|id| id.map(RowId)).collect::<Result<_>>()?
            }
        };
        let mut count = 0;
        let mut hosts = BTreeSet::new();
        for id in &ids {
            hosts.extend(host_of(connection, *id)?);
            let mut known = connection.prepare_cached("SELECT 1 FROM rows WHERE id = ?1")?;
            count += u64::from(known.exists([integer(id.0)])?);
            remove_row(connection, *id)?;
        }
        forget_activity(connection, &ids.into_iter().collect(), &hosts)?;
        remove_unused_files(connection)?;
        Ok(count)
    })?;
    desk.files.clear();
    desk.forget_finished_files().map_err(|error| {
        StoreError::Failed(format!(
            "the list of files that get their names cannot be written: {error}"
        ))
    })?;
    let was_empty = database::empty_log(&desk.connection)?;
    desk.connection.execute_batch("VACUUM")?;
    if !(database::empty_log(&desk.connection)? && was_empty) {
        return Err(StoreError::Failed(
            "the rows are forgotten, but another process reads the list: their bytes leave its files when that is over"
                .to_owned(),
        ));
    }
    Ok(count)
}

/// The host of a row, without its port.
fn host_of(connection: &Connection, id: RowId) -> Result<Option<String>> {
    let url: Option<String> = connection
        .prepare_cached("SELECT url FROM rows WHERE id = ?1")?
        .query_row([integer(id.0)], |row| row.get(0))
        .optional()?;
    let url = url.and_then(|url| Url::parse(&url).ok());
    Ok(url.and_then(|url| url.host_str().map(str::to_owned)))
}

/// Removes the entries of the activity about these rows and these hosts; all entries if no row is
/// left.
fn forget_activity(
    connection: &Connection,
    ids: &HashSet<RowId>,
    hosts: &BTreeSet<String>,
) -> Result<()> {
    if !connection
        .prepare("SELECT 1 FROM rows LIMIT 1")?
        .exists([])?
    {
        connection.execute("DELETE FROM activity", [])?;
        return Ok(());
    }
    // Rows that fail together have one entry, whose reason begins with "host" and its name.
    let sql = "DELETE FROM activity WHERE row IS NULL AND instr(entry, 'host ' || ?1) > 0";
    for host in hosts {
        connection.prepare_cached(sql)?.execute([host])?;
    }
    let sql = "SELECT number, row FROM activity WHERE row IS NOT NULL";
    let mut statement = connection.prepare(sql)?;
    let numbers: Vec<(i64, i64)> = statement
        .query_map([], |row| row.try_into())?
        .collect::<Result<_>>()?;
    for (number, row) in numbers {
        if ids.contains(&RowId(natural(row))) {
            connection.execute("DELETE FROM activity WHERE number = ?1", params![number])?;
        }
    }
    Ok(())
}

/// Takes rows in, at the end of the list: all of them, or none. They get ids of their own, unless
/// the list never had a row. Returns the ids.
pub(super) fn import(
    desk: &mut Desk,
    mut records: Vec<(RowRecord, Listed)>,
) -> std::result::Result<Vec<RowId>, StoreError> {
    if desk.maxima != Maxima::default() || !are_numbered(&records) {
        number(&mut records, desk.maxima, last_rank(&desk.connection)?);
    }
    let mut ids = Vec::with_capacity(records.len());
    let mut operations = Vec::with_capacity(records.len());
    for (record, listed) in records {
        let id = record.id;
        let name = record.name.clone();
        let text = RowText::of(record)
            .map_err(|error| StoreError::Failed(format!("“{name}” cannot be stored: {error}")))?;
        operations.push(Operation::Row(Box::new(text)));
        if listed != Listed::Shown {
            operations.push(Operation::Listed(id, listed));
        }
        ids.push(id);
    }
    desk.transaction(|connection, files, maxima| {
        let mut operations = operations.iter();
        operations.try_for_each(|operation| operation.apply(connection, files, maxima))
    })?;
    Ok(ids)
}

/// Whether each row has an id of its own, and each that ended a number of its end.
fn are_numbered(records: &[(RowRecord, Listed)]) -> bool {
    let mut ids = HashSet::new();
    let mut ends = HashSet::new();
    records.iter().all(|(record, _)| {
        let (id, end) = (record.id.0, record.end_number);
        let is_number = |number| (1..i64::MAX as u64).contains(&number);
        let is_end = (end == 0) == record.ended.is_none() && (end == 0 || ends.insert(end));
        is_number(id)
            && ids.insert(id)
            && is_end
            && is_number(end.max(1))
            && is_number(record.rank.max(1))
    })
}

/// Gives rows the next numbers, in their own order.
fn number(records: &mut [(RowRecord, Listed)], maxima: Maxima, last_rank: u64) {
    let mut by_rank: Vec<usize> = (0..records.len()).collect();
    by_rank.sort_by_key(|at| records[*at].0.rank);
    for (place, at) in by_rank.iter().enumerate() {
        records[*at].0.rank = last_rank + 1 + place as u64;
    }
    let mut by_end: Vec<usize> = (0..records.len()).collect();
    by_end.retain(|at| records[*at].0.ended.is_some());
    by_end.sort_by_key(|at| records[*at].0.end_number);
    for (place, at) in by_end.iter().enumerate() {
        records[*at].0.end_number = maxima.last_end + 1 + place as u64;
    }
    for (place, (record, _)) in records.iter_mut().enumerate() {
        record.id = RowId(maxima.last_id + 1 + place as u64);
        if record.ended.is_none() {
            record.end_number = 0;
        }
    }
}

/// The rank after which rows are taken in: that of the last of those that wait, or were added.
fn last_rank(connection: &Connection) -> Result<u64> {
    let mut last = 0;
    for sql in [
        "SELECT max(rank) FROM rows INDEXED BY rows_unfinished WHERE end_number = 0",
        "SELECT max(rank) FROM (SELECT rank FROM rows ORDER BY id DESC LIMIT 1)",
    ] {
        let rank: Option<i64> = connection.query_row(sql, [], |row| row.get(0))?;
        last = last.max(rank.map_or(0, natural));
    }
    Ok(last)
}
