//! Reading a list at any time, also while another process writes it, and without writing anything.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Result, Row, params};

use crate::deck::limits::ACTIVITY_KEPT;
use crate::deck::{ActivityEntry, HostKind, StoredState};
use crate::status::RowId;

use super::damage::is_damage;
use super::database;
use super::folder::Folder;
use super::open_error::{OpenError, StoreError};
use super::query::Query;
use super::row_text::{integer, natural};
use super::schema;
use super::secret_files::SecretFiles;
use super::stored_row::{COLUMNS, StoredRow};
use crate::store::listed::Listed;

/// What is shown of a row in a line, without reading its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLine {
    /// The row.
    pub id: RowId,
    /// What drove its deck.
    pub host: HostKind,
    /// Its state.
    pub state: StoredState,
    /// Whether it is on the list.
    pub listed: Listed,
    /// When it was added, as the time since 1970.
    pub added: Duration,
    /// When it ended; none while it has not.
    pub ended: Option<Duration>,
    /// What it is called.
    pub name: String,
    /// Its URL as it may be written to files; empty if there is none.
    pub url: String,
}

const LINE_COLUMNS: &str = "id, host, state, listed, added_ms, ended_ms, name, url";

impl RowLine {
    fn of(row: &Row<'_>) -> Result<Option<Self>> {
        let host = match row.get_ref(1)?.as_str() {
            Ok("window") => HostKind::Window,
            Ok("run") => HostKind::Run,
            _ => return Ok(None),
        };
        let state = row.get_ref(2)?.as_str().ok();
        let Some(state) = state.and_then(StoredState::from_name) else {
            return Ok(None);
        };
        let time = |milliseconds| Duration::from_millis(natural(milliseconds));
        Ok(Some(Self {
            id: RowId(natural(row.get(0)?)),
            host,
            state,
            listed: Listed::of_number(row.get(3)?),
            added: time(row.get(4)?),
            ended: row.get::<_, Option<i64>>(5)?.map(time),
            name: row.get(6)?,
            url: row.get(7)?,
        }))
    }
}

/// Where a row is among those that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndPlace {
    end_number: i64,
    id: i64,
}

/// A part of the rows that ended, as they follow each other on the index: what was removed and may
/// come back is not among them. `LIMIT` is after the order of both.
const ENDED: &str = "end_number FROM rows INDEXED BY rows_ended
    WHERE end_number > 0 AND (end_number, id) < (?1, ?2) AND listed =";

/// A list that is read. Where it turns out to be damaged, the next process that writes sets it
/// aside.
#[derive(Debug)]
pub struct Reader {
    folder: Folder,
    /// None without a list.
    connection: Option<Connection>,
}

