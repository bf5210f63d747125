//! Opening the database for writing: what can be said of it without reading all of it.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Result};

use super::damage::is_damage;
use super::folder::Folder;
use super::open_error::OpenError;
use super::operation::Maxima;
use super::row_text::natural;
use super::schema;
use super::wal;

/// For how long a statement waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How large the log's file stays once all of it is in the database.
const LOG_BYTES_KEPT: i64 = 16 << 20;

/// A shorter file is no database: the smallest page of SQLite.
pub(super) const LEAST_BYTES: u64 = 512;

/// How many statements stay prepared.
const STATEMENTS: usize = 64;

/// Why a database was not opened.
pub(super) enum Unopened {
    /// It is damaged.
    Damaged,
    /// It cannot be used, and is as it was.
    Refused(OpenError),
}

impl Unopened {
    fn of(error: &rusqlite::Error, path: &Path) -> Self {
        if is_damage(error) {
            Self::Damaged
        } else {
            Self::Refused(OpenError::of_sqlite(error, path))
        }
    }
}

/// An open database, and what is read of it at once.
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) settings: HashMap<String, String>,
    pub(super) maxima: Maxima,
    /// What a user should know of it; read once.
    pub(super) note: Option<String>,
}

/// Opens the database of a folder, and makes it unless it exists. Reads no more of it than its
/// ends.
pub(super) fn open(folder: &Folder) -> std::result::Result<Opened, Unopened> {
    let path = folder.database();
    let of_io = |error: &io::Error| Unopened::Refused(OpenError::of_io(error, &path));
    let length = fs::metadata(&path).map_or(0, |file| file.len());
    let log_length = fs::metadata(folder.log()).map_or(0, |file| file.len());
    // Of a database without a whole page, SQLite would remove the log, and begin anew.
    if length < LEAST_BYTES && length + log_length > 0 {
        return Err(Unopened::Damaged);
    }
    Folder::open_or_create(&path).map_err(|error| of_io(&error))?;
    refuse_newer_header(&path).map_err(Unopened::Refused)?;
    if wal::is_damaged(&folder.log()).map_err(|error| of_io(&error))? {
        return Err(Unopened::Damaged);
    }
    open_whole(&path, length == 0)
}

fn open_whole(path: &Path, is_new: bool) -> std::result::Result<Opened, Unopened> {
    let of_sqlite = |error: rusqlite::Error| Unopened::of(&error, path);
    let mut connection = connect(path).map_err(of_sqlite)?;
    // What is refused, or damaged, stays as it is.
    keep_log_at_close(&connection, true).map_err(of_sqlite)?;
    if !is_new {
        check_kind(&connection, path)?;
    }
    prepare(&mut connection).map_err(of_sqlite)?;
    let read = || -> Result<_> {
        check_ends(&connection)?;
        Ok((
            settings(&connection)?,
            maxima(&connection)?,
            take_note(&connection)?,
        ))
    };
    let (settings, maxima, note) = match read() {
        Ok(read) => read,
        // A database with our mark lacks a table or a column.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::Unknown) => {
            return Err(Unopened::Damaged);
        }
        Err(error) => return Err(of_sqlite(error)),
    };
    keep_log_at_close(&connection, false).map_err(of_sqlite)?;
    Ok(Opened {
        connection,
        settings,
        maxima,
        note,
    })
}

/// A connection to a file that exists.
pub(super) fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Whether the last connection leaves the log as it is.
pub(super) fn keep_log_at_close(connection: &Connection, keep: bool) -> Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep)
        .map(|_| ())
}

/// Refuses a database of a newer version by its header alone, without SQLite.
pub(super) fn refuse_newer_header(path: &Path) -> std::result::Result<(), OpenError> {
    let mut header = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(100).read_to_end(&mut header));
    read.map_err(|error| OpenError::of_io(&error, path))?;
    let word = |at: usize| {
        let bytes = header.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let is_ours = word(68) == Some(schema::APPLICATION_ID as u32);
    match word(60) {
        Some(found) if is_ours && found > schema::VERSION && is_plausible(found) => {
            Err(newer(found))
        }
        _ => Ok(()),
    }
}

/// Whether a number may be a version, and not a damaged one.
fn is_plausible(version: u32) -> bool {
    version < 10_000
}

fn newer(found: u32) -> OpenError {
    OpenError::Newer {
        found,
        known: schema::VERSION,
    }
}

