//! Every way in which a job comes to its end: its code returns, it is cancelled, its time is over,
//! its runtime goes.
//!
//! The code ends first ([`on_code_end`]); the job ends when its children, workers and cleanup have
//! ended too ([`try_finish`], called whenever one of them has).

use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use crate::runtime::job::context::CLEANUP_DEADLINE;
use crate::runtime::job::panics;
use crate::runtime::job::poll_state::{CodePhase, JobFuture};
use crate::runtime::job::record::JobRecord;
use crate::runtime::job::relations::Cleanup;
use crate::runtime::job::spawn::spawn_in;
use crate::runtime::job::spawn_options::SpawnOptions;
use crate::runtime::time::timers::TimerTarget;
use crate::runtime::{ErrorKind, JobError, JobId, Moment, Outcome, PanicReport, Priority};

// ---- cancel ----

/// Cancels a job; false if it is shielded or ending already.
pub(crate) fn cancel(job: &Rc<JobRecord>) -> bool {
    cancel_by(job, None)
}

/// Cancels a job, for this failure of a sibling if there is one.
fn cancel_by(job: &Rc<JobRecord>, cause: Option<JobError>) -> bool {
    if job.link.shielded || job.is_ending() {
        return false;
    }
    if let Some(cause) = cause {
        job.relations().cancelled_by.replace(Some(cause));
    }
    begin_cancel(job);
    true
}

/// The job's own limit of time is over.
pub(crate) fn on_timeout(job: &Rc<JobRecord>) {
    if !job.is_ending() {
        job.relations().has_timed_out.set(true);
        begin_cancel(job);
    }
}

/// Ends these jobs with their runtime, which is being dropped: cleanups do not run, and threads are
/// given up.
pub(crate) fn end_all(jobs: &[Rc<JobRecord>], now: Moment) {
    // The jobs cannot ask the runtime for the time any more. A paused clock stays as it is.
    for job in jobs.iter().filter(|job| !job.poll.is_paused()) {
        job.clock.stop(now);
    }
    for job in jobs.iter().rev() {
        if !job.is_ending() {
            begin_cancel(job);
        }
    }
    // There will be no message about the end of the remaining threads.
    for job in jobs.iter().rev() {
        abandon_workers(job);
    }
}

fn begin_cancel(job: &Rc<JobRecord>) {
    job.poll.is_cancelling.set(true);
    job.poll.has_deferred_wake.set(false);
    let was_paused = !job.poll.pauses.take().is_empty();
    if was_paused && let Some(runtime) = job.runtime() {
        job.clock.start(runtime.now());
    }
    job.mark_changed();
    // Taken out while the children end: the last child's end must not finish this job, whose
    // cleanup comes first. A failure that was there before the cancel stays the outcome.
    let pending = job.end.take_pending();
    for child in job.children().iter().rev() {
        cancel(child);
    }
    job.end.set_pending(match pending {
        Some(Outcome::Done) => Some(cancelled_outcome(job)),
        pending => pending,
    });
    if let Some(relations) = job.relations_if_any() {
        relations.workers.cancel();
    }
    if job.poll.is_polling.get() {
        return; // the end of this poll drops the future
    }
    let future = job.poll.future.borrow_mut().take();
    if let Some(future) = future {
        let panic = drop_future(future);
        on_code_end(
            job,
            panic.map_or_else(|| cancelled_outcome(job), Outcome::Panicked),
        );
    } else {
        // Its code had ended before; it only waited for what it started.
        begin_cleanup(job);
        try_finish(job);
    }
    if let Some(runtime) = job.runtime() {
        runtime.queue.notify();
    }
}

/// The outcome of a job that is cancelled.
fn cancelled_outcome(job: &JobRecord) -> Outcome {
    let relations = job.relations_if_any();
    if relations.is_some_and(|relations| relations.has_timed_out.get()) {
        Outcome::TimedOut
    } else {
        Outcome::Cancelled
    }
}

// ---- the end of the code ----

/// The job's own code has ended: what it started is cancelled or waited for.
pub(crate) fn on_code_end(job: &Rc<JobRecord>, outcome: Outcome) {
    job.wakes.retire();
    let is_cancelled = job.poll.is_cancelling.get();
    let outcome = match outcome {
        outcome @ Outcome::Panicked(_) => outcome,
        _ if is_cancelled => cancelled_outcome(job),
        outcome => outcome,
    };
    let is_done = matches!(outcome, Outcome::Done);
    job.end.set_pending(Some(outcome));
    job.poll.phase.set(CodePhase::Completing);
    if let Some(relations) = job.relations_if_any() {
        relations.workers.cancel();
    }
    let runtime = job.runtime();
    job.awaits
        .close(runtime.as_ref().map(|runtime| &runtime.timers));
    drop(runtime);
    if !is_done {
        for child in job.children().iter().rev() {
            cancel(child);
        }
    }
    if is_cancelled {
        begin_cleanup(job);
    }
    try_finish(job);
}

