//! What outlives the window: its rows and its settings, in the store of a folder.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::Storage;

use super::found_parts::FoundParts;
use super::saved_settings::SETTINGS_SAVED_EVERY;
use super::unfinished_rows::UnfinishedRows;
use crate::deck::restore::{self, GoingOn};
use crate::deck::{Action, Deck, HostKind, WindowDeck};
use crate::fetch::ClientPool;
use crate::instance::{Asked, Inbox};
use crate::options::Settings;
use crate::runtime::{Host, Moment};
use crate::status::{RowId, Verb};
use crate::store::{FinishingFile, Listed, OpenError, Restoring, RestoringItem, Store, Which};
use crate::view::StartBar;

/// How many batches of rows are restored in one tick. Counted and not timed, so that a virtual
/// clock gives the same every time.
const BATCHES_PER_TICK: usize = 2;

/// How often old rows are removed from the history.
const PRUNED_EVERY: Duration = Duration::from_secs(3600);

/// The store of a window, if it has one.
pub(super) struct Persistence {
    pub(super) store: Option<Store>,
    settings: HashMap<String, String>,
    settings_saved: Option<Moment>,
    /// Rows of the last process that are still to come.
    restoring: Option<Restoring>,
    goes_on: bool,
    unfinished: UnfinishedRows,
    /// Rows that were removed, and may still come back.
    removed: Vec<RowId>,
    /// Rows that are shown once their batch is stored.
    unstored: VecDeque<Unstored>,
    /// What other processes ask for.
    inbox: Option<Inbox>,
    /// Whether one of them wants to see the window.
    wants_to_show: bool,
    /// Those whose jobs are added and not stored yet.
    asked: Vec<Asked>,
    pruned_at: Option<Moment>,
    found: FoundParts,
    notices: Notices,
}

/// What waits for a batch of the store.
struct Unstored {
    batch: u64,
    rows: Vec<RowId>,
    asked: Vec<Asked>,
}

/// What the strip says, and what was closed of it.
#[derive(Default)]
struct Notices {
    /// Why there is no store.
    refused: Option<String>,
    bar: Option<StartBar>,
    is_unfinished_closed: bool,
    is_found_closed: bool,
    notes_closed: usize,
}

impl Persistence {
    /// Opens the store of a folder; without a folder, nothing is kept. The host is woken when there
    /// is something to restore.
    pub(super) fn open(folder: Option<&Path>, host: &Arc<dyn Host>) -> Self {
        let host = host.clone();
        let wake = Arc::new(move || host.wake());
        let opened = folder.map(|folder| Store::open(folder, HostKind::Window, wake.clone()));
        let mut notices = Notices::default();
        let store = match opened {
            Some(Ok(store)) => Some(store),
            Some(Err(error)) => {
                notices.refused = Some(refusal(&error));
                None
            }
            None => None,
        };
        let settings = store.as_ref().map(|store| store.settings().clone());
        let inbox = store.as_ref().and_then(|store| {
            let listening = Inbox::listen(store.folder().path(), wake);
            let failed = |error: &_| log::warn!("other processes cannot hand over links: {error}");
            listening.inspect_err(failed).ok()
        });
        Self {
            store,
            settings: settings.unwrap_or_default(),
            settings_saved: None,
            restoring: None,
            goes_on: true,
            unfinished: UnfinishedRows::default(),
            removed: Vec::new(),
            unstored: VecDeque::new(),
            inbox,
            wants_to_show: false,
            asked: Vec::new(),
            pruned_at: None,
            found: FoundParts::default(),
            notices,
        }
    }

    /// Whether rows and settings are kept.
    pub(super) fn is_open(&self) -> bool {
        self.store.is_some()
    }

    /// Whether the rows are kept as they are now.
    pub(super) fn keeps_rows(&self) -> bool {
        let store = self.store.as_ref();
        store.is_some_and(|store| store.problem().is_none())
    }

    /// The settings, if they are kept here.
    pub(super) fn storage(&self) -> Option<&dyn Storage> {
        self.store.as_ref().map(|_| self as _)
    }

    /// The same, to change them.
    pub(super) fn storage_mut(&mut self) -> Option<&mut dyn Storage> {
        self.store.is_some().then_some(self as _)
    }

