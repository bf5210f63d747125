//! What outlives the page: its rows, in the browser's IndexedDB. Its settings are kept by eframe,
//! in the local storage.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::Storage;
use web_time::Instant;

use super::unfinished_rows::UnfinishedRows;
use crate::deck::restore::{self, GoingOn};
use crate::deck::{Action, Deck, HostKind, RowRecord, WindowDeck};
use crate::options::Settings;
use crate::runtime::{Host, Moment};
use crate::status::{RowId, Verb};
use crate::store::{Elsewhere, Listed, NotOpened, Restoring, RestoringItem, Store, StoreFigures};
use crate::view::StartBar;

/// How long rows are restored in one tick: a frame has room for it.
const RESTORED_FOR: Duration = Duration::from_millis(4);
/// After how many rows the time is looked at.
const ROWS_AT_ONCE: usize = 10;
/// How often old rows are removed from the history.
const PRUNED_EVERY: Duration = Duration::from_secs(3600);

/// The list of this page, opened before there is a window: new rows come after those of the list.
#[derive(Debug)]
pub struct PageList(Result<Store, NotOpened>);

impl PageList {
    /// Opens the list of this page. `wake` is called when there is something to restore.
    pub(super) async fn open(wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self(Store::open(wake).await)
    }

    /// Whether nothing of an earlier page comes, and no other tab has it.
    #[must_use]
    pub fn is_new(&self) -> bool {
        match &self.0 {
            Ok(store) => store.is_new(),
            Err(NotOpened::Elsewhere(_)) => false,
            Err(NotOpened::NoLocks | NotOpened::Refused(_)) => true,
        }
    }
}

/// What a page did with its list, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListFigures {
    /// Whether the rows are kept as they are now.
    pub is_kept: bool,
    /// Whether rows of the last page are still to come.
    pub is_restoring: bool,
    /// Whether rows are on their way to the database, and shown once they are there.
    pub has_unstored: bool,
    /// How many rows came.
    pub restored: usize,
    /// The longest time that was spent on restoring in one tick.
    pub longest_restore: Duration,
    /// What the store did.
    pub store: StoreFigures,
}

/// Where the list is.
#[derive(Debug)]
enum List {
    /// Nowhere.
    NotKept,
    /// In the database, which this tab writes.
    Here(Store),
    /// In another tab.
    Elsewhere(Elsewhere),
}

/// The list of a page, if it has one.
pub(super) struct Persistence {
    list: List,
    /// Rows of the last page that are still to come.
    restoring: Option<Restoring>,
    goes_on: bool,
    unfinished: UnfinishedRows,
    /// Rows that were removed, and may still come back.
    removed: Vec<RowId>,
    /// Rows that are shown once their batch is stored.
    unstored: VecDeque<(u64, Vec<RowId>)>,
    pruned_at: Option<Moment>,
    notices: Notices,
    figures: ListFigures,
}

/// What the strip says, and what was closed of it.
#[derive(Default)]
struct Notices {
    /// Why there is no list.
    refused: Option<String>,
    /// What is to be known although there is no store.
    note: Option<String>,
    /// Whether another tab took the list from this one.
    was_given_up: bool,
    bar: Option<StartBar>,
    is_unfinished_closed: bool,
    notes_closed: usize,
}

impl Persistence {
    /// Nothing is kept.
    pub(super) fn open(_: Option<&Path>, _: &Arc<dyn Host>) -> Self {
        with_list(List::NotKept, Notices::default())
    }

    /// Keeps the rows in this list, if it could be opened.
    pub(super) fn of(list: PageList) -> Self {
        let mut notices = Notices::default();
        let list = match list.0 {
            Ok(store) => List::Here(store),
            Err(NotOpened::Elsewhere(elsewhere)) => List::Elsewhere(elsewhere),
            Err(NotOpened::Refused(reason)) => {
                notices.refused = Some(reason);
                List::NotKept
            }
            Err(NotOpened::NoLocks) => {
                notices.note = Some(
                    "The list is not kept: the browser gives storage with locks only to pages over HTTPS."
                        .to_owned(),
                );
                List::NotKept
            }
        };
        with_list(list, notices)
    }

    fn store(&self) -> Option<&Store> {
        match &self.list {
            List::Here(store) => Some(store),
            List::NotKept | List::Elsewhere(_) => None,
        }
    }

    /// The settings are not here.
    pub(super) fn is_open(&self) -> bool {
        false
    }

    /// Whether the rows are kept as they are now.
    pub(super) fn keeps_rows(&self) -> bool {
        self.store().is_some_and(|store| store.problem().is_none())
    }

    pub(super) fn storage(&self) -> Option<&dyn Storage> {
        None
    }

