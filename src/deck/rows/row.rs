//! One row: its spec, its state, and what it keeps of its job.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::fetch::{AttemptStage, RateLimit, RenameNotice, Request};
use crate::format::LocalTime;
use crate::jobs::{Attempts, Destination, JobFacts, SharedFacts, SlotState, Spec};
use crate::runtime::{
    JobHandle, JobId, Lifecycle, Moment, Outcome, Rate, Runtime, StepKind, WaitReason,
};
use crate::status::{Chip, RowId, Status, StatusContext, status_of_job};

use super::earlier_files::EarlierFiles;
use super::ended::Ended;
use super::group::Group;
use super::history::{HoldReason, RowHistory};
use super::left_part::LeftPart;
use super::pause_clock::PauseClock;
use super::row_name::RowName;
use super::silence::SilenceWatch;

/// A row of the list: it has an id of its own and outlives any one job. To others it is its
/// [view](crate::status::RowView) and its [detail](super::detail::RowDetail).
pub struct Row {
    pub(in crate::deck) id: RowId,
    pub(in crate::deck) spec: Spec,
    pub(in crate::deck) name: RowName,
    /// Empty if it needs none.
    pub(in crate::deck) host: Arc<str>,
    pub(in crate::deck) state: RowState,
    pub(in crate::deck) facts: SharedFacts,
    pub(in crate::deck) earlier_files: EarlierFiles,
    pub(in crate::deck) slot_use: SlotUse,
    pub(in crate::deck) traffic: Traffic,
    pub(in crate::deck) pauses: PauseClock,
    pub(in crate::deck) reported: Reported,
    pub(in crate::deck) listed: Listed,
    /// Whether its cancel is the end of the process and not its user's.
    pub(in crate::deck) is_interrupted: bool,
    pub(in crate::deck) history: RowHistory,
    pub(in crate::deck) added_at: Option<LocalTime>,
}

pub(in crate::deck) enum RowState {
    /// Not begun; the deck starts it when there is a slot, unless it is paused.
    Queued { paused: bool },
    /// Its job is under way.
    Started(JobHandle<()>),
    /// Over; the numbers as they were at the end.
    Ended(Box<Ended>),
}

/// The slot of a row, as its deck sees it.
pub(in crate::deck) struct SlotUse {
    /// Whether its job waits for a slot; it is paused meanwhile.
    pub(in crate::deck) is_wanted: bool,
    /// How far the attempt under way has come.
    pub(in crate::deck) stage_seen: AttemptStage,
    /// Since when it has its slot, or had the last one.
    pub(in crate::deck) since: Moment,
    /// For how long it had slots before, without what it lent.
    pub(in crate::deck) time: Duration,
    /// Whether it lends its slot after a while, because no byte came yet.
    pub(in crate::deck) may_lend: bool,
}

/// The bytes of a row.
#[derive(Default)]
pub(in crate::deck) struct Traffic {
    pub(in crate::deck) rate: Rate,
    /// How many of its bytes are in the sum of all rows.
    counted_bytes: u64,
    silence: SilenceWatch,
    /// Its own limit, once it has begun: so that it can be changed.
    pub(in crate::deck) own_limit: Option<RateLimit>,
}

/// What of a row's job is in the activity and the events already.
#[derive(Default)]
pub(in crate::deck) struct Reported {
    /// The attempt that comes next.
    pub(in crate::deck) attempt: u32,
    /// The number of the newest step.
    pub(in crate::deck) step: u64,
    /// Whether it fails because its host was given up, which is reported once for all its rows.
    pub(in crate::deck) fails_with_host: bool,
    /// Whether it is in the journal, to be stored.
    pub(in crate::deck) is_in_journal: bool,
    /// Whether its part was stored.
    pub(in crate::deck) is_part_stored: bool,
}

