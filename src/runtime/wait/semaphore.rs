//! A limit on how many jobs do something at once, with a visible queue.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use crate::runtime::job::record::JobRecord;
use crate::runtime::wait::awaits::Awaited;
use crate::runtime::wait::node::AwaitNode;
use crate::runtime::wait::view::AwaitKind;
use crate::runtime::wait::wait_queue::{QueueTicket, WaitQueue};
use crate::runtime::{JobContext, JobError, Step, WaitReason};

/// A limit on how many jobs hold a permit at once: downloads of one host, writers of one disk.
/// Cheap to clone; clones share the permits.
///
/// Permits are given out first come, first served. A paused job keeps its position, but takes no
/// permit and lets others go first. Lowering the limit revokes nothing: fewer permits are given out
/// from then on.
///
/// A permit is given back when it is dropped, and so when its job is cancelled. A worker thread of
/// that job may still work then, if its closure does not ask its
/// [token](crate::runtime::Token), and the next job has the permit meanwhile: such a closure may
/// have to guard the resource itself, such as by a mutex.
///
/// ```
/// use jobdeck::runtime::{Clock, ParkHost, Runtime, Semaphore};
/// use std::time::Duration;
///
/// let host = ParkHost::new();
/// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
/// let printer = Semaphore::new("the printer", 1);
/// for page in ["one", "two"] {
///     let printer = printer.clone();
///     runtime.spawn(page, async move |cx| {
///         let _permit = cx.acquire(&printer).await?;
///         cx.sleep(Duration::from_secs(10)).await
///     });
/// }
/// host.run_until_idle(&runtime);
/// assert_eq!(runtime.now().since_start(), Duration::from_secs(20), "one after the other");
/// ```
#[derive(Clone)]
pub struct Semaphore(Rc<Permits>);

/// What the clones share.
struct Permits {
    name: String,
    limit: Cell<usize>,
    taken: Cell<usize>,
    waiters: RefCell<VecDeque<Waiter>>,
    last_ticket: Cell<u64>,
}

struct Waiter {
    ticket: u64,
    job: Weak<JobRecord>,
    waker: Option<Waker>,
}

impl Waiter {
    fn is_paused(&self) -> bool {
        self.job.upgrade().is_some_and(|job| job.poll.is_paused())
    }
}

impl Semaphore {
    /// A limit of `permits`. The name is shown by a row that waits: "for a slot on the printer,
    /// 3rd".
    #[must_use]
    pub fn new(name: impl Into<String>, permits: usize) -> Self {
        Self(Rc::new(Permits {
            name: name.into(),
            limit: Cell::new(permits),
            taken: Cell::default(),
            waiters: RefCell::default(),
            last_ticket: Cell::default(),
        }))
    }

    /// What it limits.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// How many permits there are.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.0.limit.get()
    }

    /// Changes how many there are. If more are out, none is given until enough have been returned.
    pub fn set_limit(&self, permits: usize) {
        self.0.limit.set(permits);
        self.0.wake_next();
    }

    /// How many are out.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.0.taken.get()
    }

    /// How many jobs wait for one.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.waiters.borrow().len()
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("name", &self.0.name)
            .field("limit", &self.limit())
            .field("taken", &self.taken())
            .field("waiting", &self.waiting())
            .finish()
    }
}

impl WaitQueue for Permits {
    fn position(&self, ticket: u64) -> Option<usize> {
        index_of(&self.waiters.borrow(), ticket).map(|place| place + 1)
    }

    /// A paused waiter takes no permit, so it may be the turn of another one.
    fn on_pause_changed(&self) {
        self.wake_next();
    }

    fn leave(&self, ticket: u64) {
        let mut waiters = self.waiters.borrow_mut();
        let place = index_of(&waiters, ticket);
        let waiter = place.and_then(|place| waiters.remove(place));
        drop(waiters);
        if waiter.is_some() {
            // If it was its turn, it is that of the next one now.
            self.wake_next();
        }
    }
}

/// Waiters are sorted by ticket.
fn index_of(waiters: &VecDeque<Waiter>, ticket: u64) -> Option<usize> {
    waiters
        .binary_search_by_key(&ticket, |waiter| waiter.ticket)
        .ok()
}

