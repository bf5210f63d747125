//! The folder of a store and its files, which only their user may read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The folder of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at this path.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Where the platform keeps the data of programs; none if it has no such folder.
    #[must_use]
    pub fn default_path() -> Option<PathBuf> {
        Some(dirs::data_dir()?.join("jobdeck"))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The list.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("jobs.sqlite")
    }

    /// What SQLite has not yet moved into the [database](Self::database).
    pub(super) fn log(&self) -> PathBuf {
        self.0.join("jobs.sqlite-wal")
    }

    /// SQLite's index of the [log](Self::log): worthless without a process that has it open.
    pub(super) fn log_index(&self) -> PathBuf {
        self.0.join("jobs.sqlite-shm")
    }

    /// A database that takes the place of a damaged one once it is complete.
    pub(super) fn replacement(&self) -> PathBuf {
        self.0.join("jobs.replacement.sqlite")
    }

    /// The files that are about to get their final name, a line for each.
    pub(super) fn finishing(&self) -> PathBuf {
        self.0.join("finishing.ndjson")
    }

    /// What takes its place once it is complete.
    pub(super) fn finishing_replacement(&self) -> PathBuf {
        self.0.join("finishing.replacement.ndjson")
    }

    /// Says that a process that read the list found it damaged.
    pub(super) fn damage_mark(&self) -> PathBuf {
        self.0.join("damaged")
    }

    /// Locked by the process that writes.
    pub(super) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// A name for a damaged database that no file has yet.
    pub(super) fn free_damaged_name(&self, date: &str) -> String {
        let mut number = 1_u32;
        loop {
            let suffix = if number == 1 {
                String::new()
            } else {
                format!("-{number}")
            };
            let name = format!("jobs.damaged-{date}{suffix}.sqlite");
            let is_taken = |name: String| fs::symlink_metadata(self.0.join(name)).is_ok();
            if !is_taken(name.clone()) && !is_taken(format!("{name}-wal")) {
                return name;
            }
            number += 1;
        }
    }

    /// Makes the folder, for its user alone, unless it exists.
    pub(super) fn create(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)
    }

    /// Opens a file for reading and writing, and makes it, for its user alone, unless it exists.
    /// SQLite gives the files beside a database the same mode.
    pub(super) fn open_or_create(path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    }

    /// Opens a file for reading from its start and writing at its end, and makes it, for its user
    /// alone, unless it exists.
    pub(super) fn open_to_append(path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    }

    /// Writes the names of the folder to the disk, where the system can.
    pub(super) fn sync(&self) {
        #[cfg(unix)]
        if let Ok(folder) = File::open(&self.0) {
            // What it guards against is a power cut: there is nothing else to do.
            let _ = folder.sync_all();
        }
    }
}