/// What the counts and the order of the list were made from.
pub(in crate::deck) struct Listed {
    pub(in crate::deck) chip: Chip,
    pub(in crate::deck) group: Group,
    pub(in crate::deck) rank: Rank,
    /// How many rows had ended when it did, itself included; 0 while it has not.
    pub(in crate::deck) end_number: u64,
    /// Whether its place in the list is to be looked at again.
    pub(in crate::deck) is_changed: bool,
}

/// The place of a row among all that wait for their turn or are paused: the smaller, the earlier. A
/// rank is given once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::deck) struct Rank(pub(in crate::deck) u64);

/// The place of a row in the queue.
pub(in crate::deck) struct QueuePlace {
    /// From 1.
    pub(in crate::deck) number: u64,
    /// What it waits for in addition to its turn.
    pub(in crate::deck) waits_for: Option<Arc<str>>,
    /// Why its turn does not come.
    pub(in crate::deck) unreachable: Option<Unreachable>,
}

/// What a row cannot reach, and when that is tried again.
pub(in crate::deck) struct Unreachable {
    /// Its host; none is the network.
    pub(in crate::deck) host: Option<Arc<str>>,
    /// How long it is until the next try; zero while one is under way.
    pub(in crate::deck) next_try: Duration,
}

/// What [`Row::update`] took over.
pub(in crate::deck) struct RowUpdate {
    /// Its status, without its place in the queue.
    pub(in crate::deck) status: Status,
    /// The job it had before.
    pub(in crate::deck) job: Option<JobId>,
    pub(in crate::deck) is_renamed: bool,
    /// Whether its job has ended since the last update.
    pub(in crate::deck) has_ended: bool,
    /// Whether it ended while it waited for a slot.
    pub(in crate::deck) leaves_queue: bool,
    /// Whether its job paused itself: the disk was full, for example.
    pub(in crate::deck) paused_itself: bool,
    /// The bytes that arrived since the last update.
    pub(in crate::deck) arrived: u64,
}

impl Row {
    pub(in crate::deck) fn new(
        id: RowId,
        spec: Spec,
        paused: bool,
        now: Moment,
        added_at: Option<LocalTime>,
    ) -> Self {
        let mut row = Self {
            id,
            name: RowName::of(&spec),
            host: spec.host().into(),
            spec,
            state: RowState::Queued { paused },
            facts: JobFacts::with_slots_granted(),
            earlier_files: EarlierFiles::default(),
            slot_use: SlotUse {
                is_wanted: false,
                stage_seen: AttemptStage::default(),
                since: now,
                time: Duration::ZERO,
                may_lend: false,
            },
            traffic: Traffic::default(),
            pauses: PauseClock::default(),
            reported: Reported::default(),
            listed: Listed {
                chip: Chip::Waiting,
                group: Group::WaitsForTurn,
                rank: Rank(0),
                end_number: 0,
                is_changed: false,
            },
            is_interrupted: false,
            history: RowHistory::new(now, paused),
            added_at,
        };
        row.listed.chip = row.status(None).chip();
        row.listed.group = row.group();
        row
    }

    /// It ended in an earlier process.
    pub(in crate::deck) fn restore_end(&mut self, ended: Box<Ended>, end_number: u64) {
        self.facts = Rc::new(RefCell::new(JobFacts {
            attempts: Attempts::counted(ended.attempts),
            last_error: ended.fetch_error().cloned(),
            ..JobFacts::default()
        }));
        self.is_interrupted = ended.is_interrupted;
        self.listed.end_number = end_number;
        self.state = RowState::Ended(ended);
        self.listed.chip = self.status(None).chip();
        self.listed.group = self.group();
    }