impl Permits {
    /// Wakes those whose turn it is.
    fn wake_next(&self) {
        let wakers: Vec<_> = self
            .waiters
            .borrow_mut()
            .iter_mut()
            .filter(|waiter| !waiter.is_paused())
            .take(self.free())
            .filter_map(|waiter| waiter.waker.take())
            .collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    fn free(&self) -> usize {
        self.limit.get().saturating_sub(self.taken.get())
    }

    /// Takes a permit for this waiter if it is its turn; else stores the waker.
    fn try_take(&self, ticket: u64, waker: &Waker) -> bool {
        let mut waiters = self.waiters.borrow_mut();
        let Some(place) = index_of(&waiters, ticket) else {
            return false;
        };
        let free = self.free();
        let before = waiters.iter().take(place);
        // Stops at the first answer: the queue may be long.
        if before
            .filter(|waiter| !waiter.is_paused())
            .take(free)
            .count()
            < free
        {
            let waiter = waiters.remove(place);
            drop(waiters);
            drop(waiter);
            self.taken.set(self.taken.get() + 1);
            return true;
        }
        let replaced = waiters[place].waker.replace(waker.clone());
        drop(waiters);
        drop(replaced);
        false
    }

    fn give_back(&self) {
        // If there were enough for all before, all have been woken.
        let had_enough = self.free() >= self.waiters.borrow().len();
        self.taken.set(self.taken.get().saturating_sub(1));
        if !had_enough {
            self.wake_next();
        }
    }
}

/// One of the permits of a [`Semaphore`]; dropping it gives it back.
#[must_use = "dropping this gives the permit back"]
pub struct Permit(Rc<Permits>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit of {}", self.0.name)
    }
}

/// The wait for a [`Permit`]; made by [`JobContext::acquire`]. It is in the queue from when it is
/// made.
#[must_use = "a permit is there when this is awaited"]
pub struct Acquire {
    node: AwaitNode,
    permits: Rc<Permits>,
    ticket: u64,
    step: Option<u64>,
    has_begun: bool,
}

impl JobContext {
    /// Waits for a permit. The row shows what it waits for, and its position in the queue. The job
    /// is in the queue from this call on: if the future is not awaited, it blocks those behind it
    /// once its turn has come, until the job is at its end.
    ///
    /// # Errors
    /// When it is awaited: what was [thrown](crate::runtime::Job::throw) at the job, or that the
    /// job is [at its end](crate::runtime#words).
    pub fn acquire(&self, semaphore: &Semaphore) -> Acquire {
        let permits = semaphore.0.clone();
        let ticket = permits.last_ticket.get() + 1;
        permits.last_ticket.set(ticket);
        // A job at its end gets no permit, and would keep its place until this is dropped.
        if self.record().accepts_work() {
            permits.waiters.borrow_mut().push_back(Waiter {
                ticket,
                job: Rc::downgrade(self.record()),
                waker: None,
            });
        }
        let queue_ticket = QueueTicket {
            queue: permits.clone(),
            number: ticket,
        };
        let awaited = Awaited::Queued(AwaitKind::Slot, Box::new(queue_ticket));
        Acquire {
            node: AwaitNode::begin(self.record(), awaited, permits.name.clone(), None),
            permits,
            ticket,
            step: None,
            has_begun: false,
        }
    }
}

impl Future for Acquire {
    type Output = Result<Permit, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Err(error) = self.node.check_interrupt() {
            return Poll::Ready(Err(error));
        }
        // A loop of permits that are free lets others have their turn.
        if !std::mem::replace(&mut self.has_begun, true)
            && self.node.record().yields_after_waits(cx)
        {
            return Poll::Pending;
        }
        if self.permits.try_take(self.ticket, cx.waker()) {
            self.node.record().poll.count_wait();
            self.node.end();
            if let Some(step) = self.step.take() {
                self.node.record().end_step(step);
            }
            return Poll::Ready(Ok(Permit(self.permits.clone())));
        }
        if self.permits.position(self.ticket).is_none() {
            return Poll::Ready(Err(JobError::new("a permit was waited for after its end")));
        }
        self.node.park(cx);
        if self.step.is_none() {
            let name = self.permits.name.clone();
            let reason = WaitReason::Slot(name.clone().into());
            let step = Step::waiting(name, reason, None);
            self.step = Some(self.node.record().begin_step(step));
        }
        Poll::Pending
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        self.permits.leave(self.ticket);
        if let Some(step) = self.step {
            self.node.record().end_step(step);
        }
    }
}

impl fmt::Debug for Acquire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire")
            .field("of", &self.permits.name)
            .field("position", &self.permits.position(self.ticket))
            .finish()
    }
}
