//! One row: what it is, where it stands, and how it looks to a reader.

use std::{cell::OnceCell, path::PathBuf, sync::Arc, time::Duration};

use crate::{
    fetch::{ErrorClass, FetchError, Fetched, RateLimit, Request},
    format::{self, TimeOfDay},
    programs::{Destination, SharedFacts, Spec},
    runtime::{
        Job, JobError, JobHandle, JobId, Lifecycle, Moment, Outcome, PausedBy, Priority, Rate,
        Runtime, StepKind,
    },
    status::{Chip, Circumstances, EndFacts, Remedy, RowExtras, RowId, RowView, Status},
};

use super::{
    history::{Held, History},
    order,
};

/// A row of the list: it has an id of its own and outlives any one job.
pub(super) struct Row {
    pub(super) id: RowId,
    /// Its place among all that wait: its id, until somebody moves it.
    pub(super) rank: u64,
    pub(super) spec: Spec,
    pub(super) name: Arc<str>,
    pub(super) host: Arc<str>,
    pub(super) state: RowState,
    pub(super) facts: SharedFacts,
    pub(super) rate: Rate,
    /// Its own limit, once it has begun: so that it can be changed.
    pub(super) rate_limit: Option<RateLimit>,
    /// Whether its job was paused, is to go on, and waits for a slot.
    pub(super) wants_slot: bool,
    pub(super) paused_since: Option<TimeOfDay>,
    /// The attempt that was told of as coming next.
    pub(super) retry_told: u32,
    /// The number of the newest step that was told.
    pub(super) steps_told: u64,
    /// Whether its cancel is the end of the process and not a wish.
    pub(super) interrupted: bool,
    /// What the counts were made from.
    pub(super) chip: Chip,
    /// What the order was made from.
    pub(super) group: u8,
    /// Whether its place in the list is to be looked at again.
    pub(super) is_reordered: bool,
    /// What it remembers of its life.
    pub(super) history: History,
    /// When it was added.
    added_at: Option<TimeOfDay>,
    /// What a search looks through, from the first one on.
    searched: OnceCell<SearchedTexts>,
}

/// The texts of a row that a search looks through, in lower case.
pub(super) struct SearchedTexts {
    pub(super) name: Arc<str>,
    pub(super) url: Box<str>,
}

/// Where a row stands in the queue.
pub(super) struct Place {
    /// From 1.
    pub(super) number: u64,
    /// What it waits for besides its turn.
    pub(super) waits_for: Option<Arc<str>>,
}

pub(super) enum RowState {
    /// Not begun; the deck starts it when there is a slot, unless it is paused.
    Queued { paused: bool },
    /// Its job is under way.
    Started(JobHandle<()>),
    /// Over; the numbers as they were at the end.
    Ended(Box<Ended>),
}

/// How a row ended, with its numbers.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How its job ended.
    pub outcome: Outcome,
    /// Body bytes of the final content.
    pub received: u64,
    /// All body bytes read, the ones of failed attempts included.
    pub wire_bytes: u64,
    /// The announced length.
    pub total: Option<u64>,
    /// Active time of its own sleeps.
    pub slept: Duration,
    /// When it began; none if it never did.
    pub began_at: Option<Moment>,
    /// From its start to its end, pauses included.
    pub elapsed: Duration,
    /// How long it was paused.
    pub paused: Duration,
    /// How many attempts it made.
    pub attempts: u32,
    /// The file that holds what came, when it is not complete.
    pub part: Option<PathBuf>,
    /// What the fetch yielded, when it is done.
    pub fetched: Option<Fetched>,
    /// Whether a thread of it did not let go in time.
    pub thread_abandoned: bool,
    /// What its polls cost.
    pub polls: PollSums,
}

/// What the polls of a job cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollSums {
    /// How many there were.
    pub count: u64,
    /// How long they took together.
    pub busy: Duration,
    /// How long the longest took.
    pub longest: Duration,
}

impl PollSums {
    fn of(job: &Job) -> Self {
        let statistics = job.statistics();
        Self {
            count: statistics.polls,
            busy: statistics.busy,
            longest: statistics.longest_poll,
        }
    }
}

impl Ended {
    /// A row that was cancelled before it began.
    pub(super) fn before_it_began(outcome: Outcome) -> Self {
        Self {
            outcome,
            received: 0,
            wire_bytes: 0,
            total: None,
            slept: Duration::ZERO,
            began_at: None,
            elapsed: Duration::ZERO,
            paused: Duration::ZERO,
            attempts: 0,
            part: None,
            fetched: None,
            thread_abandoned: false,
            polls: PollSums::default(),
        }
    }

