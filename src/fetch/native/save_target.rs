//! The file that a download is to become: what it is called, what an earlier try left of it, and whether it is there
//! already.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::answer::Answer;
use super::body::go_on;
use super::disk::Disk;
use super::earlier::{Found, Unproved};
use super::failure::from_disk;
use super::network::Network;
use super::own_earlier::OwnEarlier;
use super::own_files::open_to_read;
use super::part::Part;
use super::part_env::PartEnv;
use super::part_hasher::{HashKind, hash_of};
use super::record::Record;
use super::taken::{expect_free, expect_no_other};
use crate::fetch::checksum::Hasher;
use crate::fetch::names::{FALLBACK, safe_component};
use crate::fetch::part_names::PART_SUFFIX;
use crate::fetch::platform::Platform;
use crate::fetch::{
    Checksum, ErrorClass, FetchError, IfExists, NameRule, Note, NoteCode, Phase, Request, Save,
    Trace,
};
use crate::runtime::{Step, Token};
use crate::settings::WRITE_BLOCK_BYTES;

/// Where a download is saved, and what is known of that before there is an answer.
#[derive(Debug)]
pub(super) struct SaveTarget<'a> {
    token: &'a Token,
    env: PartEnv,
    request: &'a Request,
    save: &'a Save,
    /// What the file that goes on was called when it began: by the URL or an answer, and never by its manifest.
    earlier_name: Option<String>,
    /// That there is a part which was not gone on with.
    left_alone: Option<Note>,
    /// Files of the same job that this one may replace.
    own_earlier: Vec<OwnEarlier>,
    /// What appeared after this is not replaced.
    replaces_before: SystemTime,
}

impl<'a> SaveTarget<'a> {
    pub(super) fn new(
        token: &'a Token,
        network: &Network,
        request: &'a Request,
        save: &'a Save,
        disk: &'static dyn Disk,
    ) -> Self {
        let hash = if save.computes_sha256 || request.checksum.is_some() {
            HashKind::Sha256
        } else {
            HashKind::Blake3
        };
        Self {
            token,
            env: PartEnv {
                disk,
                key: network.key().clone(),
                hash,
            },
            request,
            save,
            earlier_name: None,
            left_alone: None,
            own_earlier: (save.replaced.iter())
                .filter_map(|path| OwnEarlier::look(path))
                .collect(),
            replaces_before: save.replaces_before.unwrap_or_else(SystemTime::now),
        }
    }

    // ---- what is there ----

    /// Looks for what an earlier try left: of the part that is to go on, else of the same job, else under the name that
    /// the file will likely have.
    ///
    /// # Errors
    /// Class `not_resumable` when the part that is to go on cannot be used.
    pub(super) fn find_part(&mut self) -> Result<Option<Unproved>, FetchError> {
        if let Some(path) = &self.save.continue_from {
            let found = Unproved::open(&self.env, path, None).map_err(|error| {
                FetchError::new(
                    ErrorClass::NotResumable,
                    "The part of the file that is to go on cannot be used",
                )
                .with_hint("It may be gone, in use, or not ours: begin the download again.")
                .with_detail(format!("{}: {error}", path.display()))
                .in_phase(Phase::Save)
            })?;
            self.earlier_name = self.name_of_part_at(path);
            return Ok(Some(found));
        }
        if let Some((found, path)) = self.left_by_an_earlier_try() {
            self.earlier_name = self.name_of_part_at(&path);
            return Ok(Some(found));
        }
        Ok(self.find_part_named(self.likely_name()))
    }

    /// Looks for a part of this name, begun from the same URL.
    pub(super) fn find_part_named(&mut self, name: String) -> Option<Unproved> {
        let url = self.request.url().as_str();
        let Found { part, unmarked } = Unproved::find(&self.env, &self.save.folder, &name, url);
        if let Some(path) = unmarked.filter(|_| part.is_none()) {
            let text = format!(
                "A part from an earlier version or another user is here; --continue-from {} goes on with it",
                path.display()
            );
            self.token.log(text.clone());
            self.left_alone = Some(Note::new(NoteCode::PartLeftAlone, text));
        }
        self.earlier_name = part.is_some().then_some(name);
        part
    }

    /// What an earlier try of the same job left, wherever that is.
    fn left_by_an_earlier_try(&self) -> Option<(Unproved, PathBuf)> {
        let path = self.request.trace.as_ref()?.part()?;
        if path.parent() != Some(&self.save.folder) {
            return None;
        }
        let found = Unproved::open(&self.env, &path, Some(self.request.url().as_str())).ok()?;
        Some((found, path))
    }

    /// The remark that a part was left alone, since the last call.
    pub(super) fn take_note(&mut self) -> Option<Note> {
        self.left_alone.take()
    }