    /// Begins its job, which keeps to the limit of all and to its own, and calls `notice` before
    /// its file gets its name.
    pub(in crate::deck) fn start(
        &mut self,
        runtime: &Runtime,
        of_all: &RateLimit,
        notice: Option<RenameNotice>,
    ) -> JobId {
        let facts = self.facts.clone();
        if let Some(left) = self.earlier_files.part.take()
            && !left.has_ended
            && let Spec::Fetch(spec) = &mut self.spec
            && let Destination::Save(save) = &mut spec.destination
        {
            *save = save.clone().after_crash(left.path);
        }
        let job = match &self.spec {
            Spec::Fetch(spec) => {
                let own = self.traffic.own_limit.get_or_insert_default();
                own.set(spec.rate_limit_bytes_per_sec);
                let limits = [of_all.clone(), own.clone()];
                self.spec.start(runtime, facts, &limits, notice)
            }
            Spec::Timed(_) => self.spec.start(runtime, facts, &[], None),
        };
        let id = job.id();
        self.state = RowState::Started(job);
        id
    }

    /// It has a slot for another attempt: how far the last one got says nothing any more.
    pub(in crate::deck) fn begin_attempt(&mut self) {
        let facts = self.facts.borrow();
        facts.slot.grant();
        facts.trace.begin_attempt();
        self.slot_use.stage_seen = AttemptStage::default();
    }

    /// Makes it as if it had never begun, for another job; false if it cannot be begun again. The
    /// files of earlier jobs and its history stay.
    pub(in crate::deck) fn begin_again(&mut self, now: Moment) -> bool {
        if !self.status(None).can_retry() {
            return false;
        }
        if let RowState::Ended(ended) = &self.state {
            self.earlier_files.replace_doubtful(ended, &mut self.spec);
            let left = ended.left_part();
            self.earlier_files.part = left.map(|left| {
                Box::new(LeftPart {
                    has_ended: true,
                    ..left
                })
            });
        }
        let paused = self.spec.needs_link();
        self.state = RowState::Queued { paused };
        self.listed.end_number = 0;
        self.history.begin_again(now, paused);
        self.facts = JobFacts::with_slots_granted();
        self.slot_use.stage_seen = AttemptStage::default();
        self.slot_use.time = Duration::ZERO;
        self.pauses = PauseClock::default();
        self.reported = Reported::default();
        self.is_interrupted = false;
        self.traffic.counted_bytes = 0;
        true
    }

    /// Another link for the same file; false unless this is a download that ended without success,
    /// or is paused and has not begun.
    pub(in crate::deck) fn change_url(&mut self, place: &Request) -> bool {
        let part = match &self.state {
            RowState::Ended(ended) if ended.status().can_retry() => ended.part.clone(),
            RowState::Queued { paused: true } => {
                let left = self.earlier_files.part.as_ref();
                left.map(|left| left.path.clone())
            }
            _ => return false,
        };
        let Spec::Fetch(spec) = &mut self.spec else {
            return false;
        };
        spec.request = spec.request.moved_to(place.clone()).with_headers_of(place);
        spec.needs_link = false;
        if let (Some(part), Destination::Save(save)) = (part, &mut spec.destination) {
            *save = save.clone().continuing(part);
        }
        self.host = self.spec.host().into();
        self.name.link_changed(&self.spec);
        true
    }

    /// It is called what its link says, until its file has a name; false if it is already.
    pub(in crate::deck) fn forget_file_name(&mut self) -> bool {
        self.name.rename(self.spec.name(), &self.spec)
    }

    /// Takes over what its job says now.
    pub(in crate::deck) fn update(&mut self, now: Moment) -> RowUpdate {
        let job = self.job().map(|job| job.id());
        let file_name = job.and_then(|_| self.facts.borrow().trace.file_name());
        let is_renamed = file_name.is_some_and(|name| self.name.rename(&name, &self.spec));
        let has_ended = self.end_if_finished();
        let is_paused = self.job().is_some() && self.is_kept_paused();
        self.pauses.note(is_paused, now);
        self.history.note(self.hold_reason(), now);
        let arrived = self.take_arrived();
        let leaves_queue = has_ended && std::mem::take(&mut self.slot_use.is_wanted);
        let mut paused_itself = false;
        match self.job().map(|job| job.is_paused()) {
            Some(false) => self.pauses.shown_since = None,
            Some(true) if self.pauses.shown_since.is_none() && !self.slot_use.is_wanted => {
                self.pauses.shown_since = LocalTime::of(web_time::SystemTime::now());
                paused_itself = true;
            }
            _ => {}
        }
        if !self.is_awake() {
            self.traffic.rate = Rate::default();
        }
        RowUpdate {
            status: self.status(None),
            job,
            is_renamed,
            has_ended,
            leaves_queue,
            paused_itself,
            arrived,
        }
    }

