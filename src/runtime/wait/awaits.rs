//! What a job awaits, each thing with a label: a tree that a window can show, that a pause can
//! stop, and that [`Job::skip`](crate::runtime::Job::skip) and
//! [`Job::throw`](crate::runtime::Job::throw) can reach.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use crate::runtime::time::timers::{TimerKey, TimerTarget, Timers};
use crate::runtime::wait::view::{AwaitKind, AwaitView, SleepView};
use crate::runtime::wait::wait_queue::{QueueTicket, WaitQueue};
use crate::runtime::{JobId, Moment};

/// What is awaited. `J` is the record of a job: a parameter, so that records can own their awaits
/// and this file need not name them.
pub(crate) enum Awaited<J> {
    Plain(AwaitKind),
    /// Something that is given out in order.
    Queued(AwaitKind, Box<QueueTicket>),
    /// The end of this job.
    Job(Rc<J>),
    /// The job's own limit of time: no await, but a deadline that a pause stops like the others.
    TimeLimit,
}

impl<J> Awaited<J> {
    fn kind(&self) -> Option<AwaitKind> {
        match self {
            Self::Plain(kind) | Self::Queued(kind, _) => Some(*kind),
            Self::Job(_) => Some(AwaitKind::Job),
            Self::TimeLimit => None,
        }
    }

    fn is_sleep(&self) -> bool {
        matches!(self, Self::Plain(AwaitKind::Sleep))
    }

    /// Whether [`Job::skip`](crate::runtime::Job::skip) ends it.
    fn can_skip(&self) -> bool {
        matches!(self, Self::Plain(AwaitKind::Sleep | AwaitKind::Delay))
    }

    fn is_time_limit(&self) -> bool {
        matches!(self, Self::TimeLimit)
    }

    fn queue_position(&self) -> Option<usize> {
        match self {
            Self::Queued(_, ticket) => ticket.position(),
            _ => None,
        }
    }
}

/// The deadline of an await without one.
const NEVER: Moment = Moment::END;

/// How many jobs deep a tree goes.
const TREE_DEPTH: usize = 64;

struct AwaitEntry<J> {
    number: u64,
    parent: u64,
    awaited: Awaited<J>,
    label: Cow<'static, str>,
    /// On the job's clock of active time, as is `until`.
    began: Moment,
    until: Moment,
    skipped: bool,
    /// Its deadline is among the timers while the job is not paused.
    timed: bool,
    timer: Option<TimerKey>,
    waker: Option<Waker>,
}

impl<J> AwaitEntry<J> {
    fn elapsed(&self, active: Duration) -> Duration {
        Moment::from_start(active).since(self.began)
    }

    /// Like `elapsed`, but never longer than the whole of it.
    fn done(&self, active: Duration) -> Duration {
        Moment::from_start(active).min(self.until).since(self.began)
    }

    fn left(&self, active: Duration) -> Duration {
        self.until.since(Moment::from_start(active))
    }
}

/// How an await ended.
pub(crate) struct AwaitEnd {
    pub(crate) took: Duration,
    pub(crate) skipped: bool,
}

/// What one job awaits.
pub(crate) struct Awaits<J> {
    /// Sorted by number: binary search, O(1) removal at both ends.
    entries: RefCell<VecDeque<AwaitEntry<J>>>,
    last_number: Cell<u64>,
    /// The entry whose future is being polled, the parent of those that begin now; zero for none.
    under: Cell<u64>,
    /// The active time of the sleeps that are over, as a distance from [`Moment::ZERO`].
    slept_before: Cell<Moment>,
}

impl<J> Default for Awaits<J> {
    fn default() -> Self {
        Self {
            entries: RefCell::default(),
            last_number: Cell::default(),
            under: Cell::default(),
            slept_before: Cell::default(),
        }
    }
}

