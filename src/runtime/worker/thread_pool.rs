//! Threads that are reused, because starting one costs more than a small download. A thread without
//! a task ends after a few seconds, so an idle process has none.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a thread waits for its next task before it ends.
const IDLE_FOR: Duration = Duration::from_secs(5);
/// How many threads wait for a task at most; more end at once.
const MAX_IDLE: usize = 64;

/// What a thread does after a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterTask {
    /// It may take another task.
    Reuse,
    /// It ends: the task was given up, or panicked, and may have left thread-local state in
    /// disorder.
    End,
}

/// A task; it returns what its thread does next.
pub(crate) type PooledCall = Box<dyn FnOnce() -> AfterTask + Send>;

/// Threads of the same kind are interchangeable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ThreadKind {
    /// As debuggers and panics show it.
    pub(crate) name: String,
    /// The size of its stack in bytes; the standard library's default if none.
    pub(crate) stack_bytes: Option<usize>,
}

/// A thread that waits for a task.
struct Idle {
    number: u64,
    kind: ThreadKind,
    hand_over: Sender<PooledCall>,
}

/// The threads of a process that wait for a task.
pub(crate) struct ThreadPool {
    idle: Mutex<Vec<Idle>>,
    last_number: AtomicU64,
    idle_for: Duration,
}

/// The one of this process.
pub(crate) static THREADS: ThreadPool = ThreadPool::new(IDLE_FOR);

impl ThreadPool {
    const fn new(idle_for: Duration) -> Self {
        Self {
            idle: Mutex::new(Vec::new()),
            last_number: AtomicU64::new(0),
            idle_for,
        }
    }

    /// Runs a task on a thread of this kind: one that waits for a task, or else a new one.
    ///
    /// # Errors
    /// What the system says when it has no thread for it; the task is dropped then.
    pub(crate) fn run(&'static self, kind: ThreadKind, task: PooledCall) -> io::Result<()> {
        let mut task = task;
        while let Some(idle) = self.take_idle(&kind) {
            match idle.hand_over.send(task) {
                Ok(()) => return Ok(()),
                // It has ended without leaving the list, which only a panic in its loop could
                // cause.
                Err(refused) => task = refused.0,
            }
        }
        let builder = std::thread::Builder::new().name(kind.name.clone());
        let builder = match kind.stack_bytes {
            Some(stack_bytes) => builder.stack_size(stack_bytes),
            None => builder,
        };
        builder.spawn(move || self.work(&kind, task)).map(drop)
    }

    /// Takes the thread that began to wait last: its stack is most likely still cached.
    fn take_idle(&self, kind: &ThreadKind) -> Option<Idle> {
        let mut idle = self.lock();
        let place = idle.iter().rposition(|idle| idle.kind == *kind)?;
        Some(idle.remove(place))
    }

    /// The loop of a thread.
    fn work(&self, kind: &ThreadKind, mut task: PooledCall) {
        let number = self.last_number.fetch_add(1, Ordering::Relaxed);
        let (hand_over, tasks) = channel();
        while task() == AfterTask::Reuse {
            let idle = Idle {
                number,
                kind: kind.clone(),
                hand_over: hand_over.clone(),
            };
            if !self.add_idle(idle) {
                return;
            }
            match self.next_task(number, &tasks) {
                Some(next) => task = next,
                None => return,
            }
        }
    }

    /// Adds a thread that waits; false if there are enough.
    fn add_idle(&self, thread: Idle) -> bool {
        let mut idle = self.lock();
        let has_room = idle.len() < MAX_IDLE;
        if has_room {
            idle.push(thread);
        }
        has_room
    }

