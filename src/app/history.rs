//! The history: what ended and is kept. It is searched and read in worker threads, a slice at a
//! time, through the store's own reader.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use web_time::{SystemTime, UNIX_EPOCH};

use super::background::BackgroundJobs;
use super::file_ops;
use super::persistence::Persistence;
use crate::format;
use crate::jobs::{LinkList, Spec};
use crate::runtime::{JobContext, JobError, Runtime};
use crate::status::{Glyph, RowId, Tone};
use crate::store::{EndPlace, OpenError, Reader, Selection, Store, StoreError, StoredRow};
use crate::view::{HistoryEntry, HistoryProgress, HistorySource};

/// How many rows are looked at in one step of a search: few at first, so that the first screen is
/// there at once.
const FIRST_STEP: u32 = 256;
const STEP: u32 = 4_096;

/// How many entries are read beyond those that are shown, before and behind.
const READ_AROUND: usize = 32;

/// How many entries are kept in memory.
const ENTRIES_KEPT: usize = 512;

/// How many rows are read at once to save their links.
const LINKS_STEP: usize = 512;

/// The history as far as it has been read.
pub(super) struct History {
    runtime: Runtime,
    folder: Option<PathBuf>,
    ids: Vec<RowId>,
    /// Whether the ids are those of the search before.
    is_outdated: bool,
    is_complete: bool,
    problem: Option<String>,
    /// Where the steps of the search arrive; without it, the search ends.
    steps: Option<Receiver<Step>>,
    entries: HashMap<RowId, HistoryEntry>,
    reading: BackgroundJobs<Result<Vec<HistoryEntry>, String>>,
    acting: BackgroundJobs<HistoryEvent>,
}

/// What something that was asked for came to.
pub(super) enum HistoryEvent {
    /// The spec of a row, with its secrets if they are kept.
    Spec(Box<Spec>),
    /// The links of all that is found.
    Links(LinkList),
    /// A row was forgotten.
    Forgotten,
    /// It did not work, and why.
    Failed(String),
}

/// What a step of a search found.
struct Step {
    ids: Vec<RowId>,
    is_last: bool,
    problem: Option<String>,
}

impl History {
    /// Nothing, until it is opened.
    pub(super) fn new(runtime: &Runtime) -> Self {
        Self {
            runtime: runtime.clone(),
            folder: None,
            ids: Vec::new(),
            is_outdated: false,
            is_complete: false,
            problem: None,
            steps: None,
            entries: HashMap::new(),
            reading: BackgroundJobs::new(runtime),
            acting: BackgroundJobs::new(runtime),
        }
    }

    /// Whether what ends is kept, and can be read.
    pub(super) fn is_kept(persistence: &Persistence) -> bool {
        persistence.store.as_ref().is_some()
    }

    /// Reads it from the beginning; false if nothing is kept.
    pub(super) fn open(&mut self, persistence: &Persistence) -> bool {
        let runtime = self.runtime.clone();
        let folder = persistence
            .store
            .as_ref()
            .map(|store| store.folder().path());
        *self = Self {
            folder: folder.map(Path::to_owned),
            acting: std::mem::replace(&mut self.acting, BackgroundJobs::new(&runtime)),
            ..Self::new(&runtime)
        };
        self.search("");
        self.folder.is_some()
    }

    /// Gives back what it holds in memory.
    pub(super) fn close(&mut self) {
        self.steps = None;
        self.ids = Vec::new();
        self.entries = HashMap::new();
    }

    /// Finds the rows whose name or link contains a text. What was found before is shown until the
    /// first of them is there.
    pub(super) fn search(&mut self, text: &str) {
        let Some(folder) = self.folder.clone() else {
            return;
        };
        let (sender, steps) = mpsc::channel();
        self.steps = Some(steps);
        self.is_outdated = true;
        self.is_complete = false;
        self.problem = None;
        let text = text.trim().to_lowercase();
        // It ends by itself when nothing receives its steps.
        let _search = self.runtime.spawn("search the history", async move |cx| {
            search(&cx, &folder, text, &sender).await
        });
        self.runtime.flush_wakes();
    }

    /// Takes over what was read since the last call; true if there was anything.
    pub(super) fn update(&mut self) -> bool {
        let steps = self.steps.iter().flat_map(Receiver::try_iter);
        let steps: Vec<Step> = steps.collect();
        let mut is_changed = !steps.is_empty();
        for step in steps {
            if self.is_outdated && (step.is_last || !step.ids.is_empty()) {
                self.ids.clear();
                self.is_outdated = false;
            }
            self.ids.extend(step.ids);
            self.is_complete |= step.is_last;
            self.problem = self.problem.take().or(step.problem);
        }
        for read in self.reading.take_finished() {
            is_changed = true;
            match read {
                Ok(Ok(entries)) => {
                    let entries = entries.into_iter().map(|entry| (entry.id, entry));
                    self.entries.extend(entries);
                }
                Ok(Err(problem)) => self.problem = Some(problem),
                Err(error) => self.problem = Some(error.to_string()),
            }
        }
        is_changed
    }