impl<J> Awaits<J> {
    /// Adds an entry and returns its number.
    pub(crate) fn begin(
        &self,
        awaited: Awaited<J>,
        label: Cow<'static, str>,
        began: Duration,
        duration: Option<Duration>,
    ) -> u64 {
        let number = self.last_number.get() + 1;
        self.last_number.set(number);
        let began = Moment::from_start(began);
        let mut entries = self.entries.borrow_mut();
        if entries.capacity() == 0 {
            // Most jobs await one thing at a time, and idle jobs must stay small.
            entries.reserve_exact(1);
        }
        entries.push_back(AwaitEntry {
            number,
            parent: self.under.get(),
            awaited,
            label,
            began,
            until: duration.map_or(NEVER, |duration| began + duration),
            skipped: false,
            timed: false,
            timer: None,
            waker: None,
        });
        number
    }

    /// Takes an entry out, and its timer; none if it is out already.
    pub(crate) fn end(
        &self,
        number: u64,
        active: Duration,
        timers: Option<&RefCell<Timers>>,
    ) -> Option<AwaitEnd> {
        let mut entries = self.entries.borrow_mut();
        let index = index_of(&entries, number)?;
        let entry = entries.remove(index)?;
        drop(entries);
        if let (Some(timer), Some(timers)) = (entry.timer, timers) {
            timers.borrow_mut().remove(timer);
        }
        let took = entry.elapsed(active);
        if entry.awaited.is_sleep() {
            self.slept_before.set(self.slept_before.get() + took);
        }
        Some(AwaitEnd {
            took,
            skipped: entry.skipped,
        })
    }

    fn with<T>(&self, number: u64, use_it: impl FnOnce(&mut AwaitEntry<J>) -> T) -> Option<T> {
        let mut entries = self.entries.borrow_mut();
        let index = index_of(&entries, number)?;
        entries.get_mut(index).map(use_it)
    }

    /// Whether the time of an entry is over, or it was skipped.
    pub(crate) fn is_over(&self, number: u64, active: Duration) -> bool {
        let is_over =
            |entry: &mut AwaitEntry<J>| entry.skipped || Moment::from_start(active) >= entry.until;
        self.with(number, is_over).unwrap_or(true)
    }

    /// Remembers whom to wake for an entry, and that it is awaited where it is polled now, which
    /// need not be where it was made.
    pub(crate) fn set_waker(&self, number: u64, waker: &Waker) {
        let under = self.under.get();
        let replaced = self.with(number, |entry| {
            entry.parent = under;
            let known = entry.waker.as_ref();
            let is_new = known.is_none_or(|known| !known.will_wake(waker));
            is_new.then(|| entry.waker.replace(waker.clone()))
        });
        // The drop of a waker may end other awaits: not while the list is borrowed.
        drop(replaced);
    }

    /// Puts the deadline of an entry among the timers by `insert`, unless it has none, is there
    /// already, or the job is paused.
    pub(crate) fn set_timer(
        &self,
        number: u64,
        is_paused: bool,
        insert: impl FnOnce(Moment) -> TimerKey,
    ) {
        self.with(number, |entry| {
            if entry.until == NEVER {
                return;
            }
            entry.timed = true;
            if entry.timer.is_none() && !is_paused {
                entry.timer = Some(insert(entry.until));
            }
        });
    }

