//! Waits on the job's own clock: the sleep, and every other delay that stands still while the job is paused.

use std::{
    cell::{Cell, RefCell},
    fmt,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{
    JobError, JobId, Moment, Step, WaitReason,
    executor::RuntimeInner,
    record::JobRecord,
    timers::{Target, TimerKey},
};

/// What a sleep gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slept {
    /// How long it slept on the job's clock, which stands still while the job is paused.
    pub active: Duration,
    /// How long it took on the runtime's clock, pauses included.
    pub wall: Duration,
    /// Whether it was cut short by [`Job::skip`](super::Job::skip).
    pub skipped: bool,
}

/// The waits of one job that are under way.
#[derive(Default)]
pub(super) struct Waits {
    entries: RefCell<Vec<Entry>>,
    last_number: Cell<u64>,
    /// The active time of the sleeps that are over.
    slept_before: Cell<Duration>,
}

struct Entry {
    number: u64,
    is_sleep: bool,
    began: Duration,
    until: Duration,
    skipped: bool,
    timer: Option<TimerKey>,
    waker: Option<Waker>,
}

/// A sleep under way, as the job's row shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SleepView {
    /// How much of it is over, in active time.
    pub slept: Duration,
    /// How long it is in all.
    pub of: Duration,
}

impl Waits {
    fn begin(&self, is_sleep: bool, began: Duration, duration: Duration) -> u64 {
        let number = self.last_number.get() + 1;
        self.last_number.set(number);
        let mut entries = self.entries.borrow_mut();
        if entries.capacity() == 0 {
            // Most jobs wait for one thing at a time, and idle jobs are to be small.
            entries.reserve_exact(1);
        }
        entries.push(Entry {
            number,
            is_sleep,
            began,
            until: began.saturating_add(duration),
            skipped: false,
            timer: None,
            waker: None,
        });
        number
    }

    /// Takes a wait out; says how long it was under way, and whether it was skipped.
    fn end(
        &self,
        number: u64,
        active: Duration,
        runtime: Option<&RuntimeInner>,
    ) -> Option<(Duration, bool)> {
        let mut entries = self.entries.borrow_mut();
        let position = entries.iter().position(|entry| entry.number == number)?;
        let entry = entries.swap_remove(position);
        drop(entries);
        if let (Some(timer), Some(runtime)) = (entry.timer, runtime) {
            runtime.remove_timer(timer);
        }
        let took = active.saturating_sub(entry.began);
        if entry.is_sleep {
            self.slept_before.set(self.slept_before.get() + took);
        }
        Some((took, entry.skipped))
    }

