//! A file while it comes: `name.part`, and beside it the record of what is known of it.
//!
//! A part is kept when its fetch fails or is cancelled, and a later one may go on with it, once its bytes have been
//! proved to be those that were written. A file under its final name is always complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::disk::{Act, Disk};
use super::failure::from_disk;
use super::hashing::Hashing;
use super::place::{
    Companion, PART_SUFFIX, RECORD_SUFFIX, aside_of, first_free, is_at, lock_new,
    rename_no_replace, rename_over, sync_folder, with_suffix,
};
use super::record::{Record, RecordFile};
use super::taken::name_is_taken;
use crate::fetch::checksum::Hasher;
use crate::fetch::{Checksum, ErrorClass, FetchError, IfExists, Phase};
use crate::settings::{
    MAX_NAME_ATTEMPTS, PARTS_ASIDE_AT_MOST, RECORD_EVERY, RESUME_OVERLAP_BYTES, WRITE_BACK_BYTES,
};

/// An incomplete file that is ours: no other fetch, of this process or another, takes it while it is open.
#[derive(Debug)]
pub(super) struct Part {
    disk: &'static dyn Disk,
    folder: PathBuf,
    path: PathBuf,
    file: File,
    record: Record,
    /// None while there is nothing that it could tell a later fetch.
    record_file: Option<RecordFile>,
    recorded_at: Instant,
    hashing: Hashing,
    /// How many bytes the system was told to write back.
    written_back: u64,
    /// What becomes of it when it is dropped.
    fate: Fate,
}

/// What a complete part is to become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) folder: &'a Path,
    pub(super) name: &'a str,
    pub(super) if_exists: IfExists,
    pub(super) checksum: Option<Checksum>,
}

/// The bytes of a part as they were at some moment.
#[derive(Debug)]
pub(super) struct State {
    length: u64,
    hasher: Hasher,
}

impl State {
    /// How many there were.
    pub(super) fn length(&self) -> u64 {
        self.length
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It stays, with what is known of it; without a byte it goes.
    Kept,
    /// It stays, but no later fetch goes on with it.
    Distrusted,
    /// It goes: nobody can say what its bytes are.
    Discarded,
    /// It has another name now.
    Gone,
}

impl Part {
    /// A new part of `name` in `folder`, which is made where it is missing.
    pub(super) fn create(
        disk: &'static dyn Disk,
        folder: &Path,
        name: &str,
        record: Record,
    ) -> Result<Self, FetchError> {
        let made = disk.before(Act::CreateFolder).and_then(|()| {
            // Making one locks the folder around it, also where there is nothing to make.
            if folder.is_dir() {
                return Ok(());
            }
            fs::create_dir_all(folder)
        });
        made.map_err(|error| {
            // A file where the folder should be is not the file that is to be saved.
            let error = match error.kind() {
                io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
                _ => error,
            };
            from_disk(&error, "creating the folder")
        })?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let create = |path: &Path| {
            let file = options.open(path)?;
            lock_new(&file, path)?;
            let record_path = with_suffix(path, RECORD_SUFFIX);
            let recorded = disk.before(Act::Record).and_then(|()| {
                if is_asked_for_again(&record) {
                    // One of an earlier part would be taken for this one's.
                    return RecordFile::remove_left_over(&record_path).map(|()| None);
                }
                RecordFile::create(&record_path, &record).map(Some)
            });
            // What has no record is nobody's.
            let record_file = recorded.inspect_err(|_| {
                let _ = fs::remove_file(path);
            })?;
            Ok((file, record_file))
        };
        let created = disk
            .before(Act::Open)
            .and_then(|()| first_free(folder, name, PART_SUFFIX, create));
        let (path, (file, record_file)) =
            created.map_err(|error| from_disk(&error, "creating the file"))?;
        Ok(Self {
            disk,
            folder: folder.to_owned(),
            path,
            file,
            record,
            record_file,
            recorded_at: Instant::now(),
            hashing: Hashing::new(Hasher::default()),
            written_back: 0,
            fate: Fate::Kept,
        })
    }

