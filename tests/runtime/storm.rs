//! A storm of random acts, the same for the same seed: whatever comes, every job moves only along legal edges, and
//! nothing is left behind.

use std::{cell::RefCell, rc::Rc, time::Duration};

use jobdeck::runtime::{Job, JobContext, JobError, Lifecycle};

use crate::support::{Bench, secs};

const ACTS: usize = 4000;
const LIVE_AT_MOST: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Queued,
    Running,
    Stopping,
    Completing,
    Cancelling,
    Finished,
}

impl State {
    fn of(job: &Job) -> Self {
        match job.lifecycle() {
            Lifecycle::Queued => Self::Queued,
            Lifecycle::Running => Self::Running,
            Lifecycle::Pausing { .. } | Lifecycle::Paused { .. } => Self::Stopping,
            Lifecycle::Completing { .. } => Self::Completing,
            Lifecycle::Cancelling => Self::Cancelling,
            Lifecycle::Finished(_) => Self::Finished,
        }
    }

    /// Whether a job may be seen there after it was seen here; one act may be several steps.
    fn may_become(self, next: Self) -> bool {
        match self {
            Self::Running => next != Self::Queued,
            Self::Queued | Self::Stopping => true,
            Self::Completing => !matches!(next, Self::Queued | Self::Running),
            Self::Cancelling => matches!(next, Self::Cancelling | Self::Finished),
            Self::Finished => next == Self::Finished,
        }
    }
}

/// A job and what was last seen of it.
struct Seen {
    job: Job,
    state: State,
    /// It was polled, or its code has ended: it cannot be seen as queued, or as running, again.
    begun: bool,
    ended: bool,
    paused: bool,
    cancelled: bool,
    outcome: Option<String>,
    active: Duration,
}

impl Seen {
    fn new(job: Job) -> Self {
        Self {
            state: State::of(&job),
            job,
            begun: false,
            ended: false,
            paused: false,
            cancelled: false,
            outcome: None,
            active: Duration::ZERO,
        }
    }

    /// Looks again, after one act.
    #[track_caller]
    fn look(&mut self, story: &str) {
        let job = &self.job;
        let state = State::of(job);
        assert!(
            self.state.may_become(state),
            "{story}: {job:?} was {:?}",
            self.state
        );
        assert!(!(self.begun && state == State::Queued), "{story}: {job:?}");
        assert!(!(self.ended && state == State::Running), "{story}: {job:?}");
        assert!(
            !self.cancelled || matches!(state, State::Cancelling | State::Finished),
            "{story}: a cancelled job goes on: {job:?}"
        );
        let outcome = job.outcome().map(|outcome| format!("{outcome:?}"));
        assert!(self.outcome.is_none() || self.outcome == outcome, "{story}");
        let paused_by_lifecycle = matches!(job.lifecycle(), Lifecycle::Paused { .. });
        if self.paused && paused_by_lifecycle {
            assert_eq!(job.active(), self.active, "{story}: its clock runs");
        }
        if let Lifecycle::Pausing { .. } = job.lifecycle() {
            assert!(
                !self.paused,
                "{story}: it ran again within a pause: {job:?}"
            );
        }
        assert!(job.active() >= self.active, "{story}: time went back");
        self.begun |= matches!(state, State::Running | State::Completing);
        self.ended |= state == State::Completing;
        self.paused = paused_by_lifecycle;
        self.outcome = outcome;
        self.active = job.active();
        self.state = state;
    }
}

type Born = Rc<RefCell<Vec<Job>>>;