    /// Fires one wait's timer.
    pub(super) fn fire(&self, number: u64) {
        let waker = self
            .entries
            .borrow_mut()
            .iter_mut()
            .find(|entry| entry.number == number)
            .and_then(|entry| {
                entry.timer = None;
                entry.waker.take()
            });
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ends every wait under way early; false when there is none.
    pub(super) fn skip(&self) -> bool {
        let wakers: Vec<_> = self
            .entries
            .borrow_mut()
            .iter_mut()
            .map(|entry| {
                entry.skipped = true;
                entry.waker.take()
            })
            .collect();
        let any = !wakers.is_empty();
        wakers.into_iter().flatten().for_each(Waker::wake);
        any
    }

    /// The job is paused: none of its waits may wake anybody.
    pub(super) fn disarm(&self, runtime: &RuntimeInner) {
        for entry in self.entries.borrow_mut().iter_mut() {
            if let Some(timer) = entry.timer.take() {
                runtime.remove_timer(timer);
            }
        }
    }

    /// The job is resumed: its waits go on from where they stood.
    pub(super) fn arm(&self, runtime: &RuntimeInner, job: JobId, active: Duration, now: Moment) {
        for entry in self.entries.borrow_mut().iter_mut() {
            if entry.timer.is_none() && entry.waker.is_some() {
                entry.timer = Some(runtime.add_timer(
                    now + entry.until.saturating_sub(active),
                    Target::Wait {
                        job,
                        wait: entry.number,
                    },
                ));
            }
        }
    }

    /// The job is at its end: whoever else awaits one of its waits learns it now, and no deadline is left behind.
    pub(super) fn close(&self, runtime: Option<&RuntimeInner>) {
        let left: Vec<_> = self
            .entries
            .borrow_mut()
            .iter_mut()
            .map(|entry| (entry.timer.take(), entry.waker.take()))
            .collect();
        for (timer, waker) in left {
            if let (Some(timer), Some(runtime)) = (timer, runtime) {
                runtime.remove_timer(timer);
            }
            waker.into_iter().for_each(Waker::wake);
        }
    }

    /// The active time slept so far, the sleeps under way included.
    pub(super) fn slept(&self, active: Duration) -> Duration {
        let under_way: Duration = self
            .entries
            .borrow()
            .iter()
            .filter(|entry| entry.is_sleep)
            .map(|entry| active.min(entry.until).saturating_sub(entry.began))
            .sum();
        self.slept_before.get() + under_way
    }

    /// The newest sleep under way.
    pub(super) fn sleeping(&self, active: Duration) -> Option<SleepView> {
        let entries = self.entries.borrow();
        let entry = entries.iter().rev().find(|entry| entry.is_sleep)?;
        Some(SleepView {
            slept: active.min(entry.until).saturating_sub(entry.began),
            of: entry.until - entry.began,
        })
    }
}

/// A wait on the job's clock; made by [`JobContext::sleep`](super::JobContext::sleep). It runs from when it was made,
/// and may be awaited later. Dropping it ends it.
#[must_use = "a sleep that is not awaited delays nothing"]
pub struct Sleep {
    record: Rc<JobRecord>,
    number: u64,
    step: u64,
    began: Moment,
}

impl Sleep {
    pub(super) fn new(
        record: &Rc<JobRecord>,
        label: std::borrow::Cow<'static, str>,
        reason: WaitReason,
        duration: Duration,
    ) -> Self {
        let began = record.now();
        let active = record.active(began);
        let number = record
            .waits
            .begin(reason == WaitReason::Sleep, active, duration);
        let until = active.saturating_add(duration);
        let step = record.begin_step(Step::waiting(label, reason, Some(until)));
        Self {
            record: record.clone(),
            number,
            step,
            began,
        }
    }
}

impl Future for Sleep {
    type Output = Result<Slept, JobError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.record.accepts_work() {
            return Poll::Ready(Err(JobError::cancelled()));
        }
        let now = self.record.now();
        let active = self.record.active(now);
        let runtime = self.record.runtime();
        let waits = &self.record.waits;
        {
            let mut entries = waits.entries.borrow_mut();
            let Some(entry) = entries.iter_mut().find(|entry| entry.number == self.number) else {
                return Poll::Ready(Err(JobError::new("a sleep was polled after its end")));
            };
            if !entry.skipped && active < entry.until {
                let fresh = entry
                    .waker
                    .as_ref()
                    .is_none_or(|waker| !waker.will_wake(cx.waker()));
                // The drop of a waker may end other waits: not while the list is borrowed.
                let replaced = fresh.then(|| entry.waker.replace(cx.waker().clone()));
                if entry.timer.is_none()
                    && !self.record.is_paused()
                    && let Some(runtime) = &runtime
                {
                    entry.timer = Some(runtime.add_timer(
                        now + (entry.until - active),
                        Target::Wait {
                            job: self.record.id(),
                            wait: self.number,
                        },
                    ));
                }
                drop(entries);
                drop(replaced);
                return Poll::Pending;
            }
        }
        let (took, skipped) = waits
            .end(self.number, active, runtime.as_deref())
            .unwrap_or_default();
        self.record.end_step(self.step);
        Poll::Ready(Ok(Slept {
            active: took,
            wall: now.since(self.began),
            skipped,
        }))
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let now = self.record.now();
        let runtime = self.record.runtime();
        let ended = self
            .record
            .waits
            .end(self.number, self.record.active(now), runtime.as_deref());
        if ended.is_some() {
            self.record.end_step(self.step);
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep")
            .field("job", &self.record.id())
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
