//! Pause and resume of a job and its children.

use std::rc::Rc;

use crate::runtime::PausedBy;
use crate::runtime::job::record::JobRecord;
use crate::runtime::job::state::PauseSet;

/// Pauses a job; false if it is ending, shielded, or paused by the same already.
pub(crate) fn pause(job: &Rc<JobRecord>, by: PausedBy) -> bool {
    if job.is_ending() || job.link.shielded {
        return false;
    }
    let before = job.poll.pauses.get();
    let after = before.with(by);
    if before == after {
        return false;
    }
    if let PausedBy::Owner(reason) = by {
        job.relations().owner_pause.set(reason);
    }
    job.poll.pauses.set(after);
    if before.is_empty() {
        job.clock.stop(job.now());
        if let Some(runtime) = job.runtime() {
            job.awaits.disarm(&runtime.timers);
        }
        if let Some(relations) = job.relations_if_any() {
            relations.workers.pause();
        }
        for child in job.children() {
            pause(&child, PausedBy::Parent);
        }
    }
    job.mark_changed();
    true
}

/// Lifts every pause but a parent's; false if there is none, or the job is ending.
pub(crate) fn resume(job: &Rc<JobRecord>) -> bool {
    set_pauses(job, job.poll.pauses.get().only_parent())
}

fn set_pauses(job: &Rc<JobRecord>, after: PauseSet) -> bool {
    let before = job.poll.pauses.get();
    if before == after || job.is_ending() {
        return false;
    }
    job.poll.pauses.set(after);
    job.mark_changed();
    if !after.is_empty() {
        return true;
    }
    let now = job.now();
    job.clock.start(now);
    if let Some(runtime) = job.runtime() {
        let active = job.clock.active(now);
        job.awaits.arm(&runtime.timers, job.id, active, now);
        runtime.queue.notify();
    }
    if let Some(relations) = job.relations_if_any() {
        relations.workers.resume();
    }
    if job.poll.has_deferred_wake.replace(false) {
        job.wakes.wake_again();
    }
    for child in job.children() {
        let pauses = child.poll.pauses.get();
        set_pauses(&child, pauses.without(PausedBy::Parent));
    }
    true
}
