//! The store of a process that writes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::deck::restore::StoredRows;
use crate::deck::{Change, HostKind, RowRecord};
use crate::status::RowId;

use super::command::Command;
use super::database::Opened;
use super::desk::Desk;
use super::finishing::Finishing;
use super::finishing_file::FinishingFile;
use super::finishing_log::FinishingLog;
use super::folder::Folder;
use super::forget::{self, Selection};
use super::forgetting::Forgetting;
use super::lock::{FolderLock, LockError};
use super::open_error::{OpenError, StoreError};
use super::operation::{Maxima, Operation};
use super::prune::Pruning;
use super::restoring::{Restoring, RestoringJob, Which};
use super::salvage;
use super::secret_files::SecretFiles;
use super::shared::Shared;
use super::writer::Writer;
use crate::store::listed::Listed;

/// How many ended rows are kept.
pub const KEEP_ROWS: u32 = 100_000;

/// For how many days ended rows are kept.
pub const KEEP_DAYS: u32 = 90;

/// The list of a folder, which this process alone writes.
pub struct Store {
    folder: Folder,
    shared: Arc<Shared>,
    commands: Sender<Command>,
    finishing: Arc<FinishingLog>,
    /// The number of the last batch.
    submitted: Mutex<u64>,
    settings: HashMap<String, String>,
    /// As they were when it was opened, or at the last import.
    maxima: Mutex<Maxima>,
    thread: Option<JoinHandle<()>>,
    /// Held until the thread has ended.
    _lock: FolderLock,
}

impl Store {
    /// Opens the list of a folder, and makes both unless they exist. `wake` is called, on other
    /// threads, when there is something new to ask for.
    ///
    /// # Errors
    /// [`OpenError`] says what happened and what to do. A damaged list is no error: see
    /// [`Self::notes`].
    pub fn open(
        folder: &Path,
        host: HostKind,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<Self, OpenError> {
        let folder = Folder::at(folder);
        let of_io = |error: &std::io::Error| OpenError::of_io(error, folder.path());
        folder.create().map_err(|error| of_io(&error))?;
        let lock = FolderLock::take(&folder, host).map_err(|error| match error {
            LockError::Held(by) => OpenError::Held {
                folder: folder.path().to_owned(),
                by,
            },
            LockError::Io(error) => of_io(&error),
        })?;
        let Opened {
            connection,
            settings,
            maxima,
            note,
        } = salvage::open(&folder)?;
        let finishing = FinishingLog::open(&folder).map_err(|error| of_io(&error))?;
        let finishing = Arc::new(finishing);
        if let Err(error) = finishing.take_over(&connection) {
            log::warn!("files of an earlier version that got their names are not known: {error}");
        }
        let notes = note.into_iter().collect();
        let shared = Arc::new(Shared::new(notes, maxima.last_id, wake));
        let desk = Desk {
            connection,
            files: SecretFiles::default(),
            maxima,
            finishing: finishing.clone(),
        };
        let writer = Writer::new(folder.clone(), shared.clone(), desk);
        let (commands, receiver) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store writer".to_owned())
            .spawn(move || writer.run(&receiver))
            .map_err(|error| of_io(&error))?;
        Ok(Self {
            folder,
            shared,
            commands,
            finishing,
            submitted: Mutex::new(0),
            settings,
            maxima: Mutex::new(maxima),
            thread: Some(thread),
            _lock: lock,
        })
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// What is known of the rows as it was opened, without the rows themselves.
    #[must_use]
    pub fn stored(&self) -> StoredRows {
        let maxima = *lock(&self.maxima);
        StoredRows {
            last_id: maxima.last_id,
            last_end: maxima.last_end,
            ids: Vec::new(),
        }
    }

    /// Hands over changes, and never waits. Returns the number of the batch: it is on the disk
    /// when [`Self::settled`] is as large.
    pub fn submit(&self, changes: Vec<Change>) -> u64 {
        let mut submitted = lock(&self.submitted);
        *submitted += 1;
        let number = *submitted;
        // A thread that has ended has settled everything.
        let _ = self.commands.send(Command::Batch { number, changes });
        number
    }

    /// Every batch up to this number is on the disk, or cannot be written for now: then there is a
    /// [`problem`](Self::problem).
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.shared.settled()
    }

    /// Why nothing can be written at present, and what to do. The changes wait in memory, and it is
    /// tried again every few seconds.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.shared.problem()
    }

