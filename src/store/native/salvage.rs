//! A damaged database is set aside, and what can be read of it is taken over.
//!
//! The new database is complete before the first file is renamed, and it knows the name that the
//! damaged one gets: a process that is killed at any moment leaves either the damaged database as
//! it was, or what [`finish`] completes.

use std::fs::{self, File};
use std::io;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Result, params_from_iter};

use crate::format;

use super::database::{self, Opened, Unopened};
use super::first_page;
use super::folder::Folder;
use super::open_error::OpenError;

/// How far beyond the last readable row each number is tried.
const LOOK_AHEAD: i64 = 100_000;

/// Opens the database of a folder. Where it is damaged, it is [replaced](replace) first.
pub(super) fn open(folder: &Folder) -> std::result::Result<Opened, OpenError> {
    finish(folder)?;
    // What a reader found may be nowhere near the ends, which are all that is read here.
    let is_marked = fs::symlink_metadata(folder.damage_mark()).is_ok();
    match database::open(folder) {
        Ok(opened) if !is_marked => return Ok(opened),
        Err(Unopened::Refused(error)) => return Err(error),
        Ok(_) | Err(Unopened::Damaged) => replace(folder)?,
    }
    if is_marked {
        // At worst, the new one is read once more.
        let _ = fs::remove_file(folder.damage_mark());
    }
    database::open(folder).map_err(|unopened| match unopened {
        Unopened::Refused(error) => error,
        Unopened::Damaged => OpenError::Other {
            path: folder.database(),
            reason: "it was damaged, and what took its place is too. Check the disk.".to_owned(),
        },
    })
}

/// Puts a new database in the place of a damaged one, with what can be read of that. The new one
/// has a note that says what was lost.
pub(super) fn replace(folder: &Folder) -> std::result::Result<(), OpenError> {
    let path = folder.database();
    let date = jiff::Zoned::now().date().to_string();
    let set_aside = folder.free_damaged_name(&date);
    let replacement = folder.replacement();
    remove_replacement(folder).map_err(|error| OpenError::of_io(&error, &replacement))?;
    let build = || -> Result<()> {
        let mut new = first_page::new_database(&replacement)?;
        let mut found = Found::default();
        if let Some(old) = first_page::readable(folder) {
            copy(&old, &new, &mut found)?;
        }
        let transaction = new.transaction()?;
        database::write_meta(&transaction, "set_aside", &set_aside)?;
        database::write_meta(&transaction, "note", found.text(&set_aside))?;
        transaction.commit()
    };
    let built = build();
    first_page::remove_copy(folder);
    built.map_err(|error| OpenError::of_sqlite(&error, &replacement))?;
    let rename = || -> io::Result<()> {
        File::open(&replacement)?.sync_all()?;
        absent_is_fine(fs::rename(&path, folder.path().join(&set_aside)))?;
        put_in_place(folder, &set_aside)
    };
    rename().map_err(|error| OpenError::of_io(&error, &path))
}

/// Completes a [`replace`] that was interrupted.
fn finish(folder: &Folder) -> std::result::Result<(), OpenError> {
    let replacement = folder.replacement();
    if fs::symlink_metadata(&replacement).is_err() {
        return Ok(());
    }
    let of_io = |error: io::Error| OpenError::of_io(&error, &replacement);
    first_page::remove_copy(folder);
    if fs::symlink_metadata(folder.database()).is_ok() {
        // The damaged one is still whole.
        return remove_replacement(folder).map_err(of_io);
    }
    let of_sqlite = |error: rusqlite::Error| OpenError::of_sqlite(&error, &replacement);
    let sql = "SELECT value FROM meta WHERE key = 'set_aside'";
    let connection = database::connect(&replacement).map_err(of_sqlite)?;
    let set_aside: String = connection
        .query_row(sql, [], |row| row.get(0))
        .map_err(of_sqlite)?;
    drop(connection);
    put_in_place(folder, &set_aside).map_err(of_io)
}

