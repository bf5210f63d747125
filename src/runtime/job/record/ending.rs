//! How a job is polled, and every way in which it comes to its end.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use super::{Body, CANCEL_GRACE, Cleanup, JobRecord, Plan};
use crate::runtime::{
    CLEANUP_DEADLINE, ErrorKind, JobContext, JobError, JobId, Outcome, PanicReport, Priority,
    job::panics, job::poll_state::Phase, job::spawn, time::timers::Target,
};

impl JobRecord {
    /// One poll of the job's code; false when there is none left.
    pub(crate) fn poll(self: &Rc<Self>) -> bool {
        // Taken out of its slot: a cancel that comes from inside this poll finds the slot empty and leaves a mark.
        let Some(mut body) = self.poll_state.body.borrow_mut().take() else {
            return false;
        };
        if self.poll_state.phase.get() == Phase::Queued {
            self.poll_state.phase.set(Phase::Running);
            self.mark_changed();
        }
        self.poll_state.polling.set(true);
        self.poll_state.waits_in_poll.set(0);
        self.wakes.begin_poll();
        let mut cx = Context::from_waker(self.wakes.waker());
        let polled = panics::catch("in the job", || body.as_mut().poll(&mut cx));
        let outcome = match polled {
            Ok(Poll::Pending) if !self.poll_state.cancelling.get() => {
                self.poll_state.polling.set(false);
                *self.poll_state.body.borrow_mut() = Some(body);
                return true;
            }
            Ok(Poll::Pending) => Outcome::Cancelled,
            Ok(Poll::Ready(Ok(()))) => Outcome::Done,
            Ok(Poll::Ready(Err(error))) => self.failure(error),
            Err(report) => Outcome::Panicked(report),
        };
        let outcome = drop_future(body).map_or(outcome, Outcome::Panicked);
        self.poll_state.polling.set(false);
        self.body_ended(outcome);
        true
    }

    fn failure(&self, error: JobError) -> Outcome {
        match error.kind() {
            ErrorKind::Panicked(report) => Outcome::Panicked(report.clone()),
            _ => Outcome::Failed(error.happened_in(self.path(), self.label())),
        }
    }

    /// How a job ends that is cancelled.
    pub(crate) fn cancelled_outcome(&self) -> Outcome {
        if self.tied().is_some_and(|bonds| bonds.timed_out.get()) {
            Outcome::TimedOut
        } else {
            Outcome::Cancelled
        }
    }

    /// The job's own code is over: what it started is cancelled or waited for.
    pub(crate) fn body_ended(self: &Rc<Self>, outcome: Outcome) {
        self.wakes.retire();
        let is_cancelled = self.poll_state.cancelling.get();
        let outcome = match outcome {
            outcome @ Outcome::Panicked(_) => outcome,
            _ if is_cancelled => self.cancelled_outcome(),
            outcome => outcome,
        };
        let is_done = matches!(outcome, Outcome::Done);
        self.ended.set(Some(outcome));
        self.poll_state.phase.set(Phase::Completing);
        if let Some(bonds) = self.tied() {
            bonds.workers.cancel();
        }
        self.awaits.close(self.runtime().as_deref());
        if !is_done {
            for child in self.children().iter().rev() {
                child.cancel();
            }
        }
        if is_cancelled {
            self.begin_cleanup();
        }
        self.settle();
    }

    // ---- cleanup ----

    /// Runs what was registered for a cancel, last first, in a child that nobody can stop but its deadline.
    pub(crate) fn begin_cleanup(self: &Rc<Self>) {
        let Some(bonds) = self.tied() else { return };
        let mut cleanups = bonds.cleanups.take();
        // A cleanup has no cleanup of its own: its time is the same.
        let is_needed = !cleanups.is_empty() && !self.shielded;
        let Some(runtime) = self.runtime().filter(|_| is_needed) else {
            return;
        };
        let plan = Plan {
            name: "cleanup".into(),
            priority: Priority::High,
            time_limit: Some(CLEANUP_DEADLINE),
            supervised: true,
            shielded: true,
        };
        drop(spawn::spawn_in(
            &runtime,
            plan,
            Some(self),
            async move |cx| {
                let mut first = None;
                while let Some((_, mut kept)) = cleanups.pop() {
                    let Some(cleanup) = kept.take() else { continue };
                    if let Err(error) = run_cleanup(cleanup, cx.clone()).await {
                        first.get_or_insert(error);
                    }
                }
                first.map_or(Ok(()), Err)
            },
        ));
    }

    /// The cleanup is over: what went wrong in it is told by the job whose it was.
    fn cleanup_ended(&self, outcome: &Outcome) {
        let told = match outcome {
            Outcome::Panicked(report) => {
                if self.has_ended() {
                    self.ended.set(Some(Outcome::Panicked(report.clone())));
                }
                return;
            }
            Outcome::Failed(error) => format!("the cleanup failed: {error:#}"),
            Outcome::TimedOut => format!("the cleanup did not end within {CLEANUP_DEADLINE:?}"),
            _ => return,
        };
        self.report().log(told.into(), self.now());
    }

    // ---- children ----

    /// A child is at its end.
    fn child_ended(self: &Rc<Self>, child: &Rc<JobRecord>, outcome: &Outcome) {
        if let Some(bonds) = self.tied() {
            bonds.children.remove(child);
        }
        if child.shielded {
            self.cleanup_ended(outcome);
        } else if let Some(error) = failure_of(outcome, child)
            && !child.supervised
        {
            let mut failed = self.bonds().failed_children.borrow_mut();
            // Those that somebody was told of are of no more use; a long-lived parent may see many.
            let told = failed.iter().rev();
            let told = told.take_while(|child| child.failure_told.get()).count();
            let left = failed.len() - told;
            let told = failed.split_off(left);
            failed.push(child.clone());
            drop(failed);
            drop(told);
            // One that fails by this cancel comes here too, while the others are being cancelled already.
            if !self.bonds().cancels_siblings.replace(true) {
                for sibling in self.children().iter().rev() {
                    sibling.cancel_by(Some(error.clone()));
                }
                self.bonds().cancels_siblings.set(false);
            }
        }
        self.settle();
    }

