//! A storm of random calls, the same for the same seed: every job only takes legal transitions, and
//! nothing is left.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use jobdeck::runtime::{
    Job, JobContext, JobError, JobHandle, Lifecycle, Priority, Semaphore, Warning,
};

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
    polls: u64,
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
            polls: 0,
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
            assert_eq!(job.statistics().polls, self.polls, "{story}: {job:?}");
        }
        if let Lifecycle::Pausing { .. } = job.lifecycle() {
            assert!(
                !self.paused,
                "{story}: it ran again within a pause: {job:?}"
            );
        }
        assert!(job.active() >= self.active, "{story}: time went back");
        let children = job.children();
        assert!(
            state != State::Finished || children.is_empty(),
            "{story}: {job:?} ended before {children:?}"
        );
        assert!(
            !paused_by_lifecycle
                || children
                    .iter()
                    .all(|child| child.is_paused()
                        || matches!(child.lifecycle(), Lifecycle::Cancelling)),
            "{story}: {job:?} is paused, and {children:?} are not"
        );
        let statistics = job.statistics();
        let counted: u64 = statistics.histogram.counts.map(u64::from).iter().sum();
        assert_eq!(counted, statistics.polls, "{story}: {job:?}");
        assert!(
            !job.warnings().contains(&Warning::WaitsOnNothing),
            "{story}: nobody has a waker of {job:?}, which awaits {:?}",
            job.await_tree()
        );
        self.polls = statistics.polls;
        self.begun |= matches!(state, State::Running | State::Completing);
        self.ended |= state == State::Completing;
        self.paused = paused_by_lifecycle;
        self.outcome = outcome;
        self.active = job.active();
        self.state = state;
    }
}

/// What the jobs of a storm share.
struct World {
    /// Every job that was spawned since the last look.
    born: RefCell<Vec<Job>>,
    /// How many guards there are: one in every future of a job or a cleanup.
    guards: Rc<Cell<usize>>,
    slots: [Semaphore; 2],
    /// The wakers of those that wait for what the runtime does not know.
    wakers: RefCell<Vec<Waker>>,
    /// Nobody waits for a waker any more.
    opened: Cell<bool>,
}

impl World {
    fn new() -> Rc<Self> {
        Rc::new(Self {
            born: RefCell::default(),
            guards: Rc::default(),
            slots: [Semaphore::new("one", 1), Semaphore::new("few", 3)],
            wakers: RefCell::default(),
            opened: Cell::default(),
        })
    }

    fn guard(&self) -> Guard {
        self.guards.set(self.guards.get() + 1);
        Guard(self.guards.clone())
    }

