//! What a job awaits, each thing with a label: a tree that a window can show, that a pause can stop, and that
//! [`Job::skip`](crate::runtime::Job::skip) and [`Job::throw`](crate::runtime::Job::throw) can reach.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    rc::Rc,
    task::{Context, Waker},
    time::Duration,
};

use crate::runtime::{
    JobError, JobId, Moment,
    executor::runtime::RuntimeInner,
    job::record::JobRecord,
    time::timers::{Target, TimerKey},
};

/// One thing that a job awaits, with what that awaits in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitView {
    /// What it is, in words such as "Sleeping" or the name of a worker or a child job.
    pub label: Cow<'static, str>,
    /// What kind of thing it is.
    pub kind: AwaitKind,
    /// For how long, in the job's active time, which stands still while it is paused.
    pub elapsed: Duration,
    /// How much of it is left, where that is known; in active time too.
    pub remaining: Option<Duration>,
    /// Its place in the queue for a slot, from 1.
    pub queue_position: Option<usize>,
    /// What it awaits in turn.
    pub children: Vec<AwaitView>,
}

/// The kind of an [`AwaitView`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AwaitKind {
    /// A sleep.
    Sleep,
    /// A delay for another reason: a retry, a tick.
    Delay,
    /// Something with a limit of time.
    Timeout,
    /// A worker thread.
    Worker,
    /// Another job.
    Job,
    /// A slot of a semaphore.
    Slot,
    /// Several things, or one with a label of its own.
    Group,
    /// A future that does not come from the job's context.
    Foreign,
}

/// A queue that shows everybody's place in it.
pub(crate) trait Line {
    /// The place of the holder of this ticket, from 1; none once its turn has come.
    fn position(&self, ticket: u64) -> Option<usize>;

    /// Somebody in it was paused or resumed: it may be another one's turn.
    fn notify(&self);
}

/// A ticket of a line.
pub(crate) struct Place {
    pub(crate) line: Rc<dyn Line>,
    pub(crate) ticket: u64,
}

/// What an entry is, with what only that kind has.
pub(crate) enum What {
    /// Something of this kind.
    Of(AwaitKind),
    /// Something of this kind that has to stand in line first.
    InLine(AwaitKind, Box<Place>),
    /// The end of this job.
    Job(Rc<JobRecord>),
    /// The job's own limit of time: no await, but a clock that stops with the others.
    Limit,
}

impl What {
    fn kind(&self) -> Option<AwaitKind> {
        match self {
            Self::Of(kind) | Self::InLine(kind, ..) => Some(*kind),
            Self::Job(_) => Some(AwaitKind::Job),
            Self::Limit => None,
        }
    }

    fn is_sleep(&self) -> bool {
        matches!(self, Self::Of(AwaitKind::Sleep))
    }

    fn position(&self) -> Option<usize> {
        match self {
            Self::InLine(_, place) => place.line.position(place.ticket),
            _ => None,
        }
    }
}

/// The end of an await that has no time of its own.
const NEVER: Moment = Moment::END;

/// How many jobs deep a tree is told.
const TREE_DEPTH: usize = 64;

struct Entry {
    number: u64,
    parent: u64,
    what: What,
    label: Cow<'static, str>,
    /// On the job's clock of active time, as is `until`.
    began: Moment,
    until: Moment,
    skipped: bool,
    /// Its deadline is to be among the timers while the job is not paused.
    timed: bool,
    timer: Option<TimerKey>,
    waker: Option<Waker>,
}

impl Entry {
    fn elapsed(&self, active: Duration) -> Duration {
        Moment::from_start(active).since(self.began)
    }

    /// How much of it is over, and no more than it has.
    fn done(&self, active: Duration) -> Duration {
        Moment::from_start(active).min(self.until).since(self.began)
    }

    fn left(&self, active: Duration) -> Duration {
        self.until.since(Moment::from_start(active))
    }
}

/// A sleep under way, as the job's row shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SleepView {
    /// How much of it is over, in active time.
    pub slept: Duration,
    /// How long it is in all.
    pub of: Duration,
}