/// The outcome of a job whose code returned this error.
pub(crate) fn failure(job: &JobRecord, error: JobError) -> Outcome {
    match error.kind() {
        ErrorKind::Panicked(report) => Outcome::Panicked(report.clone()),
        // This looks at the sources of the error, which are code of the user's.
        _ => panics::catch("in the error of the job", || {
            error.happened_in(job.path(), job.label())
        })
        .map_or_else(Outcome::Panicked, Outcome::Failed),
    }
}

/// Drops the job's future, and returns the panic of its drop if there was one.
pub(crate) fn drop_future(future: JobFuture) -> Option<PanicReport> {
    panics::catch("while its code was dropped", || drop(future)).err()
}

// ---- cleanup ----

/// Runs what was registered for a cancel, last first, in a child that only its deadline can stop.
fn begin_cleanup(job: &Rc<JobRecord>) {
    let Some(relations) = job.relations_if_any() else {
        return;
    };
    let mut cleanups = relations.cleanups.take();
    // A cleanup has no cleanup of its own: its time is the same.
    let is_needed = !cleanups.is_empty() && !job.link.shielded;
    let Some(runtime) = job.runtime().filter(|_| is_needed) else {
        return;
    };
    let options = SpawnOptions {
        name: "cleanup".into(),
        priority: Priority::High,
        time_limit: Some(CLEANUP_DEADLINE),
        supervised: true,
        shielded: true,
    };
    spawn_in(&runtime, options, Some(job), async move |cx| {
        let mut first = None;
        while let Some(mut cleanup) = cleanups.pop() {
            let Some(cleanup) = cleanup.take() else {
                continue;
            };
            if let Err(error) = run_cleanup(cleanup, cx.record()).await {
                first.get_or_insert(error);
            }
        }
        first.map_or(Ok(()), Err)
    });
}

/// Runs one cleanup. A panic in it does not keep the others from running.
async fn run_cleanup(cleanup: Cleanup<JobRecord>, job: &Rc<JobRecord>) -> Result<(), JobError> {
    let begun = panics::catch("in a cleanup", || cleanup(job));
    let mut future: Pin<Box<_>> = begun.map_err(JobError::panicked)?;
    let ended = std::future::poll_fn(|task| {
        panics::catch("in a cleanup", || future.as_mut().poll(task))
            .unwrap_or_else(|report| Poll::Ready(Err(JobError::panicked(report))))
    })
    .await;
    drop_future(future).map_or(ended, |report| Err(JobError::panicked(report)))
}

/// The cleanup of `job` has ended: what went wrong in it is in the log or the outcome of `job`.
fn on_cleanup_end(job: &JobRecord, outcome: &Outcome) {
    let line = match outcome {
        Outcome::Panicked(report) => {
            if job.end.is_pending() {
                let outcome = Outcome::Panicked(report.clone());
                job.end.set_pending(Some(outcome));
            }
            return;
        }
        Outcome::Failed(error) => {
            // The text is made by code of the user's.
            let line = panics::catch("in the text of an error", || {
                format!("the cleanup failed: {error:#}")
            });
            line.unwrap_or_else(|report| format!("the cleanup failed: {report}"))
        }
        Outcome::TimedOut => format!("the cleanup did not end within {CLEANUP_DEADLINE:?}"),
        _ => return,
    };
    job.report().log(line.into(), job.now());
}

// ---- children and workers ----

fn on_child_end(job: &Rc<JobRecord>, child: &Rc<JobRecord>, outcome: &Outcome) {
    let relations = job.relations();
    relations.children.remove(child);
    if child.link.shielded {
        on_cleanup_end(job, outcome);
    } else if let Some(error) = failure_of(outcome, child)
        && !child.link.supervised
    {
        let mut failed = relations.failed_children.borrow_mut();
        // Observed failures are not needed any more; a long-lived parent may see many.
        let observed = failed.iter().rev();
        let observed = observed.take_while(|child| child.link.failure_observed.get());
        let kept = failed.len() - observed.count();
        let observed = failed.split_off(kept);
        failed.push(child.clone());
        drop(failed);
        drop(observed);
        // A sibling that fails because of this cancel comes here too, while the others are being
        // cancelled already.
        if !relations.is_cancelling_siblings.replace(true) {
            for sibling in job.children().iter().rev() {
                cancel_by(sibling, Some(error.clone()));
            }
            relations.is_cancelling_siblings.set(false);
        }
    }
    try_finish(job);
}

