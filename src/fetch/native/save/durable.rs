//! Making files durable, many at a time: each thread flushes its own file, and the system merges
//! concurrent flushes. One flush of a folder covers every rename before it began, so threads that
//! rename in one folder share flushes.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::fetch::limits::SAVING_AT_ONCE;

/// A download that waits for a permit checks this often whether it was cancelled.
const CHECK_EVERY: Duration = Duration::from_millis(50);
/// Saving that takes longer is shown as a step before it begins.
const SLOW: Duration = Duration::from_millis(2);
/// Saving a file of this size is always shown. In bytes.
const LARGE_BYTES: u64 = 1024 * 1024;

/// A flush that is faster, as in a file system in memory, is not shared: waiting for another thread
/// takes as long.
const WORTH_SHARING: Duration = Duration::from_micros(100);

/// Limits how many files are saved at once.
static SAVING: SavePermits = SavePermits::new();
/// How long the latest file took to be saved, in microseconds.
static LATEST_MICROS: AtomicU64 = AtomicU64::new(0);
/// How long the latest flush of a folder took, in microseconds.
static LATEST_FOLDER_MICROS: AtomicU64 = AtomicU64::new(0);
/// The flushes of folders that are running.
static FOLDERS: FolderFlushes = FolderFlushes::new();

// ---- files ----

/// A counting semaphore.
#[derive(Debug)]
struct SavePermits {
    state: Mutex<SemaphoreState>,
    released: Condvar,
}

#[derive(Debug)]
struct SemaphoreState {
    permits_taken: usize,
    /// How many threads wait: without any, a release wakes none.
    waiting: usize,
}

impl SavePermits {
    const fn new() -> Self {
        Self {
            state: Mutex::new(SemaphoreState {
                permits_taken: 0,
                waiting: 0,
            }),
            released: Condvar::new(),
        }
    }

    fn acquire<E>(
        &'static self,
        limit: usize,
        mut checkpoint: impl FnMut() -> Result<(), E>,
    ) -> Result<Saving, E> {
        let mut state = self.lock();
        while state.permits_taken >= limit {
            drop(state);
            checkpoint()?;
            state = self.lock();
            if state.permits_taken >= limit {
                state.waiting += 1;
                let waited = self.released.wait_timeout(state, CHECK_EVERY);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                state.waiting -= 1;
            }
        }
        state.permits_taken += 1;
        drop(state);
        Ok(Saving {
            semaphore: self,
            began: Instant::now(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, SemaphoreState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The permit to save a file.
#[derive(Debug)]
pub(super) struct Saving {
    semaphore: &'static SavePermits,
    began: Instant,
}

impl Drop for Saving {
    fn drop(&mut self) {
        let took = self.began.elapsed().as_micros();
        LATEST_MICROS.store(u64::try_from(took).unwrap_or(u64::MAX), Ordering::Relaxed);
        let mut state = self.semaphore.lock();
        state.permits_taken -= 1;
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            self.semaphore.released.notify_one();
        }
    }
}

/// Waits until fewer than [`SAVING_AT_ONCE`] files are being saved. A download that waits here
/// keeps its thread and its memory, and has given up its slot among the running ones. `checkpoint`
/// is called before each wait.
///
/// # Errors
/// Those of `checkpoint`.
pub(super) fn begin_saving<E>(checkpoint: impl FnMut() -> Result<(), E>) -> Result<Saving, E> {
    SAVING.acquire(SAVING_AT_ONCE, checkpoint)
}

/// Whether saving a file of this size will likely take long enough to be shown.
pub(super) fn is_slow(bytes: u64) -> bool {
    let latest = Duration::from_micros(LATEST_MICROS.load(Ordering::Relaxed));
    bytes >= LARGE_BYTES || latest >= SLOW
}

// ---- folders ----

/// Makes earlier renames in a folder durable. One flush may serve several callers: it begins after
/// all of them called.
///
/// # Errors
/// Those of the system, as text.
pub(super) fn flush_folder(folder: &Path) -> Result<(), String> {
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

/// Makes the names in a folder durable.
///
/// # Errors
/// Those of the disk. A folder that cannot be opened or flushed at all is no error: some systems do
/// not support that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    let Ok(folder) = File::open(folder) else {
        return Ok(());
    };
    match folder.sync_all() {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::Unsupported
                    | io::ErrorKind::PermissionDenied
            ) =>
        {
            log::debug!("the folder was not flushed: {error}");
            Ok(())
        }
        result => result,
    }
}

/// The flushes of this process, by folder.
struct FolderFlushes(OnceLock<Mutex<HashMap<PathBuf, Arc<Folder>>>>);

/// A folder that is being flushed, or is about to be.
#[derive(Default)]
struct Folder {
    state: Mutex<FolderState>,
    changed: Condvar,
}

#[derive(Default)]
struct FolderState {
    /// A flush is running. A rename after it began needs the next one.
    is_flushing: bool,
    /// The next flush, if a thread waits for it.
    next: Option<Arc<FlushResult>>,
}

type FlushResult = OnceLock<Result<(), String>>;

impl FolderFlushes {
    const fn new() -> Self {
        Self(OnceLock::new())
    }

    fn flush(
        &self,
        path: &Path,
        flush: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), String> {
        let folder = self.lock().entry(path.to_owned()).or_default().clone();
        let result = folder.flush(|| flush(path).map_err(|error| error.to_string()));
        // The last caller removes the entry: two references are left, the map's and this one.
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
                // Callers from now on wait for the next flush.
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

/// Ends a flush, also by a panic.
struct Leader<'a> {
    folder: &'a Folder,
    outcome: &'a FlushResult,
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        // Already set, unless the flush panicked.
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
        static SEMAPHORE: SavePermits = SavePermits::new();
        let first = SEMAPHORE.acquire(1, || Err("full")).unwrap();
        assert_eq!(SEMAPHORE.acquire(1, || Err("full")).unwrap_err(), "full");
        thread::scope(|scope| {
            let second = scope.spawn(|| SEMAPHORE.acquire(1, || Ok::<_, ()>(())).map(drop));
            drop(first);
            second.join().unwrap().unwrap();
        });
        assert_eq!(SEMAPHORE.lock().permits_taken, 0);
    }
}