    /// After how long the settings are to be saved again; none if it is time.
    pub(super) fn settings_due_in(&mut self, now: Moment) -> Option<Duration> {
        let since = self.settings_saved.map(|before| now.since(before));
        let wait = since.map(|since| SETTINGS_SAVED_EVERY.saturating_sub(since));
        let wait = wait.filter(|wait| !wait.is_zero());
        if wait.is_none() {
            self.settings_saved = Some(now);
        }
        wait
    }

    /// Begins to restore the rows of the last process, and to store what changes. Rows that had not
    /// ended go on if `goes_on`, else they are paused. Incomplete downloads in `folder` that no row
    /// is about are offered then.
    pub(super) fn begin(&mut self, deck: &mut Deck, goes_on: bool, folder: Option<PathBuf>) {
        self.goes_on = goes_on;
        self.found.folder = folder;
        let Some(store) = &self.store else { return };
        deck.journal.begin(HostKind::Window);
        let finishing = store.finishing();
        deck.schedule
            .set_rename_notices(move |row| finishing.notice(row));
        restore::expect(deck, &store.stored());
        let pool = ClientPool::new();
        let resolve = move |file: &FinishingFile| pool.was_completed(&file.complete_part());
        self.restoring = Some(store.restore(Which::Listed, resolve));
    }

    /// Restores a tick's part of the rows, and hands over what changed. True if rows were restored.
    pub(super) fn work(&mut self, deck: &mut Deck, settings: &Settings) -> bool {
        let mut is_changed = self.restore_some(deck);
        is_changed |= self.take_asked(deck);
        self.record(deck);
        if self.restoring.is_none() && self.store.is_some() {
            is_changed |= self.found.look(deck);
        }
        self.prune(settings, deck.runtime().now());
        self.unfinished.follow(deck, self.goes_on);
        self.update_bar();
        is_changed
    }

    fn restore_some(&mut self, deck: &mut Deck) -> bool {
        let Some(restoring) = self.restoring.take() else {
            return false;
        };
        let mut is_changed = false;
        for _ in 0..BATCHES_PER_TICK {
            let Some(item) = restoring.try_next() else {
                self.restoring = Some(restoring);
                return is_changed;
            };
            is_changed = true;
            match item {
                RestoringItem::Stored(stored) => restore::expect(deck, &stored),
                RestoringItem::Rows(rows) => {
                    let mut records = Vec::with_capacity(rows.len());
                    for row in rows {
                        let mut record = row.record;
                        if let Some(file) = row.finished {
                            record.complete(file.into_fetched());
                        }
                        if row.listed == Listed::Removed {
                            self.removed.push(record.id);
                        } else if record.goes_on_in_window() {
                            self.unfinished.add(record.id);
                        }
                        records.push(record);
                    }
                    let how = if self.goes_on {
                        GoingOn::Resume
                    } else {
                        GoingOn::KeepPaused
                    };
                    restore::restore(deck, records, |record| {
                        if record.host == HostKind::Run {
                            GoingOn::Interrupted
                        } else {
                            how
                        }
                    });
                }
                RestoringItem::Activity(entries) => deck.activity.restore(entries),
                RestoringItem::End => {
                    restore::finish(deck);
                    let removed = std::mem::take(&mut self.removed);
                    if !removed.is_empty() {
                        // As they were: off the list, and to be taken back for a while.
                        deck.apply(Action::new(Verb::Remove, removed));
                    }
                    return true;
                }
            }
        }
        // The rest in the next tick.
        deck.runtime().request_tick();
        self.restoring = Some(restoring);
        is_changed
    }

    /// Does what other processes ask for.
    fn take_asked(&mut self, deck: &mut Deck) -> bool {
        let Some(inbox) = &self.inbox else {
            return false;
        };
        let mut is_changed = false;
        while let Some(mut asked) = inbox.take() {
            is_changed = true;
            self.wants_to_show |= asked.request.shows;
            deck.add(std::mem::take(&mut asked.request.specs), false);
            self.asked.push(asked);
        }
        is_changed
    }

    /// Whether another process wanted to see the window since the last call.
    pub(super) fn take_wants_to_show(&mut self) -> bool {
        std::mem::take(&mut self.wants_to_show)
    }

