//! The thread that writes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::{ErrorCode, Result};

use crate::deck::Change;

use super::command::{Command, Task};
use super::damage::is_damage;
use super::database::{self, Opened};
use super::desk::Desk;
use super::finishing_log::FinishingLog;
use super::folder::Folder;
use super::open_error::{OpenError, StoreError};
use super::operation::{Maxima, Operation, keep_newest};
use super::prune::Pruning;
use super::salvage;
use super::secret_files::SecretFiles;
use super::shared::Shared;
use super::waiting_activity::WaitingActivity;

/// After a batch of this size the transaction ends, so that what waits for it does not wait long.
const OPERATIONS_PER_TRANSACTION: usize = 4_000;

/// The least time between two transactions of changes: of many short jobs, each would write the
/// same pages again.
const BETWEEN_TRANSACTIONS: Duration = Duration::from_millis(5);

/// How long after a failure it is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(3);

/// What the thread owns.
pub(super) struct Writer {
    folder: Folder,
    shared: Arc<Shared>,
    finishing: Arc<FinishingLog>,
    /// None where a damaged database could not be replaced.
    desk: Option<Desk>,
    /// What is not on the disk yet.
    waiting: Vec<Operation>,
    activity: WaitingActivity,
    written_at: Option<Instant>,
    /// The last batch that was taken.
    number: u64,
    failed_at: Option<Instant>,
    /// Why there is no database, if there is none.
    unopened: Option<String>,
    pruning: Option<Pruning>,
}

/// Says at the end of the thread, however it ends, that nothing is written any more.
struct EndOfThread(Arc<Shared>);

impl Drop for EndOfThread {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let problem = "The list is not saved any more: this is a defect of the program.";
            self.0.set_problem(Some(problem.to_owned()));
        }
        self.0.settle(u64::MAX);
        self.0.wake();
    }
}

impl Writer {
    pub(super) fn new(folder: Folder, shared: Arc<Shared>, desk: Desk) -> Self {
        Self {
            folder,
            shared,
            finishing: desk.finishing.clone(),
            desk: Some(desk),
            waiting: Vec::new(),
            activity: WaitingActivity::default(),
            written_at: None,
            number: 0,
            failed_at: None,
            unopened: None,
            pruning: None,
        }
    }