/// What one job awaits.
#[derive(Default)]
pub(crate) struct Awaits {
    /// In the order of their numbers: found by halving, and gone from either end in no time.
    entries: RefCell<VecDeque<Entry>>,
    last_number: Cell<u64>,
    /// Under which entry those fall that begin now; zero for none.
    under: Cell<u64>,
    /// The active time of the sleeps that are over.
    slept_before: Cell<Moment>,
}

/// How an await ended.
pub(crate) struct Ended {
    pub(crate) took: Duration,
    pub(crate) skipped: bool,
}

impl Awaits {
    pub(crate) fn begin(
        &self,
        what: What,
        label: Cow<'static, str>,
        began: Duration,
        duration: Option<Duration>,
    ) -> u64 {
        let number = self.last_number.get() + 1;
        self.last_number.set(number);
        let began = Moment::from_start(began);
        let mut entries = self.entries.borrow_mut();
        if entries.capacity() == 0 {
            // Most jobs wait for one thing at a time, and idle jobs are to be small.
            entries.reserve_exact(1);
        }
        entries.push_back(Entry {
            number,
            parent: self.under.get(),
            what,
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

    /// Takes an entry out.
    fn end(&self, number: u64, active: Duration, runtime: Option<&RuntimeInner>) -> Option<Ended> {
        let mut entries = self.entries.borrow_mut();
        let place = place_of(&entries, number)?;
        let entry = entries.remove(place)?;
        drop(entries);
        if let (Some(timer), Some(runtime)) = (entry.timer, runtime) {
            runtime.remove_timer(timer);
        }
        let took = entry.elapsed(active);
        if entry.what.is_sleep() {
            self.slept_before.set(self.slept_before.get() + took);
        }
        Some(Ended {
            took,
            skipped: entry.skipped,
        })
    }

    fn with<T>(&self, number: u64, use_it: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let mut entries = self.entries.borrow_mut();
        let place = place_of(&entries, number)?;
        entries.get_mut(place).map(use_it)
    }

    /// Fires one entry's timer; true if it was the job's own limit.
    pub(crate) fn fire(&self, number: u64) -> bool {
        let fired = self.with(number, |entry| {
            entry.timer = None;
            (entry.waker.take(), matches!(entry.what, What::Limit))
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
            .filter(|entry| {
                let can_skip = matches!(entry.what, What::Of(AwaitKind::Sleep | AwaitKind::Delay));
                can_skip && !entry.skipped
            })
            .map(|entry| {
                entry.skipped = true;
                entry.waker.take()
            })
            .collect();
        let any = !wakers.is_empty();
        wakers.into_iter().flatten().for_each(Waker::wake);
        any
    }

    /// Wakes whoever awaits anything here, to find what was thrown.
    pub(crate) fn wake_all(&self) {
        let wakers: Vec<_> = self
            .entries
            .borrow_mut()
            .iter_mut()
            .filter_map(|entry| entry.waker.take())
            .collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The job is paused: nothing of it may wake anybody, and who waits for a slot lets others go first.
    pub(crate) fn disarm(&self, runtime: &RuntimeInner) {
        for entry in self.entries.borrow_mut().iter_mut() {
            if let Some(timer) = entry.timer.take() {
                runtime.remove_timer(timer);
            }
        }
        self.notify_lines();
    }

    /// The job is resumed: its waits go on from where they stood.
    pub(crate) fn arm(&self, runtime: &RuntimeInner, job: JobId, active: Duration, now: Moment) {
        for entry in self.entries.borrow_mut().iter_mut() {
            if entry.timer.is_none() && entry.timed {
                let left = entry.left(active);
                let target = Target::Await {
                    job,
                    number: entry.number,
                };
                entry.timer = Some(runtime.add_timer(now + left, target));
            }
        }
        self.notify_lines();
    }

    fn notify_lines(&self) {
        let lines: Vec<_> = self
            .entries
            .borrow()
            .iter()
            .filter_map(|entry| match &entry.what {
                What::InLine(_, place) => Some(place.line.clone()),
                _ => None,
            })
            .collect();
        lines.iter().for_each(|line| line.notify());
    }

    /// The job is at its end: whoever else awaits one of its waits learns it now, and no deadline is left behind.
    pub(crate) fn close(&self, runtime: Option<&RuntimeInner>) {
        let left: Vec<_> = self
            .entries
            .borrow_mut()
            .iter_mut()
            .filter(|entry| !matches!(entry.what, What::Limit))
            .map(|entry| {
                entry.timed = false;
                (entry.timer.take(), entry.waker.take())
            })
            .collect();
        for (timer, waker) in left {
            if let (Some(timer), Some(runtime)) = (timer, runtime) {
                runtime.remove_timer(timer);
            }
            waker.into_iter().for_each(Waker::wake);
        }
    }

    /// The job is finished: its own limit of time goes too.
    pub(crate) fn end_limit(&self, runtime: Option<&RuntimeInner>) {
        let entries = self.entries.borrow();
        let mut limits = entries
            .iter()
            .filter(|entry| matches!(entry.what, What::Limit));
        let number = limits.next().map(|entry| entry.number);
        drop(entries);
        if let Some(number) = number {
            self.end(number, Duration::ZERO, runtime);
        }
    }

    /// The active time slept so far, the sleeps under way included.
    pub(crate) fn slept(&self, active: Duration) -> Duration {
        let under_way: Duration = self
            .entries
            .borrow()
            .iter()
            .filter(|entry| entry.what.is_sleep())
            .map(|entry| entry.done(active))
            .sum();
        self.slept_before.get().since_start() + under_way
    }

    /// The newest sleep under way.
    pub(crate) fn sleeping(&self, active: Duration) -> Option<SleepView> {
        let entries = self.entries.borrow();
        let entry = entries
            .iter()
            .filter(|entry| entry.what.is_sleep())
            .max_by_key(|entry| entry.number)?;
        Some(SleepView {
            slept: entry.done(active),
            of: entry.until.since(entry.began),
        })
    }

    /// The place of the job in the first queue it waits in, from 1.
    pub(crate) fn queue_position(&self) -> Option<usize> {
        let entries = self.entries.borrow();
        entries.iter().find_map(|entry| entry.what.position())
    }

    /// Whether something with a deadline is among what is awaited.
    pub(crate) fn has_deadline(&self) -> bool {
        let entries = self.entries.borrow();
        entries
            .iter()
            .any(|entry| entry.timed && !matches!(entry.what, What::Limit))
    }

    /// How many clones of this waker stand in the entries themselves.
    pub(crate) fn wakers_held(&self, waker: &Waker) -> usize {
        let entries = self.entries.borrow();
        let is_it = |entry: &&Entry| {
            let own = entry.waker.as_ref();
            own.is_some_and(|own| own.will_wake(waker))
        };
        entries.iter().filter(is_it).count()
    }

    /// The label of the newest await.
    pub(crate) fn last_label(&self) -> Option<Cow<'static, str>> {
        let entries = self.entries.borrow();
        entries
            .iter()
            .filter(|entry| !matches!(entry.what, What::Limit))
            .max_by_key(|entry| entry.number)
            .map(|entry| entry.label.clone())
    }

    /// `above` are those whose tree this one stands in: jobs may wait for each other in a circle.
    pub(crate) fn tree(&self, active: Duration, above: &mut Vec<*const Self>) -> Vec<AwaitView> {
        let this: *const Self = self;
        if above.len() >= TREE_DEPTH || above.contains(&this) {
            return Vec::new();
        }
        above.push(this);
        let entries = self.entries.borrow();
        let mut families: BTreeMap<u64, Vec<&Entry>> = BTreeMap::new();
        for entry in entries.iter() {
            // What stands under something that is over stands under nothing.
            let parent = Some(entry.parent).filter(|parent| place_of(&entries, *parent).is_some());
            families.entry(parent.unwrap_or(0)).or_default().push(entry);
        }
        let tree = below(&mut families, 0, active, above);
        above.pop();
        tree
    }
}

fn place_of(entries: &VecDeque<Entry>, number: u64) -> Option<usize> {
    entries
        .binary_search_by_key(&number, |entry| entry.number)
        .ok()
}

/// What stands under one entry, or at the top.
fn below(
    families: &mut BTreeMap<u64, Vec<&Entry>>,
    parent: u64,
    active: Duration,
    above: &mut Vec<*const Awaits>,
) -> Vec<AwaitView> {
    let here = families.remove(&parent).unwrap_or_default();
    here.into_iter()
        .filter_map(|entry| {
            let mut children = below(families, entry.number, active, above);
            if let What::Job(job) = &entry.what {
                children.extend(job.await_tree_under(above));
            }
            Some(AwaitView {
                label: entry.label.clone(),
                kind: entry.what.kind()?,
                elapsed: entry.elapsed(active),
                remaining: Some(entry.left(active)).filter(|_| entry.until < NEVER),
                queue_position: entry.what.position(),
                children,
            })
        })
        .collect()
}

/// One entry in the tree of a job, for as long as it lives.
pub(crate) struct AwaitNode {
    record: Rc<JobRecord>,
    number: u64,
}

impl AwaitNode {
    /// Begins an await of this job, now; `duration` is how long it lasts at most, in active time.
    pub(crate) fn begin(
        record: &Rc<JobRecord>,
        what: What,
        label: impl Into<Cow<'static, str>>,
        duration: Option<Duration>,
    ) -> Self {
        let active = record.active(record.now());
        Self {
            number: record.awaits.begin(what, label.into(), active, duration),
            record: record.clone(),
        }
    }

    pub(crate) fn record(&self) -> &Rc<JobRecord> {
        &self.record
    }

    /// Asks whether the job may go on with this await.
    ///
    /// # Errors
    /// What was thrown at it; or that the job is at its end.
    pub(crate) fn may_go_on(&self) -> Result<(), JobError> {
        self.record.may_go_on()
    }

    /// Whether its time is over, or it was skipped.
    pub(crate) fn is_over(&self) -> bool {
        let active = self.record.active(self.record.now());
        self.record
            .awaits
            .with(self.number, |entry| {
                entry.skipped || Moment::from_start(active) >= entry.until
            })
            .unwrap_or(true)
    }

    /// It goes on: remembers whom to wake, for its deadline and for what may be thrown at it.
    pub(crate) fn park(&self, cx: &Context<'_>) {
        let under = self.record.awaits.under.get();
        let replaced = self.record.awaits.with(self.number, |entry| {
            // Where it is awaited, which need not be where it was made.
            entry.parent = under;
            let fresh = entry
                .waker
                .as_ref()
                .is_none_or(|waker| !waker.will_wake(cx.waker()));
            fresh.then(|| entry.waker.replace(cx.waker().clone()))
        });
        // The drop of a waker may end other awaits: not while the list is borrowed.
        drop(replaced);
        set_timer(&self.record, self.number);
    }

    /// What begins inside of this call stands under this await in the tree.
    pub(crate) fn around<T>(&self, run: impl FnOnce() -> T) -> T {
        struct Restore<'a>(&'a Cell<u64>, u64);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let under = &self.record.awaits.under;
        let _restore = Restore(under, under.replace(self.number));
        run()
    }

    /// Ends it, and says how it was; none if it had ended before.
    pub(crate) fn end(&self) -> Option<Ended> {
        let record = &self.record;
        let active = record.active(record.now());
        record
            .awaits
            .end(self.number, active, record.runtime().as_deref())
    }
}

impl Drop for AwaitNode {
    fn drop(&mut self) {
        self.end();
    }
}

/// Puts an entry's deadline among the timers, unless the job is paused: then the resume does.
pub(crate) fn set_timer(record: &JobRecord, number: u64) {
    let Some(runtime) = record.runtime() else {
        return;
    };
    record.awaits.with(number, |entry| {
        if entry.until == NEVER {
            return;
        }
        entry.timed = true;
        if entry.timer.is_none() && !record.is_paused() {
            let now = record.now();
            let left = entry.left(record.active(now));
            let job = record.id();
            entry.timer = Some(runtime.add_timer(now + left, Target::Await { job, number }));
        }
    });
}
