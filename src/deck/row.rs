//! One row: what it is, where it stands, and how it looks to a reader.

use std::{cell::OnceCell, path::PathBuf, sync::Arc, time::Duration};

use crate::{
    fetch::{AttemptStage, RateLimit, Request},
    format::{self, TimeOfDay},
    jobs::{Destination, Facts, SharedFacts, SlotState, Spec, name_of},
    runtime::{JobHandle, JobId, Lifecycle, Moment, Priority, Rate, Runtime, StepKind, WaitReason},
    status::{Chip, Circumstances, RowExtras, RowId, RowView, Status},
};

use super::{
    ended::{Ended, PollSums},
    history::{Held, History},
    order,
    pause_clock::PauseClock,
    silence::SilenceWatch,
};

/// A row of the list: it has an id of its own and outlives any one job.
pub(super) struct Row {
    pub(super) id: RowId,
    /// Its place among all that wait or are paused: the smaller, the earlier.
    pub(super) rank: u64,
    /// How many rows had ended when it did, itself included; 0 while it has not.
    pub(super) end_number: u64,
    pub(super) spec: Spec,
    pub(super) name: Arc<str>,
    /// Its files of earlier tries that there was a doubt about, with their sizes in bytes. They go when it is done without
    /// one.
    pub(super) earlier: Vec<(PathBuf, u64)>,
    /// What its link would call it, where its file is called otherwise.
    link_name: Option<Arc<str>>,
    pub(super) host: Arc<str>,
    pub(super) state: RowState,
    pub(super) facts: SharedFacts,
    pub(super) rate: Rate,
    /// So many of its bytes are in the sum of all rows.
    pub(super) counted_bytes: u64,
    silence_watch: SilenceWatch,
    pub(super) pause_clock: PauseClock,
    /// Its own limit, once it has begun: so that it can be changed.
    pub(super) rate_limit: Option<RateLimit>,
    /// Whether its job waits for a slot; it is paused meanwhile.
    pub(super) wants_slot: bool,
    /// How far the attempt under way has come, as far as the deck has seen.
    pub(super) stage_seen: AttemptStage,
    /// Since when it has its slot, or had the last one.
    pub(super) slot_since: Moment,
    /// For how long it had a slot before that, without what it lent.
    pub(super) slot_time: Duration,
    /// Whether it lends its slot after a while, because no byte came yet.
    pub(super) may_lend: bool,
    /// Whether it fails because its host was given up, which is told for all its rows at once.
    pub(super) fails_with_host: bool,
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
    /// Why its turn does not come.
    pub(super) unreachable: Option<Unreachable>,
}

/// What a row cannot reach, and when that is tried again.
pub(super) struct Unreachable {
    /// Its host; none is the network.
    pub(super) host: Option<Arc<str>>,
    /// How long it is until the next try; zero while one is under way.
    pub(super) next_try: Duration,
}

pub(super) enum RowState {
    /// Not begun; the deck starts it when there is a slot, unless it is paused.
    Queued { paused: bool },
    /// Its job is under way.
    Started(JobHandle<()>),
    /// Over; the numbers as they were at the end.
    Ended(Box<Ended>),
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
            rank: 0,
            end_number: 0,
            name: format::escaped(spec.name()).into(),
            earlier: Vec::new(),
            link_name: None,
            host: spec.host().into(),
            spec,
            state: RowState::Queued { paused },
            facts: Facts::with_slots_granted(),
            rate: Rate::default(),
            counted_bytes: 0,
            silence_watch: SilenceWatch::default(),
            pause_clock: PauseClock::default(),
            rate_limit: None,
            wants_slot: false,
            stage_seen: AttemptStage::default(),
            slot_since: now,
            slot_time: Duration::ZERO,
            may_lend: false,
            fails_with_host: false,
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
        if row.spec.has_given_name() {
            row.compare_with_link();
        }
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

    /// It has a slot for another attempt: what the one before reached says nothing any more.
    pub(super) fn begin_attempt(&mut self) {
        let facts = self.facts.borrow();
        facts.slot.grant();
        facts.trace.begin_attempt();
        self.stage_seen = AttemptStage::default();
    }

    /// Forgets all of its job, before another one.
    pub(super) fn forget_job(&mut self) {
        self.facts = Facts::with_slots_granted();
        self.stage_seen = AttemptStage::default();
        self.slot_time = Duration::ZERO;
        self.pause_clock = PauseClock::default();
        self.fails_with_host = false;
        self.retry_told = 0;
        self.steps_told = 0;
        self.interrupted = false;
        self.paused_since = None;
        self.counted_bytes = 0;
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
        self.compare_with_link();
        self.searched = OnceCell::new();
        true
    }