    /// What the user should know of the list: that it was damaged, and what was lost.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.shared.notes()
    }

    /// Where files are recorded that are about to get their final name.
    #[must_use]
    pub fn finishing(&self) -> Finishing {
        Finishing::new(self.finishing.clone(), self.shared.clone())
    }

    /// What forgets rows for a thread that may wait.
    #[must_use]
    pub fn forgetting(&self) -> Forgetting {
        Forgetting::new(self.commands.clone())
    }

    /// Reads the rows of an earlier process, in a thread of its own. Of a row that had not ended
    /// while its file was about to get its final name, `resolve` says whether the part is gone and
    /// the file is there, with its length and hash.
    #[must_use]
    pub fn restore(
        &self,
        which: Which,
        resolve: impl Fn(&FinishingFile) -> bool + Send + 'static,
    ) -> Restoring {
        let job = RestoringJob {
            folder: self.folder.clone(),
            which,
            maxima: *lock(&self.maxima),
            shared: self.shared.clone(),
            commands: self.commands.clone(),
            finishing: self.finishing.clone(),
        };
        Restoring::begin(job, resolve)
    }

    /// The settings as they were when it was opened.
    #[must_use]
    pub fn settings(&self) -> &HashMap<String, String> {
        &self.settings
    }

    /// Stores a setting, or removes it, without waiting.
    pub fn set_setting(&self, key: &str, value: Option<String>) {
        let key = key.to_owned();
        let operation = Operation::Setting { key, value };
        let _ = self.commands.send(Command::Write(operation));
    }

    /// Forgets rows, and waits until no byte of them is in the files of the list. Returns how many
    /// there were.
    ///
    /// # Errors
    /// The database cannot be written, or another process reads it.
    pub fn forget(&self, selection: Selection) -> Result<u64, StoreError> {
        self.forgetting().forget(selection)
    }

    /// Takes rows in, at the end of the list, and waits for it. They get ids of their own, unless
    /// the list never had a row. For a process without a deck: one would give out the same ids.
    ///
    /// # Errors
    /// The database cannot be written, or a row cannot be stored: then none is.
    pub fn import(&self, records: Vec<(RowRecord, Listed)>) -> Result<Vec<RowId>, StoreError> {
        let (ids, maxima) =
            self.wait_for(move |desk| Ok((forget::import(desk, records)?, desk.maxima)))?;
        *lock(&self.maxima) = maxima;
        Ok(ids)
    }

    pub(super) fn wait_for<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, result) = mpsc::sync_channel(1);
        let task = Box::new(move |desk: Result<&mut Desk, StoreError>| {
            // The caller waits.
            let _ = reply.send(desk.and_then(work));
        });
        let sent = self.commands.send(Command::Task(task));
        sent.map_err(|_| StoreError::Closed)?;
        result.recv().map_err(|_| StoreError::Closed)?
    }

    /// Removes rows from the history by and by: the oldest beyond `keep_rows` ended ones, and those
    /// that ended longer ago than `keep_days`. Rows on the list stay. The number of removed rows
    /// arrives when all is done.
    pub fn prune(&self, keep_rows: u32, keep_days: u32) -> mpsc::Receiver<u64> {
        let age = Duration::from_secs(u64::from(keep_days) * 24 * 60 * 60);
        let now = web_time::SystemTime::UNIX_EPOCH.elapsed();
        let before = now.unwrap_or_default().saturating_sub(age);
        let before_ms = i64::try_from(before.as_millis()).unwrap_or(i64::MAX);
        let (reply, removed) = mpsc::sync_channel(1);
        let pruning = Pruning::new(keep_rows, before_ms, reply);
        let _ = self.commands.send(Command::Prune(pruning));
        removed
    }

    /// Writes what waits, and waits for it. Returns why some of it is not written, if so.
    pub fn close(mut self) -> Option<String> {
        self.end();
        self.shared.problem()
    }

    fn end(&mut self) {
        let _ = self.commands.send(Command::Close);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the thread that writes the list panicked");
        }
        self.finishing.close();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.end();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
