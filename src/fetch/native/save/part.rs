//! A file while it comes: `name.part`, with a manifest beside it.
//!
//! A part is kept when its fetch fails or is cancelled, and a later fetch may continue it once its
//! bytes are verified. A file under its final name is always complete.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::DiskOp;
use super::disk_space::check_free_space;
use super::durable::flush_folder;
use super::final_name::{Contents, FinalName, SavedFile};
use super::manifest_writer::ManifestWriter;
use super::name_conflicts::name_is_taken;
use super::part_env::PartEnv;
use super::part_file::PartFile;
use crate::fetch::client::resume::{
    Aside, PartHasher, PartManifest, Verified, create_locked, create_private, disk_error,
    first_free, is_at, keep_private, lock_new, open_to_others, part_stays_in, remove_file_of_ours,
    remove_if_at, rename_no_replace,
};
use crate::fetch::limits::ROOM_CHECKED_EVERY_BYTES;
use crate::fetch::part_names::PART_SUFFIX;
use crate::fetch::{Checksum, ErrorClass, FetchError, Phase};

/// An incomplete file of this fetch: no other fetch, of this process or another, uses it while it
/// is open.
#[derive(Debug)]
pub(super) struct Part {
    env: PartEnv,
    folder: PathBuf,
    path: PathBuf,
    bytes: PartFile,
    record: ManifestWriter,
    /// How many bytes may come before the free space of the disk is checked again.
    checked_bytes: u64,
    /// The final name of the file, if it has that already: an earlier fetch completed all but the
    /// removal of the part's own name.
    finished_as: Option<PathBuf>,
    fate: Fate,
}

/// What happens to a part when it is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It stays, with its manifest; without a byte it is removed.
    Kept,
    /// It stays without its manifest: no later fetch continues it.
    Distrusted,
    /// It is removed.
    Discarded,
    /// It has its final name.
    Renamed,
}