    /// Notes that its next try replaces the file it has, where there is a doubt about that.
    pub(super) fn replace_doubtful_file(&mut self) {
        let RowState::Ended(ended) = &self.state else {
            return;
        };
        let fetched = ended.fetched.as_ref();
        let doubtful = fetched.filter(|fetched| ended.doubt().is_some() && !fetched.skipped);
        if let Some(fetched) = doubtful
            && let Some(path) = &fetched.path
            && let Spec::Fetch(spec) = &mut self.spec
            && let Destination::Save(save) = &mut spec.destination
        {
            *save = save.clone().replacing(path);
            self.earlier.push((path.clone(), fetched.received));
        }
    }

    /// Forgets the files of earlier tries whose place another has taken: all of them once there is no doubt about that one.
    fn forget_replaced_files(&mut self) {
        if let RowState::Ended(ended) = &self.state
            && let Some(fetched) = ended.fetched.as_ref().filter(|fetched| !fetched.skipped)
            && let Spec::Fetch(spec) = &mut self.spec
            && let Destination::Save(save) = &mut spec.destination
        {
            let is_doubtful = fetched.doubt().is_some();
            let stays = |path: &PathBuf| is_doubtful && fetched.path.as_ref() != Some(path);
            save.replaced.retain(stays);
            self.earlier.retain(|(path, _)| stays(path));
        }
    }

    /// Takes over what its file is called, as far as that is known by now. True when that is news.
    pub(super) fn rename_if_known(&mut self) -> bool {
        let Some(name) = self.facts.borrow().trace.file_name() else {
            return false;
        };
        self.rename(&name)
    }

    /// It is called what its link says, until its file has a name.
    pub(super) fn forget_file_name(&mut self) -> bool {
        let name = self.spec.name().to_owned();
        self.rename(&name)
    }

    fn rename(&mut self, name: &str) -> bool {
        let name = format::escaped(name);
        if *self.name == *name {
            return false;
        }
        self.name = name.into();
        self.compare_with_link();
        self.searched = OnceCell::new();
        true
    }

    /// Notes what its link would call its file, where that is another name.
    fn compare_with_link(&mut self) {
        let request = match &self.spec {
            Spec::Fetch(spec) if spec.destination.folder().is_some() => Some(&spec.request),
            _ => None,
        };
        let of_link = request.map(name_of);
        let of_link = of_link.as_deref().map(format::escaped);
        self.link_name = of_link
            .filter(|of_link| **of_link != *self.name)
            .map(Into::into);
    }

    /// The file is the one that was wanted, or is not any longer; false when there is no doubt about it.
    pub(super) fn keep(&mut self, is_kept: bool) -> bool {
        let RowState::Ended(ended) = &mut self.state else {
            return false;
        };
        let is_doubtful = ended
            .fetched
            .as_ref()
            .is_some_and(|it| it.doubt().is_some());
        is_doubtful && std::mem::replace(&mut ended.is_kept, is_kept) != is_kept
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
        let Some(outcome) = job.outcome() else {
            return false;
        };
        let ended = Ended::of(job, outcome.clone(), &self.facts, self.paused(job));
        let ended = Box::new(ended.interrupted_if(self.interrupted));
        self.history.end(job, &self.facts.borrow());
        self.state = RowState::Ended(ended);
        self.rate = Rate::default();
        // Kept with the end, and not twice.
        self.facts.borrow_mut().fetched = None;
        self.forget_replaced_files();
        true
    }

