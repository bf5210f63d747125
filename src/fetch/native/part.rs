//! A file while it comes: `name.part`, and beside it the record of what is known of it.
//!
//! A part is kept when its fetch fails or is cancelled, and a later one may go on with it, once its bytes have been
//! proved to be those that were written. A file under its final name is always complete.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::disk::Act;
use super::durable::flush_folder;
use super::earlier::Proof;
use super::failure::from_disk;
use super::hashing::Hashing;
use super::own_files::{
    create_private, is_at, keep_private, open_to_others, remove_if_at, take_empty,
};
use super::part_env::PartEnv;
use super::part_hasher::PartHasher;
use super::part_names_there::{has, part_names_in, part_stays_in};
use super::place::{aside_of, first_free, lock_new, manifest_of, path_of, rename_no_replace};
use super::record::{Aside, Record, RecordFile};
use super::removal::remove_file_of_ours;
use super::room::check_room;
use super::taken::name_is_taken;
use super::wanted::{Finished, Wanted};
use super::writer::{Writer, Written, append, begin_write_back};
use crate::fetch::part_names::PART_SUFFIX;
use crate::fetch::{ErrorClass, FetchError, Phase};
use crate::settings::{MAX_NAME_ATTEMPTS, RECORD_EVERY, ROOM_CHECKED_EVERY_BYTES};

/// An incomplete file that is ours: no other fetch, of this process or another, takes it while it is open.
#[derive(Debug)]
pub(super) struct Part {
    env: PartEnv,
    folder: PathBuf,
    path: PathBuf,
    file: File,
    record: Record,
    /// None while there is nothing that it could tell a later fetch.
    record_file: Option<RecordFile>,
    recorded_at: Instant,
    hashing: Hashing,
    /// Writes and hashes what comes fast.
    writer: Option<Writer>,
    /// How many bytes the system was told to write back.
    written_back: u64,
    /// How many bytes may come before the room on the disk is looked at again.
    room_bytes: u64,
    /// The name of a file that is this very one: an earlier fetch had finished, all but for the part's own name.
    finished_as: Option<PathBuf>,
    /// What becomes of it when it is dropped.
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It stays, with what is known of it; without a byte it goes.
    Kept,
    /// It stays, but no later fetch goes on with it.
    Distrusted,
    /// It goes: nothing says what its bytes are.
    Discarded,
    /// It has another name now.
    Gone,
}