impl Part {
    /// Creates a part of `name` in `folder`, which is created if it is missing.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn create(
        env: &PartEnv,
        folder: &Path,
        name: &str,
        mut manifest: PartManifest,
    ) -> Result<Self, FetchError> {
        let folder_exists = env.disk.before(DiskOp::CreateFolder).and_then(|()| {
            // Creating a folder locks its parent in the system, even if there is nothing to create.
            if folder.is_dir() {
                return Ok(());
            }
            fs::create_dir_all(folder)
        });
        folder_exists.map_err(|error| {
            // A file in the place of the folder is not the file that is to be saved.
            let error = match error.kind() {
                io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
                _ => error,
            };
            disk_error(&error, "creating the folder")
        })?;
        let create = |path: &Path| {
            let file = create_locked(path)?;
            // Without its manifest no fetch would recognize it.
            let manifest_file =
                ManifestWriter::create_file(env, path, &mut manifest).inspect_err(|_| {
                    let _ = remove_if_at(&file, path);
                })?;
            Ok((file, manifest_file))
        };
        let created = (env.disk.before(DiskOp::Open))
            .and_then(|()| first_free(folder, name, PART_SUFFIX, create));
        let (path, (file, manifest_file)) =
            created.map_err(|error| disk_error(&error, "creating the file"))?;
        Ok(Self {
            env: env.clone(),
            folder: folder.to_owned(),
            path,
            bytes: PartFile::new(file, env.disk, PartHasher::new(env.hash), 0),
            record: ManifestWriter::new(manifest, manifest_file),
            checked_bytes: 0,
            finished_as: None,
            fate: Fate::Kept,
        })
    }

    /// Continues a part of an earlier fetch.
    pub(super) fn resume(env: &PartEnv, verified: Verified) -> Self {
        let length = verified.manifest.good_bytes;
        Self {
            env: env.clone(),
            folder: (verified.path.parent())
                .map(Path::to_owned)
                .unwrap_or_default(),
            path: verified.path,
            bytes: PartFile::new(verified.file, env.disk, verified.hasher, length),
            record: ManifestWriter::new(verified.manifest, Some(verified.manifest_file)),
            checked_bytes: 0,
            finished_as: verified.finished_as,
            fate: Fate::Kept,
        }
    }

    /// Whether it is complete and has its final name already: it must not be written to.
    pub(super) fn is_finished(&self) -> bool {
        self.finished_as.is_some()
    }

    pub(super) fn manifest(&self) -> &PartManifest {
        &self.record.manifest
    }

    /// Takes over what a response says.
    pub(super) fn update_manifest(&mut self, change: impl FnOnce(&mut PartManifest)) {
        change(&mut self.record.manifest);
        if self.record.is_needed() {
            self.write_manifest();
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes it has.
    pub(super) fn length(&self) -> u64 {
        self.record.manifest.good_bytes
    }

    /// Reads `length` of its bytes from the position `first` on.
    ///
    /// # Errors
    /// Those of the disk, and that the part does not have these bytes.
    pub(super) fn read_at(&self, first: u64, length: u64) -> Result<Vec<u8>, FetchError> {
        let read = self.bytes.read_at(first, length);
        read.map_err(|error| disk_error(&error, "reading the file"))
    }

    // ---- writing ----

    /// Checks that the disk has space for this number of bytes more.
    ///
    /// # Errors
    /// Class `disk_full`.
    pub(super) fn check_free_space(&self, more_bytes: u64) -> Result<(), FetchError> {
        check_free_space(self.env.disk, &self.folder, more_bytes)
    }

    /// Appends bytes of a body whose length is unknown: the free space is checked now and then.
    ///
    /// # Errors
    /// Those of [`Self::write`] and [`Self::check_free_space`].
    pub(super) fn write_unannounced(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        let more_bytes = bytes.len() as u64;
        if self.checked_bytes < more_bytes {
            self.check_free_space(more_bytes)?;
            self.checked_bytes = ROOM_CHECKED_EVERY_BYTES.max(more_bytes);
        }
        self.checked_bytes -= more_bytes;
        self.write(bytes)
    }

    /// Appends bytes. Those of a body that comes fast may be written a little later; see
    /// [`Self::settle`].
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        let written = self.bytes.append(bytes);
        self.after_write(written)?;
        if self.record.is_due() {
            self.settle()?;
            self.write_manifest();
        }
        Ok(())
    }

    /// Waits until all bytes are written. Those that could not be written do not count.
    ///
    /// # Errors
    /// Those of the disk.
    pub(super) fn settle(&mut self) -> Result<(), FetchError> {
        let settled = self.bytes.settle();
        self.after_write(settled)
    }

    fn after_write(&mut self, result: io::Result<()>) -> Result<(), FetchError> {
        self.record.manifest.good_bytes = self.bytes.length();
        if self.bytes.is_unknown() {
            self.fate = Fate::Distrusted;
        }
        result.map_err(|error| disk_error(&error, "writing the file"))
    }

    fn write_manifest(&mut self) {
        self.record.manifest.good_hash = self.bytes.hash();
        self.record.write(&self.env, &self.path);
    }

    // ---- keeping and removing ----

    /// Removes its bytes. The part stays while its manifest names one that is set aside.
    pub(super) fn discard(mut self) {
        self.fate = Fate::Discarded;
        if self.manifest().aside.is_some() && self.clear().is_ok() {
            self.fate = Fate::Kept;
        }
    }

    /// Its path, if it is kept for a later fetch.
    pub(super) fn kept_in(&self) -> Option<Box<Path>> {
        let is_kept = self.fate == Fate::Kept && self.length() > 0 && self.is_there();
        is_kept.then(|| self.path.as_path().into())
    }

    /// The path of the part that is set aside until this one is complete.
    pub(super) fn set_aside_in(&self) -> Option<PathBuf> {
        let aside = self.manifest().aside.as_ref()?;
        Some(self.folder.join(&aside.name))
    }

    /// Whether its path still leads to it: it may have been moved, or replaced by another file.
    fn is_there(&self) -> bool {
        is_at(self.bytes.file(), &self.path).unwrap_or(false)
    }

    /// Makes way for a fresh part of the same name and URL, which is returned without bytes. Of
    /// this part and one that was set aside before, the one with more bytes is kept; the manifest
    /// of the fresh part names it.
    ///
    /// # Errors
    /// Those of the disk; this part is kept then.
    pub(super) fn set_aside(mut self) -> Result<Self, FetchError> {
        let fresh = self.manifest().restarted();
        let kept_bytes = fresh.aside.as_ref().map_or(0, |aside| aside.bytes);
        if self.length() <= kept_bytes {
            self.record.manifest = fresh;
            self.clear()?;
            return Ok(self);
        }
        match self.replace_by_empty(fresh) {
            Ok(()) => Ok(self),
            Err(error) => Err(with_kept(
                &self,
                disk_error(&error, "setting the old file aside"),
            )),
        }
    }

    /// Moves the file aside and creates an empty one of its name. The manifest stays in place and
    /// names the new path before the file moves: a crash between two steps leaves no file that no
    /// manifest names.
    fn replace_by_empty(&mut self, mut fresh: PartManifest) -> io::Result<()> {
        self.env.disk.before(DiskOp::Rename)?;
        if !self.is_there() {
            return Err(io::ErrorKind::NotFound.into());
        }
        if let Some(lesser) = self.record.manifest.aside.take() {
            remove_aside(&self.path, &lesser);
        }
        self.record.manifest.good_hash = self.bytes.hash();
        let moved = self.record.move_aside(&self.env, &self.path);
        let aside = self.record.manifest.aside.take();
        let old = moved?;
        let created = create_private(&self.path).and_then(|file| {
            lock_new(&file, &self.path)?;
            Ok(file)
        });
        let file = created.inspect_err(|_| {
            let _ = rename_no_replace(&old, &self.path);
        })?;
        fresh.aside = aside;
        self.record.manifest = fresh;
        let hasher = PartHasher::new(self.env.hash);
        self.bytes = PartFile::new(file, self.env.disk, hasher, 0);
        self.write_manifest();
        Ok(())
    }

    /// Removes all bytes, also from the manifest.
    fn clear(&mut self) -> Result<(), FetchError> {
        let cleared = self.bytes.clear(self.env.hash);
        cleared.map_err(|error| disk_error(&error, "taking bytes back"))?;
        self.record.manifest.good_bytes = 0;
        self.write_manifest();
        Ok(())
    }

    // ---- the end ----

    /// Makes the file durable under its final name, in this order:
    ///
    /// 1. The checksum, if one is expected: a wrong file never gets the name.
    /// 2. Flush the file and compare its length, before the rename: otherwise a crash of the system
    ///    could leave the final name on missing bytes.
    /// 3. `checkpoint`, since flushing can take seconds in which the job may have been cancelled.
    /// 4. Rename; then remove the manifest, which is locked until then: a fetch that wants the name
    ///    takes the next one.
    /// 5. Remove what this file replaces: a part that was set aside, and earlier files of the job.
    /// 6. Flush the folder. If that fails, the file is complete but its name may be lost in a
    ///    crash: no error, a note.
    ///
    /// # Errors
    /// Those of the disk and of `checkpoint`, with what is kept, and class `checksum`.
    pub(super) fn finish(
        mut self,
        name: FinalName<'_>,
        checkpoint: impl FnOnce() -> Result<(), FetchError>,
    ) -> Result<SavedFile, FetchError> {
        self.flush_and_rename(name, checkpoint)
            .map_err(|error| with_kept(&self, error))
    }

    fn flush_and_rename(
        &mut self,
        name: FinalName<'_>,
        checkpoint: impl FnOnce() -> Result<(), FetchError>,
    ) -> Result<SavedFile, FetchError> {
        self.settle()?;
        let checksum = self.bytes.checksum();
        if let (Some(expected), Some(checksum)) = (name.checksum, checksum)
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
        let file = self.bytes.file();
        let on_disk = (self.env.disk.before(DiskOp::Flush))
            .and_then(|()| file.sync_all())
            .and_then(|()| file.metadata())
            .map_err(|error| disk_error(&error, "flushing the file"))?
            .len();
        if on_disk != self.length() {
            self.fate = Fate::Distrusted;
            let error = io::Error::other(format!(
                "{on_disk} bytes on disk, {} received",
                self.length()
            ));
            return Err(disk_error(&error, "checking the file"));
        }
        checkpoint()?;
        let path = self.rename(&name, checksum).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return name_is_taken(&name.folder.join(name.name));
            }
            if self.is_there() {
                return disk_error(&error, "giving the file its name");
            }
            FetchError::new(
                ErrorClass::Permission,
                "The file was moved or removed while it came",
            )
            .with_hint("Download it again, and leave its .part file alone meanwhile.")
            .with_detail(self.path.display().to_string())
            .in_phase(Phase::Save)
        })?;
        self.fate = Fate::Renamed;
        if let Some(aside) = &self.manifest().aside {
            remove_aside(&self.path, aside);
        }
        name.remove_previous(&path);
        let folder = path.parent().unwrap_or(&self.folder);
        let flushed = (self.env.disk.before(DiskOp::FlushFolder))
            .map_err(|error| error.to_string())
            .and_then(|()| flush_folder(folder));
        Ok(SavedFile {
            path,
            checksum,
            not_durable: flushed.err(),
        })
    }

    /// Gives the file its final name; in the part's own folder, if the wanted one is on another
    /// file system.
    fn rename(&mut self, name: &FinalName<'_>, checksum: Option<Checksum>) -> io::Result<PathBuf> {
        self.env.disk.before(DiskOp::Rename)?;
        if let Some(path) = self.finished_as.clone() {
            return self.leave_name(|part| fs::remove_file(part)).map(|()| path);
        }
        open_to_others(self.bytes.file());
        if let Some(time) = name.time(self.manifest().last_modified.as_deref())
            && let Err(error) = self.bytes.file().set_modified(time)
        {
            log::debug!("the time of a file was not set: {error}");
        }
        let hash = match name.notice {
            Some(_) => self.bytes.hash(),
            None => String::new(),
        };
        let contents = Contents {
            length: self.length(),
            hash: &hash,
            checksum,
        };
        let rename_into = |part: &mut Self, folder: &Path| -> io::Result<PathBuf> {
            let path = part.leave_name(|part| name.rename(part, folder, contents))?;
            if is_at(part.bytes.file(), &path)? {
                return Ok(path);
            }
            // Another file took its place meanwhile: that one gets its own name back.
            log::warn!("{} was replaced while it came", part.path.display());
            rename_no_replace(&path, &part.path)?;
            Err(io::ErrorKind::NotFound.into())
        };
        let renamed = match rename_into(self, name.folder) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                let own = self.folder.clone();
                rename_into(self, &own)
            }
            result => result,
        };
        renamed.inspect_err(|_| keep_private(self.bytes.file()))
    }

    /// Takes the part's name away with `rename`, then removes the manifest, which is locked until
    /// then.
    ///
    /// # Errors
    /// Those of `rename`, and [`io::ErrorKind::NotFound`] when the path leads to another file by
    /// now, which is left alone.
    fn leave_name<T>(&mut self, rename: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        if !self.is_there() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let renamed = rename(&self.path)?;
        self.record.remove();
        Ok(renamed)
    }
}

