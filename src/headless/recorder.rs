//! What a run records: nothing is told before it is stored.

use std::collections::{HashSet, VecDeque};

use super::given_before::{GivenBefore, Place};
use super::say::say;
use crate::deck::restore::{self, GoingOn};
use crate::deck::{Deck, Event, HostKind};
use crate::fetch::ClientPool;
use crate::jobs::Spec;
use crate::options::Options;
use crate::store::{FinishingFile, Reader, RestoringItem, Store, Which};

/// Events that wait until what they tell is stored.
pub(super) struct Recorder {
    store: Option<Store>,
    /// Each with the batch that it waits for, oldest first.
    waiting: VecDeque<(u64, Vec<Event>)>,
    /// What was said of the store, so that it is said once.
    said: Vec<String>,
}

/// What a run goes on with.
#[derive(Default)]
pub(super) struct Resumed {
    pub(super) rows: usize,
    /// Given links that earlier runs have done.
    pub(super) done_links: usize,
}

impl Recorder {
    /// Records what becomes of the rows of this deck; without a store, nothing waits.
    pub(super) fn new(store: Option<Store>, deck: &mut Deck) -> Self {
        if let Some(store) = &store {
            deck.journal.begin(HostKind::Run);
            let finishing = store.finishing();
            deck.schedule
                .set_rename_notices(move |row| finishing.notice(row));
        }
        Self {
            store,
            waiting: VecDeque::new(),
            said: Vec::new(),
        }
    }

    /// Whether rows are stored.
    pub(super) fn is_open(&self) -> bool {
        self.store.is_some()
    }

    /// Makes room for the rows that earlier runs left, which stay as they are. Returns how many of
    /// these jobs are among what they left unfinished.
    pub(super) fn leave_earlier_rows(&self, deck: &mut Deck, specs: &[Spec]) -> usize {
        let Some(store) = &self.store else { return 0 };
        restore::expect(deck, &store.stored());
        restore::finish(deck);
        let left = Reader::open(store.folder().path())
            .ok()
            .and_then(|reader| reader.links_left_by_runs().ok());
        let left: HashSet<String> = left.unwrap_or_default().into_iter().collect();
        let is_left = |spec: &&Spec| {
            let link = spec.url_for_files();
            !link.is_empty() && left.contains(&link)
        };
        if left.is_empty() {
            return 0;
        }
        specs.iter().filter(is_left).count()
    }

    /// Restores the rows that earlier runs left, with these options over their own, and those of
    /// links that are given again and had failed. Links that these rows have are taken out of
    /// `specs`, and so are links whose file is there: the same command can be given again after a
    /// crash.
    pub(super) fn resume(
        &self,
        deck: &mut Deck,
        given: &Options,
        specs: &mut Vec<Spec>,
    ) -> Resumed {
        let Some(store) = &self.store else {
            return Resumed::default();
        };
        let before = GivenBefore::read(store.folder().path(), specs);
        let pool = ClientPool::new();
        let resolve = move |file: &FinishingFile| pool.was_completed(&file.complete_part());
        let restoring = store.restore(Which::LeftByRuns, resolve);
        let mut resumed = Resumed::default();
        while let Some(item) = restoring.wait_next() {
            match item {
                RestoringItem::Stored(mut stored) => {
                    stored.ids.extend(before.failed.iter().map(|row| row.id));
                    stored.ids.sort_unstable();
                    restore::expect(deck, &stored);
                }
                RestoringItem::Rows(rows) => {
                    resumed.rows += rows.len();
                    let records = rows.into_iter().map(|row| {
                        let mut record = row.record;
                        match row.finished {
                            Some(file) => record.complete(file.into_fetched()),
                            None => record.go_on(Some(given)),
                        }
                        record
                    });
                    restore::restore(deck, records, |_| GoingOn::Resume);
                }
                RestoringItem::Activity(_) => {}
                RestoringItem::End => break,
            }
        }
        resumed.rows += before.failed.len();
        let failed = before.failed.into_iter().map(|mut record| {
            record.go_on(Some(given));
            record
        });
        restore::restore(deck, failed, |_| GoingOn::Resume);
        restore::finish(deck);
        let goes_on = |spec: &Spec| match spec {
            Spec::Fetch(spec) => deck.rows.has_link(&spec.request),
            Spec::Timed(_) => false,
        };
        specs.retain(|spec| !goes_on(spec));
        let count = specs.len();
        specs.retain(|spec| !before.done.contains(&Place::of(spec)));
        resumed.done_links = count - specs.len();
        resumed
    }

    /// Stores what changed, and returns what may be told now.
    pub(super) fn take_told(&mut self, deck: &mut Deck) -> Vec<Event> {
        let events = deck.events.take();
        let Some(store) = &self.store else {
            return events;
        };
        let mut changes = Vec::new();
        // All changes: an event must not be reported before its change is stored.
        loop {
            let part = deck.take_journal();
            if part.is_empty() {
                break;
            }
            changes.extend(part);
        }
        // An event may belong to a change that an earlier batch has.
        if !(changes.is_empty() && events.is_empty()) {
            self.waiting.push_back((store.submit(changes), events));
        }
        let settled = store.settled();
        let mut told = Vec::new();
        while let Some((_, events)) = self.waiting.pop_front_if(|(batch, _)| *batch <= settled) {
            told.extend(events);
        }
        self.say_news();
        told
    }

    /// Whether no event waits.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Writes what waits, and says if some of it cannot be written.
    pub(super) fn close(mut self) {
        self.say_news();
        let Some(store) = self.store.take() else {
            return;
        };
        if store.close().is_some() {
            say(
                "The list lacks the end of this run: jobs that ended may be listed as unfinished, and --resume does them again.",
            );
        }
    }

    /// Says on standard error what became of the list, each thing once.
    pub(super) fn say_news(&mut self) {
        let Some(store) = &self.store else { return };
        let problem = store.problem();
        let problem = problem.map(|problem| format!("{problem} The run goes on."));
        for news in store.notes().into_iter().chain(problem) {
            if !self.said.contains(&news) {
                say(&news);
                self.said.push(news);
            }
        }
    }
}