    pub(super) fn storage_mut(&mut self) -> Option<&mut dyn Storage> {
        None
    }

    pub(super) fn settings_due_in(&mut self, _: Moment) -> Option<Duration> {
        None
    }

    /// A page sees no folder.
    pub(super) fn add_found(&mut self, _: &mut dyn WindowDeck, _: &Settings) -> usize {
        0
    }

    /// A page is not asked by other processes.
    pub(super) fn take_wants_to_show(&mut self) -> bool {
        false
    }

    /// Begins to restore the rows of the last page, and to store what changes. Rows that had not
    /// ended go on if `goes_on`, else they are paused.
    pub(super) fn begin(&mut self, deck: &mut Deck, goes_on: bool, _: Option<PathBuf>) {
        self.goes_on = goes_on;
        match &self.list {
            List::NotKept => {}
            List::Elsewhere(_) => deck.journal.begin(HostKind::Window),
            List::Here(store) => {
                deck.journal.begin(HostKind::Window);
                restore::expect(deck, &store.stored());
                self.restoring = Some(store.restore());
            }
        }
    }

    /// Restores a tick's part of the rows, and hands over what changed. True if there is something
    /// to show.
    pub(super) fn work(&mut self, deck: &mut Deck, settings: &Settings) -> bool {
        self.leave_to_other_tab(deck);
        let mut is_changed = self.restore_some(deck);
        is_changed |= self.record(deck);
        self.prune(settings, deck.runtime().now());
        self.unfinished.follow(deck, self.goes_on);
        is_changed | self.update_bar()
    }

    fn restore_some(&mut self, deck: &mut Deck) -> bool {
        let Some(mut restoring) = self.restoring.take() else {
            return false;
        };
        let begun = Instant::now();
        let mut is_changed = false;
        let mut records = Vec::with_capacity(ROWS_AT_ONCE);
        let mut is_over = false;
        while begun.elapsed() < RESTORED_FOR && !is_over {
            let item = restoring.try_next();
            let is_row = matches!(item, Some(RestoringItem::Row(..)));
            if records.len() == ROWS_AT_ONCE || !is_row {
                self.restore_rows(deck, std::mem::take(&mut records));
            }
            let Some(item) = item else {
                self.restoring = Some(restoring);
                self.note_restored(begun);
                return is_changed;
            };
            is_changed = true;
            match item {
                RestoringItem::Stored(stored) => restore::expect(deck, &stored),
                RestoringItem::Row(record, listed) => {
                    if listed == Listed::Removed {
                        self.removed.push(record.id);
                    } else if record.goes_on_in_window() {
                        self.unfinished.add(record.id);
                    }
                    records.push(*record);
                }
                RestoringItem::Activity(entries) => deck.activity.restore(entries),
                RestoringItem::End => is_over = true,
            }
        }
        self.restore_rows(deck, records);
        if is_over {
            restore::finish(deck);
            let removed = std::mem::take(&mut self.removed);
            if !removed.is_empty() {
                // As they were: off the list, and to be taken back for a while.
                deck.apply(Action::new(Verb::Remove, removed));
            }
        } else {
            // The rest in the next tick.
            deck.runtime().request_tick();
            self.restoring = Some(restoring);
        }
        self.note_restored(begun);
        is_changed
    }

    fn restore_rows(&mut self, deck: &mut Deck, records: Vec<RowRecord>) {
        if records.is_empty() {
            return;
        }
        self.figures.restored += records.len();
        let how = if self.goes_on {
            GoingOn::Resume
        } else {
            GoingOn::KeepPaused
        };
        restore::restore(deck, records, |_| how);
    }

    fn note_restored(&mut self, begun: Instant) {
        let longest = &mut self.figures.longest_restore;
        *longest = (*longest).max(begun.elapsed());
    }

    /// Another tab wants the list, or has taken it: the jobs end here, and go on there.
    fn leave_to_other_tab(&mut self, deck: &mut Deck) {
        let Some(store) = self.store() else { return };
        if store.is_wanted() {
            self.before_end(deck);
            if let Some(store) = self.store() {
                store.give_up();
            }
        } else if !store.is_lost() {
            return;
        }
        let Some(store) = self.store() else { return };
        let elsewhere = store.elsewhere();
        deck.journal.end();
        for (_, rows) in self.unstored.drain(..) {
            restore::list(deck, &rows);
        }
        if self.restoring.take().is_some() {
            restore::finish(deck);
        }
        deck.interrupt();
        self.list = List::Elsewhere(elsewhere);
        self.notices.was_given_up = true;
    }

