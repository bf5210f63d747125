//! The jobs of a bare runtime as rows, for an application that has no other model.

use std::time::Duration;

use super::intent::Intent;
use crate::runtime::{Job, ProgressUnit, Runtime};
use crate::status::{RowId, RowSource, RowView, Status, StatusContext, Verb, status_of_job};

/// The jobs in a runtime's table, newest first, as they are now: make one in each frame.
///
/// ```
/// use jobdeck::{runtime::{ParkHost, Runtime}, status::RowSource, view::RuntimeRows};
///
/// let runtime = Runtime::new(ParkHost::new());
/// runtime.spawn("count", async |_cx| Ok(1 + 1));
/// let rows = RuntimeRows::new(&runtime);
/// assert_eq!(&*rows.row(0).unwrap().name, "count");
/// ```
#[derive(Clone, Debug)]
pub struct RuntimeRows {
    jobs: Vec<Job>,
    now: Duration,
}

impl RuntimeRows {
    /// The jobs as they are now.
    #[must_use]
    pub fn new(runtime: &Runtime) -> Self {
        let mut jobs = runtime.jobs();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.spawned_at()));
        let now = runtime.now().since_start();
        Self { jobs, now }
    }

    /// Whether a number of any row changes by itself: only then, and while the table is visible, it
    /// needs another frame.
    #[must_use]
    pub fn any_moves(&self) -> bool {
        self.jobs
            .iter()
            .any(|job| !job.is_finished() && !job.is_paused())
    }

    /// Does what was asked of one row: a runtime can pause, resume and cancel a job, but not begin
    /// it again. Returns true if it did something.
    pub fn apply(&self, intent: &Intent) -> bool {
        let Intent::RunOn(command, id) = intent else {
            return false;
        };
        let Some(job) = self.jobs.iter().find(|job| row_id(job) == *id) else {
            return false;
        };
        match command.verb() {
            Some(Verb::Pause) => job.pause(),
            Some(Verb::Resume) => job.resume(),
            Some(Verb::Cancel) => job.cancel(),
            Some(Verb::Skip) => job.skip(),
            _ => false,
        }
    }
}

fn row_id(job: &Job) -> RowId {
    RowId(job.id().to_bits())
}

impl RowSource for RuntimeRows {
    fn len(&self) -> usize {
        self.jobs.len()
    }

    fn row(&self, index: usize) -> Option<RowView> {
        let job = self.jobs.get(index)?;
        let (done, total) = job.progress();
        let slept = job.slept();
        let sleeping = job.sleeping();
        let is_moving = !job.is_finished() && !job.is_paused();
        let counts_bytes = job.progress_unit() == ProgressUnit::Bytes;
        Some(RowView {
            id: row_id(job),
            name: job.name().into(),
            host: "".into(),
            link_name: None,
            note: None,
            status: status_of_job(job, StatusContext::default()),
            received_bytes: Some(done).filter(|done| *done > 0 || total.is_some()),
            total_bytes: total,
            rate: job.rate().filter(|_| is_moving && counts_bytes),
            eta: job.eta().filter(|_| is_moving),
            slept: Some(slept).filter(|slept| sleeping.is_some() || !slept.is_zero()),
            mean_rate: None,
            sleep_total: sleeping
                .map(|sleeping| slept.saturating_sub(sleeping.slept) + sleeping.of),
            suggested_action: None,
        })
    }

    fn id(&self, index: usize) -> Option<RowId> {
        self.jobs.get(index).map(row_id)
    }

    fn status(&self, id: RowId) -> Option<Status> {
        let job = self.jobs.iter().find(|job| row_id(job) == id)?;
        Some(status_of_job(job, StatusContext::default()))
    }

    fn now(&self) -> Duration {
        self.now
    }

    fn offers_sorting(&self) -> bool {
        false
    }

    fn offers_retry(&self) -> bool {
        false
    }
}