/// The damaged database has its new name: its log gets it too, and the new database its place.
fn put_in_place(folder: &Folder, set_aside: &str) -> io::Result<()> {
    folder.sync();
    let log = folder.path().join(format!("{set_aside}-wal"));
    absent_is_fine(fs::rename(folder.log(), log))?;
    absent_is_fine(fs::remove_file(folder.log_index()))?;
    folder.sync();
    fs::rename(folder.replacement(), folder.database())?;
    folder.sync();
    Ok(())
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

fn remove_replacement(folder: &Folder) -> io::Result<()> {
    let path = folder.replacement();
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        absent_is_fine(fs::remove_file(&name))?;
    }
    Ok(())
}

/// What was found in a damaged database.
#[derive(Default)]
struct Found {
    rows: u64,
    /// How many rows there were, if the indices say so.
    of: Option<u64>,
    without_secrets: u64,
}

impl Found {
    fn text(&self, set_aside: &str) -> String {
        let grouped = |count: u64| format::grouped(usize::try_from(count).unwrap_or(usize::MAX));
        let rows = grouped(self.rows);
        let read = match self.of {
            Some(of) if of > self.rows => {
                let of = grouped(of);
                format!(
                    "The list was damaged: {rows} of {of} jobs were read, the rest is in {set_aside}."
                )
            }
            Some(of) if of > 0 => format!(
                "The list was damaged: its {rows} jobs were read, but their last changes may be missing. The damaged file is {set_aside}."
            ),
            _ if self.rows > 0 => format!(
                "The list was damaged: {rows} jobs were read, what is missing is in {set_aside}."
            ),
            _ => format!(
                "The list was damaged and no job of it can be read. The damaged file is {set_aside}."
            ),
        };
        if self.without_secrets == 0 {
            return read;
        }
        let count = grouped(self.without_secrets);
        format!("{read} Without their full links: {count}.")
    }
}

/// Copies what can be read. An error is one of the new database.
fn copy(old: &Connection, new: &Connection, found: &mut Found) -> Result<()> {
    new.execute_batch("BEGIN")?;
    let count = |sql: &str| -> Result<i64> { old.query_row(sql, [], |row| row.get(0)) };
    let unfinished =
        count("SELECT count(*) FROM rows INDEXED BY rows_unfinished WHERE end_number = 0");
    let ended = count("SELECT count(*) FROM rows INDEXED BY rows_ended WHERE end_number > 0");
    if let (Ok(unfinished), Ok(ended)) = (unfinished, ended) {
        found.of = u64::try_from(unfinished + ended).ok();
    }
    copy_by_number(old, new, "rows", "id", &mut |values| {
        found.rows += 1;
        if values.get(6) == Some(&Value::Integer(1)) {
            found.without_secrets += 1;
        }
    })?;
    copy_by_number(old, new, "secrets", "row", &mut |_| {
        found.without_secrets = found.without_secrets.saturating_sub(1);
    })?;
    for (table, number) in [
        ("secret_files", "number"),
        ("finishing", "row"),
        ("activity", "number"),
    ] {
        copy_by_number(old, new, table, number, &mut |_| {})?;
    }
    for table in ["settings", "meta"] {
        copy_in_order(old, new, table)?;
    }
    // Ids are never used again: not even those of rows that are lost.
    if let Ok(mut maxima) = database::maxima(new) {
        if let Ok(lost) = count("SELECT max(id) FROM rows") {
            maxima.last_id = maxima.last_id.max(u64::try_from(lost).unwrap_or_default());
        }
        database::write_maxima(new, maxima)?;
    }
    new.execute_batch("COMMIT")
}