impl Part {
    /// A new part of `name` in `folder`, which is made where it is missing.
    pub(super) fn create(
        env: &PartEnv,
        folder: &Path,
        name: &str,
        mut record: Record,
    ) -> Result<Self, FetchError> {
        let made = env.disk.before(Act::CreateFolder).and_then(|()| {
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
        let create = |path: &Path| {
            let file = match create_private(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => take_empty(path)?,
                created => created?,
            };
            // Without its record no fetch would know it again.
            let record_file = lock_new(&file, path)
                .and_then(|()| Self::first_record(env, path, &mut record))
                .inspect_err(|_| {
                    let _ = remove_if_at(&file, path);
                })?;
            Ok((file, record_file))
        };
        let created = env
            .disk
            .before(Act::Open)
            .and_then(|()| first_free(folder, name, PART_SUFFIX, create));
        let (path, (file, record_file)) =
            created.map_err(|error| from_disk(&error, "creating the file"))?;
        Ok(Self {
            env: env.clone(),
            folder: folder.to_owned(),
            path,
            file,
            record,
            record_file,
            recorded_at: Instant::now(),
            hashing: Hashing::new(PartHasher::new(env.hash)),
            writer: None,
            written_back: 0,
            room_bytes: 0,
            finished_as: None,
            fate: Fate::Kept,
        })
    }

    /// Writes down what is known of a new part, if that is worth it. A record that an earlier part left over would be
    /// taken for this one's: it goes, and what it knows of a part that is aside is taken over.
    fn first_record(
        env: &PartEnv,
        path: &Path,
        record: &mut Record,
    ) -> io::Result<Option<RecordFile>> {
        let record_path = manifest_of(path);
        env.disk.before(Act::Record)?;
        let is_wanted = !record.is_asked_for_again() || record.aside.is_some();
        let names = path.parent().filter(|_| !is_wanted).and_then(part_names_in);
        if names.is_some_and(|names| !has(&names, &record_path)) {
            // Should one have been left over since: its hash is not that of the bytes that come now.
            return Ok(None);
        }
        let left_over = RecordFile::remove_left_over(&record_path, record, &env.key)?;
        if let Some(left_over) = left_over
            && record.aside.is_none()
        {
            record.aside = left_over.aside;
        }
        if record.is_asked_for_again() && record.aside.is_none() {
            return Ok(None);
        }
        RecordFile::create(&record_path, record, &env.key).map(Some)
    }

    /// A part of an earlier fetch, whose bytes were proved to be those of its record.
    pub(super) fn proved(env: PartEnv, path: PathBuf, file: File, proof: Proof) -> Self {
        Self {
            env,
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            path,
            file,
            written_back: proof.record.good_bytes,
            room_bytes: 0,
            record: proof.record,
            record_file: Some(proof.record_file),
            recorded_at: Instant::now(),
            hashing: Hashing::new(proof.hasher),
            writer: None,
            finished_as: proof.finished_as,
            fate: Fate::Kept,
        }
    }

    /// True if it is complete and has its final name already: a crash came before the part's name was removed. It must
    /// not be written to.
    pub(super) fn is_finished(&self) -> bool {
        self.finished_as.is_some()
    }

    /// True if it has the very name of a part of `name`, which no other had.
    pub(super) fn is_of_name(&self, name: &str) -> bool {
        self.path == path_of(&self.folder, name, 0, PART_SUFFIX)
    }

    /// What is known of it.
    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    /// Takes over what an answer says.
    pub(super) fn set_record(&mut self, change: impl FnOnce(&mut Record)) {
        change(&mut self.record);
        if self.record_file.is_some() || !self.record.is_asked_for_again() {
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

    /// Reads `length` of its good bytes from `first` on.
    ///
    /// # Errors
    /// What the disk says, and that the part does not have these bytes.
    pub(super) fn read_at(&mut self, first: u64, length: u64) -> Result<Vec<u8>, FetchError> {
        self.read_exact_at(first, length)
            .map_err(|error| from_disk(&error, "reading the file"))
    }

    fn read_exact_at(&mut self, first: u64, length: u64) -> io::Result<Vec<u8>> {
        let end = self.length();
        if first.checked_add(length).is_none_or(|last| last > end) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(first))?;
        (&self.file).take(length).read_to_end(&mut bytes)?;
        self.file.seek(SeekFrom::Start(end))?;
        if bytes.len() as u64 == length {
            Ok(bytes)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// Checks that the disk has room for this number of bytes more.
    pub(super) fn check_room(&self, more_bytes: u64) -> Result<(), FetchError> {
        check_room(self.env.disk, &self.folder, more_bytes)
    }

    /// Appends bytes of a body whose length is unknown: the room on the disk is looked at now and then.
    pub(super) fn write_unannounced(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        let more_bytes = bytes.len() as u64;
        if self.room_bytes < more_bytes {
            self.check_room(more_bytes)?;
            self.room_bytes = ROOM_CHECKED_EVERY_BYTES.max(more_bytes);
        }
        self.room_bytes -= more_bytes;
        self.write(bytes)
    }

    /// Appends bytes. Those of a file that comes fast may be written a little later; see [`Part::settle`].
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        if !self
            .writer
            .as_mut()
            .is_some_and(|writer| writer.give(bytes))
        {
            self.settle()?;
            append(&self.file, self.env.disk, bytes)
                .map_err(|error| from_disk(&error, "writing the file"))?;
            self.hashing.update(bytes);
            let length = self.length() + bytes.len() as u64;
            begin_write_back(&self.file, length, &mut self.written_back);
            if self.hashing.is_fast() {
                let written = Written {
                    hasher: self.hashing.hasher(),
                    length,
                    written_back: self.written_back,
                };
                self.writer = Writer::start(&self.file, self.env.disk, written);
            }
        }
        self.record.good_bytes += bytes.len() as u64;
        if self.recorded_at.elapsed() >= RECORD_EVERY {
            self.settle()?;
            self.write_record();
        }
        Ok(())
    }

    /// Waits until all bytes are written. Those that could not be written do not count.
    ///
    /// # Errors
    /// What the disk says.
    pub(super) fn settle(&mut self) -> Result<(), FetchError> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        let result = match writer.end() {
            Some((written, result)) => {
                self.record.good_bytes = written.length;
                self.written_back = written.written_back;
                self.hashing = Hashing::new(written.hasher);
                result
            }
            None => {
                self.fate = Fate::Distrusted;
                Err(io::Error::other("the thread that wrote the file panicked"))
            }
        };
        result.map_err(|error| from_disk(&error, "writing the file"))
    }

    /// Writes down what is known. When that fails, the last thing written down still holds.
    fn write_record(&mut self) {
        self.record.good_hash = self.hashing.hasher().so_far();
        self.recorded_at = Instant::now();
        let written =
            self.env
                .disk
                .before(Act::Record)
                .and_then(|()| match &mut self.record_file {
                    Some(record_file) => record_file.write(&self.record),
                    None => {
                        let path = manifest_of(&self.path);
                        let record_file = RecordFile::create(&path, &self.record, &self.env.key)?;
                        self.record_file = Some(record_file);
                        Ok(())
                    }
                });
        if let Err(error) = written {
            log::warn!("what is known of a download could not be written down: {error}");
        }
    }

    /// Removes its bytes.
    pub(super) fn discard(mut self) {
        self.fate = Fate::Discarded;
        if self.record.aside.is_some() && self.rewind_to_nothing().is_ok() {
            self.fate = Fate::Kept;
        }
    }

    /// Where it is, for a later fetch to go on from, if it is kept.
    pub(super) fn kept_in(&self) -> Option<Box<Path>> {
        let is_kept = self.fate == Fate::Kept && self.length() > 0 && self.is_there();
        is_kept.then(|| self.path.as_path().into())
    }

    /// Where another version of the file is, if one is set aside until this one is complete.
    pub(super) fn set_aside_in(&self) -> Option<PathBuf> {
        let aside = self.record.aside.as_ref()?;
        Some(self.folder.join(&aside.name))
    }

    /// True if its path still leads to it: it may have been moved, or replaced by another file.
    fn is_there(&self) -> bool {
        is_at(&self.file, &self.path).unwrap_or(false)
    }

    /// Makes way for a fresh part of the same name and URL, which is returned without bytes. Of this part and one that
    /// was set aside before, the one with more proved bytes is kept aside; the manifest of the fresh part names it.
    ///
    /// # Errors
    /// What the disk says; this part is kept then.
    pub(super) fn set_aside(mut self) -> Result<Self, FetchError> {
        let fresh = self.record.restarted();
        let kept_bytes = fresh.aside.as_ref().map_or(0, |aside| aside.bytes);
        if self.length() <= kept_bytes {
            self.record = fresh;
            self.rewind_to_nothing()?;
            return Ok(self);
        }
        match self.replace_by_empty(fresh) {
            Ok(()) => Ok(self),
            Err(error) => Err(self.failed(from_disk(&error, "setting the old file aside"))),
        }
    }

    /// Moves the file aside and makes an empty one of its name. The manifest stays: it names what is aside before the
    /// file moves, so that a crash between two steps leaves nothing that no manifest names.
    fn replace_by_empty(&mut self, mut fresh: Record) -> io::Result<()> {
        self.env.disk.before(Act::Rename)?;
        if !self.is_there() {
            return Err(io::ErrorKind::NotFound.into());
        }
        if let Some(lesser) = self.record.aside.take() {
            self.remove_aside(&lesser);
        }
        let bytes = self.length();
        let moved = self.move_aside(bytes);
        let aside = self.record.aside.take();
        let old = moved?;
        let created = create_private(&self.path).and_then(|file| {
            lock_new(&file, &self.path)?;
            Ok(file)
        });
        self.file = created.inspect_err(|_| {
            let _ = rename_no_replace(&old, &self.path);
        })?;
        fresh.aside = aside;
        self.record = fresh;
        self.hashing = Hashing::new(PartHasher::new(self.env.hash));
        self.written_back = 0;
        self.write_record();
        Ok(())
    }

    /// Gives the file the first name for parts that are aside which is free.
    fn move_aside(&mut self, bytes: u64) -> io::Result<PathBuf> {
        for number in 0..MAX_NAME_ATTEMPTS {
            let old = aside_of(&self.path, number);
            let name = old.file_name().and_then(|name| name.to_str());
            let Some(name) = name.filter(|_| fs::symlink_metadata(&old).is_err()) else {
                continue;
            };
            let name = name.to_owned();
            self.record.aside = Some(Aside { name, bytes });
            self.write_record();
            match rename_no_replace(&self.path, &old) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map(|()| old),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Deletes a part that was set aside, if it is still ours.
    fn remove_aside(&self, aside: &Aside) {
        if let Some(path) = aside.beside(&self.path)
            && let Err(error) = remove_file_of_ours(&path)
        {
            log::debug!("a part that was set aside could not be removed: {error}");
        }
    }

    /// Takes all bytes back.
    fn rewind_to_nothing(&mut self) -> Result<(), FetchError> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .map_err(|error| from_disk(&error, "taking bytes back"))?;
        self.record.good_bytes = 0;
        self.hashing = Hashing::new(PartHasher::new(self.env.hash));
        self.written_back = 0;
        self.write_record();
        Ok(())
    }

    /// A failure that says what is kept.
    fn failed(&self, error: FetchError) -> FetchError {
        FetchError {
            received: self.length(),
            part: self.kept_in(),
            ..error
        }
    }

    /// Takes the part's name away from it, and then removes the record, which is locked until then: another fetch that
    /// takes the name at once takes the next one instead.
    ///
    /// # Errors
    /// What `rename` says, and [`io::ErrorKind::NotFound`] when the path leads to another file by now, which is left
    /// alone.
    fn leave_name<T>(&mut self, rename: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        if !self.is_there() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let renamed = rename(&self.path)?;
        self.remove_record();
        Ok(renamed)
    }

    fn remove_record(&mut self) {
        if let Some(record_file) = self.record_file.take()
            && let Err(error) = record_file.remove()
        {
            log::debug!("what was known of a part could not be removed: {error}");
        }
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
    ) -> Result<Finished, FetchError> {
        self.proved_and_named(wanted, may_go_on)
            .map_err(|error| self.failed(error))
    }

    fn proved_and_named(
        &mut self,
        wanted: Wanted<'_>,
        may_go_on: impl FnOnce() -> Result<(), FetchError>,
    ) -> Result<Finished, FetchError> {
        self.settle()?;
        let checksum = self.hashing.checksum();
        if let (Some(expected), Some(checksum)) = (wanted.checksum, checksum)
            && expected != checksum
        {
            self.fate = Fate::Distrusted;
            let error = FetchError::wrong_checksum(expected, checksum);
            let detail = format!("{}, kept in {}", error.detail, self.path.display());
            return Err(error
                .with_hint("The file or the checksum is another one; what came is kept for a look.")
                .with_detail(detail)
                .in_phase(Phase::Save));
        }
        let on_disk = self
            .env
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
            if error.kind() == io::ErrorKind::AlreadyExists {
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
        if let Some(aside) = &self.record.aside {
            self.remove_aside(aside);
        }
        wanted.remove_own_earlier(&path);
        let folder = path.parent().unwrap_or(&self.folder);
        let flushed = (self.env.disk.before(Act::FlushFolder))
            .map_err(|error| error.to_string())
            .and_then(|()| flush_folder(folder));
        Ok(Finished {
            path,
            checksum,
            not_durable: flushed.err(),
        })
    }

    /// Gives it its final name in this folder; in its own, where that is of another file system.
    fn rename_into(&mut self, wanted: &Wanted<'_>) -> io::Result<PathBuf> {
        self.env.disk.before(Act::Rename)?;
        if let Some(path) = self.finished_as.clone() {
            return self.leave_name(|part| fs::remove_file(part)).map(|()| path);
        }
        open_to_others(&self.file);
        if let Some(time) = wanted.time(self.record.last_modified.as_deref())
            && let Err(error) = self.file.set_modified(time)
        {
            log::debug!("the time of a file was not set: {error}");
        }
        let renamed = match self.rename(wanted.folder, wanted) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                let own = self.folder.clone();
                self.rename(&own, wanted)
            }
            result => result,
        };
        renamed.inspect_err(|_| keep_private(&self.file))
    }

    fn rename(&mut self, folder: &Path, wanted: &Wanted<'_>) -> io::Result<PathBuf> {
        self.leave_name(|part| wanted.rename(part, folder))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // What could not be written does not count.
        let _unwritten = self.settle();
        match self.fate {
            // Without its record no fetch goes on with it.
            Fate::Distrusted if self.is_there() => self.remove_record(),
            Fate::Gone | Fate::Distrusted => {}
            // It has all its bytes, and its record says enough to find that out again.
            Fate::Kept if self.is_finished() => {}
            // What stays aside is known only here.
            Fate::Kept if self.length() > 0 || self.record.aside.is_some() => self.write_record(),
            Fate::Kept | Fate::Discarded => {
                let _ = self.leave_name(|path| fs::remove_file(path));
            }
        }
        if self.fate != Fate::Gone {
            part_stays_in(&self.folder);
        }
    }
}

#[cfg(test)]
impl Part {
    /// Writes from now on as where bytes come fast.
    pub(super) fn pretend_fast(&mut self) {
        self.settle().unwrap();
        let written = Written {
            hasher: self.hashing.hasher(),
            length: self.length(),
            written_back: self.written_back,
        };
        self.writer = Writer::start(&self.file, self.env.disk, written);
        assert!(self.writer.is_some());
    }
}