    /// Waits until it was woken so often, by whomever.
    async fn wait_for_wakes(&self, mut times: u32) -> Result<(), JobError> {
        std::future::poll_fn(|cx| {
            if times == 0 || self.opened.get() {
                return Poll::Ready(Ok(()));
            }
            times -= 1;
            self.wakers.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Wakes some of those from another thread, some of them long after their end.
    fn wake_from_a_thread(&self, count: usize) -> JoinHandle<()> {
        let mut wakers = self.wakers.borrow_mut();
        let count = count.min(wakers.len());
        let some: Vec<_> = wakers.drain(..count).collect();
        std::thread::spawn(move || some.into_iter().for_each(Waker::wake))
    }
}

struct Guard(Rc<Cell<usize>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

fn any_priority(random: &mut fastrand::Rng) -> Priority {
    [Priority::Low, Priority::Normal, Priority::High][random.usize(0..3)]
}

/// Something that takes a while, drawn by chance.
async fn wait(cx: &JobContext, random: &mut fastrand::Rng, world: &World) -> Result<(), JobError> {
    let time = Duration::from_millis(random.u64(0..3000));
    match random.usize(0..8) {
        0..=3 => cx.sleep(time).await.map(drop),
        4 => {
            let micros = random.u64(0..3000);
            let worker = cx.blocking("storm", move |token| {
                Ok(token.sleep(Duration::from_micros(micros))?)
            });
            if random.bool() {
                worker.await
            } else {
                cx.sleep(time).await.map(drop)
            }
        }
        5 | 6 => {
            let permit = cx.acquire(&world.slots[random.usize(0..2)]).await?;
            cx.sleep(time).await?;
            drop(permit);
            Ok(())
        }
        _ => world.wait_for_wakes(random.u32(1..3)).await,
    }
}

/// What is to be done at a cancel: short or too long, well or badly.
fn clean_up(cx: &JobContext, random: &mut fastrand::Rng, world: &Rc<World>) {
    let (world, mut random) = (world.clone(), random.fork());
    let is_taken_back = random.usize(0..4) == 0;
    let cleanup = cx.on_cancel(async move |cx| {
        let _guard = world.guard();
        wait(&cx, &mut random, &world).await?;
        match random.usize(0..8) {
            0 => Err(JobError::new("by chance")),
            1 => std::panic::panic_any("by chance"),
            _ => Ok(()),
        }
    });
    if is_taken_back {
        assert!(cleanup.disarm());
    }
}

fn start(
    cx: &JobContext,
    random: &mut fastrand::Rng,
    depth: usize,
    world: &Rc<World>,
) -> JobHandle<u64> {
    let (seed, to_child) = (random.u64(..), world.clone());
    let mut builder = cx.builder("child");
    if random.usize(0..3) > 0 {
        builder = builder.supervised();
    }
    if random.usize(0..4) == 0 {
        builder = builder.time_limit(Duration::from_millis(random.u64(0..4000)));
    }
    if random.bool() {
        builder = builder.priority(any_priority(random));
    }
    let child = builder.spawn(async move |cx| Box::pin(run(cx, seed, depth, to_child)).await);
    world.born.borrow_mut().push(child.job().clone());
    child
}

/// What a job of the storm does: a few steps drawn by chance, children among them.
async fn run(cx: JobContext, seed: u64, depth: usize, world: Rc<World>) -> Result<u64, JobError> {
    let _guard = world.guard();
    let mut random = fastrand::Rng::with_seed(seed);
    let mut kept = Vec::new();
    let mut cancelled_with_it = Vec::new();
    for _ in 0..random.usize(0..5) {
        match random.usize(0..12) {
            0..=3 => wait(&cx, &mut random, &world).await?,
            // An error that is thrown is caught here.
            4 => drop(wait(&cx, &mut random, &world).await),
            5 => {
                let limit = Duration::from_millis(random.u64(0..2000));
                drop(cx.timeout(limit, wait(&cx, &mut random, &world)).await);
            }
            6 => clean_up(&cx, &mut random, &world),
            7..=9 if depth < 3 => {
                let child = start(&cx, &mut random, depth + 1, &world);
                match random.usize(0..5) {
                    0 => drop(child.await),
                    1 => kept.push(child),
                    2 => cancelled_with_it.push(child.cancel_on_drop()),
                    3 => drop(cx.timeout(secs(1), child.cancel_on_drop()).await),
                    _ => {}
                }
            }
            10 if random.usize(0..4) == 0 => return Err(JobError::new("by chance")),
            11 if random.usize(0..8) == 0 => std::panic::panic_any("by chance"),
            _ => cx.checkpoint().await?,
        }
    }
    for child in kept {
        // A child's failure need not be its parent's.
        drop(child.await);
    }
    Ok(seed)
}

fn spawn(bench: &Bench, random: &mut fastrand::Rng, world: &Rc<World>) {
    let (seed, shared) = (random.u64(..), world.clone());
    let mut builder = bench.runtime.builder("root").priority(any_priority(random));
    if random.usize(0..4) == 0 {
        builder = builder.time_limit(Duration::from_millis(random.u64(0..8000)));
    }
    let job = builder.spawn(async move |cx| run(cx, seed, 0, shared).await);
    world.born.borrow_mut().push(job.job().clone());
}

/// What is left of a storm after its acts.
struct After {
    bench: Bench,
    world: Rc<World>,
    seen: Vec<Seen>,
    over: Vec<Seen>,
    threads: Vec<JoinHandle<()>>,
}

fn storm(seed: u64, acts: usize) -> After {
    let mut random = fastrand::Rng::with_seed(seed);
    let bench = Bench::new();
    let world = World::new();
    let mut seen: Vec<Seen> = Vec::new();
    let mut over: Vec<Seen> = Vec::new();
    let mut threads = Vec::new();
    for act in 0..acts {
        let story = format!("seed {seed}, act {act}");
        let any = (!seen.is_empty()).then(|| random.usize(0..seen.len()));
        match (random.usize(0..18), any) {
            (0 | 1, _) if seen.len() < LIVE_AT_MOST => spawn(&bench, &mut random, &world),
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
            (10, _) => assert!(bench.runtime.step().polls <= 1, "{story}"),
            (11, Some(at)) if random.bool() => {
                let goes_on = matches!(
                    seen[at].state,
                    State::Queued | State::Running | State::Stopping
                );
                let was_thrown = seen[at].job.throw(JobError::new("thrown"));
                assert!(goes_on || !was_thrown, "{story}: {:?}", seen[at].job);
            }
            (12, Some(at)) => seen[at].job.set_priority(any_priority(&mut random)),
            (13, _) => {
                let seed = random.u64(..);
                bench.runtime.shuffle(random.bool().then_some(seed));
            }
            (14, _) => threads.push(world.wake_from_a_thread(random.usize(0..9))),
            (15, _) => world.slots[1].set_limit(random.usize(0..5)),
            _ => {
                bench.tick();
            }
        }
        seen.extend(world.born.take().into_iter().map(Seen::new));
        seen.iter_mut().for_each(|one| one.look(&story));
        over.extend(seen.extract_if(.., |one| one.state == State::Finished));
        if let Some(at) = (!over.is_empty()).then(|| random.usize(0..over.len())) {
            let job = &over[at].job;
            assert!(!(job.pause() || job.resume() || job.cancel() || job.skip()));
            assert!(!job.throw(JobError::new("too late")));
            over[at].look(&story);
        }
    }
    After {
        bench,
        world,
        seen,
        over,
        threads,
    }
}

fn storm_to_the_end(seed: u64) {
    let After {
        bench,
        world,
        seen,
        mut over,
        threads,
    } = storm(seed, ACTS);
    assert!(over.len() > ACTS / 20, "{} ended", over.len());
    for one in &seen {
        one.job.resume();
    }
    world.opened.set(true);
    world.wakers.take().into_iter().for_each(Waker::wake);
    world.slots.iter().for_each(|slots| slots.set_limit(1000));
    for thread in threads {
        thread.join().unwrap();
    }
    bench.tick_until(|| {
        bench.clock.advance(secs(1));
        while bench.tick().more_ready {}
        bench.runtime.busy_workers() == 0
            && bench.runtime.abandoned_workers() == 0
            && bench.runtime.jobs().iter().all(Job::is_finished)
    });
    let story = format!("seed {seed}, at the end");
    over.iter_mut().for_each(|one| one.look(&story));
    assert!(seen.iter().all(|one| one.job.is_finished()), "{story}");
    assert!(world.born.take().iter().all(Job::is_finished), "{story}");
    assert_eq!(bench.runtime.next_deadline(), None, "{story}");
    assert!(!bench.runtime.has_ready(), "{story}");
    for slots in &world.slots {
        assert_eq!(
            [slots.taken(), slots.waiting()],
            [0, 0],
            "{story}: {slots:?}"
        );
    }
    assert_eq!(world.guards.get(), 0, "{story}: a future is left");
    drop((bench, seen, over));
    assert_eq!(Rc::strong_count(&world), 1, "{story}: a job is left");
}

#[test]
fn whatever_comes_every_job_moves_along_legal_edges_to_its_end() {
    (1..=4).for_each(storm_to_the_end);
}

#[test]
fn a_runtime_that_goes_in_the_middle_of_a_storm_drops_every_future() {
    for seed in 11..=18 {
        let after = storm(seed, 400);
        let story = format!("seed {seed}");
        drop(after.bench);
        assert_eq!(after.world.guards.get(), 0, "{story}: a future is left");
        for thread in after.threads {
            thread.join().unwrap();
        }
        // Late wakes find no job.
        drop(after.world.wake_from_a_thread(usize::MAX).join());
        for slots in &after.world.slots {
            assert_eq!(
                [slots.taken(), slots.waiting()],
                [0, 0],
                "{story}: {slots:?}"
            );
        }
        for one in after.seen {
            assert!(
                matches!(State::of(&one.job), State::Cancelling | State::Finished),
                "{story}: {:?}",
                one.job
            );
        }
        drop(after.over);
        assert_eq!(Rc::strong_count(&after.world), 1, "{story}: a job is left");
    }
}
