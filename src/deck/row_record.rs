//! What outlives the process of a row, as plain data. Its moments are on the user's clock: the time
//! since 1970.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fetch::Fetched;
use crate::format::{self, LocalTime};
use crate::jobs::{ResumedWait, Spec};
use crate::options::Options;
use crate::runtime::{Lifecycle, Moment, Outcome, StepKind, WaitReason};
use crate::status::{Chip, RowId, Status};

use super::rows::earlier_files::EarlierFiles;
use super::rows::ended::Ended;
use super::rows::history::RowHistory;
use super::rows::left_part::LeftPart;
use super::rows::row::{Row, RowState};
use super::wall_clock::WallClock;

/// What drives a deck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKind {
    /// A window, or a page.
    Window,
    /// A run without a window.
    Run,
}

impl HostKind {
    /// The word for it in the store and in exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Run => "run",
        }
    }
}

/// The state of a row, as far as it outlives its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredState {
    /// It waits for its turn.
    Waiting,
    /// Its job is under way.
    Running,
    /// It stays paused until it is resumed.
    Paused,
    /// It ended well.
    Done,
    /// It ended well, with a doubt about its file.
    Check,
    /// It ended with an error.
    Failed,
    /// Its time was over.
    TimedOut,
    /// Its code panicked.
    Panicked,
    /// It was cancelled.
    Cancelled,
    /// It was stopped because its process ended.
    Interrupted,
}

impl StoredState {
    /// Every state: the unfinished ones first.
    pub const ALL: [Self; 10] = [
        Self::Waiting,
        Self::Running,
        Self::Paused,
        Self::Done,
        Self::Check,
        Self::Failed,
        Self::TimedOut,
        Self::Panicked,
        Self::Cancelled,
        Self::Interrupted,
    ];

    /// The word for it in the store and in exports. It never changes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Check => "check",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// The state with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether the row has not ended.
    #[must_use]
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Waiting | Self::Running | Self::Paused)
    }

    fn of(row: &Row) -> Self {
        match &row.state {
            _ if row.is_kept_paused() => Self::Paused,
            RowState::Queued { .. } => Self::Waiting,
            RowState::Started(_) if row.slot_use.is_wanted => Self::Waiting,
            RowState::Started(job) if matches!(job.lifecycle(), Lifecycle::Cancelling) => {
                if row.is_interrupted {
                    Self::Interrupted
                } else {
                    Self::Cancelled
                }
            }
            // For its first try, or for another one.
            RowState::Started(_) if row.listed.chip == Chip::Waiting => Self::Waiting,
            RowState::Started(_) => Self::Running,
            RowState::Ended(ended) => Self::of_end(ended),
        }
    }

    pub(super) fn of_end(ended: &Ended) -> Self {
        match &ended.outcome {
            Outcome::Done if ended.doubt().is_some() => Self::Check,
            Outcome::Done => Self::Done,
            Outcome::Failed(_) => Self::Failed,
            Outcome::Panicked(_) => Self::Panicked,
            Outcome::TimedOut => Self::TimedOut,
            Outcome::Cancelled if ended.is_interrupted => Self::Interrupted,
            Outcome::Cancelled => Self::Cancelled,
        }
    }
}

/// A row as it is stored.
///
/// A field that is added has `#[serde(default)]`; what older versions would misread needs another
/// version of the whole store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RowRecord {
    /// The row.
    pub id: RowId,
    /// What drove its deck when it was written.
    pub host: HostKind,
    /// Its place among all that wait or are paused: the smaller, the earlier.
    pub rank: u64,
    /// How many rows had ended when it did, itself included; 0 while it has not.
    pub end_number: u64,
    /// Its state.
    pub state: StoredState,
    /// What it is called.
    pub name: String,
    /// What its job does, secrets included.
    pub spec: Spec,
    /// How far its job had come, while it has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<JobRecord>,
    /// How it ended, with its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Box<Ended>>,
    pub(super) earlier_files: EarlierFiles,
    pub(super) history: RowHistory,
}

/// How far a job had come that has not ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct JobRecord {
    pub(super) received: u64,
    pub(super) total: Option<u64>,
    pub(super) part: Option<PathBuf>,
    pub(super) wait: Option<ResumedWait>,
    /// Since when the wait is running; none while the job is paused.
    pub(super) waits_since: Option<Moment>,
}

impl JobRecord {
    fn of(row: &Row, wall_clock: &WallClock, now: Moment) -> Option<Self> {
        let RowState::Started(job) = &row.state else {
            return None;
        };
        let (received, total) = job.progress();
        let wait = job.step().and_then(|step| match step.kind {
            StepKind::Waiting { reason, until } => {
                let left = until?.saturating_sub(job.active());
                match reason {
                    WaitReason::Sleep => Some(ResumedWait::Sleep { left }),
                    WaitReason::Retry { retry, of } => Some(ResumedWait::Retry { left, retry, of }),
                    WaitReason::Slot(_) | WaitReason::Other => None,
                }
            }
            StepKind::Computing | StepKind::Transferring => None,
        });
        let goes_on = matches!(job.lifecycle(), Lifecycle::Running) && wait.is_some();
        let facts = row.facts.borrow();
        Some(Self {
            received,
            total,
            part: facts.trace.part(),
            wait,
            waits_since: goes_on.then(|| wall_clock.stored(now)),
        })
    }

    /// The part that it left.
    fn left_part(&self) -> Option<LeftPart> {
        Some(LeftPart {
            path: self.part.clone()?,
            received: self.received,
            total: self.total,
            has_ended: false,
        })
    }
}

