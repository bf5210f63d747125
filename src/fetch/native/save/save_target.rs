//! The file that a download becomes: its name, what earlier attempts left of it, and whether it
//! exists already.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::disk::Disk;
use super::name_conflicts::{expect_free, expect_no_other};
use super::part::Part;
use super::part_env::PartEnv;
use super::previous_file::PreviousFile;
use crate::fetch::checksum::Hasher;
use crate::fetch::client::exchange::{ResponseHead, Session};
use crate::fetch::client::resume::{
    FoundPart, HashKind, PartManifest, Unverified, UserKey, disk_error, hash_of, open_to_read,
    path_of,
};
use crate::fetch::limits::WRITE_BLOCK_BYTES;
use crate::fetch::names::{FALLBACK, safe_component};
use crate::fetch::part_names::PART_SUFFIX;
use crate::fetch::platform::Platform;
use crate::fetch::{
    Checksum, ErrorClass, FetchError, IfExists, NameRule, Note, NoteCode, Phase, Request, Save,
    Trace,
};
use crate::runtime::Step;

/// Where a download is saved, as far as that is known before there is a response.
#[derive(Debug)]
pub(super) struct SaveTarget<'a> {
    session: Session<'a>,
    env: PartEnv,
    save: &'a Save,
    /// The name of the part that is resumed, by the URL or an earlier response, and never by its
    /// manifest.
    resumed_name: Option<String>,
    /// That a part was left alone.
    left_alone: Option<Note>,
    /// Files of the same job that this one may replace.
    previous_files: Vec<PreviousFile>,
    /// Files that appeared after this moment are not replaced.
    replaces_before: SystemTime,
}

impl<'a> SaveTarget<'a> {
    pub(super) fn new(
        session: Session<'a>,
        key: &Arc<UserKey>,
        save: &'a Save,
        disk: &'static dyn Disk,
    ) -> Self {
        let hash = if save.computes_sha256 || session.request.checksum.is_some() {
            HashKind::Sha256
        } else {
            HashKind::Blake3
        };
        Self {
            session,
            env: PartEnv {
                disk,
                key: key.clone(),
                hash,
            },
            save,
            resumed_name: None,
            left_alone: None,
            previous_files: (save.replaced.iter())
                .filter_map(|path| PreviousFile::open(path))
                .collect(),
            replaces_before: save.replaces_before.unwrap_or_else(SystemTime::now),
        }
    }

    // ---- parts ----

    /// Searches a part to resume: the one that the user named, else that of the same job, else
    /// under the name that the file will likely have.
    ///
    /// # Errors
    /// Class `not_resumable` when the part that the user named cannot be used.
    pub(super) fn find_part(&mut self) -> Result<Option<Unverified>, FetchError> {
        if let Some(path) = &self.save.continue_from {
            let found = Unverified::open(&self.env.key, path, None).map_err(|error| {
                FetchError::new(
                    ErrorClass::NotResumable,
                    "The part of the file that is to go on cannot be used",
                )
                .with_hint("It may be gone, in use, or not ours: begin the download again.")
                .with_detail(format!("{}: {error}", path.display()))
                .in_phase(Phase::Save)
            })?;
            self.resumed_name = self.name_of_part_at(path);
            return Ok(Some(found));
        }
        if let Some((found, path)) = self.part_of_job() {
            self.resumed_name = self.name_of_part_at(&path);
            return Ok(Some(found));
        }
        Ok(self.find_part_named(self.likely_name()))
    }

    /// Searches a part of this name that was begun from the same URL.
    pub(super) fn find_part_named(&mut self, name: String) -> Option<Unverified> {
        let url = self.session.request.url().as_str();
        let FoundPart { part, unmarked } =
            Unverified::find(&self.env.key, &self.save.folder, &name, url);
        if let Some(path) = unmarked.filter(|_| part.is_none()) {
            let text = format!(
                "A part from an earlier version or another user is here; --continue-from {} goes on with it",
                path.display()
            );
            self.session.token().log(text.clone());
            self.left_alone = Some(Note::new(NoteCode::PartLeftAlone, text));
        }
        self.resumed_name = part.is_some().then_some(name);
        part
    }

    /// The part of an earlier attempt of the same job.
    fn part_of_job(&self) -> Option<(Unverified, PathBuf)> {
        let path = self.session.request.trace.as_ref()?.part()?;
        if path.parent() != Some(&self.save.folder) {
            return None;
        }
        let url = self.session.request.url().as_str();
        let found = Unverified::open(&self.env.key, &path, Some(url)).ok()?;
        Some((found, path))
    }

    /// Verifies a part and opens it for resuming. None if its bytes are not those that were
    /// written.
    ///
    /// # Errors
    /// Those of the disk, and class `cancelled`.
    pub(super) fn verify(&self, found: Unverified) -> Result<Option<Part>, FetchError> {
        let verified = found.verify(self.env.hash, || self.session.checkpoint())?;
        Ok(verified.map(|verified| Part::resume(&self.env, verified)))
    }

    /// The note that a part was left alone, once.
    pub(super) fn take_note(&mut self) -> Option<Note> {
        self.left_alone.take()
    }

    /// A new part.
    ///
    /// # Errors
    /// Those of the disk, and class `file_exists` when another download has the name and the rule
    /// is to fail.
    pub(super) fn create_part(
        &self,
        name: &str,
        manifest: PartManifest,
    ) -> Result<Part, FetchError> {
        let part = Part::create(&self.env, &self.save.folder, name, manifest)?;
        let is_numbered = part.path() != path_of(&self.save.folder, name, 0, PART_SUFFIX);
        if is_numbered && let Err(error) = expect_no_other(self.save, name) {
            part.discard();
            return Err(error);
        }
        Ok(part)
    }

