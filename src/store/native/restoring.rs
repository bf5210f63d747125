//! Reading the rows of an earlier process, in a thread of its own.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender, TryRecvError};

use rusqlite::{Connection, OptionalExtension as _, Result};

use crate::deck::restore::StoredRows;
use crate::deck::{ActivityEntry, RowRecord};
use crate::format;
use crate::status::RowId;

use super::command::Command;
use super::damage::is_damage;
use super::finishing_file::FinishingFile;
use super::finishing_log::FinishingLog;
use super::folder::Folder;
use super::operation::Maxima;
use super::reader;
use super::row_text::{integer, natural};
use super::secret_files::SecretFiles;
use super::shared::Shared;
use super::stored_row::{COLUMNS, StoredRow};
use crate::store::listed::Listed;

/// How many rows come at once.
const ROWS_AT_ONCE: usize = 200;

/// How much is read ahead of the one who takes it.
const ITEMS_AHEAD: usize = 4;

/// How often a database is replaced that turns out to be damaged.
const REPLACED_AT_MOST: u32 = 3;

/// Which rows are restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// All that are on the list, or were removed and may come back.
    #[default]
    Listed,
    /// Those of a run that it left unfinished, or that were interrupted.
    LeftByRuns,
}

/// What comes of the earlier process, in the order of the variants.
#[derive(Debug)]
pub enum RestoringItem {
    /// What is known of all rows that will come: once.
    Stored(StoredRows),
    /// Rows: those that had not ended by rank, then those that had, the last one first.
    Rows(Vec<RestoredRow>),
    /// The activity, the oldest first: once.
    Activity(Vec<ActivityEntry>),
    /// There is no more: once. What could not be read is in [`Store::notes`](super::Store::notes).
    End,
}

/// A row of the earlier process.
#[derive(Clone, Debug)]
pub struct RestoredRow {
    /// The row.
    pub record: RowRecord,
    /// Whether it is on the list.
    pub listed: Listed,
    /// Its file, which got its final name although its end was not stored.
    pub finished: Option<FinishingFile>,
}

/// Rows that are being read. Dropping it ends the reading.
#[derive(Debug)]
pub struct Restoring {
    items: Receiver<RestoringItem>,
    has_ended: Cell<bool>,
}

impl Restoring {
    /// What was read meanwhile, if anything was. The store's `wake` is called when there is more.
    #[must_use]
    pub fn try_next(&self) -> Option<RestoringItem> {
        match self.items.try_recv() {
            Ok(item) => Some(self.noted(item)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => self.end(),
        }
    }

    /// Waits for what comes next; none after the end.
    #[must_use]
    pub fn wait_next(&self) -> Option<RestoringItem> {
        match self.items.recv() {
            Ok(item) => Some(self.noted(item)),
            Err(_) => self.end(),
        }
    }

    fn noted(&self, item: RestoringItem) -> RestoringItem {
        if matches!(item, RestoringItem::End) {
            self.has_ended.set(true);
        }
        item
    }

    /// The end, also where the thread never said so.
    fn end(&self) -> Option<RestoringItem> {
        let is_first = !self.has_ended.replace(true);
        is_first.then_some(RestoringItem::End)
    }

    /// Begins to read. Without a thread for it, the end comes at once.
    pub(super) fn begin(
        job: RestoringJob,
        resolve: impl Fn(&FinishingFile) -> bool + Send + 'static,
    ) -> Self {
        let (items, receiver) = mpsc::sync_channel(ITEMS_AHEAD);
        let shared = job.shared.clone();
        let thread = std::thread::Builder::new().name("store reader".to_owned());
        let begun = thread.spawn(move || {
            Reading {
                job,
                items,
                plan: None,
                planned_after: 0,
                next: 0,
                unreadable: 0,
                resolve: &resolve,
            }
            .run();
        });
        if let Err(error) = begun {
            shared.add_note(format!("The list cannot be read: {error}."));
        }
        Self {
            items: receiver,
            has_ended: Cell::new(false),
        }
    }
}

/// What a reading needs.
pub(super) struct RestoringJob {
    pub(super) folder: Folder,
    pub(super) which: Which,
    /// As they were at the start: what was added since is no row of an earlier process.
    pub(super) maxima: Maxima,
    pub(super) shared: Arc<Shared>,
    pub(super) commands: Sender<Command>,
    pub(super) finishing: Arc<FinishingLog>,
}

struct Reading<'a> {
    job: RestoringJob,
    items: SyncSender<RestoringItem>,
    /// The rows in order, once they are known.
    plan: Option<Vec<i64>>,
    /// How often the database was replaced before.
    planned_after: u64,
    /// The next of them.
    next: usize,
    unreadable: usize,
    resolve: &'a dyn Fn(&FinishingFile) -> bool,
}

/// Why reading ended early.
enum Stop {
    /// Nothing takes the rows any more.
    Unwanted,
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Reading<'_> {
    fn run(mut self) {
        let mut replaced = 0;
        loop {
            let seen = self.job.shared.replaced();
            match self.read() {
                Ok(()) => break,
                Err(Stop::Unwanted) => return,
                Err(Stop::Sqlite(error)) if is_damage(&error) && replaced < REPLACED_AT_MOST => {
                    replaced += 1;
                    self.ask_to_replace(seen);
                }
                Err(Stop::Sqlite(error)) => {
                    let note = format!("The list cannot be read to its end: {error}.");
                    self.job.shared.add_note(note);
                    break;
                }
            }
        }
        if self.unreadable > 0 {
            let count = format::count(self.unreadable as u64, "job", "jobs");
            let note =
                format!("{count} of the list cannot be read by this version. They are kept.");
            self.job.shared.add_note(note);
        }
        // Unwanted or not, it was the last.
        let _ = self.send(RestoringItem::End);
    }