/// Whether it is ours, and no newer one.
fn check_kind(connection: &Connection, path: &Path) -> std::result::Result<(), Unopened> {
    let read = || {
        let count = "SELECT count(*) FROM sqlite_schema";
        let tables: u32 = connection.query_row(count, [], |row| row.get(0))?;
        let ours = format!("{count} WHERE name IN ('rows', 'meta')");
        let ours: u32 = connection.query_row(&ours, [], |row| row.get(0))?;
        let mark: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        Ok((tables, ours, mark, schema::version(connection)?))
    };
    let (tables, ours, mark, version) = read().map_err(|error| Unopened::of(&error, path))?;
    if mark == schema::APPLICATION_ID && version > schema::VERSION && is_plausible(version) {
        return Err(Unopened::Refused(newer(version)));
    }
    match (mark, ours) {
        // A process was killed before it made the tables.
        _ if tables == 0 && version == 0 => Ok(()),
        (schema::APPLICATION_ID, 2) if (1..=schema::VERSION).contains(&version) => Ok(()),
        (schema::APPLICATION_ID, _) | (_, 2) => Err(Unopened::Damaged),
        _ => {
            let path = path.to_owned();
            Err(Unopened::Refused(OpenError::Foreign { path }))
        }
    }
}

fn prepare(connection: &mut Connection) -> Result<()> {
    // Moving the log into the database flushes both: after 32 MB, not after the usual 4.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 8000;
         PRAGMA temp_store = MEMORY;",
    )?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    schema::migrate(connection)
}

/// Reads the first and the last of everything: damage of very many kinds shows there, and each read
/// takes microseconds.
fn check_ends(connection: &Connection) -> Result<()> {
    let whole_row = "SELECT * FROM rows ORDER BY id";
    let end = "SELECT end_number FROM rows INDEXED BY rows_ended WHERE end_number > 0";
    let rank = "SELECT rank FROM rows INDEXED BY rows_unfinished WHERE end_number = 0";
    for sql in [
        format!("{whole_row} LIMIT 1"),
        format!("{whole_row} DESC LIMIT 1"),
        format!("{end} ORDER BY listed, end_number LIMIT 1"),
        format!("{end} ORDER BY listed DESC, end_number DESC LIMIT 1"),
        format!("{rank} ORDER BY rank LIMIT 1"),
        format!("{rank} ORDER BY rank DESC LIMIT 1"),
        "SELECT * FROM secrets ORDER BY row DESC LIMIT 1".to_owned(),
        "SELECT * FROM finishing LIMIT 1".to_owned(),
        "SELECT * FROM activity ORDER BY number DESC LIMIT 1".to_owned(),
    ] {
        let mut statement = connection.prepare(&sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                row.get_ref(column)?;
            }
        }
    }
    Ok(())
}

/// The settings.
pub(super) fn settings(connection: &Connection) -> Result<HashMap<String, String>> {
    let mut statement = connection.prepare("SELECT key, value FROM settings")?;
    let mut rows = statement.query([])?;
    let mut settings = HashMap::new();
    while let Some(row) = rows.next()? {
        if let (Ok(key), Ok(value)) = (row.get(0), row.get(1)) {
            settings.insert(key, value);
        }
    }
    Ok(settings)
}

/// The largest numbers that were ever used.
pub(super) fn maxima(connection: &Connection) -> Result<Maxima> {
    let of_meta = |key: &str| -> Result<i64> {
        let found = connection
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
            .query_row([key], |row| Ok(row.get(0).unwrap_or_default()))
            .optional()?;
        Ok(found.unwrap_or_default())
    };
    let greatest = |sql: &str| -> Result<i64> {
        let found: Option<i64> = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(found.unwrap_or_default())
    };
    let mut last_end = of_meta("last_end")?;
    for listed in 0..=2 {
        last_end = last_end.max(greatest(&format!(
            "SELECT max(end_number) FROM rows WHERE listed = {listed} AND end_number > 0"
        ))?);
    }
    let last_id = of_meta("last_id")?.max(greatest("SELECT max(id) FROM rows")?);
    Ok(Maxima {
        last_id: natural(last_id),
        last_end: natural(last_end),
    })
}

/// Writes the largest numbers that were ever used.
pub(super) fn write_maxima(connection: &Connection, maxima: Maxima) -> Result<()> {
    for (key, value) in [("last_id", maxima.last_id), ("last_end", maxima.last_end)] {
        write_meta(connection, key, super::row_text::integer(value))?;
    }
    Ok(())
}

/// Writes a value of the table of single values.
pub(super) fn write_meta(
    connection: &Connection,
    key: &str,
    value: impl rusqlite::ToSql,
) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?
        .execute(rusqlite::params![key, value])?;
    Ok(())
}

/// Takes the note out of the table of single values.
fn take_note(connection: &Connection) -> Result<Option<String>> {
    let sql = "SELECT value FROM meta WHERE key = 'note'";
    let note = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    if note.is_some() {
        connection.execute("DELETE FROM meta WHERE key = 'note'", [])?;
    }
    Ok(note)
}

/// Moves the log into the database, and empties it. False if another process reads it.
pub(super) fn empty_log(connection: &Connection) -> Result<bool> {
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(busy == 0)
}
