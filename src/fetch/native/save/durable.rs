//! Making files durable, many at a time: each thread flushes its own file, and the system joins what many flush at once.
//! The flush of a folder serves every name that was given before it began.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::fetch::client::resume::rename::sync_folder;
use crate::fetch::limits::SAVING_AT_ONCE;

/// How often a download that waits for its turn looks whether it was cancelled.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// A file that takes longer to save is told of before it is saved.
const SLOW: Duration = Duration::from_millis(2);
/// The same for a larger file, whatever others took, in bytes.
const LARGE_BYTES: u64 = 1024 * 1024;

/// A folder that is flushed sooner, as one in memory, is flushed by each: to wait for another thread takes as long.
const WORTH_SHARING: Duration = Duration::from_micros(100);

/// How many files are being saved.
static SAVING: Gate = Gate::new();
/// How long the latest file took to be saved, in microseconds.
static LATEST_MICROS: AtomicU64 = AtomicU64::new(0);
/// How long the latest flush of a folder took, in microseconds.
static LATEST_FOLDER_MICROS: AtomicU64 = AtomicU64::new(0);
/// The flushes of folders that are under way.
static FOLDERS: FolderFlushes = FolderFlushes::new();

// ---- files ----

/// Lets a bounded number in.
#[derive(Debug)]
struct Gate {
    state: Mutex<GateState>,
    left: Condvar,
}

#[derive(Debug)]
struct GateState {
    inside: usize,
    /// How many wait to get in: without any, nobody has to be woken.
    waiting: usize,
}

impl Gate {
    const fn new() -> Self {
        Self {
            state: Mutex::new(GateState {
                inside: 0,
                waiting: 0,
            }),
            left: Condvar::new(),
        }
    }

