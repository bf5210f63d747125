//! A job as code outside of it holds it.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::runtime::job::record::JobRecord;
use crate::runtime::job::{costs, ending, pausing};
use crate::runtime::wait::view::{AwaitView, SleepView};
use crate::runtime::{
    JobError, JobId, JobStatistics, Lifecycle, LogLine, Moment, Outcome, PausedBy, Priority,
    ProgressUnit, Step, StepRecord, Warning,
};

/// Any job of a runtime, whatever the type of its value: its state, its numbers, and what can be
/// done to it.
///
/// It keeps the job's record alive, also after the job has ended, but does not keep the job
/// running.
#[derive(Clone)]
pub struct Job(pub(crate) Rc<JobRecord>);

impl Job {
    /// The job's id.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.0.id
    }

    /// The name it was spawned with.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The state it is in.
    #[must_use]
    pub fn lifecycle(&self) -> Lifecycle {
        self.0.lifecycle()
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.0.end.outcome()
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.end.is_finished()
    }

    /// Whether a pause is in force.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.0.poll.is_paused() && !self.is_finished()
    }

    /// Pauses it and its children: they are not polled, their clocks stand still, and their workers
    /// stop at their next checkpoint. False when it was paused by the user already, or has ended.
    ///
    /// ```
    /// use jobdeck::testing::{JobState, TestRuntime};
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("nap", async |cx| cx.sleep(Duration::from_secs(9)).await);
    /// test.settle();
    /// assert!(job.pause());
    /// assert!(!job.pause(), "it was already");
    /// test.advance(Duration::from_secs(3600));
    /// test.assert_state(&job, JobState::Paused);
    /// ```
    pub fn pause(&self) -> bool {
        pausing::pause(&self.0, PausedBy::User)
    }

    /// Pauses it for another reason. A parent's pause comes only with the parent: here it counts as
    /// the user's.
    pub fn pause_by(&self, by: PausedBy) -> bool {
        let by = match by {
            PausedBy::Parent => PausedBy::User,
            by => by,
        };
        pausing::pause(&self.0, by)
    }

    /// Lifts every pause but a parent's. False when there was none, or it has ended.
    ///
    /// ```
    /// use jobdeck::testing::{JobState, TestRuntime};
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("nap", async |cx| cx.sleep(Duration::from_secs(9)).await);
    /// test.settle();
    /// job.pause();
    /// test.advance(Duration::from_secs(3600));
    /// assert!(job.resume());
    /// test.advance(Duration::from_secs(9));
    /// test.assert_state(&job, JobState::Done);
    /// ```
    pub fn resume(&self) -> bool {
        pausing::resume(&self.0)
    }

    /// Cancels its children, then itself: its future is dropped within this call, and its workers'
    /// tokens fire. Called from the job's own poll, its future is dropped when that poll returns.
    /// False when it was cancelled before, or has ended.
    ///
    /// ```
    /// use jobdeck::testing::{JobState, TestRuntime};
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("nap", async |cx| cx.sleep(Duration::from_secs(9)).await);
    /// test.settle();
    /// assert!(job.cancel());
    /// assert!(!job.cancel());
    /// test.assert_state(&job, JobState::Cancelled);
    /// ```
    pub fn cancel(&self) -> bool {
        ending::cancel(&self.0)
    }

    /// Ends the sleeps and delays it is in with Ok: "skip this sleep", "retry now". False when it
    /// is in none.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("nap", async |cx| cx.sleep(Duration::from_secs(9)).await);
    /// test.settle();
    /// test.advance(Duration::from_secs(2));
    /// assert!(job.skip());
    /// test.settle();
    /// let slept = job.take_value().expect("it is done");
    /// assert_eq!((slept.active, slept.skipped), (Duration::from_secs(2), true));
    /// ```
    pub fn skip(&self) -> bool {
        !self.0.is_ending() && self.0.awaits.skip()
    }

    /// Raises an error inside the job, at what it awaits through its context, or else at the next
    /// such await. The code sees it as any other error, and may continue after it. False when its
    /// code has ended. A paused job sees it when it is resumed. A second error replaces one that
    /// was not seen yet. Thrown before the first poll of the job, it is raised by the first of its
    /// awaits that can: the code before that runs.
    ///
    /// A future that does not come from the context raises nothing by itself: await it by
    /// [`wait_for`](crate::runtime::JobContext::wait_for), or inside of
    /// [`timeout`](crate::runtime::JobContext::timeout),
    /// [`either`](crate::runtime::JobContext::either) or
    /// [`for_each`](crate::runtime::JobContext::for_each), which raise the error themselves.
    /// [`labelled`](crate::runtime::JobContext::labelled),
    /// [`join_all`](crate::runtime::join_all) and [`race`](crate::runtime::race()) leave that to
    /// what they await.
    ///
    /// ```
    /// use jobdeck::runtime::{Clock, JobError, ParkHost, Runtime, TICK_BUDGET};
    /// use std::time::Duration;
    ///
    /// let host = ParkHost::new();
    /// let runtime = Runtime::with_clock(host.clone(), Clock::virtual_time());
    /// let job = runtime.spawn("patient", async |cx| {
    ///     match cx.sleep(Duration::from_secs(3600)).await {
    ///         Ok(_) => Ok("an hour".to_owned()),
    ///         Err(error) => Ok(error.to_string()),
    ///     }
    /// });
    /// runtime.tick(TICK_BUDGET);
    /// job.throw(JobError::new("the fire alarm"));
    /// assert_eq!(host.block_on(&runtime, job)?, "the fire alarm");
    /// # Ok::<(), JobError>(())
    /// ```
    pub fn throw(&self, error: impl Into<JobError>) -> bool {
        let is_refused = self.0.link.shielded || !self.0.accepts_work();
        if !is_refused {
            let before = self.0.thrown.replace(Some(error.into()));
            drop(before);
            self.0.awaits.wake_all();
        }
        !is_refused
    }

    /// Its priority when more is ready than a tick has time for.
    #[must_use]
    pub fn priority(&self) -> Priority {
        self.0.wakes.priority()
    }

    /// Changes its priority, from its next wake on.
    pub fn set_priority(&self, priority: Priority) {
        self.0.wakes.set_priority(priority);
    }

    /// Its own limit of active time, if it has one.
    #[must_use]
    pub fn time_limit(&self) -> Option<Duration> {
        self.0.relations_if_any()?.time_limit.get()
    }

    /// What it awaits, each with its label, for how long, and what that awaits in turn.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("hasty", async |cx| {
    ///     cx.timeout(Duration::from_secs(5), cx.sleep(Duration::from_secs(9))).await
    /// });
    /// test.advance(Duration::from_secs(1));
    /// let tree = job.await_tree();
    /// assert_eq!(tree[0].label, "Timeout");
    /// assert_eq!(tree[0].remaining, Some(Duration::from_secs(4)));
    /// assert_eq!(tree[0].children[0].label, "Sleeping");
    /// ```
    #[must_use]
    pub fn await_tree(&self) -> Vec<AwaitView> {
        if self.is_finished() {
            return Vec::new();
        }
        self.0.await_tree(&mut Vec::new())
    }

    /// Its position, from 1, in the queue for the slot it waits for.
    #[must_use]
    pub fn queue_position(&self) -> Option<usize> {
        self.0.awaits.queue_position()
    }

    /// What it is doing, if it said so.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        self.0.report.get()?.step()
    }

    /// Its steps from this number on, oldest first; the first ever is number 1.
    ///
    /// ```
    /// use jobdeck::{runtime::Step, testing::TestRuntime};
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("busy", async |cx| {
    ///     cx.step(Step::computing("Sorting"));
    ///     cx.step(Step::computing("Saving"));
    ///     Ok(())
    /// });
    /// test.settle();
    /// assert_eq!(job.steps_from(2)[0].step.label, "Saving");
    /// ```
    #[must_use]
    pub fn steps_from(&self, number: u64) -> Vec<StepRecord> {
        self.0
            .report
            .get()
            .map_or_else(Vec::new, |report| report.steps_from(number))
    }

    /// Its log, oldest line first.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("talkative", async |cx| {
    ///     cx.log("hello");
    ///     Ok(())
    /// });
    /// test.settle();
    /// assert_eq!(job.log_lines()[0].text, "hello");
    /// ```
    #[must_use]
    pub fn log_lines(&self) -> Vec<LogLine> {
        self.0
            .report
            .get()
            .map_or_else(Vec::new, |report| report.log_lines())
    }

    /// How much is done, and of how much if that is known; zero before it reports any.
    #[must_use]
    pub fn progress(&self) -> (u64, Option<u64>) {
        self.0.report.get().map_or((0, None), |report| {
            (report.progress.done(), report.progress.total())
        })
    }

    /// What its progress counts.
    #[must_use]
    pub fn progress_unit(&self) -> ProgressUnit {
        let report = self.0.report.get();
        report.map_or_else(ProgressUnit::default, |report| report.progress.unit())
    }

    /// How much it does per second of its active time, smoothed; none before it was read twice, 100
    /// ms apart. Sampled only by these reads: read it regularly, as a window does.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("count", async |cx| {
    ///     cx.progress().set_total(Some(100));
    ///     for _ in 0..100 {
    ///         cx.sleep(Duration::from_secs(1)).await?;
    ///         cx.progress().add_done(1);
    ///     }
    ///     Ok(())
    /// });
    /// test.settle();
    /// assert_eq!(job.rate(), None);
    /// test.advance(Duration::from_secs(20));
    /// assert_eq!(job.rate(), Some(1.0));
    /// assert_eq!(job.eta(), Some(Duration::from_secs(80)));
    /// ```
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.0.report.get()?.rate(self.active())
    }

    /// How much active time it will take at its present [rate](Self::rate); none where that is
    /// unknown.
    #[must_use]
    pub fn eta(&self) -> Option<Duration> {
        let rate = self.rate().filter(|rate| *rate > 0.0)?;
        let (done, total) = self.progress();
        let left = total?.saturating_sub(done);
        Duration::try_from_secs_f64(left as f64 / rate).ok()
    }

    /// Its active time so far: since its spawn, pauses not counted, until its end.
    #[must_use]
    pub fn active(&self) -> Duration {
        self.0.active()
    }

    /// The active time of its sleeps so far, the ones under way included.
    #[must_use]
    pub fn slept(&self) -> Duration {
        self.0.awaits.slept(self.active())
    }

    /// The sleep it is in.
    #[must_use]
    pub fn sleeping(&self) -> Option<SleepView> {
        self.0.awaits.sleeping(self.active())
    }

    /// The present moment on its runtime's clock; when that is gone, the moment of the job's end.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("nap", async |cx| cx.sleep(Duration::from_secs(9)).await);
    /// test.advance(Duration::from_secs(2));
    /// assert_eq!(job.now().since(job.spawned_at()), Duration::from_secs(2));
    /// ```
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.now()
    }

    /// When it was spawned, on the runtime's clock.
    #[must_use]
    pub fn spawned_at(&self) -> Moment {
        self.0.clock.spawned_at()
    }

    /// When it ended, on the runtime's clock.
    #[must_use]
    pub fn finished_at(&self) -> Option<Moment> {
        self.0.clock.stopped_at().filter(|_| self.is_finished())
    }

    /// How many of its worker threads did not return and were given up.
    #[must_use]
    pub fn abandoned_workers(&self) -> usize {
        let relations = self.0.relations_if_any();
        relations.map_or(0, |relations| relations.abandoned_workers.get())
    }

    /// Its polls and what they cost.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("nap", async |cx| cx.sleep(Duration::from_secs(9)).await);
    /// test.settle();
    /// let statistics = job.statistics();
    /// assert_eq!((statistics.polls, statistics.wakes), (1, 1));
    /// assert_eq!(statistics.histogram.counts.iter().sum::<u32>(), 1);
    /// ```
    #[must_use]
    pub fn statistics(&self) -> JobStatistics {
        costs::statistics(&self.0)
    }

    /// What is wrong with it, as its numbers prove.
    ///
    /// ```
    /// use jobdeck::{runtime::Warning, testing::TestRuntime};
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("lost", async |_cx| {
    ///     std::future::pending::<()>().await;
    ///     Ok(())
    /// });
    /// test.settle();
    /// assert_eq!(job.warnings(), [Warning::WaitsOnNothing]);
    /// ```
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        costs::warnings(&self.0)
    }

    /// The name of the job with its parents' before it: "outer / inner".
    #[must_use]
    pub fn path(&self) -> String {
        self.0.path()
    }

    /// The job that started it; none if the runtime did, or if that job was forgotten. See
    /// [`is_child`](Self::is_child).
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("parent", async |cx| {
    ///     let child = cx.spawn("child", async |_cx| Ok(()));
    ///     let parent = child.job().parent();
    ///     child.await?;
    ///     Ok(parent)
    /// });
    /// test.settle();
    /// assert_eq!(job.take_value(), Some(Some(job.id())));
    /// assert_eq!(job.parent(), None);
    /// ```
    #[must_use]
    pub fn parent(&self) -> Option<JobId> {
        self.0.parent().map(|parent| parent.id)
    }

    /// Whether another job started it, also if that job was forgotten.
    #[must_use]
    pub fn is_child(&self) -> bool {
        self.0.link.parent.is_some()
    }

    /// Its child jobs that have not ended, oldest first.
    ///
    /// ```
    /// use jobdeck::testing::TestRuntime;
    /// use std::time::Duration;
    ///
    /// let test = TestRuntime::new();
    /// let job = test.spawn("parent", async |cx| {
    ///     cx.spawn("child", async |cx| cx.sleep(Duration::from_secs(1)).await).await
    /// });
    /// test.settle();
    /// assert_eq!(job.children()[0].path(), "parent / child");
    /// ```
    #[must_use]
    pub fn children(&self) -> Vec<Job> {
        self.0.children().into_iter().map(Job).collect()
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