    /// What keeps it from going on that its job knows nothing of.
    pub(super) fn held(&self) -> Option<Held> {
        match &self.state {
            RowState::Queued { paused: true } => Some(Held::Paused),
            RowState::Queued { paused: false } => Some(Held::Queued),
            RowState::Started(_) if self.wants_slot => Some(Held::Queued),
            RowState::Started(job) if job.is_paused() => match job.lifecycle() {
                Lifecycle::Pausing { by } | Lifecycle::Paused { by, .. } => {
                    Some(Held::of_pause(by))
                }
                _ => None,
            },
            RowState::Started(_) | RowState::Ended(_) => None,
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
    pub(super) fn is_awake(&self) -> bool {
        self.job().is_some_and(|job| !job.is_paused())
    }

    /// Whether what it is at takes a slot: an attempt does, until every byte is there.
    pub(super) fn needs_slot(&self) -> bool {
        let facts = self.facts.borrow();
        facts.slot.state() == SlotState::Held && facts.trace.stage() != AttemptStage::BytesComplete
    }

    /// How long it was paused; to be asked at its end.
    fn paused(&self, job: &JobHandle<()>) -> Duration {
        self.pause_clock
            .total(job.finished_at().unwrap_or_default())
    }

    /// Where it stands. `place` is its place in the queue, where it has one.
    pub(super) fn status(&self, place: Option<Place>) -> Status {
        let queued = |place: Option<Place>| match place {
            Some(Place {
                unreachable: Some(Unreachable { host, next_try }),
                ..
            }) => Status::Unreachable { host, next_try },
            place => Status::Queued {
                place: place.as_ref().map(|place| place.number),
                waits_for: place.and_then(|place| place.waits_for),
            },
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
            return Ended::of(job, outcome, &self.facts, self.paused(job)).status();
        }
        // It has its slot, and has yet to take it.
        let still_asks = || {
            let step = job.step();
            let reason = step.map(|step| step.kind);
            matches!(reason, Some(StepKind::Waiting { reason: WaitReason::Slot(of), .. }) if of.is_empty())
        };
        let has_slot = self.facts.borrow().slot.state() == SlotState::Held;
        if has_slot && !job.is_paused() && still_asks() {
            return Status::Working {
                label: "Starting".into(),
            };
        }
        let circumstances = Circumstances {
            paused_since: self.paused_since,
            retry_after: self.retry_after(),
            silence: self.silence_watch.silence(job.job(), &self.facts),
        };
        Status::of_job(job.job(), circumstances)
    }

    /// The delay that the server asked for, if the job waits for that.
    fn retry_after(&self) -> Option<Duration> {
        let facts = self.facts.borrow();
        let wait = facts.attempts.last()?.wait?;
        wait.asked_by_server.then_some(wait.delay)
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
            RowState::Started(_) if status.is_under_way() => None,
            RowState::Started(_) => {
                let facts = self.facts.borrow();
                facts
                    .last_error
                    .as_ref()
                    .map(|error| format::escaped(&error.message).into())
            }
            RowState::Ended(ended) => ended.remarks(),
            RowState::Queued { .. } => None,
        };
        RowView {
            id: self.id,
            name: self.name.clone(),
            link_name: self.link_name.clone(),
            host: self.host.clone(),
            note,
            eta: match (rate, received, total) {
                (Some(rate), Some(received), Some(total)) if rate >= 1.0 => {
                    let secs = total.saturating_sub(received) as f64 / rate;
                    Duration::try_from_secs_f64(secs).ok()
                }
                _ => None,
            },
            remedy: match &self.state {
                RowState::Ended(ended) => ended.remedy(),
                _ => None,
            },
            status,
            received_bytes: received,
            total_bytes: total,
            rate,
            mean_rate: match &self.state {
                RowState::Ended(ended) => ended.mean_rate,
                _ => None,
            },
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
        let ended = match &self.state {
            RowState::Ended(ended) => Some(ended),
            _ => None,
        };
        let fetched = ended.and_then(|ended| ended.fetched.as_ref());
        let attempts = self.facts.borrow().attempts.count();
        RowExtras {
            elapsed,
            attempts: Some(attempts).filter(|attempts| *attempts > 0),
            added: self.added_at,
            http_status: ended.and_then(|ended| ended.http_status()),
            priority: self.job().map(|job| match job.priority() {
                Priority::Low => "low",
                Priority::Normal => "normal",
                Priority::High => "high",
            }),
            saved_to: fetched
                .and_then(|fetched| fetched.path.as_ref())
                .map(|path| format::escaped(&path.display().to_string()).into()),
            checksum: fetched
                .and_then(|fetched| fetched.sha256)
                .map(|checksum| checksum.to_string().into()),
            polls: polls.map(|polls| polls.count),
            busy: polls.map(|polls| polls.busy),
            longest_poll: polls.map(|polls| polls.longest),
        }
    }

    /// The rate it shows: only while bytes come. What it was before a silence says nothing of what comes.
    pub(super) fn shown_rate(&self) -> Option<f64> {
        let job = self.job()?;
        let is_stalled = || {
            let silence = self.silence_watch.silence(job.job(), &self.facts);
            silence.is_some_and(|silence| silence.is_shown())
        };
        let rate = self.rate.per_second();
        rate.filter(|_| self.is_transferring() && !is_stalled())
    }

    fn is_transferring(&self) -> bool {
        self.job().is_some_and(|job| {
            matches!(job.lifecycle(), Lifecycle::Running)
                && job
                    .step()
                    .is_some_and(|step| matches!(step.kind, StepKind::Transferring))
        })
    }

    /// The bytes that arrived since the last call, those of failed attempts included.
    pub(super) fn take_arrived(&mut self) -> u64 {
        let bytes = self.facts.borrow().trace.wire_bytes();
        let before = std::mem::replace(&mut self.counted_bytes, bytes);
        bytes.saturating_sub(before)
    }

    /// Takes a sample of its rate; what came before the transfer, or before a pause in it, does not count.
    pub(super) fn sample_rate(&mut self, now: Moment) {
        if let RowState::Started(job) = &self.state {
            self.silence_watch.sample(job.job(), &self.facts);
        }
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