    fn of(job: &JobHandle<()>, outcome: Outcome, facts: &SharedFacts) -> Self {
        let facts = facts.borrow();
        let (done, total) = job.progress();
        let fetched = facts.fetched.clone();
        let received = fetched.as_ref().map_or(done, |fetched| fetched.received);
        let elapsed = job
            .finished_at()
            .unwrap_or_default()
            .since(job.spawned_at());
        Self {
            outcome,
            received,
            wire_bytes: facts.trace.wire_bytes(),
            part: facts.trace.part(),
            total: fetched.as_ref().map_or(total, |fetched| fetched.total),
            slept: job.slept(),
            began_at: Some(job.spawned_at()),
            elapsed,
            paused: elapsed.saturating_sub(job.active()),
            attempts: facts.attempts.count(),
            fetched,
            thread_abandoned: job.abandoned_workers() > 0,
            polls: PollSums::of(job.job()),
        }
    }

    /// What to do about a [`defect`](Self::defect).
    pub const DEFECT_HINT: &str = "This is a defect of the program: please report it.";

    /// The error of a fetch that failed.
    #[must_use]
    pub fn fetch_error(&self) -> Option<&FetchError> {
        self.error()?.downcast_ref()
    }

    /// The error it failed with.
    #[must_use]
    pub fn error(&self) -> Option<&JobError> {
        match &self.outcome {
            Outcome::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// What ended it that is no error of a fetch, in a line and as the whole story: the chain of causes, where it was, and
    /// the way that led there.
    #[must_use]
    pub fn defect(&self) -> Option<(String, String)> {
        match &self.outcome {
            Outcome::Panicked(report) => Some((report.to_string(), format!("{report:?}"))),
            Outcome::Failed(error) if self.fetch_error().is_none() => {
                Some((error.to_string(), format!("{error:?}")))
            }
            _ => None,
        }
    }

    /// How far it had come, if it had begun and that is known.
    fn at_percent(&self) -> Option<u8> {
        let total = self.total.filter(|total| *total > 0 && self.received > 0)?;
        Some(format::percent_value(self.received, total))
    }

    fn status(&self) -> Status {
        let facts = EndFacts {
            elapsed: self.elapsed,
            at_percent: self.at_percent(),
            length_announced: self
                .fetched
                .as_ref()
                .is_none_or(|fetched| fetched.length_announced),
            thread_abandoned: self.thread_abandoned,
        };
        Status::of_outcome(&self.outcome, facts)
    }
}

impl Row {
    pub(super) fn new(
        id: RowId,
        spec: Spec,
        paused: bool,
        now: Moment,
        added_at: Option<TimeOfDay>,
    ) -> Self {
        let mut row = Self {
            id,
            rank: id.0,
            name: spec.name().into(),
            host: spec.host().into(),
            spec,
            state: RowState::Queued { paused },
            facts: SharedFacts::default(),
            rate: Rate::default(),
            rate_limit: None,
            wants_slot: false,
            paused_since: None,
            retry_told: 0,
            steps_told: 0,
            interrupted: false,
            chip: Chip::Waiting,
            group: 0,
            is_reordered: false,
            history: History::new(now, paused),
            added_at,
            searched: OnceCell::new(),
        };
        row.chip = row.status(None).chip();
        row.group = order::group(&row);
        row
    }

    /// Begins its job, which keeps to the limit of all and to its own.
    pub(super) fn start(&mut self, runtime: &Runtime, of_all: &RateLimit) -> JobId {
        let facts = self.facts.clone();
        let job = match &self.spec {
            Spec::Fetch(spec) => {
                let own = self.rate_limit.get_or_insert_default();
                own.set(spec.rate_limit_bytes_per_sec);
                let limits = [of_all.clone(), own.clone()];
                self.spec.start(runtime, facts, &limits)
            }
            Spec::Timed(_) => self.spec.start(runtime, facts, &[]),
        };
        let id = job.id();
        self.state = RowState::Started(job);
        id
    }

    /// Another link for the same file; false when this is not a download that ended without success.
    pub(super) fn change_url(&mut self, place: &Request) -> bool {
        let part = match &self.state {
            RowState::Ended(ended) if ended.status().can_retry() => ended.part.clone(),
            _ => return false,
        };
        let Spec::Fetch(spec) = &mut self.spec else {
            return false;
        };
        spec.request = spec.request.moved_to(place.clone()).with_headers_of(place);
        if let (Some(part), Destination::Save(save)) = (part, &mut spec.destination) {
            *save = save.clone().continuing(part);
        }
        self.host = self.spec.host().into();
        self.searched = OnceCell::new();
        true
    }

    pub(super) fn searched(&self) -> &SearchedTexts {
        self.searched.get_or_init(|| SearchedTexts {
            name: self.name.to_lowercase().into(),
            url: self.spec.url().to_lowercase().into(),
        })
    }

    pub(super) fn job(&self) -> Option<&JobHandle<()>> {
        match &self.state {
            RowState::Started(job) => Some(job),
            RowState::Queued { .. } | RowState::Ended(_) => None,
        }
    }

    /// Takes over the numbers of a job that has ended. True when it just has.
    pub(super) fn end_if_finished(&mut self) -> bool {
        let RowState::Started(job) = &self.state else {
            return false;
        };
        let outcome = match job.outcome() {
            Some(Outcome::Cancelled) => self.cancelled_outcome(),
            Some(outcome) => outcome.clone(),
            None => return false,
        };
        let ended = Box::new(Ended::of(job, outcome, &self.facts));
        self.history.end(job, &self.facts.borrow());
        self.state = RowState::Ended(ended);
        self.rate = Rate::default();
        // Kept with the end, and not twice.
        self.facts.borrow_mut().fetched = None;
        true
    }

    /// What keeps it from going on that its job knows nothing of.
    pub(super) fn held(&self) -> Option<Held> {
        match &self.state {
            RowState::Queued { paused: true } => Some(Held::Paused(PausedBy::User)),
            RowState::Queued { paused: false } => Some(Held::Queued),
            RowState::Started(_) if self.wants_slot => Some(Held::Queued),
            RowState::Started(job) if job.is_paused() => match job.lifecycle() {
                Lifecycle::Pausing { by } | Lifecycle::Paused { by, .. } => Some(Held::Paused(by)),
                _ => None,
            },
            RowState::Started(_) | RowState::Ended(_) => None,
        }
    }

    /// How a cancel of it ends.
    pub(super) fn cancelled_outcome(&self) -> Outcome {
        if self.interrupted {
            Outcome::Interrupted
        } else {
            Outcome::Cancelled
        }
    }

    /// Whether it has not begun.
    pub(super) fn is_queued(&self) -> bool {
        matches!(self.state, RowState::Queued { .. }) || self.wants_slot
    }

    /// Whether somebody wants it to stay paused.
    pub(super) fn is_kept_paused(&self) -> bool {
        match &self.state {
            RowState::Queued { paused } => *paused,
            RowState::Started(job) => job.is_paused() && !self.wants_slot,
            RowState::Ended(_) => false,
        }
    }

    /// Whether it is begun, and neither paused nor over.
    pub(super) fn is_running(&self) -> bool {
        self.job().is_some_and(|job| !job.is_paused())
    }

    /// Where it stands. `place` is its place in the queue, where it has one.
    pub(super) fn status(&self, place: Option<Place>) -> Status {
        let queued = |place: Option<Place>| Status::Queued {
            place: place.as_ref().map(|place| place.number),
            waits_for: place.and_then(|place| place.waits_for),
        };
        match &self.state {
            RowState::Queued { paused: true } => Status::Paused {
                since: self.paused_since,
                note: Some("not begun".into()),
            },
            RowState::Queued { paused: false } => queued(place),
            RowState::Started(job) if self.wants_slot && !job.is_finished() => queued(place),
            RowState::Ended(ended) => ended.status(),
            RowState::Started(job) => self.started_status(job),
        }
    }

    fn started_status(&self, job: &JobHandle<()>) -> Status {
        if let Lifecycle::Finished(outcome) = job.lifecycle() {
            return Ended::of(job, outcome, &self.facts).status();
        }
        let circumstances = Circumstances {
            paused_since: self.paused_since,
            retry_after: self
                .facts
                .borrow()
                .last_error
                .as_ref()
                .and_then(|error| error.retry_after),
        };
        Status::of_job(job.job(), circumstances)
    }

    /// The row as a reader sees it at this moment.
    pub(super) fn view(&self, place: Option<Place>) -> RowView {
        let status = self.status(place);
        let (received, total, slept, sleeping) = match &self.state {
            RowState::Queued { .. } => (None, None, None, None),
            RowState::Started(job) => {
                let (done, total) = job.progress();
                (
                    Some(done).filter(|done| *done > 0 || total.is_some()),
                    total,
                    Some(job.slept()),
                    job.sleeping(),
                )
            }
            RowState::Ended(ended) => {
                let fetched =
                    ended.received > 0 || ended.total.is_some() || ended.fetched.is_some();
                (
                    Some(ended.received).filter(|_| fetched),
                    ended.total,
                    Some(ended.slept).filter(|_| ended.attempts > 0 || !ended.slept.is_zero()),
                    None,
                )
            }
        };
        let rate = self.shown_rate();
        let note = match &self.state {
            RowState::Started(_) => {
                let facts = self.facts.borrow();
                facts
                    .last_error
                    .as_ref()
                    .map(|error| error.message.as_str().into())
            }
            RowState::Ended(ended) => {
                let reason = ended
                    .fetched
                    .as_ref()
                    .and_then(|fetched| fetched.begun_again);
                reason.map(|reason| format!("began again: {reason}").into())
            }
            RowState::Queued { .. } => None,
        };
        RowView {
            id: self.id,
            name: self.name.clone(),
            host: self.host.clone(),
            note,
            eta: match (&status, rate, received, total) {
                (Status::Retrying { left, .. }, ..) => Some(*left),
                (_, Some(rate), Some(received), Some(total)) if rate >= 1.0 => {
                    let secs = total.saturating_sub(received) as f64 / rate;
                    Duration::try_from_secs_f64(secs).ok()
                }
                _ => None,
            },
            remedy: self.remedy(),
            status,
            received_bytes: received,
            total_bytes: total,
            rate,
            slept,
            sleep_total: sleeping.map(|sleeping| {
                slept.unwrap_or_default().saturating_sub(sleeping.slept) + sleeping.of
            }),
        }
    }

    /// What the columns show that are not there by default.
    pub(super) fn extras(&self, now: Moment) -> RowExtras {
        let begun = match &self.state {
            RowState::Queued { .. } => None,
            RowState::Started(job) => Some((now.since(job.spawned_at()), PollSums::of(job.job()))),
            RowState::Ended(ended) => ended.began_at.map(|_| (ended.elapsed, ended.polls)),
        };
        let (elapsed, polls) = begun.unzip();
        let fetched = match &self.state {
            RowState::Ended(ended) => ended.fetched.as_ref(),
            _ => None,
        };
        let attempts = self.facts.borrow().attempts.count();
        let failed_status = || match &self.state {
            RowState::Ended(ended) => ended.fetch_error()?.http_status,
            _ => None,
        };
        RowExtras {
            elapsed,
            attempts: Some(attempts).filter(|attempts| *attempts > 0),
            added: self.added_at,
            http_status: fetched
                .map(|fetched| fetched.http_status)
                .or_else(failed_status),
            priority: self.job().map(|job| match job.priority() {
                Priority::Low => "low",
                Priority::Normal => "normal",
                Priority::High => "high",
            }),
            saved_to: fetched
                .and_then(|fetched| fetched.path.as_ref())
                .map(|path| path.display().to_string().into()),
            checksum: fetched
                .and_then(|fetched| fetched.sha256)
                .map(|checksum| checksum.to_string().into()),
            polls: polls.map(|polls| polls.count),
            busy: polls.map(|polls| polls.busy),
            longest_poll: polls.map(|polls| polls.longest),
        }
    }

    /// What is to be done about it, now that it has ended.
    fn remedy(&self) -> Option<Remedy> {
        let RowState::Ended(ended) = &self.state else {
            return None;
        };
        if matches!(ended.outcome, Outcome::Done) {
            let is_saved = ended
                .fetched
                .as_ref()
                .is_some_and(|fetched| fetched.path.is_some());
            return is_saved.then_some(Remedy::OpenFolder);
        }
        let error = ended.fetch_error();
        Some(match error.map(|error| (error.class, error.http_status)) {
            Some((ErrorClass::NotTheFile | ErrorClass::Changed | ErrorClass::NotResumable, _)) => {
                Remedy::ChangeUrl
            }
            Some((ErrorClass::HttpStatus, Some(401 | 403 | 404 | 410 | 451))) => Remedy::ChangeUrl,
            Some((ErrorClass::BadUrl | ErrorClass::Redirect, _)) => Remedy::ChangeUrl,
            Some((ErrorClass::DiskFull, _)) => Remedy::OpenFolder,
            _ => Remedy::Retry,
        })
    }

    /// The rate it shows: only while bytes are what it waits for.
    pub(super) fn shown_rate(&self) -> Option<f64> {
        self.rate.per_second().filter(|_| self.is_transferring())
    }

    fn is_transferring(&self) -> bool {
        self.job().is_some_and(|job| {
            matches!(job.lifecycle(), Lifecycle::Running)
                && job
                    .step()
                    .is_some_and(|step| matches!(step.kind, StepKind::Transferring))
        })
    }

    /// Takes a sample of its rate; what came before the transfer, or before a pause in it, does not count.
    pub(super) fn sample_rate(&mut self, now: Moment) {
        match self.job().map(|job| job.progress().0) {
            Some(done) if self.is_transferring() => self.rate.sample(now, done),
            _ => self.rate = Rate::default(),
        }
        let is_transferring = self.is_transferring();
        if let (RowState::Started(job), Spec::Fetch(_)) = (&self.state, &self.spec) {
            let wire_bytes = self.facts.borrow().trace.wire_bytes();
            self.history.sample(job, wire_bytes, is_transferring);
        }
    }
}