    /// The file is the one that was wanted, or is not any longer; false when there is no doubt
    /// about it.
    pub(in crate::deck) fn keep(&mut self, is_kept: bool) -> bool {
        let RowState::Ended(ended) = &mut self.state else {
            return false;
        };
        let is_doubtful = ended
            .fetched
            .as_ref()
            .is_some_and(|it| it.doubt().is_some());
        is_doubtful && std::mem::replace(&mut ended.is_kept, is_kept) != is_kept
    }

    pub(in crate::deck) fn job(&self) -> Option<&JobHandle<()>> {
        match &self.state {
            RowState::Started(job) => Some(job),
            RowState::Queued { .. } | RowState::Ended(_) => None,
        }
    }

    pub(in crate::deck) fn ended(&self) -> Option<&Ended> {
        match &self.state {
            RowState::Ended(ended) => Some(ended),
            RowState::Queued { .. } | RowState::Started(_) => None,
        }
    }

    /// Takes over the numbers of a job that has ended. True when it just has.
    fn end_if_finished(&mut self) -> bool {
        let RowState::Started(job) = &self.state else {
            return false;
        };
        let Some(outcome) = job.outcome() else {
            return false;
        };
        let ended = Ended::of(job, outcome.clone(), &self.facts, &self.pauses);
        let ended = Box::new(ended.interrupted_if(self.is_interrupted));
        self.history.end(job, &self.facts.borrow());
        self.traffic.rate = Rate::default();
        // Kept with the end, and not twice.
        self.facts.borrow_mut().fetched = None;
        self.earlier_files.forget_replaced(&ended, &mut self.spec);
        self.state = RowState::Ended(ended);
        true
    }

    /// Why the deck (not the job) holds this row.
    pub(in crate::deck) fn hold_reason(&self) -> Option<HoldReason> {
        match &self.state {
            RowState::Queued { paused: true } => Some(HoldReason::Paused),
            RowState::Queued { paused: false } => Some(HoldReason::Queued),
            RowState::Started(_) if self.slot_use.is_wanted => Some(HoldReason::Queued),
            RowState::Started(job) if job.is_paused() => match job.lifecycle() {
                Lifecycle::Pausing { by } | Lifecycle::Paused { by, .. } => {
                    Some(HoldReason::of_pause(by))
                }
                _ => None,
            },
            RowState::Started(_) | RowState::Ended(_) => None,
        }
    }

    /// Whether it waits for its turn, or would if it were not paused.
    pub(in crate::deck) fn is_queued(&self) -> bool {
        matches!(self.state, RowState::Queued { .. }) || self.slot_use.is_wanted
    }

    /// Whether it stays paused until it is resumed.
    pub(in crate::deck) fn is_kept_paused(&self) -> bool {
        match &self.state {
            RowState::Queued { paused } => *paused,
            RowState::Started(job) => job.is_paused() && !self.slot_use.is_wanted,
            RowState::Ended(_) => false,
        }
    }

    /// Whether it is begun, and neither paused nor over.
    pub(in crate::deck) fn is_awake(&self) -> bool {
        self.job().is_some_and(|job| !job.is_paused())
    }

    /// Whether it takes a slot: an attempt does, until every byte is there.
    pub(in crate::deck) fn needs_slot(&self) -> bool {
        let facts = self.facts.borrow();
        facts.slot.state() == SlotState::Held && facts.trace.stage() != AttemptStage::BytesComplete
    }

