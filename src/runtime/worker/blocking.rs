//! Blocking calls in worker threads, each on a named thread of its own that resolves a promise.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use poll_promise::{Promise, Sender};

use crate::runtime::job::panics;
use crate::runtime::job::record::{JobRecord, JobRuntime};
use crate::runtime::wait::awaits::Awaited;
use crate::runtime::wait::node::AwaitNode;
use crate::runtime::wait::view::AwaitKind;
use crate::runtime::wait::wait_queue::QueueTicket;
use crate::runtime::worker::control::WorkerControl;
use crate::runtime::worker::message::Message;
use crate::runtime::worker::scope::Scope;
use crate::runtime::worker::thread_pool::{AfterTask, THREADS, ThreadKind};
use crate::runtime::worker::token::Token;
use crate::runtime::{ErrorKind, JobContext, JobError, Step, WaitReason};

/// A blocking call in a worker thread, as a future of its result.
///
/// The call begins when this is made, and may be awaited later, also when it has ended. Dropping
/// this cancels it.
#[must_use = "dropping this cancels the call"]
pub struct Worker<T: Send + 'static> {
    promise: Option<Promise<Result<T, JobError>>>,
    waker: Arc<AtomicWaker>,
    control: Arc<WorkerControl>,
    runtime: Weak<JobRuntime>,
    record: Rc<JobRecord>,
    label: Cow<'static, str>,
    node: Option<AwaitNode>,
    /// The number of the step that announces it.
    step: Rc<Cell<u64>>,
}

impl<T: Send + 'static> Worker<T> {
    /// The numbers of its own step and of the last that its token began; zero for none.
    fn steps(&self) -> [u64; 2] {
        let of_token = self.control.last_step.load(Ordering::Relaxed);
        [self.step.get(), of_token]
    }

    /// Cancels the call; awaiting it then gives an error. Dropping does the same.
    pub fn cancel(&self) {
        self.control.cancel();
        if let Some(runtime) = self.runtime.upgrade() {
            runtime.blocking.leave_queue(self.control.number);
        }
    }
}

/// Nothing in it is pinned: the result only passes through.
impl<T: Send + 'static> Unpin for Worker<T> {}

impl<T: Send + 'static> Future for Worker<T> {
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Register first, then check: a result that arrives in between wakes the job.
        self.waker.register(cx.waker());
        let Some(promise) = self.promise.take() else {
            return Poll::Ready(Err(JobError::new("a worker was polled after its end")));
        };
        match promise.try_take() {
            Ok(result) => {
                self.node = None;
                let report = self.record.report.get();
                let label = report.and_then(|report| {
                    let mut labels = self.steps().into_iter();
                    labels.find_map(|step| report.label_of(step))
                });
                self.steps()
                    .iter()
                    .for_each(|step| self.record.end_step(*step));
                Poll::Ready(result.map_err(|error| error.at_step(label)))
            }
            Err(promise) => {
                self.promise = Some(promise);
                let this = &mut *self;
                let node = this.node.get_or_insert_with(|| {
                    let awaited = match this.runtime.upgrade() {
                        Some(runtime) => {
                            let ticket = QueueTicket {
                                queue: runtime.blocking.clone(),
                                number: this.control.number,
                            };
                            Awaited::Queued(AwaitKind::Worker, Box::new(ticket))
                        }
                        None => Awaited::Plain(AwaitKind::Worker),
                    };
                    AwaitNode::begin(&this.record, awaited, this.label.clone(), None)
                });
                if let Err(error) = node.check_interrupt() {
                    return Poll::Ready(Err(error));
                }
                node.park(cx);
                Poll::Pending
            }
        }
    }
}

impl<T: Send + 'static> Drop for Worker<T> {
    fn drop(&mut self) {
        if self.promise.is_some() {
            self.cancel();
            self.steps()
                .iter()
                .for_each(|step| self.record.end_step(*step));
        }
    }
}

impl<T: Send + 'static> fmt::Debug for Worker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("number", &self.control.number)
            .field("ended", &self.control.is_stopped())
            .finish_non_exhaustive()
    }
}

/// Sends a result in any case: when a sender is dropped unsent, poll-promise panics on the UI
/// thread.
struct Resolver<T: Send + 'static> {
    sender: Option<Sender<Result<T, JobError>>>,
    waker: Arc<AtomicWaker>,
    token: Token,
    label: Cow<'static, str>,
}