    fn record(&mut self, deck: &mut Deck) {
        let Some(store) = &self.store else { return };
        let changes = deck.take_journal();
        if !(changes.is_empty() && self.asked.is_empty()) {
            let unstored = Unstored {
                batch: store.submit(changes),
                rows: deck.journal.take_unlisted(),
                asked: std::mem::take(&mut self.asked),
            };
            if !(unstored.rows.is_empty() && unstored.asked.is_empty()) {
                self.unstored.push_back(unstored);
            }
        }
        let settled = store.settled();
        while let Some(stored) = self.unstored.pop_front_if(|next| next.batch <= settled) {
            restore::list(deck, &stored.rows);
            stored.asked.into_iter().for_each(Asked::done);
        }
    }

    fn prune(&mut self, settings: &Settings, now: Moment) {
        let since = self.pruned_at.map(|before| now.since(before));
        let is_due = since.is_none_or(|since| since >= PRUNED_EVERY);
        if let Some(store) = &self.store
            && is_due
            && self.restoring.is_none()
        {
            self.pruned_at = Some(now);
            // The number of removed rows is not shown.
            let _count = store.prune(settings.kept_rows, settings.kept_days);
        }
    }

    fn update_bar(&mut self) {
        let notices = &mut self.notices;
        let Some(store) = &self.store else {
            let refused = notices.refused.clone();
            notices.bar = refused.map(StartBar::NotKept);
            return;
        };
        let notes = store.notes();
        notices.bar = if let Some(problem) = store.problem() {
            Some(StartBar::NotKept(problem))
        } else if let Some(note) = notes.get(notices.notes_closed) {
            Some(StartBar::Note(note.clone()))
        } else if self.unfinished.count() > 0 && !notices.is_unfinished_closed {
            Some(StartBar::Unfinished {
                rows: self.unfinished.count(),
                is_paused: !self.goes_on,
                starts_over: false,
            })
        } else if !notices.is_found_closed {
            self.found.bar()
        } else {
            None
        };
    }

    /// Adds the incomplete downloads that were found. Those whose link is not whole are paused
    /// until they have it; returns how many that are.
    pub(super) fn add_found(&mut self, deck: &mut dyn WindowDeck, options: &Settings) -> usize {
        self.found.add(deck, options)
    }

    /// What there is to say above the table.
    pub(super) fn start_bar(&self) -> Option<&StartBar> {
        self.notices.bar.as_ref()
    }

    /// What is said now was read.
    pub(super) fn close_start_bar(&mut self) {
        match self.notices.bar.take() {
            Some(StartBar::Unfinished { .. }) => self.notices.is_unfinished_closed = true,
            Some(StartBar::Found { .. }) => self.notices.is_found_closed = true,
            Some(StartBar::Note(_)) => self.notices.notes_closed += 1,
            Some(StartBar::NotKept(_) | StartBar::Elsewhere(_)) | None => {}
        }
    }

    /// A folder that another process has is refused at the start.
    pub(super) fn use_here(&mut self) {}

    /// The process is about to end: the rows are stored as they are, and what becomes of them now
    /// is not.
    pub(super) fn before_end(&mut self, deck: &mut Deck) {
        let Some(store) = &self.store else { return };
        loop {
            let changes = deck.take_journal();
            if changes.is_empty() {
                break;
            }
            store.submit(changes);
        }
        deck.journal.end();
    }
}

impl fmt::Debug for Persistence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persistence")
            .field("is_open", &self.is_open())
            .finish_non_exhaustive()
    }
}

/// The settings of the store.
impl Storage for Persistence {
    fn get_string(&self, key: &str) -> Option<String> {
        self.settings.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        if self.settings.get(key) != Some(&value) {
            if let Some(store) = &self.store {
                store.set_setting(key, Some(value.clone()));
            }
            self.settings.insert(key.to_owned(), value);
        }
    }

    fn remove_string(&mut self, key: &str) {
        if self.settings.remove(key).is_some()
            && let Some(store) = &self.store
        {
            store.set_setting(key, None);
        }
    }

    fn flush(&mut self) {
        // The store's thread writes at once.
    }
}

/// What is said where there is no store.
fn refusal(error: &OpenError) -> String {
    format!("The list is not kept: {error}")
}
