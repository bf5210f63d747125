//! The jobs of a bare runtime as rows, for an application that has no other model.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::sync::Once;
use std::time::Duration;

use super::intent::Intent;
use super::job_row;
use crate::runtime::{Job, Moment, Runtime};
use crate::status::{
    Column, Direction, RowExtras, RowId, RowSource, RowView, SortValue, Sorting, Status, Verb,
};

/// Begins a job again.
type Retry<'a> = Box<dyn Fn(&Job) + 'a>;

/// Jobs as they are now, newest first: make one in each frame.
///
/// ```
/// use jobdeck::runtime::{ParkHost, Runtime};
/// use jobdeck::view::{RowSource, RuntimeRows};
///
/// let runtime = Runtime::new(ParkHost::new());
/// runtime.spawn("count", async |_cx| Ok(1 + 1));
/// runtime.spawn("import", async |_cx| Ok(()));
/// let rows = RuntimeRows::top_level(&runtime).matching("COUNT");
/// assert_eq!(rows.len(), 1);
/// assert_eq!(&*rows.row(0).unwrap().name, "count");
/// ```
pub struct RuntimeRows<'a> {
    jobs: Vec<Job>,
    /// The place of each row, once one is asked for.
    places: OnceCell<HashMap<RowId, usize>>,
    now: Moment,
    /// How they are sorted, if they can be.
    sorting: Option<Sorting>,
    retry: Option<Retry<'a>>,
}

impl<'a> RuntimeRows<'a> {
    /// All jobs in the table of a runtime, child jobs too.
    #[must_use]
    pub fn new(runtime: &Runtime) -> Self {
        Self::newest_first(runtime.jobs(), runtime.now())
    }

    /// The jobs in the table of a runtime that no other job started.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use jobdeck::view::{RowSource, RuntimeRows};
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("import", async |cx| cx.spawn("a file", async |_cx| Ok(())).await);
    /// test.settle();
    /// assert_eq!(RuntimeRows::new(&test).len(), 2);
    /// assert_eq!(RuntimeRows::top_level(&test).len(), 1);
    /// test.forget(job.id());
    /// assert_eq!(RuntimeRows::top_level(&test).len(), 0, "a child stays one");
    /// ```
    #[must_use]
    pub fn top_level(runtime: &Runtime) -> Self {
        Self::new(runtime).filtered(|job| !job.is_child())
    }

    /// These jobs, which are all of one runtime: ids are unique only within one, and so are
    /// moments. Jobs of another runtime than the first one's are left out, with a warning in the
    /// log; they are the rows of a second table.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    /// use jobdeck::view::{RowSource, RuntimeRows};
    ///
    /// let runtime = Runtime::new(ParkHost::new());
    /// let handle = runtime.spawn("count", async |_cx| Ok(1 + 1));
    /// assert_eq!(RuntimeRows::of([handle.job().clone()]).len(), 1);
    ///
    /// let other = Runtime::new(ParkHost::new());
    /// let foreign = other.spawn("import", async |_cx| Ok(()));
    /// assert_eq!(handle.id(), foreign.id());
    /// let both = [handle.job().clone(), foreign.job().clone()];
    /// assert_eq!(RuntimeRows::of(both).len(), 1);
    /// ```
    #[must_use]
    pub fn of(jobs: impl IntoIterator<Item = Job>) -> Self {
        static WARNED: Once = Once::new();
        let mut jobs: Vec<Job> = jobs.into_iter().collect();
        let count = jobs.len();
        if let Some(first) = jobs.first().cloned() {
            jobs.retain(|job| job.0.is_of_runtime_of(&first.0));
        }
        if jobs.len() < count {
            WARNED.call_once(|| {
                log::warn!(
                    "rows of jobs of several runtimes: only those of the first one's are shown"
                );
            });
        }
        let now = jobs.first().map(Job::now).unwrap_or_default();
        Self::newest_first(jobs, now)
    }

    fn newest_first(mut jobs: Vec<Job>, now: Moment) -> Self {
        jobs.sort_by_key(|job| Reverse(job.spawned_at()));
        Self {
            now,
            jobs,
            places: OnceCell::new(),
            sorting: None,
            retry: None,
        }
    }

    /// Only those of them that fulfil this.
    #[must_use]
    pub fn filtered(mut self, keep: impl Fn(&Job) -> bool) -> Self {
        self.jobs.retain(keep);
        self.places.take();
        self
    }