impl<T: Send + 'static> Resolver<T> {
    fn resolve(&mut self, result: Result<T, JobError>) {
        if let Some(sender) = self.sender.take() {
            // If it is no longer awaited it is dropped here, which may run any code.
            let place = format!("in the drop of the result of worker «{}»", self.label);
            if let Err(report) = panics::catch(place, || sender.send(result)) {
                log::error!("{report}");
            }
            self.token.control.set_ended();
            // A runtime that is gone does not need the message.
            drop(self.token.queue.send(Message::WorkerEnded {
                job: self.token.job,
                worker: self.token.control.clone(),
                waker: self.waker.clone(),
            }));
        }
    }
}

impl<T: Send + 'static> Drop for Resolver<T> {
    fn drop(&mut self) {
        if self.sender.is_none() {
            return;
        }
        let error = if self.token.is_cancelled() {
            JobError::cancelled()
        } else {
            lost(&self.label)
        };
        self.resolve(Err(error));
    }
}

impl JobContext {
    /// Runs a blocking closure in a worker thread and gives its result.
    ///
    /// The closure begins now, whether or not the future is awaited yet. At most
    /// [`BLOCKING_THREADS`](crate::runtime::BLOCKING_THREADS), or as many as the
    /// [options](crate::runtime::RuntimeOptions) say, run at once in a runtime; the rest wait in a
    /// queue. A panic in it is an error here. Dropping the future cancels its token; the
    /// closure should call [`Token::checkpoint`] where it can stop, so that pause and cancel reach
    /// it.
    ///
    /// # Errors
    /// What the closure returns, and of these kinds: `Panicked` when it panicked, `Cancelled` when
    /// it was cancelled before it gave a result, `ThreadRefused` when the system has no thread for
    /// it; or what was thrown at the job.
    ///
    /// ```
    /// use jobdeck::runtime::{ParkHost, Runtime};
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::new(host.clone());
    /// let job = runtime.spawn("sum", async |cx| {
    ///     cx.blocking("adding", |token| {
    ///         let mut sum = 0_u64;
    ///         for number in 1..=1000 {
    ///             token.checkpoint()?;
    ///             sum += number;
    ///         }
    ///         Ok(sum)
    ///     })
    ///     .await
    /// });
    /// assert_eq!(host.block_on(&runtime, job)?, 500_500);
    /// # Ok::<(), jobdeck::runtime::JobError>(())
    /// ```
    pub fn blocking<T: Send + 'static>(
        &self,
        label: impl Into<Cow<'static, str>>,
        closure: impl FnOnce(&Token) -> Result<T, JobError> + Send + 'static,
    ) -> Worker<T> {
        self.start_worker(label.into(), closure, true, None)
    }

    /// Like [`JobContext::blocking`], without the limit of threads and without a step of its own:
    /// for tasks that have limits and steps of their own, such as a fetch.
    ///
    /// # Errors
    /// Those of [`JobContext::blocking`].
    pub fn worker<T: Send + 'static>(
        &self,
        label: impl Into<Cow<'static, str>>,
        closure: impl FnOnce(&Token) -> Result<T, JobError> + Send + 'static,
    ) -> Worker<T> {
        self.start_worker(label.into(), closure, false, None)
    }

    /// Like [`JobContext::worker`], on a thread with this many bytes of stack: for tasks that may
    /// be run by the thousand and know how much stack they need. A thread that needs more ends the
    /// process.
    ///
    /// # Errors
    /// Those of [`JobContext::blocking`].
    pub fn worker_with_stack<T: Send + 'static>(
        &self,
        label: impl Into<Cow<'static, str>>,
        stack_bytes: usize,
        closure: impl FnOnce(&Token) -> Result<T, JobError> + Send + 'static,
    ) -> Worker<T> {
        self.start_worker(label.into(), closure, false, Some(stack_bytes))
    }

    fn start_worker<T: Send + 'static>(
        &self,
        label: Cow<'static, str>,
        closure: impl FnOnce(&Token) -> Result<T, JobError> + Send + 'static,
        limited: bool,
        stack_bytes: Option<usize>,
    ) -> Worker<T> {
        let record = self.record();
        let runtime = record.runtime();
        let number = runtime
            .as_ref()
            .map_or(0, |runtime| runtime.blocking.next_number());
        let control = WorkerControl::new(number);
        let (sender, promise) = Promise::new();
        let waker = Arc::new(AtomicWaker::new());
        let worker = Worker {
            promise: Some(promise),
            waker: waker.clone(),
            control: control.clone(),
            runtime: runtime.as_ref().map_or_else(Weak::new, Rc::downgrade),
            record: record.clone(),
            label: label.clone(),
            node: None,
            step: Rc::default(),
        };
        let step = worker.step.clone();
        let Some(runtime) = runtime.filter(|_| record.accepts_work()) else {
            control.set_ended();
            sender.send(Err(JobError::cancelled()));
            return worker;
        };
        let token = Token {
            job: record.id,
            control: control.clone(),
            report: record.report().clone(),
            clock: runtime.time.clock.clone(),
            queue: runtime.queue.clone(),
        };
        if record.poll.is_paused() {
            control.pause();
        }
        scope_of(record).add_worker(&control);
        runtime.blocking.began();
        let resolver = Resolver {
            sender: Some(sender),
            waker,
            token: token.clone(),
            label: label.clone(),
        };
        let start = {
            let record = Rc::downgrade(record);
            let label = label.clone();
            move || {
                if limited && let Some(record) = record.upgrade() {
                    step.set(record.begin_step(Step::computing(label.clone())));
                }
                resolver.token.control.set_holds_slot(limited);
                run_in_thread(&label, stack_bytes, closure, resolver);
            }
        };
        if !limited {
            start();
        } else if !runtime.blocking.enter(number, Box::new(start)) {
            let reason = WaitReason::Slot("the worker threads".into());
            let waiting = Step::waiting(label, reason, None);
            worker.step.set(record.begin_step(waiting));
        }
        worker
    }
}

