//! The file of the files that are about to get their final name.
//!
//! It is written by the threads that download, right before they rename: in the database, each of
//! them would wait for the thread that writes, which costs more than the rest of a small file. A
//! line is one write, which outlives the process as soon as it returns.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::fetch::Fetched;
use crate::status::RowId;

use super::finishing_file::FinishingFile;
use super::folder::Folder;
use super::row_text::natural;

/// Lines that nobody needs stay until they are as much as this.
const DEAD_BYTES_KEPT: u64 = 256 * 1024;

/// The files that are about to get their final name: a line for each, until the end of its row is
/// stored.
pub(super) struct FinishingLog {
    path: PathBuf,
    replacement: PathBuf,
    open: Mutex<Lines>,
}

struct Lines {
    /// None once the store is closed: the folder may be another process's.
    file: Option<File>,
    /// Those that are needed.
    by_row: HashMap<RowId, String>,
    live_bytes: u64,
    file_bytes: u64,
    /// The last line has no end.
    is_torn: bool,
}

impl FinishingLog {
    /// Opens the file of a folder, and makes it unless it exists. A line that is none is left out.
    pub(super) fn open(folder: &Folder) -> io::Result<Self> {
        let path = folder.finishing();
        let mut file = Folder::open_to_append(&path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let mut lines = Lines {
            file: Some(file),
            by_row: HashMap::new(),
            live_bytes: 0,
            file_bytes: text.len() as u64,
            is_torn: text.last().is_some_and(|last| *last != b'\n'),
        };
        for line in text.split(|byte| *byte == b'\n') {
            let Ok(line) = std::str::from_utf8(line) else {
                continue;
            };
            if let Ok(file) = serde_json::from_str::<FinishingFile>(line) {
                lines.keep(file.row, format!("{line}\n"));
            }
        }
        Ok(Self {
            path,
            replacement: folder.finishing_replacement(),
            open: Mutex::new(lines),
        })
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a line. An error leaves all others as they are.
    pub(super) fn record(&self, file: &FinishingFile) -> io::Result<()> {
        let mut line = serde_json::to_string(file)?;
        line.push('\n');
        self.lines().append(file.row, line)
    }

    /// The files that are recorded.
    pub(super) fn files(&self) -> HashMap<RowId, FinishingFile> {
        let lines = self.lines();
        let parsed = lines.by_row.values();
        let files = parsed.filter_map(|line| serde_json::from_str::<FinishingFile>(line).ok());
        files.map(|file| (file.row, file)).collect()
    }

    /// The ends of these rows are stored, or they are gone.
    pub(super) fn settle(&self, rows: impl Iterator<Item = RowId>) {
        let mut lines = self.lines();
        for row in rows {
            lines.drop_row(row);
        }
        if lines.dead_bytes() > DEAD_BYTES_KEPT.max(lines.live_bytes) {
            self.rewrite_or_warn(&mut lines);
        }
    }

    /// Keeps only the lines of these rows, and no byte of others.
    pub(super) fn keep_only(&self, is_needed: impl Fn(RowId) -> bool) -> io::Result<()> {
        let mut lines = self.lines();
        let rows: Vec<RowId> = lines.by_row.keys().copied().collect();
        for row in rows.into_iter().filter(|row| !is_needed(*row)) {
            lines.drop_row(row);
        }
        if lines.dead_bytes() > 0 {
            self.rewrite(&mut lines)?;
        }
        Ok(())
    }

    /// Takes over what an earlier version kept in the database.
    pub(super) fn take_over(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement =
            connection.prepare("SELECT row, part, path, length, hash FROM finishing")?;
        let mut rows = statement.query([])?;
        let mut had_any = false;
        while let Some(row) = rows.next()? {
            had_any = true;
            let file = || -> rusqlite::Result<FinishingFile> {
                Ok(FinishingFile {
                    row: RowId(natural(row.get(0)?)),
                    part: PathBuf::from(row.get::<_, String>(1)?),
                    path: PathBuf::from(row.get::<_, String>(2)?),
                    length: natural(row.get(3)?),
                    hash: row.get(4)?,
                    fetched: Fetched::default(),
                })
            };
            if let Ok(file) = file()
                && let Err(error) = self.record(&file)
            {
                log::warn!("{} cannot be written: {error}", self.path.display());
                return Ok(());
            }
        }
        if had_any {
            connection.execute("DELETE FROM finishing", [])?;
        }
        Ok(())
    }

    /// Nothing is written any more.
    pub(super) fn close(&self) {
        let mut lines = self.lines();
        if lines.dead_bytes() > 0 {
            self.rewrite_or_warn(&mut lines);
        }
        lines.file = None;
    }

    /// Dead lines do no harm but take room.
    fn rewrite_or_warn(&self, lines: &mut Lines) {
        if let Err(error) = self.rewrite(lines) {
            log::warn!("{} cannot be written: {error}", self.path.display());
        }
    }

    fn rewrite(&self, lines: &mut Lines) -> io::Result<()> {
        let Some(file) = &lines.file else {
            return Ok(());
        };
        if lines.by_row.is_empty() {
            file.set_len(0)?;
        } else {
            // Left by a process that was killed within the next lines.
            fs::remove_file(&self.replacement).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
            let mut new = Folder::open_to_append(&self.replacement)?;
            let text: String = lines.by_row.values().map(String::as_str).collect();
            new.write_all(text.as_bytes())?;
            fs::rename(&self.replacement, &self.path)?;
            lines.file = Some(new);
        }
        lines.file_bytes = lines.live_bytes;
        lines.is_torn = false;
        Ok(())
    }
}

impl Lines {
    fn append(&mut self, row: RowId, line: String) -> io::Result<()> {
        let Some(mut file) = self.file.as_ref() else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        // What follows a line without an end is a line of its own.
        let torn;
        let text = if self.is_torn {
            torn = format!("\n{line}");
            &torn
        } else {
            &line
        };
        let written = file.write_all(text.as_bytes());
        self.is_torn = written.is_err();
        // As long as it is at most: of one that failed, a part may be there.
        self.file_bytes += text.len() as u64;
        written?;
        self.keep(row, line);
        Ok(())
    }

    fn keep(&mut self, row: RowId, line: String) {
        self.drop_row(row);
        self.live_bytes += line.len() as u64;
        self.by_row.insert(row, line);
    }

    fn drop_row(&mut self, row: RowId) {
        if let Some(line) = self.by_row.remove(&row) {
            self.live_bytes -= line.len() as u64;
        }
    }

    fn dead_bytes(&self) -> u64 {
        self.file_bytes.saturating_sub(self.live_bytes)
    }
}