    /// A part of an earlier fetch, whose bytes were proved to be those of its record.
    pub(super) fn proved(
        disk: &'static dyn Disk,
        path: PathBuf,
        file: File,
        (record, record_file): (Record, RecordFile),
        hasher: Hasher,
    ) -> Self {
        Self {
            disk,
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            path,
            file,
            written_back: record.good_bytes,
            record,
            record_file: Some(record_file),
            recorded_at: Instant::now(),
            hashing: Hashing::new(hasher),
            fate: Fate::Kept,
        }
    }

    /// What is known of it.
    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    /// Takes over what an answer says.
    pub(super) fn set_record(&mut self, change: impl FnOnce(&mut Record)) {
        change(&mut self.record);
        if self.record_file.is_some() || !is_asked_for_again(&self.record) {
            self.write_record();
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes it has.
    pub(super) fn length(&self) -> u64 {
        self.record.good_bytes
    }

    /// The last of its bytes: what a server has to repeat before it may go on.
    pub(super) fn overlap(&mut self) -> Result<Vec<u8>, FetchError> {
        self.read_overlap()
            .map_err(|error| from_disk(&error, "reading the file"))
    }

    fn read_overlap(&mut self) -> io::Result<Vec<u8>> {
        let end = self.length();
        let length = end.min(RESUME_OVERLAP_BYTES);
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(end - length))?;
        (&self.file).take(length).read_to_end(&mut bytes)?;
        self.file.seek(SeekFrom::Start(end))?;
        if bytes.len() as u64 == length {
            Ok(bytes)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// Whether the disk has room for so many bytes more.
    pub(super) fn check_room(&self, more_bytes: u64) -> Result<(), FetchError> {
        match self.disk.free_bytes(&self.folder) {
            Ok(free) if free < more_bytes => Err(FetchError::new(
                ErrorClass::DiskFull,
                "There is not enough room on the disk",
            )
            .with_hint("Make room, or save to another folder.")
            .with_detail(format!(
                "{} are needed, {} are free",
                crate::format::bytes(more_bytes),
                crate::format::bytes(free)
            ))
            .in_phase(Phase::Save)),
            // A system that does not know must not keep us from trying.
            _ => Ok(()),
        }
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.disk
            .before(Act::Write)
            .and_then(|()| self.file.write_all(bytes))
            .map_err(|error| from_disk(&error, "writing the file"))?;
        self.hashing.update(bytes);
        self.record.good_bytes += bytes.len() as u64;
        self.write_back();
        if self.recorded_at.elapsed() >= RECORD_EVERY {
            self.write_record();
        }
        Ok(())
    }

    /// Lets the system write to the disk what came, while more comes. Left alone it would begin at the end, when it is
    /// asked to be through with it, or when it has no memory left.
    fn write_back(&mut self) {
        let length = self.length();
        if length - self.written_back >= WRITE_BACK_BYTES {
            super::disk::write_back(&self.file, self.written_back, length - self.written_back);
            self.written_back = length;
        }
    }

    /// Writes down what is known. When that fails, the last thing written down still holds.
    fn write_record(&mut self) {
        self.record.good_sha256 = self.hashing.so_far().hex();
        self.recorded_at = Instant::now();
        let written = self
            .disk
            .before(Act::Record)
            .and_then(|()| match &mut self.record_file {
                Some(record_file) => record_file.write(&self.record),
                None => {
                    let path = with_suffix(&self.path, RECORD_SUFFIX);
                    self.record_file = Some(RecordFile::create(&path, &self.record)?);
                    Ok(())
                }
            });
        if let Err(error) = written {
            log::warn!("what is known of a download could not be written down: {error}");
        }
    }

    /// Removes what came.
    pub(super) fn discard(mut self) {
        self.fate = Fate::Discarded;
        if !self.record.aside.is_empty() {
            let nothing = State {
                length: 0,
                hasher: Hasher::default(),
            };
            if self.rewind(nothing).is_ok() {
                self.fate = Fate::Kept;
            }
        }
    }

    /// Where it is, for a later fetch to go on from, if it is kept.
    pub(super) fn kept_in(&self) -> Option<Box<Path>> {
        let is_kept = self.fate == Fate::Kept && self.length() > 0 && self.is_there();
        is_kept.then(|| self.path.as_path().into())
    }

    /// Where another version of the file is, if one is set aside until this one is complete.
    pub(super) fn set_aside_in(&self) -> Option<PathBuf> {
        let name = self.record.aside.first()?;
        Some(self.folder.join(name))
    }

    /// Whether its path still leads to it: somebody may have moved it, or put another file there.
    fn is_there(&self) -> bool {
        is_at(&self.file, &self.path).unwrap_or(false)
    }

    /// Gives way to a fresh file of the same name. What came stays aside, and so does what did already: the names of
    /// all of it are returned.
    pub(super) fn set_aside(mut self) -> Result<Vec<String>, FetchError> {
        let mut aside = std::mem::take(&mut self.record.aside);
        if aside.len() >= PARTS_ASIDE_AT_MOST {
            self.fate = Fate::Discarded;
            return Ok(aside);
        }
        let moved = self.disk.before(Act::Rename).and_then(|()| {
            self.leave_name(|path, record| {
                (0..MAX_NAME_ATTEMPTS)
                    .map(|number| aside_of(path, number))
                    .find_map(|old| match rename_no_replace(path, &old, record) {
                        Ok(()) => Some(Ok(old)),
                        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
                        Err(error) => Some(Err(error)),
                    })
                    .unwrap_or(Err(io::ErrorKind::AlreadyExists.into()))
            })
        });
        let old =
            moved.map_err(|error| self.failed(from_disk(&error, "setting the old file aside")))?;
        self.fate = Fate::Gone;
        let name = old.file_name().and_then(|name| name.to_str());
        aside.extend(name.map(str::to_owned));
        Ok(aside)
    }

    /// Takes back what came since it had this state, which [`Self::state`] gave.
    pub(super) fn rewind(&mut self, state: State) -> Result<(), FetchError> {
        let State { length, hasher } = state;
        self.file
            .set_len(length)
            .and_then(|()| self.file.seek(SeekFrom::Start(length)))
            .map_err(|error| from_disk(&error, "taking bytes back"))?;
        self.record.good_bytes = length;
        self.hashing = Hashing::new(hasher);
        self.written_back = self.written_back.min(length);
        self.write_record();
        Ok(())
    }

    /// What can be gone back to.
    pub(super) fn state(&mut self) -> State {
        State {
            length: self.length(),
            hasher: self.hashing.hasher(),
        }
    }

    /// A failure that says what is kept.
    fn failed(&self, error: FetchError) -> FetchError {
        FetchError {
            received: self.length(),
            part: self.kept_in(),
            ..error
        }
    }

    /// Takes the part's name away from it. `rename` removes the record, where there is one, before it frees the name: as
    /// soon as that is free, another fetch may have it, with a record of its own.
    ///
    /// # Errors
    /// What `rename` says, and [`io::ErrorKind::NotFound`] when the path leads to another file by now, which is left
    /// alone.
    fn leave_name<T>(
        &mut self,
        rename: impl FnOnce(&Path, &mut Companion) -> io::Result<T>,
    ) -> io::Result<T> {
        if !self.is_there() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let record_path = with_suffix(&self.path, RECORD_SUFFIX);
        let has_record = self.record_file.is_some();
        let mut record = Companion::new(has_record.then(|| record_path.clone()));
        let renamed = rename(&self.path, &mut record);
        if renamed.is_err() && record.is_gone() {
            self.record.good_sha256 = self.hashing.so_far().hex();
            self.record_file = RecordFile::create(&record_path, &self.record).ok();
        }
        renamed
    }

    /// Makes what was written durable and gives it its final name, once it is all on the disk and has the checksum,
    /// where one is expected. `may_go_on` is asked last: making a file durable can take seconds, in which the job may
    /// have been cancelled.
    ///
    /// # Errors
    /// What the disk and `may_go_on` say, with what is kept, and class `checksum`.
    pub(super) fn finish(
        mut self,
        wanted: Wanted<'_>,
        may_go_on: impl FnOnce() -> Result<(), FetchError>,
    ) -> Result<(PathBuf, Checksum), FetchError> {
        self.proved_and_named(wanted, may_go_on)
            .map_err(|error| self.failed(error))
    }

    fn proved_and_named(
        &mut self,
        wanted: Wanted<'_>,
        may_go_on: impl FnOnce() -> Result<(), FetchError>,
    ) -> Result<(PathBuf, Checksum), FetchError> {
        let checksum = self.hashing.so_far();
        if let Some(expected) = wanted.checksum.filter(|expected| *expected != checksum) {
            self.fate = Fate::Distrusted;
            let error = FetchError::wrong_checksum(expected, checksum);
            let detail = format!("{}, kept in {}", error.detail, self.path.display());
            return Err(error
                .with_hint("The file or the checksum is another one; what came is kept for a look.")
                .with_detail(detail)
                .in_phase(Phase::Save));
        }
        let on_disk = self
            .disk
            .before(Act::Flush)
            .and_then(|()| self.file.sync_all())
            .and_then(|()| self.file.metadata())
            .map_err(|error| from_disk(&error, "flushing the file"))?
            .len();
        if on_disk != self.length() {
            self.fate = Fate::Distrusted;
            let error = io::Error::other(format!(
                "{on_disk} bytes on disk, {} received",
                self.length()
            ));
            return Err(from_disk(&error, "checking the file"));
        }
        may_go_on()?;
        let path = self.rename_into(&wanted).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists && wanted.if_exists == IfExists::Fail {
                return name_is_taken(&wanted.folder.join(wanted.name));
            }
            if self.is_there() {
                return from_disk(&error, "giving the file its name");
            }
            FetchError::new(
                ErrorClass::Permission,
                "The file was moved or removed while it came",
            )
            .with_hint("Download it again, and leave its .part file alone meanwhile.")
            .with_detail(self.path.display().to_string())
            .in_phase(Phase::Save)
        })?;
        self.fate = Fate::Gone;
        for name in &self.record.aside {
            // The record is a file that anybody may have written.
            let is_plain = !name.contains(['/', '\\']) && name.contains(".part.old");
            if is_plain {
                let _ = fs::remove_file(self.folder.join(name));
            }
        }
        sync_folder(path.parent().unwrap_or(&self.folder));
        Ok((path, checksum))
    }

    /// Gives it its final name in this folder; in its own, where that is of another file system.
    fn rename_into(&mut self, wanted: &Wanted<'_>) -> io::Result<PathBuf> {
        self.disk.before(Act::Rename)?;
        match self.rename(wanted.folder, wanted) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                let own = self.folder.clone();
                self.rename(&own, wanted)
            }
            result => result,
        }
    }