    fn enter<E>(
        &'static self,
        limit: usize,
        mut may_wait: impl FnMut() -> Result<(), E>,
    ) -> Result<Saving, E> {
        let mut state = self.lock();
        while state.inside >= limit {
            drop(state);
            may_wait()?;
            state = self.lock();
            if state.inside >= limit {
                state.waiting += 1;
                let waited = self.left.wait_timeout(state, LOOK_AGAIN);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                state.waiting -= 1;
            }
        }
        state.inside += 1;
        drop(state);
        Ok(Saving {
            gate: self,
            began: Instant::now(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that is being saved, as long as this is kept.
#[derive(Debug)]
pub(crate) struct Saving {
    gate: &'static Gate,
    began: Instant,
}

impl Drop for Saving {
    fn drop(&mut self) {
        let took = self.began.elapsed().as_micros();
        LATEST_MICROS.store(u64::try_from(took).unwrap_or(u64::MAX), Ordering::Relaxed);
        let mut state = self.gate.lock();
        state.inside -= 1;
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            self.gate.left.notify_one();
        }
    }
}

/// Begins to save a file, once at most [`SAVING_AT_ONCE`] are being saved: a file that waits here for its disk keeps its
/// thread and its memory, and gives up its place among the running ones. `may_wait` is asked before each wait.
///
/// # Errors
/// What `may_wait` says.
pub(crate) fn begin_saving<E>(may_wait: impl FnMut() -> Result<(), E>) -> Result<Saving, E> {
    SAVING.enter(SAVING_AT_ONCE, may_wait)
}

/// Whether saving a file of so many bytes takes so long that it is worth telling, as far as that can be known.
pub(crate) fn is_slow(bytes: u64) -> bool {
    let latest = Duration::from_micros(LATEST_MICROS.load(Ordering::Relaxed));
    bytes >= LARGE_BYTES || latest >= SLOW
}

// ---- folders ----

/// Makes the names in a folder durable that were given before. One flush may serve many callers, also of other threads:
/// it begins after all of them asked.
///
/// # Errors
/// What the system says.
pub(crate) fn flush_folder(folder: &Path) -> Result<(), String> {
    let flush = |folder: &Path| {
        let began = Instant::now();
        let result = sync_folder(folder);
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        LATEST_FOLDER_MICROS.store(took, Ordering::Relaxed);
        result
    };
    let latest = Duration::from_micros(LATEST_FOLDER_MICROS.load(Ordering::Relaxed));
    match latest < WORTH_SHARING {
        true => flush(folder).map_err(|error| error.to_string()),
        false => FOLDERS.flush(folder, flush),
    }
}

/// The flushes of a process, by folder.
struct FolderFlushes(OnceLock<Mutex<HashMap<PathBuf, Arc<Folder>>>>);

/// One folder that is being flushed, or about to be.
#[derive(Default)]
struct Folder {
    state: Mutex<FolderState>,
    changed: Condvar,
}

#[derive(Default)]
struct FolderState {
    /// A flush is under way. It may have begun too soon for those who ask now.
    is_flushing: bool,
    /// The flush that comes next, if anybody asked for one.
    next: Option<Arc<Outcome>>,
}

type Outcome = OnceLock<Result<(), String>>;

impl FolderFlushes {
    const fn new() -> Self {
        Self(OnceLock::new())
    }

    fn flush(
        &self,
        path: &Path,
        flush: impl FnOnce(&Path) -> std::io::Result<()>,
    ) -> Result<(), String> {
        let folder = self.lock().entry(path.to_owned()).or_default().clone();
        let result = folder.flush(|| flush(path).map_err(|error| error.to_string()));
        // The last one turns off the light: the map's and this one are the only ones left.
        let mut folders = self.lock();
        if Arc::strong_count(&folder) == 2 {
            folders.remove(path);
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Arc<Folder>>> {
        let folders = self.0.get_or_init(Mutex::default);
        folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folder {
    /// Flushes, or waits for a flush that began after this call.
    fn flush(&self, flush: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
        let mut state = self.lock();
        let awaited = state.next.get_or_insert_default().clone();
        loop {
            if let Some(result) = awaited.get() {
                return result.clone();
            }
            if !state.is_flushing {
                // Whoever asks from now on needs another one.
                state.is_flushing = true;
                state.next = None;
                drop(state);
                let leader = Leader {
                    folder: self,
                    outcome: &awaited,
                };
                let result = flush();
                let _first = leader.outcome.set(result.clone());
                return result;
            }
            state = (self.changed.wait(state)).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, FolderState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a flush, whatever becomes of it.
struct Leader<'a> {
    folder: &'a Folder,
    outcome: &'a Outcome,
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        // Already there, unless the flush panicked.
        let _there = self.outcome.set(Err("the flush panicked".to_owned()));
        self.folder.lock().is_flushing = false;
        self.folder.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::sync_channel;
    use std::thread;

    use super::*;

    /// Waits until so many callers know the folder: the map's own handle is one more.
    fn await_callers(flushes: &FolderFlushes, path: &Path, count: usize) {
        loop {
            let folders = flushes.lock();
            if folders.get(path).map_or(0, Arc::strong_count) == count + 1 {
                return;
            }
            drop(folders);
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn those_who_ask_during_a_flush_share_the_next_one() {
        let flushes = FolderFlushes::new();
        let path = Path::new("/d");
        let count = AtomicUsize::new(0);
        let (go_on, waits) = sync_channel::<()>(0);
        thread::scope(|scope| {
            let (flushes, count) = (&flushes, &count);
            let first = scope.spawn(move || {
                flushes.flush(path, |_| {
                    waits.recv().unwrap();
                    count.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                })
            });
            await_callers(flushes, path, 1);
            while !flushes.lock()[path].lock().is_flushing {
                thread::sleep(Duration::from_millis(1));
            }
            let others: Vec<_> = (0..10)
                .map(|_| {
                    scope.spawn(|| {
                        flushes.flush(path, |_| {
                            count.fetch_add(1, Ordering::SeqCst);
                            Err(std::io::Error::other("broken"))
                        })
                    })
                })
                .collect();
            await_callers(flushes, path, 11);
            // All of them have asked by now, or are about to: those who come later flush once more.
            thread::sleep(Duration::from_millis(50));
            go_on.send(()).unwrap();
            assert_eq!(first.join().unwrap(), Ok(()));
            for other in others {
                // Not the result of the flush that began before they asked.
                assert_eq!(other.join().unwrap(), Err("broken".to_owned()));
            }
        });
        let count = count.into_inner();
        assert!((2..11).contains(&count), "{count} flushes");
        assert!(flushes.lock().is_empty());
    }

    #[test]
    fn a_flush_that_panics_fails_and_the_next_one_works() {
        let flushes = FolderFlushes::new();
        let path = Path::new("/d");
        thread::scope(|scope| {
            let panicking = scope.spawn(|| flushes.flush(path, |_| panic!("deliberate")));
            panicking.join().unwrap_err();
        });
        assert_eq!(flushes.flush(path, |_| Ok(())), Ok(()));
    }

    #[test]
    fn two_folders_do_not_wait_for_each_other() {
        let flushes = FolderFlushes::new();
        let nested = flushes.flush(Path::new("/a"), |_| {
            flushes
                .flush(Path::new("/b"), |_| Ok(()))
                .map_err(std::io::Error::other)
        });
        assert_eq!(nested, Ok(()));
    }

    #[test]
    fn no_more_than_the_limit_are_let_in_and_a_cancel_ends_the_wait() {
        static GATE: Gate = Gate::new();
        let first = GATE.enter(1, || Err("full")).unwrap();
        assert_eq!(GATE.enter(1, || Err("full")).unwrap_err(), "full");
        thread::scope(|scope| {
            let second = scope.spawn(|| GATE.enter(1, || Ok::<_, ()>(())).map(drop));
            drop(first);
            second.join().unwrap().unwrap();
        });
        assert_eq!(GATE.lock().inside, 0);
    }
}