    /// Waits for a task; none if there was none for long enough.
    fn next_task(&self, number: u64, tasks: &Receiver<PooledCall>) -> Option<PooledCall> {
        match tasks.recv_timeout(self.idle_for) {
            Ok(task) => Some(task),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                let mut idle = self.lock();
                let place = idle.iter().position(|idle| idle.number == number);
                let was_waiting = place.map(|place| idle.remove(place)).is_some();
                drop(idle);
                // No longer in the list: it was taken for a task just now, which is about to
                // arrive.
                if was_waiting { None } else { tasks.recv().ok() }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        // The list is valid between any two statements.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::sync_channel;
    use std::thread;
    use std::thread::ThreadId;
    use std::time::Instant;

    use super::*;

    fn pool(idle_for: Duration) -> &'static ThreadPool {
        Box::leak(Box::new(ThreadPool::new(idle_for)))
    }

    fn kind(name: &str, stack_bytes: Option<usize>) -> ThreadKind {
        ThreadKind {
            name: name.to_owned(),
            stack_bytes,
        }
    }

    /// Runs a task to its end, and gives the thread that it ran on.
    fn thread_of(pool: &'static ThreadPool, kind: ThreadKind, after: AfterTask) -> ThreadId {
        let (tell, told) = sync_channel(1);
        let task = move || {
            tell.send(thread::current().id()).unwrap();
            after
        };
        pool.run(kind, Box::new(task)).unwrap();
        told.recv_timeout(SOON).unwrap()
    }

    /// Waits until this many threads wait for a task.
    fn await_idle(pool: &ThreadPool, count: usize) {
        let began = Instant::now();
        while pool.lock().len() != count {
            assert!(began.elapsed() < SOON, "{count} idle threads never came");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Longer than any step takes on the slowest machine.
    const SOON: Duration = Duration::from_secs(20);
    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn a_thread_takes_the_next_task_of_its_kind_only() {
        let pool = pool(LONG);
        let first = thread_of(pool, kind("a", Some(65_536)), AfterTask::Reuse);
        await_idle(pool, 1);
        let second = thread_of(pool, kind("a", Some(65_536)), AfterTask::Reuse);
        assert_eq!(second, first);
        await_idle(pool, 1);
        let others = [kind("b", Some(65_536)), kind("a", None)];
        for (number, other) in others.into_iter().enumerate() {
            assert_ne!(thread_of(pool, other, AfterTask::Reuse), first);
            await_idle(pool, number + 2);
        }
    }

    #[test]
    fn two_tasks_at_once_have_two_threads() {
        let pool = pool(LONG);
        let (go_on, waits) = sync_channel::<()>(0);
        let (tell, told) = sync_channel(1);
        let blocked = move || {
            tell.send(thread::current().id()).unwrap();
            waits.recv().unwrap();
            AfterTask::Reuse
        };
        pool.run(kind("a", None), Box::new(blocked)).unwrap();
        let first = told.recv_timeout(SOON).unwrap();
        assert_ne!(thread_of(pool, kind("a", None), AfterTask::Reuse), first);
        go_on.send(()).unwrap();
        await_idle(pool, 2);
    }

    #[test]
    fn a_thread_that_must_end_takes_no_other_task() {
        let pool = pool(LONG);
        let first = thread_of(pool, kind("a", None), AfterTask::End);
        let second = thread_of(pool, kind("a", None), AfterTask::Reuse);
        assert_ne!(first, second);
        await_idle(pool, 1);
    }

    #[test]
    fn a_thread_without_a_task_ends() {
        let pool = pool(Duration::from_millis(20));
        let alive = Arc::new(());
        let guard = alive.clone();
        std::thread_local! {
            static HELD: std::cell::RefCell<Option<Arc<()>>> = const { std::cell::RefCell::new(None) };
        }
        let task = move || {
            HELD.with_borrow_mut(|held| *held = Some(guard));
            AfterTask::Reuse
        };
        pool.run(kind("a", None), Box::new(task)).unwrap();
        let began = Instant::now();
        while Arc::strong_count(&alive) > 1 {
            assert!(began.elapsed() < SOON, "the thread goes on");
            thread::sleep(Duration::from_millis(1));
        }
        assert!(pool.lock().is_empty());
    }

    #[test]
    fn no_task_is_lost_when_it_comes_at_the_end_of_the_wait() {
        let pool = pool(Duration::from_millis(1));
        for round in 0..300 {
            thread_of(pool, kind("a", None), AfterTask::Reuse);
            thread::sleep(Duration::from_micros(900 + round % 200));
        }
    }
}
