//! One tick: what is due is fired, and what is ready is polled, within a budget.

use std::rc::Rc;
use std::time::Duration;

use crate::runtime::job::record::{JobRecord, JobRuntime};
use crate::runtime::job::{costs, ending, panics, polling};
use crate::runtime::sync::queue::OuterTick;
use crate::runtime::time::timers::TimerTarget;
use crate::runtime::{JobId, Moment, worker};

/// What one tick did, and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tick {
    /// How many polls it made.
    pub polls: u64,
    /// Whether something is ready that the budget left over; the host has been woken for it.
    pub more_ready: bool,
    /// The next deadline, on the runtime's clock; the host knows of it.
    pub next_deadline: Option<Moment>,
}

/// One tick with at most `most_polls` polls.
pub(crate) fn tick(runtime: &Rc<JobRuntime>, budget: Duration, most_polls: u64) -> Tick {
    if runtime.tick.is_ticking.replace(true) {
        // From inside a job: the tick under way continues when the job returns.
        return Tick {
            polls: 0,
            more_ready: false,
            next_deadline: None,
        };
    }
    let stopwatch = &runtime.time.stopwatch;
    let began = stopwatch.read();
    let mut under_way = TickUnderWay {
        runtime,
        outer: Some(runtime.queue.begin_tick(began)),
    };
    deliver_messages(runtime);
    fire_timers(runtime);
    // What messages and deadlines did counts as no job's poll.
    let polls = poll_rounds(runtime, began, stopwatch.read(), budget, most_polls);
    deliver_messages(runtime);
    take_woken(runtime);
    runtime.tick.is_ticking.set(false);
    let left = !runtime.ready.borrow().is_empty();
    let next_deadline = runtime.timers.borrow().next_deadline();
    let clock = &runtime.time.clock;
    if let Some(deadline) = next_deadline.filter(|_| !left && !clock.is_virtual()) {
        let delay = deadline.since(runtime.now());
        runtime.queue.wake_after(clock.real_duration(delay));
    }
    if let Some(outer) = under_way.outer.take() {
        runtime.queue.end_tick(outer, left);
    }
    Tick {
        polls,
        more_ready: left || !runtime.queue.is_empty(),
        next_deadline,
    }
}

/// Ends the tick also when a panic leaves it, such as one of a host or of a waker that is not the
/// runtime's own: the next tick continues with what is left.
struct TickUnderWay<'a> {
    runtime: &'a JobRuntime,
    /// None once the tick has come to its own end.
    outer: Option<OuterTick>,
}

impl Drop for TickUnderWay<'_> {
    fn drop(&mut self) {
        let Some(outer) = self.outer.take() else {
            return;
        };
        let runtime = self.runtime;
        runtime.tick.polled.set(None);
        runtime.tick.is_ticking.set(false);
        // A second panic here would abort the process.
        if let Ok(mut ready) = runtime.ready.try_borrow_mut() {
            runtime.queue.take_woken(|woken| ready.push(woken));
        }
        // The host is called: the wake that began this tick is used up.
        let ended = panics::catch("in a host", || runtime.queue.end_tick(outer, true));
        if let Err(report) = ended {
            log::error!("{report}");
        }
    }
}

/// Polls in rounds, each ready job at most once per round, and returns the number of polls. `now`
/// is the stopwatch.
fn poll_rounds(
    runtime: &JobRuntime,
    began: u64,
    mut now: u64,
    budget: Duration,
    most_polls: u64,
) -> u64 {
    let stopwatch = &runtime.time.stopwatch;
    let budget_nanos = u64::try_from(budget.as_nanos()).unwrap_or(u64::MAX);
    let mut polls = 0;
    runtime.queue.set_now(now);
    loop {
        take_woken(runtime);
        let round = runtime.ready.borrow().len();
        if round == 0 {
            return polls;
        }
        for _ in 0..round {
            let Some(woken) = runtime.ready.borrow_mut().pop(now, stopwatch) else {
                break;
            };
            // The last wake of a job that has ended may still be queued.
            let job = runtime.jobs.borrow().live(woken.job).cloned();
            let Some(job) = job else { continue };
            if job.poll.defers_wakes() {
                job.poll.defer_wake();
                continue;
            }
            runtime.tick.polled.set(Some(woken.job));
            runtime.tick.poll_began.set(now);
            let steps_before = costs::steps_begun(&job);
            let was_polled = polling::poll(&job);
            runtime.tick.polled.set(None);
            if !was_polled {
                continue;
            }
            polls += 1;
            let ended = if job.end.is_finished() {
                runtime.time.ticks_of_latest() // finishing has just read the time
            } else {
                stopwatch.read()
            };
            let before = std::mem::replace(&mut now, ended);
            runtime.queue.set_now(now);
            costs::count_poll(
                &job,
                stopwatch.nanos_between(woken.at, before),
                stopwatch.nanos_between(before, now),
                steps_before,
            );
            if polls >= most_polls || stopwatch.nanos_between(began, now) >= budget_nanos {
                return polls;
            }
        }
    }
}

fn take_woken(runtime: &JobRuntime) {
    let mut ready = runtime.ready.borrow_mut();
    runtime.queue.take_woken(|woken| ready.push(woken));
}

fn deliver_messages(runtime: &Rc<JobRuntime>) {
    for message in runtime.queue.take_messages() {
        // The messages after it tell jobs that their workers have ended.
        let delivered = panics::catch("in a call from a thread", || {
            worker::deliver(runtime, message);
        });
        if let Err(report) = delivered {
            log::error!("{report}");
        }
    }
}

fn fire_timers(runtime: &JobRuntime) {
    let now = runtime.now();
    loop {
        let target = runtime.timers.borrow_mut().pop_due(now);
        match target {
            Some(TimerTarget::Await { job, number }) => {
                if let Some(job) = runtime.live(job)
                    && job.awaits.fire(number)
                {
                    ending::on_timeout(&job);
                }
            }
            Some(TimerTarget::Grace(job)) => on_grace_over(runtime, job),
            None => break,
        }
    }
    // While a virtual clock stands still, real time passes for the threads.
    for job in runtime.graces.take_over() {
        on_grace_over(runtime, job);
    }
}

fn on_grace_over(runtime: &JobRuntime, job: JobId) {
    runtime.graces.remove(job);
    let job: Option<Rc<JobRecord>> = runtime.live(job);
    if let Some(job) = job {
        ending::abandon_workers(&job);
    }
}