    fn rename(&mut self, folder: &Path, wanted: &Wanted<'_>) -> io::Result<PathBuf> {
        let name = wanted.name;
        self.leave_name(|part, record| match wanted.if_exists {
            // A file that appeared meanwhile is not replaced either.
            IfExists::Rename | IfExists::Skip => {
                let moved = first_free(folder, name, "", |path| {
                    rename_no_replace(part, path, record)
                });
                moved.map(|(path, ())| path)
            }
            IfExists::Fail => {
                let path = folder.join(name);
                rename_no_replace(part, &path, record)?;
                Ok(path)
            }
            IfExists::Overwrite => {
                let path = folder.join(name);
                record.remove();
                rename_over(part, &path)?;
                Ok(path)
            }
        })
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        match self.fate {
            Fate::Gone => {}
            // What stays aside is known only here.
            Fate::Kept if self.length() > 0 || !self.record.aside.is_empty() => self.write_record(),
            Fate::Kept | Fate::Discarded => {
                let _ = self.leave_name(|path, record| {
                    record.remove();
                    fs::remove_file(path)
                });
            }
            // Without its record nobody goes on with it.
            Fate::Distrusted if self.is_there() => {
                let _ = fs::remove_file(with_suffix(&self.path, RECORD_SUFFIX));
            }
            Fate::Distrusted => {}
        }
    }
}

/// Whether a later fetch would ask for all of these bytes again, to compare them: then nothing is gained by going on,
/// and what is known of them is written down only when the fetch takes long, or ends before they are there.
fn is_asked_for_again(record: &Record) -> bool {
    (record.total).is_some_and(|total| total <= RESUME_OVERLAP_BYTES)
}