/// The workers of a job, as a part of its parent's, so that a remote cancel of the parent reaches
/// them. Those of a cleanup are not: it runs after the cancel.
pub(crate) fn scope_of(job: &JobRecord) -> Arc<Scope> {
    job.relations().workers.scope(|| {
        let parent = job.parent().filter(|_| !job.link.shielded)?;
        Some(scope_of(&parent))
    })
}

fn run_in_thread<T: Send + 'static>(
    label: &str,
    stack_bytes: Option<usize>,
    closure: impl FnOnce(&Token) -> Result<T, JobError> + Send + 'static,
    resolver: Resolver<T>,
) {
    // The resolver is in a shared slot: when the thread cannot be started, its closure is dropped,
    // and the error must be the refusal and not "lost".
    let slot = Arc::new(std::sync::Mutex::new(Some(resolver)));
    let take = {
        let slot = slot.clone();
        move || {
            slot.lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .take()
        }
    };
    let body = {
        let take = take.clone();
        let label = label.to_owned();
        move || {
            let Some(mut resolver) = take() else {
                return AfterTask::Reuse;
            };
            let token = resolver.token.clone();
            let mut after = AfterTask::Reuse;
            let result = match token.control.begin() {
                Ok(()) => panics::catch(format_args!("in worker «{label}»"), || closure(&token))
                    .unwrap_or_else(|report| {
                        // Its thread-local state may be in disorder.
                        after = AfterTask::End;
                        Err(JobError::panicked(report))
                    }),
                Err(cancelled) => Err(cancelled.into()),
            };
            resolver.resolve(result);
            // Whatever made it hang may still hold the thread's state.
            if token.control.is_abandoned() {
                after = AfterTask::End;
            }
            after
        }
    };
    let kind = ThreadKind {
        name: label.chars().filter(|c| *c != '\0').take(15).collect(),
        stack_bytes,
    };
    if let Err(error) = THREADS.run(kind, Box::new(body))
        && let Some(mut resolver) = take()
    {
        resolver.resolve(Err(thread_refused(label, error)));
    }
}

fn lost(worker: &str) -> JobError {
    let message = format!("worker «{worker}» ended without a result");
    JobError::with(ErrorKind::Lost, Some(message.into()), None)
}

fn thread_refused(worker: &str, error: std::io::Error) -> JobError {
    let message = format!("no thread could be started for «{worker}»");
    let source = Some(Box::new(error) as _);
    JobError::with(ErrorKind::ThreadRefused, Some(message.into()), source)
}
