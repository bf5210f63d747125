//! One poll of a job's code.

use std::rc::Rc;
use std::task::{Context, Poll};

use crate::runtime::Outcome;
use crate::runtime::job::poll_state::CodePhase;
use crate::runtime::job::record::JobRecord;
use crate::runtime::job::{ending, panics};

/// Polls the job's code once; false when there is none left.
pub(crate) fn poll(job: &Rc<JobRecord>) -> bool {
    let state = &job.poll;
    // Taken out of its slot: a cancel from inside this poll finds the slot empty, and leaves the
    // drop to the code below.
    let Some(mut future) = state.future.borrow_mut().take() else {
        return false;
    };
    if state.phase.get() == CodePhase::Queued {
        state.phase.set(CodePhase::Running);
        job.mark_changed();
    }
    state.is_polling.set(true);
    state.waits_in_poll.set(0);
    job.wakes.begin_poll();
    let mut cx = Context::from_waker(job.wakes.waker());
    let polled = panics::catch("in the job", || future.as_mut().poll(&mut cx));
    let outcome = match polled {
        Ok(Poll::Pending) if !state.is_cancelling.get() => {
            state.is_polling.set(false);
            *state.future.borrow_mut() = Some(future);
            return true;
        }
        Ok(Poll::Pending) => Outcome::Cancelled,
        Ok(Poll::Ready(Ok(()))) => Outcome::Done,
        Ok(Poll::Ready(Err(error))) => ending::failure(job, error),
        Err(report) => Outcome::Panicked(report),
    };
    let outcome = ending::drop_future(future).map_or(outcome, Outcome::Panicked);
    state.is_polling.set(false);
    ending::on_code_end(job, outcome);
    true
}