impl RowRecord {
    /// A row of the window that was added at this time since 1970, and waits for its user.
    #[must_use]
    pub fn paused(spec: Spec, added: Duration) -> Self {
        Self {
            id: RowId(0),
            host: HostKind::Window,
            rank: 0,
            end_number: 0,
            state: StoredState::Paused,
            name: format::escaped(spec.name()).into_owned(),
            spec,
            job: None,
            ended: None,
            earlier_files: EarlierFiles::default(),
            history: RowHistory::new(Moment::from_start(added), true),
        }
    }

    /// Leaves what has not ended to the user of a window: no process goes on with it by itself.
    pub fn pause(&mut self) {
        if self.state.is_unfinished() {
            self.state = StoredState::Paused;
            self.host = HostKind::Window;
        }
    }

    /// A row as it is now.
    pub(super) fn of(row: &Row, host: HostKind, wall_clock: &WallClock, now: Moment) -> Self {
        let mut history = row.history.clone();
        if matches!(row.state, RowState::Started(_)) {
            history = history.stopped(&row.facts.borrow(), now);
        }
        let job = JobRecord::of(row, wall_clock, now);
        let mut earlier_files = row.earlier_files.clone();
        if let Some(part) = job.as_ref().and_then(JobRecord::left_part) {
            earlier_files.part = Some(Box::new(part));
        }
        let ended = row.ended().map(|ended| {
            let mut ended = Box::new(ended.clone());
            ended
                .times
                .move_to_clock(|moment| wall_clock.stored(moment));
            ended
        });
        Self {
            id: row.id,
            host,
            rank: row.listed.rank.0,
            end_number: row.listed.end_number,
            state: StoredState::of(row),
            name: row.name.shown().to_string(),
            spec: row.spec.clone(),
            job,
            ended,
            earlier_files,
            history: history.on_clock(|moment| wall_clock.stored(moment)),
        }
    }

    /// Whether a window that opens lets it go on: it had not ended, and was neither paused by its
    /// user nor a run's.
    #[must_use]
    pub fn goes_on_in_window(&self) -> bool {
        let is_active = matches!(self.state, StoredState::Waiting | StoredState::Running);
        is_active && self.ended.is_none() && self.host == HostKind::Window
    }

    /// It goes on in another process, also if it was interrupted, with the options of this layer in
    /// place of its own.
    pub fn go_on(&mut self, given: Option<&Options>) {
        if let (Spec::Fetch(spec), Some(given)) = (&mut self.spec, given) {
            spec.take_given(given);
        }
        if self.state.is_unfinished() {
            return;
        }
        if let Some(left) = self.ended.take().and_then(|ended| ended.left_part()) {
            self.earlier_files.part = Some(Box::new(left));
        }
        self.state = StoredState::Waiting;
        self.end_number = 0;
    }

    /// Its file was found complete under its final name: its process was killed before it could say
    /// so.
    pub fn complete(&mut self, mut fetched: Fetched) {
        if fetched.final_url.is_empty() {
            fetched.final_url = self.spec.url();
        }
        let mut ended = Ended::before_it_began(Outcome::Done);
        ended.received = fetched.received;
        ended.wire_bytes = fetched.wire_bytes;
        ended.total = Some(fetched.received);
        ended.attempts = self.history.attempts(None).len().max(1) as u32;
        ended.fetched = Some(fetched);
        self.ended = Some(Box::new(ended));
        self.earlier_files.part = None;
        self.job = None;
    }

    /// Body bytes of the final content so far, and how many there will be, as far as is known.
    #[must_use]
    pub fn progress(&self) -> (u64, Option<u64>) {
        match (&self.ended, &self.earlier_files.part) {
            (Some(ended), _) => (ended.received, ended.total),
            (None, Some(part)) => (part.received, part.total),
            (None, None) => (0, None),
        }
    }

    /// Since when it is paused, if it is, and where that is known.
    pub(super) fn paused_since(&self) -> Option<LocalTime> {
        let at = self.paused_at()?.since_start();
        LocalTime::of(web_time::SystemTime::UNIX_EPOCH.checked_add(at)?)
    }

    /// The same as the time since 1970.
    pub(super) fn paused_at(&self) -> Option<Moment> {
        (self.state == StoredState::Paused).then(|| self.history.paused_at())?
    }

    /// When it was added, as the time since 1970.
    #[must_use]
    pub fn added(&self) -> Duration {
        self.history.added().since_start()
    }

    /// When it ended, as the time since 1970; none while it has not.
    #[must_use]
    pub fn ended_at(&self) -> Option<Duration> {
        let ended = self.ended.as_ref()?;
        let known = self.history.ended_at().or(ended.times.ended_at);
        let at = known.or(ended.times.began_at);
        Some(at.unwrap_or(self.history.added()).since_start())
    }

    /// How it ended, in the words of the list; none while it has not.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.ended.as_ref().map(|ended| ended.status())
    }

    /// Whether it is under this chip of the list.
    #[must_use]
    pub fn chip(&self) -> Chip {
        match self.state {
            StoredState::Waiting => Chip::Waiting,
            StoredState::Running => Chip::Active,
            StoredState::Paused => Chip::Paused,
            StoredState::Done => Chip::Done,
            StoredState::Check => Chip::Check,
            StoredState::Failed | StoredState::TimedOut | StoredState::Panicked => Chip::Failed,
            StoredState::Cancelled | StoredState::Interrupted => Chip::Cancelled,
        }
    }
}