    /// Makes an entry the parent of those that begin while `run` runs.
    pub(crate) fn with_parent<T>(&self, number: u64, run: impl FnOnce() -> T) -> T {
        struct Restore<'a>(&'a Cell<u64>, u64);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let _restore = Restore(&self.under, self.under.replace(number));
        run()
    }

    /// Fires one entry's timer; true if it was the job's own limit.
    pub(crate) fn fire(&self, number: u64) -> bool {
        let fired = self.with(number, |entry| {
            entry.timer = None;
            (entry.waker.take(), entry.awaited.is_time_limit())
        });
        let Some((waker, is_limit)) = fired else {
            return false;
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        is_limit
    }

    /// Ends every sleep and every delay under way early; false when there is none.
    pub(crate) fn skip(&self) -> bool {
        let wakers: Vec<_> = self
            .entries
            .borrow_mut()
            .iter_mut()
            .filter(|entry| entry.awaited.can_skip() && !entry.skipped)
            .map(|entry| {
                entry.skipped = true;
                entry.waker.take()
            })
            .collect();
        let any = !wakers.is_empty();
        wakers.into_iter().flatten().for_each(Waker::wake);
        any
    }

    /// Wakes every await, to find what was thrown.
    pub(crate) fn wake_all(&self) {
        let wakers: Vec<_> = self
            .entries
            .borrow_mut()
            .iter_mut()
            .filter_map(|entry| entry.waker.take())
            .collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Takes the deadlines out of the timers when the job is paused, and lets others go first in
    /// queues.
    pub(crate) fn disarm(&self, timers: &RefCell<Timers>) {
        for entry in self.entries.borrow_mut().iter_mut() {
            if let Some(timer) = entry.timer.take() {
                timers.borrow_mut().remove(timer);
            }
        }
        self.notify_queues();
    }

    /// Puts the deadlines back when the job is resumed, with the time that was left of each.
    pub(crate) fn arm(&self, timers: &RefCell<Timers>, job: JobId, active: Duration, now: Moment) {
        for entry in self.entries.borrow_mut().iter_mut() {
            if entry.timer.is_none() && entry.timed {
                let deadline = now + entry.left(active);
                let number = entry.number;
                let target = TimerTarget::Await { job, number };
                entry.timer = Some(timers.borrow_mut().insert(deadline, target));
            }
        }
        self.notify_queues();
    }

    fn notify_queues(&self) {
        for (queue, _) in self.queues() {
            queue.on_pause_changed();
        }
    }

    /// The queues that it waits in, each with its ticket.
    fn queues(&self) -> Vec<(Rc<dyn WaitQueue>, u64)> {
        let entries = self.entries.borrow();
        let queued = entries.iter().filter_map(|entry| match &entry.awaited {
            Awaited::Queued(_, ticket) => Some((ticket.queue.clone(), ticket.number)),
            _ => None,
        });
        queued.collect()
    }

    /// Wakes every await, and leaves no deadline and no place in a queue behind, at the end of the
    /// job's code: another job may await one of them.
    pub(crate) fn close(&self, timers: Option<&RefCell<Timers>>) {
        let left: Vec<_> = self
            .entries
            .borrow_mut()
            .iter_mut()
            .filter(|entry| !entry.awaited.is_time_limit())
            .map(|entry| {
                entry.timed = false;
                (entry.timer.take(), entry.waker.take())
            })
            .collect();
        for (timer, waker) in left {
            if let (Some(timer), Some(timers)) = (timer, timers) {
                timers.borrow_mut().remove(timer);
            }
            waker.into_iter().for_each(Waker::wake);
        }
        for (queue, number) in self.queues() {
            queue.leave(number);
        }
    }

    /// Takes out the job's own limit of time, at the end of the job.
    pub(crate) fn end_time_limit(&self, timers: Option<&RefCell<Timers>>) {
        let entries = self.entries.borrow();
        let limit = entries.iter().find(|entry| entry.awaited.is_time_limit());
        let number = limit.map(|entry| entry.number);
        drop(entries);
        if let Some(number) = number {
            self.end(number, Duration::ZERO, timers);
        }
    }

    /// The active time slept so far, the sleeps under way included.
    pub(crate) fn slept(&self, active: Duration) -> Duration {
        let under_way: Duration = self
            .entries
            .borrow()
            .iter()
            .filter(|entry| entry.awaited.is_sleep())
            .map(|entry| entry.done(active))
            .sum();
        self.slept_before.get().since_start() + under_way
    }

    /// The newest sleep under way.
    pub(crate) fn sleeping(&self, active: Duration) -> Option<SleepView> {
        let entries = self.entries.borrow();
        let mut newest_first = entries.iter().rev();
        let entry = newest_first.find(|entry| entry.awaited.is_sleep())?;
        Some(SleepView {
            slept: entry.done(active),
            of: entry.until.since(entry.began),
        })
    }

    /// The position of the job in the first queue it waits in, from 1.
    pub(crate) fn queue_position(&self) -> Option<usize> {
        let entries = self.entries.borrow();
        entries
            .iter()
            .find_map(|entry| entry.awaited.queue_position())
    }

    /// Whether something with a deadline is among what is awaited, or a sleep that only a skip
    /// ends: one of [`Duration::MAX`].
    pub(crate) fn has_deadline_or_skip(&self) -> bool {
        let entries = self.entries.borrow();
        let is_it = |entry: &AwaitEntry<J>| {
            let is_awaited = entry.timed || entry.waker.is_some() && entry.awaited.can_skip();
            is_awaited && !entry.awaited.is_time_limit()
        };
        entries.iter().any(is_it)
    }

    /// How many clones of this waker the entries hold.
    pub(crate) fn wakers_held(&self, waker: &Waker) -> usize {
        let entries = self.entries.borrow();
        let is_it = |entry: &&AwaitEntry<J>| {
            let own = entry.waker.as_ref();
            own.is_some_and(|own| own.will_wake(waker))
        };
        entries.iter().filter(is_it).count()
    }

    /// The label of an entry.
    pub(crate) fn label_of(&self, number: u64) -> Option<Cow<'static, str>> {
        self.with(number, |entry| entry.label.clone())
    }

    /// The tree of what is awaited. `above` are the trees that this one is part of: jobs may await
    /// each other in a circle.
    pub(crate) fn tree(
        &self,
        active: Duration,
        above: &mut Vec<*const Self>,
        subtree: &Subtree<'_, J>,
    ) -> Vec<AwaitView> {
        let this: *const Self = self;
        if above.len() >= TREE_DEPTH || above.contains(&this) {
            return Vec::new();
        }
        above.push(this);
        let entries = self.entries.borrow();
        let mut families: BTreeMap<u64, Vec<&AwaitEntry<J>>> = BTreeMap::new();
        for entry in entries.iter() {
            // The parent may have ended.
            let parent = Some(entry.parent).filter(|parent| index_of(&entries, *parent).is_some());
            families.entry(parent.unwrap_or(0)).or_default().push(entry);
        }
        let tree = below(&mut families, 0, active, above, subtree);
        above.pop();
        tree
    }
}