    pub(in crate::deck) fn group(&self) -> Group {
        let waits_for_time = self.job().is_some() && !self.slot_use.is_wanted;
        Group::of(self.listed.chip, waits_for_time)
    }

    /// What its status says. `place` is its place in the queue, where it has one.
    pub(in crate::deck) fn status(&self, place: Option<QueuePlace>) -> Status {
        let queued = |place: Option<QueuePlace>| match place {
            Some(QueuePlace {
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
                since: self.pauses.shown_since,
                note: not_begun(self),
            },
            RowState::Queued { paused: false } => queued(place),
            RowState::Started(job) if self.slot_use.is_wanted && !job.is_finished() => {
                queued(place)
            }
            RowState::Ended(ended) => ended.status(),
            RowState::Started(job) => self.started_status(job),
        }
    }

    fn started_status(&self, job: &JobHandle<()>) -> Status {
        if let Lifecycle::Finished(outcome) = job.lifecycle() {
            return Ended::of(job, outcome, &self.facts, &self.pauses).status();
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
        let context = StatusContext {
            paused_since: self.pauses.shown_since,
            retry_after: self.retry_after(),
            silence: self.traffic.silence.silence(job.job(), &self.facts),
        };
        status_of_job(job.job(), context)
    }

    /// The delay that the server asked for, if the job waits for that.
    fn retry_after(&self) -> Option<Duration> {
        let facts = self.facts.borrow();
        let wait = facts.attempts.last()?.wait?;
        wait.asked_by_server.then_some(wait.delay)
    }

    /// The rate it shows: only while bytes come. What it was before a silence says nothing of what
    /// comes.
    pub(in crate::deck) fn shown_rate(&self) -> Option<f64> {
        let job = self.job()?;
        let is_stalled = || {
            let silence = self.traffic.silence.silence(job.job(), &self.facts);
            silence.is_some_and(|silence| silence.is_shown())
        };
        let rate = self.traffic.rate.per_second();
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
    pub(in crate::deck) fn take_arrived(&mut self) -> u64 {
        let bytes = self.facts.borrow().trace.wire_bytes();
        let before = std::mem::replace(&mut self.traffic.counted_bytes, bytes);
        bytes.saturating_sub(before)
    }

    /// Takes a sample of its rate; what came before the transfer, or before a pause in it, does not
    /// count.
    pub(in crate::deck) fn sample_rate(&mut self, now: Moment) {
        if let RowState::Started(job) = &self.state {
            self.traffic.silence.sample(job.job(), &self.facts);
        }
        let is_transferring = self.is_transferring();
        match self.job().map(|job| job.progress().0) {
            Some(done) if is_transferring => self.traffic.rate.sample(now, done),
            _ => self.traffic.rate = Rate::default(),
        }
        if let (RowState::Started(job), Spec::Fetch(_)) = (&self.state, &self.spec) {
            let wire_bytes = self.facts.borrow().trace.wire_bytes();
            self.history.sample(job, wire_bytes, is_transferring);
        }
    }
}

/// A row ends before its job has begun. What earlier jobs left stays known.
pub(in crate::deck) fn end_unbegun(row: &mut Row, outcome: Outcome, now: Moment) {
    let mut ended = Ended::before_it_began(outcome).interrupted_if(row.is_interrupted);
    ended.times.ended_at = Some(now);
    ended.take_part(row.earlier_files.part.take());
    row.state = RowState::Ended(Box::new(ended));
}

/// Why a row without a job is paused.
fn not_begun(row: &Row) -> Option<Cow<'static, str>> {
    match &row.spec {
        spec if spec.needs_link() => Some("needs its link".into()),
        _ if row.earlier_files.part.is_some() => None,
        _ if row.history.began_before() => None,
        _ => Some("not begun".into()),
    }
}