impl Reader {
    /// Opens the list of a folder. Without one it is empty.
    ///
    /// # Errors
    /// [`OpenError`]: a newer version wrote it, or it cannot be read.
    pub fn open(folder: &Path) -> std::result::Result<Self, OpenError> {
        let folder = Folder::at(folder);
        let path = folder.database();
        let without = |folder| Self {
            folder,
            connection: None,
        };
        match std::fs::metadata(&path) {
            Ok(file) if file.len() == 0 => return Ok(without(folder)),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(without(folder));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                return Err(OpenError::of_io(&error, folder.path()));
            }
            Err(error) => return Err(OpenError::of_io(&error, &path)),
        }
        database::refuse_newer_header(&path)?;
        let opened = connect(&path, false).or_else(|error| {
            // A folder without the files beside the database, where none can be made.
            let is_whole = std::fs::metadata(folder.log()).is_err();
            let second = is_whole.then(|| connect(&path, true));
            second.unwrap_or(Err(error))
        });
        let (connection, version) = opened.map_err(|error| OpenError::of_sqlite(&error, &path))?;
        match version {
            0 => Ok(without(folder)),
            version if version > schema::VERSION => Err(OpenError::Newer {
                found: version,
                known: schema::VERSION,
            }),
            _ => Ok(Self {
                folder,
                connection: Some(connection),
            }),
        }
    }

    /// Whether there is a list.
    #[must_use]
    pub fn has_list(&self) -> bool {
        self.connection.is_some()
    }

    /// Reads what is shown of rows in a line, until `take` breaks. Returns how many rows cannot be
    /// read.
    ///
    /// # Errors
    /// The list is damaged, or the disk reports an error.
    pub fn lines(
        &self,
        query: &Query,
        mut take: impl FnMut(RowLine) -> ControlFlow<()>,
    ) -> std::result::Result<u64, StoreError> {
        self.noting_damage(self.for_each(LINE_COLUMNS, query, |_, row| {
            Ok(readable(RowLine::of(row))?.map(&mut take))
        }))
    }

    /// Reads rows, until `take` breaks. Returns how many rows cannot be read.
    ///
    /// # Errors
    /// The list is damaged, or the disk reports an error.
    pub fn rows(
        &self,
        query: &Query,
        mut take: impl FnMut(StoredRow) -> ControlFlow<()>,
    ) -> std::result::Result<u64, StoreError> {
        let mut files = SecretFiles::default();
        self.noting_damage(self.for_each(COLUMNS, query, |connection, row| {
            let files = query.with_secrets.then_some(&mut files);
            Ok(StoredRow::of(row, connection, files)?.map(&mut take))
        }))
    }

    /// Reads what is shown in a line of at most `limit` rows that ended, the latest end first, and
    /// of these only what ended before `from`. What was removed by its user and may come back is
    /// left out, and so is what cannot be read. Returns where to go on; none at the end.
    ///
    /// # Errors
    /// The list is damaged, or the disk reports an error.
    pub fn ended(
        &self,
        from: Option<EndPlace>,
        limit: u32,
        take: impl FnMut(RowLine),
    ) -> std::result::Result<Option<EndPlace>, StoreError> {
        self.noting_damage(self.read_ended(from, limit, take))
    }

    fn read_ended(
        &self,
        from: Option<EndPlace>,
        limit: u32,
        mut take: impl FnMut(RowLine),
    ) -> Result<Option<EndPlace>> {
        let Some(connection) = &self.connection else {
            return Ok(None);
        };
        let mut statement = connection.prepare_cached(&sql_of_ended())?;
        let from = from.unwrap_or(EndPlace {
            end_number: i64::MAX,
            id: i64::MAX,
        });
        let mut rows = statement.query(params![from.end_number, from.id, limit])?;
        let mut last = None;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            last = Some(EndPlace {
                end_number: row.get(8)?,
                id: row.get(0)?,
            });
            if let Some(line) = readable(RowLine::of(row))? {
                take(line);
            }
        }
        Ok(last.filter(|_| count == limit))
    }

    /// How the database reads [what ended](Self::ended).
    #[cfg(test)]
    pub(super) fn plan_of_ended(&self) -> Result<String> {
        let Some(connection) = &self.connection else {
            return Ok(String::new());
        };
        let sql = format!("EXPLAIN QUERY PLAN {}", sql_of_ended());
        let mut statement = connection.prepare(&sql)?;
        let steps = statement.query_map(params![9, 9, 9], |row| row.get::<_, String>(3))?;
        Ok(steps.collect::<Result<Vec<_>>>()?.join("\n"))
    }

    /// Leaves a mark where the list is damaged: at the next opening, nothing but its ends would be
    /// looked at.
    fn noting_damage<T>(&self, result: Result<T>) -> std::result::Result<T, StoreError> {
        if result.as_ref().is_err_and(is_damage)
            && let Err(error) = Folder::open_or_create(&self.folder.damage_mark())
        {
            log::warn!("the damage of the list cannot be noted: {error}");
        }
        Ok(result?)
    }

    fn for_each(
        &self,
        columns: &str,
        query: &Query,
        mut take: impl FnMut(&Connection, &Row<'_>) -> Result<Option<ControlFlow<()>>>,
    ) -> Result<u64> {
        let Some(connection) = &self.connection else {
            return Ok(0);
        };
        let sql = format!("SELECT {columns} FROM rows{}", query.sql());
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut unreadable = 0;
        while let Some(row) = rows.next()? {
            match take(connection, row)? {
                Some(ControlFlow::Continue(())) => {}
                Some(ControlFlow::Break(())) => break,
                None => unreadable += 1,
            }
        }
        Ok(unreadable)
    }

    /// The links, as files show them, of what runs left unfinished.
    ///
    /// # Errors
    /// The list is damaged, or the disk reports an error.
    pub fn links_left_by_runs(&self) -> std::result::Result<Vec<String>, StoreError> {
        let Some(connection) = &self.connection else {
            return Ok(Vec::new());
        };
        let read = || -> Result<Vec<String>> {
            let sql = "SELECT url FROM rows INDEXED BY rows_resumable
                       WHERE host = 'run' AND (end_number = 0 OR state = 'interrupted')";
            let mut statement = connection.prepare(sql)?;
            let links = statement.query_map([], |row| row.get(0))?;
            links.collect()
        };
        self.noting_damage(read())
    }

    /// One row; none if there is none of this id, or it cannot be read.
    ///
    /// # Errors
    /// The list is damaged, or the disk reports an error.
    pub fn row(
        &self,
        id: RowId,
        with_secrets: bool,
    ) -> std::result::Result<Option<StoredRow>, StoreError> {
        let Some(connection) = &self.connection else {
            return Ok(None);
        };
        let mut files = SecretFiles::default();
        let sql = format!("SELECT {COLUMNS} FROM rows WHERE id = ?1");
        let found = connection.query_row(&sql, params![integer(id.0)], |row| {
            StoredRow::of(row, connection, with_secrets.then_some(&mut files))
        });
        Ok(self.noting_damage(found.optional())?.flatten())
    }

    /// The activity, the oldest first.
    ///
    /// # Errors
    /// The list is damaged, or the disk reports an error.
    pub fn activity(&self) -> std::result::Result<Vec<ActivityEntry>, StoreError> {
        match &self.connection {
            Some(connection) => self.noting_damage(activity(connection)),
            None => Ok(Vec::new()),
        }
    }

    /// The settings.
    ///
    /// # Errors
    /// The list is damaged, or the disk reports an error.
    pub fn settings(&self) -> std::result::Result<HashMap<String, String>, StoreError> {
        match &self.connection {
            Some(connection) => Ok(database::settings(connection)?),
            None => Ok(HashMap::new()),
        }
    }
}