    /// What was asked for and is done since the last call.
    pub(super) fn take_events(&mut self) -> Vec<HistoryEvent> {
        let ended = self.acting.take_finished().into_iter();
        ended
            .map(|event| event.unwrap_or_else(|error| HistoryEvent::Failed(error.to_string())))
            .collect()
    }

    /// Reads the entries that are shown, and some around them, unless they are there.
    pub(super) fn want(&mut self, shown: Range<usize>) {
        let Some(folder) = self.folder.clone() else {
            return;
        };
        if shown.is_empty() || !self.reading.is_idle() || self.problem.is_some() {
            return;
        }
        let clamped = |range: Range<usize>| {
            let end = range.end.min(self.ids.len());
            &self.ids[range.start.min(end)..end]
        };
        let is_missing = |id: &&RowId| !self.entries.contains_key(id);
        let around = shown.start.saturating_sub(READ_AROUND)..shown.end + READ_AROUND;
        let (shown, around) = (clamped(shown), clamped(around));
        // Not one by one while it is scrolled slowly.
        let edge = READ_AROUND / 2;
        let is_near = around.len() <= edge * 2
            || around[edge..around.len() - edge]
                .iter()
                .any(|id| is_missing(&id));
        if !is_near && !shown.iter().any(|id| is_missing(&id)) {
            return;
        }
        let ids: Vec<RowId> = around.iter().filter(is_missing).copied().collect();
        if ids.is_empty() {
            return;
        }
        if self.entries.len() + ids.len() > ENTRIES_KEPT {
            let around = around.to_vec();
            self.entries.retain(|id, _| around.contains(id));
        }
        self.reading.spawn("read the history", async move |cx| {
            let read = cx.blocking("reading the history", move |_token| {
                Ok(entries_of(&folder, &ids))
            });
            read.await
        });
    }

    /// Reads what a row downloaded, for another row.
    pub(super) fn read_spec(&mut self, id: RowId) {
        self.act("download again", move |folder| {
            let row = Reader::open(&folder)
                .map_err(|error| said(&error))?
                .row(id, true)
                .map_err(|error| failed(&error))?;
            let row = row.ok_or("It is not in the history any more")?;
            Ok(HistoryEvent::Spec(Box::new(row.record.spec)))
        });
    }

    /// Forgets a row for good.
    pub(super) fn forget(&mut self, persistence: &Persistence, id: RowId) {
        let Some(forgetting) = persistence.store.as_ref().map(Store::forgetting) else {
            return;
        };
        self.ids.retain(|other| *other != id);
        self.entries.remove(&id);
        self.act("forget a job", move |_| {
            let selection = Selection::Ids(vec![id]);
            forgetting
                .forget(selection)
                .map_err(|error| failed(&error))?;
            Ok(HistoryEvent::Forgotten)
        });
    }

    /// Reads the links of all that is found.
    pub(super) fn read_links(&mut self, usual_folder: Option<PathBuf>) {
        let Some(folder) = self.folder.clone() else {
            return;
        };
        let ids = self.ids.clone();
        self.acting.spawn("read links", async move |cx| {
            let mut list = LinkList::default();
            for ids in ids.chunks(LINKS_STEP) {
                let (ids, folder) = (ids.to_vec(), folder.clone());
                let usual_folder = usual_folder.clone();
                let read = cx.blocking("reading links", move |_token| {
                    let read = read_links(&folder, &ids, usual_folder.as_deref(), &mut list);
                    Ok(read.map(|()| list))
                });
                match read.await? {
                    Ok(longer) => list = longer,
                    Err(problem) => return Ok(HistoryEvent::Failed(problem)),
                }
            }
            Ok(HistoryEvent::Links(list))
        });
    }

    fn act(
        &mut self,
        name: &'static str,
        work: impl FnOnce(PathBuf) -> Result<HistoryEvent, String> + Send + 'static,
    ) {
        let Some(folder) = self.folder.clone() else {
            return;
        };
        self.acting.spawn(name, async move |cx| {
            let done = cx.blocking(name, move |_token| {
                Ok(work(folder).unwrap_or_else(HistoryEvent::Failed))
            });
            done.await
        });
    }
}

impl HistorySource for History {
    fn len(&self) -> usize {
        self.ids.len()
    }

    fn entry(&self, index: usize) -> Option<&HistoryEntry> {
        self.entries.get(self.ids.get(index)?)
    }

    fn progress(&self) -> HistoryProgress<'_> {
        match &self.problem {
            Some(problem) => HistoryProgress::Failed(problem),
            None if self.is_complete => HistoryProgress::Complete,
            None => HistoryProgress::Reading,
        }
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "History({} rows)", self.ids.len())
    }
}

