//! The store of a page that writes.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use wasm_bindgen_futures::spawn_local;

use super::database::{Database, Maxima, refusal};
use super::elsewhere::Elsewhere;
use super::figures::StoreFigures;
use super::lock::{ListLock, NoLock, Wanted};
use super::not_opened::NotOpened;
use super::restoring::Restoring;
use super::shared::{Hold, Shared};
use super::writer::Writer;
use crate::deck::Change;
use crate::deck::restore::StoredRows;

/// The list of this page, which this tab alone writes.
#[derive(Debug)]
pub struct Store {
    shared: Rc<Shared>,
    database: Database,
    /// As they were when it was opened.
    maxima: Maxima,
    /// Hears of other tabs.
    _wanted: Option<Wanted>,
}

impl Store {
    /// Opens the list of this page, and makes it unless it exists. `wake` is called when there is
    /// something new to ask for.
    ///
    /// # Errors
    /// [`NotOpened`] says why this tab has no list.
    pub async fn open(wake: Arc<dyn Fn() + Send + Sync>) -> Result<Self, NotOpened> {
        let lock = ListLock::take().await.map_err(|error| match error {
            NoLock::Unsupported => NotOpened::NoLocks,
            NoLock::Held => NotOpened::Elsewhere(Elsewhere::new(wake.clone())),
        })?;
        let opened = async {
            let database = Database::open().await?;
            let maxima = database.own().await?;
            Ok((database, maxima))
        };
        let (database, maxima) = match opened.await {
            Ok(opened) => opened,
            Err(error) => {
                lock.release();
                return Err(NotOpened::Refused(refusal(&error)));
            }
        };
        let shared = Rc::new(Shared::new(wake));
        let weak = Rc::downgrade(&shared);
        let wanted = Wanted::listen(move || {
            if let Some(shared) = weak.upgrade()
                && shared.hold.get() == Hold::Held
            {
                shared.set_hold(Hold::Wanted);
            }
        });
        let wanted = wanted.inspect_err(|error| {
            log::warn!("other tabs cannot ask for the list: {error:?}");
        });
        let held = lock.held();
        let weak = Rc::downgrade(&shared);
        spawn_local(async move {
            if ListLock::is_stolen(held).await
                && let Some(shared) = weak.upgrade()
            {
                shared.set_hold(Hold::Lost);
            }
        });
        let writer = Writer::new(database.clone(), shared.clone(), maxima);
        spawn_local(async move {
            writer.run().await;
            lock.release();
        });
        Ok(Self {
            shared,
            database,
            maxima,
            _wanted: wanted.ok(),
        })
    }

    /// What is known of the rows as it was opened, without the rows themselves.
    #[must_use]
    pub fn stored(&self) -> StoredRows {
        StoredRows {
            last_id: self.maxima.last_id,
            last_end: self.maxima.last_end,
            ids: Vec::new(),
        }
    }

    /// Whether no row was ever stored.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.maxima.last_id == 0
    }

    /// Hands over changes, and never waits. Returns the number of the batch: it is stored when
    /// [`Self::settled`] is as large.
    pub fn submit(&self, changes: Vec<Change>) -> u64 {
        if self.is_lost() {
            return 0;
        }
        let number = self.shared.pending.borrow_mut().submit(changes);
        self.shared.wake_writer();
        number
    }

    /// Every batch up to this number is stored, or cannot be written for now: then there is a
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

    /// What the user should know of the list.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.shared.notes()
    }

    /// Reads the rows of an earlier page, a slice at a time.
    #[must_use]
    pub fn restore(&self) -> Restoring {
        Restoring::begin(self.database.clone(), self.shared.clone(), self.maxima)
    }

    /// Removes rows from the history by and by: the oldest beyond `keep_rows` ended ones, and those
    /// that ended longer ago than `keep_days`. Rows on the list stay.
    pub fn prune(&self, keep_rows: u32, keep_days: u32) {
        let age = Duration::from_secs(u64::from(keep_days) * 24 * 60 * 60);
        let now = web_time::SystemTime::UNIX_EPOCH.elapsed();
        let before = now.unwrap_or_default().saturating_sub(age);
        let before_ms = before.as_secs_f64() * 1000.0;
        self.shared.prune.set(Some((keep_rows, before_ms)));
        self.shared.wake_writer();
    }

    /// Whether another tab asks for the list: see [`give_up`](Self::give_up).
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.shared.hold.get() == Hold::Wanted
    }

    /// Whether another tab has taken the list, or it was given up: nothing more is written.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.shared.hold.get() == Hold::Lost
    }

    /// Writes what waits, and leaves the list to another tab.
    pub fn give_up(&self) {
        self.shared.set_hold(Hold::Closing);
    }

    /// The list in the tab that has it now.
    #[must_use]
    pub fn elsewhere(&self) -> Elsewhere {
        Elsewhere::new(self.shared.wake_fn())
    }

    /// What it has done.
    #[must_use]
    pub fn figures(&self) -> StoreFigures {
        StoreFigures {
            waiting: self.shared.pending.borrow().len(),
            ..self.shared.figures.get()
        }
    }
}