/// Copies the rows of a table in ascending order. Where reading fails, each number after it is
/// tried, until one can be read again.
fn copy_by_number(
    old: &Connection,
    new: &Connection,
    table: &str,
    number: &str,
    copied: &mut dyn FnMut(&[Value]),
) -> Result<()> {
    let last_sql = format!("SELECT {number} FROM {table} ORDER BY {number} DESC LIMIT 1");
    let last: Option<i64> = old
        .query_row(&last_sql, [], |row| row.get(0))
        .optional()
        .ok()
        .flatten();
    if old.prepare(&format!("SELECT * FROM {table}")).is_err() {
        return Ok(());
    }
    let stream = format!("SELECT * FROM {table} WHERE {number} > ?1 ORDER BY {number}");
    let single = format!("SELECT * FROM {table} WHERE {number} = ?1");
    let mut after = -1;
    // The numbers ascend. A damaged page may lead back to earlier rows, and reading on from a
    // smaller number would never end.
    let mut put = |columns: &[String], values: &[Value], after: &mut i64| -> Result<bool> {
        match values.first() {
            Some(Value::Integer(number)) if number > after => *after = *number,
            _ => return Ok(false),
        }
        if insert(new, table, columns, values)? {
            copied(values);
        }
        Ok(true)
    };
    loop {
        let begin = after;
        if read(old, &stream, Some(begin), &mut |columns, values| {
            put(columns, values, &mut after)
        })? {
            return Ok(());
        }
        // Behind the damage. The last number may be damaged too, and be any number.
        let before = after;
        let last = last.unwrap_or(i64::MAX);
        let near = before.saturating_add(LOOK_AHEAD).min(last);
        let mut next = before + 1;
        while next <= near && after == before {
            read(old, &single, Some(next), &mut |columns, values| {
                put(columns, values, &mut after)
            })?;
            next += 1;
        }
        // Where many rows were removed, the next number is far away.
        let mut distance = Some(LOOK_AHEAD);
        while let Some(far) = distance.and_then(|distance| before.checked_add(distance))
            && far < last
            && after == before
        {
            read(old, &stream, Some(far), &mut |columns, values| {
                put(columns, values, &mut after)
            })?;
            distance = distance.and_then(|distance| distance.checked_mul(2));
        }
        if after == before {
            return Ok(());
        }
    }
}

/// Takes a row in: its columns, and their values. False if it cannot be the next one.
type PutRow<'a> = dyn FnMut(&[String], &[Value]) -> Result<bool> + 'a;

/// Reads rows until they end, or one cannot be read or taken in: then false. An error is one of
/// `put`.
fn read(old: &Connection, sql: &str, number: Option<i64>, put: &mut PutRow<'_>) -> Result<bool> {
    let Ok(mut statement) = old.prepare_cached(sql) else {
        return Ok(false);
    };
    let columns: Vec<String> = statement.column_names().map(Into::into).collect();
    let Ok(mut rows) = statement.query(params_from_iter(number)) else {
        return Ok(false);
    };
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(true),
            Err(_) => return Ok(false),
        };
        let values: Result<Vec<Value>> = (0..columns.len()).map(|column| row.get(column)).collect();
        match values {
            Ok(values) if put(&columns, &values)? => {}
            // One of them is a text that is none.
            _ => return Ok(false),
        }
    }
}

/// Inserts a row as it was read. False if it is no row of this table.
fn insert(new: &Connection, table: &str, columns: &[String], values: &[Value]) -> Result<bool> {
    // The end of a long text stands in another page, and may be any bytes.
    let is_text = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if table == "rows" && !matches!(values.last(), Some(Value::Text(text)) if is_text(text)) {
        return Ok(false);
    }
    let places = vec!["?"; values.len()].join(", ");
    // By name: those of an earlier version are fewer.
    let names = columns.join(", ");
    let sql = format!("INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})");
    match new
        .prepare_cached(&sql)?
        .execute(params_from_iter(values.iter()))
    {
        Ok(count) => Ok(count > 0),
        Err(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Copies the rows of a table up to the first that cannot be read.
fn copy_in_order(old: &Connection, new: &Connection, table: &str) -> Result<()> {
    let sql = format!("SELECT * FROM {table}");
    read(old, &sql, None, &mut |columns, values| {
        insert(new, table, columns, values).map(|_| true)
    })?;
    Ok(())
}