/// Why the history cannot be read.
fn said(error: &OpenError) -> String {
    format!("The history cannot be read: {error}")
}

fn failed(error: &StoreError) -> String {
    format!("The history: {error}")
}

async fn search(
    cx: &JobContext,
    folder: &Path,
    text: String,
    steps: &Sender<Step>,
) -> Result<(), JobError> {
    let folder = folder.to_owned();
    let opened = cx.blocking("opening the history", move |_token| {
        Ok(Reader::open(&folder))
    });
    let mut reader = match opened.await? {
        Ok(reader) => reader,
        Err(error) => {
            let _ = steps.send(Step::last(said(&error)));
            return Ok(());
        }
    };
    let (mut from, mut limit) = (None, FIRST_STEP);
    loop {
        let text = text.clone();
        let found = cx.blocking("searching the history", move |_token| {
            let found = step(&reader, from, limit, &text);
            Ok((reader, found))
        });
        let (back, found) = found.await?;
        reader = back;
        let (step, next) = found.unwrap_or_else(|error| (Step::last(failed(&error)), None));
        if steps.send(step).is_err() || next.is_none() {
            return Ok(());
        }
        (from, limit) = (next, STEP);
    }
}

fn step(
    reader: &Reader,
    from: Option<EndPlace>,
    limit: u32,
    text: &str,
) -> Result<(Step, Option<EndPlace>), StoreError> {
    let mut ids = Vec::new();
    let next = reader.ended(from, limit, |line| {
        let is_found = |of: &str| of.to_lowercase().contains(text);
        if text.is_empty() || is_found(&line.name) || is_found(&line.url) {
            ids.push(line.id);
        }
    })?;
    let step = Step {
        ids,
        is_last: next.is_none(),
        problem: None,
    };
    Ok((step, next))
}

impl Step {
    fn last(problem: String) -> Self {
        Self {
            ids: Vec::new(),
            is_last: true,
            problem: Some(problem),
        }
    }
}

fn read_links(
    folder: &Path,
    ids: &[RowId],
    usual_folder: Option<&Path>,
    list: &mut LinkList,
) -> Result<(), String> {
    let reader = Reader::open(folder).map_err(|error| said(&error))?;
    for id in ids {
        if let Some(row) = reader.row(*id, true).map_err(|error| failed(&error))? {
            list.push(&row.record.spec, usual_folder);
        }
    }
    Ok(())
}

fn entries_of(folder: &Path, ids: &[RowId]) -> Result<Vec<HistoryEntry>, String> {
    let reader = Reader::open(folder).map_err(|error| said(&error))?;
    let now = SystemTime::now();
    let entries = ids.iter().map(|id| {
        let row = reader.row(*id, false).map_err(|error| failed(&error))?;
        let entry = row.and_then(|row| entry_of(row, now));
        Ok(entry.unwrap_or_else(|| unreadable(*id)))
    });
    entries.collect()
}

/// A row as it is shown; none if it has not ended: it was begun again.
fn entry_of(row: StoredRow, now: SystemTime) -> Option<HistoryEntry> {
    let StoredRow { record, url, .. } = row;
    let status = record.status()?;
    let is_wrong = matches!(status.tone(), Tone::Failed | Tone::Doubt);
    let error = status.detail().filter(|_| is_wrong).unwrap_or_default();
    let (received, _) = record.progress();
    let fetched = record
        .ended
        .as_ref()
        .and_then(|ended| ended.fetched.as_ref());
    let file = fetched.and_then(|fetched| fetched.path.clone());
    let ended = record.ended_at().and_then(|ended| shown_time(ended, now));
    Some(HistoryEntry {
        id: record.id,
        glyph: status.glyph(),
        tone: status.tone(),
        state: status.word().into_owned(),
        host: record.spec.host(),
        error: error.into_owned(),
        size: if received > 0 || fetched.is_some() {
            format::bytes(received)
        } else {
            String::new()
        },
        ended: ended.unwrap_or_default(),
        link: url,
        file: file.filter(|file| file_ops::is_there(file)),
        name: record.name,
    })
}

/// The date and the time; the date of today is a word.
fn shown_time(since_epoch: Duration, now: SystemTime) -> Option<String> {
    let text = format::date_and_time(UNIX_EPOCH + since_epoch, now)?;
    let is_today = !text.contains(' ');
    Some(if is_today {
        format!("Today {text}")
    } else {
        text
    })
}

/// A row that another version wrote, or that was begun again.
fn unreadable(id: RowId) -> HistoryEntry {
    HistoryEntry {
        id,
        glyph: Glyph::Dashed,
        tone: Tone::Off,
        state: String::new(),
        name: "Not in the history any more".to_owned(),
        host: String::new(),
        error: String::new(),
        size: String::new(),
        ended: String::new(),
        link: String::new(),
        file: None,
    }
}
