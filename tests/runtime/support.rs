//! A runtime on virtual time with a host that records its calls.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use jobdeck::runtime::{
    Clock, Job, JobContext, JobError, JobHandle, Outcome, Runtime, TICK_BUDGET, Tick, Token,
};
pub(crate) use jobdeck::testing::HostRecorder as Recorder;
use jobdeck::testing::JobState;

/// A runtime, its host and its virtual clock.
pub(crate) struct Bench {
    pub(crate) runtime: Runtime,
    pub(crate) host: Arc<Recorder>,
    pub(crate) clock: Clock,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let host = Arc::new(Recorder::default());
        let clock = Clock::virtual_time();
        Self {
            runtime: Runtime::with_clock(host.clone(), clock.clone()),
            host,
            clock,
        }
    }

    /// A job that makes one call in a worker thread.
    pub(crate) fn spawn_call<T: Send + 'static>(
        &self,
        label: &'static str,
        call: impl FnOnce(&Token) -> Result<T, JobError> + Send + 'static,
    ) -> JobHandle<T> {
        let code = async move |cx: JobContext| cx.blocking(label, call).await;
        self.runtime.spawn("a", code)
    }

    /// A job that is done, and the context that its code had.
    pub(crate) fn done_with_context(&self) -> (JobHandle<()>, JobContext) {
        let slot = Rc::new(RefCell::new(None));
        let out = slot.clone();
        let job = self.runtime.spawn("a", async move |cx| {
            *out.borrow_mut() = Some(cx);
            Ok(())
        });
        self.tick();
        let cx = slot.borrow_mut().take().unwrap();
        (job, cx)
    }

    pub(crate) fn tick(&self) -> Tick {
        self.runtime.tick(TICK_BUDGET)
    }

    /// Moves the clock and ticks until nothing is ready.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
        while self.tick().more_ready {}
    }

    /// Ticks until nothing is ready.
    pub(crate) fn settle(&self) {
        self.pass(Duration::ZERO);
    }

    /// Ticks until the condition holds, for work of a real thread.
    #[track_caller]
    pub(crate) fn tick_until(&self, mut condition: impl FnMut() -> bool) {
        let began = Instant::now();
        while !condition() {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "this did not come within 20 s"
            );
            self.tick();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

pub(crate) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// The code of a job that sleeps once.
pub(crate) fn sleep_for(time: Duration) -> impl AsyncFnOnce(JobContext) -> Result<(), JobError> {
    async move |cx: JobContext| cx.sleep(time).await.map(drop)
}

/// The same, holding a value until its end.
pub(crate) fn sleep_holding<T: 'static>(
    held: T,
    time: Duration,
) -> impl AsyncFnOnce(JobContext) -> Result<(), JobError> {
    async move |cx: JobContext| {
        let _held = held;
        cx.sleep(time).await.map(drop)
    }
}

/// The name of a job's state.
pub(crate) fn state(job: &Job) -> &'static str {
    JobState::of(job).name()
}

/// The error a job failed with.
#[track_caller]
pub(crate) fn failure(job: &Job) -> JobError {
    match job.outcome() {
        Some(Outcome::Failed(error)) => error.clone(),
        other => panic!("{job:?} did not fail: {other:?}"),
    }
}

/// An event that the runtime does not know.
#[derive(Clone, Default)]
pub(crate) struct Gate(Rc<RefCell<(bool, Vec<Waker>)>>);

impl Gate {
    pub(crate) fn open(&self) {
        self.0.borrow_mut().0 = true;
        let wakers = std::mem::take(&mut self.0.borrow_mut().1);
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) async fn wait(&self) {
        std::future::poll_fn(|cx| {
            let mut gate = self.0.borrow_mut();
            if gate.0 {
                return Poll::Ready(());
            }
            gate.1.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// A list that jobs append to, in the order of events.
#[derive(Clone, Default)]
pub(crate) struct Story(Rc<RefCell<Vec<String>>>);

impl Story {
    pub(crate) fn tell(&self, text: impl Into<String>) {
        self.0.borrow_mut().push(text.into());
    }

    pub(crate) fn told(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

/// Records its drop.
pub(crate) struct TellsDrop(pub(crate) Story, pub(crate) &'static str);

impl Drop for TellsDrop {
    fn drop(&mut self) {
        self.0.tell(self.1);
    }
}