    fn send(&self, item: RestoringItem) -> std::result::Result<(), Stop> {
        self.items.send(item).map_err(|_| Stop::Unwanted)?;
        self.job.shared.wake();
        Ok(())
    }

    fn ask_to_replace(&self, seen: u64) {
        let (reply, done) = mpsc::sync_channel(1);
        if self
            .job
            .commands
            .send(Command::Replace { seen, reply })
            .is_ok()
        {
            // A writer that ended has dropped the other end.
            let _ = done.recv();
        }
    }

    fn read(&mut self) -> std::result::Result<(), Stop> {
        let (connection, _) = reader::connect(&self.job.folder.database(), false)?;
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => {
                self.planned_after = self.job.shared.replaced();
                let plan = plan(&connection, self.job.which, self.job.maxima)?;
                let mut ids: Vec<_> = plan.iter().map(|id| RowId(natural(*id))).collect();
                ids.sort_unstable();
                self.send(RestoringItem::Stored(StoredRows {
                    last_id: self.job.maxima.last_id,
                    last_end: self.job.maxima.last_end,
                    ids,
                }))?;
                plan
            }
        };
        let read = self.read_rows(&connection, &plan);
        self.plan = Some(plan);
        read?;
        self.send(RestoringItem::Activity(reader::activity(&connection)?))
    }

    fn read_rows(
        &mut self,
        connection: &Connection,
        plan: &[i64],
    ) -> std::result::Result<(), Stop> {
        let mut finishing = self.job.finishing.files();
        let mut files = SecretFiles::default();
        let sql = format!("SELECT {COLUMNS} FROM rows WHERE id = ?1");
        let mut statement = connection.prepare(&sql)?;
        while self.next < plan.len() {
            let end = plan.len().min(self.next + ROWS_AT_ONCE);
            let mut rows = Vec::with_capacity(end - self.next);
            let mut unreadable = 0;
            for id in &plan[self.next..end] {
                let found = statement
                    .query_row([id], |row| StoredRow::of(row, connection, Some(&mut files)))
                    .optional()?;
                match found {
                    Some(Some(row)) => rows.push(self.resolved(row, &mut finishing)),
                    Some(None) => unreadable += 1,
                    // It was lost with a damaged database, which is said there.
                    None if self.job.shared.replaced() > self.planned_after => {}
                    None => return Err(damage().into()),
                }
            }
            self.next = end;
            self.unreadable += unreadable;
            if !rows.is_empty() {
                self.send(RestoringItem::Rows(rows))?;
            }
        }
        Ok(())
    }

    fn resolved(
        &self,
        row: StoredRow,
        finishing: &mut HashMap<RowId, FinishingFile>,
    ) -> RestoredRow {
        let file = finishing.remove(&row.record.id);
        let finished = file.filter(|file| row.record.end_number == 0 && (self.resolve)(file));
        RestoredRow {
            record: row.record,
            listed: row.listed,
            finished,
        }
    }
}

/// The ids of the rows in the order in which they are restored. An index with entries that are none
/// is damaged: SQLite takes them as they are.
fn plan(connection: &Connection, which: Which, maxima: Maxima) -> Result<Vec<i64>> {
    // All of it as at one moment.
    let connection = connection.unchecked_transaction()?;
    let greatest: Option<i64> =
        connection.query_row("SELECT max(id) FROM rows", [], |row| row.get(0))?;
    let known = 1..=greatest.unwrap_or_default();
    let last_id = integer(maxima.last_id);
    let entries = |sql: &str| -> Result<Vec<(i64, i64)>> {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let entry = || Ok::<_, rusqlite::Error>((row.get(0)?, row.get(1)?, row.get(2)?));
            let (order, id, listed): (i64, i64, i64) = entry().map_err(|_| damage())?;
            if !known.contains(&id) || !(0..=2).contains(&listed) {
                return Err(damage());
            }
            if id <= last_id && listed < 2 {
                entries.push((order, id));
            }
        }
        Ok(entries)
    };
    let plan;
    let mut ended = Vec::new();
    if which == Which::LeftByRuns {
        plan = entries(
            "SELECT rank, id, listed FROM rows INDEXED BY rows_resumable
             WHERE host = 'run' AND (end_number = 0 OR state = 'interrupted') ORDER BY rank",
        )?;
    } else {
        plan = entries(
            "SELECT rank, id, listed FROM rows INDEXED BY rows_unfinished
             WHERE end_number = 0 ORDER BY rank",
        )?;
        for listed in [Listed::Shown, Listed::Removed] {
            let listed = listed.number();
            ended.extend(entries(&format!(
                "SELECT end_number, id, listed FROM rows INDEXED BY rows_ended
                 WHERE end_number > 0 AND listed = {listed}"
            ))?);
        }
    }
    ended.sort_unstable_by(|one, other| other.cmp(one));
    let plan: Vec<_> = plan.into_iter().chain(ended).map(|(_, id)| id).collect();
    let mut ids = plan.clone();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(damage());
    }
    Ok(plan)
}

fn damage() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, None)
}
