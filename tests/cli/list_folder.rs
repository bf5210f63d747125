//! A folder of a list of jobs, as its tests look at it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

/// Longer than any step takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until there is something.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until a process holds the folder.
#[track_caller]
pub(crate) fn wait_until_held(folder: &Path, child: &Child) {
    let pid = format!("\"pid\":{},", child.id());
    wait_for("the lock", || {
        let lock = std::fs::read_to_string(folder.join("lock")).ok()?;
        lock.contains(&pid).then_some(())
    });
}

/// The URLs of the rows and their states; none if the list cannot be read at present.
pub(crate) fn states(folder: &Path) -> Option<BTreeMap<String, String>> {
    // As a reader alone: it moves nothing from the log into the database.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join("jobs.sqlite"), flags).ok()?;
    connection.busy_timeout(PATIENCE).ok()?;
    let mut statement = connection.prepare("SELECT url, state FROM rows").ok()?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.ok()?.collect::<Result<_, _>>().ok()
}

/// The lines that a process prints, as they come.
pub(crate) struct Printed(Arc<Mutex<Vec<String>>>);

impl Printed {
    /// Reads in a thread of its own.
    pub(crate) fn of(output: impl Read + Send + 'static) -> Self {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let its_lines = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                its_lines.lock().unwrap().push(line);
            }
        });
        Self(lines)
    }

    /// The lines so far that contain this text.
    pub(crate) fn with(&self, text: &str) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        let found = lines.iter().filter(|line| line.contains(text));
        found.cloned().collect()
    }

    /// Waits until so many lines contain this text.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str, count: usize) {
        wait_for(text, || (self.with(text).len() >= count).then_some(()));
    }
}

/// A process that is killed when this is dropped.
pub(crate) struct Killed(pub(crate) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The files of a folder and their bytes, without the lock and SQLite's index of its log.
pub(crate) fn files_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let kept = paths.filter(|path| !path.ends_with("lock") && !path.ends_with("jobs.sqlite-shm"));
    kept.map(|path| {
        let bytes = std::fs::read(&path).unwrap();
        (path.strip_prefix(folder).unwrap().to_owned(), bytes)
    })
    .collect()
}