    /// A new part, with this record.
    ///
    /// # Errors
    /// What the disk says, and class `file_exists` when another download has the name and may not lose it.
    pub(super) fn create_part(&self, name: &str, record: Record) -> Result<Part, FetchError> {
        let part = Part::create(&self.env, &self.save.folder, name, record)?;
        if !part.is_of_name(name)
            && let Err(error) = expect_no_other(self.save, name)
        {
            part.discard();
            return Err(error);
        }
        Ok(part)
    }

    /// What is known of a part that begins with this answer.
    pub(super) fn record_of(&self, answer: &Answer, answered: &Request) -> Record {
        let url_hash = hash_of(self.request.url().as_str());
        let mut record = Record::new(self.request.shown_url(), url_hash);
        record.final_url = answered.shown_url();
        record.etag.clone_from(&answer.etag);
        record.last_modified.clone_from(&answer.last_modified);
        record.content_type.clone_from(&answer.content_type);
        record.content_encoding.clone_from(&answer.content_encoding);
        record
    }

    // ---- its name ----

    /// The name as far as it can be known before there is an answer.
    pub(super) fn likely_name(&self) -> String {
        let name = match &self.save.name {
            NameRule::FromServer => self.request.name_from_url(),
            rule @ NameRule::Named(_) => Some(rule.file_name(None, self.request.url())),
        };
        self.portable(name.unwrap_or_else(|| FALLBACK.to_owned()))
    }

    /// The name when there is an answer.
    pub(super) fn name(&self, answer: &Answer, answered: &Request) -> String {
        let header = answer.content_disposition.as_deref();
        match (&self.save.name, &self.earlier_name) {
            (NameRule::FromServer, Some(name)) => name.clone(),
            (rule @ NameRule::FromServer, None) => {
                // A link that leads to a folder, as `docs` to `docs/`, still has its own name.
                let has_name = answered.name_from_url().is_some();
                let named = if has_name { answered } else { self.request };
                self.portable(rule.file_name(header, named.url()))
            }
            (rule @ NameRule::Named(_), _) => rule.file_name(header, answered.url()),
        }
    }

    /// The name as every platform can hold it, where that is wanted; one that was given is used exactly.
    fn portable(&self, name: String) -> String {
        if !self.save.has_portable_name || matches!(self.save.name, NameRule::Named(_)) {
            return name;
        }
        safe_component(&name, Platform::Windows).unwrap_or_else(|| FALLBACK.to_owned())
    }

    /// Forgets what a part was called that does not go on.
    pub(super) fn forget_name(&mut self) {
        self.earlier_name = None;
    }

    /// What the file whose part has this path is to be called: what an answer in an earlier try of the same job said, else
    /// the part's own name.
    fn name_of_part_at(&self, part: &Path) -> Option<String> {
        let trace = self.request.trace.as_ref();
        let is_of_job = |trace: &&Trace| trace.part().as_deref() == Some(part);
        if let Some(name) = trace.filter(is_of_job).and_then(Trace::file_name) {
            return Some(name.to_string());
        }
        let name = part.file_name()?.to_str()?;
        let name = name.strip_suffix(PART_SUFFIX).unwrap_or(name);
        safe_component(name, Platform::HERE)
    }

    // ---- a file that is there already ----

    /// Files of the same job that this one may replace.
    pub(super) fn own_earlier(&self) -> &[OwnEarlier] {
        &self.own_earlier
    }

    /// What appeared after this moment is not replaced.
    pub(super) fn replaces_before(&self) -> SystemTime {
        self.replaces_before
    }

    fn is_own_earlier(&self, path: &Path) -> bool {
        let mut files = self.own_earlier.iter();
        files.any(|file| file.is_still_at(path))
    }

    /// Fails if the name is taken, and may not be.
    ///
    /// # Errors
    /// Class `file_exists`.
    pub(super) fn expect_free(&self, name: &str) -> Result<(), FetchError> {
        if self.is_own_earlier(&self.save.folder.join(name)) {
            return Ok(());
        }
        expect_free(self.save, name)
    }

    /// Fails if the name is taken, and may not be, or if no part is there yet and another download has the part of it.
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

    /// The file that is there already, if that is a reason to fetch nothing.
    pub(super) fn skips(&self, name: &str) -> Option<PathBuf> {
        if self.save.if_exists != IfExists::Skip {
            return None;
        }
        let path = self.save.folder.join(name);
        // Through links: one that leads nowhere is no file, nor is a folder or a FIFO.
        (path.is_file() && !self.is_own_earlier(&path)).then_some(path)
    }

    /// The checksum of a file that is there already, which has to be the expected one.
    pub(super) fn check_skipped(
        &self,
        path: &Path,
        expected: Checksum,
    ) -> Result<Checksum, FetchError> {
        self.token.step(Step::computing("Checking what is there"));
        let on_disk = |error: &io::Error| from_disk(error, "reading the file that is there");
        let mut file = open_to_read(path).map_err(|error| on_disk(&error))?;
        let mut hasher = Hasher::default();
        let mut block = vec![0; WRITE_BLOCK_BYTES];
        loop {
            go_on(self.token)?;
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
