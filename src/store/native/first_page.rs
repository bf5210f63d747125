//! Reading a damaged database, also one whose first page is lost: without it, SQLite knows neither
//! the tables nor where they begin. That of a new database says the same.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Result};

use super::database;
use super::folder::Folder;
use super::schema;

/// SQLite's usual size of a page, which no version of ours changes.
const PAGE: usize = 4096;

/// A new database that is written at once or not at all.
pub(super) fn new_database(path: &Path) -> Result<Connection> {
    if Folder::open_or_create(path).is_err() {
        // SQLite finds the reason again, in its own words.
        log::debug!("{} cannot be made", path.display());
    }
    let mut new = database::connect(path)?;
    // Until it is complete it is worth nothing, and then it is written to the disk as a whole.
    new.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")?;
    schema::migrate(&mut new)?;
    Ok(new)
}

/// A connection that reads what there is of a damaged database, in place or in a copy; none if
/// there is nothing. The database and its log stay as they are.
pub(super) fn readable(folder: &Folder) -> Option<Connection> {
    let path = folder.database();
    // SQLite would remove the log of an empty one.
    if fs::metadata(&path).ok()?.len() == 0 {
        return None;
    }
    let has_rows = |connection: &Connection| connection.prepare("SELECT * FROM rows").is_ok();
    if let Some(connection) = connect(&path).ok().filter(has_rows) {
        return Some(connection);
    }
    copy_with_first_page(folder).ok()?;
    connect(&copy_path(folder)).ok().filter(has_rows)
}

/// Removes the copy, if one was made.
pub(super) fn remove_copy(folder: &Folder) {
    for suffix in ["", "-wal", "-shm"] {
        // It is overwritten by the next one.
        let _ = fs::remove_file(with_suffix(copy_path(folder), suffix));
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let connection = database::connect(path)?;
    database::keep_log_at_close(&connection, true)?;
    // Reads also a file that is shorter than it says.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
    Ok(connection)
}

fn copy_path(folder: &Folder) -> PathBuf {
    folder.path().join("jobs.copy.sqlite")
}

fn with_suffix(path: PathBuf, suffix: &str) -> PathBuf {
    let mut name = path.into_os_string();
    name.push(suffix);
    name.into()
}

fn copy_with_first_page(folder: &Folder) -> io::Result<()> {
    remove_copy(folder);
    let copy = copy_path(folder);
    let new = new_database(&copy).map_err(io::Error::other)?;
    drop(new);
    let mut first_page = vec![0; PAGE];
    OpenOptions::new()
        .read(true)
        .open(&copy)?
        .read_exact(&mut first_page)?;
    let length = fs::copy(folder.database(), &copy)?;
    if length <= PAGE as u64 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let pages = u32::try_from(length / PAGE as u64).unwrap_or(u32::MAX);
    // The size in pages, which counts if the two change counters are equal, and a log to be read.
    first_page[18..20].copy_from_slice(&[2, 2]);
    first_page.copy_within(24..28, 92);
    first_page[28..32].copy_from_slice(&pages.to_be_bytes());
    let mut file = OpenOptions::new().write(true).open(&copy)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&first_page)?;
    match fs::copy(folder.log(), with_suffix(copy, "-wal")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
