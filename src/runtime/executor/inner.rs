//! What the clones of a runtime and its jobs share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::runtime::executor::changes::ChangeLog;
use crate::runtime::executor::extensions::Extensions;
use crate::runtime::executor::grace::GracePeriods;
use crate::runtime::executor::options::RuntimeOptions;
use crate::runtime::executor::ready::ReadyQueue;
use crate::runtime::executor::table::JobTable;
use crate::runtime::sync::queue::{RunQueue, Woken};
use crate::runtime::time::runtime_clock::RuntimeClock;
use crate::runtime::time::timers::Timers;
use crate::runtime::worker::{BlockingPool, Message};
use crate::runtime::{Host, JobId, Moment};

/// The parts of one runtime. `J` is the record of a job: a parameter, so that records can name
/// their runtime and this file need not name them.
pub(crate) struct RuntimeInner<J> {
    pub(crate) time: RuntimeClock,
    pub(crate) queue: Arc<RunQueue<Message<Self>>>,
    pub(crate) blocking: Rc<BlockingPool>,
    pub(crate) jobs: RefCell<JobTable<J>>,
    pub(crate) timers: RefCell<Timers>,
    pub(crate) graces: GracePeriods,
    pub(crate) ready: RefCell<ReadyQueue>,
    pub(crate) tick: TickState,
    pub(crate) changes: ChangeLog,
    pub(crate) extensions: Extensions,
    pub(crate) options: RuntimeOptions,
    /// Each user of random numbers takes a fork of it.
    pub(crate) random: RefCell<fastrand::Rng>,
    /// Ends the jobs that are left when the runtime is dropped, at this moment of its clock.
    end_jobs: fn(&[Rc<J>], Moment),
}

/// The tick under way.
#[derive(Default)]
pub(crate) struct TickState {
    pub(crate) is_ticking: Cell<bool>,
    /// When the poll under way began, on the stopwatch.
    pub(crate) poll_began: Cell<u64>,
    /// The job whose poll is under way.
    pub(crate) polled: Cell<Option<JobId>>,
    /// Whether the loop that drives the runtime is to return.
    pub(crate) is_stopping: Cell<bool>,
}

impl<J> RuntimeInner<J> {
    pub(crate) fn new(
        host: Arc<dyn Host>,
        options: RuntimeOptions,
        end_jobs: fn(&[Rc<J>], Moment),
    ) -> Rc<Self> {
        let time = RuntimeClock::new(options.clock.clone());
        Rc::new(Self {
            queue: RunQueue::new(host, time.stopwatch.clone()),
            time,
            blocking: Rc::new(BlockingPool::new(options.blocking_threads)),
            jobs: RefCell::new(JobTable::new(options.finished_kept)),
            timers: RefCell::default(),
            graces: GracePeriods::default(),
            ready: RefCell::default(),
            tick: TickState::default(),
            changes: ChangeLog::default(),
            extensions: Extensions::default(),
            random: RefCell::new(options.random()),
            options,
            end_jobs,
        })
    }

    pub(crate) fn now(&self) -> Moment {
        self.time.now()
    }

    /// The job with this id, unless it has ended.
    pub(crate) fn live(&self, id: JobId) -> Option<Rc<J>> {
        self.jobs.borrow().live(id).cloned()
    }

    /// The job whose poll is under way.
    pub(crate) fn polled(&self) -> Option<Rc<J>> {
        self.live(self.tick.polled.get()?)
    }

    /// How long the poll under way has taken so far.
    pub(crate) fn poll_took(&self) -> Duration {
        let stopwatch = &self.time.stopwatch;
        let (began, now) = (self.tick.poll_began.get(), stopwatch.read());
        Duration::from_nanos(stopwatch.nanos_between(began, now))
    }

    /// Queues a job for its first poll. A job is spawned on the runtime's own thread, so between
    /// two ticks the inbox and its lock are not needed.
    pub(crate) fn make_ready(&self, woken: Woken) {
        if self.tick.is_ticking.get() {
            self.queue.push_at(woken);
        } else {
            self.ready.borrow_mut().push(woken);
            self.queue.notify();
        }
    }
}

impl<J> Drop for RuntimeInner<J> {
    /// Ends every job. Wakers and handles that outlive the runtime find their job finished.
    fn drop(&mut self) {
        let jobs: Vec<_> = self.jobs.borrow().all_live().cloned().collect();
        (self.end_jobs)(&jobs, self.now());
        self.queue.close();
        self.ready.borrow_mut().clear();
    }
}
