//! The manifest of a part in memory, and on the disk as soon as it is of use there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::disk::DiskOp;
use super::part_env::PartEnv;
use crate::fetch::client::resume::{
    Aside, ManifestFile, PartManifest, aside_of, contains, manifest_of, part_names_in,
    rename_no_replace,
};
use crate::fetch::limits::{MAX_NAME_ATTEMPTS, RECORD_EVERY};

/// The manifest of one part.
#[derive(Debug)]
pub(super) struct ManifestWriter {
    pub(super) manifest: PartManifest,
    /// None while it could tell a later fetch nothing.
    file: Option<ManifestFile>,
    written_at: Instant,
}

impl ManifestWriter {
    pub(super) fn new(manifest: PartManifest, file: Option<ManifestFile>) -> Self {
        Self {
            manifest,
            file,
            written_at: Instant::now(),
        }
    }

    /// Creates the manifest of a new part on the disk, if that is of use. One that an earlier part
    /// left over would be taken for this one's: it is removed, and the part that it set aside is
    /// taken over.
    pub(super) fn create_file(
        env: &PartEnv,
        part: &Path,
        manifest: &mut PartManifest,
    ) -> io::Result<Option<ManifestFile>> {
        let path = manifest_of(part);
        env.disk.before(DiskOp::WriteManifest)?;
        let is_needed = !manifest.fits_in_overlap() || manifest.aside.is_some();
        let names = part.parent().filter(|_| !is_needed).and_then(part_names_in);
        if names.is_some_and(|names| !contains(&names, &path)) {
            // One that appeared since then has another hash than that of the bytes that come now.
            return Ok(None);
        }
        let left_over = ManifestFile::remove_left_over(&path, manifest, &env.key)?;
        if let Some(left_over) = left_over
            && manifest.aside.is_none()
        {
            manifest.aside = left_over.aside;
        }
        if manifest.fits_in_overlap() && manifest.aside.is_none() {
            return Ok(None);
        }
        ManifestFile::create(&path, manifest, &env.key).map(Some)
    }

    /// Whether the manifest is on the disk, or should be.
    pub(super) fn is_needed(&self) -> bool {
        self.file.is_some() || !self.manifest.fits_in_overlap()
    }

    #[cfg(test)]
    pub(super) fn file(&self) -> Option<&ManifestFile> {
        self.file.as_ref()
    }

    /// Whether the last write was long ago.
    pub(super) fn is_due(&self) -> bool {
        self.written_at.elapsed() >= RECORD_EVERY
    }

    /// Writes the manifest. If that fails, the one that was written last still holds.
    pub(super) fn write(&mut self, env: &PartEnv, part: &Path) {
        self.written_at = Instant::now();
        if let Err(error) = self.try_write(env, part) {
            log::warn!("what is known of a download could not be written down: {error}");
        }
    }

    fn try_write(&mut self, env: &PartEnv, part: &Path) -> io::Result<()> {
        env.disk.before(DiskOp::WriteManifest)?;
        match &mut self.file {
            Some(file) => file.write(&self.manifest)?,
            None => {
                let path = manifest_of(part);
                self.file = Some(ManifestFile::create(&path, &self.manifest, &env.key)?);
            }
        }
        Ok(())
    }

    /// Renames a part to the first free name of parts that are set aside. The manifest names it
    /// before it is renamed.
    pub(super) fn move_aside(&mut self, env: &PartEnv, part: &Path) -> io::Result<PathBuf> {
        let bytes = self.manifest.good_bytes;
        for number in 0..MAX_NAME_ATTEMPTS {
            let old = aside_of(part, number);
            let name = old.file_name().and_then(|name| name.to_str());
            let Some(name) = name.filter(|_| fs::symlink_metadata(&old).is_err()) else {
                continue;
            };
            let name = name.to_owned();
            self.manifest.aside = Some(Aside { name, bytes });
            self.write(env, part);
            match rename_no_replace(part, &old) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map(|()| old),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Removes the manifest from the disk, which unlocks it.
    pub(super) fn remove(&mut self) {
        if let Some(file) = self.file.take()
            && let Err(error) = file.remove()
        {
            log::debug!("what was known of a part could not be removed: {error}");
        }
    }
}
