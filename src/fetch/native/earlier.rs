//! What an earlier fetch left: found, locked, and proved to be what it says, before another one goes on with it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::failure::from_disk;
use super::part::Part;
use super::place::{PART_SUFFIX, RECORD_SUFFIX, is_at, path_of, with_suffix};
use super::record::{Record, RecordFile};
use crate::fetch::FetchError;
use crate::fetch::checksum::Hasher;
use crate::settings::{MAX_NAME_ATTEMPTS, PARTS_MISSING_AT_MOST, WRITE_BLOCK_BYTES};

/// A part of an earlier fetch, whose bytes may have changed since.
#[derive(Debug)]
pub(super) struct Unproved {
    disk: &'static dyn Disk,
    path: PathBuf,
    file: File,
    record_file: RecordFile,
    /// What was written down of it, newest first; at least one.
    records: Vec<Record>,
}

impl Unproved {
    /// A part of `name` in `folder` that was begun from the same URL, and that nobody else has.
    pub(super) fn find(
        disk: &'static dyn Disk,
        folder: &Path,
        name: &str,
        url_sha256: &str,
    ) -> Option<Self> {
        let mut missing = 0;
        for number in 0..MAX_NAME_ATTEMPTS {
            let path = path_of(folder, name, number, PART_SUFFIX);
            match Self::open(disk, &path, Some(url_sha256)) {
                Ok(found) => return Some(found),
                Err(error) if error.kind() == io::ErrorKind::NotFound => missing += 1,
                Err(_) => missing = 0,
            }
            // Others of the name may be complete by now, but not so many in a row.
            if missing == PARTS_MISSING_AT_MOST {
                break;
            }
        }
        None
    }

    /// Opens a part that nobody else has, and that was begun from this URL, where one is given.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none, and others when it is in use, another URL's, or nothing is known
    /// of it.
    pub(super) fn open(
        disk: &'static dyn Disk,
        path: &Path,
        url_sha256: Option<&str>,
    ) -> io::Result<Self> {
        if !fs::symlink_metadata(path)?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // Before the lock: whoever has it must not find it in use because somebody looked whose it is.
        Self::records_of(path, url_sha256)?;
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
            // Some file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // Whoever had it may have finished it in this moment: then it has its final name, and is not ours to change.
        if !is_at(&file, path)? {
            return Err(io::ErrorKind::NotFound.into());
        }
        let (record_file, records) = Self::records_of(path, url_sha256)?;
        Ok(Self {
            disk,
            path: path.to_owned(),
            file,
            record_file,
            records,
        })
    }

    fn records_of(path: &Path, url_sha256: Option<&str>) -> io::Result<(RecordFile, Vec<Record>)> {
        let no_record = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => io::ErrorKind::InvalidData.into(),
            _ => error,
        };
        let (file, records) =
            RecordFile::open(&with_suffix(path, RECORD_SUFFIX)).map_err(no_record)?;
        let is_wanted = |record: &Record| url_sha256.is_none_or(|url| record.url_sha256 == url);
        if records.is_empty() || !records.iter().all(is_wanted) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok((file, records))
    }

    /// Reads its bytes and compares them with what was written down. None when they are not those: they stay as they
    /// are then, and nobody goes on with them. What a crash of the system left without its end is removed: nothing of
    /// it can be proved.
    ///
    /// # Errors
    /// What the disk says, and what `may_go_on` says, which is asked between two blocks.
    pub(super) fn prove(
        mut self,
        mut may_go_on: impl FnMut() -> Result<(), FetchError>,
    ) -> Result<Option<Part>, FetchError> {
        let on_disk = |error: &io::Error| from_disk(error, "reading what is there");
        let length = self.file.metadata().map_err(|error| on_disk(&error))?.len();
        // Ascending, so that one reading is enough for both; of two that hold, the newer one counts.
        self.records
            .sort_by_key(|record| (record.good_bytes, record.serial));
        let newest_bytes = self.records.last().map_or(0, |record| record.good_bytes);
        let mut hasher = Hasher::default();
        let mut read_bytes = 0;
        let mut proved: Option<(Record, Hasher)> = None;
        let mut block = vec![0; WRITE_BLOCK_BYTES];
        for record in std::mem::take(&mut self.records) {
            if record.good_bytes > length {
                break;
            }
            while read_bytes < record.good_bytes {
                may_go_on()?;
                let room = usize::try_from(record.good_bytes - read_bytes)
                    .unwrap_or(usize::MAX)
                    .min(block.len());
                match self.file.read(&mut block[..room]) {
                    Ok(0) => break,
                    Ok(count) => {
                        hasher.update(&block[..count]);
                        read_bytes += count as u64;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(on_disk(&error)),
                }
            }
            if record.good_bytes == 0 || record.good_checksum() == Some(hasher.so_far()) {
                proved = Some((record, hasher.clone()));
            }
        }
        // That it was empty once proves nothing of bytes that came later.
        let had_bytes = newest_bytes > 0;
        let proved = proved.filter(|(record, _)| record.good_bytes > 0 || !had_bytes);
        let Some((record, hasher)) = proved else {
            // Otherwise every later fetch would read it again, for nothing.
            let _ = fs::remove_file(with_suffix(&self.path, RECORD_SUFFIX));
            if length < newest_bytes {
                let _ = fs::remove_file(&self.path);
            }
            return Ok(None);
        };
        // What follows was never written down.
        self.file
            .set_len(record.good_bytes)
            .and_then(|()| self.file.seek(SeekFrom::Start(record.good_bytes)))
            .map_err(|error| on_disk(&error))?;
        let recorded = (record, self.record_file);
        Ok(Some(Part::proved(
            self.disk, self.path, self.file, recorded, hasher,
        )))
    }
}