/// The error, with what is kept.
fn with_kept(part: &Part, error: FetchError) -> FetchError {
    FetchError {
        received: part.length(),
        part: part.kept_in(),
        ..error
    }
}

/// Deletes a part that was set aside, if it is still one of this user.
fn remove_aside(part: &Path, aside: &Aside) {
    if let Some(path) = aside.beside(part)
        && let Err(error) = remove_file_of_ours(&path)
    {
        log::debug!("a part that was set aside could not be removed: {error}");
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // What could not be written does not count.
        let _unwritten = self.settle();
        match self.fate {
            Fate::Distrusted if self.is_there() => self.record.remove(),
            Fate::Renamed | Fate::Distrusted => {}
            // It has all its bytes, and its manifest suffices to recognize that.
            Fate::Kept if self.is_finished() => {}
            // A part that is set aside is named only by this manifest.
            Fate::Kept if self.length() > 0 || self.manifest().aside.is_some() => {
                self.write_manifest();
            }
            Fate::Kept | Fate::Discarded => {
                let _ = self.leave_name(|path| fs::remove_file(path));
            }
        }
        if self.fate != Fate::Renamed {
            part_stays_in(&self.folder);
        }
    }
}

/// Copies of its open files, as a process has them that is being started.
#[cfg(test)]
pub(super) fn copies_of_files(part: &Part) -> Vec<fs::File> {
    let manifest = part.record.file().expect("it has a manifest");
    vec![part.bytes.file().try_clone().unwrap(), manifest.copy()]
}

#[cfg(test)]
pub(super) fn pretend_fast(part: &mut Part) {
    part.bytes.pretend_fast();
}