    /// The manifest of a part that begins with this response.
    pub(super) fn manifest_for(&self, head: &ResponseHead, last_request: &Request) -> PartManifest {
        let request = self.session.request;
        let url_hash = hash_of(request.url().as_str());
        let mut manifest = PartManifest::new(request.shown_url(), url_hash);
        manifest.final_url = last_request.shown_url();
        manifest.etag.clone_from(&head.etag);
        manifest.last_modified.clone_from(&head.last_modified);
        manifest.content_type.clone_from(&head.content_type);
        manifest.content_encoding.clone_from(&head.content_encoding);
        manifest
    }

    // ---- the name ----

    /// The name as far as it is known before there is a response.
    pub(super) fn likely_name(&self) -> String {
        let name = match &self.save.name {
            NameRule::FromServer => self.session.request.name_from_url(),
            rule @ NameRule::Named(_) => Some(rule.file_name(None, self.session.request.url())),
        };
        self.portable(name.unwrap_or_else(|| FALLBACK.to_owned()))
    }

    /// The name by a response.
    pub(super) fn name(&self, head: &ResponseHead, last_request: &Request) -> String {
        let header = head.content_disposition.as_deref();
        match (&self.save.name, &self.resumed_name) {
            (NameRule::FromServer, Some(name)) => name.clone(),
            (rule @ NameRule::FromServer, None) => {
                // A link that leads to a folder, as `docs` to `docs/`, still has its own name.
                let has_name = last_request.name_from_url().is_some();
                let named = if has_name {
                    last_request
                } else {
                    self.session.request
                };
                self.portable(rule.file_name(header, named.url()))
            }
            (rule @ NameRule::Named(_), _) => rule.file_name(header, last_request.url()),
        }
    }

    /// The name as every platform can hold it, where that is wanted. A name that was given is used
    /// exactly.
    fn portable(&self, name: String) -> String {
        if !self.save.has_portable_name || matches!(self.save.name, NameRule::Named(_)) {
            return name;
        }
        safe_component(&name, Platform::Windows).unwrap_or_else(|| FALLBACK.to_owned())
    }

    /// The part is not resumed: its name does not count any more.
    pub(super) fn forget_name(&mut self) {
        self.resumed_name = None;
    }

    /// The final name for the part at this path: by a response to an earlier attempt of the same
    /// job, else by the part's own name.
    fn name_of_part_at(&self, part: &Path) -> Option<String> {
        let trace = self.session.request.trace.as_ref();
        let is_of_job = |trace: &&Trace| trace.part().as_deref() == Some(part);
        if let Some(name) = trace.filter(is_of_job).and_then(Trace::file_name) {
            return Some(name.to_string());
        }
        let name = part.file_name()?.to_str()?;
        let name = name.strip_suffix(PART_SUFFIX).unwrap_or(name);
        safe_component(name, Platform::HERE)
    }

    // ---- existing files ----

    /// Files of the same job that this one may replace.
    pub(super) fn previous_files(&self) -> &[PreviousFile] {
        &self.previous_files
    }

    /// Files that appeared after this moment are not replaced.
    pub(super) fn replaces_before(&self) -> SystemTime {
        self.replaces_before
    }

    fn is_previous(&self, path: &Path) -> bool {
        let mut files = self.previous_files.iter();
        files.any(|file| file.is_still_at(path))
    }

    /// Fails if the name is taken and what has it must not be replaced.
    ///
    /// # Errors
    /// Class `file_exists`.
    pub(super) fn expect_free(&self, name: &str) -> Result<(), FetchError> {
        if self.is_previous(&self.save.folder.join(name)) {
            return Ok(());
        }
        expect_free(self.save, name)
    }

    /// The same, and fails also if there is no `part` yet and another download has the one of this
    /// name.
    ///
    /// # Errors
    /// Class `file_exists`.
    pub(super) fn expect_available(
        &self,
        name: &str,
        part: Option<&Part>,
    ) -> Result<(), FetchError> {
        self.expect_free(name)?;
        match part {
            Some(_) => Ok(()),
            None => expect_no_other(self.save, name),
        }
    }

    /// The existing file, if it is a reason to fetch nothing.
    pub(super) fn skips(&self, name: &str) -> Option<PathBuf> {
        if self.save.if_exists != IfExists::Skip {
            return None;
        }
        let path = self.save.folder.join(name);
        // Follows symbolic links. A dangling one is no file, nor is a folder or a FIFO.
        (path.is_file() && !self.is_previous(&path)).then_some(path)
    }

    /// The checksum of an existing file, which has to be the expected one.
    pub(super) fn check_skipped(
        &self,
        path: &Path,
        expected: Checksum,
    ) -> Result<Checksum, FetchError> {
        self.session
            .token()
            .step(Step::computing("Checking what is there"));
        let on_disk = |error: &io::Error| disk_error(error, "reading the file that is there");
        let mut file = open_to_read(path).map_err(|error| on_disk(&error))?;
        let mut hasher = Hasher::default();
        let mut block = vec![0; WRITE_BLOCK_BYTES];
        loop {
            self.session.checkpoint()?;
            match file.read(&mut block) {
                Ok(0) => break,
                Ok(count) => hasher.update(&block[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(on_disk(&error)),
            }
        }
        let got = hasher.so_far();
        if got == expected {
            return Ok(got);
        }
        Err(FetchError::wrong_checksum(expected, got)
            .with_hint(
                "The file that is there is another one: remove it, or let it be overwritten.",
            )
            .in_phase(Phase::Save))
    }
}