/// Makes the tree of a job that is awaited.
type Subtree<'a, J> = dyn Fn(&Rc<J>, &mut Vec<*const Awaits<J>>) -> Vec<AwaitView> + 'a;

fn index_of<J>(entries: &VecDeque<AwaitEntry<J>>, number: u64) -> Option<usize> {
    entries
        .binary_search_by_key(&number, |entry| entry.number)
        .ok()
}

/// The children of one entry, or with zero the top of the tree.
fn below<J>(
    families: &mut BTreeMap<u64, Vec<&AwaitEntry<J>>>,
    parent: u64,
    active: Duration,
    above: &mut Vec<*const Awaits<J>>,
    subtree: &Subtree<'_, J>,
) -> Vec<AwaitView> {
    let here = families.remove(&parent).unwrap_or_default();
    here.into_iter()
        .filter_map(|entry| {
            let mut children = below(families, entry.number, active, above, subtree);
            if let Awaited::Job(job) = &entry.awaited {
                children.extend(subtree(job, above));
            }
            Some(AwaitView {
                label: entry.label.clone(),
                kind: entry.awaited.kind()?,
                elapsed: entry.elapsed(active),
                remaining: Some(entry.left(active)).filter(|_| entry.until < NEVER),
                queue_position: entry.awaited.queue_position(),
                children,
            })
        })
        .collect()
}