    /// The first failure of a child that nobody was told of.
    fn untold_failure(&self) -> Option<Outcome> {
        let failed = self.tied()?.failed_children.take();
        let child = failed.iter().find(|child| !child.failure_told.get())?;
        let error = failure_of(child.outcome.get()?, child)?;
        Some(self.failure(error))
    }

    // ---- the end ----

    /// Whether its code is over, and the job is not.
    pub(crate) fn has_ended(&self) -> bool {
        let ended = self.ended.take();
        let has_ended = ended.is_some();
        self.ended.set(ended);
        has_ended
    }

    /// Finishes the job if nothing of it is left; else sees to it that this comes.
    pub(crate) fn settle(self: &Rc<Self>) {
        if self.outcome.get().is_some()
            || self.poll_state.polling.get()
            || self.begins_to_end.get()
            || !self.has_ended()
        {
            return;
        }
        let has_workers = self.has_workers();
        if self.children_left() == 0 && !has_workers {
            self.finish();
            return;
        }
        if has_workers
            && self.bonds().grace.get().is_none()
            && let Some(runtime) = self.runtime()
        {
            let deadline = runtime.now() + runtime.clock.of_real(CANCEL_GRACE);
            let key = runtime.add_timer(deadline, Target::Grace(self.id));
            runtime.add_grace(self.id);
            self.bonds().grace.set(Some(key));
        }
        self.mark_changed();
    }

    pub(crate) fn finish(self: &Rc<Self>) {
        let Some(mut outcome) = self.ended.take() else {
            return;
        };
        if let Some(failure) = self.untold_failure()
            && matches!(outcome, Outcome::Done)
        {
            outcome = failure;
        }
        let runtime = self.runtime();
        let now = runtime
            .as_ref()
            .map_or(self.since.get(), |runtime| runtime.now());
        self.stop_clock(now);
        self.since.set(now);
        if let Some(report) = self.report.get() {
            report.end_steps(now);
        }
        self.awaits.end_limit(runtime.as_deref());
        if let Some(bonds) = self.tied() {
            // What was not needed goes now: it may hold the job's own context.
            drop(bonds.cleanups.take());
        }
        if self.outcome.set(outcome.clone()).is_err() {
            return;
        }
        if let Some(runtime) = runtime
            && self.id != JobId::NONE
        {
            if let Some(grace) = self.tied().and_then(|bonds| bonds.grace.take()) {
                runtime.remove_timer(grace);
                runtime.remove_grace(self.id);
            }
            runtime.job_finished(self);
        }
        if let Some(bonds) = self.tied() {
            let watchers = bonds.watchers.take();
            watchers.into_iter().for_each(Waker::wake);
            let hooks = bonds.end_hooks.take();
            hooks.into_iter().for_each(|hook| hook());
        }
        if let Some(parent) = self.parent().filter(|_| self.id != JobId::NONE) {
            parent.child_ended(self, &outcome);
        }
    }

    /// The workers had their time: the job ends without them.
    pub(crate) fn give_up_workers(self: &Rc<Self>) {
        let Some(bonds) = self.tied() else { return };
        bonds.grace.set(None);
        if self.outcome.get().is_some() || bonds.workers.is_empty() {
            return;
        }
        let abandoned = bonds.workers.abandon();
        let count = abandoned.count;
        bonds.abandoned.set(bonds.abandoned.get() + count);
        if let Some(runtime) = self.runtime() {
            runtime.workers_abandoned(&abandoned);
        }
        let what = if count == 1 {
            "a worker thread".to_owned()
        } else {
            format!("{count} worker threads")
        };
        let told = format!("{what} did not let go and was abandoned");
        let told = if count == 1 {
            told
        } else {
            told.replace("was", "were")
        };
        self.report().log(told.into(), self.now());
        self.settle();
    }

    /// Something that this job waits for at its end may be over.
    pub(crate) fn look_again(self: &Rc<Self>) {
        self.mark_changed();
        self.settle();
    }
}

/// Drops a future of the user's. A panic in its drop gets no further.
pub(crate) fn drop_future(body: Body) -> Option<PanicReport> {
    panics::catch("while its code was dropped", || drop(body)).err()
}

fn failure_of(outcome: &Outcome, job: &JobRecord) -> Option<JobError> {
    match outcome {
        Outcome::Failed(error) => Some(error.clone()),
        Outcome::Panicked(report) => {
            Some(JobError::panicked(report.clone()).happened_in(job.path(), None))
        }
        Outcome::TimedOut => {
            Some(JobError::timed_out(job.time_limit()).happened_in(job.path(), None))
        }
        Outcome::Done | Outcome::Cancelled | Outcome::Interrupted => None,
    }
}

/// One cleanup; a panic in it leaves the others their turn.
async fn run_cleanup(cleanup: Cleanup, cx: JobContext) -> Result<(), JobError> {
    let begun = panics::catch("in a cleanup", || cleanup(cx));
    let mut future: Pin<Box<_>> = begun.map_err(JobError::panicked)?;
    let ended = std::future::poll_fn(|task| {
        panics::catch("in a cleanup", || future.as_mut().poll(task))
            .unwrap_or_else(|report| Poll::Ready(Err(JobError::panicked(report))))
    })
    .await;
    drop_future(future).map_or(ended, |report| Err(JobError::panicked(report)))
}
