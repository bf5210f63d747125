//! What a run records: nothing is told before it is stored.

use std::collections::{HashSet, VecDeque};
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::say::say;
use crate::deck::restore::{self, GoingOn};
use crate::deck::{Deck, Event, HostKind, RowRecord, StoredState};
use crate::fetch::ClientPool;
use crate::jobs::Spec;
use crate::options::Options;
use crate::store::{FinishingFile, Query, Reader, RestoringItem, Store, Which};

/// Events that wait until what they tell is stored.
pub(super) struct Recorder {
    store: Option<Store>,
    /// Each with the batch that it waits for, oldest first.
    waiting: VecDeque<(u64, Vec<Event>)>,
    /// What was said of the store, so that it is said once.
    said: Vec<String>,
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

    /// Restores the rows that earlier runs left, with these options over their own, or only makes
    /// room for them. Returns how many there are.
    pub(super) fn restore(&mut self, deck: &mut Deck, resume: Option<&Options>) -> usize {
        let Some(store) = &self.store else { return 0 };
        restore::expect(deck, &store.stored());
        if resume.is_none() {
            restore::finish(deck);
            return 0;
        }
        let pool = ClientPool::new();
        let resolve = move |file: &FinishingFile| pool.was_completed(&file.complete_part());
        let restoring = store.restore(Which::LeftByRuns, resolve);
        let mut count = 0;
        while let Some(item) = restoring.wait_next() {
            match item {
                RestoringItem::Stored(stored) => restore::expect(deck, &stored),
                RestoringItem::Rows(rows) => {
                    count += rows.len();
                    let records = rows.into_iter().map(|row| {
                        let mut record = row.record;
                        match row.finished {
                            Some(file) => record.complete(file.path, file.length, &file.hash),
                            None => record.go_on(resume),
                        }
                        record
                    });
                    restore::restore(deck, records, |_| GoingOn::Resume);
                }
                RestoringItem::Activity(_) => {}
                RestoringItem::End => break,
            }
        }
        restore::finish(deck);
        count
    }

    /// Leaves out what earlier runs have: links that go on anyway, and those whose file is there.
    /// The same command can then be given again after a crash. Returns the others, and how many
    /// are done already.
    pub(super) fn without_known(&self, deck: &Deck, specs: Vec<Spec>) -> (Vec<Spec>, usize) {
        let Some(store) = &self.store else {
            return (specs, 0);
        };
        let goes_on = |spec: &Spec| match spec {
            Spec::Fetch(spec) => deck.rows.has_link(&spec.request),
            Spec::Timed(_) => false,
        };
        let specs: Vec<Spec> = specs.into_iter().filter(|spec| !goes_on(spec)).collect();
        let done = match Reader::open(store.folder().path()) {
            Ok(reader) => done_before(&reader, &specs),
            Err(error) => {
                log::warn!("links that are done already are not known: {error}");
                HashSet::new()
            }
        };
        let count = specs.len();
        let is_new = |spec: &Spec| !done.contains(&place_of(spec));
        let new: Vec<Spec> = specs.into_iter().filter(is_new).collect();
        let left_out = count - new.len();
        (new, left_out)
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

/// The link of a download, and the folder that it saves to; none for other jobs.
type Place = Option<(String, Option<PathBuf>)>;

fn place_of(spec: &Spec) -> Place {
    let Spec::Fetch(spec) = spec else {
        return None;
    };
    let folder = spec.destination.folder().map(ToOwned::to_owned);
    Some((spec.request.url().to_string(), folder))
}

/// The places of downloads that earlier runs have done, among those of `specs`.
fn done_before(reader: &Reader, specs: &[Spec]) -> HashSet<Place> {
    let mut done = HashSet::new();
    let links: HashSet<String> = specs.iter().map(Spec::url_for_files).collect();
    let query = Query {
        states: vec![StoredState::Done, StoredState::Check],
        host: Some(HostKind::Run),
        ..Query::default()
    };
    let mut ids = Vec::new();
    let read = reader.lines(&query, |line| {
        // Links that differ only in what is secret look alike here.
        if links.contains(&line.url) {
            ids.push(line.id);
        }
        ControlFlow::Continue(())
    });
    if let Err(error) = read {
        log::warn!("not all links that are done already are known: {error}");
    }
    for id in ids {
        let row = reader.row(id, true).ok().flatten();
        let Some(record) = row.map(|row| row.record).filter(has_its_file) else {
            continue;
        };
        done.insert(place_of(&record.spec));
    }
    done.remove(&None);
    done
}

/// Whether what a download saved is still there; one that saved nothing has all it wants.
fn has_its_file(record: &RowRecord) -> bool {
    let fetched = record.ended.as_ref().and_then(|it| it.fetched.as_ref());
    let path = fetched.and_then(|fetched| fetched.path.as_ref());
    path.is_none_or(|path| std::fs::metadata(path).is_ok())
}