    /// True if rows are shown that were not.
    fn record(&mut self, deck: &mut Deck) -> bool {
        let changes = deck.take_journal();
        match &self.list {
            List::NotKept => false,
            List::Elsewhere(elsewhere) => {
                if !changes.is_empty() {
                    elsewhere.submit(changes);
                }
                let rows = deck.journal.take_unlisted();
                restore::list(deck, &rows);
                !rows.is_empty()
            }
            List::Here(store) => {
                if !changes.is_empty() {
                    let batch = store.submit(changes);
                    let rows = deck.journal.take_unlisted();
                    if !rows.is_empty() {
                        self.unstored.push_back((batch, rows));
                    }
                }
                let settled = store.settled();
                let mut is_changed = false;
                while let Some((_, rows)) =
                    self.unstored.pop_front_if(|(batch, _)| *batch <= settled)
                {
                    restore::list(deck, &rows);
                    is_changed = true;
                }
                is_changed
            }
        }
    }

    fn prune(&mut self, settings: &Settings, now: Moment) {
        let since = self.pruned_at.map(|before| now.since(before));
        let is_due = since.is_none_or(|since| since >= PRUNED_EVERY);
        if is_due
            && self.restoring.is_none()
            && let List::Here(store) = &self.list
        {
            store.prune(settings.kept_rows, settings.kept_days);
            self.pruned_at = Some(now);
        }
    }

    /// True if the strip says something else than before.
    fn update_bar(&mut self) -> bool {
        let notices = &self.notices;
        let bar = match &self.list {
            List::NotKept => match (&notices.refused, &notices.note) {
                (Some(reason), _) => Some(StartBar::NotKept(reason.clone())),
                (None, note) => note.clone().map(StartBar::Note),
            },
            List::Elsewhere(elsewhere) => {
                let says = elsewhere.progress().unwrap_or_else(|| {
                    let says = if notices.was_given_up {
                        "The list is used in another tab now: the jobs here have ended, and nothing more is kept here."
                    } else {
                        "Another tab has the list: what is added here is kept once you use the list here."
                    };
                    says.to_owned()
                });
                Some(StartBar::Elsewhere(says))
            }
            List::Here(store) => {
                let problem = store.problem().map(StartBar::NotKept);
                let note = || {
                    let note = store.notes().into_iter().nth(notices.notes_closed);
                    note.map(StartBar::Note)
                };
                let unfinished = || {
                    let is_said = self.unfinished.count() > 0 && !notices.is_unfinished_closed;
                    is_said.then_some(StartBar::Unfinished {
                        rows: self.unfinished.count(),
                        is_paused: !self.goes_on,
                        starts_over: true,
                    })
                };
                problem.or_else(note).or_else(unfinished)
            }
        };
        let is_changed = self.notices.bar != bar;
        self.notices.bar = bar;
        is_changed
    }

    /// What there is to say above the table.
    pub(super) fn start_bar(&self) -> Option<&StartBar> {
        self.notices.bar.as_ref()
    }

    /// What is said now was read.
    pub(super) fn close_start_bar(&mut self) {
        match self.notices.bar.take() {
            Some(StartBar::Unfinished { .. }) => self.notices.is_unfinished_closed = true,
            Some(StartBar::Note(_)) => {
                self.notices.note = None;
                self.notices.notes_closed += 1;
            }
            Some(StartBar::NotKept(_) | StartBar::Elsewhere(_) | StartBar::Found { .. }) | None => {
            }
        }
    }

    /// Uses the list here that another tab has.
    pub(super) fn use_here(&mut self) {
        if let List::Elsewhere(elsewhere) = &self.list {
            elsewhere.use_here();
        }
    }

    /// The page is about to end: the rows are stored as they are, and what becomes of them now is
    /// not.
    pub(super) fn before_end(&mut self, deck: &mut Deck) {
        let Some(store) = self.store() else { return };
        loop {
            let changes = deck.take_journal();
            if changes.is_empty() {
                break;
            }
            store.submit(changes);
        }
        deck.journal.end();
    }

    /// What it did.
    pub(super) fn figures(&self) -> ListFigures {
        ListFigures {
            is_kept: self.keeps_rows(),
            is_restoring: self.restoring.is_some(),
            has_unstored: !self.unstored.is_empty(),
            store: self.store().map(Store::figures).unwrap_or_default(),
            ..self.figures
        }
    }
}

/// Keeps the rows where the list is.
fn with_list(list: List, notices: Notices) -> Persistence {
    Persistence {
        list,
        restoring: None,
        goes_on: true,
        unfinished: UnfinishedRows::default(),
        removed: Vec::new(),
        unstored: VecDeque::new(),
        pruned_at: None,
        notices,
        figures: ListFigures::default(),
    }
}

impl fmt::Debug for Persistence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persistence")
            .field("list", &self.list)
            .finish_non_exhaustive()
    }
}
