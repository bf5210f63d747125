//! Where a body is saved, and under which name.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use web_time::SystemTime;

use crate::fetch::NameRule;

/// What happens when the name of a file is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfExists {
    /// The new file is called `name (1).ext`, and so on.
    #[default]
    Rename,
    /// The new file replaces the old one, in one step and only when it is complete. A symbolic link
    /// is replaced, not followed. Anything else, such as a folder, is never replaced: the job fails
    /// with class `file_exists`. A file that appeared after the download began may be another
    /// download's and is not replaced either: then the new one is called `name (1).ext`. See
    /// [`Save::replacing_files_before`].
    Overwrite,
    /// Nothing is fetched: the job is done with the existing file.
    Skip,
    /// The job fails with class `file_exists`: at once if the name was given, else when the server
    /// has sent it, or at the end if the file has appeared since. Received bytes are kept. Another
    /// download that saves a file of this name counts as well.
    Fail,
}

/// Where a body is saved.
///
/// Until the file is complete it is called `name.part`, with a manifest `name.part.json` from which
/// a later attempt of the same user resumes. Only this user can read them.
///
/// ```
/// use jobdeck::fetch::{IfExists, NameRule, Save};
///
/// let save = Save::in_folder("downloads")
///     .named(NameRule::Named("report.pdf".to_owned()))
///     .if_exists(IfExists::Skip)
///     .with_remote_time();
/// ```
///
/// It is given to [`Fetch::save_as`](crate::fetch::Fetch::save_as).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Save {
    pub(crate) folder: PathBuf,
    #[serde(default, skip_serializing_if = "crate::fetch::stored::is_default")]
    pub(crate) name: NameRule,
    #[serde(default, skip_serializing_if = "crate::fetch::stored::is_default")]
    pub(crate) if_exists: IfExists,
    #[serde(default, skip_serializing_if = "crate::fetch::stored::is_default")]
    pub(crate) continue_from: Option<PathBuf>,
    pub(crate) computes_sha256: bool,
    pub(crate) keeps_preview: bool,
    #[serde(default, skip_serializing_if = "crate::fetch::stored::is_default")]
    pub(crate) has_remote_time: bool,
    #[serde(default, skip_serializing_if = "crate::fetch::stored::is_default")]
    pub(crate) has_portable_name: bool,
    #[serde(default, skip_serializing_if = "crate::fetch::stored::is_default")]
    pub(crate) replaced: Vec<PathBuf>,
    #[serde(
        default,
        with = "crate::fetch::stored::moment",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) replaces_before: Option<SystemTime>,
    /// The part of a process that was killed, which is deleted if it has no manifest.
    #[serde(skip)]
    pub(crate) abandoned: Option<PathBuf>,
}

impl Save {
    /// In this folder, which is created if it is missing, under the name by the server or the URL.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            name: NameRule::default(),
            if_exists: IfExists::default(),
            continue_from: None,
            computes_sha256: true,
            keeps_preview: true,
            has_remote_time: false,
            has_portable_name: false,
            replaced: Vec::new(),
            replaces_before: None,
            abandoned: None,
        }
    }

    /// Under this name.
    #[must_use]
    pub fn named(mut self, name: NameRule) -> Self {
        self.name = name;
        self
    }

    /// What happens when the name is taken.
    #[must_use]
    pub fn if_exists(mut self, rule: IfExists) -> Self {
        self.if_exists = rule;
        self
    }

    /// Resumes this `.part` file, whatever URL it was begun from: for a new link when the old one
    /// has expired. The link has to lead to the same file, by the same proof as for any other part.
    #[must_use]
    pub fn continuing(mut self, part: impl Into<PathBuf>) -> Self {
        self.continue_from = Some(part.into());
        self
    }

    /// An earlier process was killed while it wrote this `.part` file for the same download. If it
    /// has no manifest yet, nothing proves its bytes, and it is deleted.
    #[doc(hidden)]
    #[must_use]
    pub fn after_crash(mut self, part: impl Into<PathBuf>) -> Self {
        self.abandoned = Some(part.into());
        self
    }

    /// Undoes [`Self::continuing`] and [`Self::replacing`].
    #[must_use]
    pub fn starting_over(mut self) -> Self {
        self.continue_from = None;
        self.replaced.clear();
        self
    }

    /// Replaces this file of an earlier fetch, which had a note of the kind doubt, regardless of
    /// [`IfExists`]. It is removed when the new file is complete and without a doubt; if both have
    /// the same name, in one step. A file that something else has changed or replaced since then
    /// stays. Can be called for several files.
    #[must_use]
    pub fn replacing(mut self, file: impl Into<PathBuf>) -> Self {
        let file = file.into();
        if !self.replaced.contains(&file) {
            self.replaced.push(file);
        }
        self
    }

    /// [`IfExists::Overwrite`] replaces only files that were last changed before this moment, so
    /// that concurrent downloads do not replace each other's files. The default is the start of the
    /// fetch.
    #[must_use]
    pub fn replacing_files_before(mut self, moment: SystemTime) -> Self {
        self.replaces_before = Some(moment);
        self
    }

    /// Without the SHA-256 of the file, which slows down a fast download: then [`Fetched::sha256`]
    /// is none, unless the request has a checksum to compare.
    ///
    /// [`Fetched::sha256`]: crate::fetch::Fetched::sha256
    #[must_use]
    pub fn without_sha256(mut self) -> Self {
        self.computes_sha256 = false;
        self
    }

    /// Without the text of a small body: then [`Fetched::preview`] is none.
    ///
    /// [`Fetched::preview`]: crate::fetch::Fetched::preview
    #[must_use]
    pub fn without_preview(mut self) -> Self {
        self.keeps_preview = false;
        self
    }

    /// With the time at which the file was last changed on its server, where that is known, as the
    /// time of its last change here.
    #[must_use]
    pub fn with_remote_time(mut self) -> Self {
        self.has_remote_time = true;
        self
    }

    /// Under a name that every platform can hold, where the server or the URL gives it: by the
    /// rules of Windows, which are the strictest.
    #[must_use]
    pub fn with_portable_name(mut self) -> Self {
        self.has_portable_name = true;
        self
    }

    /// All paths in it.
    #[cfg(feature = "deck")]
    pub(crate) fn paths(&self) -> impl Iterator<Item = &std::path::Path> {
        let files = self.continue_from.iter().chain(&self.replaced);
        files.chain([&self.folder]).map(PathBuf::as_path)
    }

    /// The parts of earlier tries that it may go on with.
    #[cfg(feature = "deck")]
    pub(crate) fn earlier_parts(&self) -> impl Iterator<Item = &PathBuf> {
        self.continue_from.iter().chain(&self.abandoned)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }
}