/// What a job of the storm does: a few steps drawn by chance, children among them.
async fn run(cx: JobContext, seed: u64, depth: usize, born: Born) -> Result<u64, JobError> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut kept = Vec::new();
    for _ in 0..random.usize(0..5) {
        let millis = random.u64(0..3000);
        match random.usize(0..10) {
            0..=3 => {
                cx.sleep(Duration::from_millis(millis)).await?;
            }
            4 => {
                let worker = cx.blocking("storm", move |token| {
                    token.sleep(Duration::from_micros(millis))?;
                    Ok(millis)
                });
                if random.bool() {
                    worker.await?;
                } else {
                    cx.sleep(Duration::from_millis(millis)).await?;
                }
            }
            5..=7 if depth < 3 => {
                let (seed, born_too) = (random.u64(..), born.clone());
                let child = cx.spawn("child", async move |cx| {
                    Box::pin(run(cx, seed, depth + 1, born_too)).await
                });
                born.borrow_mut().push(child.job().clone());
                match random.usize(0..3) {
                    0 => {
                        // A child's failure need not be its parent's.
                        let _ = child.await;
                    }
                    1 => kept.push(child),
                    _ => {}
                }
            }
            8 if random.usize(0..4) == 0 => return Err(JobError::new("by chance")),
            9 if random.usize(0..8) == 0 => std::panic::panic_any("by chance"),
            _ => cx.log("a step"),
        }
    }
    for child in kept {
        let _ = child.await;
    }
    Ok(seed)
}

fn storm(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let bench = Bench::new();
    let born = Born::default();
    let mut seen: Vec<Seen> = Vec::new();
    let mut over: Vec<Seen> = Vec::new();
    for act in 0..ACTS {
        let story = format!("seed {seed}, act {act}");
        let any = (!seen.is_empty()).then(|| random.usize(0..seen.len()));
        match (random.usize(0..12), any) {
            (0 | 1, _) if seen.len() < LIVE_AT_MOST => {
                let (seed, born_too) = (random.u64(..), born.clone());
                let job = bench
                    .runtime
                    .spawn("root", async move |cx| run(cx, seed, 0, born_too).await);
                born.borrow_mut().push(job.job().clone());
            }
            (2 | 3, Some(at)) => {
                seen[at].job.pause();
            }
            (4 | 5, Some(at)) => {
                seen[at].job.resume();
                // Its children go on with it.
                seen.iter_mut().for_each(|one| one.paused = false);
            }
            (6, Some(at)) if random.bool() => {
                seen[at].cancelled |= seen[at].job.cancel();
            }
            (7, Some(at)) => {
                seen[at].job.skip();
            }
            (8, _) => {
                let millis = random.u64(0..2000);
                bench.clock.advance(Duration::from_millis(millis));
            }
            (9, _) => {
                let tick = bench.runtime.tick(Duration::ZERO);
                assert!(tick.polls <= 1, "{story}");
            }
            _ => {
                bench.tick();
            }
        }
        seen.extend(born.take().into_iter().map(Seen::new));
        seen.iter_mut().for_each(|one| one.look(&story));
        over.extend(seen.extract_if(.., |one| one.state == State::Finished));
        if let Some(at) = (!over.is_empty()).then(|| random.usize(0..over.len())) {
            let job = &over[at].job;
            assert!(!(job.pause() || job.resume() || job.cancel() || job.skip()));
            over[at].look(&story);
        }
    }
    assert!(over.len() > ACTS / 20, "{} ended", over.len());
    for one in &seen {
        one.job.resume();
    }
    bench.tick_until(|| {
        bench.clock.advance(secs(1));
        while bench.tick().more_ready {}
        bench.runtime.busy_workers() == 0
            && bench.runtime.abandoned_workers() == 0
            && seen.iter().all(|one| one.job.is_finished())
    });
    let story = format!("seed {seed}, at the end");
    over.iter_mut().for_each(|one| one.look(&story));
    assert!(born.take().iter().all(|job| job.is_finished()), "{story}");
    assert_eq!(bench.runtime.next_deadline(), None, "{story}");
    assert!(!bench.runtime.has_ready(), "{story}");
}

#[test]
fn whatever_comes_every_job_moves_along_legal_edges_to_its_end() {
    (1..=4).for_each(storm);
}