    /// The thread.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        let _end = EndOfThread(self.shared.clone());
        if let Some(desk) = &self.desk
            && let Err(error) = desk.forget_finished_files()
        {
            log::warn!("files that have their names are still listed: {error}");
        }
        loop {
            let (first, mut is_closing) = self.next(commands);
            let mut after = None;
            for command in first.into_iter().chain(commands.try_iter()) {
                match command {
                    Command::Batch { number, changes } => self.take(number, changes),
                    Command::Write(operation) => self.waiting.push(operation),
                    Command::Close => is_closing = true,
                    command => after = Some(command),
                }
                let is_full = self.waiting.len() >= OPERATIONS_PER_TRANSACTION;
                if after.is_some() || (is_full && !is_closing) {
                    break;
                }
            }
            let is_due = self.due_in().is_none_or(|left| left.is_zero());
            let is_all = is_closing || after.is_some();
            if is_all || is_due {
                self.write_waiting(is_closing, is_all);
            }
            match after {
                Some(Command::Task(task)) => self.do_task(task),
                Some(Command::Prune(pruning)) => self.pruning = Some(pruning),
                Some(Command::Replace { seen, reply }) => {
                    if self.shared.replaced() == seen {
                        self.replace();
                    }
                    let _ = reply.send(());
                }
                _ => self.prune(),
            }
            if is_closing {
                self.write_waiting(true, true);
                break;
            }
        }
        if let Some(desk) = &self.desk {
            // Without room the log stays, and is read at the next start.
            let _ = database::empty_log(&desk.connection);
        }
    }

    /// The next command, and whether there is none to come.
    fn next(&self, commands: &Receiver<Command>) -> (Option<Command>, bool) {
        if self.pruning.is_some() && self.failed_at.is_none() {
            return (commands.try_recv().ok(), false);
        }
        let retry_in = self
            .failed_at
            .map(|at| RETRY_AFTER.saturating_sub(at.elapsed()));
        let Some(left) = retry_in.or_else(|| self.due_in()) else {
            let command = commands.recv().ok();
            let is_last = command.is_none();
            return (command, is_last);
        };
        match commands.recv_timeout(left) {
            Ok(command) => (Some(command), false),
            Err(error) => (None, error == RecvTimeoutError::Disconnected),
        }
    }

    /// After how long what waits is to be written; none if nothing waits.
    fn due_in(&self) -> Option<Duration> {
        let activity = self.activity.due_in();
        if self.waiting.is_empty() && self.shared.settled() >= self.number {
            return activity;
        }
        let since = self.written_at.map(|at| at.elapsed());
        let left = since.map(|since| BETWEEN_TRANSACTIONS.saturating_sub(since));
        activity
            .into_iter()
            .chain(Some(left.unwrap_or_default()))
            .min()
    }

    fn take(&mut self, number: u64, changes: Vec<Change>) {
        self.number = number;
        for change in changes {
            match Operation::of(change) {
                Ok(line @ Operation::Activity(_)) => self.activity.push(line),
                Ok(operation) => {
                    if matches!(operation, Operation::ActivityCleared) {
                        self.activity.clear();
                    }
                    self.waiting.push(operation);
                }
                Err((name, error)) => {
                    let name = crate::format::escaped(&name).into_owned();
                    self.shared
                        .add_note(format!("“{name}” is not saved in the list: {error}."));
                }
            }
        }
    }

    /// Writes what waits, unless that failed a moment ago. The activity is written if it is due,
    /// and always with `all`.
    fn write_waiting(&mut self, is_closing: bool, all: bool) {
        self.written_at = Some(Instant::now());
        let is_early = |at: Instant| at.elapsed() < RETRY_AFTER;
        let is_failing = self.failed_at.is_some();
        let activity_due_in = self.activity.due_in();
        let with_activity = activity_due_in.is_some_and(|left| all || left.is_zero());
        let has_any = with_activity || !self.waiting.is_empty();
        if has_any && (is_closing || !self.failed_at.is_some_and(is_early)) {
            let mut written = self.write(with_activity);
            if written.as_ref().is_err_and(is_damage) {
                self.replace();
                written = self.write(with_activity);
            }
            if written.as_ref().is_err_and(is_full) && self.make_room() {
                written = self.write(with_activity);
            }
            match written {
                Ok(()) => {
                    self.waiting.clear();
                    self.waiting.shrink_to(OPERATIONS_PER_TRANSACTION);
                    if with_activity {
                        self.activity.note_written();
                    }
                    self.failed_at = None;
                    self.shared.set_problem(None);
                }
                Err(error) => {
                    self.failed_at = Some(Instant::now());
                    let problem = self.unopened.clone();
                    let problem = problem.unwrap_or_else(|| problem_text(&error));
                    self.shared.set_problem(Some(problem));
                }
            }
        }
        if self.failed_at.is_some() {
            keep_newest(&mut self.waiting);
        }
        let is_other = self.shared.settled() < self.number;
        self.shared.settle(self.number);
        if is_other || is_failing != self.failed_at.is_some() {
            self.shared.wake();
        }
    }

    /// Writes what waits in one transaction. Without a database that is an error of its kind.
    fn write(&mut self, with_activity: bool) -> Result<()> {
        if self.desk.is_none() {
            self.take_opened(salvage::open(&self.folder));
        }
        let Some(desk) = &mut self.desk else {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
            return Err(rusqlite::Error::SqliteFailure(code, None));
        };
        let waiting = &self.waiting;
        let activity = self.activity.lines().take_while(|_| with_activity);
        desk.transaction(|connection, files, maxima| {
            let mut operations = waiting.iter().chain(activity);
            operations.try_for_each(|operation| operation.apply(connection, files, maxima))
        })?;
        desk.finishing
            .settle(waiting.iter().filter_map(Operation::settled_row));
        self.shared.note_last_row(desk.maxima.last_id);
        Ok(())
    }

    /// Moves the log into the database: most of its pages have a place there, and its own room
    /// becomes free. False if none did.
    fn make_room(&self) -> bool {
        let desk = self.desk.as_ref();
        desk.is_some_and(|desk| database::empty_log(&desk.connection).unwrap_or(false))
    }

    /// Sets the database aside, and goes on with what can be read of it.
    fn replace(&mut self) {
        let mut maxima = Maxima::default();
        if let Some(desk) = self.desk.take() {
            maxima = desk.maxima;
            // Its log belongs to it, damaged or not.
            let _ = database::keep_log_at_close(&desk.connection, true);
        }
        let replaced = salvage::replace(&self.folder);
        self.take_opened(replaced.and_then(|()| salvage::open(&self.folder)));
        if let Some(desk) = &mut self.desk {
            // Rows that are lost keep their numbers.
            let written = desk.transaction(|_, _, read| {
                read.last_id = read.last_id.max(maxima.last_id);
                read.last_end = read.last_end.max(maxima.last_end);
                Ok(())
            });
            if let Err(error) = written {
                log::warn!("the largest numbers of the list cannot be written: {error}");
            }
        }
        self.shared.note_replaced();
    }

    fn take_opened(&mut self, opened: std::result::Result<Opened, OpenError>) {
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.unopened = Some(error.to_string());
                return;
            }
        };
        if let Some(note) = opened.note {
            self.shared.add_note(note);
        }
        self.unopened = None;
        self.desk = Some(Desk {
            connection: opened.connection,
            files: SecretFiles::default(),
            maxima: opened.maxima,
            finishing: self.finishing.clone(),
        });
    }

    fn do_task(&mut self, task: Task) {
        let unwritten = (!self.waiting.is_empty()).then(|| {
            let problem = self.shared.problem().unwrap_or_default();
            StoreError::Failed(problem)
        });
        match (unwritten, &mut self.desk) {
            (None, Some(desk)) => task(Ok(desk)),
            (Some(error), _) => task(Err(error)),
            (None, None) => task(Err(StoreError::Failed("it is damaged".to_owned()))),
        }
    }

    fn prune(&mut self) {
        let (Some(pruning), Some(desk)) = (&mut self.pruning, &mut self.desk) else {
            return;
        };
        if !pruning.advance(desk) {
            self.pruning = None;
        }
    }
}

/// Whether there is no room on the disk.
fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

/// What a failure means to a user.
fn problem_text(error: &rusqlite::Error) -> String {
    let what = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full. Make room",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            "its folder cannot be written. Change that"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program has locked it. Close that"
        }
        Some(ErrorCode::SystemIoFailure) => "the disk reports an error. Check it",
        _ => {
            return format!(
                "The list cannot be saved: {error}. It is tried again every few seconds."
            );
        }
    };
    format!("The list cannot be saved: {what}; it is tried again every few seconds.")
}