fn failure_of(outcome: &Outcome, job: &JobRecord) -> Option<JobError> {
    match outcome {
        Outcome::Failed(error) => Some(error.clone()),
        Outcome::Panicked(report) => {
            Some(JobError::panicked(report.clone()).happened_in(job.path(), None))
        }
        Outcome::TimedOut => {
            let relations = job.relations_if_any();
            let limit = relations.and_then(|relations| relations.time_limit.get());
            Some(JobError::timed_out(limit).happened_in(job.path(), None))
        }
        Outcome::Done | Outcome::Cancelled => None,
    }
}

/// The first failure of a child that was not observed.
fn unobserved_failure(job: &JobRecord) -> Option<Outcome> {
    let failed = job.relations_if_any()?.failed_children.take();
    let mut unobserved = failed
        .iter()
        .filter(|child| !child.link.failure_observed.get());
    let child = unobserved.next()?;
    let error = failure_of(child.end.outcome()?, child)?;
    Some(failure(job, error))
}

/// A worker of this job has ended.
pub(crate) fn on_worker_end(job: &Rc<JobRecord>) {
    job.mark_changed();
    try_finish(job);
}

/// Gives up the workers that have not ended: the job ends without them.
pub(crate) fn abandon_workers(job: &Rc<JobRecord>) {
    let Some(relations) = job.relations_if_any() else {
        return;
    };
    relations.grace.set(None);
    if job.end.is_finished() || relations.workers.is_empty() {
        return;
    }
    let abandoned = relations.workers.abandon();
    let count = abandoned.count;
    let sum = relations.abandoned_workers.get() + count;
    relations.abandoned_workers.set(sum);
    if let Some(runtime) = job.runtime() {
        runtime.blocking.abandon(&abandoned);
    }
    let line = if count == 1 {
        "a worker thread did not let go and was abandoned".into()
    } else {
        format!("{count} worker threads did not let go and were abandoned").into()
    };
    job.report().log(line, job.now());
    try_finish(job);
}

// ---- the end ----

/// Finishes the job if its code has ended and nothing that it started is left. If workers are left,
/// their grace period begins.
fn try_finish(job: &Rc<JobRecord>) {
    if job.end.is_finished() || job.poll.is_polling.get() || !job.end.is_pending() {
        return;
    }
    let relations = job.relations_if_any();
    let workers_left = relations.filter(|relations| !relations.workers.is_empty());
    let has_children = relations.is_some_and(|relations| relations.children.len() > 0);
    if !has_children && workers_left.is_none() {
        finish(job);
        return;
    }
    if let Some(relations) = workers_left
        && relations.grace.get().is_none()
        && let Some(runtime) = job.runtime()
    {
        let grace = runtime.options.cancel_grace;
        let deadline = runtime.now() + runtime.time.clock.of_real(grace);
        let target = TimerTarget::Grace(job.id);
        let timer = runtime.timers.borrow_mut().insert(deadline, target);
        runtime.graces.begin(job.id, grace);
        relations.grace.set(Some(timer));
    }
    job.mark_changed();
}

/// A child that ends before it begins, because its parent is at its end.
pub(crate) fn never_started(options: SpawnOptions, parent: &Rc<JobRecord>) -> Rc<JobRecord> {
    let job = JobRecord::without_runtime(options, parent);
    job.poll.is_cancelling.set(true);
    job.end.set_pending(Some(Outcome::Cancelled));
    finish(&job);
    job
}

fn finish(job: &Rc<JobRecord>) {
    let Some(mut outcome) = job.end.take_pending() else {
        return;
    };
    if let Some(failure) = unobserved_failure(job)
        && matches!(outcome, Outcome::Done)
    {
        outcome = failure;
    }
    let runtime = job.runtime();
    let now = runtime
        .as_ref()
        .map_or_else(|| job.now(), |runtime| runtime.now());
    job.clock.stop(now);
    if let Some(report) = job.report.get() {
        report.end_steps(now);
    }
    job.awaits
        .end_time_limit(runtime.as_ref().map(|runtime| &runtime.timers));
    let relations = job.relations_if_any();
    if let Some(relations) = relations {
        // Cleanups that were not needed may hold the job's own context.
        drop(relations.cleanups.take());
    }
    if !job.end.finish(outcome.clone()) {
        return;
    }
    let is_in_table = job.id != JobId::NONE;
    if let Some(runtime) = runtime.filter(|_| is_in_table) {
        if let Some(timer) = relations.and_then(|relations| relations.grace.take()) {
            runtime.timers.borrow_mut().remove(timer);
            runtime.graces.remove(job.id);
        }
        runtime.changes.note(job.id, &job.poll.is_listed_as_changed);
        let leaves = runtime.jobs.borrow_mut().finish(job.id);
        drop(leaves);
    }
    if let Some(relations) = job.relations_if_any() {
        relations.watchers.notify();
    }
    if let Some(parent) = job.parent().filter(|_| is_in_table) {
        on_child_end(&parent, job, &outcome);
    }
}
