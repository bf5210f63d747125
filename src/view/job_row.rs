//! One job of a runtime as a row.

use std::time::Duration;

use crate::runtime::{AwaitKind, AwaitView, Job, Moment, ProgressUnit};
use crate::status::{Amount, RowExtras, RowId, RowView, Status, StatusContext, status_of_job};

/// Slower than this, items a second are shown as none.
const LEAST_ITEM_RATE: f64 = 0.005;
/// What separates the names in the path of a job.
const BETWEEN_NAMES: &str = " / ";

/// The row of a job.
pub(super) fn row_id(job: &Job) -> RowId {
    RowId(job.id().to_bits())
}

/// The job as a table shows it. The names of its parents are the second line.
pub(super) fn row_view(job: &Job) -> RowView {
    let slept = job.slept();
    let sleeping = job.sleeping();
    let is_moving = !job.is_finished() && !job.is_paused();
    let mut row = RowView::new(row_id(job), job.name(), status(job));
    row.host = parents(job).into();
    row.amount = Amount::of_job(job);
    row.rate = job
        .rate()
        .filter(|rate| is_moving && shows_rate(row.amount, *rate));
    row.eta = job.eta().filter(|_| is_moving);
    row.slept = Some(slept).filter(|slept| sleeping.is_some() || !slept.is_zero());
    row.sleep_total = sleeping.map(|sleeping| slept.saturating_sub(sleeping.slept) + sleeping.of);
    row
}

/// Whether a rate says something. Bytes that stand still do.
fn shows_rate(amount: Amount, per_second: f64) -> bool {
    match amount.unit {
        ProgressUnit::Items => amount.is_known() && per_second >= LEAST_ITEM_RATE,
        ProgressUnit::Bytes => amount.is_known(),
    }
}

pub(super) fn status(job: &Job) -> Status {
    status_of_job(job, StatusContext::default())
}

/// What the columns show that are not there by default.
pub(super) fn row_extras(job: &Job, now: Moment) -> RowExtras {
    let statistics = job.statistics();
    RowExtras {
        elapsed: Some(elapsed(job, now)),
        polls: Some(statistics.polls),
        busy: Some(statistics.busy),
        longest_poll: Some(statistics.longest_poll),
        ..RowExtras::default()
    }
}

/// From its start to now, or to its end.
pub(super) fn elapsed(job: &Job, now: Moment) -> Duration {
    job.finished_at().unwrap_or(now).since(job.spawned_at())
}

/// After how long the texts of its row differ although nothing happens to it. Only a thread makes
/// progress that nobody is woken for.
pub(super) fn changes_in(job: &Job, row: &RowView) -> Option<Duration> {
    let delay = row.changes_in()?;
    let is_silent = matches!(row.status, Status::Working { .. })
        && !row.is_moving()
        && !has_worker(&job.await_tree());
    (!is_silent).then_some(delay)
}

fn has_worker(awaits: &[AwaitView]) -> bool {
    let mut awaits = awaits.iter();
    awaits.any(|view| view.kind == AwaitKind::Worker || has_worker(&view.children))
}

/// The names of its parents, outermost first; empty if it has none.
fn parents(job: &Job) -> String {
    let mut path = job.path();
    let own = path.len().saturating_sub(job.name().len());
    path.truncate(own.saturating_sub(BETWEEN_NAMES.len()));
    path
}