/// The rows on the list and those that are not, each in the order of the index, as one.
fn sql_of_ended() -> String {
    let (shown, history) = (Listed::Shown.number(), Listed::History.number());
    format!(
        "SELECT {LINE_COLUMNS}, {ENDED} {shown}
         UNION ALL SELECT {LINE_COLUMNS}, {ENDED} {history}
         ORDER BY 9 DESC, 1 DESC LIMIT ?3"
    )
}

/// A value of another type makes a row unreadable, and nothing more.
fn readable<T>(read: Result<Option<T>>) -> Result<Option<T>> {
    match read {
        Err(error) if error.sqlite_error_code().is_none() => Ok(None),
        read => read,
    }
}

/// The activity, the oldest first. What cannot be read is left out.
pub(super) fn activity(connection: &Connection) -> Result<Vec<ActivityEntry>> {
    let sql = "SELECT entry FROM (SELECT number, entry FROM activity ORDER BY number DESC LIMIT ?1)
               ORDER BY number";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([ACTIVITY_KEPT as i64])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let entry = row.get_ref(0)?.as_str().ok();
        entries.extend(entry.and_then(|entry| serde_json::from_str(entry).ok()));
    }
    Ok(entries)
}

/// A connection that does not write, and the version of what it reads. An immutable one needs no
/// file beside the database.
pub(super) fn connect(path: &Path, is_immutable: bool) -> Result<(Connection, u32)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if is_immutable {
        // What has a meaning in a URI.
        let path = path.to_string_lossy();
        let path = path
            .replace('%', "%25")
            .replace('?', "%3f")
            .replace('#', "%23");
        let uri = format!("file:{path}?immutable=1");
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(path, flags)?
    };
    connection.busy_timeout(Duration::from_secs(5))?;
    // Opening alone reads nothing.
    let version = schema::version(&connection)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok((connection, version))
}