    /// Only those whose name, or that of a parent, contains this text, in upper or lower case. For
    /// columns of one's own there is [`filtered`](Self::filtered).
    #[must_use]
    pub fn matching(self, text: &str) -> Self {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return self;
        }
        self.filtered(|job| job.path().to_lowercase().contains(&text))
    }

    /// Without those that ended at this moment or before it. A button that clears the list sets
    /// the moment to [`Runtime::now`].
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use jobdeck::view::{RowSource, RuntimeRows};
    ///
    /// let test = TestRuntime::new();
    /// test.spawn("count", async |_cx| Ok(1 + 1));
    /// test.settle();
    /// let rows = || RuntimeRows::new(&test);
    /// assert_eq!(rows().len(), 1);
    /// let cleared = test.now();
    /// assert_eq!(rows().cleared_at(cleared).len(), 0);
    /// ```
    #[must_use]
    pub fn cleared_at(self, moment: Moment) -> Self {
        self.filtered(|job| job.finished_at().is_none_or(|end| end > moment))
    }

    /// Sorted like this, and newest first where that is equal. The titles of the table can then be
    /// clicked: keep what [`JobsTableResponse::sorting`](super::JobsTableResponse::sorting) says.
    #[must_use]
    pub fn sorted(mut self, sorting: Sorting) -> Self {
        self.sorting = Some(sorting);
        self.places.take();
        let now = self.now;
        let keys = [sorting.first, sorting.second];
        if sorting.first.is_some() {
            self.jobs.sort_by_cached_key(|job| {
                keys.map(|key| match key {
                    Some((column, direction)) => sort_value(job, now, column, direction),
                    None => SortValue::Unknown,
                })
            });
        }
        self
    }

    /// With a button in each row that ended without success, which calls this. A runtime cannot
    /// begin a job again: the application spawns one that does the same.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    /// use jobdeck::view::RuntimeRows;
    ///
    /// fn start(runtime: &Runtime) {
    ///     runtime.spawn("count", async |_cx| Ok(1 + 1));
    /// }
    ///
    /// let runtime = Runtime::new(ParkHost::new());
    /// start(&runtime);
    /// let rows = RuntimeRows::new(&runtime).on_retry(|_job| start(&runtime));
    /// ```
    #[must_use]
    pub fn on_retry(mut self, retry: impl Fn(&Job) + 'a) -> Self {
        self.retry = Some(Box::new(retry));
        self
    }

    /// The job of a row.
    #[must_use]
    pub fn job(&self, id: RowId) -> Option<&Job> {
        self.jobs.get(self.position(id)?)
    }

    /// The jobs, in the order of their rows.
    #[must_use]
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Whether a number of any row changes by itself. A table asks for the frames that its visible
    /// rows need.
    #[must_use]
    pub fn any_moves(&self) -> bool {
        let moves = |job| job_row::changes_in(job, &job_row::row_view(job)).is_some();
        self.jobs.iter().any(moves)
    }

    /// Does what was asked of single rows: it pauses, resumes, cancels or skips, and
    /// [retries](Self::on_retry). Returns true if it did something.
    pub fn apply(&self, intents: &[Intent]) -> bool {
        let done = intents.iter().map(|intent| match intent {
            Intent::RunOn(command, id) => self
                .job(*id)
                .zip(command.verb())
                .is_some_and(|(job, verb)| self.act(job, verb)),
            _ => false,
        });
        done.fold(false, |any, done| any | done)
    }

    fn act(&self, job: &Job, verb: Verb) -> bool {
        match (verb, &self.retry) {
            (Verb::Pause, _) => job.pause(),
            (Verb::Resume, _) => job.resume(),
            (Verb::Cancel, _) => job.cancel(),
            (Verb::Skip, _) => job.skip(),
            (Verb::Retry, Some(retry)) => {
                retry(job);
                true
            }
            _ => false,
        }
    }
}

fn sort_value(job: &Job, now: Moment, column: Column, direction: Direction) -> SortValue {
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let row = job_row::row_view(job);
    let number = match column {
        Column::Job => {
            let name = row.name.to_lowercase();
            return SortValue::text(Some(name.into()), direction);
        }
        Column::State => Some(row.status.chip() as u64),
        Column::Progress => row
            .amount
            .fraction()
            .map(|share| (f64::from(share) * 1e9) as u64),
        Column::Received => row.amount.done,
        Column::Rate => row.rate.map(|rate| (rate.max(0.0) * 100.0) as u64),
        Column::Eta => row.eta.map(nanos),
        Column::Slept => row.slept.map(nanos),
        Column::Elapsed => Some(nanos(job_row::elapsed(job, now))),
        Column::Polls => Some(job.statistics().polls),
        Column::Busy => Some(nanos(job.statistics().busy)),
        Column::LongestPoll => Some(nanos(job.statistics().longest_poll)),
        _ => None,
    };
    SortValue::number(number, direction)
}

impl RowSource for RuntimeRows<'_> {
    fn len(&self) -> usize {
        self.jobs.len()
    }

    fn row(&self, index: usize) -> Option<RowView> {
        self.jobs.get(index).map(job_row::row_view)
    }

    fn id(&self, index: usize) -> Option<RowId> {
        self.jobs.get(index).map(job_row::row_id)
    }

    fn status(&self, id: RowId) -> Option<Status> {
        self.job(id).map(job_row::status)
    }

    fn position(&self, id: RowId) -> Option<usize> {
        let places = self.places.get_or_init(|| {
            let ids = self.jobs.iter().map(job_row::row_id);
            ids.zip(0..).collect()
        });
        places.get(&id).copied()
    }

    fn extras(&self, id: RowId) -> Option<RowExtras> {
        let job = self.job(id)?;
        Some(job_row::row_extras(job, self.now))
    }

    fn now(&self) -> Duration {
        self.now.since_start()
    }

    fn changes_in(&self, row: &RowView) -> Option<Duration> {
        job_row::changes_in(self.job(row.id)?, row)
    }

    fn offers_column(&self, column: Column) -> bool {
        column.is_default()
            || matches!(
                column,
                Column::Elapsed | Column::Polls | Column::Busy | Column::LongestPoll
            )
    }

    fn column_title(&self, column: Column) -> &'static str {
        match column {
            // Whatever it is that they count.
            Column::Received => "Done / total",
            column => column.title(),
        }
    }

    fn sorting(&self) -> Sorting {
        self.sorting.unwrap_or_default()
    }

    fn offers_sorting(&self) -> bool {
        self.sorting.is_some()
    }

    fn offers_retry(&self) -> bool {
        self.retry.is_some()
    }
}

impl fmt::Debug for RuntimeRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeRows")
            .field("jobs", &self.jobs)
            .field("sorting", &self.sorting)
            .finish_non_exhaustive()
    }
}
